"""到期提醒 (T01): each day who may apply in seven days and who may today, told once on each occasion (docs/adr).

One statement marks the day; the marked records are told in portions, each a transaction of its own. Whoever looks first
(a Celery task, the sweeper) does the next portion; after a crash or some days off the next look goes on from there.
"""

import time
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as clock
from enum import StrEnum
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from cases.models import FailureRecord, Reminder, ReminderLine, ReminderRun, RuleRun
from cases.services import remind_sql
from cases.services.remind_tell import Marked, tell
from cases.services.remind_told import take_undelivered
from creditrepair.audit.chain import record as record_event
from creditrepair.celery import app
from creditrepair.tenancy.actor import system_actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Region
from sync import outbox

SOON_DAYS: Final = 7
PROVINCE: Final = "province_sends_reminders"  # Region.settings: the provincial platform reminds, we keep silent
STARTS: Final = clock(7, 30)  # after the night's recompute, before the first hour in which a reminder leaves
LATEST: Final = clock(12)  # an unfinished recompute is not waited for any longer
PORTION: Final = 500


class Fate(StrEnum):
    """What became of one record; whoever looks at it can be told."""

    QUEUED = "queued"
    TOLD_BEFORE = "told_before"
    PROVINCE = "province"
    NOT_DUE = "not_due"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Reminded:
    fate: Fate
    message_no: str = ""


# ── the day's run ──────────────────────────────────────────────────────────────────────────────────────────────────
def wake(in_seconds: float = 0) -> None:
    app.send_task("cases.tasks.remind_due", queue="default", retry=False, countdown=in_seconds or None)


def remind_due(*, seconds: float, now: datetime) -> bool:
    """Begin or carry on the day's run of every region; True when nothing is left to do today. Safe to call at any time."""
    until = time.monotonic() + seconds
    done = True
    for region in Region.objects.order_by("code").values_list("code", flat=True):
        take_undelivered(region, now=now)
        run = start(region, now=now)
        if run is not None and run.finished_at is None:
            done = advance(region, run.ref, seconds=until - time.monotonic(), now=now) and done
    return done


@transaction.atomic
def start(region: str, *, now: datetime) -> ReminderRun | None:
    """Today's run, begun if it is time; None before. What another day left undone is asked again by this one."""
    today, local = timezone.localdate(now), timezone.localtime(now).time()
    with region_context(region):
        run = ReminderRun.objects.filter(region_id=region, day=today).first()
        if run is not None:
            return run
        recomputing = RuleRun.objects.filter(region_id=region, what=RuleRun.What.RECOMPUTE, finished_at=None)
        if local < STARTS or (local < LATEST and recomputing.exists()):
            return None
        earlier = ReminderRun.objects.filter(region_id=region, day__lt=today)
        reached = earlier.exclude(finished_at=None).filter(cut_short=False).aggregate(day=Max("day"))["day"]
        for old in earlier.filter(finished_at=None).select_for_update():
            ReminderLine.objects.filter(region_id=region, run=old, reminder=None).delete()
            old.finished_at, old.cut_short = now, True
            old.save(update_fields=["finished_at", "cut_short"])
        row = ReminderRun(region_id=region, day=today, since=reached or today - timedelta(days=1), started_at=now)
        ReminderRun.objects.bulk_create([row], ignore_conflicts=True)  # two at once: one of them begins it
        return ReminderRun.objects.get(region_id=region, day=today)


def advance(region: str, ref: str, *, seconds: float, now: datetime) -> bool:
    """Work on a run for about `seconds`, in portions; True when it is finished. Gives up at once if another has it."""
    until = time.monotonic() + seconds
    while True:
        with region_context(region):
            found = ReminderRun.objects.select_for_update(skip_locked=True).filter(region_id=region, ref=ref).first()
            if found is None:
                return False
            if found.finished_at is None:
                _step(found, now)
        if found.finished_at is not None:
            return True
        if time.monotonic() >= until:
            return False


