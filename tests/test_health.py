"""Health is end to end: a process that never came is late, a stopped lane and a silent case cry, a well house is quiet."""

import logging
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client
from django.utils import timezone

from cases.models import CalendarDay, Case
from cases.services import watch
from creditrepair import alive
from creditrepair.tenancy import tasks
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Heartbeat
from creditrepair.tenancy.tasks import beat
from sync.models import FeedCursor, InboundChange, Lane
from tests.world import JINCHUAN, YONGCHANG, World, at

ALL = ("worker", "beat", "sweeper", "lanes", f"watch:{YONGCHANG}", f"watch:{JINCHUAN}")


def everybody(told: dict[str, object] | None = None) -> None:
    for name in ALL:
        beat(name, {"silent": 0} | (told or {}) if name == f"watch:{YONGCHANG}" else {})


def codes() -> list[tuple[str, str]]:
    return [(one.code, one.region) for one in alive.examine().alarms]


def ask() -> tuple[int, dict]:
    answer = Client(SERVER_NAME="127.0.0.1").get("/health")
    return answer.status_code, answer.json()


def test_a_house_at_work_is_well(world: World):
    everybody()
    status, body = ask()
    assert (status, body["status"], body["late"], body["alarms"]) == (200, "ok", [], [])


@pytest.mark.fault("F7", "F13")
@pytest.mark.parametrize("name", ALL)
def test_a_process_that_never_came_or_stands_still_is_late(world: World, name):
    everybody()
    Heartbeat.objects.filter(pk=name).update(at=timezone.now() - timedelta(seconds=61))
    assert ask()[1]["late"] == [name]
    Heartbeat.objects.filter(pk=name).delete()
    status, body = ask()
    assert (status, body["status"], body["late"]) == (503, "late", [name])


@pytest.mark.fault("F7")
def test_a_dead_beat_and_a_dead_worker_are_told_apart(world: World):
    everybody()
    Heartbeat.objects.filter(name__in=("worker", "beat")).delete()
    tasks.heartbeat("sweeper")  # asked for by the sweeper, done by a worker
    assert codes() == [("late_beat", "")]
    tasks.heartbeat()
    assert codes() == []


@pytest.mark.fault("F20")
@pytest.mark.parametrize(("ahead", "alarmed"), [(600, True), (-600, True), (1.5, False)])
def test_a_clock_that_runs_ahead_or_behind_by_more_than_two_seconds_cries(world: World, monkeypatch, ahead, alarmed):
    everybody()
    true = tasks.time.time
    monkeypatch.setattr(tasks.time, "time", lambda: true() + ahead)
    tasks.heartbeat()
    monkeypatch.undo()
    assert codes() == ([("clock_skew", "")] if alarmed else [])


@pytest.mark.fault("F20")
def test_a_beat_is_stamped_by_the_databases_clock(world: World, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: at().replace(year=2040))
    beat("worker")
    with connection.cursor() as cursor:
        cursor.execute("SELECT abs(extract(epoch FROM clock_timestamp() - at)) < 30 FROM tenancy_heartbeat")
        assert cursor.fetchall() == [(True,)]


@pytest.mark.fault("F32")
def test_a_stopped_lane_cries_with_its_reason(world: World):
    everybody()
    Lane.objects.create(target="gsxt_gansu", stopped_at=timezone.now(), reason="对方不接受我方凭证（401），通道已停")
    (found,) = alive.examine().alarms
    assert found.code == "lane_stopped"
    assert "对方不接受我方凭证（401）" in found.text


@pytest.mark.fault("F23")
@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"silent": 1}, "silent"),
        ({"oldest": {"gsxt_gansu": 601}}, "oldest"),
        ({"inbound": 901}, "inbound"),
        ({"sms_failed": 20}, "sms_failed"),
        ({"calendar": [2027]}, "calendar"),
    ],
)
def test_what_the_watch_saw_in_a_region_cries_for_that_region(world: World, told, code):
    everybody(told)
    assert codes() == [(code, YONGCHANG)]
    assert ask()[0] == 503


