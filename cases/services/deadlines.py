"""Due days of open cases when the calendar changes: what would move, and writing what has moved, with the reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Min, QuerySet
from django.utils import timezone

from cases.deadlines import LOOK_AHEAD, calendar_between, events_of_many
from cases.facts import limits_for
from cases.law import WorkCalendar, clock
from cases.models import Case, RegionRule, RuleRun
from cases.overrides import overrides_of
from cases.services import recompute
from cases.states import OPEN_STATES
from creditrepair.audit.chain import Line, record_all
from creditrepair.tenancy.actor import system_actor
from creditrepair.tenancy.context import region_context

AT_ONCE: Final = 500  # more open cases than this are recomputed by a worker, in transactions of their own


@dataclass(frozen=True, slots=True)
class Move:
    """An open case whose stored due day is not what the clock says; `paused` likewise. None = nothing is due."""

    pk: int
    ref: str
    application: str
    department: str
    before: date | None
    after: date | None
    paused: bool


def span_of(region: str, today: date) -> tuple[date, date]:
    """The first and last day a calendar must know for the open cases of `region`."""
    with region_context(region):
        first = _open(region).aggregate(first=Min("submitted_at"))["first"]
    return min(timezone.localdate(first), today) if first else today, today + LOOK_AHEAD


def moves_of(
    region: str, calendar: WorkCalendar, *, today: date, chunk: int = 500, lock: bool = False
) -> Iterator[list[Move]]:
    """Chunk by chunk, the open cases of `region` whose due day is another by `calendar` (see `span_of`).

    Each clock is read on the day of the case's last event, as when its due day was stored: a day that passes moves
    nothing, also while a correction is with the applicant. With `lock`, call it inside a transaction.
    """
    last_pk = 0
    while True:
        with region_context(region):
            rows = _open(region).filter(pk__gt=last_pk).order_by("pk")
            if lock:
                rows = rows.select_for_update(of=("self",))
            cases = list(rows.select_related("application", "department", "record__subject")[:chunk])
            if not cases:
                return
            last_pk = cases[-1].pk
            overrides, events = overrides_of(region), events_of_many(cases)
            moved = []
            for case in cases:
                happened = [event for event in events[case.pk] if event.at <= today]
                limits = limits_for(case.record, timezone.localdate(case.submitted_at), overrides)
                as_of = happened[-1].at if happened else today
                state = clock(happened, limits, calendar, as_of)
                if (state.due, state.paused) != (case.due_on, case.paused):
                    about = (case.pk, case.ref, case.application.ref, case.department.name)
                    moved.append(Move(*about, case.due_on, state.due, state.paused))
        yield moved
        if len(cases) < chunk:
            return


@transaction.atomic
def recompute_deadlines(region: str, *, reason: str, now: datetime, chunk: int = 500) -> int:
    """Read the clock of every open case of `region` anew and write what differs; returns how many cases moved.

    Each moved case gets an Event with both days and the reason. One transaction, events last, for the chain of events
    is the last lock to be taken. Running it again changes nothing.
    """
    today = timezone.localdate(now)
    with region_context(region):
        calendar = calendar_between(*span_of(region, today), region)
        moved = [one for found in moves_of(region, calendar, today=today, chunk=chunk, lock=True) for one in found]
        for move in moved:
            Case.objects.filter(region_id=region, pk=move.pk).update(due_on=move.after, paused=move.paused)
        if moved:
            record_all(system_actor(region), [_line(move, reason) for move in moved], at=now)
    return len(moved)


def recompute_or_queue(region: str, *, reason: str, now: datetime, by: int | None = None) -> int | None:
    """`recompute_deadlines` at once for up to `AT_ONCE` open cases; else a run for the workers, and None.

    The run stands in the database: a lost task or a dead broker only delays it until the sweeper looks.
    """
    with region_context(region):
        if _open(region).count() <= AT_ONCE:
            return recompute_deadlines(region, reason=reason, now=now)
        latest = RegionRule.objects.filter(region_id=region).order_by("id").values_list("id", flat=True).last()
        recompute.queue_run(
            region,
            RuleRun.What.RECOMPUTE,
            cause=reason,
            proposal={"only": "calendar", "phase": "cases", "since": latest or 0},
            judged_on=timezone.localdate(now),
            by=by,
            now=now,
        )
    transaction.on_commit(recompute.wake, robust=True)
    return None


def _open(region: str) -> QuerySet[Any, Any]:
    return Case.objects.filter(region_id=region, state__in=OPEN_STATES)


def _line(move: Move, reason: str) -> Line:
    about = {
        "from": move.before.isoformat() if move.before else "",
        "to": move.after.isoformat() if move.after else "",
        "reason": reason,
    }
    return Line("deadline_recomputed", "case", move.ref, application=move.application, data=about)
