"""Tiered review through the services: who may, what follows, and what a refused act leaves untouched."""

import pytest

from cases.services import review
from creditrepair.tenancy.errors import AlreadyDecided, NotAllowed, NotFound, WrongMoment
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
    with pytest.raises(NotAllowed):  # the step lies with the next tier now
        review.approve_step(qian, ref=case.ref, step=step, comment="同意", now=at())
    with pytest.raises(AlreadyDecided, match="钱多"):
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
