"""Everything the checker looks at, read after heal: tables, both platforms' effect files, the files on disk, the chains.

`python -m tests.lab.entry gather HOME` writes `facts.json`; LAB_DATABASE says how to read past the regions' walls.
"""

import hashlib
import json
import os
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import psycopg2
from django.conf import settings

from creditrepair.audit.chain import verify
from creditrepair.audit.checkpoints import last_sealed
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Region

STORES = {"creditchina_jinchang": "platform_a", "gsxt_gansu": "platform_b"}
CASES = """
SELECT c.ref, c.region_id, r.ref, r.record_key, c.state, c.version, c.round, a.ref, a.form_token, a.filing_no
FROM cases_case c JOIN cases_failurerecord r ON r.region_id = c.region_id AND r.id = c.record_id
  JOIN cases_application a ON a.region_id = c.region_id AND a.id = c.application_id
"""
STEPS = """
SELECT s.uuid::text, c.ref, s.round, s.position, s.status, u.username FROM cases_reviewstep s
  JOIN cases_case c ON c.region_id = s.region_id AND c.id = s.case_id LEFT JOIN tenancy_user u ON u.id = s.settled_by_id
"""
DELIVERIES = """
SELECT d.key, d.target, d.kind, d.thing, d.record_key, d.version, d.state, d.message_no, d.done_at IS NOT NULL,
  d.lease_until IS NOT NULL AND d.lease_until < now() - interval '60 seconds' AND d.done_at IS NULL,
  d.due_at > now() + interval '10 minutes',
  EXISTS (SELECT 1 FROM cases_task t WHERE t.region_id = d.region_id AND t.kind = 'delivery'
          AND t.closed_at IS NULL AND t.thing IN (d.message_no, d.key, d.thing)), d.last_error
FROM sync_delivery d
"""
# every column that points at another tenant table, by PostgreSQL's own list of foreign keys
FOREIGN = """
SELECT c.conname, c.conrelid::regclass::text, c.confrelid::regclass::text,
  (SELECT attname FROM pg_attribute WHERE attrelid = c.conrelid AND attnum = k.mine),
  (SELECT attname FROM pg_attribute WHERE attrelid = c.confrelid AND attnum = k.theirs)
FROM pg_constraint c, LATERAL (SELECT unnest(c.conkey) AS mine, unnest(c.confkey) AS theirs) k
WHERE c.contype = 'f'
  AND EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = c.conrelid AND attname = 'region_id')
  AND EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = c.confrelid AND attname = 'region_id')
  AND (SELECT attname FROM pg_attribute WHERE attrelid = c.conrelid AND attnum = k.mine) <> 'region_id'
"""


def facts(home: Path, words: dict[str, Any]) -> dict[str, Any]:
    """One plain dictionary; `tests.lab.checker` says what must hold of it."""
    connection = psycopg2.connect(**words)
    with connection.cursor() as cursor:

        def rows(query: str) -> list[tuple[Any, ...]]:
            cursor.execute(query)
            return list(cursor.fetchall())

        events: dict[str, list[str]] = defaultdict(list)
        for thing, verb in rows("SELECT thing, verb FROM audit_event WHERE kind = 'case' ORDER BY region_id, seq"):
            events[thing].append(verb)
        found: dict[str, Any] = {
            "cases": [
                dict(
                    zip(
                        (
                            "ref",
                            "region",
                            "record",
                            "key",
                            "state",
                            "version",
                            "round",
                            "application",
                            "token",
                            "filing",
                        ),
                        r,
                        strict=True,
                    )
                )
                for r in rows(CASES)
            ],
            "events": events,
            "steps": [
                dict(zip(("step", "case", "round", "position", "status", "by"), r, strict=True)) for r in rows(STEPS)
            ],
            "drafts": {
                ref: {"token": token, "application": application}
                for ref, token, application in rows("SELECT ref, form_token, application_ref FROM cases_draft")
            },
            "records": {
                key: {"status": status, "version": version}
                for key, status, version in rows("SELECT record_key, status, version FROM cases_failurerecord")
            },
            "deliveries": [
                dict(
                    zip(
                        (
                            "key",
                            "target",
                            "kind",
                            "thing",
                            "record",
                            "version",
                            "state",
                            "number",
                            "done",
                            "lease_over",
                            "later",
                            "task",
                            "problem",
                        ),
                        r,
                        strict=True,
                    )
                )
                for r in rows(DELIVERIES)
            ],
            "foreign": {
                f"{table}.{column}": rows(
                    f"SELECT count(*) FROM {table} c JOIN {other} p ON p.{theirs} = c.{column} WHERE p.region_id <> c.region_id"
                )[0][0]
                for _, table, other, column, theirs in rows(FOREIGN)
            },
            "papers": Counter(
                {status: n for status, n in rows("SELECT status, count(*) FROM notices_notice GROUP BY status")}
            ),
            "numbers": rows(
                "SELECT count(*) FROM (SELECT count(*) AS n, max(serial) AS top FROM notices_notice "
                "GROUP BY region_id, department_id, kind, year) x WHERE n <> top"
            )[0][0],
            "attempts": dict(rows("SELECT outcome, count(*) FROM sync_attempt GROUP BY outcome")),
        }
        stored = rows("SELECT path, sha256 FROM cases_storedfile")
        stored += rows("SELECT pdf_path, pdf_sha256 FROM notices_notice WHERE pdf_path <> ''")
    connection.close()
    found["files"] = [{"path": path, "row": sha, "disk": _hash_of(path)} for path, sha in stored]
    found["orphans"] = orphans({path for path, _ in stored})
    found["platforms"] = {target: platform(home / "mock" / store / "ledger.jsonl") for target, store in STORES.items()}
    found["sms"] = sms(home / "mock" / "sms_gateway" / "ledger.jsonl")
    found["chains"] = chains()
    return found


