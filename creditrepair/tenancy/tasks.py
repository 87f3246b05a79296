"""Task bases that enter a region before they work, and the heartbeats that prove that a process does work."""

import time
from typing import Any

from celery import Task, shared_task
from django.db import connection, connections
from psycopg2.extras import Json

from creditrepair.tenancy.context import region_context


class RegionTask(Task):  # type: ignore[misc]
    """Runs inside one region, told by header: `task.apply_async(region="620321")`. Without a region it refuses to run."""

    abstract = True

    def apply_async(self, args: Any = None, kwargs: Any = None, *, region: str = "", **options: Any) -> Any:
        headers = {**(options.pop("headers", None) or {}), "region": region}
        return super().apply_async(args, kwargs, headers=headers, **options)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        region = self.request.get("region") or (self.request.headers or {}).get("region")
        if not region:
            raise RuntimeError(f"{self.name} was called without a region")
        with region_context(region):
            return super().__call__(*args, **kwargs)


@shared_task(name="creditrepair.tenancy.tasks.heartbeat")
def heartbeat(sender: str = "beat") -> None:
    """Stamp the database: health is end to end, since a worker may answer a ping and consume nothing.

    sender   who asked for it: beat by its schedule, or the sweeper, so that a dead beat and a dead worker differ
    """
    beat("worker", {"skew_ms": clock_skew_ms()})
    if sender == "beat":
        beat("beat")


def beat(name: str, told: dict[str, Any] | None = None) -> None:
    """Note that `name` did real work, by the database's clock: a worker's own may run ahead (F20)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tenancy_heartbeat (name, at, told) VALUES (%s, clock_timestamp(), coalesce(%s, '{}'::jsonb)) "
            "ON CONFLICT (name) DO UPDATE SET at = excluded.at, "
            "told = CASE WHEN %s THEN excluded.told ELSE tenancy_heartbeat.told END",
            [name, Json(told) if told is not None else None, told is not None],
        )


def clock_skew_ms() -> int:
    """By how many milliseconds this machine's clock is ahead of the database's (behind: negative)."""
    before = time.time()
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
        found = cursor.fetchone()
    return round(((before + time.time()) / 2 - float(found[0])) * 1000)


def close_connections() -> None:
    for one in connections.all(initialized_only=True):
        one.close_if_unusable_or_obsolete()
