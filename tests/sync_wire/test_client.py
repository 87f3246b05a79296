"""The only socket: which addresses it refuses before any connection, and the bounds it puts on every answer."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable

import pytest
from aiohttp import web

from sync import client as wire_client
from sync.client import Client, permitted_address
from sync.replies import BadReply, NoAnswer, Refused
from tests.sync_wire.world import run, served


@contextlib.asynccontextmanager
async def talking(answer: Callable, **bounds: float) -> AsyncIterator[tuple[Client, str, list[str]]]:
    """A bare server that answers every path with `answer`, a client that may call it, and the list of what arrived."""
    arrived: list[str] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        arrived.append(f"{request.method} {request.path}")
        return await answer(request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    async with served(app) as origin, Client([origin], inside=[origin], **bounds) as client:
        yield client, origin, arrived


@contextlib.asynccontextmanager
async def raw(behave: Callable) -> AsyncIterator[tuple[str, list[int]]]:
    """A bare TCP listener; yields its origin and the list of connections made to it."""
    made: list[int] = []
    serving: list[asyncio.Task] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        made.append(1)
        serving.append(asyncio.current_task())
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await behave(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", made
    for task in serving:
        task.cancel()
    await asyncio.gather(*serving, return_exceptions=True)


INTERNAL = [
    "http://127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://localhost.:{port}/",
    "http://127.1:{port}/",
    "http://0x7f000001:{port}/",
    "http://2130706433:{port}/",
    "http://0:{port}/",
    "http://[::1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "https://127.0.0.1:{port}/",
    "http://platform.example@127.0.0.1:{port}/",
    "http://169.254.169.254/latest/meta-data/",
    "gopher://127.0.0.1:{port}/",
    "file:///etc/hostname",
    "http://platform.example\\@127.0.0.1:{port}/",
    "http://xn--fsq.example:{port}/",
]


@pytest.mark.parametrize("url", INTERNAL)
@pytest.mark.fault("B56", "T19")
def test_an_address_that_nobody_listed_is_refused_with_no_connection(url: str) -> None:
    async def act() -> None:
        async with raw(lambda r, w: r.read(1)) as (origin, made):
            port = origin.rpartition(":")[2]
            async with Client(["https://platform.example"]) as client:
                with pytest.raises(Refused):
                    await client.exchange("GET", url.format(port=port), headers={})
            await asyncio.sleep(0.02)
            assert made == []

    run(act())


@pytest.mark.fault("B56")
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "0x7f000001", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1"]
)
def test_a_listed_name_that_leads_inside_is_refused_with_no_connection(host: str) -> None:
    async def act() -> None:
        async with raw(lambda r, w: r.read(1)) as (origin, made):
            listed = f"https://{host}:{origin.rpartition(':')[2]}"
            async with Client([listed]) as client:
                with pytest.raises(Refused, match="内部网络"):
                    await client.exchange("GET", f"{listed}/x", headers={})
            await asyncio.sleep(0.02)
            assert made == []

    run(act())


def test_the_same_listener_is_reached_once_it_is_named_as_inside() -> None:
    async def act() -> None:
        async with talking(lambda r: answer_json()) as (client, origin, arrived):
            reply = await client.exchange("GET", f"{origin}/x", headers={})
            assert (reply.status, reply.json(), arrived) == (200, {"a": 1}, ["GET /x"])

    run(act())


async def answer_json() -> web.Response:
    return web.json_response({"a": 1})


@pytest.mark.fault("B56")
def test_a_name_that_changes_its_address_between_two_calls_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rebinding: the address checked is the address connected to, at each connection anew."""
    looked_up: list[str] = []

    async def act() -> None:
        loop = asyncio.get_running_loop()

        async def lookup(host: str, port: int, **_: object) -> list[tuple]:
            looked_up.append(host)
            public = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", port))
            private = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))
            return [public, private]

        monkeypatch.setattr(loop, "getaddrinfo", lookup)
        async with raw(lambda r, w: r.read(1)) as (origin, made):
            listed = f"https://rebind.example:{origin.rpartition(':')[2]}"
            async with Client([listed]) as client:
                with pytest.raises(Refused, match="内部网络"):
                    await client.exchange("GET", f"{listed}/x", headers={})
            assert (made, looked_up) == ([], ["rebind.example"])

    run(act())


