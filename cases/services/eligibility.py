"""The stored answer of the Verdict on a record, so that lists and reminders need no arithmetic."""

from datetime import date
from typing import Any, Final

from cases.categories import judge
from cases.facts import facts_of, judge_record
from cases.law import Verdict
from cases.models import FailureRecord
from cases.overrides import overrides_of, set_keys

ELIGIBILITY: Final = (
    "eligible_on", "public_until", "eligibility", "eligible_pack", "judge_again_on", "certain_on", "certain_moved_on",
)  # fmt: skip
PACK_DIGITS: Final = 16


def refresh_eligibility(record: FailureRecord, today: date) -> None:
    """Write the present Verdict's dates onto `record` (not saved): call whenever its facts change."""
    write_eligibility(record, judge_record(record, today))


def write_eligibility(record: FailureRecord, verdict: Verdict) -> None:
    """Write this Verdict's dates onto `record` (not saved)."""
    if record.certain_on != verdict.certain_from:
        record.certain_on, record.certain_moved_on = verdict.certain_from, verdict.judged_on
    record.eligible_on, record.public_until = verdict.earliest, verdict.publication_ends
    record.eligibility, record.eligible_pack = verdict.status, verdict.pack_hash[:PACK_DIGITS]
    record.judge_again_on = verdict.changes_on


def becoming_eligible(region: str, day: date, *, after: int = 0, limit: int = 1000) -> list[tuple[int, str, str]]:
    """(key, reference, subject) of the published records whose first day of application is `day`, in order of key.

    after, limit   the key to go on from, and how many at most: for a reminder that works through a day in portions.
    An index range, whatever the number of records; call it inside the region.
    """
    rows = FailureRecord.objects.published().filter(region_id=region, eligible_on=day, id__gt=after).order_by("id")
    return list(rows.values_list("id", "ref", "subject_id")[:limit])


def judgement(record: FailureRecord, today: date, verdict: Verdict | None = None) -> dict[str, Any]:
    """The Verdict of `today` as a decision keeps it: its JSON, and beside it what it was made from.

    `facts` are the inputs, `overrides` the keys of the region's own rows: so that the decision can be made again.
    verdict   the Verdict already made from the same record on the same day, if there is one
    """
    facts, own = facts_of(record), overrides_of(record.region_id)
    made = verdict or judge(facts, today, own)
    return made.to_json() | {"facts": facts.to_json(), "overrides": set_keys(record.region_id, own)}
