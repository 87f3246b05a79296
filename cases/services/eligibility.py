"""The stored answer of the Verdict on a record, so that lists and reminders need no arithmetic."""

from datetime import date
from typing import Final

from cases.facts import judge_record
from cases.law import Verdict
from cases.models import FailureRecord

ELIGIBILITY: Final = ("eligible_on", "public_until", "eligibility", "eligible_pack", "judge_again_on")
PACK_DIGITS: Final = 16


def refresh_eligibility(record: FailureRecord, today: date) -> None:
    """Write the present Verdict's dates onto `record` (not saved): call whenever its facts change."""
    write_eligibility(record, judge_record(record, today))


def write_eligibility(record: FailureRecord, verdict: Verdict) -> None:
    """Write this Verdict's dates onto `record` (not saved)."""
    record.eligible_on, record.public_until = verdict.earliest, verdict.publication_ends
    record.eligibility, record.eligible_pack = verdict.status, verdict.pack_hash[:PACK_DIGITS]
    record.judge_again_on = verdict.changes_on
