"""领取: one holder at a time, for half an hour; nobody gets what another holds, or may not decide."""

from datetime import timedelta

import pytest

from cases.models import ReviewStep
from cases.services.claim import LEASE, Claimed, claim_step, next_step, release_step
from creditrepair.tenancy.actor import staff_actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import NotAllowed, NotFound, WrongMoment
from creditrepair.tenancy.models import Membership, User
from tests.world import TODAY, YONGCHANG, at, history


@pytest.fixture
def colleague(world):
    """A second 经办 at 市监局, beside Qian."""
    user = User.objects.create(username="kong", full_name="孔办")
    with region_context(YONGCHANG):
        held = Membership.objects.create(
            region_id=YONGCHANG,
            user=user,
            department=world.department("scjgj"),
            role="reviewer",
            tiers=["handler"],
            from_on=TODAY - timedelta(days=9),
        )
    world.people["kong"], world.actors["kong"] = user, staff_actor(user, [held])
    return world.actors["kong"]


def step_of(case):
    return ReviewStep.objects.select_related("claimed_by").get(case=case, status="open")


def test_a_claim_holds_for_half_an_hour(world):
    case = world.a_case()
    claim_step(world.enter(world.actors["qian"]), ref=case.ref, now=at())
    assert step_of(case).claimed_by.full_name == "钱多"
    assert step_of(case).claimed_until == at() + LEASE
    assert history(case)[-1] == "step_claimed"


def test_a_second_claimer_reads_who_holds_it_and_since_when(world, colleague):
    case = world.a_case()
    claim_step(world.enter(world.actors["qian"]), ref=case.ref, now=at())
    before = history(case)
    with pytest.raises(Claimed, match="钱多已于10:00领取"):
        claim_step(colleague, ref=case.ref, now=at() + timedelta(minutes=29))
    assert history(case) == before
    assert step_of(case).claimed_by.full_name == "钱多"


def test_an_expired_lease_lets_go(world, colleague):
    case = world.a_case()
    claim_step(world.enter(world.actors["qian"]), ref=case.ref, now=at())
    claim_step(colleague, ref=case.ref, now=at() + LEASE)
    assert step_of(case).claimed_by.full_name == "孔办"


def test_renewing_moves_the_lease_and_writes_no_second_line(world):
    case = world.a_case()
    qian = world.enter(world.actors["qian"])
    claim_step(qian, ref=case.ref, now=at())
    claim_step(qian, ref=case.ref, now=at() + timedelta(minutes=20))
    assert step_of(case).claimed_until == at() + timedelta(minutes=50)
    assert history(case).count("step_claimed") == 1


def test_only_the_holder_releases(world, colleague):
    case = world.a_case()
    qian = world.enter(world.actors["qian"])
    claim_step(qian, ref=case.ref, now=at())
    with pytest.raises(WrongMoment):
        release_step(colleague, ref=case.ref, now=at())
    release_step(qian, ref=case.ref, now=at())
    assert step_of(case).claimed_until is None
    assert history(case)[-1] == "step_released"


def test_next_gives_the_most_urgent_first_and_never_a_held_one(world, colleague):
    later = world.a_case(now=at(hour=9))
    urgent = world.a_case(now=at(TODAY - timedelta(days=6)))
    qian = world.enter(world.actors["qian"])
    first = next_step(qian, now=at())
    second = next_step(colleague, now=at())
    assert [first.ref, second.ref] == [urgent.ref, later.ref]
    assert next_step(qian, now=at()) is None


def test_a_step_of_another_tier_or_region_cannot_be_claimed(world):
    case = world.a_case()
    with pytest.raises(NotAllowed):
        claim_step(world.enter(world.actors["sun"]), ref=case.ref, now=at())
    with pytest.raises(NotFound):
        claim_step(world.enter(world.actors["zheng"]), ref=case.ref, now=at())
    with pytest.raises(NotAllowed):
        next_step(world.enter(world.actors["he"]), now=at())
    world.enter(world.actors["qian"])
    assert step_of(case).claimed_until is None
