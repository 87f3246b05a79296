"""异议答复书: answers an objection to what is published, for how long, or to how a repair ended.

Basis: 国家发展改革委令第36号 (objections go to 信用中国 or the department). No rule that we know names a way against the
answer, so the paper says 待核实 instead of promising one.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from notices import numbers
from notices.kinds.base import NoticeKind, Paper, Reason, Record, TemplateVersion, clause, reasons_list, records_table

VERSION = TemplateVersion(code="异议答复书2026", file="objection_answer.html", basis="本系统拟稿", official=False)


class ObjectionResult(StrEnum):
    """How the objection ends."""

    UPHELD = "upheld"
    PARTLY = "partly"
    REJECTED = "rejected"


RESULTS = {
    ObjectionResult.UPHELD: "异议成立",
    ObjectionResult.PARTLY: "异议部分成立",
    ObjectionResult.REJECTED: "异议不成立",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionAnswerFields(Paper):
    """Fields of a 异议答复.

    objected_on, objection_no   when it came, and its own number
    matter     what the objection says, in one sentence
    findings   what was checked and found, each with its article
    measures   what has been or will be corrected; None where nothing is to be done
    remedy     the way against this answer if a rule names one, else None (待核实)
    """

    objected_on: date
    objection_no: str
    records: tuple[Record, ...]
    basis: str | None
    matter: str
    result: ObjectionResult
    findings: tuple[Reason, ...]
    measures: str | None = None
    remedy: str | None = None


def _body(paper: ObjectionAnswerFields) -> dict[str, Any]:
    return {
        "objected_on": numbers.arabic_date(paper.objected_on),
        "objection_no": paper.objection_no,
        "records": records_table(paper.records),
        "basis": numbers.or_pending(paper.basis),
        "matter": clause(paper.matter),
        "result": RESULTS[paper.result],
        "findings": reasons_list(paper.findings),
        "has_measures": paper.measures is not None,
        "measures": clause(paper.measures),
        "has_remedy": paper.remedy is not None,
        "remedy": clause(paper.remedy),
    }


KIND = NoticeKind(
    code="objection_answer",
    word="异",
    label="异议答复书",
    fields=ObjectionAnswerFields,
    title=lambda paper: "信用信息异议答复书",
    template_for=lambda paper: VERSION,
    body=_body,
    outcome="答复信用信息异议",
)
