"""社会组织严重违法失信名单: two years and no end by the order, one to three years by the frame."""

from dataclasses import replace
from datetime import date

import pytest

from cases.categories import judge, limits, national_pack, room
from cases.categories.social_organisation import SITUATIONS
from cases.law import RecordFacts

D = date
LISTED = RecordFacts("social_organisation", listed_on=D(2025, 8, 1), ground="inactive_two_years")


def rows(governs):
    return national_pack().select(governs, LISTED, D(2026, 11, 23), market=False, severity="unset")


@pytest.mark.parametrize(
    ("day", "status"),
    [
        (D(2026, 7, 31), "from_date"),
        (D(2026, 8, 2), "needs_officer"),  # the year of the frame is over, the two of the order are not
        (D(2027, 7, 31), "needs_officer"),
        (D(2027, 8, 2), "now"),
        (D(2028, 8, 1), "now"),
        (D(2028, 8, 2), "needs_officer"),  # over by the frame, without an end by the order
    ],
)
def test_between_the_two_periods_an_officer_judges(day, status):
    assert judge(replace(LISTED, duties_done=True), day).status == status


def test_before_both_the_verified_day_of_the_frame_is_named():
    verdict = judge(LISTED, D(2026, 1, 5))
    assert (verdict.status, verdict.earliest) == ("from_date", D(2026, 8, 2))
    assert {(c.basis.number, c.first_on, c.ends_on) for c in verdict.candidates} == {
        ("民政部令第60号", D(2027, 8, 2), None),
        ("国办发〔2025〕22号", D(2026, 8, 2), D(2028, 8, 1)),
    }


def test_before_the_frame_the_order_stood_alone_and_unverified():
    facts = replace(LISTED, listed_on=D(2022, 1, 10))
    assert judge(facts, D(2023, 6, 1)).status == "needs_officer"
    verdict = judge(facts, D(2024, 1, 11))
    assert (verdict.status, verdict.publication_ends, len(verdict.candidates)) == ("now", None, 1)


def test_a_new_situation_restarts_the_time_and_is_for_the_officer():
    verdict = judge(replace(LISTED, new_violation=True), D(2027, 9, 1))
    assert (verdict.status, verdict.may_file) == ("needs_officer", True)
    assert any("重新计算" in reason.text for reason in verdict.reasons)
    assert judge(replace(LISTED, new_violation=False), D(2027, 9, 1)).status == "now"


def test_a_revoked_registration_is_removed_after_deregistration_so_an_officer_judges():
    facts = replace(LISTED, ground="registration_revoked")
    verdict = judge(facts, D(2027, 9, 1))
    assert (verdict.status, verdict.may_file) == ("needs_officer", True)
    assert any("注销登记" in text for text in verdict.to_show)
    assert "deregistration" in {spec.code for spec in room("social_organisation").materials(facts)}
    assert "deregistration" not in {spec.code for spec in room("social_organisation").materials(LISTED)}


@pytest.mark.parametrize(
    ("ground", "asked"),
    [("inactive_two_years", True), ("registration_revoked", False), ("other_situation", False), (None, False)],
)
def test_only_who_was_inactive_shows_that_its_duties_there_are_done(ground, asked):
    shown = judge(replace(LISTED, ground=ground), D(2027, 9, 1)).to_show
    assert any("活动异常名录" in text for text in shown) is asked


def test_a_situation_nobody_stated_only_warns():
    verdict = judge(replace(LISTED, ground=None), D(2027, 9, 1))
    assert verdict.status == "now"
    assert any("列入情形未说明" in doubt for doubt in verdict.doubts)


@pytest.mark.parametrize("ground", list(SITUATIONS))
def test_open_duties_block_on_every_ground(ground):
    verdict = judge(replace(LISTED, ground=ground, duties_done=False), D(2027, 9, 1))
    assert (verdict.status, verdict.may_file) == ("from_date", False)


def test_ten_days_to_decide_and_ten_before_the_listing_stand_as_unverified():
    own = {row.key: row for row in national_pack().rules if row.category == "social_organisation"}
    wanted = {
        "mca60.decide": (10, "WD", "accepted"),
        "mca60.objection": (10, "WD", "received"),
        "mca60.objection.check": (10, "WD", "received"),
    }
    for key, value in wanted.items():
        row = own[key]
        assert ((row.value, row.unit, row.counts_from), row.certainty) == (value, "unverified")
    assert (own["mca60.accept"].value, own["mca60.accept"].certainty) == (None, "unknown")
    assert (own["mca60.false"].value, own["mca60.share"].value) == (None, None)


def test_the_verified_ten_days_in_all_hold_beside_them():
    assert limits(LISTED, D(2026, 11, 23)).total_wd == 10


def test_the_registering_organ_decides_in_three_tiers():
    its = room("social_organisation")
    assert ([row.value for row in rows("decider") if not row.variant][0], its.annex1_departments) == (
        "registered",
        ("mzj",),
    )
    assert dict(its.grounds) == SITUATIONS
    assert [tier.code for tier in its.tiers(LISTED)] == ["handler", "section", "bureau"]
