"""Deliveries against the real mock programs: shown once, proven by reading back, nothing lost whatever breaks."""

import gc
import json
import secrets
import time
from collections.abc import Callable

import pytest
from django.db import transaction
from django.utils import timezone

from cases.models import Case
from cases.services import external, handover, lane
from cases.services.repair import settle_verified
from cases.snapshot import platform_reports
from creditrepair.tenancy.context import region_context
from sync import claims, lanes, outbox
from sync.models import Attempt, Delivery, Lane
from sync.targets import connect
from sync.targets.base import next_step
from tests import platforms as mock
from tests import world as the_world
from tests.world import YONGCHANG, at

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "sender"])
A, B = "creditchina_jinchang", "gsxt_gansu"


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    running = mock.start_all(tmp_path_factory.mktemp("platforms"))
    yield running
    mock.stop_all(running)


@pytest.fixture
def linked(programs, settings, monkeypatch, transactional_db):
    """The world with both platforms and the gateway reachable, and no fault switched on."""
    settings.SYNC_TARGETS = mock.settings_for(programs)
    settings.SYNC_LOOPBACK_ALLOWED = True
    settings.SYNC_UNCLEAR_WAIT_SECONDS = 0.2
    monkeypatch.setattr(claims, "BACKOFF_FIRST", 0.1)
    for program in programs.values():
        program.fault("ok")
    return programs


def build():
    with transaction.atomic():
        return the_world.build()


@pytest.fixture
def house(linked):
    return build()


def approved(house) -> Case:
    """A committed case, approved, whose record both platforms were told of before."""
    with transaction.atomic():
        record = house.a_record(unit="scjgj", record_key=secrets_key())
        with region_context(YONGCHANG):
            outbox.enqueue_reports(
                YONGCHANG, [outbox.Report((A, B), platform_reports.of_record(record), 1, record.ref)], now=at()
            )
        case = house._case_of(house.files("zhao", record))
        return house._to_approved(case, at())


def secrets_key() -> str:
    return secrets.token_hex(16)


def drained(until: Callable[[], bool] = lambda: False) -> None:
    """Drain until nothing is open, or `until` holds; between rounds the back-off is skipped, as if its time had passed.

    Bounded by time, not by rounds: platform B applies what it took in its own time, however quick this machine is.
    """
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        lanes.drain(0.5)
        if until():
            return
        with region_context(YONGCHANG):
            waiting = Delivery.objects.filter(done_at=None, due_at__lt=at(the_world.TODAY.replace(year=2036)))
            if not waiting.update(due_at=at(the_world.TODAY.replace(year=2020))):
                return
        Lane.objects.update(rest_until=None)


def repairs(case) -> list[Delivery]:
    with region_context(YONGCHANG):
        return list(Delivery.objects.filter(thing=case.ref, kind="repair").order_by("target"))


def state_at(case, target: str) -> str:
    return {d.target: d.state for d in repairs(case)}[target]


def test_a_record_vanishes_from_both_public_pages_and_only_then_is_the_case_repaired(house, linked):
    case = approved(house)
    assert settle_verified(at()) == 0  # nothing read back yet
    drained()
    assert [d.state for d in repairs(case)] == ["verified", "verified"]
    assert [linked[t].page(f"/p/{case.record.record_key}")[0] for t in (A, B)] == [404, 404]
    assert settle_verified(at()) == 1
    assert house.fresh(case).state == "repaired"


def test_what_a_court_decided_vanishes_from_both_public_pages_under_its_own_number(house, linked):
    with transaction.atomic():
        record = house.a_record(
            unit="fy", category="judgment_defaulter", record_key=secrets_key(), decided_on=None,
            listed_on=the_world.TODAY.replace(year=2025),
        )  # fmt: skip
        with region_context(YONGCHANG):
            report = outbox.Report((A, B), platform_reports.of_record(record), 1, record.ref)
            outbox.enqueue_reports(YONGCHANG, [report], now=at())
        case = external.mirror_outcome(
            house.enter(house.actors["zhou"]), record_ref=record.ref, organ="永昌县人民法院",
            paper_no="（2025）甘0321执77号", decided_on=the_world.TODAY, outcome="agreed", now=at(),
        )  # fmt: skip
    drained()
    assert [d.state for d in repairs(case)] == ["verified", "verified"]
    assert [linked[t].page(f"/p/{record.record_key}")[0] for t in (A, B)] == [404, 404]
    assert settle_verified(at()) == 1
    assert house.fresh(case).state == "repaired"


def test_a_collected_record_is_shown_by_both_platforms(house, linked):
    case = approved(house)
    with region_context(YONGCHANG):
        Delivery.objects.filter(kind="repair").update(due_at=at(the_world.TODAY.replace(year=2040)))
    drained()
    for target in (A, B):
        status, page = linked[target].page(f"/p/{case.record.record_key}")
        assert status == 200
        assert case.record.doc_no in page


