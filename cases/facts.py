"""From rows to the law's facts: the one place that knows which column answers which question of `cases.law`."""

from collections.abc import Collection
from datetime import date
from typing import Any

from cases.categories import judge, limits, list_categories, room
from cases.law import Limits, RecordFacts, Rule, Verdict
from cases.models import FailureRecord
from cases.overrides import overrides_of


def facts_of(record: FailureRecord, *, listed_subjects: Collection[str] | None = None) -> RecordFacts:
    """The facts of a stored record. What the source left blank is None, and the law decides what a blank means.

    listed_subjects   codes of subjects known to stand on a list, for many records at once; None asks the register
    """
    return RecordFacts(
        category=record.category,
        market=record.market,
        severity=record.severity,
        penalty_kinds=tuple(record.penalty_kinds),
        field=record.field or None,
        summary_procedure=record.summary_procedure,
        decided_on=record.decided_on,
        published_on=record.published_on,
        listed_on=record.listed_on,
        corrected_on=record.corrected_on,
        duties_done=record.duties_done,
        ground=record.ground or None,
        amount_fen=record.amount_fen,
        listed_elsewhere=_listed_elsewhere(record, listed_subjects),
        subject_is_trader=record.subject.kind == "trader",
        ended_on=record.ended_on,
        **_extra_facts(record),
    )


def _extra_facts(record: FailureRecord) -> dict[str, Any]:
    """What the room's own fields say and no column holds; dates are YYYY-MM-DD in `extra`, blanks are None."""
    found: dict[str, Any] = {}
    for field in room(record.category).extra_fields:
        if not field.fact or hasattr(record, field.fact):
            continue
        value = record.extra.get(field.name)
        if value in (None, ""):
            found[field.fact] = None
        else:
            found[field.fact] = date.fromisoformat(value) if field.kind == "date" else value
    return found


def _listed_elsewhere(record: FailureRecord, known: Collection[str] | None) -> bool | None:
    """Whether the subject stands on a list at the same time; asked only where a room has both fields (45令 art. 14)."""
    own = room(record.category)
    if own.market is not None or not record.market:
        return None
    if known is not None:
        return record.subject_id in known
    return (
        FailureRecord.objects.published()
        .filter(region_id=record.region_id, subject_id=record.subject_id, category__in=list_categories())
        .exists()
    )


def judge_record(record: FailureRecord, today: date, overrides: tuple[Rule, ...] | None = None) -> Verdict:
    """The Verdict on a stored record: the same function for search, calculator, wizard, API, reminder and review.

    overrides   the rows of the record's region (`overrides_of`), for many records at once; None reads them
    """
    rows = overrides_of(record.region_id) if overrides is None else overrides
    return judge(facts_of(record), today, rows)


def limits_for(record: FailureRecord, filed_on: date, overrides: tuple[Rule, ...] | None = None) -> Limits:
    """Working-day limits of a case on this record, by the rules in force on the day of the filing."""
    rows = overrides_of(record.region_id) if overrides is None else overrides
    return limits(facts_of(record), filed_on, rows)
