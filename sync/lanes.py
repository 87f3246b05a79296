"""The lanes: claim with a lease, send with no transaction open, settle on the reply. One lane per target.

All lanes of a drain run in one event loop, each with its own session, so a platform that hangs delays no other. The
database is spoken to from one thread of its own (psycopg2 blocks). Outcomes that arrive together are settled together;
each row's compare-and-swap on its lease decides alone whether its outcome still counts.
"""

import asyncio
import random
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connections, transaction

from sync.client import Client
from sync.models import Attempt, Delivery, Lane
from sync.targets import Outcome, Target, targets
from sync.targets.base import Look, Outgoing

SENDER = "sender"
CLAIM_ROWS = 30
LEASE_SECONDS = 60  # ≥ rows in hand × 10 s time-out ÷ parallel sends, for a lane of 8 and 30 rows
BACKOFF_FIRST, BACKOFF_CAP, BACKOFF_DAY = 5.0, 600.0, 3600.0
LOOK_PATIENCE_SECONDS = 600  # a platform that still shows otherwise after this is reported as disagreeing
BREAKER_FAILURES, BREAKER_CAP = 5, 60.0
FOREVER = 100 * 365 * 86400.0  # a parked row waits for a person, not for the clock
T = TypeVar("T")
S = Delivery.State

CLAIM = """
WITH ready AS MATERIALIZED (
  SELECT d.id FROM sync_delivery d
  WHERE d.done_at IS NULL AND d.target = %(target)s AND d.due_at <= now()
    AND (d.lease_until IS NULL OR d.lease_until < now())
    AND (d.record_key = '' OR d.version = (
      SELECT min(o.version) FROM sync_delivery o
      WHERE o.target = d.target AND o.record_key = d.record_key AND o.done_at IS NULL AND o.state <> 'parked'))
  ORDER BY d.id LIMIT %(rows)s FOR UPDATE OF d SKIP LOCKED)
UPDATE sync_delivery d SET lease_until = now() + %(lease)s * interval '1 second', lease_token = %(token)s
FROM ready WHERE d.id = ready.id
RETURNING d.id, d.region_id, d.kind, d.key, d.message_no, d.record_key, d.version, d.expect, d.body, d.state, d.tries,
  extract(epoch FROM now() - d.queued_at)::float8, extract(epoch FROM now() - coalesce(d.acked_at, now()))::float8
"""

SETTLE = """
UPDATE sync_delivery SET state = %(state)s, due_at = now() + %(wait)s * interval '1 second', lease_until = NULL,
  lease_token = NULL, tries = tries + %(tried)s, last_error = %(error)s,
  acked_at = CASE WHEN %(acked)s THEN coalesce(acked_at, now()) ELSE acked_at END,
  looked_at = CASE WHEN %(looked)s THEN now() ELSE looked_at END,
  verified_at = CASE WHEN %(verified)s THEN now() ELSE verified_at END,
  verified_how = CASE WHEN %(verified)s THEN %(how)s ELSE verified_how END,
  done_at = CASE WHEN %(done)s THEN now() ELSE NULL END
WHERE id = %(id)s AND lease_token = %(token)s
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A leased row. `age` and `acked_age` in seconds, by the database's clock."""

    id: int
    region: str
    kind: str
    key: str
    message_no: str
    record_key: str
    version: int
    expect: str
    body: bytes
    state: str
    tries: int
    age: float
    acked_age: float
    token: UUID

    def outgoing(self) -> Outgoing:
        return Outgoing(
            kind=self.kind, key=self.key, message_no=self.message_no, record_key=self.record_key, version=self.version, body=self.body
        )


@dataclass(frozen=True, slots=True)
class Settlement:
    """What to write on a row after one exchange: the new state, the wait until the next, and the Attempt line."""

    row: Claimed
    what: str
    state: str
    wait: float
    at: datetime
    milliseconds: int
    status: int | None
    outcome: str
    detail: str = ""
    done: bool = False
    looked: bool = False
    how: str = ""
    lane_ok: bool = True
    lane_stop: bool = False


def backoff(tries: int, age: float) -> float:
    """Seconds to the next try: 5·2ⁿ with jitter, at most 10 minutes, hourly after a day, for ever."""
    if age > 86400:
        return BACKOFF_DAY
    step = min(BACKOFF_CAP, BACKOFF_FIRST * 2 ** min(tries, 10))
    return step * random.uniform(0.8, 1.2)  # noqa: S311 - jitter, not a secret


