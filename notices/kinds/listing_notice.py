"""列入决定的告知书: served together with a decision that puts a firm on a list (两书同达), with the same personal sheet.

Basis: 国办发〔2025〕22号, which extends 两书同达 to the serious lists; no official form exists, so every text is a draft.
"""

from dataclasses import dataclass
from typing import Any

from notices import numbers
from notices.kinds.base import NoticeKind, TemplateVersion
from notices.kinds.sheet import CREDIT_CHINA, MARKET_SITE, SheetFields, sheet_body
from notices.qr import Purpose

VERSION = TemplateVersion(code="列入告知书2026", file="listing_notice.html", basis="国办发〔2025〕22号", official=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingNoticeFields(SheetFields):
    """Fields of the 告知书 of a listing.

    list_name       the list as Annex 1 names it, without 信息: 经营异常名录
    market          kept by the market bureau, so an application goes through its own system
    listing_basis   the rule by which removal from the list may be asked for
    once_corrected  the list knows no minimum: removal may be asked for as soon as its cause is cured
    """

    list_name: str
    market: bool
    listing_basis: str | None = None
    once_corrected: bool = False


def _body(paper: ListingNoticeFields) -> dict[str, Any]:
    if paper.market:
        where = f"在{MARKET_SITE}上提出申请"
    else:
        where = f"向{paper.department_name}提出申请，或者在{CREDIT_CHINA}上提出"
    body = sheet_body(paper, where=where, effect="移出名单")
    waits = paper.earliest_on is None and paper.once_corrected
    return {
        **body,
        "list_name": paper.list_name,
        "listing_basis": numbers.or_pending(paper.listing_basis),
        "earliest_on": "改正后即可申请" if waits else body["earliest_on"],
        "market": paper.market,
        "listing": True,
        "label": "失信程度",
    }


KIND = NoticeKind(
    code="listing_notice",
    word="列告",
    label="列入决定信用修复告知书",
    fields=ListingNoticeFields,
    title=lambda paper: f"{paper.list_name}信用修复告知书",
    template_for=lambda paper: VERSION,
    body=_body,
    purpose=Purpose.RECORD,
    outcome="告知移出名单的条件、途径和程序",
)
