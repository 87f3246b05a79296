"""The engine agrees with the slow oracle on generated records, and the comparison would see it if it did not."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

import tests.law.compare as comparison
from cases.categories import judge
from cases.law import STATUSES, RecordFacts, Rule
from tests.law.compare import brief, cases, difference, smallest
from tests.law.oracle_verdict import CATEGORIES, OF_NOTICE_63, last_day, oracle

COUNT, SEED = 1_500, 20261124


@pytest.mark.fault("T34")
def test_engine_and_oracle_agree_on_generated_records_of_all_categories():
    asked = [(facts, today, ("", OF_NOTICE_63)[n % 2]) for n, (facts, today) in enumerate(cases(COUNT, SEED))]
    found = [one for one in (difference(*case) for case in asked) if one]
    assert [f"on {one.today}: {brief(one.facts)}: {one.theirs}, not {one.ours}" for one in found[:3]] == []


def test_the_generated_records_reach_every_status_and_every_category():
    asked = [(facts.category, oracle(facts, today).status) for facts, today in cases(COUNT, SEED)]
    assert {status for _, status in asked} == set(STATUSES)
    assert Counter(code for code, _ in asked).keys() == set(CATEGORIES)
    assert min(Counter(status for _, status in asked).values()) >= 10


def test_a_wrong_engine_is_seen_and_the_example_is_made_small(monkeypatch):
    def late(facts: RecordFacts, today: date, own: tuple[Rule, ...]):
        verdict = judge(facts, today, own)
        return replace(verdict, status="from_date") if verdict.status == "now" else verdict

    monkeypatch.setattr(comparison, "judge", late)
    found = next(one for one in (difference(facts, today) for facts, today in cases(COUNT, SEED)) if one)
    least = smallest(found)
    assert (least.theirs, least.ours) == ("from_date", "now")
    assert len(brief(least.facts)) <= len(brief(found.facts))


@pytest.mark.parametrize(
    ("start", "months", "last"),
    [
        (date(2024, 11, 30), 3, date(2025, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2025, 1, 31), 3, date(2025, 4, 30)),
        (date(2026, 5, 31), 36, date(2029, 5, 31)),
    ],
)
def test_the_walk_of_the_oracle_ends_on_the_days_of_the_fact_book(start, months, last):
    assert last_day(start, months) == last
