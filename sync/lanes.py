"""The lanes: claim rows, send them with no transaction open, settle what came back. One lane per target.

All lanes of a drain run in one event loop, each with its own session, so a platform that hangs delays no other. The
database is spoken to from one thread of its own (psycopg2 blocks). A lane claims the next rows while the last are
under way, and settles together what came back together; each row's compare-and-swap on its lease decides alone.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import psycopg2
from django.conf import settings
from django.db import DatabaseError, connections
from django.utils import timezone

from creditrepair import failpoint
from sync.bell import Bell
from sync.claims import (
    BREAKER_FAILURES,
    CALL_SECONDS,
    CLAIM_MOST,
    CLAIM_ROWS,
    LEASE_SECONDS,
    Claimed,
    Settlement,
    claim,
    give_back,
    next_due,
    renew,
    settle,
)
from sync.client import Client
from sync.exchange import after_fault, exchange
from sync.models import Delivery
from sync.targets import Target, TargetConfig, connect, targets

POLL_SECONDS = 5.0  # whatever nobody rang for is seen by then
LINGER_SECONDS = 2.0  # a row due so soon is worth staying for, rather than waiting for the sweeper
RENEW_SECONDS = 5.0
GATHER_ROWS, GATHER_SECONDS = 48, 0.015  # a busy lane waits so long for company before it settles
QUICK_SECONDS, SLOW_SECONDS = 0.5, 2.0  # a claim worked off faster is doubled, slower is halved
log = logging.getLogger(__name__)
T = TypeVar("T")


class Database:
    """The one thread that speaks to PostgreSQL for a drain: psycopg2 blocks, the loop must not."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="outbox-db")

    async def run(self, act: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._act, act, *arguments)

    @staticmethod
    def _act(act: Callable[..., T], *arguments: Any) -> T:
        try:
            return act(*arguments)
        except (DatabaseError, psycopg2.Error):
            connections.close_all()  # a broken line is not used again
            raise

    def close(self) -> None:
        self._thread.submit(connections.close_all).result()
        self._thread.shutdown()


