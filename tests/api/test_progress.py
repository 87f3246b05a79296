"""Progress by code and second factor: one answer for wrong and unknown, states and dates only, few guesses."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cases.progress import progress_of
from cases.query_codes import query_code_hash
from creditrepair.tenancy.context import current, region_context
from tests.world import FIRM_A, JINCHUAN, YONGCHANG

LAST = FIRM_A[-4:]


@pytest.fixture(autouse=True)
def _one_window(monkeypatch):
    """The counters' windows do not end in the middle of a test."""
    monkeypatch.setattr("cases.throttle.clock", lambda: 1_795_000_000.0)


@pytest.fixture
def filed(world):
    return world.files("zhao", world.a_record(FIRM_A, "wlj"), world.a_record(FIRM_A, "scjgj", JINCHUAN))


def ask(visitor, code, last_four=LAST, **how):
    return visitor.get("/api/v1/progress", {"code": code, "last_four": last_four}, **how)


def test_the_whole_filing_is_shown_across_regions_without_names(world, filed, visitor):
    answer = ask(visitor, filed.query_code)
    body = answer.json()
    assert (answer.status_code, body["filing_no"], body["submitted_on"]) == (200, filed.filing_no, "2026-11-23")
    assert sorted(case["department"] for case in body["cases"]) == sorted(
        [world.department("wlj", YONGCHANG).name, world.department("scjgj", JINCHUAN).name]
    )
    assert {(case["state"], case["step"].split("：")[1]) for case in body["cases"]} == {("submitted", "受理")}
    text = answer.content.decode()
    for hidden in (FIRM_A, "祁连山食品", "赵申", "13800000000", "罚〔2026〕"):
        assert hidden not in text
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("change", [str.lower, lambda c: c.replace("-", ""), lambda c: c.replace("-", " ")])
def test_how_the_code_is_typed_does_not_matter(filed, change):
    assert progress_of(change(filed.query_code), LAST.lower()) == progress_of(filed.query_code, LAST)
    assert progress_of(filed.query_code, "".join(chr(ord(ch) + 0xFEE0) for ch in LAST)) is not None


@pytest.mark.fault("B38")
def test_a_wrong_second_factor_is_the_same_answer_and_work_as_an_unknown_code(filed, visitor):
    assert ask(visitor, filed.query_code).status_code == 200
    answers, queries = [], []
    for code, last_four in ((filed.query_code, "0000"), ("ABCD-EFGH-JKLM-NPQR", LAST), ("\x00'--", "ÿ" * 99)):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            answers.append(ask(visitor, code, last_four))
        queries.append(len(captured))
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.json()["detail"] for answer in answers}) == 1
    assert len(set(queries)) == 1


def test_the_region_and_subject_of_the_request_are_put_back(filed):
    before = current("app.region"), current("app.subject")
    assert progress_of(filed.query_code, LAST) is not None
    assert (current("app.region"), current("app.subject")) == before


@pytest.mark.fault("B37")
def test_after_ten_wrong_codes_an_address_waits_and_right_ones_do_not_count(filed, visitor):
    for _ in range(12):
        assert ask(visitor, filed.query_code).status_code == 200
    for _ in range(10):
        assert ask(visitor, filed.query_code, "0000").status_code == 404
    blocked = ask(visitor, filed.query_code)
    assert (blocked.status_code, blocked.json()["code"]) == (429, "throttled")
    assert 0 < int(blocked["Retry-After"]) <= 600
    assert ask(visitor, filed.query_code, REMOTE_ADDR="203.0.113.9").status_code == 200


@pytest.mark.fault("B37")
def test_a_range_of_addresses_shares_fifty_wrong_codes_an_hour(filed, visitor):
    for last in range(50):
        assert ask(visitor, filed.query_code, "0000", REMOTE_ADDR=f"203.0.113.{last}").status_code == 404
    assert ask(visitor, filed.query_code, REMOTE_ADDR="203.0.113.200").status_code == 429
    assert ask(visitor, filed.query_code, REMOTE_ADDR="198.51.100.1").status_code == 200


def test_the_address_said_by_the_client_is_not_believed(filed, visitor):
    for n in range(10):
        ask(visitor, filed.query_code, "0000", HTTP_X_FORWARDED_FOR=f"203.0.113.{n}")
    assert ask(visitor, filed.query_code, HTTP_X_FORWARDED_FOR="203.0.113.99").status_code == 429


def test_a_cache_that_is_away_stops_nobody(filed, visitor, monkeypatch):
    class Away:
        def add(self, *_args, **_kwargs):
            raise ConnectionError

        decr = add

    monkeypatch.setattr("cases.throttle.cache", Away())
    assert ask(visitor, filed.query_code).status_code == 200
    assert ask(visitor, filed.query_code, "0000").status_code == 404


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "invalid"),
        ({"code": "x"}, "invalid"),
        ({"code": "x", "last_four": "1", "region": "620321"}, "unknown_parameter"),
    ],
)
def test_incomplete_or_overfull_questions_are_400(world, visitor, query, code):
    answer = visitor.get("/api/v1/progress", query)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_correction_says_that_the_clock_stands(world, visitor):
    case = world.a_case("correction")
    with region_context(YONGCHANG):
        case.application.query_code_hash = query_code_hash("CODE")
        case.application.save(update_fields=["query_code_hash"])
    shown = progress_of("code", LAST)
    assert shown is not None
    assert (shown.cases[0].state, shown.cases[0].paused, shown.cases[0].step) == (
        "correction",
        True,
        "等待申请人补正，办理计时已暂停",
    )
