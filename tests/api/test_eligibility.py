"""POST eligibility: the page's own Verdict, on facts of the right types only."""

import json
from datetime import date

import pytest

from cases.api import serializers as shapes
from cases.categories import judge, rooms
from cases.law import RecordFacts
from cases.overrides import overrides_of
from tests.api.conftest import a_key
from tests.test_recompute import settled
from tests.world import JINCHUAN, YONGCHANG

PENALTY = {
    "category": "administrative_penalty",
    "market": False,
    "severity": "general",
    "penalty_kinds": ["fine"],
    "decided_on": "2026-05-06",
    "published_on": "2026-05-08",
    "as_of": "2026-11-23",
}


def post(visitor, body, content_type="application/json", **headers):
    content = body if isinstance(body, bytes | str) else json.dumps(body)
    return visitor.post("/api/v1/eligibility", content, content_type=content_type, **headers)


def test_the_answer_is_the_verdict_that_the_pages_show(world, visitor):
    answer = post(visitor, PENALTY)
    facts = RecordFacts(
        category="administrative_penalty",
        market=False,
        severity="general",
        penalty_kinds=("fine",),
        decided_on=date(2026, 5, 6),
        published_on=date(2026, 5, 8),
    )
    assert (answer.status_code, answer.json()) == (
        200,
        judge(facts, date(2026, 11, 23), overrides_of(YONGCHANG)).to_json(),
    )


def test_the_day_of_the_question_chooses_the_rules(world, visitor):
    old, new = (
        post(visitor, PENALTY | {"decided_on": "2025-12-20", "published_on": None, "as_of": day}).json()
        for day in ("2026-03-31", "2026-04-01")
    )
    assert (old["regime"], new["regime"]) == ("ndrc-58", "ndrc-36")
    assert (old["judged_on"], new["judged_on"]) == ("2026-03-31", "2026-04-01")


def test_a_region_that_has_settled_a_question_answers_by_it_on_its_own_host_and_keys(world, visitor):
    asked = PENALTY | {"severity": "serious", "decided_on": "2025-12-01", "published_on": None}
    assert post(visitor, asked).json()["status"] == "needs_officer"
    settled(world, "older_records", "old")
    assert post(visitor, asked).json()["status"] == "now"
    assert post(visitor, asked, SERVER_NAME="jinchuan.localhost").json()["status"] == "needs_officer"
    far = a_key(JINCHUAN)[1]
    assert post(visitor, asked, headers={"authorization": f"Bearer {far}"}).json()["status"] == "needs_officer"


def test_another_rooms_ground_or_term_is_named(world, visitor):
    answer = post(visitor, {"category": "social_organisation", "ground": "annual_report"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "ground")
    own = post(visitor, {"category": "judgment_defaulter", "term": "two_years", "listed_on": "2025-05-06"})
    assert own.status_code == 200
    assert post(visitor, PENALTY | {"term": "two_years"}).status_code == 400


@pytest.mark.parametrize("room", [room.code for room in rooms()])
def test_every_room_answers_bare_facts_in_the_shape_of_the_schema(world, visitor, room):
    body = post(visitor, {"category": room}).json()
    assert set(body) == set(shapes.VerdictSerializer().fields)
    for reason in body["reasons"]:
        assert set(reason) == set(shapes.ReasonSerializer().fields)
    for candidate in body["candidates"]:
        assert set(candidate) == set(shapes.CandidateSerializer().fields)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"category": "no_such_room"}, "category"),
        ({"category": ["administrative_penalty"]}, "category"),
        ({"category": None}, "category"),
        ({"market": "true"}, "market"),
        ({"market": 1}, "market"),
        ({"severity": "fatal"}, "severity"),
        ({"penalty_kinds": "fine"}, "penalty_kinds"),
        ({"penalty_kinds": ["fine", "tickling"]}, "penalty_kinds.1"),
        ({"penalty_kinds": ["fine"] * 1000}, "penalty_kinds"),
        ({"on": "2026-11-23"}, "on"),
        ({"as_of": "2100-01-01"}, "as_of"),
        ({"new_violation": "no"}, "new_violation"),
        ({"court_plan_on": "2026-6-1"}, "court_plan_on"),
        ({"decided_on": "2025-02-29"}, "decided_on"),
        ({"decided_on": "2026-13-01"}, "decided_on"),
        ({"decided_on": "0000-00-00"}, "decided_on"),
        ({"decided_on": "9999-12-31"}, "decided_on"),
        ({"decided_on": "1900-01-01"}, "decided_on"),
        ({"decided_on": 20260506}, "decided_on"),
        ({"decided_on": "2026-05-06T10:00:00"}, "decided_on"),
        ({"amount_fen": -1}, "amount_fen"),
        ({"amount_fen": 0.5}, "amount_fen"),
        ({"amount_fen": "100"}, "amount_fen"),
        ({"amount_fen": True}, "amount_fen"),
        ({"region_id": "620302"}, "region_id"),
        ({"state": "approved"}, "state"),
    ],
)
@pytest.mark.fault("B23")
def test_a_wrong_value_is_named(world, visitor, change, field):
    answer = post(visitor, PENALTY | change)
    body = answer.json()
    assert (answer.status_code, body["code"], body["title"]) == (400, "invalid", "请求有误")
    assert [error["field"] for error in body["errors"]] == [field]
    assert body["errors"][0]["message"] in body["detail"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"category": "administrative_penalty",}',
        b'{"category": "a", "category": "administrative_penalty"}',
        b'{"category": "administrative_penalty", "amount_fen": NaN}',
        b'{"category": "administrative_penalty", "amount_fen": Infinity}',
        b"\xef\xbb\xbf{}",
        '{"category": "行政处罚"}'.encode("gbk"),
        b"[]",
        b'"x"',
        b"[" * 60000,
        b'{"amount_fen": ' + b"9" * 5000 + b"}",
    ],
)
@pytest.mark.fault("B21")
def test_what_is_no_clean_json_object_is_400(world, visitor, body):
    answer = post(visitor, body)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.fault("B20")
def test_a_float_beyond_all_numbers_is_400(world, visitor):
    assert post(visitor, b'{"category": "administrative_penalty", "amount_fen": 1e309}').status_code == 400


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"],
)
@pytest.mark.fault("B25")
def test_other_media_types_are_415(world, visitor, content_type):
    assert post(visitor, PENALTY).status_code == 200
    answer = post(visitor, PENALTY, content_type)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.fault("B26")
def test_an_unknown_charset_changes_nothing(world, visitor):
    content = json.dumps(PENALTY).encode()
    answer = visitor.generic("POST", "/api/v1/eligibility", content, "application/json; charset=nonsense")
    assert answer.status_code == 200  # JSON is UTF-8 whatever the header says


@pytest.mark.fault("B2")
def test_a_huge_body_is_413_before_it_is_parsed(world, visitor):
    answer = post(visitor, b'{"penalty_kinds": [' + b'"fine",' * 1_000_000 + b'"fine"]}')
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_an_address_without_token_may_ask_thirty_times_a_minute(world, visitor, monkeypatch):
    monkeypatch.setattr("cases.throttle.clock", lambda: 1_795_000_000.0)
    last = [post(visitor, PENALTY) for _ in range(30)][-1]
    assert (last.status_code, last["RateLimit-Limit"], last["RateLimit-Remaining"]) == (200, "30", "0")
    over = post(visitor, PENALTY)
    assert (over.status_code, over["RateLimit-Remaining"]) == (429, "0")
    assert over["Retry-After"] == over["RateLimit-Reset"]
    assert post(visitor, PENALTY, REMOTE_ADDR="198.51.100.7").status_code == 200
