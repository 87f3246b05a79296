"""Nothing fails silently: one query that says of every case, message, paper, import, objection and the like how it
ended or whose it is.

Each row has a fate: `ended` with proof, `waiting` with an owner and a day, `person` with a task that somebody has, or
`silent`. A `cause` names the task it needs. Everything else (page, task list, alarm, command) only counts these rows.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import connection
from psycopg2.extras import Json

from cases.categories import rooms
from cases.services.proof_beside import OBJECTIONS, RESTRUCTURINGS, WITHDRAWALS
from cases.services.proof_sql import CASES, DELIVERIES, HAS_TASK, IMPORTS, LANES, PAPERS
from creditrepair.tenancy.context import region_context

ENDED, WAITING, PERSON, SILENT = "ended", "waiting", "person", "silent"
FATES: Final = (ENDED, WAITING, PERSON, SILENT)
CASE, DELIVERY, PAPER, IMPORT, LANE = "case", "delivery", "paper", "import", "lane"
OBJECTION, WITHDRAWAL, RESTRUCTURING = "objection", "withdrawal", "restructuring"
WHATS: Final = (CASE, OBJECTION, WITHDRAWAL, RESTRUCTURING, DELIVERY, PAPER, IMPORT, LANE)
ANSWER_HOLDS: Final = timedelta(days=3)  # a person's answer stands so long before the same cause is asked again
UNANSWERED: Final = timedelta(days=30)  # a correction without a day of its own; the law names none (ADR 12)
STALLED: Final = timedelta(hours=24)  # a message neither proven nor refused
PAPER_LATE: Final = timedelta(minutes=15)
SETTLE_LATE: Final = timedelta(minutes=10)  # proven on both platforms, and still not marked repaired
IMPORT_LATE: Final = timedelta(minutes=10)
LANE_LATE: Final = timedelta(hours=1)  # a lane that has only failed for so long is told to a person
PORTION: Final = 5000

_PARTS: Final = {
    CASE: CASES, OBJECTION: OBJECTIONS, WITHDRAWAL: WITHDRAWALS, RESTRUCTURING: RESTRUCTURINGS,
    DELIVERY: DELIVERIES, PAPER: PAPERS, IMPORT: IMPORTS, LANE: LANES,
}  # fmt: skip
# What is not over yet: each condition is that of a partial index, so that a look each round stays cheap.
_NARROW: Final = {
    CASE: "AND c.state IN ('submitted', 'correction', 'in_review', 'approved')",
    OBJECTION: "AND o.state = 'open'",
    WITHDRAWAL: "AND w.state = 'reported'",
    RESTRUCTURING: "AND t.state IN ('ruled', 'shielded')",
    DELIVERY: "AND done_at IS NULL",
    PAPER: "AND n.status IN ('requested', 'failed')",
    IMPORT: "AND b.stage IN ('received', 'asked', 'failed')",
    LANE: "",
}
_TABLES: Final = {
    CASE: "cases_case",
    OBJECTION: "cases_objection",
    WITHDRAWAL: "cases_penaltywithdrawal",
    RESTRUCTURING: "cases_restructuring",
    DELIVERY: "sync_delivery",
    PAPER: "notices_notice",
    IMPORT: "cases_collectionbatch",
}
COLUMNS: Final = "what, id, thing, fate, cause, unit_id, day, since, state, detail"
_KEY: Final = "SELECT id FROM /*table*/ WHERE region_id = %s AND /*column*/ = %s"
_ENDS: Final = "SELECT min(id), max(id) FROM /*table*/ WHERE region_id = %s"
_ALL: Final = 2**62
_TASK_MARK: Final = re.compile(r"/\*task (\w+) ([\w.]+)\*/")


def proof_sql(*, narrow: bool = False, whats: tuple[str, ...] = WHATS) -> str:
    """The one query: rows (what, id, thing, fate, cause, unit_id, day, since, state, detail) of one region."""
    parts = (_PARTS[what].replace("/*narrow*/", _NARROW[what] if narrow else "") for what in whats)
    return _TASK_MARK.sub(_has_task, "\nUNION ALL\n".join(parts))


def _has_task(mark: re.Match[str]) -> str:
    return HAS_TASK.replace("/*what*/", mark[1]).replace("/*thing*/", mark[2])


def _ask(statement: str, sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Rows of `statement`, in which `/*proof*/` stands for the one query, as the table `p`."""
    with connection.cursor() as cursor:
        cursor.execute(statement.replace("/*proof*/", f"({sql}) AS p ({COLUMNS})"), values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def arguments(region: str, now: datetime, today: date, *, after: int = 0, last: int = _ALL) -> dict[str, Any]:
    """Its arguments; `after` and `last` bound the primary keys of a portion."""
    return {
        "region": region,
        "now": now,
        "today": today,
        "held": now - ANSWER_HOLDS,
        "stalled": now - STALLED,
        "paper_late": now - PAPER_LATE,
        "import_late": now - IMPORT_LATE,
        "lane_late": now - LANE_LATE,
        "settle_late": now - SETTLE_LATE,
        "unanswered": UNANSWERED,
        "needed": Json({room.code: list(room.targets) for room in rooms()}),
        "after": after,
        "last": last,
    }


@dataclass(frozen=True, slots=True)
class Row:
    """One thing and its fate. `since`: when it got there; `day` the owner's, None where nobody can name one."""

    what: str
    id: int
    thing: str
    fate: str
    cause: str | None
    unit_id: int | None
    day: date | None
    since: datetime
    state: str
    detail: str


def portions(region: str, what: str) -> Iterator[tuple[int, int]]:
    """Ranges (after, last] of primary keys that hold all there is of `what`."""
    if what not in _TABLES:
        yield 0, _ALL
        return
    with region_context(region), connection.cursor() as cursor:
        cursor.execute(_ENDS.replace("/*table*/", _TABLES[what]), [region])
        lowest, highest = cursor.fetchone()
    if lowest is not None:
        for after in range(lowest - 1, highest, PORTION):
            yield after, min(after + PORTION, highest)


def count_fates(region: str, *, now: datetime, today: date) -> dict[str, dict[str, int]]:
    """what → fate → how many, of everything there is; in portions of keys, so that no statement runs for long."""
    counts = {what: dict.fromkeys(FATES, 0) for what in WHATS}
    for what in WHATS:
        for after, last in portions(region, what):
            with region_context(region):
                values = arguments(region, now, today, after=after, last=last)
                found = _ask("SELECT fate, count(*) FROM /*proof*/ GROUP BY fate", proof_sql(whats=(what,)), values)
            for fate, number in found:
                counts[what][fate] += number
    return counts


def rows_with(
    region: str, what: str, fate: str, *, now: datetime, today: date, after: int = 0, limit: int = 50
) -> list[Row]:
    """The things behind one number of `count_fates`, in order of key, `limit` from `after` on. Inside the region."""
    narrow = fate == WAITING and what not in (CASE, OBJECTION)
    statement = "SELECT * FROM /*proof*/ WHERE fate = %(fate)s ORDER BY id LIMIT %(limit)s"
    values = arguments(region, now, today, after=after) | {"fate": fate, "limit": limit}
    return [Row(*row) for row in _ask(statement, proof_sql(narrow=narrow, whats=(what,)), values)]


_WITHOUT_TASK: Final = """
SELECT p.* FROM /*proof*/ WHERE p.cause IS NOT NULL AND p.unit_id IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM cases_task t WHERE t.region_id = %(region)s AND t.kind = p.cause AND t.thing_kind = p.what
    AND t.thing = p.thing AND (t.closed_at IS NULL OR (t.closed_by_id IS NOT NULL AND t.closed_at > %(held)s)))
ORDER BY p.since, p.id LIMIT %(limit)s
"""


def causes(
    region: str,
    *,
    now: datetime,
    today: date,
    limit: int,
    whats: tuple[str, ...] = WHATS,
    narrow: bool = True,
    after: int = 0,
    last: int = _ALL,
) -> list[Row]:
    """What needs a person and has neither an open task nor an answer that still stands, oldest first. In the region.

    narrow   only what is not over; without it also ends that lack their proof (by portions of `portions`)
    """
    values = arguments(region, now, today, after=after, last=last) | {"limit": limit}
    return [Row(*row) for row in _ask(_WITHOUT_TASK, proof_sql(narrow=narrow, whats=whats), values)]


def causes_of(region: str, what: str, things: list[str], *, now: datetime, today: date) -> set[tuple[str, str]]:
    """(cause, thing) that hold now among `things`: a task whose cause is not there is over. Inside the region."""
    statement = "SELECT cause, thing FROM /*proof*/ WHERE cause IS NOT NULL AND thing = ANY(%(things)s)"
    return set(_ask(statement, proof_sql(whats=(what,)), arguments(region, now, today) | {"things": things}))


def key_of(region: str, what: str, thing: str) -> int | None:
    """The key of the thing at which a list goes on; None for one that is not there. Inside the region."""
    if what not in _TABLES:
        return None
    column = "message_no" if what == DELIVERY else "ref"
    with connection.cursor() as cursor:
        cursor.execute(_KEY.replace("/*table*/", _TABLES[what]).replace("/*column*/", column), [region, thing])
        found = cursor.fetchone()
    return int(found[0]) if found else None
