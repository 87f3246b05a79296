"""The test database: made and migrated by `owner`, used as `app` and `sender`, with row-level security on, always."""

from collections.abc import Callable, Iterator

import psycopg2
import pytest
from django.conf import settings
from django.db import connections
from django.test import Client, TransactionTestCase
from django.test.utils import setup_databases, teardown_databases

from tests import world as the_world


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_test_environment: None, django_db_blocker, django_db_modify_db_settings: None
) -> Iterator[None]:
    """Create only `owner`'s database; the aliases of the other roles are mirrors of it (same name, own user)."""
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False, aliases={"owner"}, serialized_aliases=set())
        for alias in ("default", "sender"):
            connections[alias].settings_dict["NAME"] = connections["owner"].settings_dict["NAME"]
            connections[alias].close()
    yield
    with django_db_blocker.unblock():
        for alias in ("default", "sender"):
            connections[alias].close()
        teardown_databases(made, verbosity=0)


def empty_tables(_case: TransactionTestCase) -> None:
    """Empty every table after a `transaction=True` test: Django flushes no mirror, and `app` may not TRUNCATE.

    Uses a connection of its own as `owner`; tables guarded against TRUNCATE have their triggers off for the moment.
    """
    for alias in connections:
        connections[alias].close()
    with psycopg2.connect(**connections["owner"].get_connection_params()) as connection, connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '10s'")
        cursor.execute(
            "SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE NOT t.tgisinternal AND (t.tgtype & 32) <> 0"
        )
        guarded = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace "
            "AND relname NOT IN ('django_migrations', 'django_content_type', 'auth_permission')"
        )
        tables = ", ".join(f'"{row[0]}"' for row in cursor.fetchall())
        for table in guarded:
            cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
        cursor.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
        for table in guarded:
            cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
    connection.close()


TransactionTestCase._fixture_teardown = empty_tables  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _apart(settings, tmp_path) -> None:
    """Each test has its own files, its own cache, and no broker: what must happen stands in the database."""
    settings.STATE_DIR = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path / "files"}},
    }
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": str(tmp_path)}
    }
    settings.CELERY_BROKER_URL = "memory://"


@pytest.fixture
def world(db) -> the_world.World:
    """永昌县 and 金川区 with their people; see tests/world.py."""
    return the_world.build()


@pytest.fixture
def sign_in(world: the_world.World) -> Callable[[str], Client]:
    """A test client signed in as a person of the world: `sign_in("qian").get(url)`."""

    def client_of(name: str) -> Client:
        client = Client(SERVER_NAME="127.0.0.1")
        client.force_login(world.people[name], backend="django.contrib.auth.backends.ModelBackend")
        return client

    return client_of


@pytest.fixture
def visitor() -> Client:
    return Client(SERVER_NAME="127.0.0.1")


def pytest_configure(config: pytest.Config) -> None:
    assert settings.DATABASES["default"]["USER"] == "app", "tests must run as the app role"
