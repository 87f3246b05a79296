"""Mock of 信用中国（甘肃金昌）: honours the idempotency key, applies at once, errors are problem+json.

PLATFORM_A_KEYS=kid:hex python -m sync.mock.platform_a --port 8621 --store DIR
"""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

from aiohttp import web

from sync import signing
from sync.mock.guard import FAULT, SLEPT
from sync.mock.pages import Site
from sync.mock.platform import Platform, digest, read_sealed
from sync.mock.serve import main


class PlatformA(Platform):
    site = Site(
        theme="a",
        name="信用中国（甘肃金昌）",
        sub_name="公共信用信息公示",
        operator="金昌市社会信用体系建设主管部门（模拟）",
        list_title="失信信息公示",
        navigation=("信用动态", "政策法规", "信用服务", "办事指引"),
        basis="公示内容由认定单位提供。对公示内容有异议的，可向认定单位或本网站提出；信用修复全程免费。",
    )

    def __init__(self, store: Path, ring: signing.KeyRing) -> None:
        super().__init__(store, ring)
        self._answering: set[str] = set()

    def say(self, status: int, data: dict[str, Any], headers: dict[str, str] | None = None) -> web.Response:
        return web.json_response(data, status=status, headers=headers, dumps=_dumps)

    def refuse(self, status: int, code: str, words: str) -> web.Response:
        found = {"type": f"urn:problem:{code}", "title": "未能办理", "status": status, "detail": words, "code": code}
        return web.Response(text=_dumps(found), status=status, content_type="application/problem+json")

    async def take(self, request: web.Request, kind: str) -> web.Response:
        raw = await request.read()
        message = read_sealed(raw)
        if message is None:
            return self.refuse(400, "bad_json", "报文不是有效的 JSON，或缺少签名")
        key = message.get("key")
        if not isinstance(key, str) or request.headers.get("Idempotency-Key") != key:
            return self.refuse(400, "bad_key", "缺少 Idempotency-Key，或与报文不一致")
        if key in self._answering:
            answer = self.refuse(409, "in_progress", "同一报文正在办理")
            answer.headers["Retry-After"] = "5"
            return answer
        self._answering.add(key)
        try:
            answer = await self._take(request, kind, message, raw)
            if request.get(FAULT) == "slow":
                # Held here, not only in the fault: while the first answer is out, the same key is in progress.
                request[SLEPT] = True
                await asyncio.sleep(self.faults.slow_seconds)
            return answer
        finally:
            self._answering.discard(key)

    async def _take(self, request: web.Request, kind: str, message: dict[str, Any], raw: bytes) -> web.Response:
        first = self.board.by_key.get(message["key"])
        if first is not None:
            if first.sha != digest(raw) or first.kind != kind:
                return self.refuse(422, "key_reused", "同一业务键对应的报文内容不同")
            await self.ledger.durable()
            self.counts["replays"] += 1
            status, text = first.answer or (201, _dumps(first.public()))
            headers = {"Idempotency-Replayed": "true"}
            return web.Response(text=text, status=status, content_type="application/json", headers=headers)
        if problem := self.board.problem_of(kind, message):
            return self.problem(problem)
        held = self.board.records.get(message.get("record_key", ""))
        if kind == "ack" and message["application_no"] != request.match_info["application_no"]:
            return self.refuse(400, "bad_field", "网址与报文的申请编号不一致")
        if kind == "report":
            if message["record_key"] != request.match_info["record_key"]:
                return self.refuse(400, "bad_field", "网址与报文的信息标识不一致")
            if held and "If-Match" not in request.headers:
                return self.refuse(428, "if_match_needed", "更改已有信息须带 If-Match")
            if request.headers.get("If-Match", held.etag if held else "") != (held.etag if held else ""):
                return self.refuse(412, "changed", "该信息已有变化，请重新读取")
        now = time.time()
        receipt = self.board.receive(kind, message, digest(raw), now=now, apply_at=now)
        if request.get(FAULT) == "dup":
            self.board.apply(receipt, now)
        status, text = 200 if kind == "report" and held else 201, _dumps(receipt.public())
        self.board.answered(receipt, status, text)
        await self.ledger.durable()
        return web.Response(text=text, status=status, content_type="application/json")


def _dumps(found: object) -> str:
    return json.dumps(found, ensure_ascii=False)


def build(store: Path, ring: signing.KeyRing) -> web.Application:
    return PlatformA(store, ring).app()


if __name__ == "__main__":
    main("platform_a", "PLATFORM_A_KEYS", build)
