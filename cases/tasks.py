"""Celery tasks of cases: each has the name of its verb, takes ids or nothing, and may run twice, late or never."""

from celery import shared_task
from django.utils import timezone

from cases.services import (
    batch_work,
    forget,
    notify_many,
    portions,
    recompute,
    reconcile,
    remind,
    repair,
    rescan,
    take_in,
    watch,
)
from sync import sms

COLLECT_SECONDS = 20.0
NUMBER_SECONDS = 20.0
SCAN_SECONDS = 20.0
FORGET_SECONDS = 20.0
RECOMPUTE_SECONDS = 25.0  # well within a task's time limit; what is left is taken up by the next task


@shared_task(name="cases.tasks.settle_verified")
def settle_verified() -> int:
    return repair.settle_verified(timezone.now())


@shared_task(name="cases.tasks.number_batches")
def number_batches() -> bool:
    """Number the papers of batches, in portions."""
    done = notify_many.number_waiting(seconds=NUMBER_SECONDS)
    if not done:
        notify_many.wake()
    return done


@shared_task(name="cases.tasks.recompute_waiting")
def recompute_waiting() -> bool:
    done = recompute.recompute_waiting(seconds=RECOMPUTE_SECONDS, now=timezone.now())
    if not done:
        recompute.wake(in_seconds=2)  # another worker may have the run in hand: no hot loop
    return done


@shared_task(name="cases.tasks.listen")
def listen() -> int:
    """Read the platforms' feeds, recognise their changes, open the applications they hand over."""
    return take_in.take_in(now=timezone.now()).items


@shared_task(name="cases.tasks.reconcile_on")
def reconcile_on() -> int:
    """Begin the runs that an old cursor made necessary, and carry on those under way."""
    reconcile.start_needed(now=timezone.now())
    return reconcile.advance_runs(now=timezone.now(), seconds=RECOMPUTE_SECONDS)


@shared_task(name="cases.tasks.reconcile_nightly")
def reconcile_nightly() -> int:
    return reconcile.start_nightly(now=timezone.now())


@shared_task(name="cases.tasks.collect_waiting", soft_time_limit=160, time_limit=180)
def collect_waiting() -> bool:
    """Its limit is that of parsing one large file; portions stop after COLLECT_SECONDS."""
    done = batch_work.collect_waiting(seconds=COLLECT_SECONDS, now=timezone.now())
    if not done:
        portions.wake(in_seconds=2)
    return done


@shared_task(name="cases.tasks.remind_due")
def remind_due() -> bool:
    """The day's reminders, from half past seven, in portions."""
    done = remind.remind_due(seconds=RECOMPUTE_SECONDS, now=timezone.now())
    if not done:
        remind.wake(in_seconds=2)  # another worker may have the run in hand: no hot loop
    return done


@shared_task(name="cases.tasks.watch_all")
def watch_all() -> int:
    """One look at every region: tasks for what stands still, and the count of what nobody has in hand."""
    return watch.watch_all()


@shared_task(name="cases.tasks.forget_codes")
def forget_codes() -> int:
    """Codes for signing in that ran out are sent no more and kept no more."""
    return sms.forget_codes()


@shared_task(name="cases.tasks.forget_old")
def forget_old() -> bool:
    """Once a day: codes, tickets, unconfirmed wishes and sign-ins that have been kept long enough."""
    done = forget.forget_old(seconds=FORGET_SECONDS, now=timezone.now())
    if not done:
        forget.wake(in_seconds=2)
    return done


@shared_task(name="cases.tasks.scan_waiting")
def scan_waiting() -> int:
    """Uploads that came while the virus scanner was away."""
    return rescan.scan_waiting(seconds=SCAN_SECONDS)
