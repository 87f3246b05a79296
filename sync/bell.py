"""The bell of the outbox: rung after commit (`NOTIFY`), heard by whoever drains (`LISTEN`). A missed ring costs 5 s.

Rung on a connection in autocommit: a NOTIFY inside the deciding transaction would make all commits queue for one lock.
"""

import asyncio
import logging
import time
from typing import Final

import psycopg2
from django.db import connection, connections
from psycopg2.extensions import connection as Connection

CHANNEL: Final = "outbox"
LISTENER: Final = 620321_5  # advisory lock, shared, held by every daemon: who sees it leaves the lanes to them
OPEN_AGAIN_SECONDS: Final = 1.0
log = logging.getLogger(__name__)


def ring() -> None:
    """Tell every listener to look. To be called after commit, outside any transaction."""
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {CHANNEL}")


def somebody_listens() -> bool:
    """Whether a lane daemon is connected now. Its lock goes with its connection, however it ended."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid = %s "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
            [LISTENER],
        )
        row = cursor.fetchone()
    return bool(row and row[0])


class Bell:
    """One connection that listens, in an event loop. `wait` ends at a ring (of the database or of `ring_here`)."""

    def __init__(self, *, announce: bool = False) -> None:
        self._announce = announce
        self._line: Connection | None = None
        self._file = -1
        self._tried = -OPEN_AGAIN_SECONDS
        self._rung = asyncio.Event()

    def listen(self) -> None:
        """Open the line if it is not; a database that is away is tried again at the next `wait`, not sooner than 1 s."""
        if self._line is not None or time.monotonic() < self._tried + OPEN_AGAIN_SECONDS:
            return
        self._tried = time.monotonic()
        try:
            line = psycopg2.connect(**_words())
            line.autocommit = True
            with line.cursor() as cursor:
                cursor.execute(f"LISTEN {CHANNEL}")
                if self._announce:
                    cursor.execute("SELECT pg_advisory_lock_shared(%s)", [LISTENER])
        except psycopg2.Error:
            log.warning("nobody to listen to: the database is away")
            return
        self._line, self._file = line, line.fileno()
        asyncio.get_running_loop().add_reader(self._file, self._heard)
        self.ring_here()  # for what was rung while nobody listened

    def _heard(self) -> None:
        assert self._line is not None
        try:
            self._line.poll()
        except psycopg2.Error:
            self.close()
        else:
            if not self._line.notifies:
                return
            self._line.notifies.clear()
        self.ring_here()

    def ring_here(self) -> None:
        """Wake all who wait in this loop."""
        rung, self._rung = self._rung, asyncio.Event()
        rung.set()

    def ear(self) -> asyncio.Event:
        """Set at the next ring. Take it *before* looking whether there is work, or a ring in between is lost."""
        return self._rung

    async def wait(self, ear: asyncio.Event, seconds: float) -> None:
        """Until `ear` is rung, at most `seconds`."""
        self.listen()
        try:
            async with asyncio.timeout(max(seconds, 0.0)):
                await ear.wait()
        except TimeoutError:
            return

    def close(self) -> None:
        if self._line is not None:
            asyncio.get_running_loop().remove_reader(self._file)
            self._line.close()
            self._line = None


def _words() -> dict[str, object]:
    """How the sender reaches the database, without what only Django's own cursors understand."""
    known = connections["sender"].get_connection_params()
    names = ("dbname", "user", "password", "host", "port", "options", "connect_timeout", "sslmode", "sslrootcert")
    return {name: known[name] for name in names if name in known}
