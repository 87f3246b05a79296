"""Scenarios of the list of faults that need a whole house: `python -m tests.lab faults [NAME …]`.

Each names the rows it proves (docs/faults.md is checked against `SCENARIOS`) and raises Broken when one does not hold.
All run on one house, one after the other; at the end the checker judges everything that was done on it.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import psycopg2

from creditrepair.local.environment import PROJECT
from creditrepair.local.keys import secret
from creditrepair.local.processes import Program
from tests.lab.clients import Answer, Person, Unknown
from tests.lab.failpoints import Broken, Stage
from tests.lab.services import PYTHON

SYNC_SECONDS = 60.0
SENT = "SELECT count(*) = 2 FROM sync_delivery WHERE thing = %s AND kind = 'repair' AND state = 'verified'"
Play = Callable[[Stage], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """`ids` are the rows it proves; `play` the act."""

    name: str
    ids: tuple[str, ...]
    play: Play


SCENARIOS: dict[str, Scenario] = {}


def proves(*ids: str) -> Callable[[Play], Play]:
    """Enter a scenario into the registry under the name of its function."""

    def enter(play: Play) -> Play:
        name = play.__name__
        SCENARIOS[name] = Scenario(name, ids, play)
        return play

    return enter


async def file_and_approve(stage: Stage) -> str:
    """One case from the first click to the last signature; its reference."""
    person, filing, draft = await stage.draft()
    await person.hand_in(filing, draft)
    case: str = await stage.one(
        "SELECT c.ref FROM cases_case c JOIN cases_failurerecord r ON r.id = c.record_id AND r.region_id = c.region_id WHERE r.ref = %s",
        filing["records"][0],
    )
    until = time.monotonic() + SYNC_SECONDS
    while await stage.one("SELECT state NOT IN ('approved', 'repaired') FROM cases_case WHERE ref = %s", case):
        if time.monotonic() > until:
            raise Broken(f"case {case} was not decided within {SYNC_SECONDS:g} s")
        for reviewer in stage.reviewers:
            if not reviewer.cookies:
                await reviewer.sign_in()
            for row in await reviewer.waiting(1, 0):
                if row[1] == case:
                    await reviewer.decide(*row)
    return case


async def timed(person: Person, path: str, most: float) -> Answer:
    """One page within `most` seconds."""
    began = time.monotonic()
    answer = await person.call("GET", path)
    spent = time.monotonic() - began
    if spent > most:
        raise Broken(f"{path} took {spent:.1f} s")
    return answer


async def expect_503(stage: Stage, person: Person, most: float) -> None:
    """The site answers 503 with Retry-After, within `most` seconds, in words."""
    began = time.monotonic()
    url = f"http://127.0.0.1:{stage.world.port}/my/"
    cookies = "; ".join(f"{k}={v}" for k, v in person.cookies.items())
    async with stage.world.session.get(url, headers={"Cookie": cookies}, allow_redirects=False) as answer:
        text = await answer.text()
        spent = time.monotonic() - began
        if answer.status != 503 or "Retry-After" not in answer.headers or "请" not in text:
            raise Broken(f"answer {answer.status} with {sorted(answer.headers)} instead of 503 with Retry-After")
        if spent > most:
            raise Broken(f"503 only after {spent:.1f} s")


async def a_signed_in(stage: Stage) -> Person:
    person = next(iter(stage.applicants.values()))
    if not person.cookies:
        await person.sign_in()
    return person


async def repaired(stage: Stage, case: str, seconds: float = SYNC_SECONDS) -> float:
    return await stage.until(
        f"case {case} verified at both platforms", SENT, case, seconds=seconds + 60 * stage.house.slow
    )


@proves("F7")
async def beat_killed(stage: Stage) -> None:
    """Beat dead for good: what is decided reaches both platforms all the same."""
    assert stage.house.keeper is not None
    stage.house.keeper.held.add("beat")
    os.kill(stage.house.child("beat").process.pid, signal.SIGKILL)
    await repaired(stage, await file_and_approve(stage))
    stage.house.keeper.held.discard("beat")


@proves("F8")
async def doubled_by_mistake(stage: Stage) -> None:
    """Two beats and three pollers: every effect still single (the checker's I7 and I13)."""
    assert stage.house.keeper is not None
    program = stage.house.child("sweeper").program
    beat = stage.house.child("beat").program
    extra = [Program(f"sweeper{n}", program.command, 1) for n in (2, 3)]
    other = tuple(str(stage.house.home / "beat-2") if word.endswith("beat-schedule") else word for word in beat.command)
    for one in [*extra, Program("beat2", other)]:
        stage.house.keeper.start(one)
    cases = [await file_and_approve(stage) for _ in range(3)]
    for case in cases:
        await repaired(stage, case)
    for name in ("sweeper2", "sweeper3", "beat2"):
        child = stage.house.keeper.children.pop(name)
        child.process.terminate()
        child.process.wait(20)


@proves("F11")
async def redis_frozen(stage: Stage) -> None:
    """The broker answers nothing: pages, filing and approving go on; sync within a minute, by the poller."""
    person = await a_signed_in(stage)
    redis = stage.house.site.redis._child
    assert redis is not None
    redis.send_signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        case = await file_and_approve(stage)
        spent = time.monotonic() - began
        if spent > 60 + 60 * stage.house.slow:
            raise Broken(f"filing and deciding took {spent:.1f} s without a broker")
        await timed(person, "/my/", 5 + 10 * stage.house.slow)
        await repaired(stage, case)
    finally:
        redis.send_signal(signal.SIGCONT)


@proves("F12", "T6")
async def flushed(stage: Stage) -> None:
    """FLUSHALL: nobody is signed out, drafts are there, what was decided is sent."""
    person, filing, draft = await stage.draft()
    case = await file_and_approve(stage)
    stage.house.redis("FLUSHALL")
    answer = await person.call("GET", "/my/")
    if answer.status != 200:
        raise Broken(f"signed out by FLUSHALL: {answer.status} {answer.location}")
    await person.sure("POST", "/switch", {"choice": f"firm:{filing['subject']}"})
    await person.hand_in(filing, draft)
    await repaired(stage, case)


@proves("F13", "T6")
async def redis_restarts(stage: Stage) -> None:
    """Three restarts of the broker: the worker does real work again within 30 s of each."""
    for _ in range(3):
        child = stage.house.site.redis._child
        assert child is not None
        child.kill()
        child.wait(5)
        stage.house.site.redis.start()
        since = await stage.one("SELECT now()::text")
        await stage.until(
            "the worker consumes again",
            "SELECT count(*) > 0 FROM tenancy_heartbeat WHERE name = 'worker' AND at > %s::timestamptz",
            since,
            seconds=30 + 30 * stage.house.slow,
        )


@proves("F14")
async def soft_stop(stage: Stage) -> None:
    """SIGTERM while messages are out: the worker ends in time, and the leases end well."""
    for target in ("creditchina_jinchang", "gsxt_gansu"):
        stage.house.mode(target, {"mode": "slow", "slow_seconds": 3})
    case = await file_and_approve(stage)
    worker = stage.house.child("worker").process
    worker.terminate()
    began = time.monotonic()
    while worker.poll() is None:
        if time.monotonic() - began > 35 + 30 * stage.house.slow:
            raise Broken("the worker did not end within 35 s of SIGTERM")
        await asyncio.sleep(0.1)
    for target in ("creditchina_jinchang", "gsxt_gansu"):
        stage.house.mode(target, {"mode": "ok"})
    await repaired(stage, case, 90)


@proves("F15", "F16")
async def database_away(stage: Stage) -> None:
    """PostgreSQL stopped at once and away for a while: 503 with Retry-After, then everything as before."""
    person = await a_signed_in(stage)
    case = await file_and_approve(stage)
    stage.house.stop_postgres_at_once()
    until = time.monotonic() + 15
    try:
        while time.monotonic() < until:
            await expect_503(stage, person, 5 + 10 * stage.house.slow)
            await asyncio.sleep(1)
        try:
            health = await person.call("GET", "/health")
        except Unknown as red:
            if str(red) != "503":
                raise Broken(f"health answers {red}") from red
        else:
            raise Broken(f"health is {health.status} without a database")
    finally:
        stage.house.start_postgres()
    if (await person.sure("GET", "/my/")).status != 200:
        raise Broken("not signed in any more after the database came back")
    await repaired(stage, case, 90)


@proves("F17")
async def connections_used(stage: Stage) -> None:
    """All connections taken by others: an answer within 3 s that says so, and recovery when they are given back."""
    person = await a_signed_in(stage)
    held: list[Any] = []
    words = stage.house.words()
    app = dict(item.split("=", 1) for item in _dsn(stage).split())
    try:
        with stage.house.admin() as admin, admin.cursor() as cursor:
            for _ in range(40):  # whoever lost a connection asks for a new one: until none is left for anybody
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename IN ('app', 'sender') "
                    "AND application_name <> 'lab' AND datname = %s",
                    [words["dbname"]],
                )
                with contextlib.suppress(psycopg2.OperationalError):
                    while True:
                        held.append(psycopg2.connect(**app))
                await asyncio.sleep(0.05)
        await expect_503(stage, person, 3 + 10 * stage.house.slow)
    finally:
        for connection in held:
            connection.close()
    if (await person.sure("GET", "/my/")).status != 200:
        raise Broken("no recovery after the connections were given back")


