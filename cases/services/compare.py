"""What two rule packs say of the same records and open cases: read in chunks, judged twice, counted alike."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from cases.deadlines import LOOK_AHEAD, calendar_between, events_of_many
from cases.facts import FACT_COLUMNS, asks_for_lists, facts_from, facts_of, listed_subjects
from cases.law import RecordFacts, RulePack, Verdict, clock, evaluate, limits_of
from cases.models import Case
from cases.services.eligibility import PACK_DIGITS
from cases.states import OPEN_STATES

SAMPLE: Final = 50
COUNTS: Final = (
    "records", "status_changed", "earlier", "later", "dates_changed", "becomes_now", "stops_being_now",
    "cases_open", "cases_changed", "cases_become_late", "cases_no_longer_late",
)  # fmt: skip
_LEADING: Final = ("id", "ref", "subject_id", "subject_name", "doc_no", "extra", "subject__kind", "seen")
_STORED: Final = ("eligibility", "eligible_on", "public_until")
_AT: Final = len(_LEADING)
_STORED_AT: Final = _AT + len(FACT_COLUMNS)
# A row without a pack is judged for the first time since it has a certain day: nothing has moved.
WRITE: Final = """
UPDATE cases_failurerecord r SET eligible_on = v.eligible_on, public_until = v.public_until, eligibility = v.eligibility,
  eligible_pack = %(pack)s, judge_again_on = v.again, certain_on = v.certain,
  certain_moved_on = CASE WHEN r.eligible_pack <> '' AND r.certain_on IS DISTINCT FROM v.certain THEN v.judged_on
    ELSE r.certain_moved_on END
FROM unnest(%(ids)s::bigint[], %(seen)s::text[], %(on)s::date[], %(until)s::date[], %(status)s::text[], %(again)s::date[],
  %(certain)s::date[], %(judged)s::date[]) AS v (id, seen, eligible_on, public_until, eligibility, again, certain, judged_on)
WHERE r.region_id = %(region)s AND r.id = v.id AND r.xmin::text = v.seen
  AND (r.eligible_on, r.public_until, r.eligibility, r.eligible_pack, r.judge_again_on, r.certain_on)
    IS DISTINCT FROM (v.eligible_on, v.public_until, v.eligibility, %(pack)s, v.again, v.certain)
"""


@dataclass(frozen=True, slots=True)
class Sides:
    """The two packs, the day on which records are judged by both, and the day on which clocks are read."""

    before: RulePack
    after: RulePack
    judged_on: date
    clock_on: date


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and dates of a record: what can change."""

    status: str
    earliest: date | None
    ends: date | None

    def as_json(self) -> dict[str, str | None]:
        return {
            "status": self.status,
            "earliest": self.earliest.isoformat() if self.earliest else None,
            "ends": self.ends.isoformat() if self.ends else None,
        }


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One record of a chunk, without its model. `seen` is the row's version in the database, `stored` what it says."""

    pk: int
    ref: str
    subject: str
    label: str
    seen: str
    facts: RecordFacts
    stored: Answer


@dataclass(frozen=True, slots=True)
class CaseDue:
    """An open case with its due day by either pack."""

    case: Case
    before: date | None
    after: date | None


def answer_of(verdict: Verdict) -> Answer:
    return Answer(verdict.status, verdict.earliest, verdict.publication_ends)


def read_records(region: str, records: QuerySet[Any, Any]) -> list[RecordLine]:
    """The records of a (bounded) query as facts; one further read for those of which the law asks about lists."""
    rows = records.annotate(seen=RawSQL('"cases_failurerecord"."xmin"::text', [])).values_list(
        *_LEADING, *FACT_COLUMNS, *_STORED
    )
    found = [(row, dict(zip(FACT_COLUMNS, row[_AT:_STORED_AT], strict=True))) for row in rows]
    asked = {row[2] for row, columns in found if asks_for_lists(columns["category"], columns["market"])}
    listed = listed_subjects(region, asked) if asked else frozenset()
    return [_line(row, columns, listed) for row, columns in found]


