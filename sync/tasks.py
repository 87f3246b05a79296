"""Celery tasks of the lanes: told to look, they drain. Never one task per delivery; losing a task loses nothing."""

from celery import shared_task

from creditrepair.celery import app
from sync import lanes


@shared_task(name="sync.tasks.drain_lanes")
def drain_lanes() -> int:
    """Drain every lane until empty or for 20 s; wakes the asker of cases (by name) when something was verified."""
    run = lanes.drain(20.0)
    if run.verified:
        app.send_task("cases.tasks.settle_verified", retry=False)
    return run.settled
