"""受理, 一次性告知补正, 不予受理: coded, complete, with the clock stopped while the applicant answers."""

from datetime import date

import pytest

from cases.access_tasks import visible_tasks
from cases.deadlines import clock_of
from cases.models import Task
from cases.services import intake
from cases.services.filing import GivenMaterial
from cases.services.settle import Reason
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid, NotAllowed, WrongMoment
from notices.services import notices_of
from tests.test_apply import AUTHORITY
from tests.test_rules_set import put
from tests.world import FIRM_B, JINCHUAN, YONGCHANG, at, history

DEFECT = intake.Defect("proof_unclear", "proof_of_duties", "凭证不清晰", "", "重新拍照")
NEW = intake.Defect("identity_unclear", "licence", "授权材料不完整", "", "补充授权委托书")
ANSWER = GivenMaterial("proof_of_duties", "履行证明", "C", "申请人", statement="已重新说明")


def ask(world, case, *defects, **more):
    handler = world.enter(world.handler_of(case))
    return intake.ask_for_correction(handler, ref=case.ref, step=world.step(case), defects=defects, now=at(), **more)


def answer(world, case, *materials, text="", now=None):
    zhao = world.enter(world.actors["zhao"])
    return intake.answer_correction(zhao, ref=case.ref, materials=materials, answer=text, now=now or at())


def test_acceptance_opens_the_first_tier_and_issues_the_paper(world):
    case = world.a_case("in_review")
    assert (case.state, case.holder_tier) == ("in_review", "handler")
    with region_context(YONGCHANG):
        assert [n.kind for n in notices_of(YONGCHANG, case_ref=case.ref)] == ["acceptance"]


def test_a_correction_returns_to_where_it_was_asked(world):
    before = ask(world, world.a_case(), DEFECT)
    assert answer(world, before, ANSWER).state == "submitted"
    during = ask(world, world.a_case("in_review"), DEFECT)
    assert answer(world, during, ANSWER).state == "in_review"


def test_a_correction_of_another_region_is_answered_into_its_chain(world):
    """An applicant's acts have no region of their own: the event belongs to the case's."""
    case = world.a_case(region=JINCHUAN)
    zheng = world.enter(world.actors["zheng"])
    asked = intake.ask_for_correction(zheng, ref=case.ref, step=world.step(case), defects=[DEFECT], now=at())
    assert answer(world, asked, ANSWER).state == "submitted"
    assert history(case)[-1] == "correction_answered"


def test_only_flagged_parts_open_and_all_of_them_are_needed(world):
    case = ask(world, world.a_case(), DEFECT)
    with pytest.raises(Invalid, match="无需重填"):
        answer(world, case, ANSWER, GivenMaterial("licence", "营业执照", "C", "申请人", statement="x"))
    with pytest.raises(Invalid, match="请按告知的要求"):
        answer(world, case)
    assert answer(world, case, ANSWER).round == 2


def test_a_new_kind_of_defect_in_round_two_needs_a_written_reason(world):
    case = answer(world, ask(world, world.a_case(), DEFECT), ANSWER)
    with pytest.raises(Invalid, match="理由"):
        ask(world, case, NEW)
    assert ask(world, case, NEW, novelty_reason="补交的材料显示经办人已变更").state == "correction"


def test_a_correction_without_a_known_code_is_not_sent(world):
    case = world.a_case()
    with pytest.raises(Invalid):
        ask(world, case)
    with pytest.raises(Invalid, match="没有该补正原因代码"):
        ask(world, case, intake.Defect("whatever", "x", "y", "", "z"))
    assert world.fresh(case).state == "submitted"


def test_the_window_is_asked_to_help_from_the_second_round_on_and_once(world):
    case, opened = world.a_case(), []
    for _ in range(3):
        case = ask(world, case, DEFECT)
        with region_context(YONGCHANG):
            opened.append(list(Task.objects.filter(kind=Task.Kind.HELP).values_list("thing", flat=True)))
        case = answer(world, case, ANSWER)
    assert opened == [[], [case.ref], [case.ref]]
    with region_context(YONGCHANG):
        task = Task.objects.get(kind=Task.Kind.HELP)
    seen = [visible_tasks(world.enter(world.actors[who])).filter(pk=task.pk).exists() for who in ("li", "qian", "he")]
    assert seen == [True, True, False]


def test_the_clock_stands_still_while_the_applicant_corrects(world):
    """Filed Mon 2026-11-23, asked the same day, answered a week later: five working days are not counted."""
    case = ask(world, world.a_case(unit="wlj"), DEFECT)
    assert case.paused
    case = answer(world, case, ANSWER, now=at(date(2026, 11, 30)))
    clock = clock_of(case, date(2026, 11, 30))
    assert (clock.paused, clock.paused_working_days, clock.used_working_days) == (False, 5, 0)
    assert clock.total_due == date(2026, 12, 14)


def test_the_day_for_the_answer_is_that_of_the_rule_once_the_bureau_has_settled_it(world):
    assert world.a_case("correction", unit="wlj").corrections.get().due_on is None
    put(world, "correction_wd", 5)
    assert world.a_case("correction", unit="wlj").corrections.get().due_on == date(2026, 11, 30)


def test_the_clerk_who_filed_cannot_decide_and_the_handler_can(world):
    record = world.a_record(FIRM_B, unit="scjgj")
    case = world._case_of(world.files("li", record, authority=AUTHORITY))
    before = history(case)
    with pytest.raises(NotAllowed):
        intake.accept_case(world.enter(world.actors["li"]), ref=case.ref, step=world.step(case), comment="", now=at())
    assert history(case) == before
    handler = world.enter(world.actors["qian"])
    assert intake.accept_case(handler, ref=case.ref, step=world.step(case), comment="", now=at()).state == "in_review"


def test_a_refused_acceptance_names_code_article_and_remedy(world):
    case = world.a_case("not_accepted")
    assert case.outcome[0]["code"] == "out_of_scope"
    with region_context(YONGCHANG):
        paper = notices_of(YONGCHANG, case_ref=case.ref)[0]
    assert paper.kind == "non_acceptance"
    assert paper.snapshot["reconsideration_organ"] == "永昌县人民政府"


def test_what_is_decided_cannot_be_corrected_any_more(world):
    case = world.a_case("refused")
    with pytest.raises((WrongMoment, NotAllowed)):
        answer(world, case, ANSWER)


@pytest.mark.parametrize(
    ("asked_at", "ends", "code"),
    [("submitted", "not_accepted", "duties_open"), ("in_review", "refused", "not_corrected")],
)
def test_an_officer_can_end_a_case_whose_correction_nobody_answers(world, asked_at, ends, code):
    case = ask(world, world.a_case(asked_at), DEFECT)
    reason = Reason(code, "", "")
    with pytest.raises(NotAllowed):
        intake.close_unanswered(world.enter(world.actors["sun"]), ref=case.ref, reasons=[reason], comment="", now=at())
    case = intake.close_unanswered(
        world.enter(world.actors["qian"]), ref=case.ref, reasons=[reason], comment="经两次提醒未补正", now=at()
    )
    assert case.state == ends
    assert not case.paused
