"""State folders of a launcher that are gone when a test ends, wherever PostgreSQL had to put its data."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from creditrepair.local.postgres import Postgres, PostgresUrls

OUTER = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_SENDER_URL", "REDIS_URL", "PG_BINDIR")


@pytest.fixture(autouse=True)
def no_outer_services(monkeypatch: pytest.MonkeyPatch) -> None:
    """The suite itself runs on a launcher's services; these tests start their own."""
    for name in OUTER:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def cluster(state: Path) -> Iterator[Postgres]:
    postgres = Postgres(state, durable=False)
    yield postgres
    postgres.discard()


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresUrls]:
    """One running cluster for the questions that change nothing about the server."""
    patch = pytest.MonkeyPatch()
    for name in OUTER:
        patch.delenv(name, raising=False)
    postgres = Postgres(tmp_path_factory.mktemp("shared") / "state", durable=False)
    yield postgres.start()
    postgres.discard()
    patch.undo()
