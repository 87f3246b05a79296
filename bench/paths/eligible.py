"""Who becomes eligible on a day, out of many records; and what it costs to judge all of them anew while serving."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.db import connections
from psycopg2.extensions import connection as Connection

from bench import seed
from bench.ground import Ground, free_port
from bench.measure import Result, Sample, Variant, interleaved, timed
from creditrepair.local.environment import PROJECT
from creditrepair.local.serving import PYTHON
from creditrepair.tenancy.context import region_context

DAY = date(2026, 8, 1)
NOW = datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
READS, LOOPED, ANSWERS = 20, 2_000, 200  # a turn
DAILY, ANEW = "bench_daily", "bench_anew"
INDEXES = """
SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = 'cases_failurerecord'::regclass
  AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid)
"""
RANGE = """
SELECT id, ref, subject_id FROM cases_failurerecord
WHERE region_id = %s AND status = 'published' AND eligible_on = %s ORDER BY id LIMIT 1000
"""
ARITHMETIC = """
SELECT id, ref, subject_id FROM cases_failurerecord WHERE region_id = %s AND status = 'published'
  AND (decided_on + CASE severity WHEN 'serious' THEN interval '12 months' WHEN 'general' THEN interval '3 months'
       ELSE interval '0' END)::date + 1 = %s ORDER BY id LIMIT 1000
"""


def run(ground: Ground, rounds: int) -> Result:
    """A day's select at 1 M records (10 M with --large); the recompute of 100 k records with 5 k open cases (1 M)."""
    large = bool(os.environ.get("BENCH_LARGE"))
    held, judged = (10_000_000, 1_000_000) if large else (1_000_000, 100_000)
    user = seed.people()["reviewer"].user_id
    assert user is not None
    connections.close_all()
    result = Result("eligible", "who becomes eligible on a day; all records judged anew by other rules", rounds)
    with Database(ground, DAILY) as database:
        filled(ground, DAILY, held)
        result.rows += database.measured(partial(_day, ground, rounds, result, held))
    with Database(ground, ANEW) as database:
        with ground.admin(ANEW) as admin:
            seed.many_cases(admin, judged, each=5, legs=False, user_id=user)
        result.rows += database.measured(partial(_anew, ground, rounds, result, judged, database))
    return result


class Database:
    """A copy of the ground's database under another name, dropped in the end; `measured` runs with Django pointed at it."""

    def __init__(self, ground: Ground, name: str) -> None:
        self.ground, self.name = ground, name

    def __enter__(self) -> "Database":
        with self.ground.admin("postgres") as admin, admin.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {self.name} TEMPLATE creditrepair STRATEGY file_copy")
        return self

    def __exit__(self, *_: object) -> None:
        connections["default"].close()
        with self.ground.admin("postgres") as admin, admin.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {self.name} WITH (FORCE)")

    def measured(self, act: Callable[[], Any]) -> Any:
        connection = connections["default"]
        connection.close()
        known = connection.settings_dict
        connection.settings_dict = known | {"NAME": self.name, "CONN_MAX_AGE": None}
        try:
            return act()
        finally:
            connection.close()
            connection.settings_dict = known

    @property
    def words(self) -> dict[str, str]:
        """Its address for a program beside us."""
        return {
            "DATABASE_URL": urlsplit(self.ground.environment["DATABASE_URL"])._replace(path=f"/{self.name}").geturl()
        }


def filled(ground: Ground, name: str, records: int) -> None:
    """Records without secondary indexes, which are made again afterwards: a third of the time."""
    began = time.monotonic()
    with ground.admin(name) as admin, admin.cursor() as cursor:
        cursor.execute(INDEXES)
        known = cursor.fetchall()
        for index, _ in known:
            cursor.execute(f'DROP INDEX "{index}"')
        seed.many_records(admin, records)
        for _, definition in known:
            cursor.execute(definition)
        cursor.execute("VACUUM ANALYZE cases_failurerecord")
        cursor.execute("CHECKPOINT")
    print(f"  seeded {records} records in {time.monotonic() - began:.1f} s", file=sys.stderr)


# --- a day -----------------------------------------------------------------------------------------------------------


def _day(ground: Ground, rounds: int, result: Result, records: int) -> list[Any]:
    from cases.services.eligibility import becoming_eligible  # after django.setup, and with the database pointed at

    def ours() -> None:
        with region_context(seed.REGION):
            if len(becoming_eligible(seed.REGION, DAY)) != 1000:
                raise RuntimeError("a day should fill its portion")

    with ground.admin(DAILY) as admin:
        rows = interleaved(
            [
                Variant("index range by hand, no policies", "limit", partial(_ask, ground, admin, RANGE, READS)),
                Variant("ours: a portion of 1,000, app role", "ours", lambda: _timed(ground, ours, READS)),
                Variant("date arithmetic in SQL at query time", "peer", partial(_ask, ground, admin, ARITHMETIC, 1)),
                Variant("ORM loop and Verdict, per 2,000 records", "also", lambda: _timed(ground, _judge_each, 1)),
            ],
            rounds,
        )
    limit, mine, arithmetic, loop = rows
    result.notes.append(f"{records} records; ORM loop over all of them: {loop.wall_us / LOOPED * records / 1e6:.0f} s")
    result.facts["daily_plan"] = plan = _plan(becoming_eligible)
    result.notes.append(f"plan: {plan}")
    result.judge("a day's select ≤ 100 ms", mine.wall_us / 1000, at_most=100)
    result.judge("date arithmetic ÷ ours ≥ 10", arithmetic.wall_us / mine.wall_us, at_least=10)
    result.judge("plan without Seq Scan (1 = so)", float("Seq Scan" not in plan), at_least=1)
    return rows


