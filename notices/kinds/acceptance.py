"""受理通知书: the application is taken up; from when the clock runs, and what follows if nobody decides in time.

Basis: the repair rule in force (snapshot); row f of the remedies, 行政复议法 arts. 11, 23.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from notices import numbers
from notices.kinds.base import NoticeKind, Paper, Record, TemplateVersion, records_table
from notices.kinds.remedies import RemedyRow, against_silence

VERSION = TemplateVersion(code="受理通知书2026", file="acceptance.html", basis="本系统拟稿", official=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceFields(Paper):
    """Fields of a 受理. `decide_days` are working days from acceptance, `due_on` the day promised; None is 待核实.

    due_provisional   the sentence beside a day counted across a year whose holidays are not announced, "" else
    """

    applied_on: date
    application_no: str
    records: tuple[Record, ...]
    basis: str | None
    decide_days: int | None
    due_on: date | None
    remedy_row: RemedyRow
    reconsideration_organ: str | None
    due_provisional: str = ""


def _body(paper: AcceptanceFields) -> dict[str, Any]:
    return {
        "applied_on": numbers.arabic_date(paper.applied_on),
        "application_no": paper.application_no,
        "records": records_table(paper.records),
        "basis": numbers.or_pending(paper.basis),
        "days": numbers.or_pending(paper.decide_days),
        "due_on": numbers.arabic_date(paper.due_on),
        "due_provisional": paper.due_provisional,
        "remedy": against_silence(paper.remedy_row, paper.reconsideration_organ),
    }


KIND = NoticeKind(
    code="acceptance",
    word="受",
    label="受理通知书",
    fields=AcceptanceFields,
    title=lambda paper: "信用修复申请受理通知书",
    template_for=lambda paper: VERSION,
    body=_body,
    outcome="予以受理",
)
