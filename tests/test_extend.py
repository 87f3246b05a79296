"""延长办理期限: in time, once, no longer than somebody has told us, told to the applicant; and taken back."""

import json
from dataclasses import replace
from datetime import date

import pytest

from cases.deadlines import clock_of, events_of
from cases.models import Case, Extension
from cases.services import extend, intake
from cases.services.extend import end_extension, extend_case, extension_of, longest_extension
from cases.services.filing import GivenMaterial
from cases.timeline import timeline_of
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid, NotAllowed, NotFound, WrongMoment
from notices.services import notices_of
from sync.models import Delivery
from tests.test_rules_set import put
from tests.world import YONGCHANG, World, at, history

D = date
WHY = "须向原处罚机关核实缴款情况"
# Filed Monday 23 November 2026 and accepted on the same day: 7 working days to 2 December, 10 in all to 7 December.
WEDNESDAY = D(2026, 11, 25)
DECIDE, TOTAL = D(2026, 12, 2), D(2026, 12, 7)


@pytest.fixture
def told(monkeypatch):
    """As if the bureau had said: up to 5 working days."""
    known = extend.limits_for
    monkeypatch.setattr(extend, "limits_for", lambda *a: replace(known(*a), extension_wd=5, extension_doubt=""))


def give(world: World, case: Case, working_days: int = 5, who: str = "lv", day: date = WEDNESDAY) -> Case:
    actor = world.enter(world.actors[who])
    return extend_case(actor, ref=case.ref, working_days=working_days, reason=WHY, now=at(day))


def take_back(world: World, case: Case, day: date, who: str = "lv") -> Case:
    return end_extension(world.enter(world.actors[who]), ref=case.ref, reason="已核实", now=at(day))


def dues(case: Case, today: date) -> tuple[date | None, date | None]:
    with region_context(YONGCHANG):
        state = clock_of(case, today)
    return state.decide_due, state.total_due


def messages_of(case: Case, template: str) -> list[dict]:
    with region_context(YONGCHANG):
        bodies = Delivery.objects.filter(region_id=YONGCHANG, target="sms_gateway").values_list("body", flat=True)
        sent = [json.loads(bytes(body)) for body in bodies]
    return [message["params"] for message in sent if message["template"] == template]


def test_nobody_has_told_us_how_long_so_nobody_is_burdened(world):
    case = world.a_case("in_review", unit="wlj")
    assert longest_extension(case) is None
    with pytest.raises(Invalid) as refused:
        give(world, case)
    assert refused.value.fields == {"working_days": "延长期限待核实，须先由县发改局确定。"}
    assert world.fresh(case).due_on == DECIDE


def test_an_answer_of_the_bureau_opens_the_extension(world):
    put(world, "extension_wd", 4, from_on=D(2026, 11, 23))
    case = world.a_case("in_review", unit="wlj")
    assert longest_extension(case) == 4
    with pytest.raises(Invalid) as refused:
        give(world, case, 5)
    assert refused.value.fields == {"working_days": "最多可以延长4个工作日。"}
    assert give(world, case, 4).due_on == D(2026, 12, 8)


def test_an_extension_moves_the_decision_and_is_told_with_its_reason(world, told):
    case = give(world, world.a_case("in_review", unit="wlj"))
    assert (case.due_on, dues(case, D(2026, 11, 25))) == (D(2026, 12, 9), (D(2026, 12, 9), D(2026, 12, 14)))
    assert world.fresh(case).due_on == D(2026, 12, 9)
    assert messages_of(case, "T09") == [{"number": case.application.filing_no, "date": "12月14日"}]
    entry = timeline_of(YONGCHANG, case_ref=case.ref)[-1]
    assert (entry.text, entry.detail) == ("延长办理期限", f"延长5个工作日；2026-12-14前办结；{WHY}")
    with region_context(YONGCHANG):
        assert extension_of(case).working_days == 5


def test_a_second_one_needs_the_first_to_be_taken_back(world, told):
    case = give(world, world.a_case("in_review", unit="wlj"))
    with pytest.raises(WrongMoment) as refused:
        give(world, case, 1, day=D(2026, 11, 26))
    assert refused.value.code == "already_extended"
    case = take_back(world, case, D(2026, 11, 27))
    assert (case.due_on, dues(case, D(2026, 11, 27))) == (DECIDE, (DECIDE, TOTAL))
    assert timeline_of(YONGCHANG, case_ref=case.ref)[-1].detail == "2026-12-07前办结；已核实"
    case = give(world, case, 2, day=D(2026, 11, 30))
    assert dues(case, D(2026, 11, 30)) == (D(2026, 12, 4), D(2026, 12, 9))
    with region_context(YONGCHANG):
        assert [e.kind for e in events_of(case)] == ["submitted", "accepted", "extended", "extension_ended", "extended"]
    assert history(case)[-4:] == ["case_extended", "paper_voided", "extension_ended", "case_extended"]


def test_given_and_taken_back_in_one_instant_leaves_nothing(world, told):
    case = give(world, world.a_case("in_review", unit="wlj"))
    case = take_back(world, case, D(2026, 11, 25))
    assert dues(case, D(2026, 11, 25)) == (DECIDE, TOTAL)
    case = give(world, case, 2)
    assert dues(case, D(2026, 11, 25)) == (D(2026, 12, 4), D(2026, 12, 9))


