"""Each fault of a platform ends in the right word, and in no effect more than it says."""

import random
import time
from pathlib import Path

import pytest

from sync.targets import connect, targets
from sync.targets.base import TargetConfig
from tests.sync_wire.world import KEYS, Wire, on_the_wire, repair, report, run, sms, wired

A, B, SMS = "creditchina_jinchang", "gsxt_gansu", "sms_gateway"

# mode → outcome of a repair at A, at B, of a short message; and how many effects there are afterwards.
FAULTS = {
    "ok": ("applied", "accepted", "accepted", 1),
    "500": ("later", "unknown", "unknown", 0),
    "slow": ("unknown", "unknown", "unknown", 1),
    "lost_reply": ("unknown", "unknown", "unknown", 1),
    "dup": ("applied", "accepted", "accepted", 2),
    "badsig": ("unknown", "unknown", "unknown", 1),
    "stale": ("unknown", "unknown", "unknown", 1),
    "401": ("stopped", "stopped", "stopped", 0),
    "403": ("stopped", "stopped", "stopped", 0),
    "302": ("unknown", "unknown", "unknown", 0),
    "bigbody": ("unknown", "unknown", "unknown", 0),
    "html": ("unknown", "unknown", "unknown", 0),
    "empty": ("unknown", "unknown", "unknown", 0),
    "gbk": ("unknown", "unknown", "unknown", 0),
    "down": ("unknown", "unknown", "unknown", 0),
    "429": ("later", "later", "later", 0),
    "400": ("refused", "refused", "refused", 0),
    "422": ("refused", "refused", "refused", 0),
}
CASES = [(code, mode) for mode in FAULTS for code in (A, B, SMS)]


@pytest.mark.fault("F26", "F27", "F28", "F29", "F30", "F31", "F33")
@pytest.mark.parametrize(("code", "mode"), CASES, ids=[f"{mode}-{code}" for code, mode in CASES])
def test_each_fault_ends_in_its_word(code: str, mode: str, tmp_path: Path) -> None:
    expected = dict(zip((A, B, SMS), FAULTS[mode][:3], strict=True))[code]

    async def act(wire: Wire) -> None:
        message = sms() if code == SMS else repair(code)
        if code != SMS:
            await wire.published()
        await wire.mode(mode, slow_seconds=1.3)
        outcome = await wire.send(message)
        await wire.mode("ok")
        assert outcome.kind == expected, outcome
        assert (outcome.reason == "") == (expected == "applied")
        if expected == "accepted":
            await wire.applied(message)
        key = message.message_no if code == SMS else message.key
        if code == B and FAULTS[mode][3]:
            assert (await wire.applied(message)).kind == "applied"
        assert (await wire.state())["effects"].get(key, 0) == FAULTS[mode][3]

    on_the_wire(code, tmp_path, act, seconds=0.9 if mode == "slow" else 2.0)


