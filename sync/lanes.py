"""The lanes: send what is claimed with no transaction open, and say what each reply means. One lane per target.

All lanes of a drain run in one event loop, each with its own session, so a platform that hangs delays no other. The
database is spoken to from one thread of its own (psycopg2 blocks). Outcomes that arrive together are settled together;
each row's compare-and-swap on its lease decides alone whether its outcome still counts (`sync.claims`).
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, TypeVar

from django.conf import settings
from django.db import connections
from django.utils import timezone

from creditrepair import failpoint
from sync.claims import BACKOFF_CAP, BACKOFF_DAY, CLAIM_ROWS, Claimed, Settlement, backoff, claim, settle, soon_due
from sync.client import Client
from sync.models import Delivery
from sync.targets import Look, Outcome, OutcomeKind, Target, TargetConfig, connect, next_step, targets

LOOK_PATIENCE_SECONDS = 600  # a platform that still shows otherwise after this is reported as disagreeing
FOREVER = 100 * 365 * 86400.0  # a parked row waits for a person, not for the clock
T = TypeVar("T")
S = Delivery.State


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
                    failpoint.reach("lane.after_claim", code)
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
                failpoint.reach("lane.after_reply", target.code)
                await self.database.run(settle, target.code, batch)
                left -= len(batch)
                self.settled += len(batch)
                self.verified += sum(s.state == S.VERIFIED for s in batch)
        finally:
            for task in tasks:
                task.cancel()


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
