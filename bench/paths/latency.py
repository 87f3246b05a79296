"""From commit to delivered on an idle machine: by the lane daemon, and by a Celery worker alone; platform A apart."""

import statistics
import time

from django.db import connection, connections, transaction
from django.utils import timezone

from bench import seed
from bench.ground import Ground
from bench.measure import Result, Row
from bench.platform import A, done, start_lanes, start_platform
from creditrepair.local.serving import PYTHON
from creditrepair.tenancy.context import region_context
from sync import outbox
from sync.models import Delivery

SAMPLES = 12  # a round
PATIENCE = 15.0


def run(ground: Ground, rounds: int) -> Result:
    """Each sample waits until the lanes are idle again. Times are the database's clock, both ends."""
    seed.people()
    start_platform(ground)
    celery = [PYTHON, "-m", "celery", "-A", "creditrepair", "worker", "-Q", "default,lanes,papers", "-c", "2"]
    worker = ground.start("worker", [*celery, "-l", "ERROR", "--without-mingle", "--without-gossip"])
    deadline = time.monotonic() + PATIENCE * 2
    while not ground.site.redis.has_consumer():
        if time.monotonic() > deadline:
            raise RuntimeError("no Celery worker takes tasks")
        time.sleep(0.1)
    _sample(0)  # the worker's first task opens its connections
    alone = [_sample(n + 1) for n in range(rounds * SAMPLES // 3)]
    daemon = start_lanes(ground)
    _sample(0)
    found = [_sample(n + 1) for n in range(rounds * SAMPLES)]
    ground.end(daemon)
    ground.end(worker)
    done(ground)
    result = Result("latency", f"{len(found)} samples, ms: commit → acknowledged by the platform, → verified", rounds)
    for name, role, times in (
        ("ours: commit → acknowledged, lane daemon", "ours", [a for a, _ in found]),
        ("ours: commit → verified, lane daemon", "also", [v for _, v in found]),
        ("ours: commit → acknowledged, Celery worker alone", "also", [a for a, _ in alone]),
    ):
        middle = statistics.median(times) * 1e6
        result.rows.append(Row(name, role, 1e6 / middle, middle, 0.0, max(times) / min(times)))
        ranked = sorted(times)
        result.notes.append(
            f"{name}: p50 {middle / 1000:.1f} ms, p95 {ranked[int(len(ranked) * 0.95)] * 1000:.0f} ms, "
            f"worst {ranked[-1] * 1000:.0f} ms"
        )
    result.judge("commit → delivered, p50 ≤ 20 ms (goal)", result.rows[0].wall_us / 1000, at_most=20)
    return result


def _sample(number: int) -> tuple[float, float]:
    """(seconds to acknowledged, to verified) of one report, by the clock of the database."""
    key = f"{time.time_ns():032x}"[-32:]
    record = {
        "record_key": key, "category": "administrative_penalty", "category_text": "行政处罚信息", "doc_no": f"永文旅罚〔2026〕{number}号",
        "doc_date": "2026-05-06", "subject_code": "91620321MA0000011X", "subject_name": "永昌县示例商贸有限公司",
        "authority_code": "116203210000000090", "authority_name": "永昌县文体广电和旅游局", "severity": "general",
        "published_on": "2026-05-08",
    }  # fmt: skip
    with transaction.atomic(), region_context(seed.REGION):
        outbox.enqueue_reports(seed.REGION, [outbox.Report((A,), record, 1, key[:20].upper())], now=timezone.now())
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            committed = cursor.fetchone()[0]
        transaction.on_commit(outbox.wake, robust=True)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        row = Delivery.objects.using("sender").get(record_key=key)
        if row.verified_at is not None and row.acked_at is not None:
            time.sleep(0.25)  # the lanes look once more
            return (row.acked_at - committed).total_seconds(), (row.verified_at - committed).total_seconds()
        time.sleep(0.01)
    connections.close_all()
    raise RuntimeError("a report was not verified")