@pytest.mark.fault("F24")
@pytest.mark.parametrize("code", [A, B])
def test_the_lane_flows_again_once_the_fault_is_over(code: str, tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        await wire.published()
        await wire.mode("500", for_seconds=0.3)
        assert (await wire.send(repair(code))).kind in ("later", "unknown")
        time.sleep(0.35)
        assert (await wire.send(repair(code))).kind in ("applied", "accepted")

    on_the_wire(code, tmp_path, act)


@pytest.mark.fault("F34")
@pytest.mark.parametrize("code", [A, B, SMS])
def test_429_tells_how_long_to_wait_and_is_capped_at_an_hour(code: str, tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        message = sms() if code == SMS else report(code)
        for told, obeyed in ((7, 7.0), (86_400, 3600.0)):
            await wire.mode("429", retry_after=told)
            outcome = await wire.send(message)
            assert (outcome.kind, outcome.retry_after, outcome.status) == ("later", obeyed, 429)

    on_the_wire(code, tmp_path, act)


@pytest.mark.fault("F33")
@pytest.mark.parametrize("code", [A, B])
def test_a_refusal_for_good_carries_the_platforms_own_words(code: str, tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        await wire.published()
        outcome = await wire.send(repair(code, subject_code="92620321MA00000014"))
        assert outcome.kind == "refused"
        assert "主体代码与公示信息不一致" in outcome.reason
        unknown = await wire.send(repair(code, record_key="0" * 32))
        assert unknown.kind == "refused"
        assert "未找到" in unknown.reason
        assert sum((await wire.state())["effects"].values()) == 1

    on_the_wire(code, tmp_path, act)


@pytest.mark.fault("F32")
@pytest.mark.parametrize("code", [A, B, SMS])
def test_a_wrong_secret_stops_the_lane_and_changes_nothing(code: str, tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        outcome = await wire.send(sms() if code == SMS else report(code))
        assert (outcome.kind, outcome.status) == ("stopped", 401)
        state = await wire.state()
        assert (state["effects"], state["counts"]["bad_signature"]) == ({}, 1)

    on_the_wire(code, tmp_path, act, our_keys="k1:" + "cd" * 32)


@pytest.mark.parametrize("code", [A, B, SMS])
@pytest.mark.parametrize("ours", ["k1:" + "ab" * 32, "k2:" + "cd" * 32 + ",k1:" + "ab" * 32])
def test_both_keys_work_while_they_are_changed(code: str, ours: str, tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        assert (await wire.send(sms() if code == SMS else report(code))).kind in ("applied", "accepted")

    both = "k2:" + "cd" * 32 + ",k1:" + "ab" * 32
    # Our ring must know their signing key too: during a rotation both sides hold both, whichever signs.
    on_the_wire(code, tmp_path, act, our_keys=ours, their_keys=KEYS if ours == KEYS else both)


@pytest.mark.parametrize("code", [A, B, SMS])
def test_sm3_is_a_setting(code: str, tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        assert (await wire.send(sms() if code == SMS else report(code))).kind in ("applied", "accepted")

    on_the_wire(code, tmp_path, act, algorithm="HMAC-SM3")


@pytest.mark.fault("F25")
@pytest.mark.parametrize("code", sorted(targets()))
def test_a_stopped_program_means_later_and_nothing_known(code: str, tmp_path: Path) -> None:
    async def act() -> None:
        async with wired(code, tmp_path) as wire:
            target, client = wire.target, wire.client
            # Same address, nobody listens any more: a second program on it is gone.
            dead = TargetConfig.of(base_url=await _dead_origin(), keys=KEYS, client_id="yongchang")
            gone = connect(code, dead)
            said = {"sms": sms, "report": lambda: report(code), "repair": lambda: repair(code)}
            message = next(said[kind]() for kind in said if kind in target.kinds)
            assert (await gone.send(client, message)).kind == "later"
            assert (await gone.ask(client, "RP-1", "yc1-1")).kind == "unknown"
            look = await gone.read_back(client, "0" * 32, 1, "absent")
            assert (look.agrees, look.found_status) == (None, "")
            assert target.title

    run(act())


async def _dead_origin() -> str:
    return "http://127.0.0.1:9"


@pytest.mark.parametrize("code", sorted(targets()))
def test_every_target_keeps_the_contract_of_the_registry(code: str) -> None:
    kind = targets()[code]
    assert kind.code == code
    assert kind.title
    assert kind.kinds <= {"report", "repair", "ack", "sms"}
    assert kind.parallel >= 1
    target = connect(code, TargetConfig.of(base_url="https://p.example/", keys=KEYS, client_id="c", parallel=3))
    assert (target.parallel, target.wait_seconds) == (3, 15.0)
    assert target.ask_before_resend is not kind.deduplicates


def test_an_exchange_of_several_calls_gets_the_time_of_one(tmp_path: Path) -> None:
    """A slow platform answers each call just in time; the lease of the row does not stretch with the calls."""

    async def act(wire: Wire) -> None:
        await wire.published()
        await wire.mode("slow", slow_seconds=0.7)
        amended = report(A, version=2, number="RP-7")
        started = time.monotonic()
        outcome = await wire.send(amended)  # PUT → 428, GET, PUT: 2.1 s if each had its own time
        assert outcome.kind == "unknown"
        assert time.monotonic() - started < 1.6
        await wire.mode("ok")
        assert (await wire.send(amended)).kind == "applied"
        assert (await wire.state())["effects"][amended.key] == 1

    on_the_wire(A, tmp_path, act, seconds=1.0)


def test_a_plan_is_drawn_by_its_seed_and_repeats(tmp_path: Path) -> None:
    plan = {"ok": 4, "500": 3, "422": 3}
    words = {"ok": "applied", "500": "later", "422": "refused"}

    async def drawn(wire: Wire, seed: int) -> list[str]:
        await wire.mode(plan=plan, seed=seed)
        return [str((await wire.send(report(A, number=f"RP-{n}", record_key=f"{n:032x}"))).kind) for n in range(40)]

    async def act(wire: Wire) -> None:
        for seed in (7, 8, 7):
            dice = random.Random(seed)
            assert await drawn(wire, seed) == [
                words[dice.choices(list(plan), list(plan.values()))[0]] for _ in range(40)
            ]

    on_the_wire(A, tmp_path, act)
