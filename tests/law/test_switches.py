"""What a region can switch, what the days of a case come to, what a hash covers, and which remedies are rows."""

from dataclasses import replace
from datetime import date

import pytest

from cases.categories import (
    judge,
    limits,
    local_rows,
    national_pack,
    pack_for,
    registry,
    reports_removal,
    room,
    suggest,
    superior_prevails,
)
from cases.law import Basis, RecordFacts, Rule, RulePack
from cases.law.regimes import NDRC_36, SAMR_2021, STATE_22

D = date
TODAY = D(2026, 11, 23)
YONGCHANG = "620321"
CITED = Basis("关于明确有关事项的复函", "甘信用函〔2026〕9号")
SERIOUS_LISTS = [
    "market_violation", "major_tax_violation", "wage_arrears", "work_safety", "statistics_violation",
    "social_organisation",
]  # fmt: skip
SAFETY = RecordFacts("work_safety", decided_on=D(2025, 1, 10), listed_on=D(2025, 1, 10), duties_done=True)
FINE = RecordFacts(
    "administrative_penalty", market=False, penalty_kinds=("fine",), decided_on=D(2026, 6, 1), duties_done=True
)


def of_region(governs: str, value, unit: str = "bool", regime=STATE_22, **more) -> Rule:
    return Rule(
        key=f"620321.{governs}", regime=regime.key, governs=governs, value=value, basis=CITED, unit=unit,
        text_zh="按复函办理", in_force_from=D(2026, 10, 1), region=YONGCHANG, **more,
    )  # fmt: skip


@pytest.mark.parametrize("code", SERIOUS_LISTS)
def test_a_superiors_procedure_is_off_until_the_region_sets_it_and_then_only_for_its_list(code):
    facts = RecordFacts(code, decided_on=D(2025, 1, 10), listed_on=D(2025, 1, 10))
    ours = local_rows(YONGCHANG)
    switched = (
        *ours,
        of_region("superior_procedure", True, category=code, supersedes=f"notice63.superior.{code}"),
    )
    for rows in ((), ours):
        assert not superior_prevails(facts, TODAY, rows)
    assert reports_removal(facts, TODAY, ours)
    assert superior_prevails(facts, TODAY, switched)
    assert not superior_prevails(facts, D(2026, 9, 30), switched)
    assert not reports_removal(facts, TODAY, switched)
    others = [one for one in SERIOUS_LISTS if one != code]
    assert not any(superior_prevails(RecordFacts(one), TODAY, switched) for one in others)


def test_no_superior_is_asked_for_penalties_the_abnormal_list_or_the_court():
    for code in set(registry) - set(SERIOUS_LISTS):
        assert pack_for(local_rows(YONGCHANG)).rows("superior_procedure", code, TODAY) == ()
        assert not reports_removal(RecordFacts(code), TODAY, local_rows(YONGCHANG))


def test_a_superiors_procedure_is_told_beside_an_answer_it_does_not_change():
    plain = judge(SAFETY, TODAY)
    told = judge(SAFETY, TODAY, (of_region("superior_procedure", True, category="work_safety"),))
    assert told.status == plain.status
    assert [reason.text for reason in told.reasons if reason.basis == CITED] == ["按复函办理"]


def test_a_trader_waits_for_an_officer_until_the_region_says_who_is_served():
    trader = replace(FINE, severity="general", subject_is_trader=True)
    scope = {"variant": "trader", "when": (("trader", True),), "supersedes": "state22.scope.trader"}
    assert judge(trader, TODAY).status == "needs_officer"
    assert "Q12" in judge(trader, TODAY).questions
    assert judge(trader, TODAY, (of_region("subject_scope", True, **scope),)).status == "now"
    refused = judge(trader, TODAY, (of_region("subject_scope", False, **scope),))
    assert (refused.status, refused.may_file) == ("decided_elsewhere", False)


