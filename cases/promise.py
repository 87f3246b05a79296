"""The day by which a filing is promised to be decided, counted in the working days of each record's own region."""

from collections.abc import Sequence
from datetime import date

from cases.categories import limits
from cases.deadlines import LOOK_AHEAD, calendar_between
from cases.facts import facts_of
from cases.law import Deadline, RecordFacts, Rule
from cases.models import FailureRecord
from cases.overrides import overrides_of


def promised_day(records: Sequence[FailureRecord], today: date) -> Deadline | None:
    """The latest of the records' days by the rules in force; None where the law names no day for one of them."""
    regions = {record.region_id for record in records}
    overrides = {region: overrides_of(region) for region in regions}
    days = [promise_of(facts_of(one), one.region_id, overrides[one.region_id], today) for one in records]
    known = [day for day in days if day is not None]
    return max(known, key=lambda day: day.day) if known and len(known) == len(days) else None


def promise_of(facts: RecordFacts, region: str, overrides: tuple[Rule, ...], filed_on: date) -> Deadline | None:
    """The last day for a record of these facts filed on a day; None where the rules name no total.

    Its `provisional_text` says which year's holidays are not yet known.
    """
    total = limits(facts, filed_on, overrides).total_wd
    if total is None:
        return None
    return calendar_between(filed_on, filed_on + LOOK_AHEAD, region).add_working_days(filed_on, total)
