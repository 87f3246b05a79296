"""One platform down: the lag of the other's lane, alone and while its neighbour hangs or refuses, in one run."""

import http.client
import json
import statistics
import time
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connections
from django.utils import timezone

from bench import seed
from bench.ground import Ground
from bench.measure import Result, Row
from bench.platform import B, done, reports, start_lanes, start_platform
from sync import outbox
from sync.models import Delivery

AT_ONCE, WAVES = 5, 20  # reports a wave, waves a turn
PAUSE = 0.05  # between waves: steady traffic, not a backlog
NEIGHBOUR = 40  # messages that wait at the other platform
PATIENCE = 30.0
NEIGHBOURS = {  # name → (its fault, role): alone is the limit
    "alone: the neighbour has nothing to send": ("", "limit"),
    "the neighbour hangs for 10 s on each call": ("slow", "ours"),
    "the neighbour refuses with 503": ("500", "ours"),
}
LIMIT = 1.25


def run(ground: Ground, rounds: int) -> Result:
    """Lag: from the commit that queues a report to the platform's acknowledgement, by the database's clock, p95 of a turn."""
    seed.people()
    start_platform(ground)
    start_platform(ground, B)
    start_lanes(ground)
    _wave()  # opens every connection
    found: dict[str, list[float]] = {name: [] for name in NEIGHBOURS}
    names = list(NEIGHBOURS)
    for number in range(rounds):
        shift = number % len(names)
        for name in (*names[shift:], *names[:shift]):
            found[name].append(_turn(ground, NEIGHBOURS[name][0]))
    result = Result("isolation", f"{AT_ONCE * WAVES} reports a turn to A; {NEIGHBOUR} wait at B", rounds)
    for name, (_, role) in NEIGHBOURS.items():
        middle = statistics.median(found[name])
        result.rows.append(Row(name, role, 1 / middle, middle * 1e6, 0.0, max(found[name]) / min(found[name])))
    alone = result.rows[0].wall_us
    result.notes = [
        "a row is the p95 of a turn, median over the rounds: "
        + ", ".join(f"{row.name.split(':')[0]} {row.wall_us / 1000:.0f} ms" for row in result.rows)
    ]
    for row in result.rows[1:]:
        result.judge(f"p95 ≤ {LIMIT} × alone while {row.name}", row.wall_us / alone, at_most=LIMIT)
    return result


def _turn(ground: Ground, fault: str) -> float:
    _switch(fault or "ok")
    if fault:
        reports(NEIGHBOUR, B)
        outbox.wake()
        time.sleep(0.3)  # the neighbour's calls are under way
    lags = [lag for _ in range(WAVES) for lag in _wave()]
    _switch("ok")
    done(ground)
    with ground.admin() as admin, admin.cursor() as cursor:
        cursor.execute("DELETE FROM sync_lane")
    time.sleep(0.3 if not fault else 1.0)
    return sorted(lags)[int(len(lags) * 0.95)]


def _wave() -> list[float]:
    """Lags of one wave, in seconds; returns when all are acknowledged."""
    bodies = reports(AT_ONCE)
    began = timezone.now()  # after the commit; the same machine's clock as the database's
    outbox.wake()
    time.sleep(PAUSE)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        rows = Delivery.objects.using("sender").filter(pk__in=[body.pk for body in bodies], acked_at__isnull=False)
        acked = list(rows.values_list("acked_at", flat=True))
        if len(acked) == AT_ONCE:
            return [(at - began).total_seconds() for at in acked if at is not None]
        time.sleep(0.02)
    connections.close_all()
    raise RuntimeError("a report was not acknowledged")


def _switch(mode: str) -> None:
    line = http.client.HTTPConnection(urlsplit(settings.SYNC_TARGETS[B]["base_url"]).netloc, timeout=10)
    body = {"mode": mode} | ({"slow_seconds": 10} if mode == "slow" else {})
    line.request("POST", "/_mode", json.dumps(body), {"Content-Type": "application/json"})
    if line.getresponse().status != 200:
        raise RuntimeError("the platform's fault could not be switched")
    line.close()
