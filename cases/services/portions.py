"""Checking and importing a batch in portions, each a transaction of its own: resumable, and safe to run twice.

The batch row carries how far its checked rows on disk (`cases.collection.staging`) are worked off. Whoever looks first
does the next portion: a request (light batches only), a worker or the sweeper.
"""

import time
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from cases.collection import staging
from cases.collection.builders import OK
from cases.collection.staging import Staged
from cases.models import CollectionBatch, CollectionRow, FailureRecord
from cases.services import parsing
from cases.services.register import Entry, write_entries
from creditrepair.audit.chain import Line, record_all
from creditrepair.celery import app
from creditrepair.failpoint import reach
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Region, Role
from sync import outbox

Outcome = CollectionRow.Outcome
Stage = CollectionBatch.Stage
WAITING: Final = (Stage.RECEIVED, Stage.ASKED)
PORTION: Final = 1000
LIGHT_ROWS: Final = 500
STALLED_AFTER: Final = timedelta(seconds=60)
FOREIGN: Final = "foreign_department"


def wake() -> None:
    """Tell a worker to look at the waiting batches. Called on commit and robustly: a dead broker undoes nothing."""
    app.send_task("cases.tasks.collect_waiting", queue="default", retry=False)


def wake_on_commit() -> None:
    transaction.on_commit(wake, robust=True)


def is_stalled(batch: CollectionBatch, now: datetime) -> bool:
    """Whether a batch that waits has not moved for longer than its slowest step takes."""
    slowest = parsing.PARSING_FOR if "staged" not in batch.about else STALLED_AFTER
    return batch.stage in WAITING and batch.moved_at is not None and now - batch.moved_at > slowest


# ── in the request ─────────────────────────────────────────────────────────────────────────────────────────────────
def check_now(actor: Actor, batch: CollectionBatch, now: datetime) -> None:
    """Parse and check a light file in the caller's transaction; one of many rows is left to a worker."""
    parsing.parse_here(batch, now)
    if batch.stage == Stage.RECEIVED and batch.total > LIGHT_ROWS:
        wake_on_commit()
        return
    while batch.stage == Stage.RECEIVED:
        _check_portion(actor, batch, now)


def import_now(actor: Actor, batch: CollectionBatch, now: datetime) -> None:
    """Import a light batch in the caller's transaction."""
    if not parsing.is_parsed(batch):
        parsing.parse_here(batch, now)
    while batch.stage == Stage.ASKED:
        _import_portion(actor, batch, now)


# ── in the background ──────────────────────────────────────────────────────────────────────────────────────────────
def collect_waiting(*, seconds: float, now: datetime, untouched: timedelta = timedelta(0)) -> bool:
    """Work for about `seconds` on the batches that wait in any region, oldest first; True when nothing is left.

    untouched   leave alone what moved within that time: a worker has it in hand (for the sweeper)
    """
    until = time.monotonic() + seconds
    done = True
    for region in Region.objects.order_by("code").values_list("code", flat=True):
        for ref in _waiting(region, now - untouched):
            if time.monotonic() >= until or not advance(ref, region=region, until=until):
                done = False
    return done


def _waiting(region: str, before: datetime) -> list[str]:
    with region_context(region):
        waiting = CollectionBatch.objects.filter(region_id=region, stage__in=WAITING, moved_at__lte=before)
        return list(waiting.order_by("id").values_list("ref", flat=True))


def advance(ref: str, *, region: str, until: float) -> bool:
    """Work on one batch until the monotonic time `until`; True if nothing is left to do for it.

    Gives up at once while another has it in hand. After one was killed the next call goes on behind its last portion.
    """
    while True:
        with region_context(region):
            mine = CollectionBatch.objects.filter(region_id=region, ref=ref, stage__in=WAITING)
            batch = (
                mine.select_for_update(skip_locked=True, of=("self",))
                .select_related("department", "received_by", "imported_by")
                .first()
            )
            if batch is None:
                return not mine.exists()
            now = timezone.now()
            parsed = parsing.is_parsed(batch)
            if parsed:
                portion = _check_portion if batch.stage == Stage.RECEIVED else _import_portion
                portion(_actor_of(batch), batch, now)
            elif not parsing.take(batch, now):
                return False
        if not parsed:
            parsing.parse_apart(batch)
        reach("after_collect_portion", str(batch.position))
        if parsed and batch.stage not in WAITING:
            return True
        if time.monotonic() >= until:
            return False


def _actor_of(batch: CollectionBatch) -> Actor:
    """Who brought the file, or asked for its import: the events are theirs, whichever process writes them."""
    asked = batch.imported_by if batch.stage == Stage.ASKED else None
    user = asked or batch.received_by
    return Actor(
        user_id=user.pk,
        name=user.full_name,
        region=batch.region_id,
        department_id=batch.department_id,
        department=batch.department.code,
        roles=frozenset({Role.RECORDER.value}),
    )


def _check_portion(actor: Actor, batch: CollectionBatch, now: datetime) -> None:
    rows, batch.about["offset"] = _next_rows(batch)
    check_rows(actor, batch, rows, now)


def _import_portion(actor: Actor, batch: CollectionBatch, now: datetime) -> None:
    rows, batch.about["offset"] = _next_rows(batch)
    write_rows(actor, batch, rows, now)


def _next_rows(batch: CollectionBatch) -> tuple[list[Staged], int]:
    with default_storage.open(batch.about["staged"]["path"]) as file:
        return staging.read(file, batch.about.get("offset", 0), PORTION)


# ── one portion ────────────────────────────────────────────────────────────────────────────────────────────────────
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
    CollectionRow.objects.bulk_create(
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
    compared = compare(batch.region_id, rows, confirmed)
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


def compare(region: str, rows: Sequence[Staged], confirmed: Collection[int] = ()) -> list[Compared]:
    """The fate of each row: error and out of scope as the checks say, else new, same or changed by key and content.

    A record that was taken back with its batch counts as new: it is published again.
    """
    keys = [one.record_key for one in rows if one.outcome == OK]
    existing = {
        record.record_key: record
        for record in FailureRecord.objects.filter(region_id=region, record_key__in=keys).select_related(
            "subject", "department"
        )
    }
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
