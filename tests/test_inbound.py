"""What platforms tell: echoes, decisions of other organs mirrored without a second application, and what needs a person."""

import json
import os
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import F
from django.test import Client

from cases.models import Application, Task
from cases.services import mirror, proof, reconcile, review
from cases.services.repair import settle_verified
from cases.timeline import timeline_of
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import User
from sync import claims, inbound
from sync.models import Delivery, FeedCursor, InboundChange, ReconcileRun, RegionLane
from tests import inbound_scene as scene
from tests import platforms as mock
from tests import world as the_world
from tests.inbound_scene import A, B, changes_of, decides, differences_of, drained, fresh, listens, repairs_of
from tests.world import TODAY, YONGCHANG, at, history

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "sender"])


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    os.environ["PLATFORM_B_APPLY_SECONDS"] = "0.05"
    running = mock.start_all(tmp_path_factory.mktemp("platforms"))
    yield running
    mock.stop_all(running)


@pytest.fixture
def linked(programs, settings, monkeypatch, transactional_db):
    settings.SYNC_TARGETS = mock.settings_for(programs) | {"creditchina_gansu": {"base_url": ""}, "superior_organ": {}}
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


def test_what_a_platform_tells_of_our_own_messages_is_known_as_ours(house, linked):
    record = scene.told_record(house)
    listens()
    assert (changes_of(record, A), changes_of(record, B)) == ([("published", "ours")], [("published", "ours")])
    assert listens().items == 0
    assert differences_of(record) == []


@pytest.mark.parametrize(("there", "other"), [(A, B), (B, A)])
def test_a_repair_decided_on_one_platform_is_mirrored_to_the_other_without_an_application(house, linked, there, other):
    record = scene.told_record(house)
    decides(linked[there], record)
    listens()
    case, record = scene.case_of(record), fresh(record)
    assert (record.status, record.version, case.state) == ("ended", 2, "approved")
    assert [(d.target, d.version) for d in repairs_of(record)] == [(other, 2)]  # I5: one, not two
    assert fates_of_cases() == {"waiting": 1}  # nobody is called for what is on its way
    drained()
    assert {linked[t].state()["records"][record.record_key]["version"] for t in (A, B)} == {2}  # I6
    assert linked[other].page(f"/p/{record.record_key}")[0] == 404
    assert settle_verified(at()) == 1
    assert fates_of_cases() == {"ended": 1}
    assert history(case) == ["recognised", "approved", "repaired"]
    with region_context(YONGCHANG):
        assert not Task.objects.exists()  # nobody has filed: nobody is to be telephoned
    assert (case.application.channel, case.application.filed_by, case.application.came_from) == (
        "platform",
        None,
        there,
    )
    line = next(e for e in timeline_of(YONGCHANG, case_ref=case.ref) if e.verb == "recognised")
    assert scene.PAPER["organ"] in line.detail
    listens()
    assert changes_of(record, other)[-1] == ("ended", "ours")
    assert changes_of(record, there)[-1] == ("ended", "mirrored")
    assert differences_of(record) == []


@pytest.mark.parametrize("state", ["submitted", "in_review", "correction"])
def test_a_case_under_way_is_settled_as_decided_elsewhere_and_its_applicant_told(
    house, linked, sign_in_committed, state
):
    record = scene.told_record(house)
    with transaction.atomic():
        case = getattr(house, f"_to_{state}")(house._case_of(house.files("zhao", record)), at())
    decides(linked[A], record)
    listens()
    case = house.fresh(case)
    assert (case.state, case.holder, case.decision["mirrored_from"]) == ("approved", None, A)
    for who, path in (("qian", f"/desk/case/{case.ref}/"), ("zhao", f"/my/{case.application.ref}")):
        page = sign_in_committed(who).get(path)
        assert (page.status_code, "结果互认" in page.content.decode()) == (200, True)
    with region_context(YONGCHANG):
        steps = list(case.steps.order_by("id").values_list("tier", "status"))
        assert not case.corrections.filter(answered_at=None).exists()
        told = [json.loads(bytes(d.body))["template"] for d in Delivery.objects.filter(kind="sms").order_by("id")]
    assert steps[-1] == ("platform", "agreed")
    assert "open" not in [status for _, status in steps]
    assert told[-1] == "T05"
    assert [d.target for d in repairs_of(record)] == [B]
    assert history(case)[-2:] == ["recognised", "approved"]


