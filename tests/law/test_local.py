"""The paper of one county speaks in that county alone; what its bureau answers takes the place of it."""

from dataclasses import replace
from datetime import date

import pytest

from cases.categories import (
    judge,
    list_categories,
    local_rows,
    national_pack,
    pack_for,
    registry,
    reports_removal,
    rooms,
    superior_prevails,
    unanswered_rows,
)
from cases.law import Basis, RecordFacts
from cases.law.regimes import NOTICE_63
from cases.questions import all_answers

YONGCHANG, JINCHUAN = "620321", "620302"
TODAY, FROM = date(2026, 11, 23), date(2026, 11, 1)
REPLY = Basis("关于明确有关事项的复函", "甘信用函〔2026〕9号")
SERIOUS_LISTS = sorted(set(list_categories()) - {"abnormal_operation", "judgment_defaulter"})
TRADER = RecordFacts(
    "administrative_penalty", market=False, severity="general", decided_on=date(2026, 6, 1), duties_done=True,
    subject_is_trader=True,
)  # fmt: skip


def answered(region: str, code: str, value):
    """The rows of a region whose bureau has given this answer, as the application puts them together."""
    made = all_answers()[code].make(
        value, national=unanswered_rows(region), region=region, number=1, basis=REPLY, in_force_from=FROM
    )
    return (*local_rows(region), *made)


def test_the_national_pack_holds_no_row_of_a_region_and_no_word_of_its_paper():
    assert {row.region for row in national_pack().rules} == {None}
    assert not [row.key for row in national_pack().rules if NOTICE_63.number in f"{row.basis}{row.text_zh}"]
    assert all(row.region is None for one in rooms() for row in (*one.law.rules, *one.decides, *one.false_material))


def test_no_row_of_one_region_reaches_another():
    assert {row.region for row in local_rows(YONGCHANG)} == {YONGCHANG}
    assert local_rows(JINCHUAN) == () == local_rows("")
    assert pack_for(local_rows(JINCHUAN)).hash == national_pack().hash != pack_for(local_rows(YONGCHANG)).hash


@pytest.mark.parametrize("code", sorted(registry))
def test_a_neighbour_never_cites_the_countys_paper(code):
    facts = RecordFacts(code, decided_on=date(2025, 1, 10), listed_on=date(2025, 1, 10), subject_is_trader=True)
    for day in (date(2024, 1, 1), date(2025, 6, 22), TODAY):
        cited = {str(reason.basis) for reason in judge(facts, day, local_rows(JINCHUAN)).reasons}
        assert not any(NOTICE_63.number in one for one in cited)


@pytest.mark.parametrize("code", SERIOUS_LISTS)
def test_a_removal_is_reported_upward_where_a_paper_says_so(code):
    facts = RecordFacts(code)
    assert reports_removal(facts, date(2024, 1, 1), local_rows(YONGCHANG))
    by_its_own_order = code == "work_safety"
    assert reports_removal(facts, TODAY, local_rows(JINCHUAN)) is by_its_own_order
    assert reports_removal(facts, date(2023, 12, 31), local_rows(YONGCHANG)) is by_its_own_order


@pytest.mark.parametrize("region", [YONGCHANG, JINCHUAN])
@pytest.mark.parametrize("code", SERIOUS_LISTS)
def test_an_answer_about_the_superior_holds_in_both_regions(region, code):
    facts, answer = RecordFacts(code), f"superior.{code}"
    assert not superior_prevails(facts, TODAY, local_rows(region))
    assert superior_prevails(facts, TODAY, answered(region, answer, "superior"))
    assert not superior_prevails(facts, TODAY, answered(region, answer, "own"))
    assert not superior_prevails(facts, date(2026, 10, 31), answered(region, answer, "superior"))
    assert len(pack_for(answered(region, answer, "superior")).rows("superior_procedure", code, TODAY)) == 1


@pytest.mark.parametrize("region", [YONGCHANG, JINCHUAN])
def test_a_trader_is_for_an_officer_in_every_region_until_its_bureau_answers(region):
    open_now = judge(TRADER, TODAY, local_rows(region))
    assert (open_now.status, "Q12" in open_now.questions) == ("needs_officer", True)
    served, sent_away = (judge(TRADER, TODAY, answered(region, "traders", value)) for value in ("yes", "no"))
    assert (served.status, served.questions) == ("now", ())
    assert sent_away.status == "decided_elsewhere"
    for value in ("yes", "no"):
        found = pack_for(answered(region, "traders", value)).select(
            "subject_scope", TRADER, TODAY, market=False, severity="general"
        )
        assert [row.basis for row in found] == [REPLY]


@pytest.mark.parametrize(("region", "paper"), [(YONGCHANG, "永发改字〔2024〕63号"), (JINCHUAN, "国办发〔2025〕22号")])
def test_a_trader_is_told_by_which_paper_of_the_region_it_is_open(region, paper):
    told = judge(TRADER, TODAY, local_rows(region)).reasons
    assert [reason.basis.number for reason in told if reason.question == "Q12" and reason.basis] == [paper]


@pytest.mark.parametrize("region", [YONGCHANG, JINCHUAN])
def test_the_misprint_is_answered_in_both_regions(region):
    assert (pack_for(local_rows(region)).setting("misprint", TRADER.category, TODAY) is not None) is (
        region == YONGCHANG
    )
    row = pack_for(answered(region, "misprint", "yes")).setting("misprint", TRADER.category, TODAY)
    assert row is not None and (row.value, row.basis) == (True, REPLY)


def test_every_answer_can_be_given_on_the_rows_of_every_region():
    for code, answer in all_answers().items():
        for region in (YONGCHANG, JINCHUAN):
            given = unanswered_rows(region)
            replaced = {row.supersedes for row in given if row.supersedes}
            assert {row.key for row in answer.current(given)}.isdisjoint(replaced), code
            for value, _ in answer.choices:
                made = answer.make(
                    value, national=given, region=region, number=1, basis=REPLY, in_force_from=FROM
                )  # fmt: skip
                assert {row.supersedes for row in made if row.supersedes} <= {row.key for row in given}, code


def test_a_changed_row_of_a_region_changes_its_hash_and_no_other():
    ours = local_rows(YONGCHANG)
    touched = tuple(replace(row, value=False) if row.governs == "report_removal" else row for row in ours)
    assert pack_for(touched).hash != pack_for(ours).hash
    assert pack_for(()).hash == national_pack().hash
