"""Short messages: handed over is not delivered, one per event, reminders by day, and a window where no phone receives."""

import json
import time
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.test import Client

from cases.models import Application, Reminder, ReminderLine, Task
from cases.services import messages, remind, task, watch
from cases.services.remind import Fate
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Region
from sync import claims, lanes, signing, sms
from sync.messages import SMS_TEMPLATES
from sync.models import Attempt, Delivery, Lane
from tests import platforms as mock
from tests import world as the_world
from tests.world import FIRM_B, JINCHUAN, TODAY, YONGCHANG, World, at, history

KEYS = "k1:" + "ab" * 32
SHANGHAI = ZoneInfo("Asia/Shanghai")
URL = "/callbacks/sms"


def messages_of(region: str = YONGCHANG, **about) -> list[Delivery]:
    with region_context(region):
        return list(Delivery.objects.filter(region_id=region, kind="sms", **about).order_by("id"))


def tasks(**about) -> list[Task]:
    with region_context(YONGCHANG):
        return list(Task.objects.filter(region_id=YONGCHANG, **about).order_by("id"))


def queue(key: str, *, phone: str = "13800000000", template: str = "T05", region: str = YONGCHANG) -> Delivery | None:
    soon = {"n": "1", "date": "11月30日", "phone": "0935-0000000"}
    params = {"number": "XF20261123ABCDEF"} if template == "T05" else soon
    with region_context(region):
        return sms.enqueue(region, phone=phone, template=template, params=params, key=key, thing="X", now=at())


# ── when, how often, to whom ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("given", "leaves"),
    [
        ("2026-11-23T07:59:59", "2026-11-23T08:00:00"),
        ("2026-11-23T08:00:00", "2026-11-23T08:00:00"),
        ("2026-11-23T20:59:59", "2026-11-23T20:59:59"),
        ("2026-11-23T21:00:00", "2026-11-24T08:00:00"),
        ("2026-12-31T23:30:00", "2027-01-01T08:00:00"),
    ],
)
def test_a_reminder_leaves_by_day_in_shanghai(given, leaves):
    moment = datetime.fromisoformat(given).replace(tzinfo=SHANGHAI)
    assert sms.awake(moment.astimezone(ZoneInfo("UTC"))) == datetime.fromisoformat(leaves).replace(tzinfo=SHANGHAI)


@pytest.fixture
def at_night(monkeypatch):
    monkeypatch.setattr(sms, "database_now", lambda: datetime(2026, 11, 23, 22, tzinfo=SHANGHAI))


def test_by_night_only_the_statutory_message_goes_at_once(world: World, at_night):
    assert queue("T05|a").due_at == at()
    assert queue("T01|a", template="T01").due_at == datetime(2026, 11, 24, 8, tzinfo=SHANGHAI)


@pytest.mark.fault("B58")
def test_the_sixth_message_of_a_day_waits_if_it_reminds_and_goes_if_the_law_asks_for_it(world: World, monkeypatch):
    monkeypatch.setattr(sms, "database_now", lambda: at())
    for n in range(5):
        queue(f"T05|{n}")
    assert queue("T05|sixth").due_at == at()
    assert queue("T01|seventh", template="T01").due_at.astimezone(SHANGHAI) == datetime(
        2026, 11, 24, 8, tzinfo=SHANGHAI
    )
    assert queue("T01|other", template="T01", phone="13800000009").due_at == at()


@pytest.mark.fault("B58")
def test_a_thousand_reminders_for_one_number_are_spread_five_a_day(world: World, monkeypatch):
    monkeypatch.setattr(sms, "database_now", lambda: at())
    for n in range(25):
        queue(f"T01|{n}", template="T01")
    with region_context(YONGCHANG):
        days = sms.messages_by_day(YONGCHANG, sms.phone_hash("13800000000"))
    assert days == {TODAY + timedelta(days=n): 5 for n in range(5)}


def test_one_message_per_event_whoever_asks_again(world: World):
    assert queue("T05|same") is not None
    assert queue("T05|same") is None
    assert len(messages_of(key="T05|same")) == 1


