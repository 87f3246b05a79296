"""The stuck page: what waits and why, one verb that doubles nothing, lanes by hand, and messages carried over by file."""

import csv
import hashlib
import io
import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from cases.services import repair, retry
from creditrepair.audit.models import Event
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import NotAllowed, NotFound, WrongMoment
from sync import groups
from sync.models import Attempt, Delivery, DeliveryExport, Lane, RegionLane
from sync.signing import SealKey
from tests.uploads.samples import a_pdf
from tests.world import YONGCHANG

A, B = "creditchina_jinchang", "gsxt_gansu"
S = Delivery.State


@pytest.fixture
def legs(world):
    """The two messages of an approved case, still queued."""
    case = world.a_case("approved", now=timezone.now())
    world.enter(world.actors["wang"])
    return {d.target: d for d in Delivery.objects.filter(thing=case.ref, kind="repair")}


def put(row: Delivery, **values) -> Delivery:
    Delivery.objects.filter(pk=row.pk).update(**values)
    return fresh(row)


def fresh(row: Delivery) -> Delivery:
    with region_context(YONGCHANG):
        return Delivery.objects.get(pk=row.pk)


def tried(row: Delivery, outcome: str, seconds_ago: float = 0.0) -> None:
    at = timezone.now() - timedelta(seconds=seconds_ago)
    Attempt.objects.create(
        region_id=YONGCHANG, delivery=row, what="send", at=at, milliseconds=5, outcome=outcome, detail=outcome
    )


def page(client, name, *args, **query):
    return client.get(reverse(f"desk:{name}", args=args), query)


def verbs(thing: str) -> list[str]:
    with region_context(YONGCHANG):
        return list(Event.objects.filter(thing=thing).order_by("seq").values_list("verb", flat=True))


GROUPED = [  # what a row is like → its group
    ({"state": S.PARKED}, "parked"),
    ({"state": S.DISAGREED}, "disagreed"),
    ({"state": S.UNKNOWN}, "unknown"),
    ({"state": S.SENT}, "unknown"),
    ({"state": S.QUEUED, "tries": 2}, "retry"),
    ({"state": S.QUEUED}, "fresh"),
    ({"state": S.ACKED}, "fresh"),
    ({"state": S.ACKED, "last_error": "公示页面显示：仍在公示"}, "retry"),
]


@pytest.mark.parametrize(("values", "group"), GROUPED)
def test_an_open_message_is_in_exactly_one_group(legs, values, group):
    put(legs[A], **values)
    assert [g for g in groups.GROUPS if groups.open_rows(YONGCHANG, g).filter(pk=legs[A].pk)] == [group]


@pytest.mark.parametrize(("mode", "group"), [({"stopped_at": timezone.now()}, "stopped"), ({"mode": "file"}, "file")])
def test_a_lane_that_is_stopped_or_goes_by_file_explains_its_messages(legs, mode, group):
    RegionLane.objects.create(region_id=YONGCHANG, target=A, **mode)
    assert [g for g in groups.GROUPS if groups.open_rows(YONGCHANG, g).filter(pk=legs[A].pk)] == [group]
    assert not groups.open_rows(YONGCHANG, group).filter(pk=legs[B].pk)


def test_the_page_says_the_platforms_words_and_what_comes_next(legs, sign_in):
    put(legs[A], state=S.PARKED, tries=3, last_error="主体名称与登记不符")
    text = page(sign_in("wang"), "deliveries", group="parked").content.decode()
    assert "主体名称与登记不符" in text
    assert legs[A].message_no in text
    assert legs[B].message_no not in text
    assert "处理退回原因后点“再试一次”" in text


def test_the_list_goes_on_by_keyset(legs, sign_in, monkeypatch):
    monkeypatch.setattr("cases.desk.delivery_views.PAGE_SIZE", 1)
    first = page(sign_in("wang"), "deliveries", group="fresh")
    second = page(sign_in("wang"), "deliveries", group="fresh", after=first.context["rows"][0][0].message_no)
    shown = [first.context["rows"][0][0].message_no, second.context["rows"][0][0].message_no]
    assert shown == sorted(shown)
    assert page(sign_in("wang"), "deliveries", after="RP-0").status_code == 400


