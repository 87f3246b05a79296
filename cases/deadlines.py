"""The legal clock of a case: a function of its events, recomputed at every act, never counted up by a job."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.utils import timezone

from cases.facts import limits_for
from cases.law.calendar import WorkCalendar
from cases.law.clock import ClockEvent, ClockState, Limits, clock
from cases.models import CalendarDay, Case, Correction, Extension, RegionDay
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.remembered import remembered

LOOK_AHEAD = timedelta(days=400)
_Row = tuple[datetime, int, str, int | None]  # instant, rank among acts of one instant, kind, working days


def calendar_between(
    first: date,
    last: date,
    region: str,
    *,
    tried_nationally: Mapping[date, bool] | None = None,
    tried_here: Mapping[date, bool] | None = None,
) -> WorkCalendar:
    """The calendar of these days, inclusive, as it holds in `region`: its own entries before the national ones.

    The latest entry of a day counts, one withdrawn gives the day back to the national calendar. Days not stored fall
    back to weekends. A year is final where each of its days asked for is; else it is provisional. Enters the region
    itself, for an applicant's own context sees none of its rows.

    tried_nationally, tried_here   days as if they were stored so already: what a notice would change
    """
    if tried_nationally or tried_here:
        return _calendar_between(first, last, region, tried_nationally, tried_here)
    return remembered(("calendar", first, last, region), lambda: _calendar_between(first, last, region, None, None))


def _calendar_between(
    first: date,
    last: date,
    region: str,
    tried_nationally: Mapping[date, bool] | None,
    tried_here: Mapping[date, bool] | None,
) -> WorkCalendar:
    national = list(CalendarDay.objects.filter(day__range=(first, last)).values_list("day", "works", "provisional"))
    with region_context(region):
        own = list(
            RegionDay.objects.filter(region_id=region, day__range=(first, last))
            .order_by("day", "-id")
            .distinct("day")
            .values_list("day", "works", "withdrawn")
        )
    national += [(day, works, False) for day, works in _within(tried_nationally, first, last)]
    own += [(day, works, False) for day, works in _within(tried_here, first, last)]
    return merge_days(first, last, national, own)


def _within(tried: Mapping[date, bool] | None, first: date, last: date) -> list[tuple[date, bool]]:
    return [(day, works) for day, works in (tried or {}).items() if first <= day <= last]


def merge_days(
    first: date, last: date, national: Iterable[tuple[date, bool, bool]], own: Iterable[tuple[date, bool, bool]]
) -> WorkCalendar:
    """National (day, works, provisional) and a region's latest (day, works, withdrawn) rows as one calendar.

    Of two rows of one day the later in order counts.
    """
    days: dict[date, bool] = {}
    final: set[date] = set()
    for day, works, provisional in national:
        days[day] = works
        (final.discard if provisional else final.add)(day)
    for day, works, withdrawn in own:
        if not withdrawn:
            days[day] = works
            final.add(day)
    open_years = frozenset(
        year
        for year in range(first.year, last.year + 1)
        if _days_within(year, first, last) != sum(1 for day in final if day.year == year)
    )
    return WorkCalendar(days, open_years)


def _days_within(year: int, first: date, last: date) -> int:
    return (min(last, date(year, 12, 31)) - max(first, date(year, 1, 1))).days + 1


def events_of(case: Case) -> list[ClockEvent]:
    """What the clock counts from, oldest first, as local dates: see `events_of_many`."""
    return events_of_many([case])[case.pk]


def events_of_many(cases: Sequence[Case]) -> dict[int, list[ClockEvent]]:
    """Per primary key: submission, acceptance, corrections, extensions, decision; all of one region, in two reads.

    Ordered by instant, so that acts of one day keep the order in which they happened; of one instant, what ends comes
    before what begins, and what began and ended in it is left out.
    """
    rows: dict[int, list[_Row]] = defaultdict(list)
    for case in cases:
        rows[case.pk].append((case.submitted_at, 0, "submitted", None))
        if case.accepted_at:
            rows[case.pk].append((case.accepted_at, 1, "accepted", None))
        if case.decided_at:
            rows[case.pk].append((case.decided_at, 9, "decided", None))
    stored = [case for case in cases if case.pk is not None]
    if stored:
        mine = {"region_id": stored[0].region_id, "case_id__in": [case.pk for case in stored]}
        for pk, asked, answered in Correction.objects.filter(**mine).values_list("case_id", "asked_at", "answered_at"):
            if asked != answered:
                rows[pk].append((asked, 5, "correction_asked", None))
                if answered:
                    rows[pk].append((answered, 4, "correction_answered", None))
        extensions = Extension.objects.filter(**mine).values_list("case_id", "decided_at", "ended_at", "working_days")
        for pk, decided, ended, days in extensions:
            if decided != ended:
                rows[pk].append((decided, 3, "extended", days))
                if ended:
                    rows[pk].append((ended, 2, "extension_ended", None))
    return {
        pk: [ClockEvent(kind, timezone.localdate(at), days) for at, _, kind, days in sorted(found, key=_by_instant)]
        for pk, found in rows.items()
    }


def _by_instant(row: _Row) -> tuple[datetime, int]:
    return row[:2]


def clock_of(
    case: Case, today: date, *, limits: Limits | None = None, calendar: WorkCalendar | None = None
) -> ClockState:
    """The clock of `case` as it stands on `today`; limits by the rules in force on its application date.

    limits, calendar   as already read, for many cases at once; the calendar must reach LOOK_AHEAD past `today`
    """
    applied_on = timezone.localdate(case.submitted_at)
    days = calendar or calendar_between(applied_on, max(today, applied_on) + LOOK_AHEAD, case.region_id)
    return clock(events_of(case), limits or limits_for(case.record, applied_on), days, today)


def settle_clock(case: Case, now: datetime) -> ClockState:
    """Write the clock's present answer onto `case` (not saved), for sorting queues."""
    state = clock_of(case, timezone.localdate(now))
    case.due_on = state.due
    case.paused = state.paused
    return state
