"""The outbox: every outside effect has a row before it happens, written in the deciding transaction.

Celery is only told to look (`wake`); whoever looks first (task or sweeper) claims rows with a lease, sends with no
transaction open, and settles by compare-and-swap on the lease (`sync.lanes`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from creditrepair import failpoint
from creditrepair.celery import app
from creditrepair.tenancy.copying import insert_many
from sync import bell, messages
from sync.models import Delivery
from sync.signing import SealKey
from sync.targets import target as target_of

SMS = "sms_gateway"


@dataclass(frozen=True, slots=True)
class Leg:
    """One message to one target as pages show it. `verified` only after a read-back; never looked is its own word."""

    target: str
    title: str
    state: str
    state_text: str
    verified: bool
    verified_how: str
    verified_at: datetime | None
    looked_at: datetime | None
    tries: int
    last_error: str
    message_no: str
    queued_at: datetime
    url: str
    expect: str = "absent"  # what a read-back has to show: absent, published, receipt

    @property
    def words(self) -> str:
        """What was seen, where somebody looked: that a record is gone, or that it is shown again."""
        if not self.verified:
            return self.state_text
        return {"absent": "已核验，不再公示", "published": "已核验，公示中"}.get(self.expect, self.state_text)


def next_message_numbers(region: str, now: datetime, count: int, prefix: str = "RP") -> list[str]:
    """`RP-620321-20261123-000123`: for people, one per Delivery, never changed by a retry; gaps are harmless."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('sync_message_no') FROM generate_series(1, %s)", [count])
        serials = [row[0] for row in cursor.fetchall()]
    return [f"{prefix}-{region}-{timezone.localdate(now):%Y%m%d}-{serial:06d}" for serial in serials]


@dataclass(frozen=True, slots=True)
class Report:
    """A collected record to be published (or amended): its targets, what they are told, its version and reference."""

    targets: Sequence[str]
    record: Mapping[str, Any]
    version: int
    thing: str


def enqueue_reports(region: str, reports: Sequence[Report], *, now: datetime) -> None:
    """Queue the publication of many records, set-based; `record` as `messages.report_message` wants it."""
    sends = [(report, target) for report in reports for target in report.targets]
    numbers = iter(next_message_numbers(region, now, len(sends)))
    rows = []
    for report, target in sends:
        number, record = next(numbers), report.record
        key = messages.delivery_key(target, record["record_key"], "reported", record["doc_date"] or "", report.version)
        message = messages.report_message(
            record, message_no=number, key=key, version=report.version, source=region, target=target, queued_at=now
        )
        rows.append(
            _row(region, target, "report", key, number, message, record["record_key"], "record", report.thing,
                 report.version, "published", now)
        )  # fmt: skip
    insert_many(rows)


def enqueue_repair(
    region: str, targets: Iterable[str], decision: Mapping[str, Any], *, version: int, thing: str, now: datetime
) -> None:
    """Queue the result of a decision to every target; `decision` is the snapshot, minimal and signed."""
    for target in targets:
        number = next_message_numbers(region, now, 1)[0]
        key = messages.delivery_key(
            target, decision["record_key"], decision["outcome"], decision["decision_date"], version
        )
        body = messages.repair_message(
            decision, message_no=number, key=key, version=version, source=region, target=target, queued_at=now
        )
        expect = "published" if decision["effect"] == "restore" else "absent"
        _row(
            region, target, "repair", key, number, body, decision["record_key"], "case", thing, version, expect, now
        ).save(force_insert=True)


@dataclass(frozen=True, slots=True)
class Removal:
    """A record to be dropped without a case (its batch or its penalty was taken back, a court shields it), or shown
    again: as Report, with the decision that says so."""

    targets: Sequence[str]
    decision: Mapping[str, Any]
    version: int
    thing: str


