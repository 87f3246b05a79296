"""The clock of a case is read from its events: pauses, extension, lateness, a new round."""

from datetime import date

import pytest

from cases.categories import limits
from cases.law import ClockEvent, Limits, RecordFacts, WorkCalendar, clock
from cases.law.calendar_seed import seed_days

D = date


@pytest.fixture(scope="module")
def calendar() -> WorkCalendar:
    return WorkCalendar(seed_days(2026).days)


def at(kind: str, month: int, day: int, working_days: int | None = None) -> ClockEvent:
    return ClockEvent(kind, D(2026, month, day), working_days)


def test_a_filing_is_answered_in_three_and_decided_in_ten_working_days(calendar):
    state = clock([at("submitted", 11, 2)], Limits(), calendar, D(2026, 11, 4))
    assert (state.accept_due, state.total_due, state.decide_due) == (D(2026, 11, 5), D(2026, 11, 16), None)
    assert (state.due, state.used_working_days, state.left_working_days) == (D(2026, 11, 5), 2, 1)


def test_after_acceptance_the_earlier_of_both_limits_is_due(calendar):
    state = clock([at("submitted", 11, 2), at("accepted", 11, 3)], Limits(), calendar, D(2026, 11, 4))
    assert (state.decide_due, state.total_due, state.due) == (D(2026, 11, 12), D(2026, 11, 16), D(2026, 11, 12))


@pytest.mark.parametrize(("today", "left"), [(D(2026, 11, 13), 1), (D(2026, 11, 16), 0), (D(2026, 11, 17), -1)])
def test_the_last_day_is_in_time_and_the_day_after_is_late(calendar, today, left):
    state = clock([at("submitted", 11, 2)], Limits(accept_wd=None, decide_wd=None), calendar, today)
    assert state.left_working_days == left


def test_the_days_a_correction_is_with_the_applicant_do_not_count(calendar):
    events = [at("submitted", 11, 2), at("accepted", 11, 3), at("correction_asked", 11, 4)]
    waiting = clock(events, Limits(), calendar, D(2026, 11, 9))
    assert (waiting.paused, waiting.paused_working_days, waiting.used_working_days) == (True, 3, 2)
    answered = clock([*events, at("correction_answered", 11, 11)], Limits(), calendar, D(2026, 11, 12))
    assert (answered.paused, answered.paused_working_days, answered.used_working_days) == (False, 5, 3)
    assert (answered.decide_due, answered.total_due) == (D(2026, 11, 19), D(2026, 11, 23))
    assert answered.accept_due == waiting.accept_due == D(2026, 11, 5)


def test_a_pause_before_acceptance_does_not_lengthen_the_time_to_decide(calendar):
    events = [at("submitted", 11, 2), at("correction_asked", 11, 3), at("correction_answered", 11, 6)]
    state = clock([*events, at("accepted", 11, 9)], Limits(), calendar, D(2026, 11, 9))
    assert (state.accept_due, state.decide_due, state.total_due) == (D(2026, 11, 10), D(2026, 11, 18), D(2026, 11, 19))


def test_an_extension_moves_the_decision_and_not_the_acceptance(calendar):
    events = [at("submitted", 11, 2), at("accepted", 11, 3), at("extended", 11, 10, 5)]
    state = clock(events, Limits(), calendar, D(2026, 11, 11))
    assert (state.accept_due, state.decide_due, state.total_due) == (D(2026, 11, 5), D(2026, 11, 19), D(2026, 11, 23))


def test_a_decided_case_stays_as_it_was_decided(calendar):
    events = [at("submitted", 11, 2), at("accepted", 11, 3), at("decided", 11, 6)]
    early, late = (clock(events, Limits(), calendar, day) for day in (D(2026, 11, 6), D(2026, 12, 25)))
    assert early == late
    assert (late.finished_on, late.used_working_days, late.left_working_days) == (D(2026, 11, 6), 4, 4)


def test_events_that_have_not_happened_yet_do_not_move_the_clock(calendar):
    events = [at("submitted", 11, 2), at("decided", 11, 20)]
    assert clock(events, Limits(), calendar, D(2026, 11, 3)) == clock(events[:1], Limits(), calendar, D(2026, 11, 3))


def test_a_reopened_case_starts_a_new_round(calendar):
    events = [at("submitted", 11, 2), at("accepted", 11, 3), at("refused", 11, 6), at("reopened", 11, 23)]
    state = clock(events, Limits(), calendar, D(2026, 11, 24))
    assert (state.finished_on, state.decide_due, state.used_working_days) == (None, D(2026, 12, 2), 1)


def test_a_case_without_events_has_nothing_due(calendar):
    state = clock([], Limits(), calendar, D(2026, 11, 2))
    assert (state.due, state.left_working_days, state.used_working_days) == (None, None, 0)


def test_a_deadline_in_a_year_not_loaded_is_marked(calendar):
    state = clock([at("submitted", 12, 28)], Limits(accept_wd=None), calendar, D(2026, 12, 29))
    assert (state.total_due, state.provisional) == (D(2027, 1, 11), True)


def test_a_market_penalty_is_decided_in_seven_working_days_from_acceptance_and_its_acceptance_is_not_guessed():
    market = limits(RecordFacts("administrative_penalty", market=True), D(2026, 11, 2))
    assert (market.accept_wd, market.decide_wd, market.decide_from) == (None, 7, "accepted")
    assert any("待核实" in doubt for doubt in market.doubts)


def test_other_penalties_have_three_seven_and_ten_working_days():
    other = limits(RecordFacts("administrative_penalty", market=False), D(2026, 11, 2))
    assert (other.accept_wd, other.decide_wd, other.total_wd) == (3, 7, 10)


def test_the_limits_are_those_of_the_day_of_filing():
    facts = RecordFacts("market_violation")
    assert [limits(facts, day).decide_wd for day in (D(2025, 12, 24), D(2025, 12, 25))] == [15, 7]
