"""From commit to delivered with an idle worker: woken on commit over Redis, platform A in another process."""

import statistics
import time

from django.db import connection, connections, transaction
from django.utils import timezone

from bench import seed
from bench.ground import Ground
from bench.measure import Result, Row
from bench.platform import A, done, start_platform
from creditrepair.local.serving import PYTHON
from creditrepair.tenancy.context import region_context
from sync import outbox
from sync.models import Delivery

SAMPLES = 12  # a round
PATIENCE = 15.0


def run(ground: Ground, rounds: int) -> Result:
    """Each sample waits until the worker is idle again. Times are the database's clock, both ends."""
    seed.people()
    start_platform(ground)
    command = [
        PYTHON,
        "-m",
        "celery",
        "-A",
        "creditrepair",
        "worker",
        "-Q",
        "default,lanes,papers",
        "-c",
        "2",
        "-l",
        "ERROR",
    ]
    worker = ground.start("worker", [*command, "--without-mingle", "--without-gossip"])
    deadline = time.monotonic() + PATIENCE * 2
    while not ground.site.redis.has_consumer():
        if time.monotonic() > deadline:
            raise RuntimeError("no Celery worker takes tasks")
        time.sleep(0.1)
    _sample(0)  # the worker's first task opens its connections
    found = [_sample(n + 1) for n in range(rounds * SAMPLES)]
    acked, verified = sorted(a for a, _ in found), sorted(v for _, v in found)
    ground.end(worker)
    done(ground)
    result = Result("latency", f"{len(found)} samples, ms: commit → acknowledged by the platform, → verified", rounds)
    for name, role, times in (
        ("ours: commit → acknowledged", "ours", acked),
        ("ours: commit → verified", "also", verified),
    ):
        middle = statistics.median(times) * 1e6
        result.rows.append(Row(name, role, 1e6 / middle, middle, 0.0, times[-1] / times[0]))
    p95 = acked[int(len(acked) * 0.95)] * 1000
    result.notes = [
        f"acknowledged: p50 {statistics.median(acked) * 1000:.0f} ms, p95 {p95:.0f} ms, worst {acked[-1] * 1000:.0f} ms"
    ]
    result.judge("commit → delivered, p50 ≤ 100 ms", statistics.median(acked) * 1000, at_most=100)
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
            time.sleep(0.25)  # the task looks once more before it ends
            return (row.acked_at - committed).total_seconds(), (row.verified_at - committed).total_seconds()
        time.sleep(0.01)
    connections.close_all()
    raise RuntimeError("a report was not verified")