def test_an_ending_without_a_paper_is_for_a_person_and_changes_nothing(house, linked):
    record = scene.told_record(house)
    decides(linked[A], record, paper="")
    listens()
    (found,) = differences_of(record)
    assert (found.kind, found.ours["status"], found.theirs["status"]) == ("wrong", "published", "absent")
    assert fresh(record).status == "published"
    with region_context(YONGCHANG):
        task = Task.objects.get(kind="difference", thing=found.ref)
    assert (task.department.code, task.closed_at, repairs_of(record)) == ("scjgj", None, [])


def test_a_withdrawal_is_the_deciding_organs_act_and_for_a_person_if_another_is_named(house, linked):
    ours, others = scene.told_record(house), scene.told_record(house)
    decides(linked[A], ours, act="withdrawn", organ=ours.department.name)
    decides(linked[A], others, act="withdrawn")
    listens()
    assert (fresh(ours).status, fresh(others).status) == ("withdrawn", "published")
    assert [(d.target, json.loads(bytes(d.body))["message"]["outcome"]) for d in repairs_of(ours)] == [
        (B, "withdrawn_by_authority")
    ]
    assert (differences_of(ours), repairs_of(others)) == ([], [])
    (found,) = differences_of(others)
    with region_context(YONGCHANG):
        task = Task.objects.get(kind="difference", thing=found.ref)
    assert (found.kind, scene.PAPER["organ"] in task.detail) == ("wrong", True)


def test_a_change_that_always_raises_holds_up_no_other(house, linked, monkeypatch):
    poison, other = scene.told_record(house), scene.told_record(house)
    for record in (poison, other):
        decides(linked[A], record)
    true = mirror.end_there

    def out_of_memory(change, record, *, now):
        if record.pk == poison.pk:
            raise MemoryError
        return true(change, record, now=now)

    monkeypatch.setattr(mirror, "end_there", out_of_memory)
    listens()
    assert (fresh(poison).status, fresh(other).status) == ("published", "ended")
    assert changes_of(poison, A)[-1] == ("ended", "new")


def test_a_platform_that_does_not_answer_leaves_the_changes_of_the_others_seen(house, linked, monkeypatch):
    monkeypatch.setattr(inbound, "LOOKS_A_RUN", 1)
    first, second = scene.told_record(house), scene.told_record(house)
    decides(linked[A], first)
    decides(linked[B], second)
    true = inbound.look
    monkeypatch.setattr(inbound, "look", lambda target, keys: {} if target == A else true(target, keys))
    listens()
    assert (fresh(first).status, fresh(second).status) == ("published", "ended")


@pytest.mark.fault("F37")
def test_an_edit_by_somebody_at_the_platform_is_found_and_left_to_a_person(house, linked):
    record = scene.told_record(house)
    scene.post(linked[B], "/_edit", record_key=record.record_key, status="ended", by="somebody")
    listens()
    (found,) = differences_of(record)
    assert (found.target, found.kind, found.settled_at) == (B, "wrong", None)
    assert (fresh(record).status, repairs_of(record)) == ("published", [])


def test_what_was_decided_here_is_not_restored_by_a_platform(house, linked):
    record = scene.told_record(house)
    with transaction.atomic():
        case = house._to_approved(house._case_of(house.files("zhao", record)), at())
    drained()
    settle_verified(at())
    decides(linked[A], record, "restored")
    listens()
    assert (house.fresh(case).state, fresh(record).status) == ("repaired", "ended")
    assert [d.target for d in differences_of(record)] == [A]


