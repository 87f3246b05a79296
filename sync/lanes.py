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
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connections, transaction
from django.utils import timezone

from sync.client import Client
from sync.models import Attempt, Delivery, Lane
from sync.targets import Look, Outcome, OutcomeKind, Outgoing, Target, TargetConfig, connect, next_step, targets

SENDER = "sender"
CLAIM_ROWS = 30
CALL_SECONDS = 10  # the client's time-out, for a lease that outlasts the rows in hand
BACKOFF_FIRST, BACKOFF_CAP, BACKOFF_DAY = 5.0, 600.0, 3600.0
LOOK_PATIENCE_SECONDS = 600  # a platform that still shows otherwise after this is reported as disagreeing
BREAKER_FAILURES, BREAKER_CAP = 5, 60.0
FOREVER = 100 * 365 * 86400.0  # a parked row waits for a person, not for the clock
T = TypeVar("T")
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


async def exchange(client: Client, target: Target, row: Claimed) -> Settlement:
    """One exchange about one row: look, ask by number, or send; whatever happens becomes a Settlement."""
    at = timezone.now()
    if row.kind != "sms" and row.state in (S.ACKED, S.DISAGREED):
        look = await target.read_back(client, row.record_key, row.version, row.expect)
        return _after_look(row, look, at)
    if next_step(type(target), row.history) == "ask":
        return _after_try(target, row, "ask", await target.ask(client, row.message_no, row.key), at)
    return _after_try(target, row, "send", await target.send(client, row.outgoing()), at)


def _after_try(target: Target, row: Claimed, what: str, outcome: Outcome, at: datetime) -> Settlement:
    """From what the platform said to the row's next state and wait; an answer not understood is never a success."""
    kind, done, wait, lane_ok = outcome.kind, False, backoff(row.tries, row.age), True
    if kind == OutcomeKind.APPLIED:
        state, wait = (S.VERIFIED, 0.0) if row.kind == "sms" else (S.ACKED, 0.0)
        done = row.kind == "sms"
    elif kind == OutcomeKind.ACCEPTED:  # theirs, but not done yet: ask again soon, then seldom
        state = S.SENT
        wait = min(BACKOFF_CAP, 0.5 * 2 ** min(len(row.history), 12))
    elif kind == OutcomeKind.SUPERSEDED:
        state, done = S.SUPERSEDED, True
    elif kind == OutcomeKind.REFUSED:
        state, wait = S.PARKED, FOREVER
    elif kind == OutcomeKind.ABSENT:
        state, wait = S.UNKNOWN, target.wait_seconds
    elif kind == OutcomeKind.UNKNOWN:
        state, lane_ok = S.UNKNOWN, False
        wait = max(target.wait_seconds if target.ask_before_resend else 0.0, wait)
    else:  # LATER, STOPPED: surely without effect
        state, lane_ok = S.QUEUED if S.UNKNOWN not in row.history else S.UNKNOWN, kind == OutcomeKind.STOPPED
        wait = outcome.retry_after if outcome.retry_after is not None else wait
    return Settlement(
        row=row,
        what=what,
        state=state,
        wait=wait,
        at=at,
        milliseconds=outcome.duration_ms,
        status=outcome.status,
        outcome=kind.value,
        detail=outcome.reason,
        done=done,
        how="api" if done else "",
        lane_ok=lane_ok,
        lane_stop=kind == OutcomeKind.STOPPED,
    )


def _after_look(row: Claimed, look: Look, at: datetime) -> Settlement:
    """Read back: agreement ends the delivery, anything else is looked at again, ever more seldom."""
    wait = min(60.0, max(0.3, row.acked_age / 2))
    if look.agrees:
        state = S.VERIFIED
    elif look.agrees is False and row.acked_age > LOOK_PATIENCE_SECONDS:
        state, wait = S.DISAGREED, BACKOFF_DAY
    else:
        state = S.DISAGREED if row.state == S.DISAGREED else S.ACKED
    return Settlement(
        row=row,
        what="look",
        state=state,
        wait=wait,
        at=at,
        milliseconds=look.duration_ms,
        status=look.status,
        outcome={True: "agrees", False: "differs", None: "not_known"}[look.agrees],
        detail=look.detail,
        done=bool(look.agrees),
        looked=look.agrees is not None,
        how=look.how,
        lane_ok=look.agrees is not None,
        lane_stop=look.status in (401, 403),  # our credential ran out: asking on would be a storm
    )


class Database:
    """The one thread that speaks to PostgreSQL for a drain: psycopg2 blocks, the loop must not."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="outbox-db")

    async def run(self, act: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, act, *arguments)

    def close(self) -> None:
        self._thread.submit(connections.close_all).result()
        self._thread.shutdown()


class Drain:
    """One run over all lanes: until every lane is empty or the time is up. Run by a task, by the sweeper, by tests."""

    def __init__(self, seconds: float) -> None:
        self.until = time.monotonic() + seconds
        self.database = Database()
        self.busy: set[str] = set()
        self.settled = 0
        self.verified = 0

    async def all_lanes(self, codes: Iterable[str]) -> None:
        try:
            await asyncio.gather(*(self.lane(code) for code in codes))
        finally:
            self.database.close()

    async def lane(self, code: str) -> None:
        """Drain one lane; while another lane is still busy, keep looking, so that its slowness delays nobody here."""
        config = config_of(code)
        if config is None:
            return
        target = connect(code, config)
        inside = (config.base_url,) if settings.SYNC_LOOPBACK_ALLOWED else ()
        async with Client((config.base_url,), inside=inside, parallel=target.parallel) as client:
            while time.monotonic() < self.until:
                rows = await self.database.run(claim, code, CLAIM_ROWS, target.parallel)
                if rows:
                    self.busy.add(code)
                    await self._send_all(client, target, rows)
                    continue
                self.busy.discard(code)
                if not self.busy and not await self.database.run(soon_due, code):
                    return
                await asyncio.sleep(0.1)

    async def _send_all(self, client: Client, target: Target, rows: list[Claimed]) -> None:
        gate = asyncio.Semaphore(target.parallel)
        finished: asyncio.Queue[Settlement] = asyncio.Queue()

        async def one(row: Claimed) -> None:
            async with gate:
                await finished.put(await exchange(client, target, row))

        tasks = [asyncio.create_task(one(row)) for row in rows]
        left = len(rows)
        try:
            while left:
                batch = [await finished.get()]
                while not finished.empty():
                    batch.append(finished.get_nowait())
                await self.database.run(settle, target.code, batch)
                left -= len(batch)
                self.settled += len(batch)
                self.verified += sum(s.state == S.VERIFIED for s in batch)
        finally:
            for task in tasks:
                task.cancel()


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


def config_of(code: str) -> TargetConfig | None:
    """Credentials of a target from the settings; None while the installation has not set an address."""
    given = settings.SYNC_TARGETS.get(code, {})
    if not given.get("base_url"):
        return None
    return TargetConfig.of(**given, wait_seconds=float(settings.SYNC_UNCLEAR_WAIT_SECONDS))


def drain(seconds: float = 20.0, codes: Iterable[str] = ()) -> Drain:
    """Drain the named lanes (all by default) for at most about `seconds`; safe to run many times at once."""
    run = Drain(seconds)
    asyncio.run(run.all_lanes(list(codes) or list(targets())))
    return run
