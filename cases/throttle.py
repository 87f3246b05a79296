"""Limits that protect something: one atomic counter in the cache each, for pages and API; open when it is away."""

import ipaddress
import logging
import time
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `allowed` of `name` per `seconds`, counted in fixed windows of the server's clock."""

    name: str
    allowed: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Take:
    """What a take found: `ok`, how many are left, and in how many seconds the window ends."""

    ok: bool
    left: int
    wait_seconds: int


def address_of(request: HttpRequest) -> str:
    """The client's address. Behind our own front server it is the last one in X-Forwarded-For: the rest is hearsay."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    if settings.SECURE_PROXY_SSL_HEADER:
        address = request.META.get("HTTP_X_FORWARDED_FOR", address).rpartition(",")[2].strip()
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return "unknown"


def network_of(address: str) -> str:
    """The /24 (IPv4) or /48 (IPv6) around an address, so that a rented range does not multiply the guesses."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network(f"{known}/{24 if known.version == 4 else 48}", strict=False))


def clock() -> float:
    """Seconds since the epoch, by this server; one place, so that tests can stand on a window's edge."""
    return time.time()


def take(limit: Limit, who: str) -> Take:
    """Count one use of `limit` by `who` before anything is evaluated, and say whether it is within the limit.

    Counting first makes it safe against parallel requests. A cache that is away stops nobody: it is logged.
    """
    now = int(clock())
    key, wait = _key(limit, who, now), limit.seconds - now % limit.seconds
    try:
        cache.add(key, 0, limit.seconds + 5)
        used = cache.incr(key)
    except ValueError:  # the window ended between the two
        used = 1
    except Exception as problem:  # noqa: BLE001 - any client library's error: the limit is no reason to stop serving
        log.warning("limit %s not counted: %s", limit.name, type(problem).__name__)
        used = 0
    return Take(used <= limit.allowed, max(0, limit.allowed - used), wait)


def give_back(limit: Limit, who: str) -> None:
    """Return what `take` counted: for limits on wrong answers, after a right one."""
    try:
        cache.decr(_key(limit, who, int(clock())))
    except Exception as problem:  # noqa: BLE001 - as in `take`; ValueError: the window ended
        log.debug("limit %s not given back: %s", limit.name, type(problem).__name__)


def forget(limit: Limit, who: str) -> None:
    """Begin the present window of `who` anew: for limits on failures, after a success."""
    try:
        cache.delete(_key(limit, who, int(clock())))
    except Exception as problem:  # noqa: BLE001 - as in `take`
        log.debug("limit %s not forgotten: %s", limit.name, type(problem).__name__)


def _key(limit: Limit, who: str, now: int) -> str:
    return f"limit|{limit.name}|{who}|{now // limit.seconds}"
