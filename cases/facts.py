"""From rows to the law's facts: the one place that knows which column answers which question of `cases.law`."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, Final

from cases.categories import judge, limits, list_categories, room
from cases.law import Limits, RecordFacts, Rule, Verdict
from cases.models import FailureRecord
from cases.overrides import overrides_of
from creditrepair.tenancy.remembered import remembered

FACT_COLUMNS: Final = (
    "category", "market", "severity", "penalty_kinds", "field", "summary_procedure", "decided_on", "published_on",
    "listed_on", "corrected_on", "duties_done", "ground", "amount_fen", "ended_on",
)  # fmt: skip
_HELD_BY_COLUMNS: Final = frozenset(FACT_COLUMNS)


def facts_of(record: FailureRecord, *, listed_subjects: Collection[str] | None = None) -> RecordFacts:
    """The facts of a stored record. What the source left blank is None, and the law decides what a blank means.

    listed_subjects   codes of subjects known to stand on a list, for many records at once; None asks the register
    """
    columns = {name: getattr(record, name) for name in FACT_COLUMNS}
    listed = _listed_elsewhere(record, listed_subjects)
    return facts_from(columns, record.extra, trader=record.subject.kind == "trader", listed_elsewhere=listed)


def facts_from(
    columns: Mapping[str, Any], extra: Mapping[str, Any], *, trader: bool, listed_elsewhere: bool | None
) -> RecordFacts:
    """The facts from a row's FACT_COLUMNS by name and its `extra`, for many records at once without their models."""
    known = {**columns, "penalty_kinds": tuple(columns["penalty_kinds"])}
    known["field"], known["ground"] = columns["field"] or None, columns["ground"] or None
    return RecordFacts(
        **known,
        **_extra_facts(columns["category"], extra),
        subject_is_trader=trader,
        listed_elsewhere=listed_elsewhere,
    )


def _extra_facts(category: str, extra: Mapping[str, Any]) -> dict[str, Any]:
    """What the room's own fields say and no column holds; dates are YYYY-MM-DD in `extra`, blanks are None."""
    found: dict[str, Any] = {}
    for field in room(category).extra_fields:
        if not field.fact or field.fact in _HELD_BY_COLUMNS:
            continue
        value = extra.get(field.name)
        found[field.fact] = _day(value) if field.kind == "date" else None if value == "" else value
    return found


def _day(value: object) -> date | None:
    """A date as `extra` holds it; what is no date says nothing, and the law decides what that means."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _listed_elsewhere(record: FailureRecord, known: Collection[str] | None) -> bool | None:
    """Whether the subject stands on a list at the same time; asked only where a room has both fields (45令 art. 14)."""
    if not asks_for_lists(record.category, record.market):
        return None
    if known is not None:
        return record.subject_id in known
    listed = FailureRecord.objects.published().filter(
        region_id=record.region_id, subject_id=record.subject_id, category__in=list_categories()
    )
    return remembered(("listed", record.region_id, record.subject_id), listed.exists)


def asks_for_lists(category: str, market: bool | None) -> bool:
    """Whether the law asks of such a record if its subject stands on a list."""
    return room(category).market is None and bool(market)


def listed_subjects(region: str, subjects: Collection[str]) -> frozenset[str]:
    """Which of these subjects stand on a list of the region now, in one read."""
    return frozenset(
        FailureRecord.objects.published()
        .filter(region_id=region, subject_id__in=subjects, category__in=list_categories())
        .values_list("subject_id", flat=True)
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
