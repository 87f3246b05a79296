"""What both mock platforms share: routes, public pages, queries, change feed, state. Dialects: platform_a, _b."""

import base64
import hashlib
import json
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, Final

from aiohttp import web

from sync import signing
from sync.mock import pages
from sync.mock.board import Board, Problem, Record
from sync.mock.faults import Faults, fault_middleware
from sync.mock.guard import guard_middleware, is_local, seal_middleware
from sync.mock.ledger import Ledger
from sync.mock.operators import Operators

PREFIX: Final = "/api/"
BODY_BYTES: Final = 1_048_576


class Platform(ABC):
    """One platform over one store. Subclasses say how they answer, what a body looks like, and how they take it."""

    site: ClassVar[pages.Site]

    def __init__(self, store: Path, ring: signing.KeyRing) -> None:
        self.ledger = Ledger(store / "ledger.jsonl")
        self.board = Board(self.ledger)
        self.faults = Faults()
        self.counts: Counter[str] = Counter()
        self.ring = ring
        self.operators = Operators(self.board, self.ledger)

    # ── the dialect ────────────────────────────────────────────────────────────────────────────────────────────────
    @abstractmethod
    def say(self, status: int, data: dict[str, Any], headers: dict[str, str] | None = None) -> web.Response:
        """A success."""

    @abstractmethod
    def refuse(self, status: int, code: str, words: str) -> web.Response:
        """Anything else; `status` and `code` as the contract names them."""

    @abstractmethod
    async def take(self, request: web.Request, kind: str) -> web.Response:
        """Take a report (PUT) or a repair (POST)."""

    # ── the program ────────────────────────────────────────────────────────────────────────────────────────────────
    def app(self) -> web.Application:
        app = web.Application(
            client_max_size=BODY_BYTES,
            middlewares=[
                seal_middleware(self.ring, PREFIX, self.counts),
                fault_middleware(self.faults, self.refuse, PREFIX),
                guard_middleware(self.ring, self.refuse, PREFIX, self.counts),
            ],
        )
        app.add_routes(
            [
                web.get("/", self.list_page),
                web.get("/p/{record_key}", self.record_page),
                web.get("/style.css", style),
                web.get("/healthz", healthy),
                web.post("/_mode", self.faults.switch),
                web.get("/_state", self.state),
                web.post("/_edit", self.operators.edit),
                web.post("/_decide", self.operators.decide),
                web.post("/_file", self.operators.file),
                web.post("/_forget", self.operators.forget),
                web.get("/_operator", self.operators.page),
                web.post("/api/v1/repairs", self.take_repair),
                web.put("/api/v1/records/{record_key}", self.take_report),
                web.get("/api/v1/records/{record_key}", self.tell_record),
                web.get("/api/v1/messages/{message_no}", self.tell_message),
                web.get("/api/v1/changes", self.tell_changes),
                web.get("/api/v1/records", self.tell_records),
                web.get("/api/v1/applications", self.tell_applications),
                web.get("/api/v1/applications/{application_no}", self.tell_application),
                web.put("/api/v1/applications/{application_no}/receipt", self.take_ack),
            ]
        )
        app.on_cleanup.append(self._close)
        return app

    async def _close(self, _: web.Application) -> None:
        self.ledger.close()

    async def take_repair(self, request: web.Request) -> web.Response:
        return await self.take(request, "repair")

    async def take_report(self, request: web.Request) -> web.Response:
        return await self.take(request, "report")

    async def take_ack(self, request: web.Request) -> web.Response:
        return await self.take(request, "ack")

    def problem(self, problem: Problem) -> web.Response:
        return self.refuse(problem.status, problem.code, problem.words)

    async def settled(self) -> None:
        """What is told to anybody is on the disk and up to date."""
        self.board.apply_due(time.time())
        await self.ledger.durable()

    # ── queries ────────────────────────────────────────────────────────────────────────────────────────────────────
    def told(self, key: str, record: Record) -> dict[str, Any]:
        return {
            "record_key": key,
            "status": record.status,
            "version": record.version,
            "message_no": record.message_no,
            "public_until": record.public_until,
            "changed_at": record.changed_at,
        }

    async def tell_record(self, request: web.Request) -> web.Response:
        await self.settled()
        key = request.match_info["record_key"]
        record = self.board.records.get(key)
        if record is None:
            return self.refuse(404, "record_unknown", "未收到过该信息")
        return self.say(200, self.told(key, record), {"ETag": record.etag})

    async def tell_message(self, request: web.Request) -> web.Response:
        await self.settled()
        receipts = self.board.by_number.get(request.match_info["message_no"], [])
        if not receipts:
            return self.refuse(404, "message_unknown", "未收到过该报文")
        return self.say(200, next((r for r in receipts if r.applied_at), receipts[-1]).public())

    async def tell_changes(self, request: web.Request) -> web.Response:
        """`cursor` opaque, absent for the beginning; `limit` 1–200. 410 when the cursor has fallen off the feed."""
        await self.settled()
        changes = self.board.changes
        oldest = changes[0]["seq"] if changes else 1
        return self._feed(request, changes, "c1", self.board.seq, oldest)

    async def tell_applications(self, request: web.Request) -> web.Response:
        """Applications filed here, oldest first; same rules as the change feed, but none is ever dropped."""
        await self.settled()
        filed = [one.content for one in self.board.filings.by_number.values()]
        return self._feed(request, filed, "f1", len(filed), 1)

    def _feed(
        self, request: web.Request, found: Iterable[dict[str, Any]], mark: str, newest: int, oldest: int
    ) -> web.Response:
        try:
            after = read_cursor(request.query.get("cursor", ""), mark)
            limit = int(request.query.get("limit", "50"))
        except ValueError:
            return self.refuse(400, "bad_cursor", "参数 cursor 或 limit 无效")
        if not 1 <= limit <= 200 or after > newest:
            return self.refuse(400, "bad_cursor", "参数 cursor 或 limit 无效")
        if request.query.get("cursor") and after + 1 < oldest:
            return self.refuse(410, "cursor_too_old", "游标已过期，请做一次全量核对")
        items = [dict(one) for one in islice((one for one in found if one["seq"] > after), limit + 1)]
        more, items = len(items) > limit, items[:limit]
        last = items[-1]["seq"] if items else after
        return self.say(200, {"items": items, "next_cursor": make_cursor(last, mark), "has_more": more})

    async def tell_records(self, request: web.Request) -> web.Response:
        """What was reported by `source` (a region's code), in order of record_key, after `after`; `limit` 1–200."""
        await self.settled()
        source, after, limit = (request.query.get(name, "") for name in ("source", "after", "limit"))
        if not source.isalnum() or (after and len(after) != 32) or not (limit.isdigit() and 1 <= int(limit) <= 200):
            return self.refuse(400, "bad_cursor", "参数 source、after 或 limit 无效")
        records = self.board.records
        keys = sorted(key for key, one in records.items() if key > after and one.facts.get("source") == source)
        page = keys[: int(limit)]
        items = [self.told(key, records[key]) for key in page]
        return self.say(200, {"items": items, "has_more": len(keys) > len(page)})

    async def tell_application(self, request: web.Request) -> web.Response:
        await self.settled()
        found = self.board.filings.by_number.get(request.match_info["application_no"])
        if found is None:
            return self.refuse(404, "application_unknown", "未找到该申请")
        return self.say(200, found.public())

    # ── the public ─────────────────────────────────────────────────────────────────────────────────────────────────
    async def list_page(self, request: web.Request) -> web.Response:
        await self.settled()
        words = "".join(c for c in request.query.get("q", "")[:100] if c.isprintable()).strip()
        asked = request.query.get("page", "1")
        found = list(self.board.found(words))
        number = min(
            max(int(asked), 1) if asked.isascii() and asked.isdigit() else 1, max(1, -(-len(found) // pages.PER_PAGE))
        )
        rows = found[(number - 1) * pages.PER_PAGE :][: pages.PER_PAGE]
        return html(pages.list_page(self.site, rows, len(found), words, number))

    async def record_page(self, request: web.Request) -> web.Response:
        if self.faults.mode == "down":
            raise web.HTTPServiceUnavailable
        await self.settled()
        key = request.match_info["record_key"]
        record = self.board.records.get(key)
        if record is None:
            return html(pages.unknown_page(self.site), 404)
        if record.status != "published":
            return html(pages.gone_page(self.site), 404)
        return html(pages.record_page(self.site, key, record))

    # ── for the person at this machine ─────────────────────────────────────────────────────────────────────────────
    async def state(self, request: web.Request) -> web.Response:
        """Effects per key and counts, from loopback only."""
        if not is_local(request):
            raise web.HTTPForbidden(text="only from this machine")
        await self.settled()
        return web.json_response(
            {
                "mode": self.faults.mode,
                "records": {key: self.told(key, record) for key, record in self.board.records.items()},
                "effects": dict(self.board.effects),
                "doubled": sorted(key for key, count in self.board.effects.items() if count > 1),
                "receipts": {number: len(found) for number, found in self.board.by_number.items()},
                "waiting": len(self.board.waiting),
                "applications": {no: one.public() for no, one in self.board.filings.by_number.items()},
                "counts": dict(self.counts),
                "faults": dict(self.faults.seen),
            }
        )


def read_body(raw: bytes) -> dict[str, Any] | None:
    """A JSON object in UTF-8 without floats, or None."""

    def no_float(_: str) -> None:
        raise ValueError("floats are not exact")

    try:
        found = json.loads(raw.decode(), parse_float=no_float, parse_constant=no_float)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def read_sealed(raw: bytes) -> dict[str, Any] | None:
    """The message of `{"message": …, "signature": {alg, kid, value}}`, or None when it has not that form."""
    found = read_body(raw)
    message, signature = (found.get("message"), found.get("signature")) if found else (None, None)
    if not isinstance(message, dict) or not isinstance(signature, dict):
        return None
    return message if all(isinstance(signature.get(name), str) for name in ("alg", "kid", "value")) else None


def digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def make_cursor(seq: int, mark: str = "c1") -> str:
    return base64.urlsafe_b64encode(f"{mark}:{seq}".encode()).decode().rstrip("=")


def read_cursor(cursor: str, mark: str = "c1") -> int:
    """Sequence number after which to read on. ValueError for anything we did not make."""
    if not cursor:
        return 0
    text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    if not text.startswith(f"{mark}:") or not text[3:].isdigit() or make_cursor(int(text[3:]), mark) != cursor:
        raise ValueError("not a cursor")
    return int(text[3:])


def html(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/html", charset="utf-8", headers=pages.HEADERS)


async def style(_: web.Request) -> web.Response:
    headers = {"Cache-Control": "max-age=300", "X-Content-Type-Options": "nosniff"}
    return web.Response(body=pages.CSS, content_type="text/css", charset="utf-8", headers=headers)


async def healthy(_: web.Request) -> web.Response:
    return web.json_response({"ok": True})
