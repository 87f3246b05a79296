"""Writing and checking the chain. `record` is the only writer: no Event, no act.

The chain is tamper-evident up to the last head sealed outside the database, no more: whoever holds the database and
rewrites every later row is found by the sealed head alone.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from creditrepair.audit.models import Event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.copying import insert_many

GENESIS = "0" * 64
CHAIN_LOCK = 620321  # first key of the advisory lock; the second is the region's code


@dataclass(frozen=True, slots=True)
class Line:
    """One event to be written. `thing` is a public reference; `data` must be JSON without floats."""

    verb: str
    kind: str
    thing: str
    application: str = ""
    on_behalf_of: str = ""
    authority: str = ""
    data: dict[str, Any] = field(default_factory=dict)


def row_of(event: Event) -> dict[str, Any]:
    """What is hashed of an event: every stored field but the hashes and the primary key; the time in UTC, as text."""
    row = {
        name: getattr(event, name)
        for name in (
            "region_id", "seq", "verb", "user_id", "user_name", "capacity", "department", "on_behalf_of",
            "authority", "window", "kind", "thing", "application", "data",
        )
    }  # fmt: skip
    row["at"] = event.at.astimezone(UTC).isoformat(timespec="microseconds")
    return row


def canonical(event: Event) -> bytes:
    """The bytes that are hashed: `row_of` with keys sorted."""
    return json.dumps(row_of(event), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def hash_of(prev: str, event: Event) -> str:
    return hashlib.sha256(prev.encode() + canonical(event)).hexdigest()


def record(
    actor: Actor,
    verb: str,
    *,
    kind: str,
    thing: str,
    at: datetime,
    application: str = "",
    on_behalf_of: str = "",
    authority: str = "",
    data: dict[str, Any] | None = None,
) -> Event:
    """Append one event in the caller's transaction. Takes the region's chain lock, so call it last in a verb."""
    line = Line(verb, kind, thing, application, on_behalf_of, authority, data or {})
    return record_all(actor, [line], at=at)[0]


def record_all(actor: Actor, lines: Iterable[Line], *, at: datetime) -> list[Event]:
    """Append many events under one lock (bulk work). `at` is an aware instant; the region is the actor's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [CHAIN_LOCK, int(actor.region)])
    last = Event.objects.filter(region_id=actor.region).order_by("-seq").only("seq", "hash").first()
    seq, prev = (last.seq, last.hash) if last else (0, GENESIS)
    events = []
    for line in lines:
        seq += 1
        event = Event(
            region_id=actor.region,
            seq=seq,
            at=at,
            verb=line.verb,
            user_id=actor.user_id,
            user_name=actor.name,
            capacity=actor.kind,
            department=actor.department or "",
            on_behalf_of=line.on_behalf_of or actor.subject or "",
            authority=line.authority or actor.authority,
            window=actor.window,
            kind=line.kind,
            thing=line.thing,
            application=line.application,
            data=json.loads(json.dumps(line.data, ensure_ascii=False)),
            prev_hash=prev,
        )
        event.hash = prev = hash_of(prev, event)
        events.append(event)
    insert_many(events)
    return events


@dataclass(frozen=True, slots=True)
class Verification:
    """`ok`, number of rows read, and in words where the first fault lies ("" if none)."""

    ok: bool
    rows: int
    head: str
    fault: str = ""


def verify(region: str, *, sealed: tuple[int, str] | None = None) -> Verification:
    """Walk the chain of `region` (its region must be set) and name the first bad row.

    sealed   (seq, hash) of the last head sealed outside the database: a tail cut off before it is noticed.
    """
    expected, prev, sealed_seen = 0, GENESIS, sealed is None
    for event in Event.objects.filter(region_id=region).order_by("seq").iterator(chunk_size=2000):
        expected += 1
        if event.seq != expected:
            return Verification(False, expected - 1, prev, f"第{expected}号事件缺失（读到第{event.seq}号）")
        if event.prev_hash != prev or event.hash != hash_of(prev, event):
            return Verification(False, expected - 1, prev, f"第{event.seq}号事件与散列链不符")
        prev = event.hash
        if sealed and event.seq == sealed[0]:
            sealed_seen = True
            if event.hash != sealed[1]:
                return Verification(False, expected, prev, f"第{event.seq}号事件与库外封存的链头不符")
    if not sealed_seen and sealed:
        return Verification(False, expected, prev, f"链尾被截断：库外封存到第{sealed[0]}号，库内只到第{expected}号")
    return Verification(True, expected, prev)
