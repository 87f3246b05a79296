"""The legal clock of a case: a function of its events, recomputed at every act, never counted up by a job."""

from datetime import date, datetime, timedelta

from django.utils import timezone

from cases.facts import limits_for
from cases.law.calendar import WorkCalendar
from cases.law.clock import ClockEvent, ClockState, clock
from cases.models import CalendarDay, Case, Correction

LOOK_AHEAD = timedelta(days=400)


def calendar_between(first: date, last: date) -> WorkCalendar:
    """The stored calendar of these days, inclusive; days not stored fall back to weekends and are marked provisional."""
    rows = CalendarDay.objects.filter(day__range=(first, last)).values_list("day", "works", "provisional")
    days = {day: works for day, works, _ in rows}
    return WorkCalendar(days, frozenset(day.year for day, _, provisional in rows if provisional))


def events_of(case: Case) -> list[ClockEvent]:
    """What the clock counts from: submission, acceptance, corrections asked and answered, decision, as local dates."""
    events = [ClockEvent("submitted", timezone.localdate(case.submitted_at))]
    if case.accepted_at:
        events.append(ClockEvent("accepted", timezone.localdate(case.accepted_at)))
    for correction in Correction.objects.filter(region_id=case.region_id, case_id=case.pk).order_by("asked_at"):
        events.append(ClockEvent("correction_asked", timezone.localdate(correction.asked_at)))
        if correction.answered_at:
            events.append(ClockEvent("correction_answered", timezone.localdate(correction.answered_at)))
    if case.decided_at:
        events.append(ClockEvent("decided", timezone.localdate(case.decided_at)))
    return events


def clock_of(case: Case, today: date) -> ClockState:
    """The clock of `case` as it stands on `today`; limits by the rules in force on its application date."""
    applied_on = timezone.localdate(case.submitted_at)
    calendar = calendar_between(applied_on, max(today, applied_on) + LOOK_AHEAD)
    return clock(events_of(case), limits_for(case.record, applied_on), calendar, today)


def settle_clock(case: Case, now: datetime) -> ClockState:
    """Write the clock's present answer onto `case` (not saved), for sorting queues."""
    state = clock_of(case, timezone.localdate(now))
    case.due_on = state.due
    case.paused = state.paused
    return state