def _line(row: tuple[Any, ...], columns: dict[str, Any], listed: frozenset[str]) -> RecordLine:
    pk, ref, subject, name, doc_no, extra, kind, seen = row[:_AT]
    on_list = subject in listed if asks_for_lists(columns["category"], columns["market"]) else None
    facts = facts_from(columns, extra, trader=kind == "trader", listed_elsewhere=on_list)
    return RecordLine(pk, ref, subject, f"{name} {doc_no}".strip(), seen, facts, Answer(*row[_STORED_AT:]))


def judge_both(lines: Sequence[RecordLine], sides: Sides) -> Iterator[tuple[RecordLine, Answer, Verdict]]:
    """Each record with its answer before and its Verdict after, on the same day."""
    for line in lines:
        before = answer_of(evaluate(line.facts, sides.judged_on, sides.before))
        yield line, before, evaluate(line.facts, sides.judged_on, sides.after)


def write_verdicts(region: str, judged: Iterable[tuple[RecordLine, Verdict]], pack: RulePack) -> int:
    """Write dates, status and pack onto the records, in one statement; returns how many rows changed.

    A row changed since it was read is left alone: whoever changed it has judged it anew.
    """
    pairs = list(judged)
    if not pairs:
        return 0
    words: dict[str, Any] = {
        "region": region,
        "pack": pack.hash[:PACK_DIGITS],
        "ids": [line.pk for line, _ in pairs],
        "seen": [line.seen for line, _ in pairs],
        "on": [verdict.earliest for _, verdict in pairs],
        "until": [verdict.publication_ends for _, verdict in pairs],
        "status": [verdict.status for _, verdict in pairs],
        "again": [verdict.changes_on for _, verdict in pairs],
        "judged": [verdict.judged_on for _, verdict in pairs],
        "certain": [verdict.certain_from for _, verdict in pairs],
    }
    with connection.cursor() as cursor:
        cursor.execute(WRITE, words)
        return int(cursor.rowcount)


def read_cases(region: str, cases: QuerySet[Any, Any], sides: Sides) -> list[CaseDue]:
    """The open cases of a (bounded) query, each with its due day by both packs.

    Each clock is read on the day of the case's last event, as when its due day was stored: a day that passes moves
    nothing, also while a correction is with the applicant.
    """
    found = list(cases.filter(region_id=region, state__in=OPEN_STATES).select_related("application", "record__subject"))
    if not found:
        return []
    applied = {case.pk: timezone.localdate(case.submitted_at) for case in found}
    calendar = calendar_between(min(applied.values()), sides.clock_on + LOOK_AHEAD, region)
    events = events_of_many(found)
    dues = []
    for case in found:
        facts = facts_of(case.record, listed_subjects=())
        happened = [event for event in events[case.pk] if event.at <= sides.clock_on]
        as_of = happened[-1].at if happened else sides.clock_on
        before, after = (
            clock(happened, limits_of(pack, facts, applied[case.pk]), calendar, as_of).due
            for pack in (sides.before, sides.after)
        )
        dues.append(CaseDue(case, before, after))
    return dues


def count_record(counts: dict[str, int], before: Answer, after: Answer) -> bool:
    """Add one record to the counts; whether anything about it changes."""
    counts["records"] += 1
    if before == after:
        return False
    counts["status_changed"] += before.status != after.status
    counts["dates_changed"] += (before.earliest, before.ends) != (after.earliest, after.ends)
    if before.earliest and after.earliest:
        counts["earlier"] += after.earliest < before.earliest
        counts["later"] += after.earliest > before.earliest
    counts["becomes_now"] += after.status == "now" != before.status
    counts["stops_being_now"] += before.status == "now" != after.status
    return True


def count_case(counts: dict[str, int], before: date | None, due: CaseDue, today: date) -> bool:
    """Add one open case, due on `before` until now, to the counts; whether its due day changes."""
    counts["cases_open"] += 1
    if before == due.after:
        return False
    late_before = before is not None and before < today
    late_after = due.after is not None and due.after < today
    counts["cases_changed"] += 1
    counts["cases_become_late"] += late_after and not late_before
    counts["cases_no_longer_late"] += late_before and not late_after
    return True
