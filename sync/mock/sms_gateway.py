"""Mock of the short-message gateway: registered templates, receipts a little later, no de-duplication, a page to read.

SMS_KEYS=kid:hex [SMS_CALLBACK_URL=http://…] python -m sync.mock.sms_gateway --port 8623 --store DIR
"""

import asyncio
import contextlib
import json
import os
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from sync import signing
from sync.messages import BadSms, NotAMobile, sms_message, sms_text
from sync.mock import pages
from sync.mock.board import when
from sync.mock.faults import Faults, fault_middleware
from sync.mock.guard import FAULT, guard_middleware, is_local, seal_middleware
from sync.mock.ledger import Ledger
from sync.mock.platform import BODY_BYTES, healthy, html, read_body, style
from sync.mock.serve import main

PREFIX: Final = "/v1/"
RECEIPT_SECONDS: Final = 1.0
TICK_SECONDS: Final = 0.2
SHOWN: Final = 100
# Numbers by their ending, so that a demonstration can meet every receipt.
FATES: Final[dict[str, tuple[tuple[str, str | None], ...]]] = {  # the first time, the second …; the last for good
    "0000": (("failed_permanent", "空号"),),
    "0001": (("failed_temporary", "用户关机"),),
    "0002": (("unknown", None),),
    "0003": (("failed_temporary", "用户关机"), ("delivered", None)),
}
STATUS_TEXT: Final = {
    "unknown": "已提交，尚无回执",
    "delivered": "已送达",
    "failed_permanent": "无法送达",
    "failed_temporary": "暂时未送达",
}
SITE: Final = pages.Site(
    theme="s",
    name="短信网关",
    sub_name="已提交短信与送达回执",
    operator="短信服务商（模拟）",
    list_title="短信记录",
    navigation=(),
    basis="",
)


@dataclass(slots=True)
class Sms:
    gateway_id: str
    message_no: str
    phone: str
    template: str
    text: str
    sent_at: float
    status: str = "unknown"
    reason: str | None = None


