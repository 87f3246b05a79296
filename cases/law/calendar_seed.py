"""Days to fill the calendar table with, year by year. The only reader of the chinesecalendar library.

Final years come from the library (State Council notices); later ones are weekends and the statutory holidays of
《全国年节及纪念日放假办法》(国务院令第795号, from 2025-01-01), marked provisional: their 调休 is not announced yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import chinese_calendar

FIRST_YEAR, LAST_FINAL_YEAR = 2004, 2026

# 春节 (初一), 清明, 端午, 中秋 as month-day; astronomical, so they do not wait for a notice.
_MOVING_FEASTS: Mapping[int, tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]] = {
    2027: ((2, 6), (4, 5), (6, 9), (9, 15)),
    2028: ((1, 26), (4, 4), (5, 28), (10, 3)),
    2029: ((2, 13), (4, 4), (6, 16), (9, 22)),
    2030: ((2, 3), (4, 5), (6, 5), (9, 12)),
    2031: ((1, 23), (4, 5), (6, 24), (10, 1)),
    2032: ((2, 11), (4, 4), (6, 12), (9, 19)),
    2033: ((1, 31), (4, 4), (6, 1), (9, 8)),
    2034: ((2, 19), (4, 5), (6, 20), (9, 27)),
    2035: ((2, 8), (4, 5), (6, 10), (9, 16)),
}


@dataclass(frozen=True, slots=True)
class SeedYear:
    """One year for the calendar table: every day of it, True where worked."""

    year: int
    days: Mapping[date, bool]
    provisional: bool
    source: str


def seed_days(year: int) -> SeedYear:
    """Every day of `year`, from 2004 on. Raises ValueError for an earlier year, which no notice covers."""
    if year < FIRST_YEAR:
        raise ValueError(f"no calendar before {FIRST_YEAR}")
    if year <= LAST_FINAL_YEAR:
        days = {day: chinese_calendar.is_workday(day) for day in _days_of(year)}
        return SeedYear(year, days, provisional=False, source="国务院办公厅关于部分节假日安排的通知")
    off = _statutory_days(year)
    days = {day: day.weekday() < 5 and day not in off for day in _days_of(year)}
    return SeedYear(year, days, provisional=True, source="周末与法定节日推算，待国务院办公厅通知")


def _days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year, 12, 31) - first).days + 1)]


def _statutory_days(year: int) -> frozenset[date]:
    fixed = {date(year, m, d) for m, d in ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))}
    feasts = _MOVING_FEASTS.get(year)
    if feasts is None:
        return frozenset(fixed)
    spring, *single = (date(year, m, d) for m, d in feasts)
    eve_to_third = {spring + timedelta(days=n) for n in range(-1, 3)}
    return frozenset(fixed | eve_to_third | set(single))
