"""What the platforms are told: a record as collected, a decision as made."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from cases.categories import room
from cases.facts import facts_of, judge_record
from cases.models import Case, FailureRecord
from notices.models import Notice


def of_record(record: FailureRecord) -> dict[str, Any]:
    """What a platform publishes of a collected record (exchange §9, record-report/1)."""
    return {
        "record_key": record.record_key,
        "category": record.category,
        "category_text": room(record.category).title,
        "doc_no": record.doc_no,
        "doc_date": _iso(record.decided_on or record.listed_on),
        "subject_code": record.subject_id,
        "subject_name": record.subject_name,
        "authority_code": record.department.credit_code,
        "authority_name": record.department.name,
        "severity": record.severity,
        "published_on": _iso(record.published_on or timezone.localdate(record.received_at)),
    }


def of_decision(case: Case, paper: Notice, now: datetime) -> dict[str, Any]:
    """The decision as the platforms are told (exchange §8, repair-result/1): minimal, no ID number, no phone."""
    record = case.record
    verdict = judge_record(record, timezone.localdate(now))
    return {
        **{k: v for k, v in of_record(record).items() if k != "published_on"},
        "outcome": "granted",
        "effect": case.room.effect(facts_of(record)),
        "decision_no": paper.number,
        "decision_date": timezone.localdate(now).isoformat(),
        "effective_at": now.astimezone(timezone.get_current_timezone()).isoformat(timespec="seconds"),
        "basis": [
            {"rule": verdict.regime, "order": r.basis.name, "number": r.basis.number, "article": r.basis.article or ""}
            for r in verdict.reasons
            if r.basis
        ],
        "decision_sha256": paper.snapshot_sha256,
        "verify_url": paper.snapshot["verify_url"],
        "decided_elsewhere": decided_elsewhere(case),
    }


def of_revocation(case: Case, paper: Notice, reason: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """That the granted decision is taken back, with the reason as the public may read it; the record is shown again."""
    return {
        **{name: value for name, value in case.decision.items() if name != "decided_elsewhere"},
        "outcome": "revoked",
        "effect": "restore",
        "decision_no": paper.number,
        "decision_date": timezone.localdate(now).isoformat(),
        "effective_at": now.astimezone(timezone.get_current_timezone()).isoformat(timespec="seconds"),
        "decision_sha256": paper.snapshot_sha256,
        "verify_url": paper.snapshot["verify_url"],
        "reason_code": reason["code"],
        "reason_text": reason["text"].partition("：")[0],
        "decided_elsewhere": None,
    }


def decided_elsewhere(case: Case) -> dict[str, str] | None:
    """{organ, paper} of the latest agreement that came from outside (a court, a superior), None where we decided."""
    step = case.steps.exclude(external={}).filter(status="agreed").order_by("-settled_at").first()
    return {"organ": step.external["organ"], "paper": step.external["paper_no"]} if step else None


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
