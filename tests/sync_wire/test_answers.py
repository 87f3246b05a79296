"""Answers that are well signed and still not to be believed: another message, another record, an unknown word."""

from pathlib import Path
from typing import Any

import pytest

from sync.replies import BadReply, Reply
from sync.targets.answers import clean, message_outcome, read_held, retry_after
from tests.sync_wire.world import RECORD_KEY, Wire, on_the_wire, report

A = "creditchina_jinchang"
APPLIED = {"message_no": "RP-1", "key": "yc1-1", "state": "applied", "reason": None}
HELD = {"record_key": RECORD_KEY, "status": "ended", "version": 2, "message_no": "RP-1"}
REPLY = Reply(200, {"etag": '"v2-3"'}, b"", 1)


def test_an_answer_about_our_message_is_believed() -> None:
    assert message_outcome(APPLIED, message_no="RP-1", key="yc1-1", status=200).kind == "applied"
    rejected = message_outcome(
        APPLIED | {"state": "rejected", "reason": "材料\n不符"}, message_no="RP-1", key="yc1-1", status=200
    )
    assert (rejected.kind, rejected.reason) == ("refused", "材料 不符")


@pytest.mark.parametrize(
    "changed", [{"message_no": "RP-2"}, {"key": "yc1-2"}, {"state": "done"}, {"state": None}, {"state": True}]
)
def test_an_answer_about_another_message_or_in_another_word_is_not(changed: dict[str, Any]) -> None:
    with pytest.raises(BadReply):
        message_outcome(APPLIED | changed, message_no="RP-1", key="yc1-1", status=200)


def test_a_held_record_is_read_with_its_etag() -> None:
    held = read_held(HELD, RECORD_KEY, REPLY)
    assert (held.status, held.version, held.message_no, held.etag) == ("ended", 2, "RP-1", '"v2-3"')


@pytest.mark.parametrize(
    "changed", [{"record_key": "0" * 32}, {"status": "hidden"}, {"version": "2"}, {"version": True}, {"message_no": 1}]
)
def test_another_record_or_a_strange_word_is_not(changed: dict[str, Any]) -> None:
    with pytest.raises(BadReply):
        read_held(HELD | changed, RECORD_KEY, REPLY)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("99999999999", 3600.0),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
    ],
)
def test_retry_after_is_read_within_bounds(value: str, seconds: float | None) -> None:
    assert retry_after(Reply(429, {"retry-after": value}, b"", 1)) == seconds


def test_a_platforms_words_are_made_harmless_for_logs() -> None:
    assert clean("一\r\n[INFO] approved\x1b[31m\u202e" + "长" * 500).startswith("一 [INFO] approved [31m 长")
    assert len(clean("长" * 500)) == 300


def test_a_record_is_amended_only_by_who_has_read_it(tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        await wire.published()
        amended = report(A, version=2, number="RP-7", subject_name="永昌县赵记面粉加工有限公司")
        before = (await wire.state())["records"]

        async def put(**headers: str) -> int:
            sent = {"Idempotency-Key": amended.key} | headers
            path = f"/api/v1/records/{RECORD_KEY}"
            return (await wire.target.call(wire.client, "PUT", path, body=amended.body, headers=sent)).status

        assert await put() == 428
        assert await put(**{"If-Match": '"v9-9"'}) == 412
        assert (await wire.state())["records"] == before
        held = await wire.target.call(wire.client, "GET", f"/api/v1/records/{RECORD_KEY}")
        assert await put(**{"If-Match": held.headers["etag"]}) == 200

    on_the_wire(A, tmp_path, act)