def test_the_number_is_counted_by_a_keyed_hash_and_signed_for_its_region(world: World, settings):
    row = queue("T05|a")
    assert len(row.phone_hash) == 64 and "13800000000" not in row.phone_hash
    settings.SECRET_KEY = "another"
    assert sms.phone_hash("13800000000") != row.phone_hash


@pytest.mark.fault("B16")
@pytest.mark.parametrize(("phone", "why"), [("0935-7521234", "没有可以接收短信的手机号码"), ("", "没有登记手机号码")])
def test_a_landline_or_no_number_makes_a_task_for_the_window_and_disturbs_nothing(world: World, phone, why):
    case = world.a_case("submitted")
    with region_context(YONGCHANG):
        type(case.application).objects.filter(pk=case.application_id).update(agent_phone=phone)
    accepted = world._to_in_review(case, at())
    assert accepted.state == "in_review"
    assert messages_of(key=f"T03|{case.ref}") == []
    (found,) = tasks(kind="unreachable")
    assert (found.thing, found.department_id) == (f"T03|{case.ref}", case.department_id)
    assert why in found.detail
    assert "申请已受理和办结日期" in found.title


@pytest.mark.fault("F50")
def test_a_message_that_cannot_be_written_never_stops_the_act(world: World):
    Region.objects.filter(pk=YONGCHANG).update(identity={"phone": "见大厅公告"})
    case = world.a_case("submitted")
    with region_context(YONGCHANG):
        messages.tell_filed_by_clerk(Application.objects.get(pk=case.application_id), now=at())
    assert messages_of(key__startswith="T07") == []
    assert [t.thing for t in tasks(kind="unreachable")] == [f"T07|{case.application.ref}"]


# ── reminders ──────────────────────────────────────────────────────────────────────────────────────────────────────
def reminded(world: World, record, now=None) -> Fate:
    return remind.remind(YONGCHANG, record_ref=record.ref, now=now or at()).fate


def test_a_record_is_reminded_of_once_and_only_if_somebody_may_apply(world: World):
    world.a_case("submitted", who="wu")  # so that firm B has a number here
    record = world.a_record(FIRM_B, "scjgj")
    assert [reminded(world, record) for _ in range(2)] == [Fate.QUEUED, Fate.TOLD_BEFORE]
    (message,) = messages_of(key__startswith="T01")
    with region_context(YONGCHANG):
        assert [line.record_id for line in ReminderLine.objects.filter(reminder__ref=message.thing)] == [record.pk]
    late = world.a_record(FIRM_B, "scjgj", decided_on=date(2026, 11, 20), published_on=date(2026, 11, 20))
    assert reminded(world, late) == Fate.NOT_DUE


def test_the_province_reminds_and_we_keep_silent(world: World, sign_in):
    world.a_case("submitted", who="wu")
    record = world.a_record(FIRM_B, "scjgj")
    Region.objects.filter(pk=YONGCHANG).update(settings={remind.PROVINCE: True})
    assert reminded(world, record) == Fate.PROVINCE
    assert messages_of(key__startswith="T01") == []
    assert "由省级平台统一发送，本系统不发" in sign_in("wang").get("/desk/watch/").content.decode()


def test_nobody_to_remind_stands_on_the_list_and_makes_no_task(world: World):
    record = world.a_record(FIRM_B, "scjgj")
    assert reminded(world, record) == Fate.NOBODY
    with region_context(YONGCHANG):
        (listed,) = Reminder.objects.filter(settled_at=None)
    assert (listed.subject_id, listed.department_id, listed.why) == (FIRM_B, record.department_id, "no_number")
    assert tasks(kind="unreachable") == []


# ── receipts by callback ───────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def gateway(settings):
    settings.SYNC_TARGETS = {
        **settings.SYNC_TARGETS,
        "sms_gateway": {"base_url": "http://127.0.0.1:1", "keys": KEYS, "client_id": "yongchang", "parallel": 1},
    }


