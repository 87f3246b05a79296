"""Writing clean rows into the register, set-based: subjects, records, versions and their reports, a few statements each."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from cases.categories import judge, room
from cases.collection.checks import CleanRow
from cases.facts import facts_of, listed_subjects
from cases.models import CollectionBatch, FailureRecord, RecordVersion, Subject
from cases.overrides import overrides_of
from cases.services.eligibility import ELIGIBILITY, write_eligibility
from cases.services.subjects import fold_name, pinyin_of
from cases.snapshot import platform_reports
from cases.timeliness import reporting_time
from creditrepair.audit.chain import Line
from creditrepair.tenancy.copying import insert_many
from creditrepair.tenancy.models import Department, new_reference
from sync import outbox

CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Entry:
    """A clean row on its way into the register; `existing` is the record it changes, None for a new one."""

    line: int
    row: CleanRow
    record_key: str
    existing: FailureRecord | None


@dataclass(frozen=True, slots=True)
class Written:
    """The events to be recorded, and how many new records came in time, late, or without a rule that says."""

    lines: list[Line]
    timely: Counter[str]


def write_entries(batch: CollectionBatch, entries: Sequence[Entry], *, now: datetime) -> Written:
    """Write new and changed records with their versions and queue their reports.

    Runs in the caller's transaction and region. Two rows of one key in a file never get here twice.
    """
    lines: list[Line] = []
    timely: Counter[str] = Counter()
    for start in range(0, len(entries), CHUNK):
        written = _write_chunk(batch, entries[start : start + CHUNK], now)
        lines += written.lines
        timely += written.timely
    return Written(lines, timely)


def _write_chunk(batch: CollectionBatch, entries: Sequence[Entry], now: datetime) -> Written:
    region, today = batch.region_id, timezone.localdate(now)
    subjects = _write_subjects([entry.row for entry in entries])
    units = {d.credit_code: d for d in Department.objects.filter(region_id=region)}
    listed, overrides = listed_subjects(region, list(subjects)), overrides_of(region)
    received_on = timezone.localdate(batch.received_at)
    measure = None if batch.stock else reporting_time(region, received_on)
    records, timely = [], Counter[str]()
    for entry in entries:
        record = _record_of(batch, entry, units[entry.row.authority_code], subjects[entry.row.subject_code], now)
        if entry.existing is None and measure is not None:
            record.late_by = measure.late_by(
                record.category,
                record.market,
                decided_on=record.decided_on,
                listed_on=record.listed_on,
                received_on=received_on,
            )
            timely["unmeasured" if record.late_by is None else "late" if record.late_by else "in_time"] += 1
        write_eligibility(record, judge(facts_of(record, listed_subjects=listed), today, overrides))
        records.append(record)
    new = [record for record, entry in zip(records, entries, strict=True) if entry.existing is None]
    changed = [record for record, entry in zip(records, entries, strict=True) if entry.existing is not None]
    insert_many(new)
    if changed:
        FailureRecord.objects.bulk_update(changed, [*_changing(entries[0], units), *ELIGIBILITY])
    insert_many(
        [
            RecordVersion(
                region_id=region,
                record=record,
                number=record.version,
                content=entry.row.as_json(),
                content_hash=entry.row.content_hash,
                batch=batch,
                at=now,
            )
            for record, entry in zip(records, entries, strict=True)
        ]
    )
    report(records, now=now)
    return Written([_line(batch, entry, record) for record, entry in zip(records, entries, strict=True)], timely)


def report(records: Sequence[FailureRecord], *, now: datetime) -> None:
    """Queue what the platforms are told of these records of one region as they stand; only of those still published."""
    told = [
        outbox.Report(room(record.category).targets, platform_reports.of_record(record), record.version, record.ref)
        for record in records
        if record.status == FailureRecord.Status.PUBLISHED
    ]
    if told:
        outbox.enqueue_reports(records[0].region_id, told, now=now)


def _changing(entry: Entry, units: Mapping[str, Department]) -> list[str]:
    return [*columns(entry.row, units[entry.row.authority_code]), "subject", "version", "batch", "status", "ended_on"]


def _line(batch: CollectionBatch, entry: Entry, record: FailureRecord) -> Line:
    if entry.existing is None:
        about: dict[str, Any] = {"doc_no": record.doc_no, "batch": batch.ref, "line": entry.line}
        return Line("record_collected", "record", record.ref, data=about)
    return Line(
        "record_changed", "record", record.ref, data={"to": record.version, "batch": batch.ref, "line": entry.line}
    )


def _record_of(
    batch: CollectionBatch, entry: Entry, department: Department, subject: Subject, now: datetime
) -> FailureRecord:
    record = entry.existing
    if record is None:
        record = FailureRecord(
            region_id=batch.region_id,
            ref=new_reference(),
            category=entry.row.category,
            record_key=entry.record_key,
            department=department,
            received_at=now,
            stock=batch.stock,
        )
    else:
        record.version += 1
        if record.status == FailureRecord.Status.TAKEN_BACK:
            record.status, record.ended_on = FailureRecord.Status.PUBLISHED, None
    for name, value in columns(entry.row, department).items():
        setattr(record, name, value)
    record.subject, record.batch = subject, batch
    return record


def columns(row: CleanRow, department: Department) -> dict[str, Any]:
    """The columns of a record that a row fills, by name."""
    return {
        "subject_name": row.subject_name,
        "doc_no": row.doc_no,
        "decided_on": row.decided_on,
        "published_on": row.published_on,
        "listed_on": row.listed_on,
        "corrected_on": row.corrected_on,
        "ground": row.ground or "",
        "ground_text": row.ground_text or "",
        "penalty_kinds": list(row.penalty_kinds),
        "market": department.market,
        "amount_fen": row.amount_fen,
        "content": row.content or "",
        "facts_text": row.facts_text or "",
        "basis_text": row.basis_text or "",
        "claimed_public_until": row.claimed_public_until,
        "extra": row.extra,
        "content_hash": row.content_hash,
    }


def _write_subjects(rows: Sequence[CleanRow]) -> dict[str, Subject]:
    """The subjects of these rows, made or brought up to date in one statement; the last row of a code wins.

    Written in order of code, so that two imports at once lock them in one order.
    """
    latest = {row.subject_code: row for row in rows}
    known = {s.code: s for s in Subject.objects.filter(code__in=latest)}
    subjects = {
        code: Subject(
            code=code,
            name=row.subject_name,
            folded_name=fold_name(row.subject_name),
            pinyin=known[code].pinyin
            if code in known and known[code].name == row.subject_name
            else pinyin_of(row.subject_name),
            kind=row.subject_kind,
            legal_representative=row.legal_representative or "",
        )
        for code, row in sorted(latest.items())
    }
    Subject.objects.bulk_create(
        subjects.values(),
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "folded_name", "pinyin", "kind", "legal_representative"],
    )
    return subjects