# ── 再试一次 ────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.fault("F33")
def test_a_refused_message_is_unparked_where_the_platform_knows_our_key(legs, world, sign_in):
    put(legs[A], state=S.PARKED, due_at=timezone.now() + timedelta(days=9))
    tried(legs[A], "refused")
    answer = sign_in("wang").post(reverse("desk:delivery_retry", args=[legs[A].message_no]))
    assert answer.status_code == 302
    row = fresh(legs[A])
    assert (row.state, row.due_at <= timezone.now()) == (S.QUEUED, True)
    assert verbs(legs[A].message_no) == ["delivery_retried"]


@pytest.mark.parametrize("state", [S.UNKNOWN, S.SENT, S.PARKED])
def test_pressing_leaves_a_platform_without_keys_its_time_and_its_history(legs, world, settings, state):
    """The lane asks by number first; two quick presses must not make two quick "absent" that look like proof."""
    settings.SYNC_UNCLEAR_WAIT_SECONDS = 15
    put(legs[B], state=state, tries=1)
    tried(legs[B], "unknown", seconds_ago=3)
    row = retry.retry_delivery(world.enter(world.actors["wang"]), number=legs[B].message_no, now=timezone.now())
    row = fresh(row)
    assert row.state == (S.SENT if state == S.SENT else S.UNKNOWN)
    assert timedelta(seconds=9) < row.due_at - timezone.now() <= timedelta(seconds=12)
    assert Attempt.objects.filter(delivery=row).count() == 1


def test_a_platform_that_shows_otherwise_is_looked_at_again_not_sent_to(legs, world):
    put(legs[A], state=S.DISAGREED, due_at=timezone.now() + timedelta(hours=1))
    retry.retry_delivery(world.enter(world.actors["wang"]), number=legs[A].message_no, now=timezone.now())
    row = fresh(legs[A])
    assert (row.state, row.due_at <= timezone.now()) == (S.DISAGREED, True)


NOT_NOW = [
    ({"done_at": timezone.now(), "state": S.VERIFIED}, "done"),
    ({"lease_until": timezone.now() + timedelta(hours=1)}, "busy"),
]


@pytest.mark.parametrize(("values", "code"), NOT_NOW)
def test_what_is_done_or_in_hand_stays_as_it_is(legs, world, values, code):
    before = put(legs[A], **values)
    with pytest.raises(WrongMoment) as found:
        retry.retry_delivery(world.enter(world.actors["wang"]), number=before.message_no, now=timezone.now())
    assert found.value.code == code
    assert fresh(before).due_at == before.due_at
    assert verbs(before.message_no) == []


def test_a_message_overtaken_by_a_newer_version_is_not_revived(legs, world):
    put(legs[A], state=S.PARKED)
    newer = fresh(legs[A])
    newer.pk, newer.key, newer.message_no, newer.version, newer.state = (
        None,
        "k2",
        "RP-2",
        legs[A].version + 1,
        S.QUEUED,
    )
    newer.save(force_insert=True)
    with pytest.raises(WrongMoment) as found:
        retry.retry_delivery(world.enter(world.actors["wang"]), number=legs[A].message_no, now=timezone.now())
    assert (found.value.code, fresh(legs[A]).state) == ("newer", S.PARKED)


def test_all_of_a_filter_after_the_count_was_shown_and_only_then(legs, sign_in):
    Delivery.objects.filter(pk__in=[d.pk for d in legs.values()]).update(state=S.PARKED)
    shown = page(sign_in("wang"), "deliveries_retry", group="parked")
    assert shown.context["plan"].count == 2
    form = {"group": "parked", "target": "", "count": "3"}
    assert sign_in("wang").post(reverse("desk:deliveries_retry"), form).status_code == 409
    assert {fresh(d).state for d in legs.values()} == {S.PARKED}
    assert sign_in("wang").post(reverse("desk:deliveries_retry"), form | {"count": "2"}).status_code == 302
    assert {t: fresh(d).state for t, d in legs.items()} == {A: S.QUEUED, B: S.UNKNOWN}
    assert [verbs(d.message_no) for d in legs.values()] == [["delivery_retried"]] * 2


