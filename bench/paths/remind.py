"""A day's reminders among 1 M published records: an ordinary day (3,000 due) and the worst one we could think of (50,000)."""

import json
import os
import subprocess
import sys
import time
from functools import partial
from typing import Any

from django.db import connections

from bench import seed
from bench.ground import Ground
from bench.measure import Result, Row, Sample, Variant, interleaved, row_of, timed
from bench.paths.eligible import Database, filled
from creditrepair.local.environment import PROJECT

NAME, HELD, ORDINARY, WORST, LOOPED = "bench_remind", 1_000_000, 3_000, 50_000, 200
# Half of the due records become eligible on the day, half in seven days; a fifth are second records of a firm. Every day
# between has as many, told before. All other records: half were open long ago, half will be later.
PREPARE = """
SET session_replication_role = replica;
TRUNCATE cases_reminder, cases_reminderline, cases_reminderrun, cases_remindercontact CASCADE;
UPDATE cases_failurerecord SET certain_on = date '2026-11-23' + CASE WHEN id % 2 = 0 THEN -30 - (id % 300)::int ELSE 30 + (id % 300)::int END,
  certain_moved_on = NULL WHERE region_id = '620321' AND (certain_on IS NULL OR certain_on BETWEEN '2026-11-20' AND '2026-12-05');
UPDATE cases_failurerecord r SET decided_on = x.decided, published_on = x.decided, certain_on = x.day, eligible_on = x.day
FROM (SELECT b.base + CASE WHEN n % %(per_day)s < %(firms)s THEN n % %(per_day)s ELSE n % %(per_day)s - %(firms)s + 500000 END
    + n / %(per_day)s * 10000 * (1 + %(per_day)s / 10000) AS id, date '2026-11-23' + n / %(per_day)s AS day,
    (date '2026-11-22' + n / %(per_day)s - interval '3 months')::date AS decided
  FROM generate_series(0, 8 * %(per_day)s - 1) n, (SELECT min(id) AS base FROM cases_failurerecord WHERE region_id = '620321') b) x
WHERE r.region_id = '620321' AND r.id = x.id;
INSERT INTO cases_reminderline (region_id, record_id, subject_id, occasion, first_on, released)
SELECT '620321', id, subject_id, 'soon', certain_on, false FROM cases_failurerecord
WHERE region_id = '620321' AND certain_on BETWEEN '2026-11-23' AND '2026-11-29';
"""
NUMBERS = """
SET session_replication_role = replica;
INSERT INTO cases_application (region_id, ref, filing_no, form_token, query_code_hash, subject_id, channel, came_from, came_no,
  authority, agent_name, agent_phone, commitment, committed_by, committed_at, urgent_reason, submitted_at,
  paper_reason)
SELECT '620321', 'P' || lpad(i::text, 19, '0'), 'P' || i, 'p-' || i, 'p-' || i, s.code, 'platform', '', '', '{}', '赵申',
  CASE WHEN i % 20 = 0 THEN '0935-7521234' ELSE '138' || lpad(i::text, 8, '0') END, '', '', now(), '', now(), ''
FROM (SELECT code, row_number() OVER (ORDER BY code) AS i FROM cases_subject WHERE code LIKE '91620321MB%') s WHERE i % 10 <> 1;
ANALYZE cases_application; ANALYZE cases_failurerecord;
"""
ONE_STATEMENT = """
WITH due AS (SELECT r.id, r.ref, r.subject_id, r.certain_on, (SELECT a.agent_phone FROM cases_application a
    WHERE a.region_id = r.region_id AND a.subject_id = r.subject_id ORDER BY submitted_at DESC LIMIT 1) AS phone
  FROM cases_failurerecord r WHERE r.region_id = '620321' AND r.status = 'published' AND r.certain_on IN ('2026-11-23', '2026-11-30')),
marked AS (INSERT INTO cases_reminderline (region_id, record_id, subject_id, occasion, first_on, released)
  SELECT '620321', id, subject_id, CASE certain_on WHEN '2026-11-23' THEN 'today' ELSE 'soon' END, certain_on, false FROM due)
INSERT INTO sync_delivery (region_id, target, kind, key, message_no, record_key, thing_kind, thing, version, expect, body, state,
  queued_at, due_at, tries, verified_how, last_error, phone_hash, receipt, officer_note, proof_path, proof_sha256)
SELECT '620321', 'sms_gateway', 'sms', 'T01|' || ref || '|' || certain_on, 'SM-' || nextval('sync_message_no'), '', 'reminder', ref, 1,
  'delivered', convert_to(json_build_object('phone', phone, 'template', 'T01')::text, 'UTF8'), 'queued', now(), now(), 0, '', '',
  encode(sha256(convert_to(coalesce(phone, ''), 'UTF8')), 'hex'), '', '', '', '' FROM due
"""


def run(ground: Ground, rounds: int) -> Result:
    """The whole day as a worker does it, beside one bare statement and a loop over `remind`, record by record."""
    seed.people()
    connections.close_all()
    result = Result("remind", f"a day's reminders among {HELD} published records", rounds)
    with Database(ground, NAME) as database:
        filled(ground, NAME, HELD)
        began = time.monotonic()
        _sql(ground, NUMBERS)
        print(f"  numbers: {time.monotonic() - began:.1f} s", file=sys.stderr)
        _prepare(ground, ORDINARY)
        result.rows = database.measured(partial(_ordinary, ground, rounds, result, database))
        _prepare(ground, WORST)
        result.rows.append(database.measured(partial(_worst, ground, rounds, result, database)))
    return result


