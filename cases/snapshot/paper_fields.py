"""Fields that papers of several kinds hold: the firm, its records, the reasons."""

from collections.abc import Mapping, Sequence
from typing import Any

from cases.categories import room
from cases.law import Verdict
from cases.models import FailureRecord


def told_reasons(reasons: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    return [{"code": one["code"], "text": one["text"], "article": one["article"] or None} for one in reasons]


def subject_fields(record: FailureRecord) -> dict[str, Any]:
    return {"subject_name": record.subject_name, "subject_code": record.subject_id}


def record_rows(record: FailureRecord, organ: str) -> list[dict[str, Any]]:
    return [
        {
            "category": room(record.category).title,
            "doc_no": record.doc_no or None,
            "decided_on": record.decided_on or record.listed_on,
            "organ": organ,
        }
    ]


def verdict_reasons(verdict: Verdict) -> list[dict[str, Any]]:
    return [
        {"code": f"r{n}", "text": reason.text, "article": str(reason.basis) if reason.basis else None}
        for n, reason in enumerate(verdict.reasons, start=1)
    ]
