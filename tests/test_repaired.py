"""From approved to repaired, for many: whoever waits for a platform holds up nobody, and nobody is asked one by one."""

import pytest
from django.utils import timezone

from cases.services import repair
from creditrepair.tenancy.context import region_context
from sync.models import Delivery
from tests.world import YONGCHANG, at

pytestmark = pytest.mark.django_db


def read_back(case, *, but: str = "") -> None:
    with region_context(YONGCHANG):
        legs = Delivery.objects.filter(thing=case.ref, kind="repair").exclude(target=but)
        legs.update(state="verified", verified_how="api", verified_at=timezone.now(), done_at=timezone.now())


@pytest.fixture
def waiting_and_ready(world):
    """The older case waits for platform B, the newer one was read back on both."""
    older, newer = (world.a_case("approved", now=at(hour=hour)) for hour in (9, 10))
    read_back(older, but="gsxt_gansu")
    read_back(newer)
    return older, newer


def test_a_case_that_waits_for_a_platform_holds_up_none_behind_it(world, waiting_and_ready, monkeypatch):
    monkeypatch.setattr(repair, "PAGE_CASES", 1)
    assert repair.settle_verified(at(hour=11)) == 1
    assert [world.fresh(case).state for case in waiting_and_ready] == ["approved", "repaired"]


def test_those_that_wait_are_told_apart_by_one_question_a_page(
    world, waiting_and_ready, django_assert_max_num_queries, monkeypatch
):
    repair.settle_verified(at(hour=11))
    world.a_case("approved", now=at(hour=12))
    asked = []
    monkeypatch.setattr(repair, "mark_repaired", lambda *given, **words: asked.append(given) or 0)
    with django_assert_max_num_queries(12):  # regions, then two questions in each with its context
        assert repair.settle_verified(at(hour=13)) == 0
    assert asked == []


def test_an_older_verified_message_does_not_stand_for_the_latest(world, waiting_and_ready):
    _, newer = waiting_and_ready
    with region_context(YONGCHANG):
        leg = Delivery.objects.get(thing=newer.ref, target="gsxt_gansu", kind="repair")
        leg.pk, leg.key, leg.message_no, leg.version = None, leg.key + "x", leg.message_no + "x", leg.version + 1
        leg.state = "sent"
        leg.save()
    assert repair.settle_verified(at(hour=11)) == 0
    assert world.fresh(newer).state == "approved"