def test_what_came_from_a_platform_is_restored_with_it_and_told_to_the_other(house, linked):
    record = scene.told_record(house)
    decides(linked[A], record)
    listens()
    drained()
    settle_verified(at())
    decides(linked[A], record, "restored", paper="甘市监信撤〔2026〕1号")
    listens()
    drained()
    record, case = fresh(record), scene.case_of(record)
    assert (record.status, record.version, case.state) == ("published", 3, "revoked")
    assert [(d.target, d.version, d.state) for d in repairs_of(record)] == [(B, 2, "verified"), (B, 3, "verified")]
    assert linked[B].page(f"/p/{record.record_key}")[0] == 200


def test_a_restoration_seen_late_does_not_revive_an_older_state(house, linked):
    record = scene.told_record(house)
    decides(linked[A], record)
    decides(linked[A], record, "restored")
    decides(linked[A], record, paper="甘市监信准〔2026〕9号")
    listens()
    assert changes_of(record, A)[1:] == [("ended", "older"), ("restored", "older"), ("ended", "mirrored")]
    assert (fresh(record).status, fresh(record).version) == ("ended", 4)


def test_a_change_that_cannot_be_looked_at_waits(house, linked):
    record = scene.told_record(house)
    decides(linked[A], record)
    linked[A].fault("ok", plan=["ok", "ok", "500"], methods=["GET"])  # both feeds, then the look
    listens()
    assert changes_of(record, A)[-1] == ("ended", "new")
    linked[A].fault("ok")
    listens()
    assert changes_of(record, A)[-1] == ("ended", "mirrored")


@pytest.mark.fault("F28")
def test_a_platform_that_applies_one_message_twice_shows_one_state_and_is_named(house, linked):
    linked[A].fault("ok", plan=["dup"], methods=["PUT"])
    record = scene.told_record(house)
    listens()
    assert changes_of(record, A) == [("published", "ours"), ("amended", "ours")]
    with region_context(YONGCHANG):
        assert "两次" in InboundChange.objects.filter(record_key=record.record_key, target=A).latest("id").detail
        legs = set(Delivery.objects.filter(record_key=record.record_key).values_list("state", flat=True))
    assert legs == {"verified"}
    assert differences_of(record) == []


@pytest.mark.fault("F29", "F30")
@pytest.mark.parametrize("fault", ["html", "badsig", "empty", "stale", "gbk", "302", "500", "bigbody"])
def test_a_hostile_answer_moves_no_cursor(house, linked, fault):
    record = scene.told_record(house)
    linked[A].fault(fault, methods=["GET"])
    linked[B].fault("ok")
    listens()
    cursor = FeedCursor.objects.get(target=A, feed="changes")
    assert (cursor.cursor, cursor.failures, changes_of(record, A)) == ("", 1, [])
    assert cursor.last_error
    assert changes_of(record, B) == [("published", "ours")]
    linked[A].fault("ok")
    listens()
    assert changes_of(record, A) == [("published", "ours")]


def test_what_is_told_of_strangers_is_counted(house, linked):
    scene.told_record(house)
    listens()
    with region_context(YONGCHANG):
        mine = InboundChange.objects.filter(target=A).count()
    cursor = FeedCursor.objects.get(target=A, feed="changes")
    told = len(linked[A].state()["records"])
    assert cursor.unknown >= told - mine
    assert (cursor.last_unknown != "") == (cursor.unknown > 0)


def test_a_cursor_too_old_starts_over_and_asks_for_a_full_reconcile(house, linked):
    first = scene.told_record(house)
    listens()
    second, third = scene.told_record(house), scene.told_record(house)
    scene.post(linked[A], "/_forget", keep=1)
    listens()
    assert FeedCursor.objects.get(target=A, feed="changes").full_needed
    assert [changes_of(record, A) for record in (first, second, third)] == [
        [("published", "ours")], [], [("published", "ours")],
    ]  # fmt: skip
    assert reconcile.start_needed(now=at()) == 2  # both regions
    assert not FeedCursor.objects.get(target=A, feed="changes").full_needed
    with region_context(YONGCHANG):
        assert ReconcileRun.objects.get(target=A).cause == "变更游标过期"