@pytest.mark.fault("B56")
@pytest.mark.parametrize(
    ("address", "outside", "inside"),
    [
        ("93.184.216.34", True, True),
        ("2606:4700::1111", True, True),
        ("127.0.0.1", False, True),
        ("10.1.2.3", False, True),
        ("192.168.1.1", False, True),
        ("172.16.0.9", False, True),
        ("fd00::1", False, True),
        ("::1", False, True),
        ("::ffff:10.0.0.1", False, True),
        ("169.254.169.254", False, False),
        ("::ffff:169.254.169.254", False, False),
        ("fe80::1%eth0", False, False),
        ("0.0.0.0", False, False),  # noqa: S104 - an address to refuse
        ("::", False, False),
        ("224.0.0.1", False, False),
        ("ff02::1", False, False),
        ("240.0.0.1", False, False),
        ("255.255.255.255", False, False),
        ("100.64.0.1", False, False),
        ("2002:7f00:1::", False, False),
        ("64:ff9b::7f00:1", False, False),
        ("2001:0:1234::1", False, False),
        ("rubbish", False, False),
    ],
)
def test_which_addresses_may_be_connected_to(address: str, outside: bool, inside: bool) -> None:
    assert permitted_address(address, inside=False) is outside
    assert permitted_address(address, inside=True) is inside


def test_plain_http_is_refused_outside() -> None:
    async def act() -> None:
        async with Client(["http://platform.example"]) as client:
            with pytest.raises(Refused, match="https"):
                await client.exchange("GET", "http://platform.example/x", headers={})

    run(act())


