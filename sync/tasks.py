"""Celery tasks of the lanes: told to look, they drain. Never one task per delivery; losing a task loses nothing."""

from celery import shared_task

from creditrepair.celery import app
from sync import bell, lanes


@shared_task(name="sync.tasks.drain_lanes")
def drain_lanes() -> int:
    """Ring for the lane daemon, or without one drain every lane until empty or for 20 s; tells whoever asks of cases."""
    if bell.somebody_listens():
        bell.ring()
        return 0
    run = lanes.drain(20.0)
    if run.verified:
        tell_verified(run.verified)
    return run.settled


def tell_verified(verified: int) -> None:
    """Wake (by name) the task that asks whether cases are repaired; a dead broker is nobody's harm: the sweeper asks."""
    app.send_task("cases.tasks.settle_verified", retry=False)
