"""The day by which a filing of today is promised to be decided."""

from collections.abc import Sequence
from datetime import date

from cases.categories import limits
from cases.deadlines import LOOK_AHEAD, calendar_between
from cases.facts import facts_of
from cases.models import FailureRecord


def promised_day(records: Sequence[FailureRecord], today: date) -> date | None:
    """The latest of the records' days by the rules in force; None where the law names no day for one of them."""
    regions = {record.region_id for record in records}
    calendars = {region: calendar_between(today, today + LOOK_AHEAD, region) for region in regions}
    days = []
    for record in records:
        total = limits(facts_of(record), today).total_wd
        if total is None:
            return None
        days.append(calendars[record.region_id].add_working_days(today, total).day)
    return max(days, default=None)
