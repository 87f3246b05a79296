"""准予修复决定书: what ends by it (终止公示 or 移出), that both platforms follow, and what a false promise costs.

Basis: the repair rule in force (snapshot); 永发改字〔2024〕63号 (两个系统同步修复, 结果互认).
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from notices import numbers
from notices.kinds.base import NoticeKind, Paper, Reason, Record, TemplateVersion, reasons_list, records_table

VERSION = TemplateVersion(code="准予修复决定书2026", file="approval.html", basis="本系统拟稿", official=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalFields(Paper):
    """Fields of a 准予修复. `effect` is 终止公示 or 移出 with its object; `findings` are the conditions found met."""

    applied_on: date
    application_no: str
    records: tuple[Record, ...]
    basis: str | None
    findings: tuple[Reason, ...]
    effect: str


def _body(paper: ApprovalFields) -> dict[str, Any]:
    return {
        "applied_on": numbers.arabic_date(paper.applied_on),
        "application_no": paper.application_no,
        "records": records_table(paper.records),
        "basis": numbers.or_pending(paper.basis),
        "findings": reasons_list(paper.findings),
        "effect": numbers.or_pending(paper.effect),
    }


KIND = NoticeKind(
    code="approval",
    word="准",
    label="准予修复决定书",
    fields=ApprovalFields,
    title=lambda paper: "准予信用修复决定书",
    template_for=lambda paper: VERSION,
    body=_body,
    outcome="准予信用修复",
)
