"""What the scene of the routes needs of the public pages: a record somebody waits for, a wish, codes, an inquiry."""

import json
from dataclasses import dataclass
from datetime import timedelta

from django.core.cache import cache
from django.utils import timezone

from cases.models import FailureRecord, Inquiry, ReminderWish, SmsCode
from cases.services import wishes
from cases.services.inquiries import Question, make_inquiry
from cases.services.sms_codes import send_code
from creditrepair.tenancy.actor import anonymous_actor
from creditrepair.tenancy.context import region_context
from sync.models import Delivery
from tests.world import YONGCHANG, World

PHONE, ADDRESS = "13800000033", "192.0.2.33"
VISITOR = anonymous_actor(YONGCHANG)


@dataclass
class Found:
    """`awaited` may be applied for in some weeks; `wish` was not confirmed; `code` and `stop` are replaced before use."""

    awaited: FailureRecord
    wish: ReminderWish
    stop: SmsCode
    inquiry: Inquiry


def a_late_record(world: World, **facts: object) -> FailureRecord:
    """A penalty of firm A whose minimum of three months has just begun."""
    day = timezone.localdate() - timedelta(days=20)
    return world.a_record(unit="zjj", **({"decided_on": day, "published_on": day} | facts))


def build(world: World, **facts: object) -> Found:
    now, awaited = timezone.now(), a_late_record(world, **facts)
    return Found(
        awaited,
        wishes.ask_reminder(VISITOR, record_ref=awaited.ref, phone=PHONE, address=ADDRESS, now=now),
        send_code(YONGCHANG, phone=PHONE, purpose=SmsCode.Purpose.STOP, address=ADDRESS, now=now),
        make_inquiry(VISITOR, Question("scene", "question", PHONE, "材料要盖章吗？"), now=now),
    )


def digits_of(code_ref: str, region: str = YONGCHANG) -> str:
    """The six digits that went to the telephone, out of the message in the outbox."""
    with region_context(region):
        body = Delivery.objects.get(region_id=region, thing=code_ref).body
    return str(json.loads(bytes(body))["params"]["code"])


def fresh_wish_code(found: Found) -> None:
    """A code that lives for the next five minutes, whenever the scene was built."""
    found.wish = wishes.send_again(VISITOR, ref=found.wish.ref, address=ADDRESS, now=timezone.now())


def fresh_stop(found: Found) -> None:
    found.stop = send_code(YONGCHANG, phone=PHONE, purpose=SmsCode.Purpose.STOP, address=ADDRESS, now=timezone.now())


def no_limits() -> None:
    """Sixteen people at one address would reach the limit of the hour."""
    cache.clear()


def latest_wish(record: FailureRecord) -> ReminderWish:
    with region_context(record.region_id):
        return ReminderWish.objects.filter(region_id=record.region_id, record=record).latest("pk")
