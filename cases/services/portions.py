"""Checking and importing a batch in portions, each a transaction of its own: resumable, and safe to run twice.

The batch row carries how far its checked rows on disk (`cases.collection.staging`) are worked off. Whoever looks first
does the next portion: a request (light batches only), a worker or the sweeper.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q

from cases.collection import staging
from cases.collection.builders import OK
from cases.collection.staging import Staged
from cases.models import CollectionBatch, CollectionRow, FailureRecord
from cases.services import parsing
from cases.services.register import Entry, write_entries
from creditrepair.audit.chain import Line, record_all
from creditrepair.celery import app
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.copying import insert_many
from sync import outbox

Outcome = CollectionRow.Outcome
Stage = CollectionBatch.Stage
WAITING: Final = (Stage.RECEIVED, Stage.ASKED)
# Taking back has no stage of its own: it is asked for, and not yet done.
AT_WORK: Final = Q(stage__in=WAITING) | Q(taken_back_at__isnull=False) & ~Q(stage=Stage.TAKEN_BACK)
PORTION: Final = 1000
LIGHT_ROWS: Final = 500
STALLED_AFTER: Final = timedelta(seconds=60)
FOREIGN: Final = "foreign_department"


def wake(in_seconds: float = 0) -> None:
    """Tell a worker to look at the waiting batches. Called on commit and robustly: a dead broker undoes nothing."""
    app.send_task("cases.tasks.collect_waiting", queue="default", retry=False, countdown=in_seconds or None)


def wake_on_commit() -> None:
    transaction.on_commit(wake, robust=True)


def is_at_work(batch: CollectionBatch) -> bool:
    """Whether something is left to be done for the batch without a person."""
    return batch.stage in WAITING or (batch.taken_back_at is not None and batch.stage != Stage.TAKEN_BACK)


def is_stalled(batch: CollectionBatch, now: datetime) -> bool:
    """Whether a batch that waits has not moved for longer than its slowest step takes."""
    slowest = parsing.PARSING_FOR if batch.stage in WAITING and "staged" not in batch.about else STALLED_AFTER
    return is_at_work(batch) and batch.moved_at is not None and now - batch.moved_at > slowest


# ── in the request ─────────────────────────────────────────────────────────────────────────────────────────────────
def check_now(actor: Actor, batch: CollectionBatch, now: datetime) -> None:
    """Parse and check a light file in the caller's transaction; one of many rows is left to a worker."""
    parsing.parse_here(batch, now)
    if batch.stage == Stage.RECEIVED and batch.total > LIGHT_ROWS:
        wake_on_commit()
        return
    while batch.stage == Stage.RECEIVED:
        check_portion(actor, batch, now)


def import_now(actor: Actor, batch: CollectionBatch, now: datetime) -> None:
    """Import a light batch in the caller's transaction."""
    if not parsing.is_parsed(batch):
        parsing.parse_here(batch, now)
    while batch.stage == Stage.ASKED:
        import_portion(actor, batch, now)


# ── one portion ────────────────────────────────────────────────────────────────────────────────────────────────────
def check_portion(actor: Actor, batch: CollectionBatch, now: datetime) -> None:
    """The next rows of a parsed file, as `check_rows`."""
    rows, batch.about["offset"] = _next_rows(batch)
    check_rows(actor, batch, rows, now)


def import_portion(actor: Actor, batch: CollectionBatch, now: datetime) -> None:
    """The next rows of a checked file, as `write_rows`."""
    rows, batch.about["offset"] = _next_rows(batch)
    write_rows(actor, batch, rows, now)


def _next_rows(batch: CollectionBatch) -> tuple[list[Staged], int]:
    with default_storage.open(batch.about["staged"]["path"]) as file:
        return staging.read(file, batch.about.get("offset", 0), PORTION)


@dataclass(frozen=True, slots=True)
class Compared:
    """A row beside the register: `existing` is the record it would change."""

    row: Staged
    outcome: str
    existing: FailureRecord | None


