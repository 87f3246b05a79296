"""补正通知书: everything that is missing, once and in one paper (一次性告知), each with its article and its cure.

Basis: 国办发〔2025〕22号 and the repair rule in force (snapshot). The clock stands still until the answer.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from notices import numbers
from notices.kinds.base import Item, NoticeKind, Paper, Record, TemplateVersion, clause, records_table

VERSION = TemplateVersion(code="补正通知书2026", file="correction.html", basis="本系统拟稿", official=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionFields(Paper):
    """Fields of a 补正. `answer_by` is the last day to answer, None while no rule names one (then 待核实)."""

    applied_on: date
    application_no: str
    records: tuple[Record, ...]
    basis: str | None
    items: tuple[Item, ...]
    answer_by: date | None


def _body(paper: CorrectionFields) -> dict[str, Any]:
    return {
        "applied_on": numbers.arabic_date(paper.applied_on),
        "application_no": paper.application_no,
        "records": records_table(paper.records),
        "basis": numbers.or_pending(paper.basis),
        "items": [
            {
                "no": numbers.chinese(at),
                "where": clause(item.where),
                "what": clause(item.what),
                "article": numbers.or_pending(item.article),
                "how": clause(item.how),
            }
            for at, item in enumerate(paper.items, start=1)
        ],
        "answer_by": numbers.arabic_date(paper.answer_by),
        "has_answer_by": paper.answer_by is not None,
    }


KIND = NoticeKind(
    code="correction",
    word="补",
    label="补正通知书",
    fields=CorrectionFields,
    title=lambda paper: "信用修复申请材料补正通知书",
    template_for=lambda paper: VERSION,
    body=_body,
    outcome="一次性告知补正",
)