def test_a_feed_that_is_not_read_any_more_cries_and_one_never_connected_does_not(world: World):
    everybody()
    cursor = FeedCursor.objects.create(target="gsxt_gansu", feed="changes")
    assert codes() == []
    FeedCursor.objects.filter(pk=cursor.pk).update(read_at=timezone.now() - timedelta(minutes=16))
    assert codes() == [("feed_late", "")]


def test_the_watch_sees_a_missing_calendar_year(world: World):
    watch.watch_region(YONGCHANG, now=at(), whole=True)
    assert Heartbeat.objects.get(pk=f"watch:{YONGCHANG}").told["calendar"] == []
    late = at(at().date().replace(day=15, month=12))
    CalendarDay.objects.filter(day__year=2027).delete()
    watch.watch_region(YONGCHANG, now=late, whole=True)
    assert Heartbeat.objects.get(pk=f"watch:{YONGCHANG}").told["calendar"] == [2027]


def test_the_watch_tells_how_long_the_oldest_due_message_of_each_lane_waits(world: World, settings):
    """A target without an address is no lane: its messages are carried over by hand, and get a task."""
    lanes = ("creditchina_jinchang", "gsxt_gansu", "sms_gateway", "creditchina_gansu")
    settings.SYNC_TARGETS = {
        lane: {"base_url": "http://127.0.0.1:1" if lane != "creditchina_gansu" else ""} for lane in lanes
    }
    world.a_case("approved")
    watch.watch_region(YONGCHANG, now=at() + timedelta(minutes=20), whole=True)
    told = Heartbeat.objects.get(pk=f"watch:{YONGCHANG}").told
    assert told["oldest"] == {"creditchina_jinchang": 1200, "gsxt_gansu": 1200, "sms_gateway": 1200}


def test_the_watch_tells_how_long_what_a_platform_told_waits_for_its_fate(world: World):
    with region_context(YONGCHANG):
        for seq, fate in ((1, "known"), (2, "new")):
            InboundChange.objects.create(
                region_id=YONGCHANG, target="gsxt_gansu", seq=str(seq), record_key="0" * 32, change="ended", version=2,
                at=at(), received_at=at(), fate=fate,
            )  # fmt: skip
    watch.watch_region(YONGCHANG, now=at() + timedelta(minutes=20), whole=True)
    assert Heartbeat.objects.get(pk=f"watch:{YONGCHANG}").told["inbound"] == 1200
    with region_context(YONGCHANG):
        InboundChange.objects.update(fate="person")
    watch.watch_region(YONGCHANG, now=at() + timedelta(minutes=21), whole=True)
    assert Heartbeat.objects.get(pk=f"watch:{YONGCHANG}").told["inbound"] == 0


def test_an_alarm_is_said_once_and_again_when_it_is_over(world: World, caplog):
    crier = alive.Crier()
    crier.born -= timedelta(minutes=2)
    everybody({"silent": 2})
    with caplog.at_level(logging.WARNING, logger="creditrepair.alive"):
        crier.cry()
        crier.cry()
        everybody()
        crier.cry()
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]
    assert "2件事项" in caplog.records[0].getMessage()


def test_who_watches_over_the_platforms_sees_the_alarm_on_every_page(world: World, sign_in):
    everybody()
    assert "▲ 告警" not in sign_in("wang").get("/desk/").content.decode()
    everybody({"silent": 3})
    assert "有3件事项既没有办结依据，也没有责任单位" in sign_in("wang").get("/desk/").content.decode()
    assert "▲ 告警" not in sign_in("qian").get("/desk/").content.decode()


def report(*options: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("watch", *options, stdout=out)
    except CommandError as problem:
        return problem.returncode, out.getvalue()
    return 0, out.getvalue()


def test_the_command_says_the_same_and_fails_when_something_is_silent(world: World):
    case = world.a_case("in_review", now=timezone.now())  # the command goes by the database's clock
    everybody()
    assert report("--region", YONGCHANG)[0] == 0
    with region_context(YONGCHANG):
        Case.objects.filter(pk=case.pk).update(due_on=None)
    code, said = report("--region", YONGCHANG)
    assert code == 1
    assert f"没有着落：{case.ref}" in said
    assert f"没有着落：{case.ref}" not in report("--look", "--region", YONGCHANG)[1]  # now somebody has a task
