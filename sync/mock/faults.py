"""Faults of a mock, switched from this machine only: what goes wrong, with which request, how long, by which seed."""

import asyncio
import random
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web

from sync.mock.guard import FAULT, SLEPT, is_local

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
MODES: Final = (
    "ok", "500", "slow", "lost_reply", "dup", "401", "302", "bigbody", "badsig", "down", "html",
    "400", "403", "422", "429", "empty", "gbk", "stale",
)  # fmt: skip
REFUSALS: Final = {
    "400": ("bad_field", "报文格式不正确"),
    "401": ("bad_credential", "签名或凭证无效"),
    "403": ("forbidden", "该凭证已停用"),
    "422": ("refused", "材料与公示内容不一致，不予受理"),
    "429": ("busy", "请求过于频繁"),
    "500": ("error", "系统异常"),
}
LOGIN_PAGE: Final = "<!doctype html><html lang=zh-CN><meta charset=utf-8><title>登录</title><p>请先登录</p></html>"


class Faults:
    """`mode` holds until `until`. A plan goes before it: a list is used up, weights are drawn by seed."""

    def __init__(self) -> None:
        self.mode = "ok"
        self.until: float | None = None
        self.queue: deque[str] = deque()
        self.weights: dict[str, int] = {}
        self.methods: frozenset[str] = frozenset()
        self.slow_seconds = 30.0
        self.retry_after = 7
        self.seen: Counter[str] = Counter()
        self._random = random.Random(0)  # noqa: S311 - a repeatable plan, not a secret

    def set(self, wish: dict[str, Any]) -> None:
        """Take over the body of `POST /_mode`. ValueError names what is wrong; nothing is changed then."""
        plan = wish.get("plan") or []
        mode = wish.get("mode", "ok")
        if mode not in MODES or not isinstance(plan, list | dict) or any(word not in MODES for word in plan):
            raise ValueError(f"modes are {', '.join(MODES)}")
        weights = {str(k): int(v) for k, v in plan.items()} if isinstance(plan, dict) else {}
        seconds = wish.get("for_seconds")
        until = None if seconds is None else time.monotonic() + float(seconds)
        slow, after = float(wish.get("slow_seconds", 30)), int(wish.get("retry_after", 7))
        self.mode, self.until, self.weights, self.slow_seconds, self.retry_after = mode, until, weights, slow, after
        self.queue = deque(plan if isinstance(plan, list) else [])
        self.methods = frozenset(str(m).upper() for m in wish.get("methods", []))
        self._random = random.Random(wish.get("seed", 0))  # noqa: S311

    def next(self, method: str) -> str:
        if self.until is not None and time.monotonic() >= self.until:
            self.mode, self.until, self.weights = "ok", None, {}
            self.queue.clear()
        if self.methods and method not in self.methods:
            return "ok"
        if self.queue:
            word = self.queue.popleft()
        elif self.weights:
            word = self._random.choices(list(self.weights), list(self.weights.values()))[0]
        else:
            word = self.mode
        self.seen[word] += 1
        return word

    async def switch(self, request: web.Request) -> web.Response:
        """`POST /_mode`, from loopback only."""
        if not is_local(request):
            raise web.HTTPForbidden(text="only from this machine")
        try:
            self.set(await request.json())
        except (ValueError, TypeError, AttributeError) as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        return web.json_response({"mode": self.mode, "plan": list(self.queue) or self.weights})


def fault_middleware(faults: Faults, refuse: Callable[[int, str, str], web.Response], prefix: str) -> Any:
    """Faults on the interface paths under `prefix`; `refuse(status, code, words)` speaks the platform's own dialect."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(prefix):
            return await handler(request)
        mode = faults.next(request.method)
        if mode in REFUSALS:
            answer = refuse(int(mode), *REFUSALS[mode])
            if mode == "429":
                answer.headers["Retry-After"] = str(faults.retry_after)
            return answer
        request[FAULT] = mode
        match mode:
            case "down":
                return _cut(request)
            case "302":
                return web.Response(status=302, headers={"Location": "http://169.254.169.254/latest/meta-data/"})
            case "html":
                return web.Response(text=LOGIN_PAGE, content_type="text/html")
            case "empty":
                return web.Response(status=200)
            case "gbk":
                return web.Response(body='{"说明":"成功"}'.encode("gbk"), headers=_json_in("gbk"))
            case "bigbody":
                return await _flood(request)
        held = await handler(request)
        if mode == "slow" and SLEPT not in request:
            await asyncio.sleep(faults.slow_seconds)
        return _cut(request) if mode == "lost_reply" else held

    return middleware


def _json_in(charset: str) -> dict[str, str]:
    return {"Content-Type": f"application/json; charset={charset}"}


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


async def _flood(request: web.Request) -> web.StreamResponse:
    """Up to 1 GB of a body without announced length; ends when the other side has had enough."""
    answer = web.StreamResponse(headers=_json_in("utf-8"))
    await answer.prepare(request)
    try:
        for _ in range(16_384):
            await answer.write(b" " * 65_536)
    except ConnectionError:
        return answer
    return answer
