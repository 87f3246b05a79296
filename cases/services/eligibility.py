"""The stored answer of the Verdict on a record: `eligible_on` and `public_until`, so that lists need no arithmetic."""

from datetime import date

from cases.facts import judge_record
from cases.models import FailureRecord


def refresh_eligibility(record: FailureRecord, today: date) -> None:
    """Write the present Verdict's dates onto `record` (not saved): call whenever its facts change."""
    verdict = judge_record(record, today)
    record.eligible_on = verdict.earliest
    record.public_until = verdict.publication_ends