def test_a_message_of_another_region_is_not_found(legs, world):
    zheng = world.enter(world.actors["zheng"])
    with pytest.raises(NotAllowed):
        retry.retry_delivery(zheng, number=legs[A].message_no, now=timezone.now())
    with pytest.raises(NotFound):
        retry.retry_delivery(world.enter(world.actors["wang"]), number="RP-0", now=timezone.now())


# ── lanes ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def lane_act(client, target, act, **given):
    fields = {f"{act}-{name}": value for name, value in given.items()}
    return client.post(reverse("desk:lane", args=[target]), {"act": act, **fields})


@pytest.mark.fault("F32")
def test_a_lane_stopped_by_a_refused_credential_is_shown_and_let_go_with_a_reason(legs, sign_in):
    Lane.objects.create(target=A, stopped_at=timezone.now(), reason="对方不接受我方凭证，通道已停")
    wang = sign_in("wang")
    text = page(wang, "deliveries").content.decode()
    assert "已停止，需人工处理" in text
    assert "对方不接受我方凭证" in text
    assert lane_act(wang, A, "resume", reason=" ").status_code == 422
    assert lane_act(wang, A, "resume", reason="已换发密钥").status_code == 302
    assert Lane.objects.get(pk=A).stopped_at is None
    assert verbs(A) == ["lane_resumed"]
    assert lane_act(wang, A, "resume", reason="再来").status_code == 409


def test_the_kill_switch_is_the_regions_own(legs, sign_in):
    assert lane_act(sign_in("wang"), A, "stop", reason="平台升级").status_code == 302
    own = RegionLane.objects.get(target=A)
    assert (own.region_id, own.stopped_by.username, own.reason) == (YONGCHANG, "wang", "平台升级")
    assert not Lane.objects.filter(pk=A, stopped_at__isnull=False).exists()
    assert verbs(A) == ["lane_stopped"]
    assert lane_act(sign_in("qian"), A, "stop", reason="平台升级").status_code == 403


# ── by file ────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def by_file(legs, sign_in):
    wang = sign_in("wang")
    assert lane_act(wang, A, "file", reason="该平台没有接口").status_code == 302
    return legs[A]


def exported(client, file_format="xlsx"):
    assert lane_act(client, A, "export", file_format=file_format).status_code == 302
    export = DeliveryExport.objects.latest("made_at")
    return export, page(client, "delivery_export", export.ref).content


@pytest.mark.parametrize("file_format", ["xlsx", "csv", "json"])
def test_an_export_holds_the_signed_message_word_for_word_in_cells_that_calculate_nothing(
    by_file, sign_in, file_format
):
    export, content = exported(sign_in("wang"), file_format)
    assert hashlib.sha256(content).hexdigest() == export.file_sha256
    body = bytes(by_file.body).decode()
    if file_format == "json":
        assert body in content.decode()
        assert by_file.key in {one["message"]["key"] for one in json.loads(content)["messages"]}
        return
    if file_format == "csv":
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    else:
        assert b"<f>" not in content
        rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    ours = next(row for row in rows if row[0] == by_file.message_no)
    assert (ours[-2], ours[-1]) == (by_file.key, body)


def test_a_message_is_exported_once_and_its_file_is_the_same_again(by_file, sign_in):
    wang = sign_in("wang")
    export, content = exported(wang)
    row = fresh(by_file)
    assert (row.state, row.export_id, row.tries) == (S.SENT, export.pk, 0)
    assert lane_act(wang, A, "export", file_format="xlsx").status_code == 409
    assert page(wang, "delivery_export", export.ref).content == content
    assert verbs(export.ref) == ["messages_exported", "export_handed_out", "export_handed_out"]


def test_what_went_out_by_interface_before_says_so_in_the_file(by_file, sign_in):
    put(by_file, state=S.UNKNOWN, tries=1)
    tried(by_file, "unknown", seconds_ago=60)
    _, content = exported(sign_in("wang"), "csv")
    rows = {row[0]: row for row in csv.reader(io.StringIO(content.decode("utf-8-sig")))}
    assert [no for no, row in rows.items() if "先在平台查询" in row[-3]] == [by_file.message_no]


