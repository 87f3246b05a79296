"""What the calendar says of a year, and what a notice would change: the days, and the due days of open cases."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from cases.deadlines import calendar_between
from cases.law import WorkCalendar
from cases.law.notice import HolidayNotice
from cases.models import CalendarDay, RegionDay
from cases.services.deadlines import moves_of, span_of
from creditrepair.tenancy.context import region_context

MOVES_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class DayChange:
    """A day that a notice marks otherwise than the calendar does now; `holiday` "" for a plain weekday or weekend."""

    day: date
    works: bool
    holiday: str

    @property
    def text(self) -> str:
        return f"{'上班' if self.works else '放假'}{f'（{self.holiday}）' if self.holiday else ''}"


@dataclass(frozen=True, slots=True)
class MovedDay:
    """An open case whose due day moves: its reference, its unit, both days, whether it is late after the change."""

    ref: str
    department: str
    before: date | None
    after: date | None
    late: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What loading a notice would do: to the days of its year, and to the due days of open cases in one region.

    was_final   the year stands as final already, and this notice would correct it
    moved, late, no_longer_late   numbers of open cases; `shown` the first `MOVES_SHOWN` of the moved
    """

    notice: HolidayNotice
    was_final: bool
    changes: tuple[DayChange, ...]
    moved: int
    late: int
    no_longer_late: int
    shown: tuple[MovedDay, ...]

    @property
    def changes_nothing(self) -> bool:
        return self.was_final and not self.changes


@dataclass(frozen=True, slots=True)
class YearShown:
    """One year of a region's calendar, for the page: `own` True where the region itself has loaded a notice."""

    year: int
    final: bool
    own: bool
    source: str
    worked_days: int

    @property
    def text(self) -> str:
        """The state of the year in words."""
        if self.final:
            return "本行政区已录入国务院办公厅通知" if self.own else "已录入国务院办公厅通知"
        return f"{self.year}年节假日安排尚未录入，跨入该年的日期均为暂定"


def calendar_years(region: str, today: date) -> list[YearShown]:
    """Last year, this one and the next two, as they hold in `region`."""
    return [year_of(region, year) for year in range(today.year - 1, today.year + 3)]


def changes_of(region: str, notice: HolidayNotice, *, nationally: bool = False) -> tuple[DayChange, ...]:
    """The days of the notice that the calendar of the region, or the national one, marks otherwise."""
    days = notice.days()
    if nationally:
        stored = dict(CalendarDay.objects.filter(day__in=days).values_list("day", "works"))
        now_worked = WorkCalendar(stored)
    else:
        now_worked = calendar_between(min(days), max(days), region)
    names = {day: holiday.name for holiday in notice.holidays for day in (*holiday.off, *holiday.worked)}
    return tuple(
        DayChange(day, works, names.get(day, ""))
        for day, works in sorted(days.items())
        if now_worked.is_workday(day) != works
    )


def preview_of(region: str, notice: HolidayNotice, today: date, *, nationally: bool) -> Preview:
    days = notice.days()
    span = span_of(region, today)
    if nationally:
        calendar = calendar_between(*span, region, tried_nationally=days)
        loaded = CalendarDay.objects.filter(day__year=notice.year)
        was_final = loaded.exists() and not loaded.filter(provisional=True).exists()
    else:
        calendar = calendar_between(*span, region, tried_here=days)
        was_final = year_of(region, notice.year).own
    moved = late = no_longer_late = 0
    shown: list[MovedDay] = []
    for moves in moves_of(region, calendar, today=today):
        for move in moves:
            late_before = move.before is not None and move.before < today
            late_after = move.after is not None and move.after < today
            moved += 1
            late += late_after and not late_before
            no_longer_late += late_before and not late_after
            if len(shown) < MOVES_SHOWN:
                shown.append(MovedDay(move.ref, move.department, move.before, move.after, late_after))
    return Preview(
        notice, was_final, changes_of(region, notice, nationally=nationally), moved, late, no_longer_late, tuple(shown)
    )


def own_rows(region: str, first: date, last: date) -> dict[date, RegionDay]:
    """The region's own rows in force, by day."""
    rows = RegionDay.objects.filter(region_id=region, day__range=(first, last)).order_by("day", "-id").distinct("day")
    return {row.day: row for row in rows if not row.withdrawn}


def year_of(region: str, year: int) -> YearShown:
    first, last = date(year, 1, 1), date(year, 12, 31)
    calendar = calendar_between(first, last, region)
    with region_context(region):
        own = own_rows(region, first, last)
    whole = (last - first).days + 1
    worked = sum(calendar.is_workday(first + timedelta(days=n)) for n in range(whole))
    newest = max(own.values(), key=lambda row: row.pk) if len(own) == whole else None
    return YearShown(
        year, not calendar.is_provisional(first), newest is not None, newest.source if newest else "", worked
    )
