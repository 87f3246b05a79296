"""A region changes its tiers while cases are open: they go on by the ladder that was pinned when they were filed."""

import pytest

from cases.models import Tier
from cases.services import review
from creditrepair.tenancy.context import region_context
from tests.world import TODAY, YONGCHANG, at


@pytest.mark.fault("F44")
def test_an_open_case_keeps_its_ladder_and_a_new_one_gets_the_regions(world):
    open_one = world.a_case("in_review")
    pinned = [tier["code"] for tier in open_one.tiers]
    with region_context(YONGCHANG):
        Tier.objects.create(
            region_id=YONGCHANG,
            category=open_one.category,
            position=1,
            code="handler",
            title="经办并决定",
            from_on=TODAY,
        )
    qian = world.enter(world.actors["qian"])
    after = review.approve_step(qian, ref=open_one.ref, step=world.step(open_one), comment="同意", now=at())
    assert pinned == ["handler", "head"] and after.state == "in_review" and after.holder_tier == "head"
    fresh = world.a_case("in_review")
    assert [tier["code"] for tier in fresh.tiers] == ["handler"]
    decided = review.approve_step(
        world.enter(world.actors["qian"]), ref=fresh.ref, step=world.step(fresh), comment="同意", now=at()
    )
    assert decided.state == "approved"
