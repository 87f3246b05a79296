"""F1 to F6 as real deaths: a named place is armed, an act leads a process there, it dies with SIGKILL, and all is well.

`python -m tests.lab failpoints --times 100`: each of the three places of a submit so often, each of the three places of
a lane so often for each platform. Afterwards the same checker as ever judges tables, platforms and history.
"""

import asyncio
import contextlib
import json
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp

from tests.lab import EACH
from tests.lab.clients import TIMEOUT_SECONDS, Applicant, Database, Reviewer, World
from tests.lab.history import History
from tests.lab.services import House

TARGETS = ("creditchina_jinchang", "gsxt_gansu")
POLLER_SECONDS = 10.0  # F3: sent without Celery
DIE_SECONDS = 60.0
# place in the code → the rows of the list of faults it proves
PLACES = {
    "submit.before_commit": "F1",
    "submit.after_commit": "F2",
    "wake.before": "F3",
    "lane.after_claim": "F4",
    "lane.after_send": "F5",
    "lane.after_reply": "F6",
    "paper.after_number": "F1",
    "paper.after_render": "F48",
    "paper.after_store": "F48",
}


class Broken(Exception):
    """A scenario did not hold; says which and how."""


class Stage:
    """People with nothing to do but what a scenario asks, on a running house."""

    def __init__(self, house: House, world: World) -> None:
        self.house, self.world = house, world
        self.applicants = {name: Applicant(world, name) for name in world.plan["applicants"]}
        self.reviewers = [Reviewer(world, account) for account in world.plan["accounts"]]
        self.filings = iter(world.plan["filings"])
        self.deaths: Counter[str] = Counter()

    def arm(self, name: str) -> None:
        (self.house.failpoints / name).touch()

    async def died(self, name: str) -> None:
        """Wait until somebody took the file away, and with it its life."""
        until = time.monotonic() + DIE_SECONDS
        while (self.house.failpoints / name).exists():
            if time.monotonic() > until:
                raise Broken(f"nobody reached {name} within {DIE_SECONDS:g} s")
            await asyncio.sleep(0.02)
        self.deaths[name] += 1

    async def one(self, query: str, *given: Any) -> Any:
        return (await self.world.database.rows(query, *given))[0][0]

    async def until(self, what: str, query: str, *given: Any, seconds: float) -> float:
        """Seconds until the query gives a true first value."""
        began = time.monotonic()
        while not await self.one(query, *given):
            if time.monotonic() - began > seconds:
                raise Broken(f"{what}: not within {seconds:g} s")
            await asyncio.sleep(0.1)
        return time.monotonic() - began

    # ── acts ───────────────────────────────────────────────────────────────────────────────────────────────────────
    def next_filing(self, records: int) -> dict[str, Any]:
        filing = next(self.filings)
        return filing | {"records": filing["records"][:records]}

    async def draft(self, records: int = 1) -> tuple[Applicant, dict[str, Any], str]:
        filing = self.next_filing(records)
        person = self.applicants[filing["owner"]]
        if not person.cookies:
            await person.sign_in()
        return person, filing, await person.prepare(filing)

    async def ready_cases(self, wanted: int) -> list[tuple[Reviewer, tuple[Any, ...]]]:
        """So many cases of which only the last tier has still to agree, with who that is."""
        for reviewer in self.reviewers:
            if not reviewer.cookies:
                await reviewer.sign_in()
            reviewer.hold_last = True
        for _ in range(-(-wanted // EACH)):
            person, filing, draft = await self.draft(EACH)
            await person.hand_in(filing, draft)
        for _ in range(4 * wanted):
            rows = [(reviewer, row) for reviewer in self.reviewers for row in await reviewer.waiting(1, 0)]
            if not rows:
                break
            for reviewer, row in rows:
                await reviewer.decide(*row)
        found = []
        for reviewer in self.reviewers:
            reviewer.hold_last = False
            last: list[tuple[Any, ...]] = []
            query = (
                "SELECT s.uuid::text, c.ref, c.version, c.round, s.position, c.state, jsonb_array_length(c.tiers), '', false "
                "FROM cases_reviewstep s JOIN cases_case c ON c.region_id = s.region_id AND c.id = s.case_id "
                "WHERE s.region_id = %s AND s.department_id = %s AND s.tier = %s AND s.status = 'open'"
            )
            account = reviewer.account
            if account["turn"] == 0:
                last = await self.world.database.rows(query, account["region"], account["department"], account["tier"])
            found += [(reviewer, row) for row in last if row[4] >= row[6]]
        return found


async def play_submit(stage: Stage, place: str) -> None:
    """F1 and F2: death before the commit leaves an open draft and nothing else; after it, one case, found by asking."""
    person, filing, draft = await stage.draft()
    stage.arm(place)
    op = stage.world.history.invoke(
        "file", draft, who=person.username, records=filing["records"], subject=filing["subject"]
    )
    try:
        answer = await person.call("POST", f"/apply/{draft}/confirm", {})
    except Exception as cut:  # noqa: BLE001 - whatever the client saw, it does not know
        stage.world.history.info(op, why=type(cut).__name__)
    else:
        raise Broken(f"{place}: the client got an answer ({answer.status}) from a process that should be dead")
    await stage.died(place)
    filed = await person._is_filed(filing["subject"], draft, op)
    count = await stage.one(
        "SELECT count(*) FROM cases_draft d JOIN cases_application a USING (form_token) WHERE d.ref = %s", draft
    )
    wanted = place == "submit.after_commit"
    if filed != wanted or count != int(wanted):
        raise Broken(f"{place}: asked {filed}, {count} applications")
    kept = await stage.one("SELECT content ? 'identity' FROM cases_draft WHERE ref = %s", draft)
    if not kept:
        raise Broken(f"{place}: the draft lost what was typed")
    if not filed:
        await person.hand_in(filing, draft)


async def play_wake(stage: Stage, case: tuple[Reviewer, tuple[Any, ...]]) -> float:
    """F3: decided, committed, nobody woken, no Celery at all: the poller has sent both messages within ten seconds."""
    reviewer, row = case
    stage.arm("wake.before")
    await reviewer.decide(*row)
    await stage.died("wake.before")
    return await stage.until(
        "F3 sent by the poller",
        "SELECT count(*) = 2 FROM sync_delivery WHERE thing = %s AND kind = 'repair' AND tries > 0",
        row[1],
        seconds=POLLER_SECONDS + DIE_SECONDS * stage.house.slow,
    )


async def play_lane(stage: Stage, place: str, target: str, case: tuple[Reviewer, tuple[Any, ...]]) -> None:
    """F4, F5, F6: whoever sends this platform's message dies; what follows is judged when all is drained."""
    reviewer, row = case
    detail = target if place != "lane.after_send" else stage.house.address(target).replace("/", "_")
    stage.arm(f"{place}@{detail}")
    await reviewer.decide(*row)
    await stage.died(f"{place}@{detail}")


async def play_paper(stage: Stage, place: str, case: tuple[Reviewer, tuple[Any, ...]]) -> None:
    """Death with a number taken (the decision is rolled back with it), with a PDF made, with a file stored."""
    reviewer, row = case
    stage.arm(place)
    await reviewer.decide(*row)
    await stage.died(place)
    if place == "paper.after_number":
        if await stage.one("SELECT state = 'approved' FROM cases_case WHERE ref = %s", row[1]):
            raise Broken(f"{place}: decided although the process died before the commit")
        await reviewer.decide(*row)


async def tended(house: House) -> None:
    while True:
        house.tend()
        await asyncio.sleep(0.05)


async def on(house: House, play: Callable[[Stage], Awaitable[None]]) -> Stage:
    """Run scenarios on a house that is tended meanwhile (from this thread: children are bound to it)."""
    plan = json.loads((house.home / "plan.json").read_text()) | {"home": str(house.home)}
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS, sock_connect=3)
    keeping = asyncio.create_task(tended(house))
    try:
        async with aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session:
            session._retry_connection = False
            history = History(Path(house.home) / "history.jsonl")
            world = World(house.ports.site, plan, history, Database(house.words()), session, random.Random(1))
            world.double_share = 0.0
            world.fates = {record: "approve" for filing in plan["filings"] for record in filing["records"]}
            stage = Stage(house, world)
            playing = asyncio.ensure_future(play(stage))
            await asyncio.wait({keeping, playing}, return_when=asyncio.FIRST_COMPLETED)
            if not playing.done():
                playing.cancel()
                await keeping  # raises what stopped the tending
            await playing
            return stage
    finally:
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping


def records_needed(times: int) -> int:
    """Records to seed: a filing of its own for each submit, ten cases a filing for the lanes."""
    return (2 * times + -(-10 * times // EACH) + 1) * EACH


async def play_all(stage: Stage, times: int, say: Callable[[str], None]) -> None:
    for place in ("submit.before_commit", "submit.after_commit"):
        for _ in range(times):
            await play_submit(stage, place)
        say(f"{PLACES[place]} {place}: {times} deaths")
    cases = iter(await stage.ready_cases(10 * times))
    assert stage.house.keeper is not None
    stage.house.keeper.held |= {"worker", "beat"}
    for name in ("worker", "beat"):
        stage.house.child(name).process.terminate()
    await asyncio.sleep(1)
    waits = [await play_wake(stage, next(cases)) for _ in range(times)]
    stage.house.keeper.held.clear()
    say(
        f"F3 wake.before: {times} deaths without Celery; both platforms had their message after {max(waits):.1f} s at most"
    )
    for place in ("paper.after_number", "paper.after_render", "paper.after_store"):
        for _ in range(times):
            await play_paper(stage, place, next(cases))
        say(f"{PLACES[place]} {place}: {times} deaths")
    for place in ("lane.after_claim", "lane.after_send", "lane.after_reply"):
        for target in TARGETS:
            for _ in range(times):
                await play_lane(stage, place, target, next(cases))
            say(f"{PLACES[place]} {place} for {target}: {times} deaths")


# Places that a test outside the lab reaches, with the same death or a stop at the same line.
ELSEWHERE = {
    "after_collect_portion": "tests/test_collect_heavy.py::test_a_worker_process_killed_with_kill_9_loses_and_doubles_nothing",
    "paper.after_portion": "tests/lab/test_failpoint.py::test_a_batch_of_papers_goes_on_after_a_death_between_two_portions",
}
