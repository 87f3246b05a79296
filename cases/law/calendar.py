"""Counting months and working days: 民法典 200–204 and the working-day rules of 行政处罚法 85, 行政复议法 88.

Pure arithmetic over a calendar that is passed in; where the worked days come from is not known here.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

_DAY = timedelta(days=1)


def add_months(start: date, months: int) -> date:
    """Last day of a period of `months` that starts with the event on `start` (the day of the event not counted).

    The day with the same number `months` later or, where that month has none, its last day; one step from the
    start, never chained. Raises OverflowError past the year 9999.

    source   民法典 第二百零一条、第二百零二条
    """
    index = start.year * 12 + start.month - 1 + months
    year, month = index // 12, index % 12 + 1
    if not 1 <= year <= 9999:
        raise OverflowError(f"{start} + {months} months is outside the calendar")
    day = start.day
    if day > 28:
        day = min(day, monthrange(year, month)[1])
    return date(year, month, day)


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day of a period in working days.

    day                 inclusive: the duty is done in time until 24:00 of it
    skipped             the days off that were passed over, for 「已跳过的休息日」
    provisional_years   years on the way, the day of the event with them, whose calendar is not final
    """

    day: date
    skipped: tuple[date, ...] = ()
    provisional_years: tuple[int, ...] = ()

    @property
    def provisional(self) -> bool:
        """Whether the day may still move when the State Council's notice comes out."""
        return bool(self.provisional_years)

    @property
    def provisional_text(self) -> str:
        """「2027年节假日安排尚未公布，此日期为暂定」, or "" for a day that is certain."""
        return provisional_text(self.provisional_years)


def provisional_text(years: Iterable[int]) -> str:
    """The sentence that stands beside every date counted across `years` without a final calendar; "" for none."""
    named = "、".join(f"{year}年" for year in sorted(set(years)))
    return f"{named}节假日安排尚未公布，此日期为暂定" if named else ""


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Which days are worked: explicit days first, weekends where a year is silent.

    days                True = worked (also 调休 Saturdays), False = off; a year with any entry counts as loaded
    provisional_years   loaded years whose State Council notice is not out yet
    """

    days: Mapping[date, bool] = field(default_factory=dict)
    provisional_years: frozenset[int] = frozenset()
    _loaded: frozenset[int] = field(init=False, repr=False, compare=False, default=frozenset())

    def __post_init__(self) -> None:
        object.__setattr__(self, "_loaded", frozenset(day.year for day in self.days))

    def is_workday(self, day: date) -> bool:
        """Whether `day` is worked; Monday to Friday where the calendar does not name it."""
        known = self.days.get(day)
        return day.weekday() < 5 if known is None else known

    def is_provisional(self, day: date) -> bool:
        """Whether the answer for `day` may still change: its year is not loaded, or loaded as provisional."""
        return day.year not in self._loaded or day.year in self.provisional_years

    def add_working_days(self, start: date, n: int) -> Deadline:
        """The n-th worked day after `start`; the day of the event is not counted, n = 0 is `start` itself.

        Stops at 9999-12-31 instead of failing. Raises ValueError for a negative n.
        """
        if n < 0:
            raise ValueError("working days are counted forward only")
        day, left, skipped = start, n, []
        while left and day < date.max:
            day += _DAY
            if self.is_workday(day):
                left -= 1
            else:
                skipped.append(day)
        return Deadline(day, tuple(skipped), self.provisional_between(start, day))

    def provisional_between(self, first: date, last: date) -> tuple[int, ...]:
        """The years from `first` to `last`, both with them, whose calendar is not final."""
        years = range(first.year, last.year + 1)
        return tuple(year for year in years if year not in self._loaded or year in self.provisional_years)

    def working_days_between(self, after: date, until: date) -> int:
        """Worked days later than `after`, up to and with `until`; negative, mirrored, when `until` is earlier."""
        if until < after:
            return -self.working_days_between(until, after)
        return sum(self.is_workday(after + timedelta(days=n)) for n in range(1, (until - after).days + 1))

    def roll_forward(self, last: date) -> Deadline:
        """Move the last day of a period off the days off, as 民法典 第二百零三条 does where somebody has to act."""
        if self.is_workday(last):
            return Deadline(last, (), self.provisional_between(last, last))
        following = self.add_working_days(last, 1)
        return Deadline(following.day, (last, *following.skipped), following.provisional_years)


@cache
def default_calendar() -> WorkCalendar:
    """The calendar of last resort: weekends only, every year provisional. Never reads a library or a table."""
    return WorkCalendar()
