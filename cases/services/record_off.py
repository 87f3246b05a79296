"""Taking a record off the platforms, or bringing it back, without a case: on the paper of somebody outside."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from django.utils import timezone

from cases.categories import room
from cases.facts import facts_of
from cases.models import FailureRecord
from cases.services.remind_told import release
from cases.services.upward import tell_upward_of_record
from cases.snapshot import platform_reports
from creditrepair.tenancy.remembered import forget
from sync import outbox
from sync.messages import canonical_json

Status = FailureRecord.Status


@dataclass(frozen=True, slots=True)
class Ground:
    """Why: the paper (whose, number, local date) and the reason as the public may read it.

    outcome   granted, revoked or withdrawn_by_authority, as in repair-result/1; basis: [{rule, order, number, article}]
    """

    outcome: str
    organ: str
    paper_no: str
    decided_on: date
    reason_code: str
    reason_text: str
    basis: Sequence[dict[str, str]] = field(default=())


def locked_record(region: str, pk: int) -> FailureRecord:
    """The record fresh and locked, inside its region."""
    rows = FailureRecord.objects.select_for_update(of=("self",)).select_related("subject", "department")
    return rows.get(region_id=region, pk=pk)


def take_off(record: FailureRecord, status: str, ground: Ground, now: datetime) -> None:
    """Give a locked record this status and tell its platforms. What is shown nowhere any more has nobody to be told."""
    was_public = record.status == Status.PUBLISHED
    record.status, record.ended_on = status, record.ended_on or timezone.localdate(now)
    _write(record, ground, room(record.category).effect(facts_of(record)) if was_public else "", now)


def bring_back(record: FailureRecord, ground: Ground, now: datetime) -> None:
    """Publish a locked record again and tell its platforms."""
    record.status, record.ended_on = Status.PUBLISHED, None
    _write(record, ground, "restore", now)


def _write(record: FailureRecord, ground: Ground, effect: str, now: datetime) -> None:
    record.version += 1 if effect else 0
    record.save(update_fields=["status", "ended_on", "version"])
    forget()  # the subject may stand on one list less
    if record.status != Status.PUBLISHED:
        release(record.region_id, [record.pk], now=now)
    if not effect:
        return
    decision = _decision(record, ground, effect, now)
    told = outbox.Removal(room(record.category).targets, decision, record.version, record.ref)
    outbox.enqueue_removals(record.region_id, [told], now=now)
    tell_upward_of_record(record, decision, now)


def _decision(record: FailureRecord, ground: Ground, effect: str, now: datetime) -> dict[str, Any]:
    ours = ground.organ == record.department.name
    decision = {
        **{name: value for name, value in platform_reports.of_record(record).items() if name != "published_on"},
        "outcome": ground.outcome,
        "effect": effect,
        "decision_no": ground.paper_no,
        "decision_date": ground.decided_on.isoformat(),
        "effective_at": timezone.localtime(now).isoformat(timespec="seconds"),
        "basis": list(ground.basis),
        "verify_url": "",
        "reason_code": ground.reason_code,
        "reason_text": ground.reason_text,
        "decided_elsewhere": None if ours else {"organ": ground.organ, "paper": ground.paper_no},
    }
    return {**decision, "decision_sha256": sha256(canonical_json(decision)).hexdigest()}
