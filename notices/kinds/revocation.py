"""撤销修复决定书: a repair granted on false material or a broken promise is taken back, with reasons and the way to contest it.

Basis: the repair rule in force (snapshot); remedies by row a–e, 行政复议法 art. 20. What follows besides is told as far
as a rule says so (law: recording and a ban on applications are not verified), else 待核实.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from notices import numbers
from notices.kinds.base import NoticeKind, Paper, Reason, Record, TemplateVersion, reasons_list, records_table
from notices.kinds.remedies import RemedyRow, against_refusal

VERSION = TemplateVersion(code="撤销修复决定书2026", file="revocation.html", basis="本系统拟稿", official=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationFields(Paper):
    """Fields of a 撤销修复.

    granted_no, granted_on   number and day of the 准予 that is taken back
    reasons        what was found, each with its article
    consequences   what follows for publication and later applications, each with its article or None (待核实)
    reconsideration_first   the bureau has settled that 行政复议 comes before court (Q10)
    """

    applied_on: date
    application_no: str
    records: tuple[Record, ...]
    basis: str | None
    granted_no: str
    granted_on: date
    reasons: tuple[Reason, ...]
    consequences: tuple[Reason, ...]
    remedy_row: RemedyRow
    reconsideration_organ: str | None
    reconsideration_channel: str | None
    reconsideration_first: bool = False


def _body(paper: RevocationFields) -> dict[str, Any]:
    return {
        "applied_on": numbers.arabic_date(paper.applied_on),
        "application_no": paper.application_no,
        "records": records_table(paper.records),
        "basis": numbers.or_pending(paper.basis),
        "granted_no": numbers.or_pending(paper.granted_no),
        "granted_on": numbers.arabic_date(paper.granted_on),
        "reasons": reasons_list(paper.reasons),
        "consequences": reasons_list(paper.consequences),
        "remedy": against_refusal(
            paper.remedy_row,
            paper.reconsideration_organ,
            paper.reconsideration_channel,
            first=paper.reconsideration_first,
        ),
    }


KIND = NoticeKind(
    code="revocation",
    word="撤",
    label="撤销修复决定书",
    fields=RevocationFields,
    title=lambda paper: "撤销信用修复决定书",
    template_for=lambda paper: VERSION,
    body=_body,
    outcome="撤销准予信用修复的决定",
)
