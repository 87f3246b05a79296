"""The clock of a case the slow way: walk every calendar day from the first event, look at what happened on it.

Written from the law and from the docstrings of `cases.law.clock`, with another method than the code: no sums of
intervals, only days that are ticked off one after another. Also makes the cases both are compared on.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from cases.law import ClockEvent, ClockState, Limits, WorkCalendar

DAY = timedelta(days=1)
ENDS = ("decided", "approved", "refused", "not_accepted", "withdrawn")
KINDS = ("accepted", "correction_asked", "correction_answered", "extended", "extension_ended", "paper_issued")
Answer = dict[str, object]


@dataclass(frozen=True)
class Made:
    """One generated case."""

    events: tuple[ClockEvent, ...]
    limits: Limits
    calendar: WorkCalendar
    today: date


@dataclass
class _Diary:
    """What is known of the current round at the end of a day, ticked off day by day."""

    first: dict[str, date]
    idle: dict[date, bool]  # day → whether it belongs to the applicant (a question was open when it began)
    asked_at_end_of: dict[date, bool]
    waiting: bool = False
    ended_on: date | None = None


def oracle(case: Made) -> Answer:
    """Everything `clock` says, found by walking; same keys as the attributes of ClockState."""
    happened = _round([e for e in _in_order(case.events) if e.at <= case.today])
    diary = _keep_diary(happened, case.today)
    end = diary.ended_on or case.today
    accepted_on = diary.first.get("accepted")
    limits, first = case.limits, diary.first

    accept = _last_day(first.get(limits.accept_from), limits.accept_wd, 0, diary, accepted_on or end, case)
    decide = _with_extensions(happened, first.get(limits.decide_from), limits.decide_wd, diary, end, case)
    total = _with_extensions(happened, first.get(limits.total_from), limits.total_wd, diary, end, case)
    still = [day for day in ((None if accepted_on else accept), decide, total) if day]
    due = min(still) if still else None
    began = first.get("submitted") or first.get("pushed")
    used = idle = 0
    if began:
        day = began
        while day < end:
            day += DAY
            if case.calendar.is_workday(day):
                idle += diary.idle.get(day, False)
                used += not diary.idle.get(day, False)
    start_of_due = _start_of(due, ((accept, limits.accept_from), (decide, limits.decide_from), (total, limits.total_from)),
                             bool(accepted_on), first)  # fmt: skip
    return {
        "accept_due": accept,
        "decide_due": decide,
        "total_due": total,
        "due": due,
        "paused": diary.waiting and diary.ended_on is None,
        "paused_working_days": idle,
        "used_working_days": used,
        "left_working_days": _distance(end, due, case.calendar) if due else None,
        "extended_working_days": sum(days for days, _ in _granted(happened)),
        "finished_on": diary.ended_on,
        "provisional": bool(due and start_of_due and _unsure(start_of_due, due, case.calendar)),
        "skipped": _days_off(start_of_due, due, case.calendar) if due and start_of_due else (),
    }


def told(state: ClockState) -> Answer:
    """The attributes of the code's answer that the oracle has an opinion on."""
    names = (
        "accept_due", "decide_due", "total_due", "due", "paused", "paused_working_days", "used_working_days",
        "left_working_days", "extended_working_days", "finished_on", "provisional", "skipped",
    )  # fmt: skip
    return {name: getattr(state, name) for name in names}


def _in_order(events: Sequence[ClockEvent]) -> list[ClockEvent]:
    ordered: list[ClockEvent] = []
    for event in events:  # by day; of one day, as given
        place = len(ordered)
        while place and ordered[place - 1].at > event.at:
            place -= 1
        ordered.insert(place, event)
    return ordered


def _round(events: list[ClockEvent]) -> list[ClockEvent]:
    """Forget what came before each reopening, and what comes after the first end."""
    current: list[ClockEvent] = []
    over = False
    for event in events:
        if event.kind == "reopened":
            current = [ClockEvent(kind, event.at) for kind in ("submitted", "pushed", "accepted")]
            over = False
        elif not over:
            current.append(event)
            over = event.kind in ENDS
    return current


def _keep_diary(events: list[ClockEvent], until: date) -> _Diary:
    diary = _Diary({}, {}, {})
    if not events:
        return diary
    day = events[0].at
    while day <= until:
        diary.idle[day] = diary.waiting
        for event in events:
            if event.at != day:
                continue
            diary.first.setdefault(event.kind, day)
            if event.kind == "correction_asked":
                diary.waiting = True
            elif event.kind == "correction_answered":
                diary.waiting = False
            elif event.kind in ENDS:
                diary.ended_on = day
        diary.asked_at_end_of[day] = diary.waiting
        if diary.ended_on:
            break
        day += DAY
    if "submitted" in diary.first:
        diary.first.setdefault("pushed", diary.first["submitted"])
    return diary


def _last_day(
    start: date | None, allowed: int | None, extra: int, diary: _Diary, known_until: date, case: Made
) -> date | None:
    """Tick off the days of a limit. Days that belong to the applicant, up to `known_until`, are not ticked.

    When none is left, only a question that was open at the end of that very day carries the limit on.
    """
    if start is None or allowed is None:
        return None
    left = max(allowed, 0) + extra
    day = last = start
    while True:
        if left == 0 and not (diary.asked_at_end_of.get(day, False) and day < known_until):
            return last
        day += DAY
        if not case.calendar.is_workday(day):
            continue
        if day <= known_until and diary.idle.get(day, False):
            last = day
        elif left:
            left -= 1
            last = day