def claim(target: str, rows: int = CLAIM_ROWS) -> list[Claimed]:
    """Lease up to `rows` due rows of one lane, oldest unfinished version of a record first, in a short transaction."""
    token = uuid4()
    with transaction.atomic(using=SENDER), connections[SENDER].cursor() as cursor:
        lane = Lane.objects.using(SENDER).filter(pk=target).first()
        if lane and lane.stopped_at is not None:
            return []
        if lane and lane.failures >= BREAKER_FAILURES:
            cursor.execute("SELECT now() < %s", [lane.rest_until])
            resting = cursor.fetchone()
            if resting and resting[0]:
                return []
            rows = 1  # a probe
        cursor.execute(CLAIM, {"target": target, "rows": rows, "lease": LEASE_SECONDS, "token": token})
        return [Claimed(*row[:8], bytes(row[8]), *row[9:], token) for row in cursor.fetchall()]


def settle(target: str, settlements: Iterable[Settlement]) -> None:
    """Write outcomes and attempts in one transaction; an outcome whose lease was lost is noted and changes nothing."""
    done = list(settlements)
    with transaction.atomic(using=SENDER), connections[SENDER].cursor() as cursor:
        for s in done:
            cursor.execute(
                SETTLE,
                {
                    "id": s.row.id, "token": s.row.token, "state": s.state, "wait": s.wait, "tried": int(s.what == "send"),
                    "error": "" if s.done else s.detail[:500], "acked": s.state in (S.ACKED, S.VERIFIED), "looked": s.looked,
                    "verified": s.state == S.VERIFIED, "how": s.how, "done": s.done,
                },
            )  # fmt: skip
        Attempt.objects.using(SENDER).bulk_create(
            Attempt(
                region_id=s.row.region,
                delivery_id=s.row.id,
                what=s.what,
                at=s.at,
                milliseconds=s.milliseconds,
                status=s.status,
                outcome=s.outcome,
                detail=s.detail[:500],
            )
            for s in done
        )
        _note_lane(target, done, cursor)


def _note_lane(target: str, done: list[Settlement], cursor: Any) -> None:
    stop = next((s for s in done if s.lane_stop), None)
    failed = sum(not s.lane_ok for s in done)
    well = any(s.lane_ok for s in done)
    if not (failed or stop):
        cursor.execute(
            "INSERT INTO sync_lane (target, failures, reason, last_ok_at) VALUES (%s, 0, '', now()) ON CONFLICT (target) "
            "DO UPDATE SET failures = 0, rest_until = NULL, last_ok_at = now()",
            [target],
        )
        return
    cursor.execute(
        "INSERT INTO sync_lane (target, failures, reason) VALUES (%s, %s, '') ON CONFLICT (target) DO UPDATE SET "
        "failures = CASE WHEN %s THEN 0 ELSE sync_lane.failures END + %s RETURNING failures",
        [target, failed, well, failed],
    )
    failures = cursor.fetchone()[0]
    if failures >= BREAKER_FAILURES:
        rest = min(BREAKER_CAP, 2.0 ** min(failures - BREAKER_FAILURES + 1, 6))
        cursor.execute("UPDATE sync_lane SET rest_until = now() + %s * interval '1 second' WHERE target = %s", [rest, target])
    if stop:
        cursor.execute(
            "UPDATE sync_lane SET stopped_at = now(), reason = %s WHERE target = %s", [stop.detail[:500], target]
        )


async def exchange(client: Client, target: Target, row: Claimed, now: Callable[[], datetime]) -> Settlement:
    """One exchange about one row: look, ask by number, or send; whatever happens becomes a Settlement."""
    started, at = time.monotonic(), now()

    def took() -> int:
        return int((time.monotonic() - started) * 1000)

    if row.state in (S.ACKED, S.DISAGREED) and row.kind != "sms":
        look = await target.read_back(client, row.record_key, row.version, row.expect)
        return _after_look(row, look, at, took())
    if row.state == S.ACKED or (row.state in (S.SENT, S.UNKNOWN) and target.ask_before_resend):
        outcome = await target.ask(client, row.message_no, row.key)
        if outcome.kind != "absent":
            return _after_send(target, row, "ask", outcome, at, took())
        if row.state != S.UNKNOWN or "404×1" not in outcome.detail + row_note(row):
            pass
    outcome = await target.send(client, row.outgoing())
    return _after_send(target, row, "send", outcome, at, took())


def row_note(row: Claimed) -> str:
    return ""
