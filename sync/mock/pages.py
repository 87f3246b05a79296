"""Public pages of the mock platforms: list with search, one record, and what is left of a record that has ended."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from sync.mock.board import Record

CSS: Final = (Path(__file__).parent / "style.css").read_bytes()
PER_PAGE: Final = 20
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
REMARK: Final = "用于演示与测试，不是真实网站；所列主体与信息均为虚构。"


@dataclass(frozen=True, slots=True)
class Site:
    """How one platform presents itself."""

    theme: str
    name: str
    sub_name: str
    operator: str
    list_title: str
    navigation: Sequence[str]
    basis: str


def page(site: Site, title: str, main: str) -> str:
    links = "".join(f"<span>{escape(word)}</span>" for word in site.navigation)
    return f"""<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{escape(title)} - {escape(site.name)}（模拟平台）</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
</head>
<body class="{site.theme}">
<p class="remark" role="note"><strong>模拟平台</strong> {REMARK}</p>
<header class="banner"><div class="wide">
<a class="name" href="/">{escape(site.name)}</a><p class="sub">{escape(site.sub_name)}</p>
</div></header>
<nav class="menu" aria-label="栏目"><div class="wide"><a href="/">{escape(site.list_title)}</a>{links}</div></nav>
<main class="wide">
{main}
</main>
<footer><div class="wide"><p>主办单位：{escape(site.operator)}</p><p>模拟平台：{REMARK}</p></div></footer>
</body>
</html>
"""


def list_page(site: Site, rows: Sequence[tuple[str, Record]], total: int, words: str, number: int) -> str:
    """One page of published records; `number` counts from 1, `total` over all pages."""
    search = f"""<form class="search" method="get" action="/" role="search">
<label for="q">主体名称、统一社会信用代码或决定书文号</label>
<div><input id="q" name="q" value="{escape(words)}" maxlength="100" autocomplete="off"><button>查询</button></div>
</form>"""
    if words:
        summary = f"“{escape(words)}”共有 {total} 条正在公示的信息。<a href='/'>查看全部</a>"
    else:
        summary = f"正在公示 {total} 条信息，按更新时间排列。"
    if rows:
        body = "".join(_row(key, record) for key, record in rows)
        heads = ("主体名称", "文号", "信息类别", "认定单位", "决定日期")
        head = "".join(f'<th scope="col">{word}</th>' for word in heads)
        table = f'<table class="list"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    else:
        table = '<p class="empty">没有正在公示的信息。请核对名称、代码或文号；已终止公示的信息不再提供查询。</p>'
    intro = f"<h1>{escape(site.list_title)}</h1>{search}<p class='summary'>{summary}</p>"
    return page(site, site.list_title, intro + table + _pager(total, words, number))


def _row(key: str, record: Record) -> str:
    facts = record.facts
    code = escape(_text(facts, "subject_code"))
    name = f'<a href="/p/{key}">{escape(_text(facts, "subject_name"))}</a><small>{code}</small>'
    cells = (
        ("文号", escape(_text(facts, "doc_no"))),
        ("信息类别", escape(_text(facts, "category_text", "category"))),
        ("认定单位", escape(_text(facts, "authority_name", "authority_code"))),
        ("决定日期", escape(_text(facts, "doc_date"))),
    )
    rest = "".join(f'<td data-label="{label}">{value}</td>' for label, value in cells)
    return f'<tr><th scope="row">{name}</th>{rest}</tr>'


def _pager(total: int, words: str, number: int) -> str:
    last = max(1, -(-total // PER_PAGE))
    if last == 1:
        return ""

    def link(to: int, text: str) -> str:
        query = escape(urlencode({"q": words, "page": to} if words else {"page": to}))
        return f'<a href="/?{query}">{text}</a>' if 1 <= to <= last and to != number else f"<span>{text}</span>"

    before, after = link(number - 1, "上一页"), link(number + 1, "下一页")
    return f'<nav class="pager" aria-label="分页">{before}<b>第 {number} / {last} 页</b>{after}</nav>'


def record_page(site: Site, key: str, record: Record) -> str:
    facts = record.facts
    rows: Iterable[tuple[str, str]] = (
        ("主体名称", _text(facts, "subject_name")),
        ("统一社会信用代码", _text(facts, "subject_code")),
        ("信息类别", _text(facts, "category_text", "category")),
        ("决定（列入）文书号", _text(facts, "doc_no")),
        ("决定（列入）日期", _text(facts, "doc_date")),
        ("认定单位", _text(facts, "authority_name", "authority_code")),
        ("认定单位代码", _text(facts, "authority_code")),
        ("公示日期", _text(facts, "published_on")),
        ("更新时间", record.changed_at[:16].replace("T", " ")),
        ("信息标识", key),
    )
    items = "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in rows)
    title = _text(facts, "subject_name")
    main = f"""<p class="crumbs"><a href="/">{escape(site.list_title)}</a> › 信息详情</p>
<h1>{escape(title)}</h1>
<p class="state"><span class="mark" aria-hidden="true">●</span> 正在公示</p>
<dl class="facts">{items}</dl>
<p class="basis">{escape(site.basis)}</p>"""
    return page(site, title, main)


def gone_page(site: Site) -> str:
    """What an ended record leaves behind: that sentence and nothing else, neither name nor number nor date."""
    main = """<section class="gone"><h1>该信息已不再公示</h1>
<p>该信息已依法终止公示或移出名单，本网站不再提供查询。</p>
<p><a href="/">返回公示列表</a></p></section>"""
    return page(site, "该信息已不再公示", main)


def unknown_page(site: Site) -> str:
    main = """<section class="gone"><h1>没有找到该信息</h1>
<p>网址可能有误。您可以按主体名称、统一社会信用代码或文号重新查询。</p>
<p><a href="/">返回公示列表</a></p></section>"""
    return page(site, "没有找到该信息", main)


def _text(facts: Mapping[str, Any], *names: str) -> str:
    return next((str(facts[name]) for name in names if facts.get(name)), "—")
