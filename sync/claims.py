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

from sync.models import Attempt, Delivery
from sync.targets import OutcomeKind, Outgoing

SENDER = "sender"
CLAIM_ROWS, CLAIM_MOST = 30, 240  # a lane that is quick takes more at a time
LEASE_SECONDS = 30.0  # a dead sender's rows wait no longer; renewed while they are in hand
CALL_SECONDS = 12.0  # the client's time-out and some: no call begins on a lease that may end before it
BACKOFF_FIRST, BACKOFF_CAP, BACKOFF_DAY = 5.0, 600.0, 3600.0
BREAKER_FAILURES, BREAKER_CAP = 5, 60.0
EXPORTED = "exported"  # outcome of the Attempt that put a message into a file
S = Delivery.State

# Regions whose lane is stopped by hand or goes by file: asked for first, since a subquery in CLAIM would be planned
# on a table that is nearly always empty.
GATE = """
SELECT l.stopped_at IS NOT NULL, coalesce(l.failures, 0) >= %(limit)s, coalesce(l.rest_until > now(), false),
  ARRAY(SELECT r.region_id::text FROM sync_regionlane r
        WHERE r.target = %(target)s AND (r.stopped_at IS NOT NULL OR r.mode = 'file'))
FROM (SELECT 1) one LEFT JOIN sync_lane l ON l.target = %(target)s
"""

CLAIM = """
WITH ready AS MATERIALIZED (
  SELECT d.id, d.lease_token IS NOT NULL AS died FROM sync_delivery d
  WHERE d.done_at IS NULL AND d.target = %(target)s AND d.due_at <= now()
    AND (d.lease_until IS NULL OR d.lease_until < now()) AND d.region_id <> ALL(%(closed)s::text[])
    AND (d.record_key = '' OR d.version = (
      SELECT min(o.version) FROM sync_delivery o
      WHERE o.target = d.target AND o.record_key = d.record_key AND o.done_at IS NULL AND o.state <> 'parked'))
    AND (d.key NOT LIKE 'T01|%%' OR extract(hour FROM now() AT TIME ZONE 'Asia/Shanghai') BETWEEN 8 AND 20)
  ORDER BY d.id LIMIT %(rows)s FOR UPDATE OF d SKIP LOCKED)
UPDATE sync_delivery d SET lease_until = now() + %(lease)s * interval '1 second', lease_token = %(token)s
FROM ready WHERE d.id = ready.id
RETURNING d.id, d.region_id, d.kind, d.key, d.message_no, d.record_key, d.version, d.expect,
  CASE WHEN d.kind <> 'sms' AND d.state IN ('acked', 'disagreed') THEN ''::bytea ELSE d.body END, d.state, d.tries,
  extract(epoch FROM now() - d.queued_at)::float8, extract(epoch FROM now() - coalesce(d.acked_at, now()))::float8, ready.died
"""

# All outcomes at once; each row's compare-and-swap on its lease decides alone whether its outcome still counts. Every
# try becomes an Attempt, also one whose lease was lost.
SETTLE = """
WITH said AS MATERIALIZED (
  SELECT * FROM unnest(%(id)s::bigint[], %(token)s::uuid[], %(region)s::text[], %(what)s::text[], %(state)s::text[],
    %(wait)s::float8[], %(at)s::timestamptz[], %(milliseconds)s::int[], %(status)s::int[], %(outcome)s::text[],
    %(detail)s::text[], %(done)s::bool[], %(looked)s::bool[], %(how)s::text[],
    %(receipt)s::text[])
  AS v(id, token, region, what, state, wait, at, milliseconds, status, outcome, detail, done, looked, how, receipt)),
settled AS (
  UPDATE sync_delivery d SET state = v.state, due_at = now() + v.wait * interval '1 second', lease_until = NULL,
    lease_token = NULL, tries = d.tries + (v.what = 'send')::int,
    last_error = CASE WHEN v.done THEN '' ELSE v.detail END,
    acked_at = CASE WHEN v.state IN ('acked', 'verified') THEN coalesce(d.acked_at, now()) ELSE d.acked_at END,
    looked_at = CASE WHEN v.looked THEN now() ELSE d.looked_at END,
    verified_at = CASE WHEN v.state = 'verified' THEN now() ELSE d.verified_at END,
    verified_how = CASE WHEN v.state = 'verified' THEN v.how ELSE d.verified_how END,
    done_at = CASE WHEN v.done THEN now() ELSE NULL END,
    receipt = CASE WHEN v.receipt = '' THEN d.receipt ELSE v.receipt END
  FROM said v WHERE d.id = v.id AND d.lease_token = v.token)
INSERT INTO sync_attempt (region_id, delivery_id, what, at, milliseconds, status, outcome, detail)
SELECT region, id, what, at, milliseconds, status, outcome, detail FROM said
"""

RENEW = """
UPDATE sync_delivery SET lease_until = now() + %s * interval '1 second'
WHERE id = ANY(%s::bigint[]) AND lease_token = ANY(%s::uuid[]) RETURNING id
"""

# A row whose former sender died keeps that mark (its token): its last try is still unclear.
GIVE_BACK = """
UPDATE sync_delivery SET lease_until = NULL, lease_token = CASE WHEN id = ANY(%s::bigint[]) THEN lease_token END
WHERE id = ANY(%s::bigint[]) AND lease_token = ANY(%s::uuid[])
"""

