"""告知书: served together with the decision (两书同达), in two parts: the dated official form, and a personal sheet.

Basis: 永发改字〔2024〕63号 附件2, 附件3; 国办发〔2025〕22号. Issued by the organ that made the decision (谁处罚谁告知).
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from notices import numbers
from notices.kinds.base import NoticeKind, Paper, Reason, TemplateVersion, clause, reasons_list
from notices.qr import Purpose

ANNEX_2 = TemplateVersion(
    code="告知书2024",
    file="notice_2024.html",
    basis="永发改字〔2024〕63号附件2",
    official=True,
    last_decided_on=date(2026, 3, 31),
)
GENERAL = TemplateVersion(
    code="告知书2026-一般领域",
    file="notice_2026.html",
    basis="国家发展改革委令第36号",
    official=False,
    first_decided_on=date(2026, 4, 1),
)
MARKET = TemplateVersion(
    code="告知书2026-市场监管领域",
    file="notice_2026.html",
    basis="国家市场监督管理总局令第107号",
    official=False,
    first_decided_on=date(2025, 12, 25),
)
LISTING = TemplateVersion(
    code="告知书2026-严重失信主体名单",
    file="notice_2026.html",
    basis="国办发〔2025〕22号",
    official=False,
)

_LAST_2024_MARKET = date(2025, 12, 24)
_SITE = "“信用中国”网站（www.creditchina.gov.cn）或“信用中国（甘肃金昌）”网站（jccredit.jcs.gov.cn）"
_MARKET_SITE = "国家企业信用信息公示系统（www.gsxt.gov.cn）"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFields(Paper):
    """Fields of a 告知书. `verify_url` is the record's own page, `/q/{token}`.

    market, listing   which wording: a penalty of the market field; a decision that puts on a serious list
    decided_on        date of the decision served with it (of a listing: the listing date); it chooses the template
    severity_text     轻微, 一般 or 严重, None while the department has not set it
    has_minimum       False only where the law asks for no minimum (轻微)
    minimum_ends_on   last day of the minimum; earliest_on is the first day an application is accepted
    ends_on           last day of publication
    start_text        from which day the publication counts, as a phrase; None is 待核实
    verdict_reasons   why this earliest day, each with its article
    reviewer          who re-checks after the organ, None where nobody does
    accept_days, total_days   working days, None where the rule leaves them open
    listing_basis     the rule by which removal from the list may be asked for
    misprint_corrected  the bureau has said that 营造实守信 of 2024 reads 营造诚实守信
    """

    market: bool
    listing: bool
    decision_title: str
    doc_no: str | None
    decided_on: date
    severity_text: str | None
    minimum_ends_on: date | None
    earliest_on: date | None
    ends_on: date | None
    materials: tuple[str, ...]
    verdict_reasons: tuple[Reason, ...] = ()
    has_minimum: bool = True
    start_text: str | None = None
    reviewer: str | None = None
    accept_days: int | None = None
    total_days: int | None = None
    listing_basis: str | None = None
    misprint_corrected: bool = False


def template_for(decided_on: date, *, market: bool, listing: bool = False) -> TemplateVersion:
    """The wording for a decision of this day: Annex 2 of 2024 for penalties up to 2026-03-31 (market: 2025-12-24)."""
    if listing:
        return LISTING
    last = _LAST_2024_MARKET if market else ANNEX_2.last_decided_on
    assert last is not None
    if decided_on <= last:
        return ANNEX_2
    return MARKET if market else GENERAL


def _version(paper: NoticeFields) -> TemplateVersion:
    return template_for(paper.decided_on, market=paper.market, listing=paper.listing)


def _title(paper: NoticeFields) -> str:
    return "严重失信主体名单信息信用修复告知书" if paper.listing else "行政处罚信息信用修复告知书"


def _body(paper: NoticeFields) -> dict[str, Any]:
    return {
        "market": paper.market,
        "listing": paper.listing,
        "integrity": "营造诚实守信" if paper.misprint_corrected else "营造实守信",
        "decision_title": paper.decision_title,
        "doc_no": numbers.or_pending(paper.doc_no),
        "decided_on": numbers.arabic_date(paper.decided_on),
        "severity": numbers.or_pending(paper.severity_text),
        "has_minimum": paper.has_minimum,
        "minimum_ends_on": numbers.arabic_date(paper.minimum_ends_on),
        "earliest_on": numbers.arabic_date(paper.earliest_on),
        "ends_on": numbers.arabic_date(paper.ends_on),
        "start": numbers.or_pending(paper.start_text),
        "listing_basis": numbers.or_pending(paper.listing_basis),
        "materials": [clause(text) for text in paper.materials] or [numbers.PENDING],
        "why": reasons_list(paper.verdict_reasons),
        "steps": _steps(paper),
    }


def _steps(paper: NoticeFields) -> list[dict[str, str]]:
    """附件3 as four steps, for the one who holds the paper."""
    if paper.listing:
        where = f"向{paper.department_name}提出，或在“信用中国”网站（www.creditchina.gov.cn）线上提出"
    elif paper.market:
        where = f"在{_MARKET_SITE}线上提出"
    else:
        where = f"在{_SITE}线上提出"
    effect = "移出名单" if paper.listing else "终止公示"
    recheck = f"，{paper.reviewer}复核" if paper.reviewer else ""
    return [
        {
            "name": "纠正履行",
            "text": "停止并纠正失信行为，完全履行决定规定的义务，留存缴款票据、整改报告等证明。",
        },
        {"name": "提出申请", "text": f"达到最早申请日后，{where}，也可到信用修复窗口请工作人员帮办。"},
        {
            "name": "受理审核",
            "text": (
                f"受理：{_days(paper.accept_days)}；材料不全的，一次性告知补正。{paper.department_name}审核{recheck}，"
                f"办结：{_days(paper.total_days)}。不予受理或者不予修复的，书面说明理由和救济途径。"
            ),
        },
        {
            "name": "修复完成",
            "text": f"{effect}、停止共享和使用、解除惩戒措施，两个平台同步更新，不用重复申请，结果告知你单位。",
        },
    ]


def _days(count: int | None) -> str:
    return f"{count}个工作日内" if count is not None else f"期限{numbers.PENDING}"


KIND = NoticeKind(
    code="notice",
    word="告",
    label="信用修复告知书",
    fields=NoticeFields,
    title=_title,
    template_for=_version,
    body=_body,
    purpose=Purpose.RECORD,
)
