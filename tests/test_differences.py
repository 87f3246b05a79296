"""Reconcile and its verbs: what differs is found, named by kind, left alone until a person answers, and settles itself."""

import os
import time
from dataclasses import replace

import pytest
from django.db import transaction
from django.utils import timezone

from cases.models import Task
from cases.services import differences, reconcile
from creditrepair.tenancy.actor import system_actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid, NotAllowed, NotFound, WrongMoment
from creditrepair.tenancy.models import Role
from sync import claims
from sync.models import Delivery, Difference, ReconcileRun
from tests import inbound_scene as scene
from tests import platforms as mock
from tests import world as the_world
from tests.inbound_scene import A, B, differences_of, drained, fresh
from tests.lab.planted import compare, plant
from tests.world import YONGCHANG, at

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "sender"])


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    os.environ["PLATFORM_B_APPLY_SECONDS"] = "0.05"
    running = mock.start_all(tmp_path_factory.mktemp("platforms"))
    yield running
    mock.stop_all(running)


def link(programs, settings, monkeypatch):
    settings.SYNC_TARGETS = mock.settings_for(programs) | {"creditchina_gansu": {"base_url": ""}, "superior_organ": {}}
    settings.SYNC_LOOPBACK_ALLOWED = True
    settings.SYNC_UNCLEAR_WAIT_SECONDS = 0.2
    monkeypatch.setattr(claims, "BACKOFF_FIRST", 0.1)
    for program in programs.values():
        program.fault("ok")


@pytest.fixture
def house(programs, settings, monkeypatch, transactional_db):
    link(programs, settings, monkeypatch)
    for target in (A, B):  # a platform holds what the tests before told it; here it would be extra
        for key in programs[target].state()["records"]:
            scene.post(programs[target], "/_edit", record_key=key, status="forgotten", by="test")
    with transaction.atomic():
        return the_world.build()


def compared(target: str = A) -> ReconcileRun:
    """One run from start to end."""
    with region_context(YONGCHANG):
        run = reconcile.start_run(system_actor(YONGCHANG), target=target, cause="试验", now=timezone.now())
    assert reconcile.advance(YONGCHANG, run.pk, now=timezone.now(), until=time.monotonic() + 30)
    with region_context(YONGCHANG):
        return ReconcileRun.objects.get(pk=run.pk)


def answers(house, found, verb, note="已与平台核实", who="wang", **told):
    with transaction.atomic():
        actor = house.enter(house.actors[who])
        return differences.settle_difference(actor, ref=found.ref, verb=verb, note=note, now=timezone.now(), **told)


@pytest.mark.fault("T5")
def test_every_planted_difference_is_found_and_none_invented(settings, monkeypatch, transactional_db, tmp_path):
    records, seeded, seed = (
        int(os.environ.get(f"LAB_{n}", d)) for n, d in (("RECORDS", 200), ("SEEDED", 20), ("SEED", 1))
    )
    with transaction.atomic():
        world = the_world.build()
    planted = plant(world, tmp_path / "platforms", records=records, seeded=seeded, seed=seed)
    programs = mock.start_all(tmp_path / "platforms")
    try:
        link(programs, settings, monkeypatch)
        result = compare(planted, records=records)
    finally:
        mock.stop_all(programs)
    os.write(1, f"\n{result.line(records, seed)}\n".encode())
    assert result.holds, result
    assert result.seconds <= 300


def test_a_difference_gone_by_the_next_look_settles_itself_with_its_task(house, programs):
    record = scene.told_record(house)
    scene.post(programs[A], "/_edit", record_key=record.record_key, status="ended", by="x")
    assert compared().counts["wrong"] == 1
    (found,) = differences_of(record)
    scene.post(programs[A], "/_edit", record_key=record.record_key, status="published", by="x")
    run = compared()
    (found,) = differences_of(record)
    assert (found.settled_at is not None, found.settled_by, reconcile.clean(run)) == (True, None, True)
    with region_context(YONGCHANG):
        assert Task.objects.get(thing=found.ref).closed_at is not None


def test_what_is_on_its_way_is_no_difference(house, programs):
    record = scene.told_record(house)
    with transaction.atomic():
        house._to_approved(house._case_of(house.files("zhao", record)), at())
    run = compared()
    assert (differences_of(record), run.counts["in_flight"] >= 1) == ([], True)


def test_a_platform_that_does_not_answer_leaves_unseen_and_never_agreed(house, programs, monkeypatch):
    scene.told_record(house)
    monkeypatch.setattr(reconcile, "GIVE_UP_FAILURES", 2)
    programs[A].fault("500", methods=["GET"])
    with region_context(YONGCHANG):
        run = reconcile.start_run(system_actor(YONGCHANG), target=A, cause="试验", now=timezone.now())
    assert not reconcile.advance(YONGCHANG, run.pk, now=timezone.now(), until=time.monotonic() + 5)
    assert reconcile.advance(YONGCHANG, run.pk, now=timezone.now(), until=time.monotonic() + 5)
    with region_context(YONGCHANG):
        run = ReconcileRun.objects.get(pk=run.pk)
    assert (run.unseen, run.looked, run.finished_at is not None, reconcile.clean(run)) == (1, 0, True, False)


def test_a_doubt_that_cannot_be_looked_at_again_is_unseen(house, programs):
    record = scene.told_record(house)
    scene.post(programs[A], "/_edit", record_key=record.record_key, status="ended", by="x")
    programs[A].fault("ok", plan=["ok", "badsig"], methods=["GET"])
    run = compared()
    assert (run.unseen, differences_of(record), reconcile.clean(run)) == (1, [], False)


