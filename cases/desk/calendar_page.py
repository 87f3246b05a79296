"""A year of the working-day calendar as twelve small tables: worked and off, what is provisional, and who said so."""

from calendar import Calendar
from dataclasses import dataclass
from datetime import date
from typing import Final

from cases.deadlines import calendar_between
from cases.law import WorkCalendar
from cases.models import RegionDay
from cases.services.calendar_preview import YearShown, calendar_years, own_rows
from creditrepair.tenancy.errors import NotFound

WEEKDAYS: Final = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class DayShown:
    """One day: `mark` 休 for a weekday off, 班 for a weekend day worked, "" where the weekday says it all."""

    day: date
    works: bool
    own: bool
    today: bool

    @property
    def mark(self) -> str:
        weekend = self.day.weekday() >= 5
        return "班" if self.works and weekend else "休" if not self.works and not weekend else ""

    @property
    def word(self) -> str:
        """For those who listen: what kind of day it is."""
        return {"班": "调休上班", "休": "放假"}.get(self.mark, "工作日" if self.works else "休息日")


@dataclass(frozen=True, slots=True)
class MonthShown:
    """One month: weeks of seven, None before its first and after its last day; how many days are worked."""

    number: int
    weeks: list[list[DayShown | None]]
    worked: int


@dataclass(frozen=True, slots=True)
class YearPage:
    """Everything the page says of a year."""

    state: YearShown
    months: list[MonthShown]
    years: list[YearShown]
    sources: list[RegionDay]


def year_page(region: str, year: int, today: date) -> YearPage:
    """Raises NotFound for a year that is not on offer (last year, this one, the next two)."""
    years = calendar_years(region, today)
    state = next((one for one in years if one.year == year), None)
    if state is None:
        raise NotFound
    first, last = date(year, 1, 1), date(year, 12, 31)
    calendar = calendar_between(first, last, region)
    own = own_rows(region, first, last)
    months = [_month(calendar, year, number, set(own), today) for number in range(1, 13)]
    return YearPage(state, months, years, _sources(region, own))


def _month(calendar: WorkCalendar, year: int, number: int, own: set[date], today: date) -> MonthShown:
    weeks = [
        [
            DayShown(day, calendar.is_workday(day), day in own, day == today) if day.month == number else None
            for day in week
        ]
        for week in Calendar().monthdatescalendar(year, number)
    ]
    return MonthShown(number, weeks, sum(day.works for week in weeks for day in week if day))


def _sources(region: str, own: dict[date, RegionDay]) -> list[RegionDay]:
    """One row for each paper the region's days of this year come from, newest first, with who entered it."""
    newest = {row.source: row.pk for row in sorted(own.values(), key=lambda row: row.pk)}
    rows = RegionDay.objects.filter(region_id=region, pk__in=newest.values()).select_related("set_by")
    return list(rows.order_by("-pk"))
