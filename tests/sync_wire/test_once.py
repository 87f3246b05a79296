"""Sent twice, shown once: A by the key, B and the gateway by asking before a resend."""

import asyncio
import json
from pathlib import Path

import pytest

from sync.client import Client
from sync.messages import canonical_json
from sync.targets import Outcome, TargetConfig, connect, next_step
from sync.targets.creditchina_jinchang import CreditChinaJinchang
from sync.targets.gsxt_gansu import GsxtGansu, wire_body
from tests.sync_wire.world import KEYS, RECORD_KEY, Outgoing, Wire, on_the_wire, repair, report, sms

A, B, SMS = "creditchina_jinchang", "gsxt_gansu", "sms_gateway"


async def drive(wire: Wire, message: Outgoing, *, until: tuple[str, ...] = ("applied",), steps: int = 40) -> list[str]:
    """What a lane does with one message until it is settled: send or ask by `next_step`, wait when told to."""
    history: list[str] = []
    for _ in range(steps):
        step = next_step(type(wire.target), history)
        outcome: Outcome = await (wire.send(message) if step == "send" else wire.ask(message))
        history.append(str(outcome.kind))
        if outcome.kind in until:
            return history
        await asyncio.sleep(0.05)
    raise AssertionError(history)


@pytest.mark.parametrize("kind", ["report", "repair"])
def test_a_shows_once_what_was_sent_twice(kind: str, tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        if kind == "repair":
            await wire.published()
        message = repair(A) if kind == "repair" else report(A)
        assert [(await wire.send(message)).kind for _ in range(3)] == ["applied"] * 3
        state = await wire.state()
        assert (state["effects"][message.key], state["counts"]["replays"]) == (1, 2)

    on_the_wire(A, tmp_path, act)


def test_a_answers_a_repeat_with_the_first_status_and_body(tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        await wire.published()
        message = repair(A)
        headers = {"Idempotency-Key": message.key}
        first, again = [
            await wire.target.call(wire.client, "POST", "/api/v1/repairs", body=message.body, headers=headers)
            for _ in range(2)
        ]
        assert (again.status, again.body) == (first.status, first.body) == (201, first.body)
        assert ("idempotency-replayed" in first.headers, again.headers["idempotency-replayed"]) == (False, "true")

    on_the_wire(A, tmp_path, act)


def test_a_refuses_the_same_key_with_another_body(tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        await wire.published()
        message = repair(A)
        await wire.send(message)
        other = json.loads(message.body)
        other["message"]["decision_no"] = "永市监信准〔2026〕2号"
        changed = Outgoing("repair", message.message_no, message.key, RECORD_KEY, 2, canonical_json(other))
        outcome = await wire.send(changed)
        assert (outcome.kind, outcome.status) == ("refused", 422)
        assert (await wire.state())["effects"][message.key] == 1

    on_the_wire(A, tmp_path, act)


def test_b_really_doubles_when_it_is_not_asked(tmp_path: Path) -> None:
    """The trap that asking avoids: without it, the next test would prove nothing."""

    async def act(wire: Wire) -> None:
        await wire.published()
        message = repair(B)
        for _ in range(2):
            assert (await wire.send(message)).kind == "accepted"
        await wire.applied(message)
        await asyncio.sleep(0.3)
        state = await wire.state()
        assert (state["effects"][message.key], state["doubled"]) == (2, [message.key])

    on_the_wire(B, tmp_path, act)


@pytest.mark.parametrize("code", [A, B])
@pytest.mark.parametrize("mode", ["lost_reply", "badsig", "slow"])
@pytest.mark.fault("F27")
def test_a_lost_reply_has_one_effect(code: str, mode: str, tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        await wire.published()
        await wire.mode(plan=[mode], slow_seconds=1.3)
        message = repair(code)
        history = await drive(wire, message)
        assert history[0] == "unknown"
        assert (await wire.state())["effects"][message.key] == 1

    on_the_wire(code, tmp_path, act, seconds=0.9 if mode == "slow" else 2.0)


def test_b_resends_only_after_two_answers_that_it_never_came(tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        await wire.published()
        await wire.mode(plan=["down"])
        message = repair(B)
        history = await drive(wire, message)
        assert history[:4] == ["unknown", "absent", "absent", "accepted"]
        assert (await wire.state())["effects"][message.key] == 1

    on_the_wire(B, tmp_path, act)


def test_the_gateway_sends_one_short_message_when_the_reply_is_lost(tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        await wire.mode(plan=["lost_reply"])
        message = sms()
        history = await drive(wire, message)
        assert (history[0], history[-1]) == ("unknown", "applied")
        assert (await wire.state())["effects"] == {message.message_no: 1}

    on_the_wire(SMS, tmp_path, act)


@pytest.mark.fault("F27", "F28")
def test_many_faults_and_still_one_effect_each(tmp_path: Path) -> None:
    """A seeded storm over both habits; asking and keys together leave exactly one effect per message."""
    storm = {"ok": 5, "500": 1, "lost_reply": 2, "down": 1, "302": 1, "html": 1, "badsig": 1}

    for code in (A, B):

        async def act(wire: Wire, code: str = code) -> None:
            sent = [report(code, number=f"RP-{n}", record_key=f"{n:032x}") for n in range(12)]
            await wire.mode(plan=storm, seed=11)
            await asyncio.gather(*(drive(wire, message, steps=200) for message in sent))
            await wire.mode("ok")
            state = await wire.state()
            assert state["effects"] == {message.key: 1 for message in sent}
            assert sum(count for mode, count in state["faults"].items() if mode != "ok") > 5

        on_the_wire(code, tmp_path / code, act)


@pytest.mark.parametrize("code", [A, B])
@pytest.mark.fault("F36")
def test_a_lower_version_is_settled_as_superseded(code: str, tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        await wire.published()
        newer, older = repair(code, version=5, number="RP-5"), repair(code, version=4, number="RP-4")
        assert (await wire.send(newer)).kind in ("applied", "accepted")
        assert (await wire.applied(newer)).kind == "applied"
        assert (await wire.send(older)).kind == "superseded"
        state = await wire.state()
        assert state["records"][RECORD_KEY]["version"] == 5
        assert older.key not in state["effects"]

    on_the_wire(code, tmp_path, act)


@pytest.mark.parametrize("code", [A, B])
def test_a_version_taken_by_another_message_waits_for_a_person(code: str, tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        await wire.published()
        outcome = await wire.send(repair(code, version=1, number="RP-9"))
        assert outcome.kind == "refused"
        assert "版本 1 已由另一条报文占用" in outcome.reason

    on_the_wire(code, tmp_path, act)


@pytest.mark.parametrize("code", [A, B])
def test_an_amendment_replaces_what_is_shown(code: str, tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        await wire.published()
        amended = report(code, version=2, number="RP-7", subject_name="永昌县赵记面粉加工有限公司")
        assert (await wire.send(amended)).kind in ("applied", "accepted")
        assert (await wire.applied(amended)).kind == "applied"
        status, page = await wire.page(f"/p/{RECORD_KEY}")
        assert (status, "赵记面粉加工" in page) == (200, True)

    on_the_wire(code, tmp_path, act)


def test_a_same_key_in_progress_is_not_an_error(tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        await wire.published()
        message = repair(A)
        await wire.mode(plan=["slow"], slow_seconds=0.5)
        slow = asyncio.create_task(wire.send(message))
        await asyncio.sleep(0.1)
        second = await wire.send(message)
        # It is asked by number at once, and A has already applied it.
        assert (second.kind, (await slow).kind) == ("applied", "applied")
        assert (await wire.state())["effects"][message.key] == 1

    on_the_wire(A, tmp_path, act)


def test_the_body_to_b_is_the_same_bytes_in_every_try_and_carries_the_original() -> None:
    message = repair(B)
    body = wire_body(message.body)
    assert body == wire_body(message.body)
    theirs = json.loads(body)
    assert theirs["CF_WSH"] == "永市监罚字〔2024〕12号"
    assert theirs["CF_XDR_SHXYM"] == "91620321MA00000X02"
    assert theirs["BWYW"].encode() == message.body


def test_a_retry_has_a_new_nonce_and_the_same_bytes(tmp_path: Path) -> None:
    seen: list[tuple[str, str, bytes]] = []

    class Watching(Client):
        async def exchange(self, method, url, *, headers, body=b""):
            seen.append((headers["X-Nonce"], headers["Idempotency-Key"], body))
            return await super().exchange(method, url, headers=headers, body=body)

    async def act(wire: Wire) -> None:
        await wire.published()
        message = repair(A)
        config = TargetConfig.of(base_url=wire.origin, keys=KEYS, client_id="yongchang")
        async with Watching([wire.origin], inside=[wire.origin]) as client:
            for _ in range(2):
                await connect(A, config).send(client, message)
        (nonce, key, body), (other_nonce, same_key, same_body) = seen
        assert nonce != other_nonce
        assert (key, body) == (same_key, same_body) == (message.key, message.body)

    on_the_wire(A, tmp_path, act)


@pytest.mark.parametrize(
    ("history", "at_a", "at_b"),
    [
        ([], "send", "send"),
        (["later"], "send", "send"),
        (["unknown"], "send", "ask"),
        (["unknown", "absent"], "send", "ask"),
        (["unknown", "absent", "unknown"], "send", "ask"),
        (["unknown", "absent", "absent"], "send", "send"),
        (["unknown", "absent", "absent", "later"], "send", "send"),
        (["unknown", "absent", "absent", "unknown"], "send", "ask"),
        (["unknown", "later"], "send", "ask"),
        (["accepted"], "ask", "ask"),
        (["stopped"], "send", "send"),
        (["unknown", "stopped"], "send", "ask"),
    ],
)
def test_when_to_ask_and_when_to_send(history: list[str], at_a: str, at_b: str) -> None:
    assert (next_step(CreditChinaJinchang, history), next_step(GsxtGansu, history)) == (at_a, at_b)
