"""延期通知书: the unit needs more working days for a decision; why, how many, until when, and what follows silence.

Basis: the repair rule in force (snapshot); row f of the remedies, 行政复议法 arts. 11, 23.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from notices import numbers
from notices.kinds.base import NoticeKind, Paper, Record, TemplateVersion, clause, records_table
from notices.kinds.remedies import RemedyRow, against_silence

VERSION = TemplateVersion(code="延期通知书2026", file="extension.html", basis="本系统拟稿", official=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionFields(Paper):
    """Fields of a 延期通知书. `working_days` are added to what is left; `due_before` and `due_on` are days promised.

    due_on            None while a correction is open: the day moves with the answer, so none is named
    due_provisional   the sentence beside a day counted across a year whose holidays are not announced, "" else
    """

    applied_on: date
    accepted_on: date
    application_no: str
    records: tuple[Record, ...]
    basis: str | None
    working_days: int
    reason: str
    due_before: date | None
    due_on: date | None
    remedy_row: RemedyRow
    reconsideration_organ: str | None
    due_provisional: str = ""


def _body(paper: ExtensionFields) -> dict[str, Any]:
    return {
        "applied_on": numbers.arabic_date(paper.applied_on),
        "accepted_on": numbers.arabic_date(paper.accepted_on),
        "application_no": paper.application_no,
        "records": records_table(paper.records),
        "basis": numbers.or_pending(paper.basis),
        "days": str(paper.working_days),
        "reason": clause(paper.reason),
        "due_before": numbers.arabic_date(paper.due_before),
        "due_on": numbers.arabic_date(paper.due_on),
        "has_due": paper.due_on is not None,
        "due_provisional": paper.due_provisional,
        "remedy": against_silence(paper.remedy_row, paper.reconsideration_organ),
    }


KIND = NoticeKind(
    code="extension",
    word="延",
    label="延期通知书",
    fields=ExtensionFields,
    title=lambda paper: "信用修复申请延期办理通知书",
    template_for=lambda paper: VERSION,
    body=_body,
    outcome="延长办理期限",
)