NEXT_DUE = """
SELECT extract(epoch FROM min(greatest(due_at, lease_until)) - now())::float8 FROM sync_delivery
WHERE done_at IS NULL AND target = %(target)s AND greatest(due_at, lease_until) > now()
  AND greatest(due_at, lease_until) < now() + interval '10 seconds' AND region_id <> ALL(%(closed)s::text[])
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

    @property
    def looks(self) -> bool:
        """Whether the next thing to do is to read back; its body was not fetched."""
        return self.kind != "sms" and self.state in (S.ACKED, S.DISAGREED)

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
    receipt: str = ""  # of a short message: the gateway's word (`sync.sms`), empty if it said nothing


def backoff(tries: int, age: float) -> float:
    """Seconds to the next try: 5·2ⁿ with jitter, at most 10 minutes, hourly after a day, for ever."""
    if age > 86400:
        return BACKOFF_DAY
    step = min(BACKOFF_CAP, BACKOFF_FIRST * 2 ** min(tries, 10))
    return float(step * random.uniform(0.8, 1.2))  # noqa: S311 - jitter, not a secret


def claim(target: str, rows: int = CLAIM_ROWS) -> list[Claimed]:
    """Lease up to `rows` due rows of one lane, oldest unfinished version of a record first, in a short transaction."""
    token = uuid4()
    with transaction.atomic(using=SENDER), connections[SENDER].cursor() as cursor:
        stopped, failing, resting, closed = _gate(cursor, target)
        if stopped or (failing and resting):
            return []
        cursor.execute(
            CLAIM,
            {
                "target": target,
                "rows": 1 if failing else rows,  # a probe
                "lease": LEASE_SECONDS,
                "token": str(token),
                "closed": closed,
            },
        )
        found = [_claimed(row, token) for row in cursor.fetchall()]
    return _with_history(sorted(found, key=lambda row: row.id))


def _gate(cursor: Any, target: str) -> tuple[bool, bool, bool, list[str]]:
    """(stopped, failing, resting, closed regions) of a lane."""
    cursor.execute(GATE, {"target": target, "limit": BREAKER_FAILURES})
    stopped, failing, resting, closed = cursor.fetchone()
    return stopped, failing, resting, closed


def renew(rows: Iterable[Claimed]) -> set[int]:
    """Lengthen the leases of rows in hand; returns the ids that are still ours."""
    held = list(rows)
    with connections[SENDER].cursor() as cursor:
        cursor.execute(RENEW, [LEASE_SECONDS, [row.id for row in held], _tokens(held)])
        return {pk for (pk,) in cursor.fetchall()}


def give_back(rows: Iterable[Claimed]) -> None:
    """Let go of rows that were claimed and not tried, so that nobody waits for their lease to end."""
    held = list(rows)
    with connections[SENDER].cursor() as cursor:
        cursor.execute(GIVE_BACK, [[row.id for row in held if row.died], [row.id for row in held], _tokens(held)])


def _tokens(rows: Iterable[Claimed]) -> list[str]:
    return [str(token) for token in {row.token for row in rows}]


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
    """Give each row the outcomes of its exchanges; only one that was never tried is known to have none.

    What a dead sender did is in no Attempt. Once somebody asked about it and settled, its lease is gone too: then the
    state alone still says `unknown`, and a question that was refused must not turn the next step into a sending.
    """
    tried = [row for row in rows if (row.died or row.tries or row.state != S.QUEUED) and not row.looks]
    if not tried:
        return rows
    known: dict[int, list[str]] = {row.id: [] for row in tried}
    regions = {row.region for row in tried}
    tries = Attempt.objects.using(SENDER).filter(region_id__in=regions, delivery_id__in=known).order_by("at", "id")
    for delivery_id, what, outcome in tries.values_list("delivery_id", "what", "outcome"):
        if what in ("send", "ask"):
            known[delivery_id].append(outcome)
        elif outcome == EXPORTED:  # an officer has had it in a file: it may be there already
            known[delivery_id].append(OutcomeKind.UNKNOWN)
    return [replace(row, history=_history(row, known[row.id])) if row.id in known else row for row in rows]


def _history(row: Claimed, words: list[str]) -> tuple[str, ...]:
    before = (OutcomeKind.UNKNOWN,) if row.state == S.UNKNOWN and OutcomeKind.UNKNOWN not in words else ()
    return (*before, *words, *((OutcomeKind.UNKNOWN,) if row.died else ()))


def settle(target: str, settlements: Iterable[Settlement]) -> None:
    """Write outcomes and attempts in one transaction; an outcome whose lease was lost is noted and changes nothing."""
    done = list(settlements)
    with transaction.atomic(using=SENDER), connections[SENDER].cursor() as cursor:
        cursor.execute(
            SETTLE,
            {
                "id": [s.row.id for s in done],
                "token": [str(s.row.token) for s in done],
                "region": [s.row.region for s in done],
                "what": [s.what for s in done],
                "state": [str(s.state) for s in done],
                "wait": [s.wait for s in done],
                "at": [s.at for s in done],
                "milliseconds": [s.milliseconds for s in done],
                "status": [s.status for s in done],
                "outcome": [s.outcome for s in done],
                "detail": [s.detail[:500] for s in done],
                "done": [s.done for s in done],
                "looked": [s.looked for s in done],
                "how": [s.how for s in done],
                "receipt": [s.receipt for s in done],
            },
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


def next_due(target: str) -> float | None:
    """Seconds until a row of the lane may be claimed that may not now; None when none will within ten seconds."""
    with transaction.atomic(using=SENDER), connections[SENDER].cursor() as cursor:
        stopped, failing, resting, closed = _gate(cursor, target)
        if stopped or (failing and resting):
            return None
        cursor.execute(NEXT_DUE, {"target": target, "closed": closed})
        row = cursor.fetchone()
    return max(0.0, row[0]) if row and row[0] is not None else None
