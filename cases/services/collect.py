"""归集: a file becomes a dry-run report, then records; the same file again changes nothing.

Two phases: `receive_file` reads, checks, compares and stores the report; `import_batch` writes the records of that
very file (by hash). Each collected record is reported to its platforms as a Delivery in the same transaction.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from cases.access import access_batch
from cases.categories import room
from cases.collection.checks import CleanRow, DepartmentMatch, FileReport, RowResult, check_file
from cases.models import CollectionBatch, CollectionRow, FailureRecord
from cases.services.register import Entry, write_entries
from creditrepair.audit.chain import Line, record_all
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid, NotAllowed, NotFound, WrongMoment
from creditrepair.tenancy.models import Department, Role
from sync import messages as wire
from sync import outbox

Outcome = CollectionRow.Outcome
FOREIGN = "foreign_department"
UNIT_DOUBT = "unit_doubt"  # 疑似金额单位错误: 元 typed into a 万元 column


@dataclass(frozen=True, slots=True)
class Compared:
    """A row of the file beside the register: `existing` is the record it would change."""

    result: RowResult
    outcome: str
    record_key: str
    existing: FailureRecord | None


@transaction.atomic
def receive_file(actor: Actor, *, category: str, file_name: str, content: bytes, now: datetime) -> CollectionBatch:
    """Read and check a file, compare it with the register, keep the report; nothing of it is a record yet (试运行).

    The same file again returns the batch it made the first time. Raises NotAllowed, NotFound (no such category),
    Invalid (not a file we can read; the message says what to do).
    """
    department = _own_department(actor)
    try:
        room(category)
    except KeyError:
        raise NotFound from None
    sha256 = hashlib.sha256(content).hexdigest()
    known = CollectionBatch.objects.filter(region_id=actor.region, category=category, file_sha256=sha256).first()
    if known is not None:
        return known
    report = _read(actor, content, file_name, category, now)
    compared = _compare(actor.region, report)
    path = default_storage.save(f"{actor.region}/collection/{sha256}", ContentFile(content))
    batch = CollectionBatch.objects.create(
        region_id=actor.region,
        category=category,
        department=department,
        file_name=file_name[:255],
        file_sha256=sha256,
        file_path=path,
        received_at=now,
        received_by_id=actor.person_id,
        counts=dict(Counter(row.outcome for row in compared)),
        about=report.about(),
    )
    CollectionRow.objects.bulk_create(
        (
            CollectionRow(
                region_id=actor.region,
                batch=batch,
                line=row.result.line,
                outcome=row.outcome,
                record_key=row.record_key,
                label=f"{row.result.values.subject_name} {row.result.values.doc_no}".strip()
                if row.result.values
                else "",
                problems=[asdict(problem) for problem in row.result.problems],
            )
            for row in compared
        ),
        batch_size=2000,
    )
    received = {"file": file_name, "sha256": sha256, "counts": batch.counts}
    foreign = [row.result.line for row in compared if any(p.rule == FOREIGN for p in row.result.problems)]
    lines = [Line("file_received", "batch", batch.ref, data=received)]
    if foreign:
        lines.append(Line("foreign_rows_refused", "batch", batch.ref, data={"lines": foreign}))
    record_all(actor, lines, at=now)
    return batch


@transaction.atomic
def import_batch(actor: Actor, *, ref: str, now: datetime, confirmed_lines: Collection[int] = ()) -> CollectionBatch:
    """Write the good rows of a received file as records and report each to its platforms; again changes nothing.

    A row with a doubt about its unit of money waits until a person confirms its line (`confirmed_lines`), now or in a
    later call: nothing else can tell 元 from 万元.

    Raises NotFound, NotAllowed, WrongMoment (the stored file no longer has the hash of the dry run).
    """
    _own_department(actor)
    batch = access_batch(actor, ref, lock=True)
    with default_storage.open(batch.file_path) as file:
        content = file.read()
    if hashlib.sha256(content).hexdigest() != batch.file_sha256:
        raise WrongMoment("存放的文件与试运行时不一致，请重新上传。")
    report = _read(actor, content, batch.file_name, batch.category, now)
    compared = _compare(actor.region, report, confirmed_lines)
    entries = [
        Entry(row.result.line, row.result.values, row.record_key, row.existing)
        for row in compared
        if row.outcome in (Outcome.NEW, Outcome.CHANGED) and row.result.values is not None
    ]
    lines = write_entries(batch, entries, now=now)
    if not lines and batch.imported_at is not None:
        return batch
    batch.rows.filter(region_id=actor.region, line__in=confirmed_lines, outcome=Outcome.DOUBT).update(
        outcome=Outcome.NEW
    )
    batch.imported_at = now
    batch.counts = dict(Counter(row.outcome for row in compared))
    batch.save(update_fields=["imported_at", "counts"])
    lines.append(Line("batch_imported", "batch", batch.ref, data={"counts": batch.counts}))
    record_all(actor, lines, at=now)
    transaction.on_commit(outbox.wake, robust=True)
    return batch


def departments_by_code(actor: Actor) -> Callable[[str], DepartmentMatch | None]:
    """Lookup of a department by its 统一社会信用代码, over the public directory of all regions."""
    known: dict[str, Department] = {}
    for one in Department.objects.select_related("region"):
        known[one.credit_code] = known[one.name] = one

    def match(code: str) -> DepartmentMatch | None:
        """By code, or by name: the template of 2016 carries no code of the organ."""
        department = known.get(code)
        if department is None:
            return None
        return DepartmentMatch(
            code=department.code,
            name=department.name,
            market=department.market,
            own_region=department.region_id == actor.region,
            region_name=department.region.name,
            credit_code=department.credit_code,
        )

    return match


def _own_department(actor: Actor) -> Department:
    if not actor.has(Role.RECORDER) or actor.department_id is None:
        raise NotAllowed("归集由责任单位的归集人员办理。")
    return Department.objects.get(region_id=actor.region, pk=actor.department_id)


def _read(actor: Actor, content: bytes, file_name: str, category: str, now: datetime) -> FileReport:
    report = check_file(content, file_name, category, timezone.localdate(now), departments_by_code(actor))
    if report.refused:
        raise Invalid(fields={"file": report.refused}, code="unreadable_file")
    return report


def _compare(region: str, report: FileReport, confirmed_lines: Collection[int] = ()) -> list[Compared]:
    """The fate of each row: error and out of scope as the checks say, else new, same or changed by key and content."""
    keys = [row_key(r.values) if r.values and r.outcome == "ok" else "" for r in report.rows]
    existing = {
        r.record_key: r
        for r in FailureRecord.objects.filter(region_id=region, record_key__in=[k for k in keys if k]).select_related(
            "subject", "department"
        )
    }
    compared, seen = [], set[str]()
    for result, key in zip(report.rows, keys, strict=True):
        if result.outcome != "ok":
            compared.append(Compared(result, result.outcome, "", None))
            continue
        assert result.values is not None
        record = existing.get(key)
        in_doubt = any(p.rule == UNIT_DOUBT for p in result.problems) and result.line not in confirmed_lines
        if in_doubt and record is None:
            compared.append(Compared(result, Outcome.DOUBT, key, None))
            continue
        if key in seen:
            outcome = Outcome.SAME
        elif record is None:
            outcome = Outcome.NEW
        else:
            outcome = Outcome.SAME if record.content_hash == result.values.content_hash else Outcome.CHANGED
        seen.add(key)
        compared.append(Compared(result, outcome, key, record))
    return compared


def row_key(row: CleanRow) -> str:
    """The record key on the wire (exchange §8) of a clean row."""
    return wire.record_key(
        row.category, row.authority_code, row.doc_no, row.subject_code, listed_on=row.listed_on, ground=row.ground_text
    )


def rows_of(batch: CollectionBatch, outcomes: Sequence[str] = ()) -> list[CollectionRow]:
    rows = batch.rows.filter(region_id=batch.region_id).order_by("line")
    return list(rows.filter(outcome__in=outcomes) if outcomes else rows)
