"""The wire as it is: mock platforms on real loopback sockets, the real client, the real adapters. No Django."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from sync import messages, signing
from sync.client import Client
from sync.mock import platform_a, platform_b, sms_gateway
from sync.targets import Look, Outcome, Outgoing, Target, TargetConfig, connect

KEYS = "k1:" + "ab" * 32
SEED = "07" * 32
RECORD_KEY = messages.record_key(
    "administrative_penalty", "11620321000000002F", "永市监罚字〔2024〕12号", "91620321MA00000X02"
)
QUEUED = datetime(2026, 11, 23, 10, 0, tzinfo=messages.SHANGHAI)
RECORD = {
    "record_key": RECORD_KEY,
    "category": "administrative_penalty",
    "category_text": "行政处罚信息",
    "doc_no": "永市监罚字〔2024〕12号",
    "doc_date": date(2024, 6, 3),
    "subject_code": "91620321MA00000X02",
    "subject_name": "永昌县赵记面粉有限公司",
    "authority_code": "11620321000000002F",
    "authority_name": "永昌县市场监督管理局",
    "severity": "general",
    "published_on": date(2024, 6, 10),
}
DECISION = RECORD | {
    "outcome": "granted",
    "effect": "end_publication",
    "decision_no": "永市监信准〔2026〕1号",
    "decision_date": date(2026, 11, 23),
    "effective_at": QUEUED,
    "basis": [{"rule": "r36-12", "order": "国家发展改革委令", "number": "36", "article": "第十二条"}],
    "decision_sha256": "0" * 64,
    "verify_url": "https://credit.example/v/x",
}


def report(target: str, version: int = 1, number: str = "RP-620321-20261123-000001", **changed: Any) -> Outgoing:
    record = RECORD | changed
    key = messages.delivery_key(target, record["record_key"], "report", record["doc_date"], version)
    message = messages.report_message(
        record, message_no=number, key=key, version=version, source="620321", target=target, queued_at=QUEUED
    )
    return Outgoing("report", number, key, record["record_key"], version, messages.seal(message, SEED))


def repair(target: str, version: int = 2, number: str = "RP-620321-20261123-000002", **changed: Any) -> Outgoing:
    decision = DECISION | changed
    key = messages.delivery_key(target, decision["record_key"], decision["outcome"], decision["decision_date"], version)
    message = messages.repair_message(
        decision, message_no=number, key=key, version=version, source="620321", target=target, queued_at=QUEUED
    )
    return Outgoing("repair", number, key, decision["record_key"], version, messages.seal(message, SEED))


def sms(number: str = "SM-620321-20261123-000003", phone: str = "13800001234") -> Outgoing:
    message = messages.sms_message(number, phone, "T08", {"code": "246810"})
    return Outgoing("sms", number, f"sms-{number}", "", 1, messages.seal(message, SEED))


@contextlib.asynccontextmanager
async def served(app: web.Application) -> AsyncIterator[str]:
    """The program on a free port of this machine; yields its origin."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@dataclass
class Wire:
    """One target and its mock, wired. `mode` and `state` are what a person on this machine would do."""

    target: Target
    client: Client
    origin: str
    program: Any

    async def send(self, message: Outgoing) -> Outcome:
        return await self.target.send(self.client, message)

    async def ask(self, message: Outgoing) -> Outcome:
        return await self.target.ask(self.client, message.message_no, message.key)

    async def look(self, message: Outgoing, expect: str, level: Any = "both") -> Look:
        return await self.target.read_back(self.client, message.record_key, message.version, expect, level)

    async def mode(self, mode: str = "ok", **rest: Any) -> None:
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.origin}/_mode", json={"mode": mode} | rest) as answer,
        ):
            assert answer.status == 200, await answer.text()

    async def state(self) -> dict[str, Any]:
        async with aiohttp.ClientSession() as session, session.get(f"{self.origin}/_state") as answer:
            return await answer.json()

    async def page(self, path: str) -> tuple[int, str]:
        async with aiohttp.ClientSession() as session, session.get(self.origin + path) as answer:
            return answer.status, await answer.text()

    async def applied(self, message: Outgoing) -> Outcome:
        """Ask until the platform has done its work; B takes a moment."""
        for _ in range(100):
            outcome = await self.ask(message)
            if outcome.kind != "accepted":
                return outcome
            await asyncio.sleep(0.02)
        raise AssertionError("never applied")

    async def published(self) -> None:
        """The record is on the platform at version 1: where every repair starts."""
        first = report(self.target.code)
        assert (await self.send(first)).kind in ("applied", "accepted")
        assert (await self.applied(first)).kind == "applied"


def program_of(code: str, store: Path, keys: str = KEYS) -> Any:
    ring = signing.KeyRing.parse(keys)
    if code == "creditchina_jinchang":
        return platform_a.PlatformA(store, ring)
    if code == "gsxt_gansu":
        return platform_b.PlatformB(store, ring, apply_seconds=0.05)
    return sms_gateway.Gateway(store, ring, receipt_seconds=0.05)


@contextlib.asynccontextmanager
async def wired(
    code: str, store: Path, *, seconds: float = 2.0, our_keys: str = KEYS, their_keys: str = KEYS, **config: Any
) -> AsyncIterator[Wire]:
    program = program_of(code, store, their_keys)
    async with served(program.app()) as origin, Client([origin], inside=[origin], total_seconds=seconds) as client:
        settings = TargetConfig.of(base_url=origin, keys=our_keys, client_id="yongchang", wait_seconds=0.1, **config)
        yield Wire(connect(code, settings), client, origin, program)


def on_the_wire(code: str, store: Path, act: Callable[[Wire], Awaitable[None]], **how: Any) -> None:
    """Run `act` against one platform, bounded in time."""

    async def run() -> None:
        async with asyncio.timeout(30), wired(code, store, **how) as wire:
            await act(wire)

    asyncio.run(run())


def run(act: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(act, 30))
