"""安全生产严重失信主体名单: a year from the listing, by the order and by the frame alike; its bars are unverified."""

from dataclasses import replace
from datetime import date

import pytest

from cases.categories import judge, limits, national_pack, room
from cases.law import RecordFacts

D = date
LISTED = RecordFacts("work_safety", listed_on=D(2026, 2, 28), decided_on=D(2026, 2, 28))


def rows(governs):
    return national_pack().select(governs, LISTED, D(2026, 11, 23), market=False, severity="unset")


@pytest.mark.parametrize(
    ("day", "status"),
    [
        (D(2027, 2, 27), "from_date"),
        (D(2027, 2, 28), "needs_officer"),  # the last day itself is open (Q9)
        (D(2027, 3, 1), "now"),
        (D(2029, 2, 28), "now"),
        (D(2029, 3, 1), "ends_by_itself"),
    ],
)
def test_a_year_after_the_listing_it_opens_and_after_three_it_ends(day, status):
    assert judge(replace(LISTED, duties_done=True), day).status == status


def test_the_day_is_sure_because_the_frame_gives_the_same_as_the_unverified_order():
    verdict = judge(LISTED, D(2026, 11, 23))
    assert (verdict.status, verdict.earliest, verdict.publication_ends) == ("from_date", D(2027, 3, 1), D(2029, 2, 28))
    assert {c.basis.number for c in verdict.candidates} == {"应急管理部令第11号", "国办发〔2025〕22号"}
    assert verdict.questions == ("Q6",)


def test_a_listing_after_its_decision_is_for_an_officer_between_the_two_days():
    facts = replace(LISTED, decided_on=D(2026, 1, 10))
    days = (D(2027, 1, 9), D(2027, 1, 11), D(2027, 2, 28), D(2027, 3, 1))
    assert [judge(facts, day).status for day in days] == ["from_date", "needs_officer", "needs_officer", "now"]


def test_before_the_frame_the_unverified_order_alone_refuses_nobody():
    verdict = judge(replace(LISTED, listed_on=D(2024, 2, 1), decided_on=None), D(2024, 9, 1))
    assert (verdict.status, verdict.may_file) == ("needs_officer", True)
    assert {c.regime for c in verdict.candidates} == {"mem-11"}


def test_open_duties_block_and_say_what_to_do():
    verdict = judge(replace(LISTED, duties_done=False), D(2027, 6, 1))
    assert (verdict.status, verdict.earliest, verdict.may_file) == ("from_date", None, False)
    assert verdict.reasons[0].effect == "blocks"


def test_a_trade_ban_calls_an_officer_to_its_last_day_and_blocks_nobody():
    facts = replace(LISTED, restriction_until=D(2027, 6, 30))
    during, after = judge(facts, D(2027, 6, 30)), judge(facts, D(2027, 7, 1))
    assert (during.status, during.may_file, after.status) == ("needs_officer", True, "now")
    assert any("2027-06-30" in reason.text for reason in during.reasons)


def test_a_new_violation_calls_an_officer_and_blocks_nobody():
    verdict = judge(replace(LISTED, new_violation=True), D(2027, 3, 1))
    assert (verdict.status, verdict.may_file) == ("needs_officer", True)
    assert [judge(replace(LISTED, new_violation=no), D(2027, 3, 1)).status for no in (False, None)] == ["now", "now"]


def test_a_listing_without_a_date_is_for_an_officer():
    assert judge(RecordFacts("work_safety"), D(2027, 3, 1)).status == "needs_officer"


@pytest.mark.parametrize(
    ("governs", "value", "unit", "start"),
    [("accept_days", 5, "WD", "pushed"), ("decide_days", 20, "WD", "accepted"), ("stop_days", 10, "WD", "decided")],
)
def test_the_days_of_the_order_stand_as_unverified(governs, value, unit, start):
    [row] = [row for row in rows(governs) if row.regime == "mem-11"]
    assert (row.value, row.unit, row.counts_from, row.certainty) == (value, unit, start, "unverified")


def test_the_verified_ten_days_in_all_hold_beside_them():
    assert limits(LISTED, D(2026, 11, 23)).total_wd == 10


def test_false_material_restores_the_listing_and_a_removal_is_reported_upward():
    for governs, value in (("false_material", "restored"), ("report_removal", True)):
        [row] = [row for row in rows(governs) if row.regime == "mem-11"]
        assert (row.value, row.certainty) == (value, "unverified")


def test_the_organ_that_punished_decides_by_article_four():
    [row] = [row for row in rows("decider") if not row.variant]
    assert (row.value, row.basis.article, row.certainty) == ("谁处罚、谁决定、谁负责", "第四条", "verified")


def test_conditions_of_the_frame_are_verified_and_those_of_the_order_are_not():
    sure = {row.key for row in rows("condition") if row.certainty == "verified"}
    assert sure == {"mem11.duties", "mem11.promise"}
    assert {row.key for row in rows("condition")} - sure == {
        "mem11.order.duties", "mem11.harm", "mem11.again", "mem11.ban",
    }  # fmt: skip


def test_no_refusal_rests_on_an_unverified_bar():
    its = room("work_safety")
    refusing = {code.code for outcome in ("refused", "not_accepted") for code in its.defects(outcome)}
    assert refusing.isdisjoint({"harm_unexplained", "ban_unexplained"})
    assert [tier.code for tier in its.tiers(LISTED)] == ["handler", "section", "bureau"]
