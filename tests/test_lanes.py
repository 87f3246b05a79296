"""The engine of the lanes against the real mock programs: woken by a bell, never two at once, nothing kept by the dead."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from cases.snapshot import platform_reports
from creditrepair.tenancy.context import region_context
from sync import bell, claims, groups, lanes, outbox
from sync.exchange import _after_try, after_fault
from sync.lanes import config_of
from sync.models import Attempt, Delivery, Lane, RegionLane
from sync.targets import Outcome, OutcomeKind, connect, next_step
from sync.targets.gsxt_gansu import GsxtGansu
from tests import platforms as mock
from tests import world as the_world
from tests.test_outbox import A, B, secrets_key
from tests.world import JINCHUAN, YONGCHANG

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "sender"])
S = Delivery.State


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    running = mock.start_all(tmp_path_factory.mktemp("platforms"))
    yield running
    mock.stop_all(running)


@pytest.fixture
def linked(programs, settings, monkeypatch, transactional_db):
    settings.SYNC_TARGETS = mock.settings_for(programs)
    settings.SYNC_LOOPBACK_ALLOWED = True
    settings.SYNC_UNCLEAR_WAIT_SECONDS = 0.2
    monkeypatch.setattr(claims, "BACKOFF_FIRST", 0.1)
    for program in programs.values():
        program.fault("ok")
    return programs


@pytest.fixture
def house(linked):
    with transaction.atomic():
        return the_world.build()


def reported(house, count: int, targets=(A,), region=YONGCHANG) -> list[Delivery]:
    """Committed reports of `count` records to each of `targets`."""
    reports = []
    with transaction.atomic():
        for _ in range(count):
            record = house.a_record(unit="scjgj", region=region, record_key=secrets_key())
            reports.append(outbox.Report(targets, platform_reports.of_record(record), 1, record.ref))
        with region_context(region):
            outbox.enqueue_reports(region, reports, now=timezone.now())
            return list(Delivery.objects.filter(thing__in=[one.thing for one in reports]).order_by("id"))


def rows(*found: Delivery) -> list[Delivery]:
    return list(Delivery.objects.using("sender").filter(pk__in=[d.pk for d in found]).order_by("id"))


def states(*found: Delivery) -> set[str]:
    return {row.state for row in rows(*found)}


def until(truth, seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if truth():
            return True
        time.sleep(0.02)
    return False


@contextmanager
def daemon(*codes: str) -> Iterator[lanes.Drain]:
    """The lane daemon in a thread, as `manage.py lanes` runs it."""
    box: dict[str, object] = {}
    ready = threading.Event()

    async def serve() -> None:
        box["run"], box["loop"] = lanes.Drain(None), asyncio.get_running_loop()
        ready.set()
        await box["run"].all_lanes(codes)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(5)
    try:
        yield box["run"]
    finally:
        box["loop"].call_soon_threadsafe(box["run"].stop)
        thread.join(20)
        assert not thread.is_alive()


# ── the bell ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_commit_is_heard_by_the_daemon_at_once_not_at_its_next_look(house, linked, monkeypatch):
    monkeypatch.setattr(lanes, "POLL_SECONDS", 60.0)
    assert not bell.somebody_listens()
    with daemon(A) as run:
        assert until(bell.somebody_listens)
        assert until(lambda: not run.busy)
        time.sleep(0.3)  # its first look is over
        found = reported(house, 3)
        time.sleep(0.2)
        assert states(*found) == {S.QUEUED}  # nobody rang
        bell.ring()
        assert until(lambda: states(*found) == {S.VERIFIED})
    assert until(lambda: not bell.somebody_listens())


@pytest.mark.fault("F3")
def test_a_ring_that_nobody_sent_costs_one_look(house, linked, monkeypatch):
    monkeypatch.setattr(lanes, "POLL_SECONDS", 0.5)
    with daemon(A):
        found = reported(house, 1)
        assert until(lambda: states(*found) == {S.VERIFIED})


def test_a_task_rings_for_a_daemon_and_drains_without_one(house, linked, monkeypatch):
    from sync import tasks

    monkeypatch.setattr(tasks, "tell_verified", lambda verified: None)
    monkeypatch.setattr(tasks.bell, "somebody_listens", lambda: True)
    found = reported(house, 1)
    assert tasks.drain_lanes() == 0
    assert states(*found) == {S.QUEUED}
    monkeypatch.setattr(tasks.bell, "somebody_listens", lambda: False)
    assert tasks.drain_lanes() == 2  # sent, looked at
    assert states(*found) == {S.VERIFIED}


# ── many at once, and the end of one ───────────────────────────────────────────────────────────────────────────────
@pytest.mark.fault("F8")
def test_three_pollers_by_mistake_have_each_effect_once(house, linked):
    found = reported(house, 40, (A, B))
    threads = [threading.Thread(target=lanes.drain, args=(8.0,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    lanes.drain(8.0)
    assert states(*found) == {S.VERIFIED}
    for target in (A, B):
        effects = linked[target].state()["effects"]
        assert {effects.get(d.key) for d in found if d.target == target} == {1}
    sends = Attempt.objects.using("sender").filter(what="send", delivery_id__in=[d.pk for d in found])
    assert sends.count() == len(found)


@pytest.mark.fault("F14")
def test_who_is_told_to_stop_ends_what_is_under_way_and_gives_back_the_rest(house, linked):
    found = reported(house, 20)
    linked[A].fault("slow", slow_seconds=0.5)
    with daemon(A) as run:
        assert until(lambda: any(d.lease_until for d in rows(*found)))
        time.sleep(0.1)
        began = time.monotonic()
    assert time.monotonic() - began < 5
    assert run.settled == 4  # those under way, at four at a time
    left = [d for d in rows(*found) if d.state == S.QUEUED]
    assert len(left) == 16
    assert {(d.lease_until, d.lease_token) for d in rows(*found)} == {(None, None)}
    assert linked[A].state()["effects"].get(left[0].key) is None


@pytest.mark.fault("F10")
def test_a_message_that_always_raises_holds_up_nobody_and_slows_to_an_hour(house, linked):
    poison, *others = reported(house, 4, (B,))
    Delivery.objects.using("sender").filter(pk=poison.pk).update(body=b"not one of ours")
    lanes.drain(6.0, [B])
    assert states(*others) == {S.VERIFIED}
    row = rows(poison)[0]
    assert (row.state, row.done_at) == (S.UNKNOWN, None)
    assert "本系统处理该报文时出错" in Attempt.objects.using("sender").filter(delivery=poison).earliest("id").detail
    fault = claims.Claimed(
        row.pk, row.region_id, row.kind, row.key, row.message_no, row.record_key, 1, "published", b"", S.UNKNOWN, 5, 60.0,
        0.0, False, uuid4(),
    )  # fmt: skip
    settlement = after_fault(fault, ValueError("not one of ours"), timezone.now())
    assert (settlement.wait, settlement.lane_ok, settlement.outcome) == (3600.0, True, "unknown")
    with region_context(YONGCHANG):
        assert groups.open_rows(YONGCHANG, "unknown", B).filter(pk=poison.pk).exists()
    assert Lane.objects.get(pk=B).failures == 0


# ── what is claimed ────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("closed", [{"stopped_at": timezone.now()}, {"mode": "file"}])
def test_rows_of_a_region_that_stopped_its_lane_or_goes_by_file_are_left_alone(house, linked, closed):
    ours, theirs = reported(house, 2), reported(house, 2, region=JINCHUAN)
    with region_context(YONGCHANG):
        RegionLane.objects.create(region_id=YONGCHANG, target=A, **closed)
    lanes.drain(4.0, [A])
    assert (states(*ours), states(*theirs)) == ({S.QUEUED}, {S.VERIFIED})
    assert not Attempt.objects.using("sender").filter(delivery_id__in=[d.pk for d in ours]).exists()
    with region_context(YONGCHANG):
        RegionLane.objects.all().update(stopped_at=None, mode="api")
    lanes.drain(4.0, [A])
    assert states(*ours) == {S.VERIFIED}


def test_what_is_given_back_untried_is_free_but_the_mark_of_a_dead_sender_stays(house, linked):
    clean, dead = reported(house, 2)
    Delivery.objects.using("sender").filter(pk=dead.pk).update(
        lease_token=uuid4(), lease_until=timezone.now() - timedelta(seconds=1)
    )
    held = claims.claim(A)
    assert {row.id: row.died for row in held} == {clean.pk: False, dead.pk: True}
    claims.give_back(held)
    again = claims.claim(A)
    assert {row.id: row.died for row in again} == {clean.pk: False, dead.pk: True}
    assert next(row for row in again if row.id == dead.pk).history == ("unknown",)


def settle_ask(row: claims.Claimed, outcome: OutcomeKind) -> None:
    """Settle a question about `row` as the lane would, and let it be due at once."""
    asked = _after_try(connect(B, config_of(B)), row, "ask", Outcome(outcome, "试"), timezone.now())
    claims.settle(B, [replace(asked, wait=0.0)])


@pytest.mark.fault("F26")
@pytest.mark.parametrize("refused", [OutcomeKind.UNKNOWN, OutcomeKind.STOPPED])
def test_a_question_that_failed_leaves_what_a_dead_sender_did_as_unclear_as_it_was(house, linked, refused):
    (dead,) = reported(house, 1, (B,))
    claims.claim(B)
    Delivery.objects.using("sender").filter(pk=dead.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    steps = []
    for answer in (refused, refused, OutcomeKind.ABSENT, OutcomeKind.ABSENT):
        (row,) = claims.claim(B)
        steps.append(next_step(GsxtGansu, row.history))
        settle_ask(row, answer)
        Lane.objects.using("sender").update(stopped_at=None, failures=0)
    (row,) = claims.claim(B)
    assert (steps, next_step(GsxtGansu, row.history)) == (["ask"] * 4, "send")


def test_a_lease_is_lengthened_for_its_holder_only(house, linked):
    found = reported(house, 2)
    held = claims.claim(A)
    lost = found[0]
    Delivery.objects.using("sender").filter(pk=lost.pk).update(lease_token=uuid4())
    before = {d.pk: d.lease_until for d in rows(*found)}
    assert claims.renew(held) == {found[1].pk}
    after = {d.pk: d.lease_until for d in rows(*found)}
    assert (after[lost.pk] == before[lost.pk], after[found[1].pk] > before[found[1].pk]) == (True, True)


def test_a_late_outcome_is_noted_and_changes_nothing(house, linked):
    found = reported(house, 1)
    held = claims.claim(A)
    Delivery.objects.using("sender").update(lease_token=uuid4(), state=S.ACKED)
    late = claims.Settlement(held[0], "send", S.PARKED, 0.0, timezone.now(), 3, 422, "refused", "太晚")
    claims.settle(A, [late])
    row = rows(*found)[0]
    assert (row.state, row.tries, row.last_error) == (S.ACKED, 0, "")
    assert Attempt.objects.using("sender").get(delivery=row).detail == "太晚"


def test_a_dead_platform_is_not_stormed_with_all_that_waits(house, linked):
    found = reported(house, 60)
    linked[A].fault("500")
    lanes.drain(0.5, [A])
    tried = Attempt.objects.using("sender").filter(delivery_id__in=[d.pk for d in found]).count()
    assert claims.BREAKER_FAILURES <= tried <= claims.BREAKER_FAILURES + 8
    assert Lane.objects.using("sender").get(pk=A).rest_until is not None


@pytest.mark.fault("F32")
def test_one_refused_credential_ends_the_sending_of_the_whole_hand(house, linked):
    found = reported(house, 60)
    linked[A].fault("401")
    lanes.drain(2.0, [A])
    tried = Attempt.objects.using("sender").filter(delivery_id__in=[d.pk for d in found]).count()
    assert tried <= 4  # what was under way
    assert {d.lease_token for d in rows(*found)} == {None}


# ── one platform down ──────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.fault("T4", "F26")
def test_what_is_queued_while_another_platform_hangs_is_proven_before_that_answers(house, linked):
    hanging = reported(house, 8, (B,))
    linked[B].fault("slow", slow_seconds=3)
    with daemon(A, B):
        bell.ring()
        assert until(lambda: any(d.lease_until for d in rows(*hanging)))
        began = time.monotonic()
        found = reported(house, 20)
        bell.ring()
        assert until(lambda: states(*found) == {S.VERIFIED})
        waited = time.monotonic() - began
        assert states(*hanging) == {S.QUEUED}
        assert waited < 3