@pytest.mark.fault("F31")
def test_a_redirect_is_returned_and_not_followed() -> None:
    async def redirect(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/secret"})

    async def act() -> None:
        async with talking(redirect) as (client, origin, arrived):
            assert (await client.exchange("GET", f"{origin}/x", headers={})).status == 302
            assert arrived == ["GET /x"]

    run(act())


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.fault("F29")
def test_a_body_over_the_cap_is_given_up(announced: bool) -> None:
    async def flood(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Length": str(2**30)} if announced else {})
        await answer.prepare(request)
        with contextlib.suppress(ConnectionError):
            for _ in range(2**14):
                await answer.write(b"x" * 65536)
        return answer

    async def act() -> None:
        async with talking(flood) as (client, origin, _):
            with pytest.raises(BadReply, match="1 MB"):
                await client.exchange("GET", f"{origin}/x", headers={})

    run(act())


def test_a_body_of_exactly_the_cap_is_read() -> None:
    async def full(request: web.Request) -> web.Response:
        return web.Response(body=b"x" * wire_client.BODY_BYTES)

    async def act() -> None:
        async with talking(full) as (client, origin, _):
            assert len((await client.exchange("GET", f"{origin}/x", headers={})).body) == 1_048_576

    run(act())


def test_a_compressed_body_is_not_unfolded() -> None:
    async def bomb(request: web.Request) -> web.Response:
        answer = web.Response(body=b"{}" * 1000)
        answer.headers["Content-Encoding"] = "gzip"
        return answer

    async def act() -> None:
        async with talking(bomb) as (client, origin, _):
            with pytest.raises(BadReply, match="压缩"):
                await client.exchange("GET", f"{origin}/x", headers={})

    run(act())


@pytest.mark.fault("F26")
def test_silence_is_an_unknown_outcome_after_the_time_is_up() -> None:
    async def act() -> None:
        async with raw(lambda r, w: asyncio.sleep(5)) as (origin, made):
            async with Client([origin], inside=[origin], total_seconds=0.3) as client:
                started = time.monotonic()
                with pytest.raises(NoAnswer, match="没有收到答复"):
                    await client.exchange("POST", f"{origin}/x", headers={}, body=b"{}")
                assert 0.25 < time.monotonic() - started < 2
            assert made == [1]

    run(act())


@pytest.mark.fault("F26")
def test_an_answer_at_one_byte_a_time_ends_with_the_time_as_well() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(100):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    async def act() -> None:
        async with raw(drip) as (origin, _), Client([origin], inside=[origin], total_seconds=0.4) as client:
            with pytest.raises(NoAnswer):
                await client.exchange("GET", f"{origin}/x", headers={})

    run(act())


@pytest.mark.fault("F25")
def test_a_refused_connection_means_nothing_was_sent() -> None:
    async def act() -> None:
        async with raw(lambda r, w: r.read(1)) as (origin, _):
            pass
        async with Client([origin], inside=[origin]) as client:
            with pytest.raises(Refused, match="无法连接"):
                await client.exchange("POST", f"{origin}/x", headers={}, body=b"{}")

    run(act())


@pytest.mark.fault("F25")
def test_a_name_that_is_not_found_means_nothing_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    async def act() -> None:
        async def lookup(host: str, port: int, **_: object) -> list[tuple]:
            raise socket.gaierror(-2, "Name or service not known")

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", lookup)
        async with Client(["https://platform.example"]) as client:
            with pytest.raises(Refused, match="无法连接"):
                await client.exchange("GET", "https://platform.example/x", headers={})

    run(act())


@pytest.mark.fault("F29")
def test_rubbish_instead_of_http_is_an_unknown_outcome() -> None:
    async def rubbish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
        await writer.drain()

    async def act() -> None:
        async with raw(rubbish) as (origin, _), Client([origin], inside=[origin]) as client:
            with pytest.raises(BadReply):
                await client.exchange("GET", f"{origin}/x", headers={})

    run(act())


@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
def test_a_dropped_kept_connection_is_never_repeated_by_the_library(method: str) -> None:
    """One request goes out or none: a repeat with the same nonce would look like a replay and stop the lane."""
    arrived: list[bytes] = []

    async def once_then_drop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.append((await reader.readuntil(b"\r\n\r\n"))[:4])
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        await writer.drain()
        arrived.append((await reader.readuntil(b"\r\n\r\n"))[:4])

    async def act() -> None:
        async with raw(once_then_drop) as (origin, made), Client([origin], inside=[origin]) as client:
            assert (await client.exchange("GET", f"{origin}/x", headers={})).status == 200
            with pytest.raises(NoAnswer):
                await client.exchange(method, f"{origin}/x", headers={}, body=b"" if method == "GET" else b"{}")
            assert (len(arrived), made) == (2, [1])

    run(act())


@pytest.mark.fault("F29")
@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/html; charset=utf-8", b"{}"),
        ("application/json; charset=gbk", b"{}"),
        ("application/json", '{"a":"号"}'.encode("gbk")),
        ("application/json", b""),
        ("application/json", b"[]"),
        ("application/json", b'{"a":1,"a":2}'),
        ("application/json", b'{"a":NaN}'),
        ("application/json", b"[" * 100_000),
        ("application/json", b"\xef\xbb\xbf{}"),
    ],
)
def test_only_a_json_object_in_utf8_is_read(content_type: str, body: bytes) -> None:
    with pytest.raises(BadReply):
        wire_client.Reply(200, {"content-type": content_type}, body, 1).json()


def test_nothing_of_a_body_or_a_header_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def act() -> None:
        async with talking(lambda r: answer_json()) as (client, origin, _):
            headers = {"X-Signature": "header-secret"}
            await client.exchange("POST", f"{origin}/x?q=query-secret", headers=headers, body=b"body-secret")

    caplog.set_level("DEBUG", logger="sync.client")
    run(act())
    assert "-> 200 in" in caplog.text
    assert "secret" not in caplog.text
