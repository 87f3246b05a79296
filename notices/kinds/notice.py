"""告知书: served together with a penalty decision (两书同达), in two parts: the dated official form, and a personal sheet.

Basis: 永发改字〔2024〕63号 附件2, 附件3; 国办发〔2025〕22号. Issued by the organ that made the decision (谁处罚谁告知).
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from notices import numbers
from notices.kinds.base import NoticeKind, TemplateVersion
from notices.kinds.sheet import CREDIT_CHINA, MARKET_SITE, SheetFields, sheet_body
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

_LAST_2024_MARKET = date(2025, 12, 24)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFields(SheetFields):
    """Fields of the 告知书 of a penalty.

    market          a penalty of the market field: another wording, and other first days of it
    has_minimum     False only where the law asks for no minimum (轻微)
    minimum_ends_on last day of the minimum
    start_text      from which day the publication counts, as a phrase; None is 待核实
    """

    market: bool
    minimum_ends_on: date | None
    has_minimum: bool = True
    start_text: str | None = None


def template_for(decided_on: date, *, market: bool) -> TemplateVersion:
    """The wording for a decision of this day: Annex 2 of 2024 for penalties up to 2026-03-31 (market: 2025-12-24)."""
    last = _LAST_2024_MARKET if market else ANNEX_2.last_decided_on
    assert last is not None
    if decided_on <= last:
        return ANNEX_2
    return MARKET if market else GENERAL


def _body(paper: NoticeFields) -> dict[str, Any]:
    where = f"在{MARKET_SITE if paper.market else CREDIT_CHINA}上提出申请"
    return {
        **sheet_body(paper, where=where, effect="终止公示"),
        "market": paper.market,
        "has_minimum": paper.has_minimum,
        "minimum_ends_on": numbers.arabic_date(paper.minimum_ends_on),
        "start": numbers.or_pending(paper.start_text),
        "listing": False,
        "label": "失信程度",
    }


KIND = NoticeKind(
    code="notice",
    word="告",
    label="信用修复告知书",
    fields=NoticeFields,
    title=lambda paper: "行政处罚信息信用修复告知书",
    template_for=lambda paper: template_for(paper.decided_on, market=paper.market),
    body=_body,
    purpose=Purpose.RECORD,
    outcome="告知信用修复的条件、途径和程序",
)
