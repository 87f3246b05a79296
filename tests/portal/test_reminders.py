"""提醒我 by SMS: a number proves itself, hears of one record, can be stopped, and is seen nowhere."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from cases.models import FailureRecord, ReminderWish, Subject, Task
from cases.services import wishes
from cases.services.sms_codes import A_DAY
from creditrepair.audit.models import Event
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import NotFound, WrongMoment
from sync.models import Delivery
from tests.routes_find import VISITOR, digits_of
from tests.world import FIRM_A, JINCHUAN, TODAY, YONGCHANG, at

PHONE, ADDRESS = "13800001234", "192.0.2.7"


@pytest.fixture
def awaited(world):
    """Repairable in a week of `TODAY`: general, decided so that three months end then."""
    day = TODAY + timedelta(days=6)
    return world.a_record(decided_on=day.replace(month=day.month - 3), published_on=day.replace(month=day.month - 3))


def wish_for(record, phone: str = PHONE, *, confirmed: bool = True) -> ReminderWish:
    wish = wishes.ask_reminder(VISITOR, record_ref=record.ref, phone=phone, address=ADDRESS, now=at())
    if confirmed:
        _, wish = wishes.confirm_reminder(VISITOR, ref=wish.ref, code=digits_of(wish.code), now=at())
    return wish


def test_after_stopping_nothing_comes_and_stopping_twice_is_one_stop(awaited):
    wish = wish_for(awaited)
    for _ in range(2):
        assert not wishes.stop_reminder(VISITOR, ref=wish.ref, now=at()).counts
    with region_context(YONGCHANG):
        assert Event.objects.filter(verb="reminder_stopped", thing=awaited.ref).count() == 1


def test_the_same_number_again_is_the_wish_it_has_already(awaited):
    first, second = wish_for(awaited), wish_for(awaited)
    assert second.pk == first.pk
    with region_context(YONGCHANG):
        assert wishes.wishes_for(awaited) == [first]


@pytest.mark.parametrize(("change", "refused"), [
    ({"status": "ended"}, NotFound), ({"status": "pending"}, NotFound), ({"decided_on": TODAY - timedelta(days=200)}, WrongMoment),
])  # fmt: skip
def test_only_a_published_record_with_a_day_ahead_is_waited_for(awaited, change, refused):
    with region_context(YONGCHANG):
        FailureRecord.objects.filter(pk=awaited.pk).update(**change)
    with pytest.raises(refused):
        wish_for(awaited, confirmed=False)


def test_a_record_of_a_person_or_of_the_next_region_is_none(world, awaited):
    theirs = world.a_record(region=JINCHUAN, decided_on=awaited.decided_on, published_on=awaited.published_on)
    with pytest.raises(NotFound):
        wish_for(theirs, confirmed=False)
    Subject.objects.filter(pk=FIRM_A).update(kind="person")
    with pytest.raises(NotFound):
        wish_for(awaited, confirmed=False)


# ── the pages ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_visitor_names_a_number_enters_the_code_and_stops_again(visitor, too_early):
    card = visitor.get("/search", {"q": FIRM_A}).content.decode()
    assert f"/remind/{too_early.ref}" in card
    sent = visitor.post(f"/remind/{too_early.ref}", {"phone": "+86 138 0000 1234"})
    page = visitor.get(sent["Location"]).content.decode()
    assert "138****1234" in page
    with region_context(YONGCHANG):
        wish = ReminderWish.objects.get(record=too_early)
    assert visitor.post(sent["Location"], {"code": "nothing"}).status_code == 422
    assert visitor.post(sent["Location"], {"code": digits_of(wish.code)}).status_code == 302
    assert "已登记短信提醒" in visitor.get(sent["Location"]).content.decode()
    assert visitor.post(sent["Location"], {"act": "stop"}).status_code == 302
    assert "已退订" in visitor.get(sent["Location"]).content.decode()


def test_a_number_stops_everything_it_waits_for(visitor, too_early):
    wish = wishes.ask_reminder(VISITOR, record_ref=too_early.ref, phone=PHONE, address=ADDRESS, now=timezone.now())
    wishes.confirm_reminder(VISITOR, ref=wish.ref, code=digits_of(wish.code), now=timezone.now())
    sent = visitor.post("/remind/stop", {"phone": PHONE})
    code = digits_of(sent["Location"].rsplit("/", 1)[1])
    assert visitor.post(sent["Location"], {"code": f"{(int(code) + 1) % 10**6:06d}"}).status_code == 422
    assert "1项到期提醒已全部停止" in visitor.post(sent["Location"], {"code": code}).content.decode()
    with region_context(YONGCHANG):
        assert not ReminderWish.objects.get(pk=wish.pk).counts


@pytest.mark.fault("B57")
def test_stopping_says_the_same_of_a_number_that_waits_for_nothing(visitor, world):
    sent = visitor.post("/remind/stop", {"phone": "13800009999"})
    assert sent.status_code == 302
    assert "验证码已发出" in visitor.get(sent["Location"]).content.decode()


@pytest.mark.fault("T27")
def test_the_number_stands_in_no_page_address_log_event_or_row(visitor, too_early, caplog):
    caplog.set_level(logging.DEBUG)
    sent = visitor.post(f"/remind/{too_early.ref}", {"phone": PHONE})
    pages = [sent, visitor.get(sent["Location"]), visitor.post(sent["Location"], {"code": "1"})]
    with region_context(YONGCHANG):
        wish = ReminderWish.objects.get(record=too_early)
        events = str(list(Event.objects.filter(region_id=YONGCHANG).values()))
        row = str(ReminderWish.objects.filter(pk=wish.pk).values().get())
    code = digits_of(wish.code)
    pages.append(visitor.post(sent["Location"], {"code": code}))
    seen = "".join(page.content.decode() + page.get("Location", "") for page in pages) + caplog.text + events + row
    assert PHONE not in seen
    assert code not in caplog.text
    assert wish.phone == PHONE


@pytest.mark.fault("B58")
def test_the_sixth_code_of_a_day_is_refused_with_words(visitor, too_early):
    for _ in range(A_DAY):
        assert visitor.post(f"/remind/{too_early.ref}", {"phone": PHONE}).status_code == 302
    answer = visitor.post(f"/remind/{too_early.ref}", {"phone": PHONE})
    assert answer.status_code == 429
    assert "该号码今天已收到5条验证码" in answer.content.decode()


@pytest.mark.fault("B16")
def test_a_landline_is_told_beside_the_field_and_nothing_is_kept(visitor, too_early):
    answer = visitor.post(f"/remind/{too_early.ref}", {"phone": "0935-7521234"})
    assert answer.status_code == 422
    assert answer.content.decode().count("座机收不到短信") == 2  # in the summary and at the field
    with region_context(YONGCHANG):
        assert not ReminderWish.objects.filter(record=too_early).exists()


def test_what_may_be_applied_for_today_needs_no_reminder(visitor, repairable):
    page = visitor.get(f"/remind/{repairable.ref}").content.decode()
    assert "现在就可以申请" in page
    assert 'name="phone"' not in page
    assert visitor.post(f"/remind/{repairable.ref}", {"phone": PHONE}).status_code == 409


def test_a_record_that_has_ended_has_no_page(visitor, too_early):
    assert visitor.get(f"/remind/{too_early.ref}").status_code == 200
    with region_context(YONGCHANG):
        FailureRecord.objects.filter(pk=too_early.pk).update(status="ended")
    assert visitor.get(f"/remind/{too_early.ref}").status_code == 404


def test_a_code_that_reaches_nobody_is_nobodys_errand(awaited):
    wish = wish_for(awaited, confirmed=False)
    from cases.services import watch
    from sync import sms

    with region_context(YONGCHANG):
        Delivery.objects.filter(thing=wish.code).update(state="parked", tries=1)
        watch.watch_region(YONGCHANG, now=sms.database_now(), whole=True)
        assert not Task.objects.filter(region_id=YONGCHANG, kind="unreachable").exists()
