"""试运行: what the reminders of a day would be by what is stored now, as numbers; nothing is written."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection

from cases.models import Occasion, ReminderRun
from cases.services import remind, remind_sql
from creditrepair.tenancy.context import region_context

DAYS_AHEAD = 60


@dataclass(frozen=True, slots=True)
class Forecast:
    """Records by fate (`before`, `under_way`, `officer`, `due`), and firms with their records by occasion and
    whether a mobile number is known: (occasion, reached) → (firms, records)."""

    day: date
    since: date
    silent: bool
    fates: dict[str, int]
    firms: dict[tuple[str, bool], tuple[int, int]]

    def firms_of(self, occasion: str, *, reached: bool) -> int:
        return self.firms.get((occasion, reached), (0, 0))[0]

    @property
    def messages(self) -> int:
        return sum(self.firms_of(occasion, reached=True) for occasion in Occasion.values)

    @property
    def to_tell(self) -> int:
        return sum(self.firms_of(occasion, reached=False) for occasion in Occasion.values)


def forecast(region: str, day: date, *, today: date) -> Forecast:
    """What a run of `day` (today, or up to DAYS_AHEAD days ahead) would do. Call it inside the region or outside."""
    with region_context(region):
        reached = _reached(region, today) if day == today else day - timedelta(days=1)
        ahead = None if day == today else day + timedelta(days=remind.SOON_DAYS - 1)
        words = remind.question(region, day, reached, ahead)
        with connection.cursor() as cursor:
            cursor.execute(remind_sql.COUNT, words)
            fates = dict(cursor.fetchall())
            cursor.execute(remind_sql.OFFICER, words)
            fates["officer"] = cursor.fetchone()[0]
            cursor.execute(remind_sql.FORECAST, words)
            firms = {(occasion, reached_by): (n, records) for occasion, reached_by, n, records in cursor.fetchall()}
        return Forecast(day, words["since"], remind.provincial(region), fates, firms)


def _reached(region: str, today: date) -> date:
    last = ReminderRun.objects.filter(region_id=region, day__lt=today, cut_short=False).exclude(finished_at=None)
    found = last.order_by("-day").values_list("day", flat=True).first()
    return found or today - timedelta(days=1)
