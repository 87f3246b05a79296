"""Records that may be applied for on a day of one's choice, and the day's run at an hour of one's choice."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from cases.models import Application, FailureRecord, Reminder, ReminderLine, ReminderRun, Subject
from cases.services import remind
from creditrepair.tenancy.context import region_context
from sync import sms
from sync.models import Delivery
from tests.world import FIRM_B, YONGCHANG, World, at, firm_code

MOBILE, LANDLINE = "13800000021", "0935-7521234"


def three_months_before(day: date) -> date:
    """The day of a general penalty whose first day of application is `day` (not after the 28th of a month)."""
    last = day - timedelta(days=1)
    month = last.month - 3
    return last.replace(year=last.year - (month < 1), month=month + 12 * (month < 1))


def becoming(world: World, day: date, firm: str = FIRM_B, unit: str = "wlj", **facts: Any) -> FailureRecord:
    """A published record outside the market field, first to be applied for on `day`."""
    decided = three_months_before(day)
    record = world.a_record(firm, unit, **{"decided_on": decided, "published_on": decided} | facts)
    if not facts:
        assert record.certain_on == day
    return record


def a_firm(serial: int, phone: str = MOBILE) -> str:
    """A firm with a number, known from a filing of long ago (without records, so that nothing else is about it)."""
    code = firm_code(serial)
    Subject.objects.create(code=code, name=f"永昌县示例{serial}有限公司", folded_name=f"示例{serial}")
    if phone:
        give_number(code, phone)
    return code


def give_number(code: str, phone: str, when: date = date(2026, 1, 5)) -> None:
    with region_context(YONGCHANG):
        number = Application.objects.count()
        Application.objects.create(
            region_id=YONGCHANG, filing_no=f"X{number}", form_token=f"phone-{number}", query_code_hash=f"phone-{number}",
            subject_id=code, channel="platform", agent_name="赵申", agent_phone=phone, commitment="", committed_by="赵申",
            committed_at=at(when), submitted_at=at(when),
        )  # fmt: skip


def run_on(monkeypatch: pytest.MonkeyPatch, day: date, hour: int = 8, *, leaves: bool = True) -> ReminderRun:
    """The whole run of a day, as a worker does it; short messages are planned by the same clock.

    leaves   what is due on the day is handed to the gateway afterwards
    """
    now = at(day, hour)
    monkeypatch.setattr(sms, "database_now", lambda: now)
    run = remind.start(YONGCHANG, now=now)
    assert run is not None
    while not remind.advance(YONGCHANG, run.ref, seconds=5, now=now):
        pass
    with region_context(YONGCHANG):
        if leaves:
            Delivery.objects.filter(key__startswith="T01", state="queued", due_at__lt=at(day, 21)).update(
                state="sent", tries=1
            )
        return ReminderRun.objects.get(pk=run.pk)


def told() -> list[tuple[str, date, str, date, int]]:
    """(firm, on which day, occasion, first day, number of records) of each reminder, in order."""
    with region_context(YONGCHANG):
        rows = Reminder.objects.filter(region_id=YONGCHANG).order_by("id")
        return [(r.subject_id, timezone.localdate(r.at), r.occasion, r.first_on, r.count) for r in rows]


def messages() -> list[dict[str, Any]]:
    """The bodies of the reminders that are to leave, in order."""
    with region_context(YONGCHANG):
        rows = Delivery.objects.filter(region_id=YONGCHANG, key__startswith="T01", done_at=None).order_by("id")
        return [json.loads(bytes(row.body)) for row in rows]


def listed() -> list[Reminder]:
    with region_context(YONGCHANG):
        return list(Reminder.objects.filter(region_id=YONGCHANG, settled_at=None).order_by("id"))


def lines() -> int:
    with region_context(YONGCHANG):
        return ReminderLine.objects.filter(region_id=YONGCHANG).count()
