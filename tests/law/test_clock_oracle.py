"""The clock against a slow walk through every day; see `tests.law.compare_clock` for 100,000 cases at once."""

import random
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.law import ClockEvent, Limits, WorkCalendar, clock
from cases.law.calendar_seed import seed_days
from tests.law.compare_clock import differences, main
from tests.law.oracle_clock import ENDS, KINDS, Made, make_calendar, make_case, oracle, told

FILED = date(2026, 12, 14)
CALENDAR = WorkCalendar({**seed_days(2026).days, **seed_days(2027).days}, frozenset({2027}))

days = st.integers(-3, 40).map(lambda n: FILED + timedelta(days=n))
lengths = st.one_of(st.none(), st.integers(-1, 20))
moves = st.builds(ClockEvent, st.sampled_from((*KINDS, *ENDS, "reopened", "pushed", "submitted")), days, lengths)
limits = st.builds(
    Limits,
    accept_wd=lengths,
    decide_wd=lengths,
    total_wd=lengths,
    accept_from=st.sampled_from(("pushed", "submitted")),
    decide_from=st.sampled_from(("accepted", "submitted")),
    total_from=st.sampled_from(("submitted", "pushed")),
)
# One decision for each day from the filing on: weeks without work, worked weekends and years not loaded all occur.
calendars = st.lists(st.booleans(), max_size=90).map(
    lambda works: WorkCalendar({FILED + timedelta(days=n): w for n, w in enumerate(works)}, frozenset({2027}))
)


@settings(max_examples=400, deadline=None)
@given(st.lists(moves, max_size=10), limits, calendars, days)
def test_the_clock_says_what_a_walk_through_every_day_says(events, limits, calendar, today):
    filed = ClockEvent("submitted", FILED)
    assert differences(Made((filed, *events), limits, calendar, today)) == {}


@pytest.mark.parametrize("seed", range(5))
def test_made_up_cases_do_not_differ_either(seed):
    dice = random.Random(seed)
    calendars = [make_calendar(dice) for _ in range(40)]
    for _ in range(400):
        case = make_case(dice, calendars)
        assert differences(case) == {}, case


def test_the_comparison_sees_a_wrong_clock(monkeypatch, capsys):
    def extension_counts_for_acceptance_too(events, limits, calendar, today):
        return clock([e for e in events if e.kind != "extended"], limits, calendar, today)

    monkeypatch.setattr("tests.law.compare_clock.clock", extension_counts_for_acceptance_too)
    assert main(["--cases", "500", "--seed", "7"]) == 1
    assert " 0 differences" not in capsys.readouterr().out


def at(kind: str, month: int, day: int, working_days: int | None = None) -> ClockEvent:
    return ClockEvent(kind, date(2026, month, day), working_days)


TAKEN = [at("submitted", 11, 2), at("accepted", 11, 3)]  # decide by Thursday 12, all by Monday 16 November


@pytest.mark.parametrize(
    ("why", "events", "decide", "total"),
    [
        ("extended", [at("extended", 11, 10, 5)], (11, 19), (11, 23)),
        ("taken back", [at("extended", 11, 10, 5), at("extension_ended", 11, 11)], (11, 12), (11, 16)),
        ("taken back after the old day", [at("extended", 11, 10, 5), at("extension_ended", 11, 18)], (11, 12), (11, 16)),
        (
            "taken back, another given",
            [at("extended", 11, 9, 5), at("extension_ended", 11, 10), at("extended", 11, 11, 2)],
            (11, 16), (11, 18),
        ),
        (
            "taken back late, another given too late for one limit and in time for the other",
            [at("extended", 11, 9, 5), at("extension_ended", 11, 13), at("extended", 11, 13, 2)],
            (11, 12), (11, 18),
        ),
        ("given after the last day of one limit", [at("extended", 11, 13, 5)], (11, 12), (11, 23)),
        (
            "while paused",
            [at("correction_asked", 11, 4), at("extended", 11, 6, 5), at("correction_answered", 11, 11)],
            (11, 26), (11, 30),
        ),
        (
            "after a pause",
            [at("correction_asked", 11, 4), at("correction_answered", 11, 11), at("extended", 11, 18, 5)],
            (11, 26), (11, 30),
        ),
        (
            "while paused, taken back while paused",
            [at("correction_asked", 11, 4), at("extended", 11, 6, 5), at("extension_ended", 11, 9),
             at("correction_answered", 11, 11)],
            (11, 19), (11, 23),
        ),
        (
            "a pause of the extended time does not count without it",
            [at("extended", 11, 10, 5), at("correction_asked", 11, 17), at("correction_answered", 11, 20),
             at("extension_ended", 11, 23)],
            (11, 12), (11, 16),
        ),
        ("a question after the last day moves nothing", [at("correction_asked", 11, 17)], (11, 12), (11, 16)),
        (
            "asked on the last day, the limit waits for the answer",
            [at("correction_asked", 11, 12), at("correction_answered", 11, 20)], (11, 20), (11, 24),
        ),
        (
            "asked again on the day of the answer, a Sunday",
            [at("correction_asked", 11, 12), at("correction_answered", 11, 15), at("correction_asked", 11, 15),
             at("correction_answered", 11, 18)],
            (11, 18), (11, 20),
        ),
        (
            "asked twice, answered once",
            [at("correction_asked", 11, 4), at("correction_asked", 11, 5), at("correction_answered", 11, 11)],
            (11, 19), (11, 23),
        ),
        ("answered without a question", [at("correction_answered", 11, 4)], (11, 12), (11, 16)),
        ("what comes after the end", [at("decided", 11, 6), at("extended", 11, 6, 5)], (11, 12), (11, 16)),
    ],
)  # fmt: skip
def test_worked_by_hand(why, events, decide, total):
    case = Made((*TAKEN, *events), Limits(), CALENDAR, date(2026, 11, 27))
    said = told(clock(case.events, case.limits, case.calendar, case.today))
    assert (said["decide_due"], said["total_due"]) == (date(2026, *decide), date(2026, *total)), why
    assert said["accept_due"] == date(2026, 11, 5)
    assert said == oracle(case)


def test_every_date_across_an_open_year_says_so_and_no_other():
    events = [ClockEvent("submitted", date(2026, 12, 25)), ClockEvent("accepted", date(2026, 12, 28))]
    state = clock(events, Limits(accept_wd=1, decide_wd=3), CALENDAR, date(2026, 12, 28))
    says = "2027年节假日安排尚未公布，此日期为暂定"
    assert [(d.day, d.provisional_text) for d in (state.accept, state.decide, state.total)] == [
        (date(2026, 12, 28), ""), (date(2026, 12, 31), ""), (date(2027, 1, 11), says),
    ]  # fmt: skip
    assert (state.due, state.provisional_text, state.promised.provisional_text) == (date(2026, 12, 31), "", says)
