"""At the door of a mock: signature, time and nonce of each request; signature of each answer; who is local."""

import ipaddress
import os
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web

from sync import signing

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
NONCE_SECONDS: Final = 600
FAULT: Final = web.RequestKey("fault", str)
SLEPT: Final = web.RequestKey("slept", bool)


def keys_from(variable: str) -> signing.KeyRing:
    """Credentials come from the environment, `kid:hexsecret[,kid2:hexsecret2]`; without them a mock does not start."""
    try:
        return signing.KeyRing.parse(os.environ.get(variable, ""))
    except ValueError as error:
        raise SystemExit(f"{variable}: {error}") from error


def is_local(request: web.Request) -> bool:
    """A direct call from this machine: no proxy in between whose own address would be loopback."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        return False


class Nonces:
    """Remembers nonces for ten minutes, twice as long as a timestamp is good for."""

    def __init__(self) -> None:
        self._known: set[tuple[str, str]] = set()
        self._order: deque[tuple[float, tuple[str, str]]] = deque()

    def is_new(self, client: str, nonce: str, now: float) -> bool:
        while self._order and self._order[0][0] < now - NONCE_SECONDS:
            self._known.discard(self._order.popleft()[1])
        if (client, nonce) in self._known:
            return False
        self._known.add((client, nonce))
        self._order.append((now, (client, nonce)))
        return True


def guard_middleware(
    ring: signing.KeyRing, refuse: Callable[[int, str, str], web.Response], prefix: str, counts: Counter[str]
) -> Any:
    """Refuse what is not signed by a key of `ring`, in time, once. 401 in the platform's own dialect."""
    nonces = Nonces()

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(prefix):
            return await handler(request)
        body = await request.read()
        try:
            nonce = signing.verify_request(
                ring,
                request.headers,
                method=request.method,
                path=request.rel_url.raw_path,
                query=request.rel_url.raw_query_string,
                body=body,
                now=time.time(),
            )
        except signing.BadSignature:
            counts["bad_signature"] += 1
            return refuse(401, "bad_credential", "签名、时间或凭证无效")
        if not nonces.is_new(request.headers.get("X-Client-Id", ""), nonce, time.time()):
            counts["replayed_nonce"] += 1
            return refuse(401, "bad_credential", "随机数已使用过")
        return await handler(request)

    return middleware


def seal_middleware(ring: signing.KeyRing, prefix: str, counts: Counter[str]) -> Any:
    """Sign every answer of the interface, errors too, for the request that asked (outermost: sees the final bytes)."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        answer = await handler(request)
        if not request.path.startswith(prefix):
            return answer
        counts["requests"] += 1
        counts[f"status_{answer.status}"] += 1
        if not isinstance(answer, web.Response) or answer.prepared:
            return answer
        body = answer.body if isinstance(answer.body, bytes) else b""
        fault = request.get(FAULT)
        now = time.time() - (600 if fault == "stale" else 0)
        used = signing.KeyRing((signing.Key(ring.current.kid, b"x" * 32),)) if fault == "badsig" else ring
        nonce = request.headers.get("X-Nonce", "")
        alg = request.headers.get("X-Signature", "").split(" ")[0]
        answer.headers.update(
            signing.sign_answer(
                used,
                status=answer.status,
                body=body,
                now=now,
                nonce=nonce if nonce.isalnum() and len(nonce) <= 64 else signing.new_nonce(),
                algorithm=alg if alg in signing.ALGORITHMS else signing.SHA256,
            )
        )
        return answer

    return middleware