class Lane:
    """The rows of one target in hand: claimed and not yet tried (`hand`), under way, and come back (`finished`)."""

    def __init__(self, target: Target, client: Client, database: Database, over: Callable[[], bool]) -> None:
        self.target = target
        self.settled = self.verified = 0
        self._client, self._database, self._over = client, database, over
        self._rows = CLAIM_ROWS
        self._hand: deque[Claimed] = deque()
        self._under_way: dict[int, Claimed] = {}
        self._finished: list[Settlement] = []
        self._came_back = asyncio.Event()
        self._leased: dict[object, float] = {}  # token → end of its lease on our clock, never later than the database's
        self._more = False
        self._taking: asyncio.Task[None] | None = None
        self._taken_at = 0.0
        self._ended = False
        self._ill = 0  # failures in a row: the breaker's own count is seen only at the next claim

    async def look(self) -> bool:
        """Claim what is due; whether there is anything in hand now."""
        self._ill = 0
        await self._take()
        return bool(self._hand)

    async def work_off(self) -> None:
        """Send what is in hand and all that is due besides, until nothing is or the time is up."""
        self._ended = False
        settler = asyncio.create_task(self._settle_as_they_come())
        renewer = asyncio.create_task(self._renew())
        crowd = self.target.parallel if self._more else min(self.target.parallel, len(self._hand))
        workers = [asyncio.create_task(self._work()) for _ in range(crowd)]
        try:
            await _until_done(workers, settler)
            if self._taking is not None:
                await asyncio.wait([self._taking])
            self._ended = True
            self._came_back.set()
            await settler
            await self._let_go()
        finally:
            self._hand.clear()
            self._under_way.clear()
            self._leased.clear()
            self._finished.clear()
            left = [*workers, settler, renewer, *filter(None, (self._taking,))]
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    # ── claiming ───────────────────────────────────────────────────────────────────────────────────────────────────
    async def _take(self) -> None:
        began = time.monotonic()
        rows = await self._database.run(claim, self.target.code, self._rows)
        self._more = len(rows) == self._rows
        if rows:
            failpoint.reach("lane.after_claim", self.target.code)
            self._leased[rows[0].token] = began + LEASE_SECONDS
            self._hand.extend(rows)
        took = began - self._taken_at
        self._taken_at = began
        if self._more and took < QUICK_SECONDS:
            self._rows = min(CLAIM_MOST, self._rows * 2)
        elif took > SLOW_SECONDS:
            self._rows = max(CLAIM_ROWS, self._rows // 2)

    async def _next(self) -> Claimed | None:
        """The next row to try; fetches more before the hand is empty. None: no more, or not now."""
        while not (self._over() or self._ill >= BREAKER_FAILURES):
            if self._more and self._taking is None and len(self._hand) <= self._rows // 2:
                self._taking = asyncio.create_task(self._take())
                self._taking.add_done_callback(self._taken)
            if self._hand:
                row = self._hand.popleft()
                if self._leased[row.token] - time.monotonic() >= CALL_SECONDS:
                    return row
                # Nobody renewed it (the database was away): it may be another's by the time we are answered.
                continue
            if self._taking is None:
                return None
            await asyncio.wait([self._taking])
        return None

    def _taken(self, task: asyncio.Task[None]) -> None:
        self._taking = None
        if not task.cancelled() and (problem := task.exception()):
            self._more = False
            log.warning("%s: no more could be claimed: %s", self.target.code, type(problem).__name__)

    async def _renew(self) -> None:
        """Keep the leases of what is in hand; who lost one (we were paused) does not try that row."""
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            held = [*self._hand, *self._under_way.values()]
            began = time.monotonic()
            try:
                ours = await self._database.run(renew, held)
            except DatabaseError as problem:
                log.warning("%s: leases were not renewed: %s", self.target.code, type(problem).__name__)
                continue
            for token in {row.token for row in held}:
                self._leased[token] = began + LEASE_SECONDS
            lost = {row.id for row in held} - ours
            self._hand = deque(row for row in self._hand if row.id not in lost)

    async def _let_go(self) -> None:
        """What was claimed and not tried is anybody's at once; what was under way stays leased: it may have arrived."""
        if self._hand:
            await self._database.run(give_back, list(self._hand))

    # ── sending and settling ───────────────────────────────────────────────────────────────────────────────────────
    async def _work(self) -> None:
        while row := await self._next():
            self._under_way[row.id] = row
            try:
                settlement = await exchange(self._client, self.target, row)
            except Exception as problem:
                log.exception("%s could not be handled", row.message_no)
                settlement = after_fault(row, problem, timezone.now())
            self._ill = 0 if settlement.lane_ok else self._ill + 1
            if settlement.lane_stop:
                self._ill = BREAKER_FAILURES  # a refused credential: what is in hand is not tried with it
            self._finished.append(settlement)
            self._came_back.set()

    async def _settle_as_they_come(self) -> None:
        while self._finished or not self._ended:
            await self._came_back.wait()
            if self._hand and len(self._finished) < GATHER_ROWS:
                await asyncio.sleep(GATHER_SECONDS)
            self._came_back.clear()
            batch, self._finished = self._finished, []
            if not batch:
                continue
            failpoint.reach("lane.after_reply", self.target.code)
            await self._database.run(settle, self.target.code, batch)
            for settlement in batch:
                self._under_way.pop(settlement.row.id, None)
            self.settled += len(batch)
            self.verified += sum(one.state == Delivery.State.VERIFIED for one in batch)


async def _until_done(workers: list[asyncio.Task[None]], settler: asyncio.Task[None]) -> None:
    """Until all workers have ended; raises what one of them, or the settler, met."""
    left: set[asyncio.Task[None]] = {*workers}
    while left:
        done, _ = await asyncio.wait({*left, settler}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        left -= done


class Drain:
    """All lanes at work: until every one is empty or the time is up (`seconds`), or for as long as the process lives.

    The first is run by tasks, the sweeper and tests, the second by `manage.py lanes`, which also beats and never
    gives up a lane for a fault in it.
    """

    def __init__(self, seconds: float | None) -> None:
        self.until = time.monotonic() + seconds if seconds is not None else float("inf")
        self.stays = seconds is None
        self.database = Database()
        self.bell = Bell(announce=self.stays)
        self.busy: set[str] = set()
        self.stopping = False
        self.settled = 0
        self.verified = 0

    def over(self) -> bool:
        return self.stopping or time.monotonic() >= self.until

    def stop(self) -> None:
        """Finish what is under way, give back the rest, and end."""
        self.stopping = True
        self.bell.ring_here()

    async def all_lanes(self, codes: Iterable[str], *, told: Callable[[int], None] = lambda verified: None) -> None:
        """`told` hears, outside the loop's thread, each time deliveries were verified."""
        if self.stays:
            self.bell.listen()
        try:
            await asyncio.gather(*(self.lane(code, told) for code in codes))
        finally:
            self.bell.close()
            self.database.close()

    async def lane(self, code: str, told: Callable[[int], None]) -> None:
        """Work off one lane again and again; between, sleep until somebody rings, a row is due, or 5 s have passed."""
        config = config_of(code)
        if config is None:
            return
        target = connect(code, config)
        inside = (config.base_url,) if settings.SYNC_LOOPBACK_ALLOWED else ()
        async with Client((config.base_url,), inside=inside, parallel=target.parallel) as client:
            lane = Lane(target, client, self.database, self.over)
            while not self.over():
                ear = self.bell.ear()
                try:
                    if await self._worked(lane, told):
                        continue
                    due = await self.database.run(next_due, code)
                except (DatabaseError, psycopg2.Error) as problem:
                    if not self.stays:
                        raise
                    log.warning("%s: the database is away (%s); looking again", code, type(problem).__name__)
                    due = 1.0
                if not (self.stays or self.busy) and (due is None or due > LINGER_SECONDS):
                    return
                rest = min(POLL_SECONDS, self.until - time.monotonic())
                await self.bell.wait(ear, rest if due is None else min(rest, due + 0.002))

    async def _worked(self, lane: Lane, told: Callable[[int], None]) -> bool:
        if not await lane.look():
            return False
        code, settled, verified = lane.target.code, lane.settled, lane.verified
        self.busy.add(code)
        try:
            await lane.work_off()
        finally:
            self.busy.discard(code)
            if not (self.stays or self.busy):
                self.bell.ring_here()  # who lingered for us may end
            self.settled += lane.settled - settled
            self.verified += lane.verified - verified
            if lane.verified > verified:
                asyncio.get_running_loop().run_in_executor(None, told, lane.verified - verified)
        return True


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
