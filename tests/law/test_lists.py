"""经营异常名录 and 严重违法失信名单: no minimum for the one, a year from listing for the other."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from cases.categories import judge
from cases.categories.abnormal_operation import CURES
from cases.law import RecordFacts

D, DAY = date, timedelta(days=1)
ABNORMAL = RecordFacts("abnormal_operation", ground="annual_report", listed_on=D(2026, 7, 1))
LISTED = RecordFacts("market_violation", listed_on=D(2026, 2, 28))


@pytest.mark.parametrize("ground", list(CURES))
def test_an_abnormal_entry_may_be_removed_on_any_day_once_its_cause_is_cured(ground):
    verdict = judge(replace(ABNORMAL, ground=ground, corrected_on=D(2026, 7, 5)), D(2026, 7, 5))
    assert (verdict.status, verdict.earliest, verdict.publication_ends) == ("now", D(2026, 7, 5), None)
    assert verdict.to_show == (CURES[ground],)


def test_an_abnormal_entry_whose_cure_is_not_stated_may_be_filed_and_shown():
    assert judge(ABNORMAL, D(2026, 7, 2)).status == "now"


def test_an_abnormal_entry_whose_cause_remains_says_what_to_do_and_names_no_day():
    verdict = judge(replace(ABNORMAL, duties_done=False), D(2026, 7, 2))
    assert (verdict.status, verdict.earliest, verdict.may_file) == ("from_date", None, False)
    assert CURES["annual_report"] in verdict.reasons[0].text


def test_an_abnormal_entry_without_a_ground_is_not_held_up():
    verdict = judge(replace(ABNORMAL, ground=None), D(2026, 7, 2))
    assert verdict.status == "now"
    assert any("列入原因" in doubt for doubt in verdict.doubts)


def test_an_older_abnormal_entry_is_the_same_under_both_regimes():
    verdict = judge(replace(ABNORMAL, listed_on=D(2024, 7, 1)), D(2026, 7, 2))
    assert (verdict.status, "Q1" in verdict.questions) == ("now", False)
    assert {c.regime for c in verdict.candidates} == {"samr-107", "samr-2021"}


def test_an_individual_trader_marked_abnormal_is_handed_to_an_officer():
    assert judge(replace(ABNORMAL, subject_is_trader=True), D(2026, 7, 2)).status == "needs_officer"


def test_the_serious_list_opens_a_year_after_listing():
    days = [D(2027, 2, 27), D(2027, 2, 28), D(2027, 3, 1)]
    assert [judge(LISTED, day).status for day in days] == ["from_date", "needs_officer", "now"]
    assert judge(LISTED, days[0]).earliest == D(2027, 3, 1)


def test_the_serious_list_ends_by_itself_after_three_years_when_corrected():
    done = replace(LISTED, duties_done=True)
    assert [judge(done, day).status for day in (D(2029, 2, 28), D(2029, 3, 1))] == ["now", "ends_by_itself"]


def test_a_listing_after_its_decision_waits_for_the_officer_between_the_two_dates():
    facts = replace(LISTED, decided_on=D(2026, 2, 10))
    days = [D(2027, 2, 9), D(2027, 2, 11), D(2027, 2, 28), D(2027, 3, 1)]
    assert [judge(facts, day).status for day in days] == ["from_date", "needs_officer", "needs_officer", "now"]


def test_a_measure_still_running_calls_an_officer_and_refuses_nobody():
    facts = replace(LISTED, restriction_until=D(2027, 6, 30))
    during, after = judge(facts, D(2027, 6, 30)), judge(facts, D(2027, 7, 1))
    assert (during.status, during.may_file, after.status) == ("needs_officer", True, "now")


def test_a_listing_whose_date_is_missing_is_for_an_officer():
    assert judge(RecordFacts("market_violation"), D(2027, 7, 1)).status == "needs_officer"
