"""通报 of a month: drafted from the figures, edited by the supervising bureau, issued once; its figures cannot be edited.

The list of duties behind it (清单管理) and the figures are `cases.oversight.bulletin`; the paper is `notices.kinds.bulletin`.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from cases.oversight.bulletin import Bulletin, BulletinRow, bulletin_of
from cases.oversight.shares import Share
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid, NotAllowed, WrongMoment
from creditrepair.tenancy.models import Department, Region, Role
from notices import services as notices
from notices.force import VALID
from notices.models import Notice
from notices.numbers import arabic_date, chinese
from notices.services import PaperRequest

KIND: Final = "bulletin"
HEADING_LENGTH, LINE_LENGTH, TEXT_LENGTH, ANSWER_LENGTH = 60, 120, 6000, 500
QUALITY_HEAD: Final = ("单位", "准确率", "及时率", "完整率", "迟报", "两书同达")
WORK_HEAD: Final = ("单位", "在办件", "其中超期")
_HEADING: Final = re.compile(r"[一二三四五六七八九十]+、(.+)")


@dataclass(frozen=True, slots=True)
class Text:
    """What a person may write: title, addressees in one line, the opening, and the body.

    body   one paragraph a line; a line that begins with 一、 二、 … is a heading
    """

    heading: str
    addressees: str
    lead: str
    body: str


@dataclass(frozen=True, slots=True)
class Draft:
    """The figures of a month, what they suggest to say, and their hash: what is issued must rest on what was seen."""

    figures: Bulletin
    text: Text
    sha256: str
    issued: Notice | None


def draft_bulletin(actor: Actor, *, month: date, now: datetime) -> Draft:
    """The draft of a month (its first day) for the supervisor of a region. Raises NotAllowed."""
    _require(actor)
    figures = _figures(actor.region, month, now)
    region = Region.objects.get(pk=actor.region)
    return Draft(figures, _suggested(figures, region), _hash(figures), issued_for(actor.region, month))


def issued_for(region: str, month: date) -> Notice | None:
    """The bulletin in force about a month."""
    rows = Notice.objects.filter(region_id=region, kind=KIND, status__in=VALID)
    return rows.filter(snapshot__first_on=month.isoformat()).first()


def bulletins_of(region: str) -> list[Notice]:
    """The latest fifty bulletins of a region, newest first."""
    return list(Notice.objects.filter(region_id=region, kind=KIND).order_by("-requested_at", "-id")[:50])


@transaction.atomic
def issue_bulletin(
    actor: Actor, *, month: date, seen: str, text: Text, answers: Mapping[str, str], source: str, now: datetime
) -> Notice:
    """Number and print the 通报 of a month in the name of the supervisor's unit.

    seen      hash of the figures that were on the page (`Draft.sha256`)
    answers   what departments said to the draft, by department code; blank ones are left out
    source    address at which the figures can be checked by those who may see them
    Raises NotAllowed, Invalid (by field), WrongMoment (the month is not over, issued before, the figures have moved).
    """
    department = _require(actor)
    faults, sections = _faults(text)
    chosen = {code: words.strip() for code, words in answers.items() if words.strip()}
    faults |= {
        f"answer_{code}": f"答复不超过{ANSWER_LENGTH}字。"
        for code, words in chosen.items()
        if len(words) > ANSWER_LENGTH
    }
    if faults:
        raise Invalid(fields=faults)
    # Two clicks at once: the second waits here and then finds the first.
    department = Department.objects.select_for_update(no_key=True).get(pk=department.pk)
    before = issued_for(actor.region, month)
    if before is not None:
        raise WrongMoment(f"{month.year}年{month.month}月的通报已经印发（{before.number}）。", code="already_issued")
    figures = _figures(actor.region, month, now)
    if figures.last >= timezone.localdate(now):
        raise WrongMoment("本月尚未结束，请在次月印发。", code="month_not_over")
    if _hash(figures) != seen:
        raise WrongMoment("数据在预览之后有变化，请重新核对后再印发。", code="figures_moved")
    names = dict(Department.objects.filter(region_id=actor.region).values_list("code", "name"))
    fields = {
        "subject_name": text.addressees.strip(),
        "subject_code": None,
        "heading": text.heading.strip(),
        "first_on": figures.first,
        "last_on": figures.last,
        "lead": text.lead.strip(),
        "sections": sections,
        "tables": tables_of(figures, source),
        "answers": [
            {"department": names[code], "text": words, "answered_on": None}
            for code, words in chosen.items()
            if code in names
        ],
    }
    notice = notices.request(PaperRequest(kind=KIND, department=department, subject_code="", fields=fields), at=now)
    record_event(
        actor,
        "bulletin_issued",
        kind="notice",
        thing=notice.ref,
        at=now,
        data={"number": notice.number, "month": f"{month:%Y-%m}", "figures": seen},
    )
    transaction.on_commit(notices.wake, robust=True)
    return notice


def tables_of(figures: Bulletin, source: str) -> list[dict[str, Any]]:
    """The two annexes: quality of the month by unit, and cases in hand on the day it was made; each with its n."""
    total = figures.total
    sums = ["合计", *map(_share, (total.accuracy, total.timeliness, total.completeness)), str(total.late), "—"]
    quality = [
        [row.department.name, *map(_share, (row.accuracy, row.timeliness, row.completeness)), str(row.late), _share(row.served)]
        for row in figures.rows
    ]  # fmt: skip
    work = [[row.department.name, str(row.in_hand), str(row.overdue)] for row in figures.rows]
    return [
        {
            "title": "失信信息归集质量情况表",
            "head": list(QUALITY_HEAD),
            "rows": [{"cells": cells} for cells in [*quality, sums]],
            "n": total.accuracy.n,
            "note": "括号内为计算所依据的条数；不足5条的不算比率；n为当月归集的行数；没有申报应归集数的单位不计算完整率",
            "source": source,
        },
        {
            "title": f"信用修复在办件情况表（截至{arabic_date(figures.made_on)}）",
            "head": list(WORK_HEAD),
            "rows": [{"cells": cells} for cells in [*work, ["合计", str(figures.in_hand), str(figures.overdue)]]],
            "n": figures.in_hand,
            "note": "",
            "source": source,
        },
    ]


def _require(actor: Actor) -> Department:
    if not actor.has(Role.SUPERVISOR) or actor.department_id is None:
        raise NotAllowed("通报由监管单位印发。")
    return Department.objects.get(region_id=actor.region, pk=actor.department_id)


def _figures(region: str, month: date, now: datetime) -> Bulletin:
    departments = list(Department.objects.filter(region_id=region).order_by("id"))
    return bulletin_of(region, month, timezone.localdate(now), departments)


def _hash(figures: Bulletin) -> str:
    rows = [[row["cells"] for row in table["rows"]] for table in tables_of(figures, "")]
    plain = json.dumps([figures.first.isoformat(), rows], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def _share(share: Share) -> str:
    return f"{share.text}（{share.n}）" if share.n else share.text


def _suggested(figures: Bulletin, region: Region) -> Text:
    named = f"{figures.first.year}年{figures.first.month}月"
    total = figures.total
    return Text(
        heading=f"关于{named}失信信息归集和信用修复办理情况的通报",
        addressees=f"县直有关部门、单位，省市在{region.short_name}有关单位",
        lead=(
            "按照高效办成信用修复“一件事”工作方案关于数据归集实行清单管理、定期通报的要求，"
            f"现将{named}失信信息归集、两书同达和信用修复办理情况通报如下："
        ),
        body="\n".join(
            [
                "一、总体情况",
                f"{named}{region.name}归集失信信息{total.accuracy.n}条，准确率{total.accuracy.text}；应按期归集{total.timeliness.n}条，"
                f"及时率{total.timeliness.text}，迟报{total.late}条；申报应归集{total.completeness.n}条，"
                f"完整率{total.completeness.text}。截至{arabic_date(figures.made_on)}，在办信用修复申请{figures.in_hand}件，"
                f"其中超期{figures.overdue}件。各单位情况见附件。",
                "二、存在的问题",
                *(_faults_of(figures.rows) or ["未发现迟报和超期办理的情况。"]),
                "三、工作要求",
                "各有关部门对归集数据的全面性、准确性、及时性负责。存在迟报、漏报和超期办理的单位，要查明原因，及时整改，"
                "并将整改情况书面答复本局。",
            ]
        ),
    )


def _faults_of(rows: Sequence[BulletinRow]) -> list[str]:
    """One sentence for each unit with something to mend."""
    told = []
    for row in rows:
        parts = [
            f"迟报{row.late}条" if row.late else "",
            f"少归集{row.completeness.missing}条" if row.completeness.missing else "",
            f"两书未同达{row.served.missing}件" if row.served.missing else "",
            f"超期办理{row.overdue}件" if row.overdue else "",
        ]
        if any(parts):
            told.append(f"{row.department.name}{'、'.join(filter(None, parts))}。")
    return told


def _faults(text: Text) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """What is wrong with a text, by field, and its body as sections."""
    faults: dict[str, str] = {}
    for name, words, longest, label in (
        ("heading", text.heading, HEADING_LENGTH, "标题"),
        ("addressees", text.addressees, LINE_LENGTH, "主送单位"),
        ("lead", text.lead, LINE_LENGTH * 4, "开头"),
        ("body", text.body, TEXT_LENGTH, "正文"),
    ):
        if not words.strip() or len(words) > longest:
            faults[name] = f"请填写{label}，不超过{longest}字。"
    sections: list[dict[str, Any]] = []
    for line in filter(None, map(str.strip, text.body.splitlines())):
        heading = _HEADING.fullmatch(line)
        if heading:
            sections.append({"heading": heading[1].strip(), "paragraphs": []})
        elif sections:
            sections[-1]["paragraphs"].append(line)
        else:
            faults.setdefault("body", "正文请以“一、”开头的标题起头，每段一行。")
    if len(sections) > 20 or any(not section["paragraphs"] for section in sections):
        faults.setdefault("body", "每个标题下至少写一段，标题不超过二十个。")
    return faults, sections


def printed(text: Text) -> list[tuple[str, list[str]]]:
    """The body as the paper will number it, for the preview: headings with their paragraphs."""
    return [
        (f"{chinese(at)}、{section['heading']}", section["paragraphs"])
        for at, section in enumerate(_faults(text)[1][:20], 1)
    ]
