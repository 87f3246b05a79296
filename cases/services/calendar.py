"""Seeding the working-day calendar; the State Council's notice of a year later replaces what was provisional."""

from collections.abc import Iterable

from cases.law.calendar_seed import seed_days
from cases.models import CalendarDay


def seed_calendar(years: Iterable[int]) -> int:
    """Write the days of `years` (from 2004) that are not stored yet; returns how many. Stored days are never touched."""
    seeds = [seed_days(year) for year in years]
    rows = [
        CalendarDay(day=day, works=works, provisional=seed.provisional)
        for seed in seeds
        for day, works in seed.days.items()
    ]
    before = CalendarDay.objects.count()
    CalendarDay.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    return CalendarDay.objects.count() - before