def call(told: object, *, keys: str = KEYS, when: float | None = None, nonce: str = "", body: bytes | None = None):
    body = json.dumps(told).encode() if body is None else body
    headers = signing.sign_request(
        signing.KeyRing.parse(keys), client_id="sms_gateway", method="POST", path=URL, query="", body=body,
        now=time.time() if when is None else when, nonce=nonce or signing.new_nonce(),
    )  # fmt: skip
    client = Client(SERVER_NAME="127.0.0.1", headers=headers, enforce_csrf_checks=True)
    return client.post(URL, data=body, content_type="application/json")


def told(row: Delivery, status: str, reason: str = "", **more):
    return call({"message_no": row.message_no, "status": status, "reason": reason}, **more)


def now_of(row: Delivery) -> tuple[str, str]:
    (found,) = messages_of(message_no=row.message_no)
    return found.state, found.receipt


@pytest.fixture
def row(world: World, gateway) -> Delivery:
    found = queue("T05|a")
    with region_context(YONGCHANG):
        Delivery.objects.filter(key="T05|a").update(state="sent", receipt="accepted", tries=1)
    return found


def test_delivered_is_said_only_when_the_gateway_says_it(row: Delivery):
    assert sms.RECEIPTS[now_of(row)[1]] == "已交网关，尚无送达回执"
    assert told(row, "delivered").status_code == 200
    assert now_of(row) == ("verified", "delivered")
    assert told(row, "delivered").status_code == 200
    assert told(row, "failed_temporary", "迟到的回执").status_code == 200
    assert now_of(row) == ("verified", "delivered")
    with region_context(YONGCHANG):
        assert Attempt.objects.filter(delivery__key=row.key, what="told").count() == 1


def test_a_dead_number_is_parked_gets_a_task_and_is_settled_by_whoever_calls(row: Delivery, world: World):
    assert told(row, "failed_permanent", "空号").status_code == 200
    assert now_of(row) == ("parked", "failed_permanent")
    watch.watch_region(YONGCHANG, now=sms.database_now(), whole=True)
    (found,) = tasks(kind="unreachable")
    assert (found.thing, found.detail) == (row.message_no, "空号")
    task.close_task(world.enter(world.actors["zhou"]), ref=found.ref, answer="已电话告知负责人", now=at())
    (settled,) = messages_of(message_no=row.message_no)
    assert (settled.officer_id, settled.officer_note) == (world.people["zhou"].pk, "已电话告知负责人")
    assert settled.done_at is not None
    watch.watch_region(YONGCHANG, now=sms.database_now(), whole=True)
    assert tasks(kind="unreachable", closed_at=None) == []


def test_temporarily_not_delivered_is_asked_about_at_once(row: Delivery):
    assert told(row, "failed_temporary", "关机").status_code == 200
    (found,) = messages_of(message_no=row.message_no)
    assert (found.state, found.receipt, found.last_error) == ("sent", "failed_temporary", "关机")


@pytest.mark.fault("F30")
@pytest.mark.parametrize(
    "forged",
    [{"keys": "k1:" + "cd" * 32}, {"keys": "k2:" + "ab" * 32}, {"when": time.time() - 900}, {"nonce": "short"}],
)
def test_a_callback_of_somebody_else_is_refused_and_changes_nothing(row: Delivery, forged):
    before = now_of(row)
    assert told(row, "delivered", **forged).status_code == 401
    assert now_of(row) == before
    assert told(row, "delivered").status_code == 200


@pytest.mark.fault("F30")
def test_a_callback_played_again_is_refused(row: Delivery):
    nonce = signing.new_nonce()
    assert told(row, "failed_temporary", nonce=nonce).status_code == 200
    assert told(row, "delivered", nonce=nonce).status_code == 401
    assert now_of(row)[1] == "failed_temporary"


