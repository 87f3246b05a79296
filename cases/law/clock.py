"""How much time a case has left, as a function of its events: recomputed from them, never counted up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from .calendar import Deadline, WorkCalendar

_ACCEPTING: Final = frozenset({"accepted"})
_ENDING: Final = frozenset({"decided", "approved", "refused", "not_accepted", "withdrawn"})


@dataclass(frozen=True, slots=True)
class ClockEvent:
    """One thing that moves the clock, on a local date.

    kind   submitted, pushed, accepted, correction_asked, correction_answered, extended, reopened; decided,
           approved, refused, not_accepted and withdrawn end it; any other kind is ignored
    working_days   length of an extension, else None
    """

    kind: str
    at: date
    working_days: int | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Allowed working days; None = the law gives none that we know, so no due day is invented.

    *_from   the event the limit counts from; an absent `pushed` is read as `submitted` (our own counter takes
             the filing and the office in one)
    doubts   Chinese sentences with 待核实, for limits that are not verified
    """

    accept_wd: int | None = 3
    decide_wd: int | None = 7
    total_wd: int | None = 10
    accept_from: str = "pushed"
    decide_from: str = "accepted"
    total_from: str = "submitted"
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClockState:
    """Where a case stands on `today`.

    due                   earliest due day still to be met; None where nothing is due, or nothing started
    used_working_days     from the filing to today or the end, pauses left out
    left_working_days     to `due`, negative when late, 0 on the last day; None without `due`
    paused                a correction is with the applicant; due days then assume an answer today
    provisional, skipped  of `due`: a year not final was crossed; the days off passed over
    """

    accept_due: date | None
    decide_due: date | None
    total_due: date | None
    due: date | None
    paused: bool
    paused_working_days: int
    used_working_days: int
    left_working_days: int | None
    provisional: bool
    skipped: tuple[date, ...]
    finished_on: date | None = None


def clock(events: Iterable[ClockEvent], limits: Limits, calendar: WorkCalendar, today: date) -> ClockState:
    """Read the clock of a case on `today`; events after `today` have not happened yet. Never raises.

    A pause covers the working days after the day of the question, up to and with the day of the answer. A reopened
    case starts a new round: earlier events no longer count.
    """
    happened = _current_round(sorted((e for e in events if e.at <= today), key=lambda e: e.at))
    first: dict[str, date] = {}
    for event in happened:
        first.setdefault(event.kind, event.at)
    if "pushed" not in first and "submitted" in first:
        first["pushed"] = first["submitted"]
    accepted_on = _first_of(happened, _ACCEPTING)
    finished_on = _first_of(happened, _ENDING)
    end = finished_on or today
    pauses = _pauses(happened, end)
    extension = sum(max(e.working_days or 0, 0) for e in happened if e.kind == "extended")

    def due_day(start: date | None, allowed: int | None, until: date, extra: int) -> Deadline | None:
        if start is None or allowed is None:
            return None
        paused = _paused_within(pauses, start, until, calendar)
        return calendar.add_working_days(start, max(allowed, 0) + paused + extra)

    accept = due_day(first.get(limits.accept_from), limits.accept_wd, accepted_on or end, 0)
    decide = due_day(first.get(limits.decide_from), limits.decide_wd, end, extension)
    total = due_day(first.get(limits.total_from), limits.total_wd, end, extension)
    open_limits = [d for d in ((None if accepted_on else accept), decide, total) if d is not None]
    nearest = min(open_limits, key=lambda d: d.day) if open_limits else None
    started = first.get("submitted") or first.get("pushed")
    paused_days = _paused_within(pauses, started, end, calendar) if started else 0
    used = calendar.working_days_between(started, end) - paused_days if started else 0
    return ClockState(
        accept_due=accept.day if accept else None,
        decide_due=decide.day if decide else None,
        total_due=total.day if total else None,
        due=nearest.day if nearest else None,
        paused=finished_on is None and bool(pauses) and pauses[-1][2],
        paused_working_days=paused_days,
        used_working_days=used,
        left_working_days=calendar.working_days_between(end, nearest.day) if nearest else None,
        provisional=bool(nearest and nearest.provisional),
        skipped=nearest.skipped if nearest else (),
        finished_on=finished_on,
    )


def _current_round(events: Sequence[ClockEvent]) -> list[ClockEvent]:
    """Events since the last reopening, which stands for filing, push and acceptance of the new round."""
    starts = [n for n, event in enumerate(events) if event.kind == "reopened"]
    if not starts:
        return list(events)
    again = events[starts[-1]].at
    return [ClockEvent(kind, again) for kind in ("submitted", "pushed", "accepted")] + list(events[starts[-1] + 1 :])


def _first_of(events: Sequence[ClockEvent], kinds: frozenset[str]) -> date | None:
    return next((event.at for event in events if event.kind in kinds), None)


def _pauses(events: Sequence[ClockEvent], end: date) -> list[tuple[date, date, bool]]:
    """(asked on, answered on or `end`, still open), in order and without overlap."""
    pauses: list[tuple[date, date, bool]] = []
    asked: date | None = None
    for event in events:
        if event.kind == "correction_asked" and asked is None:
            asked = event.at
        elif event.kind == "correction_answered" and asked is not None:
            pauses.append((asked, event.at, False))
            asked = None
    if asked is not None and asked <= end:
        pauses.append((asked, end, True))
    return pauses


def _paused_within(pauses: list[tuple[date, date, bool]], start: date, until: date, calendar: WorkCalendar) -> int:
    return sum(
        calendar.working_days_between(max(asked, start), min(answered, until))
        for asked, answered, _ in pauses
        if max(asked, start) < min(answered, until)
    )
