"""Deliveries to the mock platform A in another process: our lanes, a bare aiohttp loop, one Celery task each."""

import asyncio
import time
from functools import partial

import aiohttp
from django.conf import settings

from bench import seed
from bench.ground import Ground
from bench.measure import Result, Sample, Variant, cpu_of_tree, interleaved, timed
from bench.platform import A, Body, done, reports, start_platform
from creditrepair.local.serving import PYTHON
from sync import lanes, signing
from sync.models import Delivery

BODIES, EACH = 400, 100  # a turn
PATIENCE = 60.0


def run(ground: Ground, rounds: int) -> Result:
    """The platform syncs its ledger to disk before it answers, for everybody. Eight calls at a time."""
    seed.people()
    platform = start_platform(ground)
    command = [PYTHON, "-m", "celery", "-A", "bench.peers.task_each", "worker", "-Q", "each", "-c", "2", "-l", "ERROR"]
    worker = ground.start("task_each", [*command, "--without-mingle", "--without-gossip", "--without-heartbeat"])
    _wait_for(ground)
    others = (ground.database_cpu,)
    rows = interleaved(
        [
            Variant("bare aiohttp loop: report only", "limit", partial(_bare, ground, False)),
            Variant("bare aiohttp loop: report, look at API, look at page", "also", partial(_bare, ground, True)),
            Variant("one Celery task per delivery: report only", "peer", partial(_each, ground, worker.pid)),
            Variant("ours: lanes, until acknowledged", "also", partial(_ours, ground, "acked", *others)),
            Variant("ours: lanes, until read back and verified", "ours", partial(_ours, ground, "verified", *others)),
        ],
        rounds,
    )
    bare, thrice, each, acked, verified = rows
    result = Result("outbox", f"{BODIES} reports a turn, parallel {_parallel()}, platform pid apart", rounds, rows)
    result.notes = [
        "items are deliveries; CPU µs: sender and PostgreSQL, the platform's own left out",
        f"the platform is part of every figure: it used {cpu_of_tree(platform):.1f} s CPU in all",
    ]
    result.judge("≥ 0.5 × bare loop, report only (goal): ours until acknowledged", acked.rate / bare.rate, at_least=0.5)
    result.judge(
        "≥ 0.5 × bare loop with the same three calls (goal): ours until verified",
        verified.rate / thrice.rate,
        at_least=0.5,
    )
    result.judge("≥ 15 × one task per delivery (goal): ours until acknowledged", acked.rate / each.rate, at_least=15)
    ground.end(worker)
    return result


def _parallel() -> int:
    return int(settings.SYNC_TARGETS[A]["parallel"])


def _bare(ground: Ground, looks: bool) -> Sample:
    """Keep-alive, the same eight at a time, headers signed beforehand, answers read and not believed."""
    bodies = reports(BODIES)
    calls = [(body, [_signed(body, "PUT")] + ([_signed(body, "GET")] if looks else [])) for body in bodies]
    sample = timed(BODIES, lambda: asyncio.run(_send_bare(calls, looks)), ground.database_cpu)
    done(ground)
    return sample


async def _send_bare(calls: list[tuple[Body, list[dict[str, str]]]], looks: bool) -> None:
    base, gate = settings.SYNC_TARGETS[A]["base_url"], asyncio.Semaphore(_parallel())

    async def one(session: aiohttp.ClientSession, body: Body, headers: list[dict[str, str]]) -> None:
        async with gate:
            address = f"{base}/api/v1/records/{body.record_key}"
            await call(session, "PUT", address, headers[0], body.content)
            if looks:
                await call(session, "GET", address, headers[1])
                await call(session, "GET", f"{base}/p/{body.record_key}", {})

    async def call(
        session: aiohttp.ClientSession, verb: str, address: str, headers: dict[str, str], data: bytes = b""
    ) -> None:
        async with session.request(verb, address, headers=headers, data=data or None) as answer:
            await answer.read()
            if answer.status not in (200, 201):
                raise RuntimeError(f"{verb}: {answer.status}")

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=_parallel())) as session:
        await asyncio.gather(*(one(session, body, headers) for body, headers in calls))


def _signed(body: Body, verb: str) -> dict[str, str]:
    given = settings.SYNC_TARGETS[A]
    content = body.content if verb == "PUT" else b""
    signed = signing.sign_request(
        signing.KeyRing.parse(given["keys"]), client_id=given["client_id"], method=verb,
        path=f"/api/v1/records/{body.record_key}", query="", body=content, now=time.time(), nonce=signing.new_nonce(),
    )  # fmt: skip
    more = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": body.key} if content else {}
    return signed | more


def _ours(ground: Ground, until: str, *others) -> Sample:  # noqa: ANN002 - CPU readers
    reports(BODIES)
    if until == "acked":  # the look has its own due time: put far ahead, the drain ends with the acknowledgement
        with ground.admin() as admin, admin.cursor() as cursor:
            cursor.execute(_FAR)
    run: list[lanes.Drain] = []
    sample = timed(BODIES, lambda: run.append(lanes.drain(PATIENCE, [A])), *others)
    with ground.admin() as admin, admin.cursor() as cursor:
        cursor.execute("DROP TRIGGER IF EXISTS bench_far ON sync_delivery")
        cursor.execute("SELECT count(*) FROM sync_delivery WHERE state = %s", [until])
        if cursor.fetchone()[0] != BODIES:
            raise RuntimeError(f"not all {until}: {run[0].settled} settled")
    done(ground)
    return sample


_FAR = """
CREATE OR REPLACE FUNCTION bench_far() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.due_at = now() + interval '1 hour'; RETURN NEW; END $$;
DROP TRIGGER IF EXISTS bench_far ON sync_delivery;
CREATE TRIGGER bench_far BEFORE UPDATE ON sync_delivery FOR EACH ROW WHEN (NEW.state = 'acked') EXECUTE FUNCTION bench_far();
"""


def _each(ground: Ground, worker: int) -> Sample:
    from bench.peers.task_each import send_one  # makes a Celery task known: only where it is measured

    bodies = reports(EACH)
    before = cpu_of_tree(worker)

    def act() -> None:
        for body in bodies:
            send_one.delay(body.pk)
        deadline = time.monotonic() + PATIENCE
        while Delivery.objects.using("sender").filter(done_at__isnull=True).exists():
            if time.monotonic() > deadline:
                raise RuntimeError("the tasks did not end")
            time.sleep(0.02)

    sample = timed(EACH, act, ground.database_cpu)
    used = cpu_of_tree(worker) - before
    done(ground)
    return Sample(sample.items, sample.wall, sample.cpu + used)


def _wait_for(ground: Ground) -> None:
    deadline = time.monotonic() + PATIENCE
    while not ground.site.redis.has_consumer():
        if time.monotonic() > deadline:
            raise RuntimeError("no Celery worker takes tasks")
        time.sleep(0.1)
