"""更正函: asks sites of third parties to follow a repair; the firm hands it on, its code proves it. No personal data.

Basis: 国家发展改革委令第36号 (where a site differs, 信用中国 prevails). It asks and orders nothing: no article that we
know of gives a term to a third party.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from notices import numbers
from notices.kinds.base import NoticeKind, Paper, Record, TemplateVersion, clause, records_table

VERSION = TemplateVersion(code="更正函2026", file="correction_letter.html", basis="本系统拟稿", official=False)
ADDRESSEES = "各有关网站、平台和信用服务机构"


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionLetterFields(Paper):
    """Fields of a 更正函.

    decision_title, decision_no, deciding_organ   the decision it rests on: ours, or that of a court or superior
    effective_on   from which day the record is no longer shown; repaired_on: both platforms were read back by then
    effect         终止公示, or 移出 with the name of the list
    """

    records: tuple[Record, ...]
    basis: str | None
    decision_title: str
    decision_no: str | None
    deciding_organ: str
    effective_on: date
    repaired_on: date
    effect: str


def _body(paper: CorrectionLetterFields) -> dict[str, Any]:
    return {
        "records": records_table(paper.records),
        "basis": numbers.or_pending(paper.basis),
        "decision_title": paper.decision_title,
        "decision_no": numbers.or_pending(paper.decision_no),
        "deciding_organ": numbers.or_pending(paper.deciding_organ),
        "effective_on": numbers.arabic_date(paper.effective_on),
        "repaired_on": numbers.arabic_date(paper.repaired_on),
        "effect": clause(paper.effect),
    }


KIND = NoticeKind(
    code="correction_letter",
    word="更",
    label="更正函",
    fields=CorrectionLetterFields,
    title=lambda paper: "关于更新信用修复结果的函",
    template_for=lambda paper: VERSION,
    body=_body,
    outcome="失信信息已经修复，请第三方同步更新",
    addressee=lambda paper: ADDRESSEES,
)
