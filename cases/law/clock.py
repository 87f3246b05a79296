"""How much time a case has left, as a function of its events: recomputed from them, never counted up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from .calendar import Deadline, WorkCalendar

_ENDING: Final = frozenset({"decided", "approved", "refused", "not_accepted", "withdrawn"})


@dataclass(frozen=True, slots=True)
class ClockEvent:
    """One thing that moves the clock, on a local date. Of one day, the order in which they are given is kept.

    kind   submitted, pushed, accepted, correction_asked, correction_answered, extended, extension_ended, reopened;
           decided, approved, refused, not_accepted and withdrawn end it; any other kind is ignored
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
    extension_wd   the longest extension; None = nobody has told us, so none can be granted
    correction_wd, objection_wd   days for the applicant to correct, for the unit to answer an objection; no default
    *_doubt  the sentence with 待核实 beside that one, "" where it is verified or no row speaks of it
    doubts   Chinese sentences with 待核实, for limits that are not verified
    """

    accept_wd: int | None = 3
    decide_wd: int | None = 7
    total_wd: int | None = 10
    accept_from: str = "pushed"
    decide_from: str = "accepted"
    total_from: str = "submitted"
    doubts: tuple[str, ...] = ()
    extension_wd: int | None = None
    correction_wd: int | None = None
    objection_wd: int | None = None
    extension_doubt: str = ""
    correction_doubt: str = ""
    objection_doubt: str = ""


@dataclass(frozen=True, slots=True)
class ClockState:
    """Where a case stands on `today`.

    accept, decide, total     the three limits' last days; None where nothing is due, or nothing started
    nearest                   the earliest of those still to be met; `due` is its day
    used_working_days         from the filing to today or the end, pauses left out
    left_working_days         to `due`, negative when late, 0 on the last day; None without `due`
    paused                    a correction is with the applicant; due days then assume an answer today
    extended_working_days     of the extensions in force, whether or not they came in time to move a limit
    doubts                    sentences with 待核实 of the limits that are not verified
    """

    accept: Deadline | None
    decide: Deadline | None
    total: Deadline | None
    nearest: Deadline | None
    paused: bool
    paused_working_days: int
    used_working_days: int
    left_working_days: int | None
    extended_working_days: int = 0
    finished_on: date | None = None
    doubts: tuple[str, ...] = ()

    @property
    def accept_due(self) -> date | None:
        return self.accept.day if self.accept else None

    @property
    def decide_due(self) -> date | None:
        return self.decide.day if self.decide else None

    @property
    def total_due(self) -> date | None:
        return self.total.day if self.total else None

    @property
    def due(self) -> date | None:
        return self.nearest.day if self.nearest else None

    @property
    def promised(self) -> Deadline | None:
        """What people are told: the end of the whole procedure where the law limits it, else the nearest due day."""
        return self.total or self.nearest

    @property
    def skipped(self) -> tuple[date, ...]:
        """Days off passed over on the way to `due`."""
        return self.nearest.skipped if self.nearest else ()

    @property
    def provisional(self) -> bool:
        """Whether `due` crosses a year whose holidays are not announced; each limit also answers for itself."""
        return bool(self.nearest and self.nearest.provisional)

    @property
    def provisional_text(self) -> str:
        """The sentence to print beside `due`, or ""; `accept`, `decide` and `total` have their own."""
        return self.nearest.provisional_text if self.nearest else ""


@dataclass(frozen=True, slots=True)
class _Pause:
    """A question to the applicant: the working days after `asked`, up to and with `until`, do not count."""

    asked: date
    until: date
    open: bool


def clock(events: Iterable[ClockEvent], limits: Limits, calendar: WorkCalendar, today: date) -> ClockState:
    """Read the clock of a case on `today`; events after `today` have not happened yet. Never raises.

    A pause covers the working days after the day of the question, up to and with the day of the answer. A limit that
    has run out stays so: a question or an extension after its last day does not move it. An extension never moves
    the acceptance; `extension_ended` takes the latest one back, as though it had not been granted. A reopened case
    starts a new round: earlier events no longer count. What follows the end is not looked at.
    """
    happened = _until_the_end(_current_round(sorted((e for e in events if e.at <= today), key=lambda e: e.at)))
    first: dict[str, date] = {}
    for event in happened:
        first.setdefault(event.kind, event.at)
    if "pushed" not in first and "submitted" in first:
        first["pushed"] = first["submitted"]
    accepted_on = first.get("accepted")
    finished_on = happened[-1].at if happened and happened[-1].kind in _ENDING else None
    end = finished_on or today
    pauses = _pauses(happened, end)

    accept = _due(first.get(limits.accept_from), limits.accept_wd, _until(pauses, accepted_on or end), 0, calendar)
    decide = _extended_due(happened, first.get(limits.decide_from), limits.decide_wd, end, calendar)
    total = _extended_due(happened, first.get(limits.total_from), limits.total_wd, end, calendar)
    open_limits = [d for d in ((None if accepted_on else accept), decide, total) if d is not None]
    nearest = min(open_limits, key=lambda d: d.day) if open_limits else None
    started = first.get("submitted") or first.get("pushed")
    paused_days = _paused_after(started, pauses, calendar) if started else 0
    used = calendar.working_days_between(started, end) - paused_days if started else 0
    return ClockState(
        accept=accept,
        decide=decide,
        total=total,
        nearest=nearest,
        paused=finished_on is None and bool(pauses) and pauses[-1].open,
        paused_working_days=paused_days,
        used_working_days=used,
        left_working_days=calendar.working_days_between(end, nearest.day) if nearest else None,
        extended_working_days=_in_force(happened),
        finished_on=finished_on,
        doubts=limits.doubts,
    )


def _current_round(events: Sequence[ClockEvent]) -> list[ClockEvent]:
    """Events since the last reopening, which stands for filing, push and acceptance of the new round."""
    starts = [n for n, event in enumerate(events) if event.kind == "reopened"]
    if not starts:
        return list(events)
    again = events[starts[-1]].at
    return [ClockEvent(kind, again) for kind in ("submitted", "pushed", "accepted")] + list(events[starts[-1] + 1 :])


def _until_the_end(events: Sequence[ClockEvent]) -> list[ClockEvent]:
    """Events up to and with the first that ends the case."""
    ends = [n for n, event in enumerate(events) if event.kind in _ENDING]
    return list(events[: ends[0] + 1] if ends else events)


def _pauses(events: Sequence[ClockEvent], end: date) -> list[_Pause]:
    """The questions in order; one that is not answered runs until `end`.

    A question of the day of an answer goes on from the one before: between the two no day has run.
    """
    pauses: list[_Pause] = []
    asked: date | None = None
    for event in events:
        if event.kind == "correction_asked" and asked is None:
            joins = bool(pauses) and pauses[-1].until == event.at
            asked = pauses.pop().asked if joins else event.at
        elif event.kind == "correction_answered" and asked is not None:
            pauses.append(_Pause(asked, event.at, open=False))
            asked = None
    if asked is not None:
        pauses.append(_Pause(asked, end, open=True))
    return pauses


def _until(pauses: Sequence[_Pause], last: date) -> list[_Pause]:
    return [_Pause(pause.asked, min(pause.until, last), pause.open) for pause in pauses]


def _due(
    start: date | None, allowed: int | None, pauses: Sequence[_Pause], extra: int, calendar: WorkCalendar
) -> Deadline | None:
    """The last day of a limit: each question that came before it had run out moves it by the days it took."""
    if start is None or allowed is None:
        return None
    days = max(allowed, 0) + extra
    due = calendar.add_working_days(start, days)
    for pause in pauses:
        asked = max(pause.asked, start)
        if pause.until <= asked:
            continue
        if asked > due.day:
            break
        days += calendar.working_days_between(asked, pause.until)
        due = calendar.add_working_days(start, days)
    return due


def _extended_due(
    events: Sequence[ClockEvent], start: date | None, allowed: int | None, end: date, calendar: WorkCalendar
) -> Deadline | None:
    """As `_due`, with the extensions in force that were granted while the limit, as it stood then, had not run out."""
    granted: list[int] = []  # what each extension in force adds to this limit: 0 for one that came too late
    for place, event in enumerate(events):
        if event.kind == "extended":
            then = _due(start, allowed, _pauses(events[:place], event.at), sum(granted), calendar)
            in_time = then is None or event.at <= then.day
            granted.append(max(event.working_days or 0, 0) if in_time else 0)
        elif event.kind == "extension_ended" and granted:
            granted.pop()
    return _due(start, allowed, _pauses(events, end), sum(granted), calendar)


def _in_force(events: Sequence[ClockEvent]) -> int:
    """Working days of the extensions in force; the latest is the one that is taken back."""
    granted: list[int] = []
    for event in events:
        if event.kind == "extended":
            granted.append(max(event.working_days or 0, 0))
        elif event.kind == "extension_ended" and granted:
            granted.pop()
    return sum(granted)


def _paused_after(start: date, pauses: Sequence[_Pause], calendar: WorkCalendar) -> int:
    return sum(
        calendar.working_days_between(max(pause.asked, start), pause.until)
        for pause in pauses
        if max(pause.asked, start) < pause.until
    )