def _judge_each() -> None:
    from cases.facts import judge_record
    from cases.models import FailureRecord

    with region_context(seed.REGION):
        for record in FailureRecord.objects.published().select_related("subject").order_by("id")[:LOOPED].iterator():
            judge_record(record, NOW.date(), ())


def _plan(becoming_eligible: Callable[..., Any]) -> str:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with region_context(seed.REGION), CaptureQueriesContext(connection) as captured:
        becoming_eligible(seed.REGION, DAY)
        sql = next(query["sql"] for query in captured.captured_queries if "cases_failurerecord" in query["sql"])
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN " + sql.replace("%", "%%"), [])
            return "; ".join(row[0].strip() for row in cursor.fetchall() if "->" in row[0] or "Scan" in row[0])


def _ask(ground: Ground, admin: Connection, sql: str, times: int) -> Sample:
    def act() -> None:
        with admin.cursor() as cursor:
            cursor.execute(sql, [seed.REGION, DAY])
            cursor.fetchall()

    return _timed(ground, act, times)


def _timed(ground: Ground, act: Callable[[], None], times: int) -> Sample:
    def several() -> None:
        for _ in range(times):
            act()

    return timed(times, several, ground.database_cpu)


# --- all anew --------------------------------------------------------------------------------------------------------


def _anew(ground: Ground, rounds: int, result: Result, records: int, database: Database) -> list[Any]:
    port = free_port()
    granian = [PYTHON, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    granian += ["--workers", "1", "--blocking-threads", "1", "--no-ws", "--log-level", "warning"]
    web = ground.start("web", [*granian, "creditrepair.wsgi:application"], port=port, **database.words)
    quiet = sorted(_answers(port) for _ in range(3))[1]
    told: list[dict[str, float]] = []
    busy: list[float] = []

    def ours() -> Sample:
        before, began = ground.database_cpu(), time.perf_counter()
        child = subprocess.Popen(
            [sys.executable, "-m", "bench.recompute", "old" if len(told) % 2 else "new"],
            cwd=PROJECT, env=ground.environment | database.words, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        while child.poll() is None:
            busy.append(_answers(port))
        assert child.stdout is not None
        told.append(json.loads(child.stdout.read()))
        if child.returncode or told[-1]["records"] != records:
            raise RuntimeError(f"the recompute did not end well: {told[-1]}")
        return Sample(records, time.perf_counter() - began, told[-1]["cpu"] + ground.database_cpu() - before)

    marks = iter(range(1_000_000))

    def rewrite() -> Sample:
        with ground.admin(ANEW) as admin, admin.cursor() as cursor:
            mark = f"mark {next(marks)}"
            return timed(
                records,
                lambda: cursor.execute("UPDATE cases_failurerecord SET eligible_pack = %s", [mark]),
                ground.database_cpu,
            )

    rows = interleaved(
        [
            Variant("one UPDATE of a constant over all rows", "limit", rewrite),
            Variant("ours: recompute, both packs, while serving", "ours", ours),
            Variant("ORM loop: judge and save each", "peer", lambda: timed(LOOPED, _save_each, ground.database_cpu)),
        ],
        rounds,
    )
    ground.end(web)
    busy.sort()
    alone = sorted(one["cpu"] / one["records"] * 1e6 for one in told)[len(told) // 2]
    rss = max(one["rss"] for one in told)
    p95 = busy[int(len(busy) * 0.95)]
    result.notes += [
        f"recompute of {records} records and {told[-1]['cases']:.0f} open cases: "
        f"{sorted(one['records'] / one['wall'] for one in told)[len(told) // 2]:.0f} records/s, "
        f"{alone:.0f} µs CPU a record in its own process, peak RSS {rss:.0f} MiB",
        f"progress queries meanwhile: p95 {p95:.1f} ms, before it {quiet:.1f} ms (2 connections)",
    ]
    result.facts |= {"told": told, "progress_p95_ms": {"quiet": quiet, "busy": p95}}
    result.judge("recompute: peak RSS ≤ 200 MiB", rss, at_most=200)
    result.judge("recompute: ORM loop ÷ ours, CPU a record ≥ 3", rows[2].cpu_us / rows[1].cpu_us, at_least=3)
    result.judge("progress p95 while recomputing ÷ before it ≤ 3", p95 / quiet, at_most=3)
    return rows


def _save_each() -> None:
    from cases.models import FailureRecord
    from cases.services.eligibility import ELIGIBILITY, refresh_eligibility

    with region_context(seed.REGION):
        for record in FailureRecord.objects.published().select_related("subject").order_by("id")[:LOOPED].iterator():
            refresh_eligibility(record, NOW.date())
            record.save(update_fields=ELIGIBILITY)


def _answers(port: int) -> float:
    """p95 in ms of a short burst of progress queries."""
    targets = "\n".join(
        f"/api/v1/progress?code={seed.query_code(n)}&last_four={n % 1000:03d}X" for n in range(0, 2000, 7)
    )
    told = subprocess.run(
        [sys.executable, "-m", "bench.load", str(port), str(ANSWERS), "2"],
        input=targets, cwd=PROJECT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return float(json.loads(told)["p95_ms"])
