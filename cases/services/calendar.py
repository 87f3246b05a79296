"""The working-day calendar: seeding, and the State Council's yearly notice that replaces what was provisional."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from cases.deadlines import calendar_between
from cases.law.calendar_seed import seed_days
from cases.law.notice import HolidayNotice, UnreadableNotice, read_notice
from cases.models import CalendarDay, RegionDay
from cases.services.calendar_preview import Preview, changes_of, own_rows, preview_of, year_of
from cases.services.deadlines import recompute_or_queue
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor, system_actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid, NotAllowed
from creditrepair.tenancy.models import Region, Role
from creditrepair.tenancy.remembered import forget

SOURCE_LENGTH: Final = 200


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was done: days marked otherwise than before; open cases moved, None where a worker does it."""

    year: int
    changed_days: int
    moved_cases: int | None


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


def preview_notice(actor: Actor, *, text: str, now: datetime) -> Preview:
    """What `load_notice` would do in the actor's region. Raises NotAllowed, Invalid as it does."""
    _require_administrator(actor)
    return preview_of(actor.region, _read(text), timezone.localdate(now), nationally=False)


@transaction.atomic
def load_notice(actor: Actor, *, text: str, source: str, now: datetime) -> Loaded:
    """Enter the arrangement of a year for the actor's region; its days outrank the national calendar from now on.

    The year is final for the region. Due days of open cases are recomputed: up to 500 cases in this transaction,
    more by a worker.

    source   name and number of the paper, e.g. 国办发明电〔2025〕7号
    Raises NotAllowed (not the region's administrator), Invalid (`text`: cannot be read, each fault with its line, or
    says what is stored already; `source`: none).
    """
    _require_administrator(actor)
    source = _require_source(source)
    notice = _read(text)
    with region_context(actor.region):
        changes = changes_of(actor.region, notice)
        if not changes and year_of(actor.region, notice.year).own:
            raise Invalid(fields={"text": f"与已录入的{notice.year}年安排相同，无需再次录入。"})
        _append(actor, notice.days(), source=source, now=now)
        reason = f"录入{notice.year}年节假日安排（{source}）"
        moved = recompute_or_queue(actor.region, reason=reason, now=now, by=actor.user_id)
        record_event(
            actor, "calendar_loaded", kind="calendar", thing=str(notice.year), at=now,
            data={"source": source, "changed_days": len(changes), "moved_cases": moved, "off": _spoken(notice.off),
                  "worked": _spoken(notice.worked)},
        )  # fmt: skip
    return Loaded(notice.year, len(changes), moved)


@transaction.atomic
def withdraw_notice(actor: Actor, *, year: int, reason: str, now: datetime) -> Loaded:
    """Give the days that the region has entered for `year` back to the national calendar, with a reason.

    Days of the December before that the same notice named go back to what the region had entered for them earlier.
    Raises NotAllowed, Invalid (`year`: the region has entered nothing for it; `reason`: none).
    """
    _require_administrator(actor)
    if not reason.strip():
        raise Invalid(fields={"reason": "请填写撤回理由。"})
    with region_context(actor.region):
        latest = own_rows(actor.region, date(year - 1, 12, 1), date(year, 12, 31))
        own = [row for row in latest.values() if row.day.year == year]
        if not own:
            raise Invalid(fields={"year": f"本行政区没有录入{year}年的节假日安排。"})
        together = {row.set_at for row in own}
        before = [row for row in latest.values() if row.day.year != year and row.set_at in together]
        known = calendar_between(date(year - 1, 12, 1), date(year, 12, 31), actor.region)
        earlier = _earlier(actor.region, before)
        forget()
        RegionDay.objects.bulk_create(
            RegionDay(
                region_id=actor.region,
                day=row.day,
                works=earlier[row.day].works if row.day in earlier else row.works,
                withdrawn=row.day not in earlier,
                source=f"撤回：{reason.strip()}"[:SOURCE_LENGTH],
                set_by_id=actor.person_id,
                set_at=now,
            )
            for row in (*own, *before)
        )
        after = calendar_between(date(year - 1, 12, 1), date(year, 12, 31), actor.region)
        changed = sum(known.is_workday(row.day) != after.is_workday(row.day) for row in (*own, *before))
        moved = recompute_or_queue(
            actor.region, reason=f"撤回{year}年节假日安排：{reason.strip()}", now=now, by=actor.user_id
        )
        record_event(
            actor, "calendar_withdrawn", kind="calendar", thing=str(year), at=now,
            data={"reason": reason.strip(), "changed_days": changed, "moved_cases": moved},
        )  # fmt: skip
    return Loaded(year, changed, moved)


def preview_national(text: str, *, now: datetime) -> dict[str, Preview]:
    """By region, what `load_national` would do. Raises Invalid for a text that cannot be read."""
    notice = _read(text)
    today = timezone.localdate(now)
    return {region: preview_of(region, notice, today, nationally=True) for region in _regions()}


@transaction.atomic
def load_national(text: str, *, source: str, now: datetime) -> dict[str, int | None]:
    """Enter a notice into the national calendar, by the operator; returns the moved open cases of each region.

    Raises Invalid (`text`, `source`).
    """
    source = _require_source(source)
    notice = _read(text)
    forget()
    CalendarDay.objects.bulk_create(
        (CalendarDay(day=day, works=works, provisional=False) for day, works in notice.days().items()),
        update_conflicts=True,
        unique_fields=["day"],
        update_fields=["works", "provisional"],
    )
    moved: dict[str, int | None] = {}
    for region in _regions():
        with region_context(region):
            reason = f"录入{notice.year}年节假日安排（{source}）"
            moved[region] = recompute_or_queue(region, reason=reason, now=now)
            record_event(
                system_actor(region), "calendar_loaded", kind="calendar", thing=str(notice.year), at=now,
                data={"source": source, "national": True, "moved_cases": moved[region], "off": _spoken(notice.off),
                      "worked": _spoken(notice.worked)},
            )  # fmt: skip
    return moved


def _require_administrator(actor: Actor) -> None:
    if not actor.has(Role.REGION_ADMIN):
        raise NotAllowed("工作日历由参数管理员录入。")


def _require_source(source: str) -> str:
    source = source.strip()
    if not source or len(source) > SOURCE_LENGTH:
        raise Invalid(fields={"source": f"请填写通知的名称和文号（不超过{SOURCE_LENGTH}字）。"})
    return source


def _read(text: str) -> HolidayNotice:
    try:
        return read_notice(text)
    except UnreadableNotice as unread:
        raise Invalid(fields={"text": str(unread)}) from None


def _regions() -> list[str]:
    return list(Region.objects.order_by("code").values_list("code", flat=True))


def _append(actor: Actor, days: Mapping[date, bool], *, source: str, now: datetime) -> None:
    forget()
    RegionDay.objects.bulk_create(
        RegionDay(
            region_id=actor.region, day=day, works=works, source=source, set_by_id=actor.person_id, set_at=now
        )
        for day, works in days.items()
    )  # fmt: skip


def _earlier(region: str, rows: Iterable[RegionDay]) -> dict[date, RegionDay]:
    """What stood in the region before each of these rows, where something did and was not withdrawn."""
    found = {}
    for row in rows:
        older = RegionDay.objects.filter(region_id=region, day=row.day, id__lt=row.pk).order_by("-id").first()
        if older is not None and not older.withdrawn:
            found[row.day] = older
    return found


def _spoken(days: Iterable[date]) -> list[str]:
    return [day.isoformat() for day in days]
