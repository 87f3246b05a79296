"""拖欠农民工工资: six verified months from the correction, a verified year of the frame, and who judges between."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from cases.categories import judge, room
from cases.law import RecordFacts

D, DAY = date, timedelta(days=1)
LISTED = RecordFacts("wage_arrears", listed_on=D(2026, 2, 1), corrected_on=D(2026, 3, 31))
OFFICER = "needs_officer"


def around(facts: RecordFacts, day: date) -> list[str]:
    return [judge(facts, day + n * DAY).status for n in (-1, 0, 1)]


def test_six_months_from_the_correction_are_certain_and_then_an_officer_judges():
    assert around(LISTED, D(2026, 9, 30)) == ["from_date", OFFICER, OFFICER]
    assert judge(LISTED, D(2026, 9, 29)).earliest == D(2026, 10, 1)


def test_from_the_day_after_the_frames_year_it_is_open():
    assert around(LISTED, D(2027, 2, 1)) == [OFFICER, OFFICER, "now"]


def test_a_late_correction_turns_the_two_dates_round():
    late = replace(LISTED, corrected_on=D(2027, 1, 15))
    assert around(late, D(2027, 2, 1)) == ["from_date", OFFICER, OFFICER]
    assert around(late, D(2027, 7, 15)) == [OFFICER, OFFICER, "now"]


def test_both_dates_and_both_bases_are_shown():
    verdict = judge(LISTED, D(2026, 11, 1))
    assert [(c.first_on, c.ends_on, c.basis.number, c.counts_from) for c in verdict.candidates] == [
        (D(2026, 10, 1), D(2029, 2, 1), "人力资源社会保障部令第45号", "correction"),
        (D(2027, 2, 2), D(2029, 2, 1), "国办发〔2025〕22号", "document"),
    ]
    assert "Q6" in verdict.questions


def test_a_correction_before_the_listing_counts_from_the_listing_and_refuses_nobody():
    early = replace(LISTED, corrected_on=D(2026, 1, 5))
    verdict = judge(early, D(2026, 5, 1))
    assert verdict.candidates[0].first_on == D(2026, 8, 2)
    assert (verdict.status, verdict.may_file) == (OFFICER, True)
    assert any("先改正、后列入" in doubt for doubt in verdict.doubts)
    assert not any("先改正、后列入" in doubt for doubt in judge(LISTED, D(2026, 5, 1)).doubts)
    same_day = replace(LISTED, corrected_on=D(2026, 2, 1))
    assert judge(same_day, D(2026, 5, 1)).status == "from_date"


def test_arrears_still_open_name_no_day_for_the_period_has_not_begun():
    for today in (D(2026, 5, 1), D(2028, 5, 1)):
        verdict = judge(replace(LISTED, corrected_on=None, duties_done=False), today)
        assert (verdict.status, verdict.earliest, verdict.may_file) == ("from_date", None, False)
        assert verdict.reasons[0].effect == "blocks"


def test_a_correction_that_is_not_stated_is_for_an_officer():
    assert judge(replace(LISTED, corrected_on=None), D(2028, 5, 1)).status == OFFICER


def test_three_years_after_the_listing_the_list_ends_by_itself():
    done = replace(LISTED, duties_done=True)
    assert around(done, D(2029, 2, 1)) == ["now", "now", "ends_by_itself"]
    assert judge(replace(LISTED, duties_done=False), D(2029, 2, 2)).status == OFFICER


def test_before_the_frame_only_the_order_counted():
    old = replace(LISTED, listed_on=D(2023, 2, 1), corrected_on=D(2023, 3, 31))
    assert [c.first_on for c in judge(old, D(2025, 6, 21)).candidates] == [D(2023, 10, 1)]
    before, after = judge(old, D(2025, 6, 21)), judge(old, D(2025, 6, 22))
    assert len(after.candidates) == 2
    assert [any("以何为准" in d for d in v.doubts) for v in (before, after)] == [False, True]


@pytest.mark.parametrize(
    ("change", "word"), [({"new_violation": True}, "新的拖欠"), ({"prosecuted": True}, "拒不支付劳动报酬")]
)
def test_an_unverified_bar_calls_an_officer_and_refuses_nobody(change, word):
    verdict = judge(replace(LISTED, **change), D(2027, 6, 1))
    assert (verdict.status, verdict.may_file) == (OFFICER, True)
    assert any(word in reason.text and reason.effect == "officer" for reason in verdict.reasons)
    cleared = replace(LISTED, **dict.fromkeys(change, False))
    assert judge(cleared, D(2027, 6, 1)).status == "now"


V, U = "verified", "unverified"
ROWS = {  # key → value, unit, counts from, certainty, of the start, article
    "hrss45.min": (6, "month", "correction", V, V, None),
    "hrss45.max": (36, "month", "listing", V, U, None),
    "hrss45.serious.min": (12, "month", "document", V, V, None),
    "hrss45.serious.max": (36, "month", "document", V, V, None),
    "hrss45.duties": (True, "bool", None, V, V, None),
    "hrss45.promise": (True, "bool", None, V, V, None),
    "hrss45.again": (True, "bool", None, U, V, None),
    "hrss45.crime": (True, "bool", None, U, V, None),
    "hrss45.material.application_form": ("application_form", "text", None, U, V, None),
    "hrss45.material.proof_of_duties": ("proof_of_duties", "text", None, U, V, None),
    "hrss45.material.commitment": ("commitment", "text", None, U, V, None),
    "hrss45.decider": ("谁执法、谁认定、谁负责", "text", None, V, V, "第四条"),
    "hrss45.decide": (15, "WD", "submitted", U, V, None),
    "hrss45.stop": (10, "WD", "decided", U, V, None),
    "hrss45.share": (10, "WD", "decided", U, V, None),
    "hrss45.false": ("restored", "text", None, U, V, None),
}


def test_every_row_says_what_the_fact_book_says():
    rows = {rule.key: rule for rule in room("wage_arrears").rules if rule.key.startswith("hrss45.")}
    told = {
        key: (r.value, r.unit, r.counts_from, r.certainty, r.start_certainty, r.basis.article)
        for key, r in rows.items()
    }  # fmt: skip
    assert told == ROWS
    frame = {k for k, r in rows.items() if r.in_force_from == D(2025, 6, 22)}
    assert frame == {"hrss45.serious.min", "hrss45.serious.max"}
    assert {r.in_force_from for k, r in rows.items() if k not in frame} == {D(2022, 1, 1)}
    assert {r.question for r in rows.values() if r.certainty != V} == {"Q6"}


def test_the_room_belongs_to_the_bureau_of_human_resources():
    wages = room("wage_arrears")
    assert (wages.annex1_departments, wages.remedy, wages.decided) == (("rsj",), "a", "here")
    assert [tier.code for tier in wages.tiers(LISTED)] == ["handler", "section", "bureau"]
    assert wages.effect(LISTED) == "remove_from_list"