def enqueue_removals(region: str, removals: Sequence[Removal], *, now: datetime) -> None:
    """Queue the withdrawal of many records, set-based; `decision` as `messages.repair_message` wants it."""
    sends = [(one, target) for one in removals for target in one.targets]
    numbers = next_message_numbers(region, now, len(sends))
    rows = []
    for number, (one, target) in zip(numbers, sends, strict=True):
        told = one.decision
        key = messages.delivery_key(target, told["record_key"], told["outcome"], told["decision_date"], one.version)
        body = messages.repair_message(
            told, message_no=number, key=key, version=one.version, source=region, target=target, queued_at=now
        )
        rows.append(
            _row(region, target, "repair", key, number, body, told["record_key"], "record", one.thing, one.version,
                 "published" if told["effect"] == "restore" else "absent", now)
        )  # fmt: skip
    insert_many(rows)


def _row(
    region: str,
    target: str,
    kind: str,
    key: str,
    number: str,
    message: Mapping[str, Any],
    record_key: str,
    thing_kind: str,
    thing: str,
    version: int,
    expect: str,
    now: datetime,
) -> Delivery:
    return Delivery(
        region_id=region,
        target=target,
        kind=kind,
        key=key,
        message_no=number,
        record_key=record_key,
        thing_kind=thing_kind,
        thing=thing,
        version=version,
        expect=expect,
        body=_bytes(kind, message),
        queued_at=now,
        due_at=now,
    )


def _bytes(kind: str, message: Mapping[str, Any]) -> bytes:
    if kind == "sms":
        return messages.canonical_json(message)
    return messages.seal(message, _seal_key(settings.SYNC_SIGNING_SEED))


@lru_cache(maxsize=2)
def _seal_key(seed: str) -> SealKey:
    return SealKey.from_seed(seed)


def wake() -> None:
    """Tell the lanes to look. Called on commit and robustly: a dead broker, or a bell unheard, undoes nothing."""
    failpoint.reach("wake.before")
    bell.ring()
    app.send_task("sync.tasks.drain_lanes", queue="lanes", retry=False)


def legs_of(region: str, thing_kind: str, thing: str) -> list[Leg]:
    """The messages about one thing to the platforms (not SMS), in order of target."""
    rows = Delivery.objects.filter(region_id=region, thing_kind=thing_kind, thing=thing).exclude(target=SMS)
    return [_leg(row) for row in rows.defer("body").order_by("target", "version")]


def verified_targets(region: str, thing_kind: str, things: Collection[str]) -> dict[str, frozenset[str]]:
    """For each of `things`: the platforms whose latest message about it was read back as shown. One query."""
    rows = (
        Delivery.objects.filter(region_id=region, thing_kind=thing_kind, thing__in=things)
        .exclude(target=SMS)
        .order_by("thing", "target", "-version")
        .distinct("thing", "target")
        .values_list("thing", "target", "state")
    )
    found: dict[str, set[str]] = {}
    for thing, target, state in rows:
        if state == Delivery.State.VERIFIED:
            found.setdefault(thing, set()).add(target)
    return {thing: frozenset(targets) for thing, targets in found.items()}


def waiting(region: str, limit: int = 200) -> Sequence[Delivery]:
    """What is not done yet, oldest first: the page that says what is stuck and why."""
    return list(Delivery.objects.filter(region_id=region, done_at__isnull=True).defer("body").order_by("id")[:limit])


def _leg(row: Delivery) -> Leg:
    where = target_of(row.target)
    base = settings.SYNC_TARGETS.get(row.target, {}).get("base_url", "")  # none: it leaves as a file
    return Leg(
        target=row.target,
        title=where.title,
        state=row.state,
        state_text=row.get_state_display(),
        verified=row.state == Delivery.State.VERIFIED,
        verified_how=row.verified_how,
        verified_at=row.verified_at,
        looked_at=row.looked_at,
        tries=row.tries,
        last_error=row.last_error,
        message_no=row.message_no,
        queued_at=row.queued_at,
        url=f"{base}/p/{row.record_key}" if row.record_key and base else "",
        expect=row.expect,
    )