class Gateway:
    """Sent messages by number; each POST is one message to one telephone, however often it is repeated."""

    def __init__(
        self, store: Path, ring: signing.KeyRing, callback: str = "", receipt_seconds: float = RECEIPT_SECONDS
    ) -> None:
        self.ledger = Ledger(store / "ledger.jsonl")
        self.ring, self.callback, self.receipt_seconds = ring, callback, receipt_seconds
        self.sent: list[Sms] = []
        self.by_number: dict[str, list[Sms]] = {}
        self.waiting: list[Sms] = []
        self.faults = Faults()
        self.counts: Counter[str] = Counter()
        for line in self.ledger.lines:
            self._replay(line)

    def app(self) -> web.Application:
        app = web.Application(
            client_max_size=BODY_BYTES,
            middlewares=[
                seal_middleware(self.ring, PREFIX, self.counts),
                fault_middleware(self.faults, refuse, PREFIX),
                guard_middleware(self.ring, refuse, PREFIX, self.counts),
            ],
        )
        app.add_routes(
            [
                web.get("/", self.page),
                web.get("/style.css", style),
                web.get("/healthz", healthy),
                web.post("/_mode", self.faults.switch),
                web.post("/_callback", self.call_elsewhere),
                web.get("/_state", self.state),
                web.post("/v1/messages", self.take),
                web.get("/v1/messages/{message_no}", self.tell),
            ]
        )
        app.cleanup_ctx.append(self._working)
        return app

    async def _working(self, _: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(self._deliver())
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        self.ledger.close()

    async def _deliver(self) -> None:
        timeout = aiohttp.ClientTimeout(total=5)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                await asyncio.sleep(TICK_SECONDS)
                for sms in self.settle(time.time()):
                    await self.ledger.durable()
                    if self.callback:
                        await self._call_back(session, sms)

    async def _call_back(self, session: aiohttp.ClientSession, sms: Sms) -> None:
        """Tell the receipt, signed like any request. Lost if nobody listens: the query answers the same."""
        told = {"message_no": sms.message_no, "gateway_id": sms.gateway_id, "status": sms.status, "reason": sms.reason}
        body = json.dumps(told, ensure_ascii=False).encode()
        parts = urlsplit(self.callback)
        headers = signing.sign_request(
            self.ring,
            client_id="sms_gateway",
            method="POST",
            path=parts.path or "/",
            query=parts.query,
            body=body,
            now=time.time(),
            nonce=signing.new_nonce(),
        )
        headers["Content-Type"] = "application/json"
        try:
            async with session.post(self.callback, data=body, headers=headers, allow_redirects=False) as answer:
                self.counts[f"callback_{answer.status}"] += 1
        except (aiohttp.ClientError, TimeoutError):
            self.counts["callback_lost"] += 1

    # ── state ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def settle(self, now: float) -> list[Sms]:
        """Give receipts to what has waited long enough; returns those that got one."""
        ready = [sms for sms in self.waiting if sms.sent_at + self.receipt_seconds <= now]
        for sms in ready:
            fates = FATES.get(sms.phone[-4:], (("delivered", None),))
            before = len(self.by_number[sms.message_no]) - 1
            status, reason = fates[min(before, len(fates) - 1)]
            self._do({"what": "receipt", "gateway_id": sms.gateway_id, "status": status, "reason": reason})
        return ready

    def _do(self, line: dict[str, object]) -> None:
        self.ledger.add(line)
        self._replay(line)

    def _replay(self, line: dict[str, Any]) -> None:
        if line["what"] == "sent":
            sms = Sms(*(line[name] for name in ("gateway_id", "message_no", "phone", "template", "text", "sent_at")))
            self.sent.append(sms)
            self.by_number.setdefault(sms.message_no, []).append(sms)
            self.waiting.append(sms)
        else:
            sms = next(sms for sms in self.waiting if sms.gateway_id == line["gateway_id"])
            sms.status, sms.reason = line["status"], line["reason"]
            self.waiting.remove(sms)

    # ── routes ─────────────────────────────────────────────────────────────────────────────────────────────────────
    async def take(self, request: web.Request) -> web.Response:
        wish = read_body(await request.read())
        if wish is None or not all(isinstance(wish.get(n), str) for n in ("message_no", "phone", "sign", "template")):
            return refuse(400, "bad_json", "报文不是有效的 JSON，或缺少字段")
        try:
            params = {str(name): value for name, value in dict(wish.get("params") or {}).items()}
            sms_message(wish["message_no"], wish["phone"], wish["template"], params, wish["sign"])
        except NotAMobile:
            return refuse(422, "not_a_mobile", "不是手机号码")
        except (BadSms, ValueError, TypeError):
            return refuse(422, "bad_template", "模板未登记，或参数与模板不符")
        text = sms_text(wish["template"], params, wish["sign"])
        for _ in range(2 if request.get(FAULT) == "dup" else 1):
            gateway_id = f"G{len(self.sent) + 1:08d}"
            self._do(
                {
                    "what": "sent",
                    "gateway_id": gateway_id,
                    "message_no": wish["message_no"],
                    "phone": wish["phone"],
                    "template": wish["template"],
                    "text": text,
                    "sent_at": time.time(),
                }
            )
        await self.ledger.durable()
        return web.json_response({"gateway_id": gateway_id}, status=202)

    async def tell(self, request: web.Request) -> web.Response:
        self.settle(time.time())
        await self.ledger.durable()
        found = self.by_number.get(request.match_info["message_no"], [])
        if not found:
            return refuse(404, "message_unknown", "未收到过该短信")
        sms = next((s for s in found if s.status == "delivered"), found[-1])
        return web.json_response(
            {
                "message_no": sms.message_no,
                "gateway_id": sms.gateway_id,
                "status": sms.status,
                "reason": sms.reason,
                "sent_at": when(sms.sent_at),
            }
        )

    async def page(self, request: web.Request) -> web.Response:
        """The last messages, numbers masked; codes are readable on this machine only."""
        local = is_local(request)
        rows = "".join(_row(sms, clear=local) for sms in reversed(self.sent[-SHOWN:]))
        if not rows:
            main = "<p class='empty'>还没有短信。</p>"
        else:
            heads = "".join(f'<th scope="col">{word}</th>' for word in ("内容", "号码", "时间", "回执"))
            main = f'<table class="list"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
        summary = f"共 {len(self.sent)} 条，显示最近 {min(len(self.sent), SHOWN)} 条。"
        return html(pages.page(SITE, "短信记录", f"<h1>短信记录</h1><p class='summary'>{summary}</p>{main}"))

    async def call_elsewhere(self, request: web.Request) -> web.Response:
        """`{"url": …}`: whom to call with receipts; empty to call nobody, so that only the query tells."""
        if not is_local(request):
            raise web.HTTPForbidden(text="only from this machine")
        wish = read_body(await request.read())
        if wish is None or not isinstance(wish.get("url"), str):
            raise web.HTTPBadRequest(text="want url")
        self.callback = wish["url"]
        return web.json_response({"url": self.callback})

    async def state(self, request: web.Request) -> web.Response:
        if not is_local(request):
            raise web.HTTPForbidden(text="only from this machine")
        self.settle(time.time())
        effects = Counter(sms.message_no for sms in self.sent)
        return web.json_response(
            {
                "mode": self.faults.mode,
                "effects": dict(effects),
                "doubled": sorted(number for number, count in effects.items() if count > 1),
                "status": dict(Counter(sms.status for sms in self.sent)),
                "counts": dict(self.counts),
                "faults": dict(self.faults.seen),
            }
        )


def _row(sms: Sms, *, clear: bool) -> str:
    text = sms.text if clear or sms.template != "T08" else "【验证码短信，内容不显示】"
    phone = f"{sms.phone[:3]}****{sms.phone[-4:]}"
    receipt = STATUS_TEXT[sms.status] + (f"（{sms.reason}）" if sms.reason else "")
    cells = (("号码", phone), ("时间", when(sms.sent_at)[5:16].replace("T", " ")), ("回执", receipt))
    rest = "".join(f'<td data-label="{label}">{escape(value)}</td>' for label, value in cells)
    return f'<tr><th scope="row">{escape(text)}<small>{escape(sms.template)}</small></th>{rest}</tr>'


def refuse(status: int, code: str, words: str) -> web.Response:
    return web.json_response({"code": code, "detail": words, "status": status}, status=status)


def build(store: Path, ring: signing.KeyRing) -> web.Application:
    return Gateway(store, ring, os.environ.get("SMS_CALLBACK_URL", "")).app()


if __name__ == "__main__":
    main("sms_gateway", "SMS_KEYS", build)
