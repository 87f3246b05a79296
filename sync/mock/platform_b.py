"""Mock of 国家企业信用信息公示系统（甘肃）: ignores keys (a repeat is a second effect), asynchronous, CF_ fields.

PLATFORM_B_KEYS=kid:hex python -m sync.mock.platform_b --port 8622 --store DIR
"""

import asyncio
import contextlib
import json
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from sync import signing
from sync.mock.board import Record
from sync.mock.guard import FAULT
from sync.mock.pages import Site
from sync.mock.platform import Platform, digest, read_body, read_sealed
from sync.mock.serve import main

APPLY_SECONDS: Final = 1.0
TICK_SECONDS: Final = 0.2
# Their names for what the board holds; the original message travels word for word in BWYW.
THEIRS: Final = {
    "record_key": "XXBS",
    "message_no": "BWBH",
    "key": "YWJ",
    "version": "BBH",
    "subject_code": "CF_XDR_SHXYM",
}
CODES: Final = {
    "bad_credential": "E1001",
    "forbidden": "E1001",
    "bad_json": "E1003",
    "bad_field": "E1003",
    "bad_cursor": "E1003",
    "record_unknown": "E1004",
    "refused": "E1007",
    "subject_differs": "E1007",
    "version_taken": "E1007",
    "busy": "E1008",
    "lower_version": "E1009",
    "message_unknown": "E1404",
    "application_unknown": "E1004",
    "cursor_too_old": "E1410",
}


class PlatformB(Platform):
    site = Site(
        theme="b",
        name="国家企业信用信息公示系统（甘肃）",
        sub_name="企业信用信息公示",
        operator="甘肃省市场监督管理部门（模拟）",
        list_title="企业失信信息公示",
        navigation=("企业信息填报", "信息公告", "小微企业名录", "使用帮助"),
        basis="公示信息由作出决定的机关提供并对其真实性负责。信息终止公示后，本系统不再提供查询。",
    )

    def __init__(self, store: Path, ring: signing.KeyRing, apply_seconds: float = APPLY_SECONDS) -> None:
        super().__init__(store, ring)
        self.apply_seconds = apply_seconds

    def app(self) -> web.Application:
        app = super().app()
        app.cleanup_ctx.append(self._working)
        return app

    async def _working(self, _: web.Application) -> AsyncIterator[None]:
        """The asynchronous half: what was received takes effect a little later, also after a restart."""

        async def work() -> None:
            while True:
                await asyncio.sleep(TICK_SECONDS)
                await self.settled()

        task = asyncio.create_task(work())
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    def say(self, status: int, data: dict[str, Any], headers: dict[str, str] | None = None) -> web.Response:
        body = {"code": "0", "msg": "成功", "data": data}
        return web.json_response(body, status=status, headers=headers, dumps=_dumps)

    def refuse(self, status: int, code: str, words: str) -> web.Response:
        """Business errors are HTTP 200 with a code; credentials, throttling and crashes keep their status."""
        shown = status if status in (401, 403, 429, 500) else 200
        return web.json_response(
            {"code": CODES.get(code, "E5000"), "msg": words, "data": None}, status=shown, dumps=_dumps
        )

    def told(self, key: str, record: Record) -> dict[str, Any]:
        facts = record.facts
        theirs = {
            "CF_WSH": facts.get("doc_no"),
            "CF_XDR_MC": facts.get("subject_name"),
            "CF_XDR_SHXYM": facts.get("subject_code"),
        }
        return super().told(key, record) | theirs

    async def take(self, request: web.Request, kind: str) -> web.Response:
        theirs = read_body(await request.read())
        original = theirs.get("BWYW") if theirs else None
        message = read_sealed(original.encode()) if isinstance(original, str) else None
        if theirs is None or message is None or not isinstance(original, str):
            return self.refuse(400, "bad_json", "报文不是有效的 JSON，或缺少原文 BWYW")
        if any(theirs.get(name) != message.get(ours) for ours, name in THEIRS.items()):
            return self.refuse(400, "bad_field", "报文字段与原文不一致")
        if kind == "report" and message.get("record_key") != request.match_info["record_key"]:
            return self.refuse(400, "bad_field", "网址与报文的信息标识不一致")
        if kind == "ack" and message.get("application_no") != request.match_info["application_no"]:
            return self.refuse(400, "bad_field", "网址与报文的申请编号不一致")
        self.board.apply_due(time.time())
        if problem := self.board.problem_of(kind, message):
            return self.problem(problem)
        now = time.time()
        for _ in range(2 if request.get(FAULT) == "dup" else 1):
            receipt = self.board.receive(
                kind, message, digest(original.encode()), now=now, apply_at=now + self.apply_seconds
            )
        await self.ledger.durable()
        return self.say(202, receipt.public())


def _dumps(found: object) -> str:
    return json.dumps(found, ensure_ascii=False)


def build(store: Path, ring: signing.KeyRing) -> web.Application:
    return PlatformB(store, ring, float(os.environ.get("PLATFORM_B_APPLY_SECONDS", APPLY_SECONDS))).app()


if __name__ == "__main__":
    main("platform_b", "PLATFORM_B_KEYS", build)