def _with_extensions(
    events: list[ClockEvent], start: date | None, allowed: int | None, diary: _Diary, end: date, case: Made
) -> date | None:
    """An extension in force counts if the limit had not run out when it was granted, as things stood on that day."""
    extra = 0
    for days, place in _granted(events):
        then = events[:place]
        on = events[place].at
        stood = _with_extensions(then, start, allowed, _keep_diary(then, on), on, case)
        if stood is None or not stood < on:
            extra += days
    return _last_day(start, allowed, extra, diary, end, case)


def _granted(events: list[ClockEvent]) -> list[tuple[int, int]]:
    """(days, place) of the extensions in force: each taking back pairs with the nearest grant before it still open."""
    taken: set[int] = set()
    for place, event in enumerate(events):
        if event.kind == "extension_ended":
            open_grants = [n for n in range(place) if events[n].kind == "extended" and n not in taken]
            taken.update(open_grants[-1:])
    return [
        (max(event.working_days or 0, 0), place)
        for place, event in enumerate(events)
        if event.kind == "extended" and place not in taken
    ]


def _start_of(
    due: date | None, dues: Sequence[tuple[date | None, str]], accepted: bool, first: dict[str, date]
) -> date | None:
    """The start event of the limit that is due: the first in the order accept, decide, total with that day."""
    for number, (day, begins) in enumerate(dues):
        if day == due and day is not None and not (number == 0 and accepted):
            return first[begins]
    return None


def _distance(from_day: date, to: date, calendar: WorkCalendar) -> int:
    steps, sign = 0, 1
    low, high = from_day, to
    if to < from_day:
        low, high, sign = to, from_day, -1
    while low < high:
        low += DAY
        steps += calendar.is_workday(low)
    return sign * steps


def _unsure(first: date, last: date, calendar: WorkCalendar) -> bool:
    day = first
    while day <= last:
        if calendar.is_provisional(day):
            return True
        day += DAY
    return False


def _days_off(first: date, last: date, calendar: WorkCalendar) -> tuple[date, ...]:
    off = []
    day = first
    while day < last:
        day += DAY
        if not calendar.is_workday(day):
            off.append(day)
    return tuple(off)


def make_case(dice: random.Random, calendars: Sequence[WorkCalendar]) -> Made:
    """A case with events in every order, also on one day, also impossible ones (an answer before the question)."""
    filed = date(2026, 12, 1) + dice.randrange(120) * DAY
    events = [ClockEvent("submitted", filed)] if dice.random() < 0.97 else []
    if dice.random() < 0.2:
        events.append(ClockEvent("pushed", filed + dice.randrange(4) * DAY))
    if dice.random() < 0.7:
        events.append(ClockEvent("accepted", filed + dice.randrange(8) * DAY))
    day = filed
    for _ in range(dice.choice((0, 1, 2, 3, 4, 6, 8))):
        day += dice.choice((0, 0, 1, 1, 2, 3, 5, 9)) * DAY
        kind = dice.choice(KINDS)
        events.append(ClockEvent(kind, day, dice.choice((1, 3, 5, 10, 0, None)) if kind == "extended" else None))
    if dice.random() < 0.4:
        events.append(ClockEvent(dice.choice(ENDS), day + dice.randrange(6) * DAY))
        if dice.random() < 0.05:
            events.append(ClockEvent(dice.choice(ENDS), filed - dice.randrange(3) * DAY))
        for _ in range(dice.choice((0, 0, 0, 1, 2))):
            again = day + dice.randrange(3, 15) * DAY
            events.append(ClockEvent("reopened", again))
            events.append(ClockEvent(dice.choice(KINDS), again + dice.randrange(6) * DAY, dice.choice((2, 5))))
    if dice.random() < 0.5:
        dice.shuffle(events)
    return Made(tuple(events), _limits(dice), dice.choice(calendars), filed + dice.randrange(-2, 45) * DAY)


def _limits(dice: random.Random) -> Limits:
    def days(*known: int) -> int | None:
        return dice.choice((*known, *known, None))

    chosen = Limits(accept_wd=days(3, 2, 5, 0), decide_wd=days(7, 15, 20, 1), total_wd=days(10, 15, 0, -1))
    return replace(
        chosen,
        accept_from=dice.choice(("pushed", "submitted")),
        decide_from=dice.choice(("accepted", "accepted", "submitted")),
        total_from=dice.choice(("submitted", "pushed")),
    )


def make_calendar(dice: random.Random) -> WorkCalendar:
    """An invented calendar: weeks off altogether, worked Saturdays and Sundays, single holidays, unknown years."""
    days: dict[date, bool] = {}
    for year in dice.sample((2026, 2027), dice.randrange(3)):
        for number in range((date(year, 12, 31) - date(year, 1, 1)).days + 1):
            day = date(year, 1, 1) + number * DAY
            days[day] = day.weekday() < 5
        for _ in range(dice.randrange(40)):
            _change(dice, days, date(year, 1, 1) + dice.randrange(350) * DAY)
    provisional = frozenset(year for year in (2026, 2027) if dice.random() < 0.2)
    return WorkCalendar(days, provisional)


def _change(dice: random.Random, days: dict[date, bool], day: date) -> None:
    single = (1, dice.random() < 0.5)
    length, works = dice.choice((single, (7, False), (9, False), (2, True)))
    for number in range(length):
        days[day + number * DAY] = works