# --- applications -----------------------------------------------------------------------------------------------------


def test_an_application_filed_at_a_platform_enters_our_queue_and_is_acknowledged(house, linked, sign_in_committed):
    record = scene.told_record(house)
    number = scene.filed_at(linked[B], record)
    listens()
    case = scene.case_of(record)
    application = case.application
    assert (application.channel, application.came_from, application.came_no, application.filed_by_id) == (
        "platform", B, number, None,
    )  # fmt: skip
    assert (case.state, case.holder.code, case.holder_tier) == ("submitted", "scjgj", "handler")
    drained()
    shown = linked[B].state()["applications"][number]
    assert (shown["state"], shown["filing_no"], shown["answer"]) == ("acknowledged", application.filing_no, "filed")
    with region_context(YONGCHANG):
        assert Delivery.objects.get(kind="ack", record_key=number).state == "verified"
        assert not Task.objects.filter(kind="platform", thing=application.ref).exists()
    page = sign_in_committed("qian").get(f"/desk/case/{case.ref}/").content.decode()
    assert "平台转来" in page
    assert "平台转来" in sign_in_committed("qian").get("/desk/queue/waiting/").content.decode()
    with transaction.atomic():
        approved = house._to_approved(case, at())  # four eyes and all with nobody who filed
    assert approved.state == "approved"


def test_a_second_application_for_a_record_under_way_gets_the_number_of_the_first(house, linked):
    record = scene.told_record(house)
    with transaction.atomic():
        first = house.files("zhao", record)
    number = scene.filed_at(linked[A], record)
    listens()
    listens()
    drained()
    with region_context(YONGCHANG):
        assert Application.objects.count() == 1
    shown = linked[A].state()["applications"][number]
    assert (shown["answer"], shown["filing_no"]) == ("already_open", first.filing_no)


def test_what_the_law_does_not_allow_yet_is_answered_with_the_reason(house, linked):
    record = scene.told_record(house, decided_on=TODAY, published_on=TODAY)
    number = scene.filed_at(linked[A], record)
    listens()
    drained()
    found = scene.filing_of(number)
    shown = linked[A].state()["applications"][number]
    assert (found.fate, shown["answer"], record.doc_no in shown["reason"]) == ("not_filed", "not_filed", True)
    with region_context(YONGCHANG):
        assert Application.objects.count() == 0


def test_missing_parts_stop_no_filing_but_become_one_task(house, linked):
    record = scene.told_record(house)
    scene.filed_at(linked[A], record, agent_name="", agent_phone="0935-123", committed=False, materials=[])
    listens()
    case = scene.case_of(record)
    with region_context(YONGCHANG):
        task = Task.objects.get(kind="platform", thing=case.application.ref)
        assert not Delivery.objects.filter(kind="sms").exists()
    assert [word in task.detail for word in ("经办人", "手机号码", "信用承诺", "缺少")] == [True] * 4
    assert (case.application.commitment, case.state) == ("", "submitted")


def test_an_application_for_what_nobody_knows_is_a_task_and_no_case(house, linked):
    record = scene.told_record(house)
    number = scene.filed_at(linked[A], record, subject_code=the_world.FIRM_B)
    listens()
    with region_context(YONGCHANG):
        task = Task.objects.get(kind="platform", thing=number)
        assert Application.objects.count() == 0
    assert (task.department.code, scene.filing_of(number).fate) == ("fgj", "person")


# --- two platforms, one decision --------------------------------------------------------------------------------------