def test_the_hint_on_the_five_fields_goes_once_the_region_has_settled_them():
    food = replace(FINE, severity="general", field="food")
    assert "Q7" in judge(food, TODAY).questions
    when = (("field", ("food", "drug")), ("market", False), ("severity", "general"))
    settled = of_region(
        "display_min", 12, "month", NDRC_36, counts_from="document", category="administrative_penalty", when=when
    )
    verdict = judge(food, TODAY, (settled,))
    assert (verdict.status, verdict.earliest, "Q7" in verdict.questions) == ("from_date", D(2027, 6, 2), False)


def test_a_huge_fine_is_serious_once_the_amount_is_settled():
    big = replace(FINE, amount_fen=500_000_00)
    settled = (of_region("amount", "500000", "text", variant="huge"),)
    assert suggest(big, TODAY)[:2] == ("general", "unverified")
    assert suggest(big, TODAY, settled)[:2] == ("serious", "verified")
    assert suggest(replace(big, amount_fen=499_999_99), TODAY, settled)[:2] == ("general", "unverified")
    both = replace(big, penalty_kinds=("fine", "confiscate_income"))  # the heaviest wins: not verified
    assert suggest(both, TODAY, settled)[:2] == ("serious", "unverified")
    assert judge(both, TODAY, settled).status == "needs_officer"
    assert judge(big, TODAY).status == "needs_officer"
    assert (judge(big, TODAY, settled).status, judge(big, TODAY, settled).earliest) == ("from_date", D(2027, 6, 2))


@pytest.mark.parametrize(
    ("fen", "ends", "questions"),
    [(10_000_00, [D(2025, 4, 10)], False), (10_000_01, [D(2028, 1, 10)], False), (None, None, True)],
)
def test_a_settled_lower_fine_leaves_one_reading_of_the_rules_of_2021(fen, ends, questions):
    facts = RecordFacts(
        "administrative_penalty", market=True, severity="general", penalty_kinds=("fine",), amount_fen=fen,
        decided_on=D(2025, 1, 2), published_on=D(2025, 1, 10), duties_done=True,
    )  # fmt: skip
    low = of_region("amount", "10000", "text", SAMR_2021, variant="low")
    verdict = judge(facts, TODAY, (replace(low, in_force_from=D(2025, 1, 1)),))
    of_2021 = [candidate.ends_on for candidate in verdict.candidates if candidate.regime == "samr-2021"]
    assert of_2021 == (ends or [D(2025, 4, 10), D(2028, 1, 10)])
    assert ("Q8" in verdict.questions) is questions


def test_days_nobody_has_told_us_are_none_with_their_doubt_and_come_from_a_region():
    for market in (True, False):
        open_days = limits(replace(FINE, market=market), TODAY)
        assert (open_days.extension_wd, open_days.correction_wd, open_days.objection_wd) == (None, None, None)
        assert all("待核实" in doubt for doubt in (
            open_days.extension_doubt, open_days.correction_doubt, open_days.objection_doubt
        ))  # fmt: skip
    settled = limits(FINE, TODAY, (of_region("correction_days", 5, "WD"),))
    assert (settled.correction_wd, settled.correction_doubt, settled.extension_wd) == (5, "", None)


def test_what_a_list_is_silent_about_does_not_take_away_the_days_that_hold_for_all():
    assert limits(RecordFacts("statistics_violation"), TODAY).accept_wd == 3
    assert limits(RecordFacts("market_violation"), TODAY).accept_wd is None


@pytest.mark.parametrize(
    ("code", "days", "said"),
    [
        ("work_safety", (3, 7), ["受理5个工作日", "决定20个工作日"]),
        ("major_tax_violation", (3, 7), ["受理2个工作日", "决定15个工作日"]),
        ("wage_arrears", (3, 7), ["决定15个工作日"]),
    ],
)
def test_the_verified_days_hold_then_the_shorter_and_the_others_are_said(code, days, said):
    allowed = limits(RecordFacts(code), TODAY)
    assert (allowed.accept_wd, allowed.decide_wd, allowed.total_wd) == (*days, 10)
    for words in said:
        assert any(f"另定{words}（待核实）" in doubt for doubt in allowed.doubts)
    settled = of_region("accept_days", 5, "WD", category=code, counts_from="pushed")
    mine = limits(RecordFacts(code), TODAY, (settled,))
    assert mine.accept_wd == 5
    assert not any("受理" in doubt and "另定" in doubt for doubt in mine.doubts)


