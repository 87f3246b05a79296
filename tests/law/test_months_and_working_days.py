"""Counting as in 民法典 200–204, and working days of 2026, 调休 included."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.law import WorkCalendar, add_months, default_calendar
from cases.law.calendar_seed import seed_days

D = date


@pytest.fixture(scope="module")
def calendar() -> WorkCalendar:
    return WorkCalendar({**seed_days(2026).days})


@pytest.mark.parametrize(
    ("start", "months", "last"),
    [
        (D(2024, 11, 30), 3, D(2025, 2, 28)),
        (D(2023, 11, 30), 3, D(2024, 2, 29)),
        (D(2024, 2, 29), 12, D(2025, 2, 28)),
        (D(2025, 1, 31), 3, D(2025, 4, 30)),
        (D(2026, 4, 15), 3, D(2026, 7, 15)),
        (D(2026, 4, 15), 12, D(2027, 4, 15)),
        (D(2026, 5, 31), 12, D(2027, 5, 31)),
        (D(2026, 5, 31), 36, D(2029, 5, 31)),
    ],
)
def test_a_period_of_months_ends_on_the_same_day_number_or_the_month_end(start, months, last):
    assert add_months(start, months) == last


@given(st.dates(D(1990, 1, 1), D(2090, 1, 1)), st.integers(0, 120))
def test_the_last_day_agrees_with_a_slow_count_by_single_months(start, months):
    year, month = start.year, start.month
    for _ in range(months):
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    month_end = (D(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    assert add_months(start, months) == D(year, month, min(start.day, month_end))


def test_a_period_beyond_the_calendar_says_so():
    with pytest.raises(OverflowError):
        add_months(date.max, 1)


@pytest.mark.parametrize(
    ("start", "n", "day"),
    [
        (D(2026, 2, 13), 3, D(2026, 2, 25)),
        (D(2026, 2, 13), 7, D(2026, 3, 2)),
        (D(2026, 2, 13), 10, D(2026, 3, 5)),
        (D(2026, 4, 30), 3, D(2026, 5, 8)),
        (D(2026, 4, 30), 7, D(2026, 5, 13)),
        (D(2026, 4, 30), 10, D(2026, 5, 18)),
        (D(2026, 9, 30), 3, D(2026, 10, 10)),
    ],
)
def test_working_days_of_2026_follow_the_notice(calendar, start, n, day):
    deadline = calendar.add_working_days(start, n)
    assert (deadline.day, deadline.provisional) == (day, False)
    assert calendar.working_days_between(start, day) == n


def test_the_skipped_days_are_named(calendar):
    skipped = calendar.add_working_days(D(2026, 4, 30), 3).skipped
    assert skipped == tuple(D(2026, 5, n) for n in range(1, 6))


def test_a_period_in_which_somebody_must_act_rolls_over_the_national_holiday(calendar):
    received = D(2026, 8, 5)
    rolled = calendar.roll_forward(received + timedelta(days=60))
    assert rolled.day == D(2026, 10, 8)
    assert rolled.skipped == tuple(D(2026, 10, n) for n in range(4, 8))


def test_a_deadline_that_crosses_into_a_year_not_loaded_is_provisional(calendar):
    inside = calendar.add_working_days(D(2026, 12, 1), 3)
    across = calendar.add_working_days(D(2026, 12, 30), 3)
    assert (inside.provisional, across.provisional) == (False, True)
    assert across.day == D(2027, 1, 4)  # weekends only: nobody told us of 元旦


def test_a_year_loaded_as_provisional_is_marked_and_knows_the_statutory_days():
    year = seed_days(2027)
    calendar = WorkCalendar(year.days, frozenset({2027}))
    assert year.provisional
    assert calendar.add_working_days(D(2027, 9, 30), 1).provisional
    assert [calendar.is_workday(D(2027, 10, n)) for n in (1, 2, 3, 4)] == [False, False, False, True]
    assert not calendar.is_workday(D(2027, 2, 5))  # 除夕


def test_the_calendar_of_last_resort_knows_weekends_and_calls_everything_provisional():
    deadline = default_calendar().add_working_days(D(2026, 11, 20), 1)
    assert (deadline.day, deadline.provisional) == (D(2026, 11, 23), True)


def test_days_between_are_negative_when_the_day_has_passed(calendar):
    assert calendar.working_days_between(D(2026, 11, 23), D(2026, 11, 20)) == -1


def test_there_is_no_calendar_before_2004():
    with pytest.raises(ValueError, match="2004"):
        seed_days(2003)