def _dsn(stage: Stage) -> str:
    words = stage.house.words()
    password = secret(stage.house.home, "app")
    return f"host={words['host']} port=5432 user=app password={password} dbname={words['dbname']} application_name=lab"


@proves("F18")
async def lock_held_under_a_migration(stage: Stage) -> None:
    """A migration that waits for a lock gives up at its lock_timeout of 5 s, cleanly, and the site goes on."""
    program = (
        "import django; django.setup()\n"
        "from django.db import connections\n"
        "connections['owner'].cursor().execute('ALTER TABLE cases_draft ADD COLUMN lab integer')\n"
    )
    environment = stage.house.environment | {"DATABASE_OWNER_URL": stage.house.site.environment["DATABASE_OWNER_URL"]}
    with stage.house.admin() as admin, admin.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("LOCK TABLE cases_draft IN ROW SHARE MODE")
        began = time.monotonic()
        ended = await asyncio.to_thread(
            subprocess.run,
            [PYTHON, "-W", "ignore", "-c", program],
            cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        spent = time.monotonic() - began
        cursor.execute("ROLLBACK")
    if ended.returncode == 0 or "lock timeout" not in ended.stderr:
        raise Broken(f"the migration did not stop at its lock_timeout: {ended.stderr[-300:]}")
    if spent > 20 + 30 * stage.house.slow:
        raise Broken(f"the migration waited {spent:.1f} s")
    if await stage.one(
        "SELECT count(*) FROM pg_attribute WHERE attrelid = 'cases_draft'::regclass AND attname = 'lab'"
    ):
        raise Broken("the column is there all the same")
    await stage.draft()


@proves("F25", "T4")
async def platform_gone(stage: Stage) -> None:
    """Platform B refuses connections: A has its message as fast as ever, and B when it is back; nothing is lost."""
    assert stage.house.keeper is not None
    stage.house.keeper.held.add("platform_b")
    stage.house.child("platform_b").process.terminate()
    case = await file_and_approve(stage)
    at_a = "SELECT count(*) = 1 FROM sync_delivery WHERE thing = %s AND target = 'creditchina_jinchang' AND state = 'verified'"
    await stage.until("A verified while B is away", at_a, case, seconds=15 + 60 * stage.house.slow)
    if await stage.one("SELECT state FROM cases_case WHERE ref = %s", case) != "approved":
        raise Broken("called repaired although B knows nothing")
    stage.house.keeper.held.discard("platform_b")
    await repaired(stage, case, 120)


async def play_all(stage: Stage, names: list[str], say: Callable[[str], None]) -> list[str]:
    """The named scenarios (all without a name); returns what did not hold."""
    wrong = []
    for name in names or list(SCENARIOS):
        one, began = SCENARIOS[name], time.monotonic()
        try:
            await one.play(stage)
        except Broken as problem:
            wrong.append(f"{name}: {problem}")
        word = "BROKEN" if wrong and wrong[-1].startswith(name) else "holds"
        say(
            f"  {word:<6} {name} ({', '.join(one.ids)}) {time.monotonic() - began:.1f} s {wrong[-1] if word == 'BROKEN' else ''}"
        )
    return wrong