def _sql(ground: Ground, text: str) -> None:
    with ground.admin(NAME) as admin, admin.cursor() as cursor:
        for statement in text.split(";"):
            if statement.strip():
                cursor.execute(statement)


def _prepare(ground: Ground, due: int) -> None:
    _sql(
        ground,
        PREPARE.replace("%(per_day)s", str(due // 2)).replace("%(firms)s", str(due * 2 // 5))
        + ";VACUUM ANALYZE cases_failurerecord;CHECKPOINT",
    )


def _undo(ground: Ground) -> None:
    """As before the day: the marks of the days before stay."""
    with ground.admin(NAME) as admin, admin.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM cases_reminderline WHERE occasion = 'today' OR first_on = '2026-11-30'")
        cursor.execute("DELETE FROM cases_reminder")
        cursor.execute("DELETE FROM cases_reminderrun")
        cursor.execute("DELETE FROM sync_delivery WHERE target = 'sms_gateway'")
        cursor.execute("VACUUM ANALYZE cases_reminderline, cases_reminder, cases_reminderrun, sync_delivery")


def _ordinary(ground: Ground, rounds: int, result: Result, database: Database) -> list[Row]:
    told: list[dict[str, Any]] = []
    rows = interleaved(
        [
            Variant("one statement by hand: no policies, limits, events", "limit", partial(_by_hand, ground)),
            Variant("ours: the day's run, app role", "ours", partial(_day, ground, database, told)),
            Variant(f"one by one: `remind` for {LOOPED} records", "peer", partial(_one_by_one, ground)),
        ],
        rounds,
    )
    _describe(result, "ordinary day", told)
    mine, loop = rows[1], rows[2]
    result.judge("one by one ÷ the run, CPU a record ≥ 3", loop.cpu_us / mine.cpu_us, at_least=3)
    result.judge("peak RSS over idle ≤ 60 MiB", max(one["rss"] - one["idle"] for one in told), at_most=60)
    return rows


def _worst(ground: Ground, rounds: int, result: Result, database: Database) -> Row:
    told: list[dict[str, Any]] = []
    samples = [_day(ground, database, told) for _ in range(max(1, min(rounds, 3)))]
    _describe(result, "worst day", told)
    result.judge("worst day: longest piece ≤ 45 s", max(max(one["mark"], one["longest"]) for one in told), at_most=45)
    return row_of("ours: the worst day", "also", samples)


def _describe(result: Result, name: str, told: list[dict[str, Any]]) -> None:
    one = sorted(told, key=lambda one: one["cpu"])[len(told) // 2]
    result.facts[name] = told
    result.notes.append(
        f"{name}: {one['due']} records due, {one['queued']} in {one['messages']} messages, {one['nobody']} to be told by a "
        f"person, {one.get('before', 0)} told before; wall {one['wall']:.1f} s, CPU {one['cpu']:.1f} s in the process + "
        f"{one['database']:.1f} s in PostgreSQL; mark {one['mark']:.2f} s, longest portion {one['longest']:.2f} s; "
        f"peak RSS {one['rss']:.0f} MiB ({one['idle']:.0f} before)"
    )


def _day(ground: Ground, database: Database, told: list[dict[str, Any]]) -> Sample:
    _undo(ground)
    before, began = ground.database_cpu(), time.perf_counter()
    child = subprocess.run(
        [sys.executable, "-m", "bench.remind"],
        cwd=PROJECT, env={**os.environ, **ground.environment, **database.words}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if child.returncode:
        raise RuntimeError(child.stderr[-2000:])
    one = json.loads(child.stdout)
    one["database"] = ground.database_cpu() - before
    one["with_start"] = time.perf_counter() - began
    told.append(one)
    return Sample(one["due"], one["wall"], one["cpu"] + one["database"])


def _by_hand(ground: Ground) -> Sample:
    _undo(ground)
    with ground.admin(NAME) as admin, admin.cursor() as cursor:
        sample = timed(1, lambda: cursor.execute(ONE_STATEMENT), ground.database_cpu)
        return Sample(cursor.rowcount, sample.wall, sample.cpu)


def _one_by_one(ground: Ground) -> Sample:
    from bench.remind import NOW
    from cases.models import FailureRecord
    from cases.services.remind import Fate, remind
    from creditrepair.tenancy.context import region_context

    _undo(ground)
    with region_context(seed.REGION):
        refs = list(
            FailureRecord.objects.filter(region_id=seed.REGION, certain_on=NOW.date()).values_list("ref", flat=True)[
                :LOOPED
            ]
        )

    def act() -> None:
        fates = {remind(seed.REGION, record_ref=ref, now=NOW).fate for ref in refs}
        if not fates <= {Fate.QUEUED, Fate.NOBODY}:
            raise RuntimeError(f"not told: {fates}")

    return timed(len(refs), act, ground.database_cpu)
