"""归集及时率: by how many working days a record came later than the dated rule for its category allows.

The time is a rule row (`publish_days`, `collection_days`), the days are the region's calendar; neither stands here.
A late record never moves a legal date of its subject.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from cases.categories import pack_for
from cases.deadlines import calendar_between
from cases.law import RecordFacts, Rule
from cases.law.pack import RulePack
from cases.overrides import overrides_of

# What is published has been reported: where the law sets a day for publication, that day is the measure.
MATTERS: Final = ("publish_days", "collection_days")
OWN_VARIANT: Final = ""  # the other variants are steps between two regions
WORDS_IN_TIME: Final = "及时"
WORDS_NO_RULE: Final = "没有归集期限"


@dataclass(frozen=True, slots=True)
class ReportingTime:
    """The rules and worked days of one region up to `until`, read once and asked for many rows.

    Days after `until` are not known to it: a row received later needs another one.
    """

    pack: RulePack
    until: date
    _worked: tuple[date, ...] = ()
    _rules: dict[tuple[str, bool, date], Rule | None] = field(default_factory=dict, repr=False, compare=False)

    def rule(self, category: str, market: bool, event_on: date) -> Rule | None:
        """The row that was in force on the day of the decision or listing, with its certainty; None where none is."""
        key = (category, market, event_on)
        if key not in self._rules:
            self._rules[key] = _rule(self.pack, category, market, event_on)
        return self._rules[key]

    def late_by(
        self, category: str, market: bool, *, decided_on: date | None, listed_on: date | None, received_on: date
    ) -> int | None:
        """Working days past the last day allowed, 0 in time, None where no rule or no day says.

        The day of the decision is not counted (民法典 第二百零一条). Raises ValueError for a `received_on` after
        `until`.
        """
        if received_on > self.until:
            raise ValueError(f"the calendar was read until {self.until}, not {received_on}")
        event_on = decided_on or listed_on
        if event_on is None:
            return None
        rule = self.rule(category, market, event_on)
        if rule is None or not isinstance(rule.value, int):
            return None
        used = bisect_right(self._worked, received_on) - bisect_right(self._worked, event_on)
        return max(0, used - rule.value)


def reporting_time(region: str, until: date) -> ReportingTime:
    """The measure of a region (GB/T 2260 code) for rows received up to `until`, read once for any number of rows."""
    pack = pack_for(overrides_of(region))
    first = _first_day(pack)
    days = calendar_between(first, until, region)
    worked = tuple(day for n in range((until - first).days + 1) if days.is_workday(day := first + timedelta(days=n)))
    return ReportingTime(pack, until, worked)


def late_by(
    category: str, market: bool, *, decided_on: date | None, listed_on: date | None, received_on: date, region: str
) -> int | None:
    """As `ReportingTime.late_by`, for a single row."""
    measure = reporting_time(region, received_on)
    return measure.late_by(category, market, decided_on=decided_on, listed_on=listed_on, received_on=received_on)


def timeliness_text(late: int | None) -> str:
    """「及时」, 「迟报3个工作日」 or 「没有归集期限」."""
    if late is None:
        return WORDS_NO_RULE
    return f"迟报{late}个工作日" if late else WORDS_IN_TIME


def rules_in_force(region: str, on: date, markets: Mapping[str, bool]) -> dict[str, Rule]:
    """The row of each category on a day, for a page's footnotes; categories without a row are absent.

    markets   category → whether the department's records are of the market field
    """
    pack = pack_for(overrides_of(region))
    found = {category: _rule(pack, category, market, on) for category, market in markets.items()}
    return {category: rule for category, rule in found.items() if rule is not None}


def _rule(pack: RulePack, category: str, market: bool, event_on: date) -> Rule | None:
    facts = RecordFacts(category, market=market)
    for governs in MATTERS:
        for rule in pack.select(governs, facts, event_on, market=market, severity=facts.severity):
            if rule.variant == OWN_VARIANT and rule.unit == "WD" and isinstance(rule.value, int):
                return rule
    return None


@lru_cache(maxsize=64)
def _first_day(pack: RulePack) -> date:
    """No row says anything of a decision before this day, so no day before it is ever counted."""
    return min(rule.in_force_from for rule in pack.rules if rule.governs in MATTERS)
