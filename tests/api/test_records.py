"""报送失信信息 by API: each row has its fate, a retry its first answer, and a key somebody who answers for it."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from cases.models import ClientKey, CollectionBatch, FailureRecord, KeptAnswer, Scope
from creditrepair.audit.models import Event
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid
from creditrepair.tenancy.models import Membership
from sync.models import Delivery
from tests.api.conftest import a_key
from tests.routes_quality import typed_record
from tests.world import JINCHUAN, TODAY, YONGCHANG

URL = "/api/v1/records"
PENALTY = "administrative_penalty"


@pytest.fixture
def token(world):
    return a_key(YONGCHANG, Scope.RECORDS, department="wlj", recorder="he")[1]


@pytest.fixture
def row(world):
    return typed_record(world.department("wlj")) | {"CF_CFLB": "警告；罚款"}


@pytest.fixture
def send(visitor, token):
    """`send(body)` with the key of 文旅局; other headers as given, None leaves one out."""

    def post(body, key="batch-1", token=token, **headers):
        headers |= {"HTTP_AUTHORIZATION": f"Bearer {token}"}
        if key is not None:
            headers["HTTP_IDEMPOTENCY_KEY"] = key
        content = body if isinstance(body, str) else json.dumps(body)
        return visitor.post(URL, content, content_type="application/json", **headers)

    return post


def a_batch(*rows, **more):
    return {"category": PENALTY, "rows": list(rows), **more}


def test_each_row_has_its_fate_and_the_good_ones_are_records(world, send, row):
    answer = send(a_batch(row, row | {"CF_WSH": "永文旅罚〔2026〕89号", "CF_JDRQ": "2026-02-30"}))
    body = answer.json()
    assert answer.status_code == 201
    assert [one["outcome"] for one in body["rows"]] == ["new", "error"]
    fault = body["rows"][1]["problems"][0]
    assert (fault["field"], fault["severity"], body["rows"][1]["record"]) == ("CF_JDRQ", "error", None)
    world.enter(world.actors["he"])
    record = FailureRecord.objects.get()
    assert (record.ref, record.department.code) == (body["rows"][0]["record"], "wlj")
    assert Delivery.objects.filter(kind="report").count() == 2
    collected = Event.objects.get(verb="record_collected")
    assert (collected.user_name, collected.capacity) == ("接口：政务服务平台（何归）", "recorder")


@pytest.mark.fault("B30")
def test_a_retry_is_told_what_the_first_try_was_byte_for_byte(world, send, row):
    first, second = send(a_batch(row)), send(a_batch(row))
    assert (second.status_code, second.content) == (201, first.content)
    assert (first.headers.get("Idempotency-Replayed"), second["Idempotency-Replayed"]) == (None, "true")
    world.enter(world.actors["he"])
    assert (FailureRecord.objects.count(), CollectionBatch.objects.count()) == (1, 1)


@pytest.mark.fault("B30")
@pytest.mark.parametrize("key", [None, "", "x" * 256, "编号", "a b"])
def test_a_key_that_is_missing_or_none_is_400_and_nothing_happens(world, send, row, key):
    answer = send(a_batch(row), key=key)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key")
    world.enter(world.actors["he"])
    assert not CollectionBatch.objects.exists()


@pytest.mark.fault("B30")
def test_the_same_key_with_another_body_is_422(world, send, row):
    send(a_batch(row))
    answer = send(a_batch(row | {"CF_NR": "警告"}))
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


def test_a_refused_try_keeps_no_answer_and_may_be_mended(world, send, row):
    assert send(a_batch()).status_code == 400
    assert send(a_batch(row)).status_code == 201


def test_an_answer_is_kept_for_seven_days(world, send, row):
    send(a_batch(row))
    world.enter(world.actors["he"])
    KeptAnswer.objects.update(at=timezone.now() - timedelta(days=7))
    again = send(a_batch(row))
    assert again.status_code == 201
    assert "Idempotency-Replayed" not in again
    assert again.json()["rows"] == send(a_batch(row)).json()["rows"]
    world.enter(world.actors["he"])
    assert FailureRecord.objects.count() == 1


@pytest.mark.fault("B22", "B23", "B24")
@pytest.mark.parametrize(
    "change",
    [
        {"region_id": "620302"},
        {"department": "scjgj"},
        {"rows": []},
        {"rows": {}},
        {"rows": [{"CF_WSH": 5}]},
        {"rows": [{"CF_WSH": ["x"]}]},
        {"rows": [{"region_id": "620302"}]},
        {"rows": ["CF_WSH"]},
        {"rows": [{}] * 501},
        {"stock": "yes"},
        {"category": "no_such"},
        {"category": None},
    ],
)
def test_a_body_of_another_shape_is_400_and_changes_nothing(world, send, row, change):
    answer = send(a_batch(row) | change)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["errors"]
    world.enter(world.actors["he"])
    assert not CollectionBatch.objects.exists()


@pytest.mark.fault("B2", "B21", "B25", "B26")
def test_what_is_no_clean_json_is_refused(world, send, visitor, token):
    head = {"HTTP_AUTHORIZATION": f"Bearer {token}", "HTTP_IDEMPOTENCY_KEY": "k"}
    for body in ("{", '{"a":1,"a":2}', "[]", "\ufeff{}"):
        assert send(body).status_code == 400
    assert visitor.post(URL, "{}".encode("utf-16"), content_type="application/json", **head).status_code == 400
    assert visitor.post(URL, "<a/>", content_type="application/xml", **head).status_code == 415
    assert send(json.dumps({"category": "x" * (4 * 1024 * 1024)})).status_code == 413


def test_a_row_of_another_region_is_an_error_not_a_record(world, send, row):
    foreign = world.department("wlj", JINCHUAN)
    fate = send(a_batch(row | {"CF_CFJG": foreign.name, "CF_CFJGDM": foreign.credit_code})).json()["rows"][0]
    assert (fate["outcome"], fate["problems"][0]["code"]) == ("error", "foreign_department")
    for region in (YONGCHANG, JINCHUAN):
        with region_context(region):
            assert not FailureRecord.objects.exists()


def test_a_key_without_the_scope_or_whose_recorder_has_left_brings_nothing(world, send, row):
    assert send(a_batch(row), token=a_key()[1]).json()["code"] == "scope_missing"
    with region_context(YONGCHANG):
        Membership.objects.filter(user__username="he").update(until_on=TODAY - timedelta(days=1))
    gone = send(a_batch(row))
    assert (gone.status_code, gone.json()["code"]) == (403, "nobody_answers")


def test_the_batch_is_read_again_by_its_own_department_only(world, send, row, visitor, token):
    body = send(a_batch(row)).json()

    def get(token):
        return visitor.get(f"/api/v1/batches/{body['batch']}", HTTP_AUTHORIZATION=f"Bearer {token}")

    assert get(token).json() == body
    assert get(a_key(YONGCHANG, Scope.RECORDS, department="scjgj", recorder="zhang")[1]).status_code == 404


def test_a_key_that_brings_records_names_a_recorder_in_office(world):
    for recorder in ({}, {"department": "wlj"}, {"department": "wlj", "recorder": "qian"}, {"recorder": "he"}):
        with pytest.raises(Invalid):
            a_key(YONGCHANG, Scope.RECORDS, **recorder)
    with pytest.raises(Invalid):
        a_key(JINCHUAN, Scope.RECORDS, department="wlj", recorder="he")
    with region_context(YONGCHANG):
        assert not ClientKey.objects.exists()


def test_writes_are_a_tenth_of_reads(world, send):
    answer = send({})
    assert (answer.status_code, answer["RateLimit-Limit"]) == (400, "60")