def test_a_run_goes_on_where_it_stopped(house, programs, monkeypatch):
    for _ in range(3):
        scene.told_record(house)
    monkeypatch.setattr(reconcile, "REGISTER_PORTION", 1)
    with region_context(YONGCHANG):
        run = reconcile.start_run(system_actor(YONGCHANG), target=A, cause="试验", now=timezone.now())
        page = reconcile.list_page(A, YONGCHANG, "")
    assert reconcile._compare(run, page, timezone.now())
    assert not reconcile._compare(run, page, timezone.now())  # the same portion twice: the second changes nothing
    with region_context(YONGCHANG):
        half = ReconcileRun.objects.get(pk=run.pk)
    assert (half.looked, half.finished_at, half.cursor != "") == (2, None, True)
    assert reconcile.advance(YONGCHANG, run.pk, now=timezone.now(), until=time.monotonic() + 10)
    with region_context(YONGCHANG):
        assert ReconcileRun.objects.get(pk=run.pk).looked == 3


def test_sending_again_gives_both_platforms_a_new_version(house, programs):
    record = scene.told_record(house)
    scene.post(programs[B], "/_edit", record_key=record.record_key, status="ended", by="x")
    compared(B)
    (found,) = differences_of(record)
    answers(house, found, "send")
    drained()
    held = {t: programs[t].state()["records"][record.record_key] for t in (A, B)}
    assert {(one["status"], one["version"]) for one in held.values()} == {("published", 2)}
    assert reconcile.clean(compared(B))


def test_accepting_an_ending_needs_organ_and_paper_and_mirrors_it(house, programs):
    record = scene.told_record(house)
    scene.post(programs[A], "/_edit", record_key=record.record_key, status="ended", by="x")
    compared()
    (found,) = differences_of(record)
    with pytest.raises(Invalid) as caught:
        answers(house, found, "accept")
    assert set(caught.value.fields) == {"organ", "paper", "decided_on"}
    assert fresh(record).status == "published"
    answers(house, found, "accept", **scene.PAPER)
    drained()
    assert (fresh(record).status, [d.target for d in scene.repairs_of(record)]) == ("ended", [B])
    assert reconcile.clean(compared())
    assert reconcile.clean(compared(B))


def test_who_watches_the_wires_may_send_again_but_not_take_over_a_decision(house, programs):
    record = scene.told_record(house)
    scene.post(programs[A], "/_edit", record_key=record.record_key, status="ended", by="x")
    compared()
    (found,) = differences_of(record)
    watcher = replace(house.actors["wang"], roles=frozenset({Role.EXCHANGE.value}))
    house.actors["watcher"] = watcher
    with pytest.raises(NotAllowed):
        answers(house, found, "accept", who="watcher", **scene.PAPER)
    assert fresh(record).status == "published"
    answers(house, found, "send", who="watcher")


def test_a_newer_version_is_taken_over_and_never_written_over(house, programs):
    record = scene.told_record(house)
    scene.post(programs[A], "/_edit", record_key=record.record_key, status="published", by="x", version=7)
    compared()
    (found,) = differences_of(record)
    with pytest.raises(WrongMoment):
        answers(house, found, "send")
    answers(house, found, "accept")
    drained()
    assert {programs[t].state()["records"][record.record_key]["version"] for t in (A, B)} == {7}
    assert fresh(record).version == 7
    assert reconcile.clean(compared())


def test_a_noted_difference_stays_noted_until_a_side_changes(house, programs):
    record = scene.told_record(house)
    scene.post(programs[A], "/_edit", record_key=record.record_key, status="ended", by="x")
    compared()
    (found,) = differences_of(record)
    answers(house, found, "note")
    with pytest.raises(WrongMoment):
        answers(house, found, "note")
    compared()
    assert len(differences_of(record)) == 1
    scene.post(programs[A], "/_edit", record_key=record.record_key, status="ended", by="x", version=3)
    compared()
    assert [one.kind for one in differences_of(record)] == ["wrong", "newer"]


def test_who_may_not_see_differences_settles_none(house, programs):
    record = scene.told_record(house)
    scene.post(programs[A], "/_edit", record_key=record.record_key, status="ended", by="x")
    compared()
    (found,) = differences_of(record)
    with pytest.raises(NotAllowed):
        answers(house, found, "note", who="qian")
    with pytest.raises(Invalid):
        answers(house, found, "note", note=" ")
    with region_context(YONGCHANG):
        assert Difference.objects.get(pk=found.pk).settled_at is None
    with pytest.raises(NotFound), transaction.atomic():
        differences.access_difference(house.enter(house.actors["wang"]), "nonesuch")
    assert answers(house, found, "note").settled_at is not None


def test_only_one_run_a_platform_and_none_without_an_address(house, settings):
    wang = house.actors["wang"]
    with region_context(YONGCHANG):
        reconcile.start_run(wang, target=A, cause="人工发起", now=timezone.now())
        with pytest.raises(WrongMoment, match="正在进行"):
            reconcile.start_run(wang, target=A, cause="人工发起", now=timezone.now())
        with pytest.raises(WrongMoment, match="没有可供核对"):
            reconcile.start_run(wang, target="superior_organ", cause="人工发起", now=timezone.now())
        assert ReconcileRun.objects.count() == 1
    assert reconcile.start_nightly(now=timezone.now()) == 3  # two regions × two platforms, one under way
    with region_context(YONGCHANG):
        assert not Delivery.objects.exists()
