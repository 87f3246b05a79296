"""From rows to the law's facts: the one place that knows which column answers which question of `cases.law`."""

from datetime import date

from cases.categories import judge
from cases.law import RecordFacts, Verdict
from cases.models import FailureRecord


def facts_of(record: FailureRecord) -> RecordFacts:
    """The facts of a stored record. What the source left blank is None, and the law decides what a blank means."""
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
        subject_is_trader=record.subject.kind == "trader",
        ended_on=record.ended_on,
    )


def judge_record(record: FailureRecord, today: date) -> Verdict:
    """The Verdict on a stored record: the same function for search, calculator, wizard, API, reminder and review."""
    return judge(facts_of(record), today)
