"""Tiered review through the services: who may, what follows, and what a refused act leaves untouched."""

from dataclasses import replace
from datetime import date

import pytest

from cases.services import review
from cases.services.settle import Reason
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import AlreadyDecided, Invalid, NotAllowed, NotFound, WrongMoment
from notices.services import notices_of
from tests.world import at, history


def test_a_market_case_is_approved_after_two_tiers(world):
    case = world.a_case("approved")
    assert world.fresh(case).state == "approved"
    assert history(case) == ["submitted", "accepted", "step_approved", "approved"]


def test_a_penalty_of_another_field_needs_the_coordinating_bureau_as_well(world):
    case = world.a_case("approved", unit="wlj")
    assert history(case) == ["submitted", "accepted", "step_approved", "step_approved", "approved"]


def test_the_second_click_on_a_settled_step_is_told_who_decided(world):
    case = world.a_case("in_review")
    step, qian = world.step(case), world.enter(world.actors["qian"])
    review.approve_step(qian, ref=case.ref, step=step, comment="同意", now=at())
    before = history(case)
    with pytest.raises(AlreadyDecided, match="钱多"):
        review.approve_step(qian, ref=case.ref, step=step, comment="同意", now=at())
    with pytest.raises(AlreadyDecided, match="钱多"):  # the next tier, with the page of the one before
        review.approve_step(world.actors["sun"], ref=case.ref, step=step, comment="同意", now=at())
    assert history(case) == before


def test_the_head_cannot_jump_the_handler(world):
    case = world.a_case("in_review")
    sun = world.enter(world.actors["sun"])
    with pytest.raises(NotAllowed):
        review.approve_step(sun, ref=case.ref, step=world.step(case), comment="同意", now=at())


def test_the_same_office_of_the_next_region_does_not_find_the_case(world):
    case = world.a_case("in_review")
    assert world.seen_by("qian", case).ref == case.ref
    with pytest.raises(NotFound):
        world.seen_by("zheng", case)


def test_a_decided_case_cannot_be_withdrawn(world):
    case = world.a_case("approved")
    with pytest.raises(WrongMoment):
        world._to_withdrawn(case, at())


def test_nobody_decides_two_tiers_of_one_case(world):
    case = world.a_case("in_review")
    both = replace(world.actors["qian"], tiers=frozenset({"handler", "head"}))
    review.approve_step(world.enter(both), ref=case.ref, step=world.step(case), comment="同意", now=at())
    before = history(case)
    with pytest.raises(NotAllowed, match="另一环节"):
        review.approve_step(both, ref=case.ref, step=world.step(case), comment="同意", now=at())
    assert history(case) == before
    assert review.approve_step(world.actors["sun"], ref=case.ref, step=world.step(case), comment="同意", now=at())


def test_the_coordinating_bureau_may_send_back_with_reasons_but_not_refuse(world):
    case = world.a_case("in_review", unit="wlj")
    for who in ("lv", "shi"):
        actor = world.enter(world.actors[who])
        review.approve_step(actor, ref=case.ref, step=world.step(case), comment="同意", now=at())
    zhou, step = world.actors["zhou"], world.step(case)
    with pytest.raises(NotAllowed, match="不能作出不予修复决定"):
        review.refuse_step(zhou, ref=case.ref, step=step, reasons=[Reason("duties_open", "", "")], comment="", now=at())
    with pytest.raises(Invalid, match="理由"):
        review.return_step(zhou, ref=case.ref, step=step, comment=" ", now=at())
    case = review.return_step(zhou, ref=case.ref, step=step, comment="缴款凭证与决定书金额不一致，请核实", now=at())
    assert (case.state, case.holder.code, case.holder_tier) == ("in_review", "wlj", "head")


def test_a_doubt_needs_the_officers_written_opinion(world):
    case = world.a_case("in_review", severity="unset", penalty_kinds=["other"], decided_on=date(2026, 6, 1))
    qian, step = world.actors["qian"], world.step(case)
    with pytest.raises(Invalid, match="判断意见"):
        review.approve_step(qian, ref=case.ref, step=step, comment="", now=at())
    assert review.approve_step(qian, ref=case.ref, step=step, comment="按一般失信认定", now=at()).holder_tier == "head"


def test_each_settled_step_keeps_what_it_was_decided_on(world):
    case = world.a_case("approved")
    with region_context(case.region_id):
        steps = list(case.steps.order_by("opened_at", "position"))
    assert all(step.verdict["pack_hash"] and step.verdict["reasons"] for step in steps)


def test_a_refusal_keeps_the_record_published_and_prints_the_remedies(world):
    case = world.a_case("refused")
    with region_context(case.region_id):
        case.record.refresh_from_db()
        paper = notices_of(case.region_id, case_ref=case.ref)[-1]
    assert (case.record.status, paper.kind) == ("published", "refusal")
    assert case.outcome == [{"code": "duties_open", "text": "罚款尚未缴清", "article": case.outcome[0]["article"]}]
