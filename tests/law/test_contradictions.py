"""Facts that cannot be: an officer, the reason by name, and no date that nobody knows."""

from dataclasses import replace
from datetime import date

import pytest

from cases.categories import judge
from cases.law import RecordFacts

D = date
TODAY = D(2026, 11, 23)
PENALTY = RecordFacts(
    "administrative_penalty", market=True, severity="general", penalty_kinds=("fine",), decided_on=D(2026, 5, 20),
    published_on=D(2026, 5, 25), duties_done=True,
)  # fmt: skip
LISTED = RecordFacts("market_violation", decided_on=D(2025, 1, 10), listed_on=D(2025, 1, 20), duties_done=True)
ABNORMAL = RecordFacts(
    "abnormal_operation", ground="annual_report", listed_on=D(2025, 7, 8), corrected_on=D(2026, 8, 3), duties_done=True
)


@pytest.mark.parametrize(
    ("facts", "change", "said"),
    [
        (PENALTY, {"decided_on": D(2026, 11, 24)}, "决定日期（2026-11-24）晚于判断之日"),
        (PENALTY, {"published_on": D(2027, 1, 1)}, "公示日期（2027-01-01）晚于判断之日"),
        (PENALTY, {"published_on": D(2026, 5, 19)}, "公示日期（2026-05-19）早于决定日期（2026-05-20）"),
        (LISTED, {"listed_on": D(2026, 12, 1)}, "列入日期（2026-12-01）晚于判断之日"),
        (LISTED, {"listed_on": D(2025, 1, 9)}, "列入日期（2025-01-09）早于决定日期（2025-01-10）"),
        (LISTED, {"decided_on": None, "listed_on": D(2026, 12, 1)}, "列入日期（2026-12-01）晚于判断之日"),
        (ABNORMAL, {"corrected_on": D(2026, 11, 24)}, "纠正日期（2026-11-24）晚于判断之日"),
        (PENALTY, {"ended_on": D(2026, 5, 1)}, "停止公示日期（2026-05-01）早于决定日期（2026-05-20）"),
    ],
)
def test_an_impossible_date_is_named_and_no_day_is_made_of_it(facts, change, said):
    assert judge(facts, TODAY).status == "now"
    verdict = judge(replace(facts, **change), TODAY)
    assert (verdict.status, verdict.earliest, verdict.publication_ends) == ("needs_officer", None, None)
    assert verdict.candidates == ()
    assert said in verdict.reasons[0].text
    assert verdict.may_file


@pytest.mark.parametrize(
    "change",
    [
        {"published_on": D(2026, 5, 1)},  # what 36令 counts from is the document
        {"listed_on": D(2027, 1, 1)},  # a penalty has no listing
        {"corrected_on": D(2026, 5, 1)},  # corrected before the decision is common, and good
        {"amount_fen": -5},  # the class is set, so the amount settles nothing
    ],
)
def test_an_odd_fact_that_changes_no_answer_holds_nobody_up(change):
    facts = replace(PENALTY, market=False)
    odd = judge(replace(facts, **change), TODAY)
    assert replace(odd, changes_on=None) == replace(judge(facts, TODAY), changes_on=None)


def test_the_contradiction_goes_away_on_the_day_the_date_is_reached():
    facts = replace(PENALTY, market=False, decided_on=D(2026, 12, 1))
    verdict = judge(facts, TODAY)
    assert (verdict.status, verdict.changes_on) == ("needs_officer", D(2026, 12, 1))
    assert judge(facts, D(2026, 12, 1)).status == "from_date"


def test_a_negative_amount_does_not_make_a_penalty_minor():
    facts = replace(PENALTY, market=False, severity="unset", summary_procedure=True, amount_fen=100_000)
    assert judge(facts, D(2026, 6, 1)).status == "now"
    odd = judge(replace(facts, amount_fen=-100_000), D(2026, 6, 1))
    assert odd.status == "needs_officer"
    assert any("负数" in reason.text for reason in odd.reasons)


def test_an_unknown_word_for_the_class_is_read_as_none_and_said():
    verdict = judge(replace(PENALTY, severity="terrible"), TODAY)
    assert {candidate.severity for candidate in verdict.candidates} == {"minor", "general", "serious"}
    assert any("失信程度“terrible”" in reason.text for reason in verdict.reasons)


def test_a_list_decided_by_the_court_stays_with_the_court_whatever_its_dates():
    facts = RecordFacts("judgment_defaulter", term="two_years", listed_on=D(2027, 1, 1), duties_done=True)
    assert judge(facts, TODAY).status == "decided_elsewhere"
    assert "晚于判断之日" in judge(facts, TODAY).reasons[0].text


def test_a_field_that_is_not_stated_and_has_no_rules_is_for_an_officer():
    facts = RecordFacts(
        "administrative_penalty",
        penalty_kinds=("lower_grade",),
        published_on=D(2018, 10, 30),
        decided_on=D(2018, 10, 1),
    )
    verdict = judge(facts, D(2019, 6, 1))
    assert (verdict.status, verdict.candidates) == ("needs_officer", ())
    market = judge(replace(facts, published_on=D(2023, 5, 30), decided_on=D(2023, 5, 1)), D(2023, 8, 1))
    assert {candidate.market for candidate in market.candidates} == {False, True}
