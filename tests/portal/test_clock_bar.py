"""The bar of the legal clock: what ran, what stood still, what is left or over, each in its own days."""

from datetime import date

import pytest

from cases.deadlines import clock_of, events_of
from cases.portal.clock_bar import Stretch, draw, stretches
from creditrepair.tenancy.context import region_context
from tests.test_intake import ANSWER, answer
from tests.world import YONGCHANG, at


def bar_of(case, today):
    with region_context(YONGCHANG):
        return stretches(events_of(case), clock_of(case, today), today)


def kinds(parts):
    return [part.kind for part in parts]


def test_a_question_stands_still_until_its_answer(world):
    case = world.a_case("correction", now=at(date(2026, 11, 23)))
    assert kinds(bar_of(case, date(2026, 11, 25)))[:1] == ["paused"]
    answer(world, case, ANSWER, now=at(date(2026, 11, 26)))
    parts = bar_of(world.fresh(case), date(2026, 11, 27))
    assert parts[0] == Stretch("paused", date(2026, 11, 23), date(2026, 11, 26))
    assert kinds(parts) == ["paused", "ran", "left"]
    assert parts[1].last == parts[2].first == date(2026, 11, 27)


def test_what_is_open_runs_to_today_and_the_rest_is_left(world):
    parts = bar_of(world.a_case("in_review"), date(2026, 11, 25))
    assert kinds(parts) == ["ran", "left"]
    assert (parts[0].first, parts[0].last) == (date(2026, 11, 23), date(2026, 11, 25))


@pytest.mark.parametrize(("days", "last"), [(-1, "left"), (0, "ran"), (1, "late")])
def test_the_day_before_the_last_day_and_the_day_after(world, days, last):
    case = world.a_case("in_review")
    with region_context(YONGCHANG):
        due = clock_of(case, date(2026, 11, 25)).promised.day
    assert kinds(bar_of(case, date.fromordinal(due.toordinal() + days)))[-1] == last


def test_what_was_decided_in_time_ends_with_the_decision(world):
    parts = bar_of(world.a_case("refused"), date(2026, 12, 30))
    assert kinds(parts) == ["ran"]
    assert parts[0].last == date(2026, 11, 23)


def test_the_drawing_fills_its_width_and_shows_also_a_single_day():
    parts = [
        Stretch("ran", date(2026, 11, 1), date(2026, 11, 1)),
        Stretch("left", date(2026, 11, 1), date(2026, 11, 30)),
    ]
    drawn = draw(parts)
    assert drawn.count("<rect") == 2
    assert 'class="ran" x="0.0"' in drawn
    assert "style=" not in drawn
    assert draw([]) == ""
