"""明白纸: the second sheet of a 告知书, for its owner to read: class, day, materials, way (附件3), free of charge, where.

Short sentences and large type on the front; how the day was counted and the flowchart on the back.
"""

import base64
from dataclasses import dataclass
from datetime import date
from typing import Any

from notices import numbers
from notices.kinds.base import Paper, Reason, clause, reasons_list
from notices.kinds.snapshot import BadSnapshot

CREDIT_CHINA = "“信用中国”网站（www.creditchina.gov.cn）或“信用中国（甘肃金昌）”网站（jccredit.jcs.gov.cn）"
MARKET_SITE = "国家企业信用信息公示系统（www.gsxt.gov.cn）"


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetFields(Paper):
    """Fields of both 告知书. `verify_url` is the record's own page, `/q/{token}`.

    decided_on      date of the decision served with it (of a listing: the listing date)
    severity_text   轻微, 一般 or 严重, None while the department has not set it
    earliest_on     the first day an application is accepted; ends_on: last day of publication
    verdict_reasons why this earliest day, each with its article
    reviewer        who re-checks after the organ, None where nobody does
    accept_days, total_days   working days, None where the rule leaves them open
    misprint_corrected  the bureau has said that 营造实守信 of 2024 reads 营造诚实守信
    flow            附件3 as an SVG that stands alone, drawn when the paper was asked for; "" prints none
    """

    decision_title: str
    doc_no: str | None
    decided_on: date
    severity_text: str | None
    earliest_on: date | None
    ends_on: date | None
    materials: tuple[str, ...]
    verdict_reasons: tuple[Reason, ...] = ()
    reviewer: str | None = None
    accept_days: int | None = None
    total_days: int | None = None
    misprint_corrected: bool = False
    flow: str = ""


def sheet_body(paper: SheetFields, *, where: str, effect: str) -> dict[str, Any]:
    """What the two pages of the sheet print besides the frame.

    where   on which site or with whom an application is made; effect: 终止公示 or 移出名单
    """
    return {
        "integrity": "营造诚实守信" if paper.misprint_corrected else "营造实守信",
        "decision_title": paper.decision_title,
        "doc_no": numbers.or_pending(paper.doc_no),
        "decided_on": numbers.arabic_date(paper.decided_on),
        "severity": numbers.or_pending(paper.severity_text),
        "earliest_on": numbers.arabic_date(paper.earliest_on),
        "ends_on": numbers.arabic_date(paper.ends_on),
        "materials": [clause(text) for text in paper.materials] or [numbers.PENDING],
        "why": reasons_list(paper.verdict_reasons),
        "steps": _steps(paper, where, effect),
        "flow": _picture(paper.flow),
    }


def _steps(paper: SheetFields, where: str, effect: str) -> list[dict[str, str]]:
    """附件3 as four steps, in words."""
    recheck = f"，再由{paper.reviewer}复核" if paper.reviewer else ""
    return [
        {"name": "改正", "text": "停止违法失信行为，履行决定规定的全部义务。缴款票据、整改报告等证明要留好。"},
        {"name": "申请", "text": f"到了最早申请日期，{where}。不会上网的，到信用修复窗口，工作人员免费帮办。"},
        {
            "name": "等结果",
            "text": (
                f"是否受理：{_days(paper.accept_days)}答复。材料不全，一次告诉你补什么。{paper.department_name}审核"
                f"{recheck}。办结：{_days(paper.total_days)}。不同意的，书面说明理由和救济途径。"
            ),
        },
        {"name": "修复", "text": f"{effect}，停止共享和使用，解除惩戒措施。两个网站同时更新，不用再跑第二次。"},
    ]


def _days(count: int | None) -> str:
    return f"{count}个工作日内" if count is not None else f"期限{numbers.PENDING}"


def _picture(flow: str) -> str:
    if not flow:
        return ""
    if not flow.startswith("<svg "):
        raise BadSnapshot("flow: an SVG drawing is expected")
    return "data:image/svg+xml;base64," + base64.b64encode(flow.encode()).decode()
