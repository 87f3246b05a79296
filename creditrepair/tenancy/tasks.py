"""Task bases that enter a region before they work, and the heartbeat that proves a worker consumes."""

from typing import Any

from celery import Task, shared_task
from django.db import connections, transaction
from django.utils import timezone

from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Heartbeat


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
def heartbeat() -> None:
    """Stamp the database: health is end to end, since a worker may answer a ping and consume nothing."""
    beat("worker")


def beat(name: str) -> None:
    with transaction.atomic():
        Heartbeat.objects.update_or_create(name=name, defaults={"at": timezone.now()})


def close_connections() -> None:
    for connection in connections.all(initialized_only=True):
        connection.close_if_unusable_or_obsolete()
