"""Our own pages drop a record at the moment of `approved`: the very next request after the commit shows nothing of it."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from cases.services import review
from cases.snapshot import notice_paper
from creditrepair.tenancy.context import region_context
from notices import services
from sync.models import Delivery
from tests import world as the_world
from tests.test_outbox import secrets_key
from tests.world import FIRM_A, YONGCHANG

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def house(transactional_db):
    with transaction.atomic():
        return the_world.build()


@pytest.fixture
def case(house, settings):
    """A committed case under review, and the path of `/q/` on the 告知书 of its record."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    now = timezone.now()
    day = timezone.localdate() - timedelta(days=200)
    with transaction.atomic():
        record = house.a_record(decided_on=day, published_on=day, record_key=secrets_key())
        with region_context(YONGCHANG):
            notice = services.request(notice_paper.of_notice(record, now), at=now)
        receipt = house.files("zhao", record, now=now)
        filed = house._to_in_review(house._case_of(receipt), now)
    filed.q_path = "/q/" + notice.snapshot["verify_url"].rsplit("/", 1)[1]
    filed.query_code = receipt.query_code
    return filed


def approve(house, case):
    now = timezone.now()
    for who in (house.handler_of(case), house.head_of(case)):
        actor = house.enter(who)
        case = review.approve_step(actor, ref=case.ref, step=house.step(case), comment="材料齐全，同意", now=now)
    if case.state == "in_review":
        zhou = house.enter(house.actors["zhou"])
        case = review.approve_step(zhou, ref=case.ref, step=house.step(case), comment="同意", now=now)
    return case


def seen(case) -> dict[str, str]:
    """What visitors see, each in a browser of their own and through the same cache."""
    pages = {
        "search by code": Client().get("/search", {"q": FIRM_A}),
        "search by name": Client().get("/search", {"q": "祁连山食品"}),
        "code on the paper": Client().get(case.q_path),
        "progress": Client().post("/progress", {"code": case.query_code, "last_four": FIRM_A[-4:]}),
        "progress by interface": Client().get("/api/v1/progress", {"code": case.query_code, "last_four": FIRM_A[-4:]}),
    }
    for name, page in pages.items():
        assert page.status_code == 200, name
        # nobody between us and the reader may answer in our place with what was true a moment ago
        assert "no-store" in page["Cache-Control"] or "no-cache" in page["Cache-Control"], name
    return {name: page.content.decode() for name, page in pages.items()}


def test_the_very_next_request_after_the_commit_shows_nothing_of_the_record(house, case):
    before = [seen(case), seen(case)][1]  # twice: whatever remembers pages has had its chance
    record = case.record
    assert all(record.doc_no in before[name] for name in ("search by code", "search by name", "code on the paper"))
    with transaction.atomic():
        approved = approve(house, case)
    after = seen(case)
    assert approved.state == "approved"
    for name in ("search by code", "search by name", "code on the paper"):
        assert record.doc_no not in after[name], name
        assert record.ref not in after[name], name
    assert "该信息已不再公示" in after["code on the paper"]
    assert "祁连山" not in after["code on the paper"]
    for name in ("progress", "progress by interface"):  # the case goes on to be shown; the record's content never was
        assert record.doc_no not in after[name], name
    with region_context(YONGCHANG):  # and that without waiting for any platform
        assert {d.state for d in Delivery.objects.filter(thing=case.ref, kind="repair")} == {"queued"}


def test_an_approval_that_is_rolled_back_drops_nothing(house, case):
    with pytest.raises(RuntimeError), transaction.atomic():
        approve(house, case)
        raise RuntimeError
    assert case.record.doc_no in seen(case)["search by code"]