def test_a_number_we_never_gave_is_not_found(row: Delivery):
    for number in ("SM-620321-20261123-999999", "SM-999999-20261123-000001", "RP-620321-20261123-000001", "x"):
        assert call({"message_no": number, "status": "delivered"}).status_code == 404
    other = row.message_no.replace(YONGCHANG, JINCHUAN)
    assert call({"message_no": other, "status": "delivered"}).status_code == 404
    assert now_of(row) == ("sent", "accepted")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"message_no": 1, "status": "delivered"}', b'{"message_no": "a", "status": []}',
             b'{"message_no": "a", "status": "read"}', b'{"message_no": "a\\u0000", "status": "delivered"}', b"\xff"],
)  # fmt: skip
def test_a_callback_that_is_not_understood_is_refused(row: Delivery, body):
    assert call(None, body=body).status_code == 400
    assert now_of(row) == ("sent", "accepted")


# ── through the gateway ────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    running = mock.start_all(tmp_path_factory.mktemp("gateway"))
    yield running
    mock.stop_all(running)


@pytest.fixture
def linked(programs, settings, monkeypatch, transactional_db):
    settings.SYNC_TARGETS = mock.settings_for(programs)
    settings.SYNC_LOOPBACK_ALLOWED = True
    settings.SYNC_UNCLEAR_WAIT_SECONDS = 0.2
    monkeypatch.setattr(claims, "BACKOFF_FIRST", 0.1)
    monkeypatch.setattr(sms, "pause", lambda tries: 0.1)
    programs["sms_gateway"].fault("ok")
    return programs["sms_gateway"]


def drained(rounds: int = 12) -> None:
    for _ in range(rounds):
        lanes.drain(0.6, ["sms_gateway"])
        with region_context(YONGCHANG):
            left = Delivery.objects.filter(kind="sms", done_at=None).exclude(state="parked")
            if not left.update(due_at=at(date(2020, 1, 1))):
                return
        Lane.objects.update(rest_until=None)
        time.sleep(0.3)


@pytest.fixture
def house(linked) -> World:
    with transaction.atomic():
        return the_world.build()


@pytest.mark.django_db(transaction=True, databases=["default", "sender"])
@pytest.mark.fault("F50")
@pytest.mark.parametrize("fault", ["500", "slow", "lost_reply", "dup"])
def test_a_gateway_that_fails_leaves_the_case_alone_and_tells_once(house: World, linked, fault):
    """A gateway that doubles by itself (dup) sends two; we have handed over once all the same."""
    linked.fault("ok", plan=[fault, fault], methods=["POST"], slow_seconds=0.3)
    with transaction.atomic():
        receipt = house.files("zhao", house.a_record(unit="scjgj"), agent_phone="13800000008")
        case = house._to_in_review(house._case_of(receipt), at())
    assert house.fresh(case).state == "in_review"
    before = history(case)
    drained()
    sent = messages_of()
    assert {(m.state, m.receipt) for m in sent} == {("verified", "delivered")}
    effects = linked.state()["effects"]
    assert {effects[m.message_no] for m in sent} == {2 if fault == "dup" else 1}
    assert history(case) == before


@pytest.mark.django_db(transaction=True, databases=["default", "sender"])
@pytest.mark.fault("F50")
def test_the_phone_that_is_off_is_tried_again_and_the_dead_number_is_a_persons(house: World, linked):
    with transaction.atomic():
        off, dead = queue("T05|off", phone="13800000003"), queue("T05|dead", phone="13800000000")
    drained()
    assert [now_of(one) for one in (off, dead)] == [("verified", "delivered"), ("parked", "failed_permanent")]
    watch.watch_region(YONGCHANG, now=sms.database_now(), whole=True)
    assert [t.thing for t in tasks(kind="unreachable")] == [dead.message_no]


@pytest.mark.django_db(transaction=True, databases=["default", "sender"])
def test_the_lane_holds_a_reminder_by_night_by_the_databases_clock(house: World, linked):
    with transaction.atomic():
        queue("T01|night", template="T01", phone="13800000007")
        hour = sms.database_now().astimezone(SHANGHAI).hour
    with region_context(YONGCHANG):
        Delivery.objects.update(due_at=at(date(2020, 1, 1)))
    claimed = claims.claim("sms_gateway", 30)
    assert len(claimed) == int(8 <= hour < 21)


def test_every_message_has_words_for_the_window():
    assert set(messages.TELLS) == set(SMS_TEMPLATES) - {"T08"}
