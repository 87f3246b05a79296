"""Celery tasks of cases: each has the name of its verb, takes ids or nothing, and may run twice, late or never."""

from celery import shared_task
from django.utils import timezone

from cases.services import recompute, repair

RECOMPUTE_SECONDS = 25.0  # well within a task's time limit; what is left is taken up by the next task


@shared_task(name="cases.tasks.settle_verified")
def settle_verified() -> int:
    return repair.settle_verified(timezone.now())


@shared_task(name="cases.tasks.recompute_waiting")
def recompute_waiting() -> bool:
    done = recompute.recompute_waiting(seconds=RECOMPUTE_SECONDS, now=timezone.now())
    if not done:
        recompute.wake(in_seconds=2)  # another worker may have the run in hand: no hot loop
    return done
