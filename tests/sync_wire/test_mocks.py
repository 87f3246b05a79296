"""The mock programs themselves: storage that survives kill -9, change feed, public pages, who may switch faults."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from aiohttp import web

from sync import signing
from sync.client import Client
from sync.mock.ledger import Ledger
from sync.mock.platform_a import PlatformA
from sync.targets import TargetConfig, connect
from tests.sync_wire.world import KEYS, RECORD, RECORD_KEY, Wire, on_the_wire, repair, report, run, served, sms

A, B, SMS = "creditchina_jinchang", "gsxt_gansu", "sms_gateway"
PROGRAMS = {
    A: ("platform_a", "PLATFORM_A_KEYS"),
    B: ("platform_b", "PLATFORM_B_KEYS"),
    SMS: ("sms_gateway", "SMS_KEYS"),
}


async def signed_get(wire: Wire, path: str, query: str = "") -> tuple[int, dict[str, Any]]:
    headers = signing.sign_request(
        signing.KeyRing.parse(KEYS),
        client_id="yongchang",
        method="GET",
        path=path,
        query=query,
        body=b"",
        now=time.time(),
        nonce=signing.new_nonce(),
    )
    url = f"{wire.origin}{path}" + (f"?{query}" if query else "")
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
        return answer.status, await answer.json()


# ── storage ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_torn_last_line_is_dropped_and_writing_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(b'{"n":1}\n{"n":2}\n{"n":3,"te')

    async def act() -> None:
        ledger = Ledger(path)
        assert ledger.lines == [{"n": 1}, {"n": 2}]
        ledger.add({"n": 4})
        await ledger.durable()
        ledger.close()
        assert path.read_bytes() == b'{"n":1}\n{"n":2}\n{"n":4}\n'

    run(act())


def test_a_broken_line_in_the_middle_is_not_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(b'{"n":1}\n{"n":2,"te\n{"n":3}\n')
    with pytest.raises(ValueError, match="broken line at byte 8"):
        Ledger(path)


@pytest.mark.parametrize("code", [A, B])
def test_the_board_after_a_restart_is_the_board_before(code: str, tmp_path: Path) -> None:
    seen: list[dict[str, Any]] = []

    async def before(wire: Wire) -> None:
        await wire.published()
        message = repair(code)
        await wire.send(message)
        await wire.applied(message)
        seen.append(await wire.state())

    async def after(wire: Wire) -> None:
        state = await wire.state()
        for part in ("records", "effects", "receipts"):
            assert state[part] == seen[0][part]
        assert (await wire.ask(repair(code))).kind == "applied"
        assert (await wire.page(f"/p/{RECORD_KEY}"))[0] == 404
        if code == A:  # the remembered answer too
            assert (await wire.send(repair(code))).kind == "applied"
            assert (await wire.state())["effects"] == seen[0]["effects"]

    on_the_wire(code, tmp_path, before)
    on_the_wire(code, tmp_path, after)


@pytest.mark.parametrize("code", [A, B, SMS])
def test_what_a_program_has_confirmed_survives_kill_9(code: str, tmp_path: Path) -> None:
    """The real program in a process of its own, killed in the middle of a stream of messages."""
    module, variable = PROGRAMS[code]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    origin = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", f"sync.mock.{module}", "--port", str(port), "--store", str(tmp_path / "store")]
    root = Path(__file__).parents[2]
    config = TargetConfig.of(base_url=origin, keys=KEYS, client_id="yongchang")

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, env=os.environ | {variable: KEYS}, cwd=root, stdout=subprocess.DEVNULL)

    def message(n: int) -> Any:
        return sms(f"SM-{n}") if code == SMS else report(code, number=f"RP-{n}", record_key=f"{n:032x}")

    async def up(session: aiohttp.ClientSession) -> None:
        for _ in range(200):
            try:
                async with session.get(f"{origin}/healthz") as answer:
                    assert answer.status == 200
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.05)
        raise AssertionError("did not start")

    async def act() -> None:
        program = start()
        try:
            async with aiohttp.ClientSession() as session, Client([origin], inside=[origin]) as client:
                target = connect(code, config)
                await up(session)
                confirmed: list[int] = []

                async def stream(first: int) -> None:
                    for n in range(first, first + 200):
                        if (await target.send(client, message(n))).kind not in ("applied", "accepted"):
                            return
                        confirmed.append(n)

                streams = [asyncio.create_task(stream(1000 * i)) for i in range(4)]
                while len(confirmed) < 25:
                    await asyncio.sleep(0.005)
                program.send_signal(signal.SIGKILL)
                await asyncio.gather(*streams)
                program.wait(5)
                program = start()
                await up(session)
                for n in confirmed:
                    assert (await target.ask(client, message(n).message_no, message(n).key)).kind != "absent", n
                async with session.get(f"{origin}/_state") as answer:
                    assert (await answer.json())["doubled"] == []
        finally:
            program.kill()
            program.wait(5)

    run(act())


@pytest.mark.parametrize("code", [A, B, SMS])
def test_a_program_does_not_start_without_credentials(code: str, tmp_path: Path) -> None:
    module, variable = PROGRAMS[code]
    environment = {k: v for k, v in os.environ.items() if k != variable}
    command = [sys.executable, "-m", f"sync.mock.{module}", "--port", "1", "--store", str(tmp_path)]
    done = subprocess.run(command, env=environment, cwd=Path(__file__).parents[2], capture_output=True, timeout=20)
    assert done.returncode == 1
    assert variable in done.stderr.decode()


# ── feed ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_change_feed_tells_everything_once_and_in_order(tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        await wire.published()
        steps = (
            repair(A),
            repair(A, 3, "RP-3", outcome="revoked", effect="restore"),
            repair(A, 4, "RP-4", outcome="withdrawn_by_authority"),
        )
        for message in steps:
            await wire.send(message)
        found, cursor, pages = [], "", 0
        while True:
            query = f"limit=3&cursor={quote(cursor)}" if cursor else "limit=3"
            status, page = await signed_get(wire, "/api/v1/changes", query)
            assert status == 200
            found += [(item["seq"], item["change"], item["version"], item["by"]) for item in page["items"]]
            cursor, pages = page["next_cursor"], pages + 1
            if not page["has_more"]:
                break
        assert found == [
            (1, "published", 1, "RP-620321-20261123-000001"),
            (2, "ended", 2, "RP-620321-20261123-000002"),
            (3, "restored", 3, "RP-3"),
            (4, "withdrawn", 4, "RP-4"),
        ]
        assert pages == 2
        status, page = await signed_get(wire, "/api/v1/changes", f"cursor={cursor}")
        assert (status, page["items"], page["next_cursor"]) == (200, [], cursor)

    on_the_wire(A, tmp_path, act)


def test_an_old_or_invented_cursor_is_refused(tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        wire.program.board.feed_keep = 2
        await wire.published()
        _, page = await signed_get(wire, "/api/v1/changes")
        for version in (2, 3, 4, 5):
            await wire.send(repair(A, version, f"RP-{version}"))
        assert (await signed_get(wire, "/api/v1/changes", f"cursor={page['next_cursor']}"))[0] == 410
        for invented in ("cursor=x", "cursor=YzE6OTk5", "cursor=%2E%2E", "limit=0", "limit=1000", "limit=x"):
            assert (await signed_get(wire, "/api/v1/changes", invented))[0] == 400

    on_the_wire(A, tmp_path, act)


# ── doors ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_request_is_taken_once(tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        path = "/api/v1/changes"
        headers = signing.sign_request(
            signing.KeyRing.parse(KEYS),
            client_id="yongchang",
            method="GET",
            path=path,
            query="",
            body=b"",
            now=time.time(),
            nonce=signing.new_nonce(),
        )
        async with aiohttp.ClientSession() as session:
            statuses = []
            for _ in range(2):
                async with session.get(wire.origin + path, headers=headers) as answer:
                    statuses.append(answer.status)
        assert statuses == [200, 401]
        assert (await wire.state())["counts"]["replayed_nonce"] == 1

    on_the_wire(A, tmp_path, act)


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded"])
def test_faults_and_state_are_not_for_those_behind_a_proxy(header: str, tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        async with aiohttp.ClientSession(headers={header: "for=203.0.113.9"}) as session:
            async with session.post(f"{wire.origin}/_mode", json={"mode": "down"}) as answer:
                assert answer.status == 403
            async with session.get(f"{wire.origin}/_state") as answer:
                assert answer.status == 403
            async with session.post(f"{wire.origin}/_edit", json={}) as answer:
                assert answer.status == 403
        assert (await wire.state())["mode"] == "ok"

    on_the_wire(A, tmp_path, act)


def test_an_unknown_mode_changes_nothing(tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        async with aiohttp.ClientSession() as session:
            for wish in (
                {"mode": "explode"},
                {"mode": "ok", "plan": ["nonsense"]},
                [],
                {"mode": "ok", "for_seconds": "x"},
            ):
                async with session.post(f"{wire.origin}/_mode", json=wish) as answer:
                    assert answer.status == 400, wish
        assert (await wire.send(report(A))).kind == "applied"

    on_the_wire(A, tmp_path, act)


def test_answers_leave_at_once(tmp_path: Path) -> None:
    """TCP_NODELAY on the accepted connection; without it a kept connection answers 25 times a second."""
    seen: list[int] = []

    async def act() -> None:
        program = PlatformA(tmp_path, signing.KeyRing.parse(KEYS))
        told = program.say

        async def spy(request: web.Request) -> web.Response:
            accepted = request.transport.get_extra_info("socket")
            seen.append(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            return told(200, {})

        app = program.app()
        app.router.add_get("/spy", spy)
        async with served(app) as origin, aiohttp.ClientSession() as session, session.get(f"{origin}/spy") as answer:
            assert answer.status == 200
        assert len(seen) == 1
        assert seen[0] != 0

    run(act())


# ── pages ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("code", [A, B])
def test_the_public_sees_the_record_and_then_nothing_of_it(code: str, tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        await wire.published()
        status, text = await wire.page(f"/p/{RECORD_KEY}")
        assert status == 200
        for words in (RECORD["subject_name"], RECORD["doc_no"], RECORD["subject_code"], "模拟平台", "2024-06-03"):
            assert words in text
        assert RECORD["subject_name"] in (await wire.page("/"))[1]
        message = repair(code)
        await wire.send(message)
        await wire.applied(message)
        status, text = await wire.page(f"/p/{RECORD_KEY}")
        assert (status, "该信息已不再公示" in text, "模拟平台" in text) == (404, True, True)
        for words in (RECORD["subject_name"], RECORD["doc_no"], RECORD["subject_code"], RECORD_KEY):
            assert words not in text
        assert RECORD["subject_name"] not in (await wire.page("/"))[1]
        assert "没有找到" in (await wire.page(f"/p/{'0' * 32}"))[1]

    on_the_wire(code, tmp_path, act)


def test_the_list_is_searched_paged_and_escaped(tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        for n in range(23):
            name = f"第{n}号公司<script>alert(1)</script>"
            await wire.send(report(A, number=f"RP-{n}", record_key=f"{n:032x}", subject_name=name))
        status, text = await wire.page("/")
        assert (status, text.count('<th scope="row">'), "第 1 / 2 页" in text) == (200, 20, True)
        assert "<script" not in text
        assert "&lt;script&gt;" in text
        assert (await wire.page("/?page=2"))[1].count('<th scope="row">') == 3
        assert (await wire.page("/?page=99"))[1].count('<th scope="row">') == 3
        assert (await wire.page("/?page=x"))[1].count('<th scope="row">') == 20
        found = (await wire.page(f"/?q={quote('第22号')}"))[1]
        assert (found.count('<th scope="row">'), "共有 1 条" in found) == (1, True)
        assert "没有正在公示的信息" in (await wire.page(f"/?q={quote('<b>无此主体')}"))[1]
        assert "<b>无" not in (await wire.page(f"/?q={quote('<b>无此主体')}"))[1]

    on_the_wire(A, tmp_path, act)


def test_pages_carry_a_strict_policy_and_no_inline_style(tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        await wire.published()
        async with aiohttp.ClientSession() as session, session.get(f"{wire.origin}/p/{RECORD_KEY}") as answer:
            text = await answer.text()
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
            assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert (" style=" in text, "<style" in text, "<script" in text) == (False, False, False)
        status, css = await wire.page("/style.css")
        assert (status, "@media (max-width: 767px)" in css) == (200, True)

    on_the_wire(A, tmp_path, act)


# ── the gateway ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_sent_is_not_delivered(tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        wire.program.receipt_seconds = 0.3
        message = sms()
        assert (await wire.send(message)).kind == "accepted"
        assert (await wire.ask(message)).kind == "accepted"
        assert (await wire.applied(message)).kind == "applied"

    on_the_wire(SMS, tmp_path, act)


@pytest.mark.parametrize(("ending", "kind", "words"), [("0000", "refused", "空号"), ("0001", "absent", "将重发")])
def test_a_message_that_was_not_delivered_says_so(ending: str, kind: str, words: str, tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        message = sms(phone=f"1380000{ending}")
        await wire.send(message)
        outcome = await wire.applied(message)
        assert (outcome.kind, words in outcome.reason) == (kind, True)

    on_the_wire(SMS, tmp_path, act)


def test_the_gateways_page_masks_numbers(tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        await wire.send(sms())
        _, text = await wire.page("/")
        assert ("138****1234" in text, "13800001234" in text, "246810" in text) == (True, False, True)
        far = {"X-Forwarded-For": "203.0.113.9"}
        async with aiohttp.ClientSession(headers=far) as session, session.get(wire.origin) as answer:
            assert "246810" not in await answer.text()

    on_the_wire(SMS, tmp_path, act)


def test_a_receipt_is_called_back_signed(tmp_path: Path) -> None:
    ring, heard = signing.KeyRing.parse(KEYS), []

    async def listen(request: web.Request) -> web.Response:
        body = await request.read()
        signing.verify_request(
            ring, request.headers, method="POST", path=request.path, query="", body=body, now=time.time()
        )
        heard.append(json.loads(body))
        return web.Response(status=204)

    async def act(wire: Wire) -> None:
        office = web.Application()
        office.router.add_post("/sms/receipt", listen)
        async with served(office) as origin:
            wire.program.callback = f"{origin}/sms/receipt"
            await wire.send(sms())
            for _ in range(100):
                if heard:
                    break
                await asyncio.sleep(0.02)
        assert [(line["message_no"], line["status"]) for line in heard] == [("SM-620321-20261123-000003", "delivered")]

    on_the_wire(SMS, tmp_path, act)
