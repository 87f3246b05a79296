"""Whoever left a number for a record (ReminderWish) is told beside the firm: a wish takes nobody else's reminder away."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from django.utils import timezone

from cases.models import Reminder, ReminderWish
from sync import sms
from sync.models import Delivery

THING: Final = "wish"  # what such a message is about; one that does not arrive is nobody's errand


def wishes_of(region: str, records: Collection[int]) -> list[ReminderWish]:
    """The wishes about these records that count."""
    rows = ReminderWish.objects.filter(
        region_id=region, record_id__in=records, confirmed_at__isnull=False, stopped_at__isnull=True
    )
    return list(rows.order_by("id"))


def told_beside(wishes: Iterable[ReminderWish], firm_phone: str) -> dict[str, list[ReminderWish]]:
    """The wishes by number; the firm's own number is told anyway."""
    found: dict[str, list[ReminderWish]] = {}
    for wish in wishes:
        if wish.phone != firm_phone:
            found.setdefault(wish.phone, []).append(wish)
    return found


def key_of(reminder: Reminder, wish: ReminderWish) -> str:
    return f"T01|{reminder.ref}|{wish.pk}"


def take_back(reminder: Reminder) -> None:
    """The firm need not be told any more: nor whoever waits for it, as far as the message has not left."""
    _unsent(reminder.region_id, {"key__startswith": f"T01|{reminder.ref}|"})


def take_back_from(region: str, hashes: Collection[str]) -> None:
    """退订: what is queued for these numbers by their wishes does not leave."""
    _unsent(region, {"phone_hash__in": list(hashes)})


def _unsent(region: str, which: Mapping[str, object]) -> None:
    Delivery.objects.filter(
        region_id=region, target=sms.TARGET, thing_kind=THING, done_at=None, tries=0, lease_token=None, **which
    ).update(state=Delivery.State.SUPERSEDED, done_at=timezone.now(), last_error="已不需要提醒，没有发出")
