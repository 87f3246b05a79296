"""The only socket of `sync`: one pooled session to named origins, with every bound that an outside party needs.

Knows nothing of platforms or signatures. Logs method, origin, status and time; never a body, a header or a query.
"""

import asyncio
import ipaddress
import logging
import re
import socket
import time
from collections.abc import Iterable, Mapping
from typing import Final, Self
from urllib.parse import SplitResult, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from creditrepair import failpoint
from sync.replies import BadReply, Failure, NoAnswer, Refused, Reply

log = logging.getLogger("sync.client")

TOTAL_SECONDS: Final = 10.0
CONNECT_SECONDS: Final = 4.0
BODY_BYTES: Final = 1_048_576
PORTS: Final = {"http": 80, "https": 443}
# The plainest writing of an origin, with a path behind it: only such a one is remembered as checked.
_WRITTEN: Final = re.compile(r"https?://[a-z0-9.-]+(?::[0-9]{1,5})?(?=/)")


def origin_of(url: str) -> str:
    """`scheme://host:port` in lower case, port always named. Refused for anything but plain http(s) addresses."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Refused("地址无效") from error
    if not _plain(parts, url):
        raise Refused("地址无效")
    host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port or PORTS[parts.scheme]}"


def _plain(parts: SplitResult, url: str) -> bool:
    host = parts.hostname or ""
    return (
        parts.scheme in PORTS
        and bool(host)
        and host.isascii()
        and not host.endswith(".")
        and "@" not in parts.netloc
        and "\\" not in url
        and url.isprintable()
    )


def permitted_address(address: str, *, inside: bool) -> bool:
    """Whether we may connect to `address`. Public unicast always; loopback and private only where named `inside`.

    Link-local (cloud metadata), multicast, unspecified and tunnelling addresses are never permitted.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif ip.sixtofour or ip.teredo or ip in ipaddress.ip_network("64:ff9b::/96"):
            return False
    if ip.is_multicast or ip.is_unspecified or ip.is_link_local or (ip.is_reserved and not ip.is_loopback):
        return False
    return ip.is_global or (inside and (ip.is_loopback or ip.is_private))


class CheckedResolver(AbstractResolver):
    """Resolve once, check every address, and hand aiohttp the very addresses it will connect to (no rebinding)."""

    def __init__(self, inside_hosts: frozenset[tuple[str, int]]) -> None:
        self._inside = inside_hosts

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
        inside = (host, port) in self._inside
        results: list[ResolveResult] = []
        for kind, _, proto, _, sockaddr in found:
            address = str(sockaddr[0])
            # One bad address condemns the name: a mixed answer is what a rebinding attack looks like.
            if not permitted_address(address, inside=inside):
                raise ForbiddenAddress(host)
            flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
            results.append(ResolveResult(hostname=host, host=address, port=port, family=kind, proto=proto, flags=flags))
        return results

    async def close(self) -> None:
        """Nothing is held open."""


class ForbiddenAddress(Exception):
    """A permitted name resolved to an address that is not. Not an OSError: aiohttp must not retry it."""


