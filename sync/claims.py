"""The rows of the outbox in hand: claimed with a lease, settled by compare-and-swap on it, in short transactions.

Runs as the database role `sender`, which may read and settle deliveries of all regions and nothing else.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import connections, transaction

from sync.models import Attempt, Delivery, Lane
from sync.targets import OutcomeKind, Outgoing

SENDER = "sender"
CLAIM_ROWS = 30
CALL_SECONDS = 10  # the client's time-out, for a lease that outlasts the rows in hand
BACKOFF_FIRST, BACKOFF_CAP, BACKOFF_DAY = 5.0, 600.0, 3600.0
BREAKER_FAILURES, BREAKER_CAP = 5, 60.0
S = Delivery.State

CLAIM = """
WITH ready AS MATERIALIZED (
  SELECT d.id, d.lease_token IS NOT NULL AS died FROM sync_delivery d
  WHERE d.done_at IS NULL AND d.target = %(target)s AND d.due_at <= now()
    AND (d.lease_until IS NULL OR d.lease_until < now())
    AND (d.record_key = '' OR d.version = (
      SELECT min(o.version) FROM sync_delivery o
      WHERE o.target = d.target AND o.record_key = d.record_key AND o.done_at IS NULL AND o.state <> 'parked'))
  ORDER BY d.id LIMIT %(rows)s FOR UPDATE OF d SKIP LOCKED)
UPDATE sync_delivery d SET lease_until = now() + %(lease)s * interval '1 second', lease_token = %(token)s
FROM ready WHERE d.id = ready.id
RETURNING d.id, d.region_id, d.kind, d.key, d.message_no, d.record_key, d.version, d.expect, d.body, d.state, d.tries,
  extract(epoch FROM now() - d.queued_at)::float8, extract(epoch FROM now() - coalesce(d.acked_at, now()))::float8, ready.died
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
    """A leased row. `age`, `acked_age` in seconds by the database's clock; `history` the outcomes of its tries so far.

    A try that was claimed and never settled (`died`) may have reached the platform: it counts as unknown.
    """

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
    died: bool
    token: UUID
    history: tuple[str, ...] = ()

    def outgoing(self) -> Outgoing:
        return Outgoing(
            kind=self.kind,
            key=self.key,
            message_no=self.message_no,
            record_key=self.record_key,
            version=self.version,
            body=self.body,
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
    return float(step * random.uniform(0.8, 1.2))  # noqa: S311 - jitter, not a secret


def lease_seconds(rows: int, parallel: int) -> float:
    """A lease that outlasts `rows` in hand, even if every call runs into its time-out; half a minute at least."""
    return max(30.0, rows * CALL_SECONDS / max(parallel, 1) + CALL_SECONDS)


def claim(target: str, rows: int = CLAIM_ROWS, parallel: int = 1) -> list[Claimed]:
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
        cursor.execute(CLAIM, {"target": target, "rows": rows, "lease": lease_seconds(rows, parallel), "token": token})
        return _with_history([_claimed(row, token) for row in cursor.fetchall()])


def _claimed(row: tuple[Any, ...], token: UUID) -> Claimed:
    (pk, region, kind, key, number, record_key, version, expect, body, state, tries, age, acked_age, died) = row
    return Claimed(
        pk,
        region,
        kind,
        key,
        number,
        record_key,
        version,
        expect,
        bytes(body),
        state,
        tries,
        age,
        acked_age,
        died,
        token,
    )


def _with_history(rows: list[Claimed]) -> list[Claimed]:
    known: dict[int, list[str]] = {row.id: [] for row in rows if row.tries or row.died}
    tries = Attempt.objects.using(SENDER).filter(delivery_id__in=known, what__in=("send", "ask")).order_by("at", "id")
    for delivery_id, outcome in tries.values_list("delivery_id", "outcome"):
        known[delivery_id].append(outcome)
    return [
        replace(row, history=(*known.get(row.id, ()), *((OutcomeKind.UNKNOWN,) if row.died else ()))) for row in rows
    ]


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
        cursor.execute(
            "UPDATE sync_lane SET rest_until = now() + %s * interval '1 second' WHERE target = %s", [rest, target]
        )
    if stop:
        cursor.execute(
            "UPDATE sync_lane SET stopped_at = now(), reason = %s WHERE target = %s", [stop.detail[:500], target]
        )


def soon_due(target: str) -> bool:
    """Whether the lane has a row due within two seconds: worth staying for, rather than waiting for the sweeper."""
    with connections[SENDER].cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM sync_delivery d LEFT JOIN sync_lane l ON l.target = d.target "
            "WHERE d.done_at IS NULL AND d.target = %s AND d.due_at < now() + interval '2 seconds' "
            "AND (d.lease_until IS NULL OR d.lease_until < now()) AND l.stopped_at IS NULL "
            "AND (l.rest_until IS NULL OR l.rest_until < now()))",
            [target],
        )
        row = cursor.fetchone()
    return bool(row and row[0])