def test_while_a_correction_is_open_the_length_is_told_and_no_day(world, told):
    case = world.a_case("in_review", unit="wlj")
    defect = intake.Defect("proof_unclear", "proof_of_duties", "不清晰", "", "重新上传")
    lv = world.enter(world.actors["lv"])
    intake.ask_for_correction(lv, ref=case.ref, step=world.step(case), defects=[defect], now=at(D(2026, 11, 24)))
    case = give(world, case, 3, day=D(2026, 11, 26))
    assert (messages_of(case, "T09"), messages_of(case, "T11")) == (
        [], [{"number": case.application.filing_no, "n": "3"}],
    )  # fmt: skip
    assert timeline_of(YONGCHANG, case_ref=case.ref)[-1].detail == f"延长3个工作日；{WHY}"
    zhao = world.enter(world.actors["zhao"])
    again = GivenMaterial("proof_of_duties", "履行证明", "D", "申请人", statement="已补")
    case = intake.answer_correction(zhao, ref=case.ref, materials=[again], answer="", now=at(D(2026, 11, 30)))
    # four working days with the applicant (25, 26, 27, 30 November), three of extension
    assert dues(case, D(2026, 11, 30)) == (D(2026, 12, 11), D(2026, 12, 16))
    world.enter(world.actors["lv"])
    assert dues(take_back(world, case, D(2026, 12, 1)), D(2026, 12, 1)) == (D(2026, 12, 8), D(2026, 12, 11))


def test_after_the_last_day_nothing_is_extended(world, told):
    case = world.a_case("in_review", unit="wlj")
    with pytest.raises(WrongMoment) as refused:
        give(world, case, day=D(2026, 12, 3))
    assert refused.value.code == "overdue"
    assert give(world, case, day=DECIDE).due_on == D(2026, 12, 9)


def test_the_time_to_accept_is_not_extended(world, told):
    with pytest.raises(WrongMoment):
        give(world, world.a_case(unit="wlj"))
    with pytest.raises(WrongMoment) as refused:
        give(world, world.a_case("correction", unit="wlj"))
    assert refused.value.code == "not_accepted_yet"


@pytest.mark.parametrize("state", ["approved", "refused", "withdrawn"])
def test_a_decided_case_is_not_extended(world, told, state):
    case = world.a_case(state, unit="wlj")
    with pytest.raises((WrongMoment, NotAllowed)):
        give(world, case)
    assert not Extension.objects.filter(region_id=YONGCHANG).exists()


@pytest.mark.parametrize(
    ("who", "refusal"),
    [("shi", NotAllowed), ("qian", NotFound), ("zheng", NotFound), ("zhao", NotAllowed), ("wang", NotAllowed),
     ("feng", NotFound), ("chen", NotFound)],
)  # fmt: skip
def test_only_who_may_decide_extends_or_takes_back(world, told, who, refusal):
    case = world.a_case("in_review", unit="wlj")
    with pytest.raises(refusal):
        give(world, case, who=who)
    case = give(world, case)
    with pytest.raises(refusal):
        take_back(world, case, D(2026, 11, 26), who=who)
    with region_context(YONGCHANG):
        assert extension_of(case).ended_at is None


@pytest.mark.parametrize(
    ("days", "reason", "field"), [(0, WHY, "working_days"), (-3, WHY, "working_days"), (6, WHY, "working_days"),
                                 (5, " ", "reason"), (5, "长" * 501, "reason")],
)  # fmt: skip
def test_bad_input_is_told_beside_its_field(world, told, days, reason, field):
    case = world.a_case("in_review", unit="wlj")
    with pytest.raises(Invalid) as refused:
        extend_case(world.actors["lv"], ref=case.ref, working_days=days, reason=reason, now=at())
    assert set(refused.value.fields) == {field}
    assert (Extension.objects.filter(case_id=case.pk).exists(), messages_of(case, "T09")) == (False, [])


def test_nothing_to_take_back(world, told):
    case = world.a_case("in_review", unit="wlj")
    with pytest.raises(WrongMoment):
        take_back(world, case, D(2026, 11, 25))


def test_an_extension_is_told_on_paper_with_both_days_and_void_once_it_is_taken_back(world, told):
    case = give(world, world.a_case("in_review", unit="wlj"))
    (paper,) = notices_of(YONGCHANG, case_ref=case.ref, kind="extension")
    assert (paper.number, paper.status) == ("永文旅信延〔2026〕1号", "requested")
    shown = paper.snapshot
    assert (shown["working_days"], shown["reason"]) == (5, WHY)
    assert (shown["due_before"], shown["due_on"]) == ("2026-12-07", "2026-12-14")
    assert (shown["remedy_row"], shown["reconsideration_organ"]) == ("a", "永昌县人民政府")
    take_back(world, case, WEDNESDAY)
    paper.refresh_from_db()
    assert (paper.status, paper.ended_at) == ("void", at(WEDNESDAY))


def test_while_a_correction_is_open_the_paper_names_the_length_and_no_day(world, told):
    case = world.a_case("in_review", unit="wlj")
    defect = intake.Defect("proof_unclear", "proof_of_duties", "缴款凭证不清晰", "", "重新拍照上传")
    lv = world.enter(world.actors["lv"])
    intake.ask_for_correction(lv, ref=case.ref, step=world.step(case), defects=[defect], now=at())
    give(world, case)
    (paper,) = notices_of(YONGCHANG, case_ref=case.ref, kind="extension")
    assert (paper.snapshot["due_before"], paper.snapshot["due_on"]) == (None, None)