class Client:
    """One per lane, used as `async with Client(origins, inside=…) as client:`.

    allowed  URLs or origins that may be called; everything else is Refused with no connection made
    inside   those of them that an operator named as lying on this machine or in the county's own network: only they
             may be plain http or resolve to loopback and private addresses
    """

    def __init__(
        self,
        allowed: Iterable[str],
        *,
        inside: Iterable[str] = (),
        parallel: int = 16,
        total_seconds: float = TOTAL_SECONDS,
        body_bytes: int = BODY_BYTES,
    ) -> None:
        self._inside = frozenset(origin_of(url) for url in inside)
        self._allowed = frozenset(origin_of(url) for url in allowed) | self._inside
        self._parallel = parallel
        self.total_seconds = total_seconds
        self._bytes = body_bytes
        self._session: aiohttp.ClientSession | None = None
        self._checked: dict[str, str] = {}  # `scheme://host:port` as written → its origin, once it has been let through

    async def __aenter__(self) -> Self:
        hosts = frozenset((URL(origin).host or "", URL(origin).port or 0) for origin in self._inside)
        connector = aiohttp.TCPConnector(
            limit=self._parallel, resolver=CheckedResolver(hosts), use_dns_cache=False, keepalive_timeout=20
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(
                total=self.total_seconds, sock_connect=min(CONNECT_SECONDS, self.total_seconds)
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
        )
        # aiohttp repeats a PUT or GET by itself when a kept connection was dropped. A repeat with the same nonce would
        # be refused as a replay, and a refused credential stops the lane: repeats are the outbox's business alone.
        self._session._retry_connection = False
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def check(self, url: str) -> str:
        """Return the origin of `url`, or raise Refused: before any name is looked up, before any connection."""
        written = _WRITTEN.match(url)
        if written and (known := self._checked.get(written[0])) and url.isprintable() and "\\" not in url:
            return known
        origin = origin_of(url)
        if origin not in self._allowed:
            raise Refused("地址不在允许名单内")
        inside = origin in self._inside
        if not inside and not origin.startswith("https://"):
            raise Refused("只允许 https 地址")
        host = urlsplit(url).hostname or ""
        # aiohttp connects to a literal address without asking the resolver, so literals are checked here.
        if _is_literal(host) and not permitted_address(host, inside=inside):
            raise Refused("地址指向内部网络")
        if written:
            self._checked[written[0]] = origin
        return origin

    async def exchange(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        """Send one request and read one answer, within the time and size limits. Raises Refused, NoAnswer, BadReply.

        Whatever the status: 3xx are returned, never followed. Exactly one request goes out, or none.
        """
        origin = self.check(url)
        assert self._session is not None, "use `async with`"
        started = time.monotonic()
        try:
            async with self._session.request(
                method,
                URL(url, encoded=True),
                headers={"Accept-Encoding": "identity", "User-Agent": "creditrepair-sync"} | dict(headers),
                data=body or None,
                allow_redirects=False,
            ) as response:
                if method != "GET":
                    failpoint.reach("lane.after_send", origin)
                content = await self._read(response)
                found = {name.lower(): value for name, value in response.headers.items()}
                reply = Reply(response.status, found, content, int((time.monotonic() - started) * 1000))
        except Failure as failure:
            self._note(method, origin, type(failure).__name__, started)
            raise
        except ForbiddenAddress as error:
            self._note(method, origin, "forbidden address", started)
            raise Refused("地址指向内部网络") from error
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError, aiohttp.InvalidURL) as error:
            self._note(method, origin, type(error).__name__, started)
            raise Refused("无法连接对方服务器") from error
        except TimeoutError as error:
            self._note(method, origin, "timeout", started)
            raise NoAnswer(f"{self.total_seconds:g} 秒内没有收到答复") from error
        except aiohttp.ClientResponseError as error:
            self._note(method, origin, "not HTTP", started)
            raise BadReply("对方返回的不是有效的 HTTP 答复") from error
        except (aiohttp.ClientError, OSError) as error:
            self._note(method, origin, type(error).__name__, started)
            raise NoAnswer("连接中断，没有收到完整答复") from error
        self._note(method, origin, reply.status, started)
        return reply

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        """Read up to the cap; stop at the first byte beyond it, whatever length was announced."""
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise BadReply("对方返回了未约定的压缩内容")
        if (response.content_length or 0) > self._bytes:
            response.close()
            raise BadReply("对方返回的内容超过 1 MB")
        content = bytearray()
        async for chunk in response.content.iter_chunked(65536):
            content += chunk
            if len(content) > self._bytes:
                response.close()
                raise BadReply("对方返回的内容超过 1 MB")
        return bytes(content)

    def _note(self, method: str, origin: str, what: object, started: float) -> None:
        log.info("%s %s -> %s in %d ms", method, origin, what, int((time.monotonic() - started) * 1000))


def _is_literal(host: str) -> bool:
    """Whether aiohttp would connect without asking the resolver: also short forms such as 127.1 or 2130706433."""
    return ":" in host or host.replace(".", "").isdigit()
