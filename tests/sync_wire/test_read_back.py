"""Verified means read back: gone from the interface and from the public page, at our version or later."""

from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from sync.client import Client
from sync.targets import connect
from tests.sync_wire.world import RECORD_KEY, Wire, on_the_wire, repair, report, served

A, B = "creditchina_jinchang", "gsxt_gansu"
BOTH = pytest.mark.parametrize("code", [A, B])


async def edit(wire: Wire, status: str) -> None:
    wish = {"record_key": RECORD_KEY, "status": status, "by": "platform-clerk"}
    async with aiohttp.ClientSession() as session, session.post(f"{wire.origin}/_edit", json=wish) as answer:
        assert answer.status == 200


@BOTH
def test_a_published_record_is_seen_and_not_taken_for_repaired(code: str, tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        await wire.published()
        for level in ("both", "api", "public_page"):
            assert (await wire.look(report(code), "published", level)).agrees is True
            look = await wire.look(repair(code), "absent", level)
            assert (look.agrees, look.found_status) == (False, "published")
            assert look.detail

    on_the_wire(code, tmp_path, act)


@BOTH
def test_a_repaired_record_is_gone_from_interface_and_page(code: str, tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        await wire.published()
        message = repair(code)
        await wire.send(message)
        assert (await wire.applied(message)).kind == "applied"
        look = await wire.look(message, "absent")
        assert (look.agrees, look.found_status, look.version, look.how) == (True, "ended", 2, "public_page")
        assert (await wire.look(message, "absent", "api")).how == "api"
        assert (await wire.look(message, "published")).agrees is False

    on_the_wire(code, tmp_path, act)


STILL_SHOWN = f"<!doctype html><title>x</title><p>永昌县赵记面粉有限公司 {RECORD_KEY}</p>"


@BOTH
@pytest.mark.parametrize(
    ("status", "text", "agrees"),
    [
        (200, STILL_SHOWN, False),  # a cache that lags behind
        (404, "<p>Not Found</p>", None),  # a 404 of somebody else's making
        (200, "<p>该信息已不再公示</p>", None),  # the words without the status
        (503, "<p>维护中</p>", None),
        (302, "", None),
    ],
)
def test_an_interface_that_agrees_alone_proves_nothing(
    code: str, status: int, text: str, agrees: bool | None, tmp_path: Path
) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, text=text, content_type="text/html")

    async def act(wire: Wire) -> None:
        await wire.published()
        message = repair(code)
        await wire.send(message)
        await wire.applied(message)
        front = web.Application()
        front.router.add_get("/p/{key}", answer)
        async with served(front) as public, Client([wire.origin, public], inside=[wire.origin, public]) as client:
            target = connect(code, replace(wire.target.config, public_url=public))
            api = await target.read_back(client, message.record_key, message.version, "absent", "api")
            both = await target.read_back(client, message.record_key, message.version, "absent")
        assert (api.agrees, both.agrees, both.found_status, both.version) == (True, agrees, "ended", 2)
        assert both.detail

    on_the_wire(code, tmp_path, act)


@BOTH
def test_a_lower_version_does_not_verify_a_higher_one(code: str, tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        await wire.published()
        await edit(wire, "ended")
        look = await wire.look(repair(code), "absent", "api")
        assert (look.agrees, look.found_status, look.version) == (False, "ended", 1)

    on_the_wire(code, tmp_path, act)


@BOTH
def test_what_somebody_else_put_back_is_seen_as_different(code: str, tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        await wire.published()
        message = repair(code)
        await wire.send(message)
        await wire.applied(message)
        assert (await wire.look(message, "absent")).agrees is True
        await edit(wire, "published")
        assert (await wire.look(message, "absent")).agrees is False

    on_the_wire(code, tmp_path, act)


@BOTH
def test_a_record_that_never_came_is_not_a_repaired_one(code: str, tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        look = await wire.look(repair(code), "absent")
        assert (look.agrees, look.found_status) == (False, "never_seen")
        page = await wire.look(repair(code), "absent", "public_page")
        assert page.agrees is None  # a page that was never there does not say that publication has ended

    on_the_wire(code, tmp_path, act)


@BOTH
@pytest.mark.parametrize("mode", ["500", "302", "html", "badsig", "lost_reply", "down", "401", "empty", "gbk"])
def test_a_look_that_failed_is_not_known(code: str, mode: str, tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        await wire.published()
        message = repair(code)
        await wire.send(message)
        await wire.applied(message)
        await wire.mode(mode)
        look = await wire.look(message, "absent")
        assert (look.agrees, look.found_status, look.version) == (None, "", None)
        assert look.detail

    on_the_wire(code, tmp_path, act)


@BOTH
def test_a_revoked_repair_is_published_again(code: str, tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        await wire.published()
        for message in (repair(code), repair(code, 3, "RP-3", outcome="revoked", effect="restore")):
            await wire.send(message)
            assert (await wire.applied(message)).kind == "applied"
        look = await wire.look(message, "published")
        assert (look.agrees, look.found_status, look.version) == (True, "published", 3)

    on_the_wire(code, tmp_path, act)


def test_a_short_message_has_nothing_to_read_back(tmp_path: Path) -> None:
    async def act(wire: Wire) -> None:
        for level in ("both", "api", "public_page"):
            look = await wire.target.read_back(wire.client, "", 1, "absent", level)
            assert look.agrees is None

    on_the_wire("sms_gateway", tmp_path, act)
