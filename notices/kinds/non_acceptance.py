"""不予受理决定书: the application is not taken up, with coded reasons, their articles, and the way to contest it.

Basis: the repair rule in force (snapshot); remedies by row a–e, 行政复议法 art. 20.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from notices import numbers
from notices.kinds.base import NoticeKind, Paper, Reason, Record, TemplateVersion, reasons_list, records_table
from notices.kinds.remedies import RemedyRow, against_refusal

VERSION = TemplateVersion(code="不予受理决定书2026", file="non_acceptance.html", basis="本系统拟稿", official=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NonAcceptanceFields(Paper):
    """Fields of a 不予受理. `earliest_on` is the first day a new application can succeed, None where none is known.

    reconsideration_first   the bureau has settled that 行政复议 comes before court (Q10)
    """

    applied_on: date
    application_no: str
    records: tuple[Record, ...]
    basis: str | None
    reasons: tuple[Reason, ...]
    earliest_on: date | None
    remedy_row: RemedyRow
    reconsideration_organ: str | None
    reconsideration_channel: str | None
    reconsideration_first: bool = False


def _body(paper: NonAcceptanceFields) -> dict[str, Any]:
    return {
        "applied_on": numbers.arabic_date(paper.applied_on),
        "application_no": paper.application_no,
        "records": records_table(paper.records),
        "basis": numbers.or_pending(paper.basis),
        "reasons": reasons_list(paper.reasons),
        "earliest_on": numbers.arabic_date(paper.earliest_on),
        "has_earliest": paper.earliest_on is not None,
        "remedy": against_refusal(
            paper.remedy_row,
            paper.reconsideration_organ,
            paper.reconsideration_channel,
            first=paper.reconsideration_first,
        ),
    }


KIND = NoticeKind(
    code="non_acceptance",
    word="不受",
    label="不予受理决定书",
    fields=NonAcceptanceFields,
    title=lambda paper: "信用修复申请不予受理决定书",
    template_for=lambda paper: VERSION,
    body=_body,
    outcome="不予受理",
)