def _hash_of(path: str) -> str | None:
    full = Path(settings.STORAGES["default"]["OPTIONS"]["location"]) / path
    return hashlib.sha256(full.read_bytes()).hexdigest() if full.exists() else None


def orphans(known: set[str]) -> list[str]:
    """Files without a row that are older than a day: what a rolled-back upload left and nobody cleared."""
    root = Path(settings.STORAGES["default"]["OPTIONS"]["location"])
    old = time.time() - 86400
    return [
        str(path.relative_to(root))
        for path in (root.rglob("*") if root.exists() else ())
        if path.is_file() and path.stat().st_mtime < old and str(path.relative_to(root)) not in known
    ]


def platform(ledger: Path) -> dict[str, Any]:
    """What one platform did, from its append-only file alone: effects a key, order of versions, its own doublings.

    `replays` are messages that it met a second time without a second effect. A doubling of its own (fault `dup`) shows
    as two receipts of one instant, or as a second effect of a receipt that had one.
    """
    effects: Counter[str] = Counter()
    own_doubles: Counter[str] = Counter()
    order: list[tuple[str, int]] = []
    held: dict[str, tuple[str, int]] = {}
    receipts: list[dict[str, Any]] = []
    last: tuple[str, float] = ("", 0.0)
    for text in ledger.read_text().splitlines():
        line = json.loads(text)
        what = line["what"]
        if what == "received":
            message = line["message"]
            receipts.append(line | {"applied_once": False})
            if (message["message_no"], line["at"]) == last:
                own_doubles[message["key"]] += 1
            last = (message["message_no"], line["at"])
            receipt = receipts[-1]
        elif what == "applied":
            receipt = receipts[line["receipt"]]
        else:
            continue
        if what == "applied" or line.get("applied"):
            message = receipt["message"]
            key, version = message["record_key"], message["version"]
            if key in held and held[key][1] > version:
                continue  # the platform itself refuses to go back
            if receipt["applied_once"]:
                own_doubles[message["key"]] += 1
            receipt["applied_once"] = True
            effects[message["key"]] += 1
            order.append((key, version))
            if receipt["kind"] == "report" or message.get("effect") == "restore":
                status = "published"
            else:
                status = "removed" if message["effect"] == "remove_from_list" else "ended"
            held[key] = (status, version)
    return {
        "effects": {k: n for k, n in effects.items()},
        "own_doubles": own_doubles,
        "order": order,
        "held": {key: {"status": status, "version": version} for key, (status, version) in held.items()},
        "receipts": Counter(line["message"]["message_no"] for line in receipts),
    }


def sms(ledger: Path) -> dict[str, int]:
    """Short messages the gateway took, by message number."""
    lines = ledger.read_text().splitlines() if ledger.exists() else []
    return Counter(line["message_no"] for line in map(json.loads, lines) if line["what"] == "sent")


def chains() -> dict[str, dict[str, Any]]:
    found = {}
    for region in Region.objects.order_by("code").values_list("code", flat=True):
        with region_context(region):
            told = verify(region, sealed=last_sealed(region))
        found[region] = {"ok": told.ok, "rows": told.rows, "fault": told.fault}
    return found


def main(arguments: list[str]) -> None:
    home = Path(arguments[0])
    found = facts(home, json.loads(os.environ["LAB_DATABASE"]))
    (home / "facts.json").write_text(json.dumps(found, ensure_ascii=False, default=str))
