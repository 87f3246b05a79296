"""提醒我 by SMS: a visitor names a number for one record; it counts once its code was right, until it is stopped.

The number proves nothing but itself: a wish reads and changes nothing of the firm, and takes nobody else's reminder away.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from cases.facts import judge_record
from cases.models import FailureRecord, ReminderWish, SmsCode
from cases.models.wish import PURPOSE
from cases.services import remind_wishes
from cases.services.sms_codes import Checked, check_code, mobile_of, send_code
from creditrepair.audit.chain import Line, record_all
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import NotFound, WrongMoment
from creditrepair.tenancy.personal import seal
from sync import sms

SEARCHED_KINDS = ("organisation", "trader")  # never persons: what a search does not find, no reminder names


@transaction.atomic
def ask_reminder(actor: Actor, *, record_ref: str, phone: str, address: str, now: datetime) -> ReminderWish:
    """Note the wish and send a code to the number; it counts only when `confirm_reminder` has seen that code.

    Raises NotFound (no published record of that reference), WrongMoment (no day to wait for), Invalid (no mobile),
    TooManyCodes.
    """
    with region_context(actor.region):
        record = awaited_record(actor.region, record_ref, now)
        number = mobile_of(phone)
        code = send_code(actor.region, phone=number, purpose=SmsCode.Purpose.REMINDER, address=address, now=now)
        return ReminderWish.objects.create(
            region_id=actor.region,
            record=record,
            phone_sealed=seal(PURPOSE, number),
            phone_hash=sms.phone_hash(number),
            code=code.ref,
            asked_at=now,
        )


def awaited_record(region: str, ref: str, now: datetime) -> FailureRecord:
    """The published record `ref` whose first day of application lies ahead. Call it inside the region.

    Raises NotFound, WrongMoment with what is to be done instead of waiting.
    """
    record = (
        FailureRecord.objects.published()
        .filter(region_id=region, ref=ref, subject__kind__in=SEARCHED_KINDS)
        .select_related("subject", "department", "region")
        .first()
    )
    if record is None:
        raise NotFound
    verdict = judge_record(record, timezone.localdate(now))
    if verdict.may_file:
        raise WrongMoment("该信息现在就可以申请，不需要登记提醒。", code="may_file_now")
    if verdict.status != "from_date" or verdict.earliest is None:
        raise WrongMoment("该信息没有可以预先提醒的日期，原因见查询结果中的“为什么”。", code="no_day")
    return record


@transaction.atomic
def send_again(actor: Actor, *, ref: str, address: str, now: datetime) -> ReminderWish:
    """A new code for a wish that was not confirmed. Raises NotFound, WrongMoment, TooManyCodes."""
    with region_context(actor.region):
        wish = wish_of(actor, ref, lock=True)
        if wish.confirmed_at is not None:
            raise WrongMoment("该号码已经确认，不需要再次获取验证码。")
        sent = send_code(actor.region, phone=wish.phone, purpose=SmsCode.Purpose.REMINDER, address=address, now=now)
        wish.code = sent.ref
        wish.save(update_fields=["code"])
        return wish


@transaction.atomic
def confirm_reminder(actor: Actor, *, ref: str, code: str, now: datetime) -> tuple[Checked, ReminderWish]:
    """Let the wish count if the code is right. The same number for the same record again is the wish it has already.

    A wrong code is returned and not raised: its try must stay counted. Raises NotFound.
    """
    with region_context(actor.region):
        wish = wish_of(actor, ref, lock=True)
        if wish.confirmed_at is not None:
            return Checked.RIGHT, wish
        checked = check_code(actor.region, ref=wish.code, purpose=SmsCode.Purpose.REMINDER, code=code, now=now)
        if checked is not Checked.RIGHT:
            return checked, wish
        wish.confirmed_at = now
        try:
            with transaction.atomic():
                wish.save(update_fields=["confirmed_at"])
        except IntegrityError:
            return checked, ReminderWish.objects.select_related("record").get(
                region_id=actor.region, record_id=wish.record_id, phone_hash=wish.phone_hash,
                confirmed_at__isnull=False, stopped_at__isnull=True,
            )  # fmt: skip
        record_event(actor, "reminder_wished", kind="record", thing=wish.record.ref, at=now, data={"wish": wish.ref})
        return checked, wish


@transaction.atomic
def stop_reminder(actor: Actor, *, ref: str, now: datetime) -> ReminderWish:
    """退订 of one wish, by whoever has its address; stopping twice is one stop. Raises NotFound."""
    with region_context(actor.region):
        wish = wish_of(actor, ref, lock=True)
        if wish.counts:
            _stop(actor, [wish], now)
        return wish


@transaction.atomic
def stop_all(actor: Actor, *, code_ref: str, code: str, now: datetime) -> tuple[Checked, int]:
    """退订 of all wishes of the number that received the code; how many there were. A wrong code is returned."""
    with region_context(actor.region):
        checked = check_code(actor.region, ref=code_ref, purpose=SmsCode.Purpose.STOP, code=code, now=now)
        if checked is not Checked.RIGHT:
            return checked, 0
        number = SmsCode.objects.get(region_id=actor.region, ref=code_ref[:32]).phone_hash
        wishes = list(
            ReminderWish.objects.select_for_update(of=("self",))
            .select_related("record")
            .filter(region_id=actor.region, phone_hash=number, confirmed_at__isnull=False, stopped_at__isnull=True)
            .order_by("pk")
        )
        _stop(actor, wishes, now)
        return checked, len(wishes)


def _stop(actor: Actor, wishes: list[ReminderWish], now: datetime) -> None:
    for wish in wishes:
        wish.stopped_at = now
    ReminderWish.objects.bulk_update(wishes, ["stopped_at"])
    remind_wishes.take_back_from(actor.region, {wish.phone_hash for wish in wishes})
    lines = [Line("reminder_stopped", "record", wish.record.ref, data={"wish": wish.ref}) for wish in wishes]
    if lines:
        record_all(actor, lines, at=now)


def wish_of(actor: Actor, ref: str, *, lock: bool = False) -> ReminderWish:
    """A wish by its address, which nobody can guess. Call it inside the region. Raises NotFound."""
    rows = ReminderWish.objects.select_for_update(of=("self",)) if lock else ReminderWish.objects.all()
    wish = rows.select_related("record").filter(region_id=actor.region, ref=ref[:32]).first()
    if wish is None:
        raise NotFound
    return wish


def wishes_for(record: FailureRecord) -> list[ReminderWish]:
    """The wishes about a record that count, the latest first. Call it inside the region."""
    rows = ReminderWish.objects.filter(
        region_id=record.region_id, record=record, confirmed_at__isnull=False, stopped_at__isnull=True
    )
    return list(rows.order_by("-confirmed_at", "-pk"))
