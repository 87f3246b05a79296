"""撤回批次: what a batch brought goes out again, as long as no case hangs on it; both platforms are told.

New records are taken back, changed ones get their former content as a new version: nothing is deleted. What another
batch has changed since stays as that batch says.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from cases.access_collection import access_batch
from cases.categories import room
from cases.collection.checks import CleanRow
from cases.facts import facts_of
from cases.models import Case, CollectionBatch, FailureRecord, RecordVersion
from cases.services import parsing, portions, register
from cases.services.eligibility import refresh_eligibility
from cases.services.remind_told import release
from cases.snapshot import platform_reports
from creditrepair.audit.chain import Line, record, record_all
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid, NotAllowed, WrongMoment
from creditrepair.tenancy.models import Role
from sync import outbox

Stage = CollectionBatch.Stage
Status = FailureRecord.Status
NAMED: Final = 10
TAKEN_BACK: Final = "taken_back"  # key of a version's content that says: not published any more


@dataclass(frozen=True, slots=True)
class Former:
    """A record of the batch and what it said before the batch: None for one that the batch brought."""

    record: FailureRecord
    version: RecordVersion | None


@transaction.atomic
def take_back(actor: Actor, *, ref: str, reason: str, now: datetime) -> CollectionBatch:
    """Take back what a batch brought; its file may then be brought again. A heavy batch is worked off by a worker.

    Raises NotFound, NotAllowed, Invalid (no reason), WrongMoment (nothing to take back, or cases hang on its records:
    the message names them).
    """
    if not actor.has(Role.RECORDER) or actor.department_id is None:
        raise NotAllowed("批次由归集单位的归集人员撤回。")
    batch = access_batch(actor, ref, lock=True)
    reason = reason.strip()
    if not 4 <= len(reason) <= 500:
        raise Invalid(fields={"reason": "请写明撤回原因（4至500字）。"})
    if batch.taken_back_at is not None:
        raise WrongMoment("该批次已经撤回。")
    if batch.stage not in (Stage.CHECKED, Stage.IMPORTED, Stage.FAILED):
        raise WrongMoment(f"该批次{batch.get_stage_display()}，完成后才能撤回。")
    named = _with_cases(batch)
    if named:
        more = f"等{len(named)}条" if len(named) > NAMED else ""
        raise WrongMoment(f"已有修复案件，不能撤回：{'、'.join(named[:NAMED])}{more}。请先办结或撤回这些案件。")
    batch.taken_back_at, batch.taken_back_by_id, batch.taken_back_reason = now, actor.person_id, reason
    batch.moved_at, batch.position = now, 0
    batch.total = _mine(batch).count()
    batch.save()
    record(
        actor,
        "batch_taken_back",
        kind="batch",
        thing=batch.ref,
        at=now,
        data={"reason": reason, "records": batch.total},
    )
    if batch.total > portions.LIGHT_ROWS:
        portions.wake_on_commit()
    else:
        while batch.stage != Stage.TAKEN_BACK:
            take_back_portion(actor, batch, now)
    return batch


def take_back_portion(actor: Actor, batch: CollectionBatch, now: datetime) -> None:
    """Undo the next records of a (locked) batch whose withdrawal was asked for. The last portion ends it."""
    records = list(
        _mine(batch)
        .select_for_update(of=("self",))
        .select_related("subject", "department")
        .order_by("id")[: portions.PORTION]
    )
    held = set(Case.objects.filter(region_id=batch.region_id, record__in=records).values_list("record_id", flat=True))
    if held:
        # Filed while the batch was being taken back: the case goes first, its record leaves the batch.
        FailureRecord.objects.filter(region_id=batch.region_id, id__in=held).update(batch=None)
        batch.problem = f"{batch.problem}撤回期间有{len(held)}条信息提出了修复申请，保留未撤回。"[:500]
    formers = [one for one in _formers(batch, records) if one.record.pk not in held]
    restored = [one for one in formers if one.version is not None]
    removed = [one.record for one in formers if one.version is None]
    lines = [*_remove(batch, removed, now), *_restore(batch, restored, now)]
    batch.position, batch.moved_at = batch.position + len(records), now
    if len(records) < portions.PORTION:
        batch.stage = Stage.TAKEN_BACK
        parsing.forget(batch)
        transaction.on_commit(outbox.wake, robust=True)
    batch.save()
    if lines:
        record_all(actor, lines, at=now)


def _mine(batch: CollectionBatch) -> Any:
    """Records whose present content this batch brought."""
    return FailureRecord.objects.filter(region_id=batch.region_id, batch=batch).exclude(status=Status.TAKEN_BACK)


def _with_cases(batch: CollectionBatch) -> list[str]:
    held = Case.objects.filter(region_id=batch.region_id, record__in=_mine(batch)).select_related("record")
    return sorted({f"{one.record.subject_name} {one.record.doc_no}".strip() for one in held})


def _formers(batch: CollectionBatch, records: Sequence[FailureRecord]) -> list[Former]:
    """What each record said before this batch first wrote it."""
    history: dict[int, list[RecordVersion]] = {}
    for version in RecordVersion.objects.filter(region_id=batch.region_id, record__in=records).order_by("number"):
        history.setdefault(version.record_id, []).append(version)
    found = []
    for one in records:
        versions = history.get(one.pk, [])
        first = next((n for n, version in enumerate(versions) if version.batch_id == batch.pk), 0)
        before = versions[first - 1] if first else None
        found.append(Former(one, None if before is None or TAKEN_BACK in before.content else before))
    return found


def _remove(batch: CollectionBatch, records: Sequence[FailureRecord], now: datetime) -> list[Line]:
    if not records:
        return []
    today, reason = timezone.localdate(now), batch.taken_back_reason
    removals = []
    for one in records:
        was_public = one.status == Status.PUBLISHED
        decision = _decision(batch, one, now)
        one.status, one.ended_on, one.version = Status.TAKEN_BACK, today, one.version + 1
        if was_public:
            removals.append(outbox.Removal(room(one.category).targets, decision, one.version, one.ref))
    FailureRecord.objects.bulk_update(records, ["status", "ended_on", "version"])
    release(batch.region_id, [one.pk for one in records], now=now)
    content = {TAKEN_BACK: reason, "batch": batch.ref}
    RecordVersion.objects.bulk_create(
        RecordVersion(
            region_id=batch.region_id,
            record=one,
            number=one.version,
            content=content,
            content_hash="",
            batch=batch,
            at=now,
        )
        for one in records
    )
    if removals:
        outbox.enqueue_removals(batch.region_id, removals, now=now)
    return [
        Line("record_taken_back", "record", one.ref, data={"to": one.version, "batch": batch.ref}) for one in records
    ]


def _decision(batch: CollectionBatch, one: FailureRecord, now: datetime) -> dict[str, Any]:
    """What the platforms are told: the unit withdraws its report. There is no paper, so the hash is of these words."""
    reason = batch.taken_back_reason
    words = f"{batch.ref}|{one.record_key}|{reason}"
    return {
        **{name: value for name, value in platform_reports.of_record(one).items() if name != "published_on"},
        "outcome": "withdrawn_by_authority",
        "effect": room(one.category).effect(facts_of(one, listed_subjects=())),
        "decision_no": f"归集批次{batch.ref}撤回",
        "decision_date": timezone.localdate(now).isoformat(),
        "effective_at": now.astimezone(timezone.get_current_timezone()).isoformat(timespec="seconds"),
        "basis": [],
        "decision_sha256": hashlib.sha256(words.encode()).hexdigest(),
        "verify_url": "",
        "reason_code": "batch_taken_back",
        "reason_text": reason,
    }


def _restore(batch: CollectionBatch, formers: Sequence[Former], now: datetime) -> list[Line]:
    lines, records = [], []
    for former in formers:
        one, before = former.record, former.version
        assert before is not None
        row = CleanRow.from_json(before.content)
        for name, value in register.columns(row, one.department).items():
            setattr(one, name, value)
        one.version, one.batch_id = one.version + 1, before.batch_id
        refresh_eligibility(one, timezone.localdate(now))
        one.save()
        RecordVersion.objects.create(
            region_id=batch.region_id,
            record=one,
            number=one.version,
            content=before.content,
            content_hash=before.content_hash,
            batch_id=before.batch_id,
            at=now,
        )
        records.append(one)
        lines.append(Line("record_changed", "record", one.ref, data={"to": one.version, "taken_back": batch.ref}))
    if records:
        register.report(records, now=now)
    return lines
