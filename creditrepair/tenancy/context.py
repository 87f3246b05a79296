"""Region, user and subject of the present transaction, as PostgreSQL's row-level security reads them.

Only `SET LOCAL` (third argument true): a setting must die with its transaction, or the next request on the same
connection would inherit it. No region set means no rows.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, connections, transaction

SETTINGS = ("app.region", "app.user", "app.subject", "app.phone")


def set_local(name: str, value: str, using: str = DEFAULT_DB_ALIAS) -> None:
    """Set one of `SETTINGS` for the rest of this transaction; refuses outside one, where it would be a silent no-op."""
    connection = connections[using]
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(f"{name} can only be set inside a transaction")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [name, value])


def current(name: str, using: str = DEFAULT_DB_ALIAS) -> str:
    """The value of the setting in this transaction, `""` if none."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [name])
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def _swap(name: str, value: str, using: str) -> str:
    """Set one of `SETTINGS` for the rest of this transaction; returns what it was, `""` if none."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), ''), set_config(%s, %s, true)", [name, name, value])
        row = cursor.fetchone()
    return str(row[0]) if row else ""


@contextmanager
def region_context(region: str, *, using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """A transaction (or savepoint) in which the rows of `region` (GB/T 2260 code) can be seen and written.

    The former value is put back on leaving: inside an outer transaction a released savepoint would keep ours.
    """
    with transaction.atomic(using=using):
        before = _swap("app.region", region, using)
        yield
        if before != region:
            set_local("app.region", before, using)


@contextmanager
def subject_context(subject: str, *, using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """As `region_context`, for the rows of one subject (USCC) in all regions; read only by policy."""
    with transaction.atomic(using=using):
        before = _swap("app.subject", subject, using)
        yield
        set_local("app.subject", before, using)


@contextmanager
def own_context(user: str, subject: str, *, using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """As `subject_context`, for what a person may read of the own rows: for a ticket that stands in for a sign-in."""
    with transaction.atomic(using=using), subject_context(subject, using=using):
        before = _swap("app.user", user, using)
        yield
        set_local("app.user", before, using)