@pytest.mark.fault("F26", "F27", "F28", "F29", "F30")
@pytest.mark.parametrize("fault", ["lost_reply", "500", "slow", "html", "badsig", "dup"])
def test_an_unclear_reply_is_repeated_until_proven_and_shown_once(house, linked, fault):
    case = approved(house)
    for target in (A, B):
        linked[target].fault("ok", plan=[fault, fault], methods=["POST", "PUT"], slow_seconds=0.2)
    drained()
    assert {d.state for d in repairs(case)} == {"verified"}
    effects = {t: linked[t].state()["effects"] for t in (A, B)}
    keys = {d.target: d.key for d in repairs(case)}
    if fault != "dup":  # a platform that doubles by itself is its own fault; what it shows is right all the same
        assert (effects[A].get(keys[A]), effects[B].get(keys[B])) == (1, 1)


@pytest.mark.fault("F25")
def test_one_platform_down_leaves_the_other_leg_proven_and_the_case_waiting(house, linked):
    case = approved(house)
    linked[B].fault("500")
    drained(lambda: state_at(case, A) == "verified")
    assert {d.target: d.state == "verified" for d in repairs(case)} == {A: True, B: False}
    assert settle_verified(at()) == 0
    linked[B].fault("ok")
    drained()
    assert settle_verified(at()) == 1


@pytest.mark.fault("F32")
def test_a_refused_credential_stops_the_lane_and_nothing_else(house, linked):
    case = approved(house)
    linked[A].fault("401")
    drained(lambda: state_at(case, B) == "verified" and Lane.objects.get(pk=A).stopped_at is not None)
    assert (state_at(case, A), state_at(case, B)) == ("queued", "verified")
    assert Lane.objects.get(pk=A).stopped_at is not None
    linked[A].fault("ok")
    Lane.objects.update(stopped_at=None, reason="")
    drained()
    assert {d.state for d in repairs(case)} == {"verified"}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the dead leave their sockets open
@pytest.mark.fault("F5")
def test_a_sender_that_died_after_sending_does_not_double_the_effect(house, linked, monkeypatch):
    case = approved(house)

    def dies(*_):
        raise SystemExit

    with monkeypatch.context() as m, pytest.raises(SystemExit):
        m.setattr(lanes, "settle", dies)
        lanes.drain(0.5)
    gc.collect()
    with region_context(YONGCHANG):
        Delivery.objects.update(lease_until=at(the_world.TODAY.replace(year=2020)))
    drained()
    assert {d.state for d in repairs(case)} == {"verified"}
    keys = {d.target: d.key for d in repairs(case)}
    assert linked[B].state()["effects"].get(keys[B]) == 1


def test_every_try_is_an_attempt_and_the_bytes_never_change(house, linked):
    case = approved(house)
    before = {d.pk: bytes(d.body) for d in repairs(case)}
    linked[A].fault("ok", plan=["500", "500"], methods=["POST"])
    drained()
    assert {d.pk: bytes(d.body) for d in repairs(case)} == before
    with region_context(YONGCHANG):
        sends = Attempt.objects.filter(delivery__in=[d for d in repairs(case) if d.target == A], what="send").count()
    assert sends == 3
    message = json.loads(next(iter(before.values())))["message"]
    assert message["outcome"] == "granted"
    assert "13800000000" not in json.dumps(message)


def test_what_an_officer_carried_over_in_a_file_is_asked_for_before_it_is_sent_by_interface(house, linked, monkeypatch):
    monkeypatch.setattr("cases.services.handover.tell_verified", lambda verified: None)
    case = approved(house)
    drained_of_reports(case)
    with transaction.atomic():
        wang = house.enter(house.actors["wang"])
        lane.set_lane_mode(wang, target=B, mode="file", reason="接口检修", now=at())
        handover.export_messages(wang, target=B, file_format="json", now=timezone.now())
        lane.set_lane_mode(wang, target=B, mode="api", reason="接口恢复", now=at())
    with region_context(YONGCHANG):
        Delivery.objects.filter(kind="repair").update(due_at=at(the_world.TODAY.replace(year=2020)))
    (row,) = claims.claim(B)
    assert (row.kind, row.tries, row.history) == ("repair", 0, ("unknown",))
    assert next_step(type(connect(B, lanes.config_of(B))), row.history) == "ask"
    with transaction.atomic():
        wang = house.enter(house.actors["wang"])
        handover.record_receipt(
            wang, number=row.message_no, receipt="GS-1", received_on=timezone.localdate(), now=timezone.now()
        )
    outcome = claims.Settlement(row, "ask", "unknown", 0.0, timezone.now(), 1, 404, "absent")
    claims.settle(B, [outcome])  # the lane comes back with what it heard before: the officer knows better
    found = next(d for d in repairs(case) if d.target == B)
    assert (found.state, found.lease_token) == ("acked", None)


def drained_of_reports(case) -> None:
    with region_context(YONGCHANG):
        Delivery.objects.filter(thing=case.ref, kind="repair").update(due_at=at(the_world.TODAY.replace(year=2040)))
    drained()