def test_receipt_and_screenshot_of_an_officer_prove_the_repair(by_file, world, sign_in, monkeypatch):
    monkeypatch.setattr("cases.services.handover.tell_verified", lambda verified: None)  # no broker in this test
    wang, number = sign_in("wang"), by_file.message_no
    exported(wang)
    receipt = {"receipt-receipt": "JC-2026-0007", "receipt-received_on": timezone.localdate().isoformat()}
    assert wang.post(reverse("desk:delivery_receipt", args=[number]), receipt).status_code == 302
    assert fresh(by_file).state == S.ACKED
    proof = {"proof-agrees": "yes", "proof-note": ""}
    where = reverse("desk:delivery_proof", args=[number])
    assert wang.post(where, proof).status_code == 422  # no screenshot, no proof
    scan = SimpleUploadedFile("平台截图.pdf", a_pdf(), content_type="application/pdf")
    assert wang.post(where, proof | {"proof-proof": scan}).status_code == 302
    row = fresh(by_file)
    assert (row.state, row.verified_how, row.officer.username, len(row.proof_sha256)) == (
        S.VERIFIED, "officer", "wang", 64,
    )  # fmt: skip
    assert wang.get(where).status_code == 200
    assert verbs(number) == ["receipt_recorded", "delivery_verified"]
    with region_context(YONGCHANG):  # the other platform was read back: now the case is repaired
        Delivery.objects.filter(thing=row.thing).exclude(pk=row.pk).update(
            state=S.VERIFIED, verified_at=F("queued_at"), verified_how="api", done_at=F("queued_at")
        )
    assert repair.settle_verified(timezone.now()) == 1


def test_what_an_officer_saw_otherwise_is_a_disagreement_with_their_words(by_file, sign_in):
    wang, number = sign_in("wang"), by_file.message_no
    put(by_file, state=S.ACKED, acked_at=timezone.now())
    scan = SimpleUploadedFile("平台截图.pdf", a_pdf(), content_type="application/pdf")
    form = {"proof-agrees": "no", "proof-note": "网页仍显示该处罚", "proof-proof": scan}
    assert wang.post(reverse("desk:delivery_proof", args=[number]), form).status_code == 302
    row = fresh(by_file)
    assert (row.state, row.last_error, row.done_at) == (S.DISAGREED, "网页仍显示该处罚", None)


def test_a_receipt_needs_an_export_and_a_day_that_can_be(by_file, sign_in):
    wang, where = sign_in("wang"), reverse("desk:delivery_receipt", args=[by_file.message_no])
    today = timezone.localdate()
    form = {"receipt-receipt": "JC-1", "receipt-received_on": today.isoformat()}
    assert wang.post(where, form).status_code == 409
    exported(wang)
    late = form | {"receipt-received_on": (today + timedelta(days=1)).isoformat()}
    assert wang.post(where, late).status_code == 422
    assert fresh(by_file).state == S.SENT


# ── content and seal ───────────────────────────────────────────────────────────────────────────────────────────────
def test_the_page_shows_the_message_and_whether_its_seal_holds(legs, sign_in):
    text = page(sign_in("wang"), "delivery", legs[A].message_no).content.decode()
    assert "签名有效" in text
    assert json.loads(bytes(legs[A].body))["message"]["doc_no"] in text
    put(legs[A], body=bytes(legs[A].body).replace(b"granted", b"refused"))
    assert "签名无法确认" in page(sign_in("wang"), "delivery", legs[A].message_no).content.decode()


def test_a_message_sealed_before_the_key_was_changed_stays_provable(legs, sign_in, settings):
    old = SealKey.from_seed(settings.SYNC_SIGNING_SEED)
    settings.SYNC_SIGNING_SEED = "5a" * 32
    wang = sign_in("wang")
    assert "签名无法确认" in page(wang, "delivery", legs[A].message_no).content.decode()
    settings.SYNC_SIGNING_RETIRED = [old.public_hex]
    text = page(wang, "delivery", legs[A].message_no).content.decode()
    assert "签名有效" in text
    assert old.kid in text
