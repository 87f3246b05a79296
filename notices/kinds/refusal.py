"""不予修复决定书: examined and refused, with coded reasons, their articles, and the way to contest it.

Basis: the repair rule in force (snapshot); remedies by row a–e, 行政复议法 art. 20.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from notices import numbers
from notices.kinds.base import NoticeKind, Paper, Reason, Record, TemplateVersion, reasons_list, records_table
from notices.kinds.remedies import RemedyRow, against_refusal

VERSION = TemplateVersion(code="不予修复决定书2026", file="refusal.html", basis="本系统拟稿", official=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalFields(Paper):
    """Fields of a 不予修复. `accepted_on` may be None where acceptance was tacit; `earliest_on` as in 不予受理.

    reconsideration_first   the bureau has settled that 行政复议 comes before court (Q10)
    """

    applied_on: date
    accepted_on: date | None
    application_no: str
    records: tuple[Record, ...]
    basis: str | None
    reasons: tuple[Reason, ...]
    earliest_on: date | None
    remedy_row: RemedyRow
    reconsideration_organ: str | None
    reconsideration_channel: str | None
    reconsideration_first: bool = False


def _body(paper: RefusalFields) -> dict[str, Any]:
    return {
        "applied_on": numbers.arabic_date(paper.applied_on),
        "accepted_on": numbers.arabic_date(paper.accepted_on),
        "was_accepted": paper.accepted_on is not None,
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
    code="refusal",
    word="不准",
    label="不予修复决定书",
    fields=RefusalFields,
    title=lambda paper: "不予信用修复决定书",
    template_for=lambda paper: VERSION,
    body=_body,
    outcome="不予信用修复",
)
