"""What people at a mock platform do there themselves: edit a record, decide a repair, file an application. Loopback only.

POST takes JSON or the form of the page `/_operator`; nothing here is signed, for nobody from outside gets in.
"""

import time
from html import escape
from typing import Any, Final

from aiohttp import web

from sync.mock.board import ACTS, Board, when
from sync.mock.guard import is_local
from sync.mock.ledger import Ledger
from sync.mock.pages import HEADERS

ACT_TEXT: Final = {"granted": "准予修复", "withdrawn": "撤回处罚", "restored": "恢复公示", "amended": "更正内容"}
DECIDE_FIELDS: Final = (
    ("record_key", "信息标识"),
    ("organ", "决定机关"),
    ("paper", "文号"),
    ("decided_on", "决定日期"),
)
FILE_FIELDS: Final = (
    ("region", "行政区划代码"),
    ("record_keys", "信息标识（多条用空格分开）"),
    ("subject_code", "统一社会信用代码"),
    ("subject_name", "主体名称"),
    ("agent_name", "经办人"),
    ("agent_phone", "联系电话"),
    ("committed_by", "承诺人"),
)


class Operators:
    """The acts, over one board."""

    def __init__(self, board: Board, ledger: Ledger) -> None:
        self.board, self.ledger = board, ledger

    async def edit(self, request: web.Request) -> web.Response:
        """Change a record as somebody at the platform would: `{"record_key", "status", "by"}` [, "version"]."""
        wish = await _wish(request)
        key, status, by = (str(wish.get(name, "")) for name in ("record_key", "status", "by"))
        version = wish.get("version")
        known = status in ("published", "ended", "removed", "forgotten") and (version is None or type(version) is int)
        if not known or not self.board.edit(key, status, by or "platform", time.time(), version):
            raise web.HTTPBadRequest(text="want record_key and status of a known record")
        await self.ledger.durable()
        return web.json_response({"record_key": key, "status": status})

    async def decide(self, request: web.Request) -> web.Response:
        """An organ decides here: `{"record_key", "act": granted|withdrawn|restored|amended, "organ", "paper", "decided_on"}`."""
        wish = await _wish(request)
        told = {name: str(wish[name])[:200] for name in ("organ", "paper", "decided_on") if wish.get(name)}
        if not self.board.decide(str(wish.get("record_key", "")), str(wish.get("act", "")), told, time.time()):
            raise web.HTTPBadRequest(text="want record_key of a known record and an act")
        await self.ledger.durable()
        return web.json_response({"record_key": wish["record_key"], "act": wish["act"]})

    async def file(self, request: web.Request) -> web.Response:
        """Somebody files here; answers with the application's number."""
        wish = await _wish(request)
        if isinstance(wish.get("record_keys"), str):
            wish["record_keys"] = wish["record_keys"].split()
        try:
            filed = self.board.filings.file(wish, when(time.time()), str(wish.get("application_no", "")))
        except (ValueError, TypeError) as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        await self.ledger.durable()
        return web.json_response({"application_no": filed.content["application_no"]})

    async def forget(self, request: web.Request) -> web.Response:
        """The change feed drops all but its last lines: `{"keep": n}`. Older cursors get 410 from now on."""
        keep = (await _wish(request)).get("keep")
        if type(keep) is not int or keep < 1:
            raise web.HTTPBadRequest(text="want keep")
        while len(self.board.changes) > keep:
            self.board.changes.popleft()
        return web.json_response({"kept": len(self.board.changes)})

    async def page(self, request: web.Request) -> web.Response:
        """Both forms, for a person who shows the platforms to somebody."""
        if not is_local(request):
            raise web.HTTPForbidden(text="only from this machine")
        acts = "".join(f'<option value="{act}">{ACT_TEXT[act]}</option>' for act in ACTS)
        decide = f'<p><label>决定 <select name="act">{acts}</select></label></p>' + _inputs(DECIDE_FIELDS)
        promise = '<p><label><input type="checkbox" name="committed" value="1" checked> 已签署信用承诺</label></p>'
        main = f"""<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>平台操作（模拟）</title>
<link rel="stylesheet" href="/style.css"><body><main class="wide"><h1>平台操作（模拟）</h1>
<h2>在平台上作出决定</h2><form method="post" action="/_decide">{decide}<button>决定</button></form>
<h2>在平台上提交修复申请</h2><form method="post" action="/_file">{_inputs(FILE_FIELDS)}{promise}<button>提交</button></form>
</main></body></html>"""
        return web.Response(text=main, content_type="text/html", charset="utf-8", headers=HEADERS)


def _inputs(fields: tuple[tuple[str, str], ...]) -> str:
    return "".join(f'<p><label>{escape(words)} <input name="{name}"></label></p>' for name, words in fields)


async def _wish(request: web.Request) -> dict[str, Any]:
    if not is_local(request):
        raise web.HTTPForbidden(text="only from this machine")
    if request.content_type == "application/x-www-form-urlencoded":
        return dict(await request.post())
    try:
        wish = await request.json()
    except ValueError as error:
        raise web.HTTPBadRequest(text="want JSON") from error
    if not isinstance(wish, dict):
        raise web.HTTPBadRequest(text="want a JSON object")
    return wish