def _step(run: ReminderRun, now: datetime) -> None:
    """The next piece of a run (locked): mark the day, or tell a portion, or end."""
    if run.marked_at is None:
        _mark(run, now)
    else:
        marked, more = _portion(run)
        run.counts = dict(Counter(run.counts) + tell(run.region_id, marked, run, now))
        transaction.on_commit(outbox.wake, robust=True)
        run.finished_at = None if more else now
    run.moved_at = now
    run.save()
    if run.finished_at is not None:
        about = {"day": run.day.isoformat(), "counts": run.counts}
        record_event(
            system_actor(run.region_id), "reminders_run", kind="reminder_run", thing=run.ref, at=now, data=about
        )


def _mark(run: ReminderRun, now: datetime) -> None:
    silent = provincial(run.region_id)
    words = question(run.region_id, run.day, run.since) | {"run": run.pk}
    with connection.cursor() as cursor:
        cursor.execute(remind_sql.COUNT if silent else remind_sql.MARK, words)
        counts = dict(cursor.fetchall())
        cursor.execute(remind_sql.OFFICER, words)
        counts["officer"] = cursor.fetchone()[0]
    due = counts.pop("due", 0)
    run.counts = counts | ({"province": due} if silent else {"due": due})
    run.marked_at = now
    if silent or not due:
        run.finished_at = now


def _portion(run: ReminderRun) -> tuple[list[Marked], bool]:
    """The next marked records that nobody was told of, never part of a firm's; and whether there are more."""
    left = ReminderLine.objects.filter(region_id=run.region_id, run=run, reminder=None).order_by("subject_id", "id")
    columns = ("id", "record_id", "subject_id", "occasion", "first_on")
    rows = list(left.values_list(*columns)[: PORTION + 1])
    if len(rows) <= PORTION:
        return rows, False
    last = rows[-1][2]
    whole = [row for row in rows if row[2] != last]
    return whole or list(left.filter(subject_id=last).values_list(*columns)), True


def question(region: str, today: date, since: date, soon_after: date | None = None) -> dict[str, Any]:
    """What the statements of `remind_sql` ask with; `since` is never today, or nobody would be told today.

    soon_after   ask only for later first days to come: a day that is only tried takes those before as told
    """
    return {
        "region": region,
        "today": today,
        "soon_after": soon_after or today,
        "since": min(since, today - timedelta(days=1)),
        "soon": today + timedelta(days=SOON_DAYS),
    }


def provincial(region: str) -> bool:
    return bool(Region.objects.get(pk=region).settings.get(PROVINCE))


# ── one record ─────────────────────────────────────────────────────────────────────────────────────────────────────
@transaction.atomic
def remind(region: str, *, record_ref: str, now: datetime) -> Reminded:
    """What the day's run does, for one record at once: soon, up to seven days before the first day; today, from it on."""
    with region_context(region):
        if provincial(region):
            return Reminded(Fate.PROVINCE)
        pk = FailureRecord.objects.values_list("pk", flat=True).get(region_id=region, ref=record_ref)
        today = timezone.localdate(now)
        with connection.cursor() as cursor:
            words = question(region, today, today) | {"run": None, "only": pk}
            cursor.execute(remind_sql.MARK_ONE, words)
            counts = dict(cursor.fetchall())
        if "due" not in counts:
            return Reminded(Fate.TOLD_BEFORE if "before" in counts else Fate.NOT_DUE)
        line = ReminderLine.objects.filter(region_id=region, record_id=pk, run=None, reminder=None).order_by("-id")
        marked = list(line.values_list("id", "record_id", "subject_id", "occasion", "first_on")[:1])
        fates = tell(region, marked, None, now)
        if fates["nobody"]:
            return Reminded(Fate.NOBODY)
        if not fates["queued"]:
            return Reminded(Fate.NOT_DUE)
        transaction.on_commit(outbox.wake, robust=True)
        told = Reminder.objects.filter(region_id=region, lines__record_id=pk).order_by("-id").first()
        return Reminded(Fate.QUEUED, told.message_no if told else "")