def test_an_objection_to_the_abnormal_list_has_its_three_steps_and_one_limit():
    steps = {row.variant: (row.value, row.unit) for row in national_pack().rows(
        "objection_days", "abnormal_operation", TODAY, market=True
    ) if row.variant}  # fmt: skip
    assert steps == {"file": (30, "CD"), "take_up": (5, "WD"), "answer": (20, "WD")}


def test_a_changed_condition_in_the_code_of_a_room_changes_the_hash():
    laws = [one.law for one in registry.values()]
    assert all(law.revision for law in laws)
    touched = [replace(law, revision="another") if law.category == "work_safety" else law for law in laws]
    assert RulePack(laws).hash == national_pack().hash != RulePack(touched).hash


def test_the_notice_of_2019_speaks_of_its_own_time_alone_and_reads_both_its_classes():
    facts = replace(FINE, severity="serious", decided_on=D(2022, 1, 10))
    then = judge(facts, D(2022, 5, 1))
    assert [(c.regime, c.first_on, c.ends_on) for c in then.candidates] == [
        ("ndrc-527", D(2022, 4, 11), D(2023, 1, 10)),
        ("ndrc-527", D(2022, 7, 11), D(2025, 1, 10)),
    ]
    assert then.status == "needs_officer"
    assert judge(facts, D(2022, 4, 9)).status == "from_date"
    assert {c.regime for c in judge(facts, D(2024, 5, 1)).candidates} == {"ndrc-58"}


def test_the_maximum_is_explained_by_the_day_it_counts_from():
    wages = RecordFacts(
        "wage_arrears", decided_on=D(2022, 2, 1), listed_on=D(2022, 2, 10), corrected_on=D(2023, 3, 1), duties_done=True
    )
    [over, *_] = judge(wages, D(2026, 1, 5)).reasons
    assert (over.start_event, over.start_on) == ("列入之日", D(2022, 2, 10))
    assert over.arithmetic == "2022-02-10 起算，加36个月，至2025-02-10届满后自动停止公示"


def test_a_correction_before_the_listing_is_said_to_count_from_the_listing():
    wages = RecordFacts("wage_arrears", decided_on=D(2026, 4, 10), listed_on=D(2026, 4, 20), corrected_on=D(2026, 3, 1))
    events = {reason.start_event for reason in judge(wages, D(2026, 5, 1)).reasons}
    assert "列入之日（纠正在先）" in events


def test_remedies_are_rows_by_letter_and_each_room_names_its_own():
    rows = {row.variant: row for row in national_pack().rows("remedy", "administrative_penalty", TODAY)}
    assert {"a", "b", "c", "d", "e", "f"} <= set(rows)
    assert (rows["review.within"].value, rows["review.within"].unit) == (60, "CD")
    assert (rows["court.within"].value, rows["court.within"].unit) == (6, "month")
    assert rows["c"].value is None
    assert {code: room(code).remedy for code in registry if room(code).remedy != "a"} == {
        "judgment_defaulter": "e", "major_tax_violation": "b",
    }  # fmt: skip


def test_every_room_says_who_decides_and_what_need_not_be_brought():
    for one in registry.values():
        assert any(row.in_force(TODAY) for row in one.decides), one.code
        assert one.not_needed
        assert one.after_approval


def test_a_regions_row_takes_the_place_of_the_row_it_supersedes_in_what_a_guide_reads():
    mine = of_region("amount", "50000", "text", variant="large", supersedes="state22.amount.large")
    values = {row.variant: row.value for row in pack_for((mine,)).rows("amount", "work_safety", TODAY)}
    assert values == {"large": "50000", "huge": None}