@pytest.mark.fault("F35")
def test_one_platform_refusing_leaves_the_other_proven_and_nothing_repaired(house, linked):
    record = scene.told_record(house)
    linked[B].fault("ok", plan=["422"], methods=["POST"])
    with transaction.atomic():
        case = house._to_approved(house._case_of(house.files("zhao", record)), at())
    drained()
    legs = {d.target: d for d in repairs_of(record)}
    assert (legs[A].state, legs[B].state) == ("verified", "parked")
    assert legs[B].last_error
    assert (settle_verified(at()), house.fresh(case).state) == (0, "approved")
    assert [linked[t].page(f"/p/{record.record_key}")[0] for t in (A, B)] == [404, 200]  # A is not rolled back


@pytest.mark.fault("F36")
def test_three_days_of_silence_lose_nothing_and_the_newest_version_ends_true(house, linked):
    record = scene.told_record(house)
    linked[B].fault("down")
    with transaction.atomic():
        house._to_approved(house._case_of(house.files("zhao", record)), at())
    drained(2)
    with region_context(YONGCHANG):  # three days later, by the database's clock
        days = timedelta(days=3)
        Delivery.objects.filter(done_at=None).update(queued_at=F("queued_at") - days, due_at=F("due_at") - days)
        waiting = Delivery.objects.get(record_key=record.record_key, kind="repair", target=B)
        assert waiting.done_at is None
        assert waiting.tries >= 1
    linked[B].fault("ok")
    drained()
    assert {d.state for d in repairs_of(record)} == {"verified"}
    held = {t: linked[t].state()["records"][record.record_key] for t in (A, B)}
    assert {(one["status"], one["version"]) for one in held.values()} == {("ended", 2)}


# --- told upward ------------------------------------------------------------------------------------------------------


def test_a_removal_is_told_upward_and_holds_nobodys_repair_back(house, linked):
    listed = {"category": "market_violation", "decided_on": None, "listed_on": TODAY - timedelta(days=900)}
    record = scene.told_record(house, severity="serious", published_on=TODAY - timedelta(days=899), **listed)
    with transaction.atomic():
        case = house._case_of(house.files("zhao", record))
        case = house._to_in_review(case, at())
        for person in ("qian", "sun", "sun2"):
            tier = house.fresh(case).holder_tier
            actor = replace(house.actors["qian"], user_id=_officer(person), tiers=frozenset({tier}))
            case = review.approve_step(
                house.enter(actor), ref=case.ref, step=house.step(case), comment="同意", now=at()
            )
    assert case.state == "approved"
    drained()
    assert settle_verified(at()) == 1
    assert house.fresh(case).state == "repaired"
    assert fates_of_cases() == {"ended": 1}
    legs = {d.target: (d.state, json.loads(bytes(d.body))["message"]["effect"]) for d in repairs_of(record)}
    assert legs == {
        A: ("verified", "remove_from_list"), B: ("verified", "remove_from_list"),
        "creditchina_gansu": ("queued", "remove_from_list"), "superior_organ": ("queued", "remove_from_list"),
    }  # fmt: skip
    with region_context(YONGCHANG):
        assert set(RegionLane.objects.values_list("target", "mode")) == {
            ("creditchina_gansu", "file"), ("superior_organ", "file"),
        }  # fmt: skip


def test_a_general_penalty_is_not_told_upward(house, linked):
    record = scene.told_record(house)
    with transaction.atomic():
        house._to_approved(house._case_of(house.files("zhao", record)), at())
    assert {d.target for d in repairs_of(record)} == {A, B}


def fates_of_cases() -> dict[str, int]:
    counts = proof.count_fates(YONGCHANG, now=at(), today=TODAY)["case"]
    return {fate: number for fate, number in counts.items() if number}


def _officer(name: str) -> int:
    return User.objects.get_or_create(username=f"officer-{name}", defaults={"full_name": name})[0].pk


@pytest.fixture
def sign_in_committed(house):
    def client_of(name):
        client = Client(SERVER_NAME="127.0.0.1")
        client.force_login(house.people[name], backend="django.contrib.auth.backends.ModelBackend")
        return client

    return client_of
