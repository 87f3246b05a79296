"""What nobody needs any more is deleted a day after its days are over, and nothing else with it."""

import logging
from datetime import timedelta

import pytest

from cases.management.commands.sweep import Command
from cases.models import Draft, ReminderWish, SmsCode, UploadTicket
from cases.services import forget
from cases.services.forget import forget_old
from creditrepair.audit.models import Event
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import SignIn, User
from tests.world import JINCHUAN, TODAY, YONGCHANG, at

DAYS = {"code": 30, "ticket": 30, "wish": 30, "sign_in": 184}


def a_row(world, kind: str, days: int, region: str = YONGCHANG):
    """One row whose own day was so many days ago, late in the evening: only days count."""
    moment = at(TODAY - timedelta(days=days), 23)
    user = User.objects.get(pk=world.actors["zhao"].user_id)
    if kind == "sign_in":
        return SignIn.objects.create(user=user, at=moment, way=SignIn.Way.PHONE)
    with region_context(region):
        if kind == "code":
            return SmsCode.objects.create(region_id=region, purpose=SmsCode.Purpose.STOP, sent_at=moment)
        if kind == "ticket":
            draft = Draft.objects.create(
                region_id=region, user=user, subject_id=world.actors["zhao"].subject, saved_at=moment
            )
            return UploadTicket.objects.create(
                region_id=region, draft=draft, user=user, opened_at=moment, expires_at=moment
            )
        record = world.a_record(region=region)
        return ReminderWish.objects.create(region_id=region, record=record, asked_at=moment)


def is_there(row, region: str = YONGCHANG) -> bool:
    with region_context(region):
        return type(row).objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("kind", DAYS)
@pytest.mark.parametrize(("more", "stays"), [(-1, True), (0, True), (1, False)])
def test_a_row_is_kept_for_its_days_and_gone_the_day_after(world, kind, more, stays):
    row = a_row(world, kind, DAYS[kind] + more)
    assert forget_old(seconds=5, now=at(hour=0)) is True
    assert is_there(row) is stays


def test_what_was_confirmed_stays_and_used_codes_go(world):
    wish, used = a_row(world, "wish", 400), a_row(world, "code", 31)
    with region_context(YONGCHANG):
        ReminderWish.objects.filter(pk=wish.pk).update(confirmed_at=wish.asked_at)
        SmsCode.objects.filter(pk=used.pk).update(used_at=used.sent_at)
    forget_old(seconds=5, now=at())
    assert is_there(wish)
    assert not is_there(used)


def test_every_region_is_served_and_events_stay_and_the_log_counts(world, caplog):
    world.a_case()
    rows = [(a_row(world, kind, 31, region), region) for kind in ("code", "wish") for region in (YONGCHANG, JINCHUAN)]
    events = events_of()
    with caplog.at_level(logging.INFO, "cases.services.forget"):
        forget_old(seconds=5, now=at())
    assert not any(is_there(row, region) for row, region in rows)
    assert events_of() == events > 0
    assert f"forgotten in {YONGCHANG}: 1 codes" in caplog.messages
    assert f"forgotten in {JINCHUAN}: 1 unconfirmed wishes" in caplog.messages


def events_of() -> int:
    with region_context(YONGCHANG):
        return Event.objects.filter(region_id=YONGCHANG).count()


def test_without_time_one_portion_goes_and_the_rest_is_told(world, monkeypatch):
    monkeypatch.setattr(forget, "PORTION", 2)
    rows = [a_row(world, "code", 40) for _ in range(3)]
    assert forget_old(seconds=-1, now=at()) is False
    assert [is_there(row) for row in rows] == [False, False, True]
    assert forget_old(seconds=-1, now=at()) is True
    assert not is_there(rows[2])


@pytest.mark.parametrize(("days", "stays"), [(183, True), (184, False)])
def test_a_setting_below_six_months_deletes_no_sign_in(world, settings, caplog, days, stays):
    settings.KEEP_SIGN_IN_DAYS = days
    row = a_row(world, "sign_in", 185)
    assert forget_old(seconds=5, now=at()) is True
    assert is_there(row) is stays
    assert ("sign-ins are kept: KEEP_SIGN_IN_DAYS is less than 184" in caplog.messages) is stays


def test_the_sweeper_forgets_once_a_day_and_goes_on_while_something_is_left(monkeypatch):
    answers = [False, True]
    monkeypatch.setattr(forget, "forget_old", lambda **_: answers.pop(0))
    sweeper = Command()
    for left in ([True], [], []):
        sweeper._forget()
        assert answers == left