def check_rows(actor: Actor, batch: CollectionBatch, rows: Sequence[Staged], now: datetime) -> None:
    """The next rows of the dry run: their fates are kept, no record is touched. After the last the batch is checked."""
    if batch.position == 0:
        batch.rows.filter(region_id=batch.region_id).delete()
    compared = compare(batch.region_id, rows)
    insert_many(
        [
            CollectionRow(
                region_id=batch.region_id,
                batch=batch,
                line=one.row.line,
                outcome=one.outcome,
                record_key=one.row.record_key,
                label=one.row.label,
                problems=one.row.problems,
            )
            for one in compared
        ]
    )
    batch.counts = dict(Counter(batch.counts) + Counter(one.outcome for one in compared))
    batch.position, batch.moved_at = batch.position + len(rows), now
    foreign = [one.line for one in rows if any(p["rule"] == FOREIGN for p in one.problems)]
    lines = [Line("foreign_rows_refused", "batch", batch.ref, data={"lines": foreign})] if foreign else []
    if batch.position >= batch.total or not rows:
        batch.stage, batch.position = Stage.CHECKED, 0
        batch.tally = {"rows": batch.total, "good": sum(batch.counts.get(o, 0) for o in ("new", "changed", "same"))}
        lines.append(Line("file_checked", "batch", batch.ref, data={"counts": batch.counts}))
    batch.save()
    if lines:
        record_all(actor, lines, at=now)


def write_rows(actor: Actor, batch: CollectionBatch, rows: Sequence[Staged], now: datetime) -> None:
    """The next rows become records, compared with the register as it is now. After the last the batch is imported.

    Of a batch that was imported before, only the doubted rows that a person has settled since.
    """
    position = batch.position + len(rows)
    told = dict(
        batch.rows.filter(region_id=batch.region_id, line__in=[one.line for one in rows]).values_list("line", "outcome")
    )
    confirmed = frozenset(batch.confirmed)
    if batch.imported_at is not None:
        rows = [one for one in rows if one.line in confirmed and told.get(one.line) == Outcome.DOUBT]
    compared = compare(batch.region_id, rows, confirmed, lock=True)
    entries = [
        Entry(one.row.line, one.row.row(), one.row.record_key, one.existing)
        for one in compared
        if one.outcome in (Outcome.NEW, Outcome.CHANGED)
    ]
    written = write_entries(batch, entries, now=now)
    _tell_otherwise(batch, [one for one in compared if told.get(one.row.line) != one.outcome], told)
    batch.tally = dict(Counter(batch.tally) + written.timely)
    batch.position, batch.moved_at = position, now
    lines = written.lines
    if batch.position >= batch.total:
        batch.stage, batch.imported_at = Stage.IMPORTED, batch.imported_at or now
        lines = [*lines, Line("batch_imported", "batch", batch.ref, data={"counts": batch.counts})]
        if not batch.counts.get(Outcome.DOUBT):
            parsing.forget(batch)
        transaction.on_commit(outbox.wake, robust=True)
    batch.save()
    if lines:
        record_all(actor, lines, at=now)


def _tell_otherwise(batch: CollectionBatch, changed: Sequence[Compared], told: dict[int, str]) -> None:
    """The register moved since the dry run, or a doubt was settled: rows and counts say what has become of them."""
    counts = Counter(batch.counts)
    for outcome in {one.outcome for one in changed}:
        lines = [one.row.line for one in changed if one.outcome == outcome]
        batch.rows.filter(region_id=batch.region_id, line__in=lines).update(outcome=outcome)
    for one in changed:
        counts[told[one.row.line]] -= 1
        counts[one.outcome] += 1
    batch.counts = dict(+counts)


def compare(
    region: str, rows: Sequence[Staged], confirmed: Collection[int] = (), *, lock: bool = False
) -> list[Compared]:
    """The fate of each row: error and out of scope as the checks say, else new, same or changed by key and content.

    A record that was taken back with its batch counts as new: it is published again.
    lock   hold the records that are there: whoever writes them must not write an older state over a decision
    """
    keys = [one.record_key for one in rows if one.outcome == OK]
    found = FailureRecord.objects.filter(region_id=region, record_key__in=keys).select_related("subject", "department")
    if lock:
        found = found.select_for_update(of=("self",)).order_by("pk")
    existing = {record.record_key: record for record in found}
    return [
        Compared(one, _fate(one, existing.get(one.record_key), confirmed), existing.get(one.record_key)) for one in rows
    ]


def _fate(one: Staged, record: FailureRecord | None, confirmed: Collection[int]) -> str:
    if one.outcome != OK:
        return one.outcome
    if one.repeated:
        return Outcome.SAME
    fresh = record is None or record.status == FailureRecord.Status.TAKEN_BACK
    if fresh:
        return Outcome.DOUBT if one.in_doubt and one.line not in confirmed else Outcome.NEW
    assert record is not None and one.values is not None
    return Outcome.SAME if record.content_hash == one.values["content_hash"] else Outcome.CHANGED
