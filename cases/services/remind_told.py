"""待告知名单: what a person said to whom, messages that did not arrive, and what need not be told any more."""

import json
from collections import Counter
from collections.abc import Collection
from datetime import date, datetime
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from cases.access_reminders import access_reminder
from cases.models import Reminder, ReminderContact, ReminderLine
from cases.services import remind_wishes
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import AlreadyDecided, Invalid
from sync import messages, sms
from sync.models import Delivery

AT_ONCE: Final = 500
LONGEST: Final = {"receiver": 50, "phone": 20, "note": 200}
Outcome = ReminderContact.Outcome


@transaction.atomic
def record_contact(
    actor: Actor,
    *,
    ref: str,
    way: str,
    outcome: str,
    told_on: date | None,
    receiver: str = "",
    phone: str = "",
    note: str = "",
    now: datetime,
) -> ReminderContact:
    """Add who was spoken to and with what result; 已告知 takes the firm off the list.

    Raises NotFound, NotAllowed, AlreadyDecided (told by somebody else meanwhile, or no longer to be told), Invalid.
    """
    reminder = access_reminder(actor, ref, to="act", lock=True)
    if reminder.settled_at is not None:
        raise _already(reminder)
    given = {"receiver": receiver.strip(), "phone": phone.strip(), "note": note.strip()}
    faults = _faults(reminder, way, outcome, told_on, given, timezone.localdate(now))
    if faults or told_on is None:
        raise Invalid(fields=faults)
    contact = ReminderContact.objects.create(
        region_id=reminder.region_id,
        reminder=reminder,
        way=way,
        outcome=outcome,
        told_on=told_on,
        by_id=actor.person_id,
        at=now,
        **given,
    )
    if outcome == Outcome.TOLD:
        reminder.settled_at, reminder.settled_how = now, Reminder.End.TOLD
        reminder.save(update_fields=["settled_at", "settled_how"])
    about = {"firm": reminder.subject_name, "way": way, "outcome": outcome, "on": told_on.isoformat()}
    record_event(actor, "reminder_contact", kind="reminder", thing=reminder.ref, at=now, data=about)
    return contact


def _already(reminder: Reminder) -> AlreadyDecided:
    told = reminder.contacts.filter(region_id=reminder.region_id, outcome=Outcome.TOLD).select_related("by").first()
    at = timezone.localtime(told.at if told else reminder.settled_at)
    return AlreadyDecided(told.by.full_name if told else "系统", f"{at:%Y-%m-%d %H:%M}")


def _faults(
    reminder: Reminder, way: str, outcome: str, told_on: date | None, given: dict[str, str], today: date
) -> dict[str, str]:
    faults = {}
    if way not in ReminderContact.Way.values:
        faults["way"] = "请选择怎样联系的。"
    if outcome not in Outcome.values:
        faults["outcome"] = "请选择联系的结果。"
    if told_on is None or not timezone.localdate(reminder.at) <= told_on <= today:
        faults["told_on"] = f"请填写{timezone.localdate(reminder.at):%Y-%m-%d}（列入名单之日）至今天之间的日期。"
    if outcome == Outcome.TOLD and not given["receiver"]:
        faults["receiver"] = "请写明告知了谁。"
    faults |= {name: f"不超过{most}个字。" for name, most in LONGEST.items() if len(given[name]) > most}
    return faults


# ── messages that did not arrive ───────────────────────────────────────────────────────────────────────────────────
def take_undelivered(region: str, *, now: datetime) -> int:
    """Put on the list the firms whose message the gateway could not deliver; and off it whose arrived after all."""
    with region_context(region):
        mine = Delivery.objects.filter(region_id=region, target=sms.TARGET, thing_kind="reminder")
        parked = mine.filter(done_at__isnull=True, state=Delivery.State.PARKED).order_by("id")
        lost = dict(parked.values_list("thing", "pk")[:AT_ONCE])
        if lost:
            Delivery.objects.filter(region_id=region, pk__in=lost.values()).update(
                done_at=now, lease_until=None, lease_token=None
            )
            Reminder.objects.filter(region_id=region, ref__in=lost, settled_how=Reminder.End.QUEUED).update(
                way=Reminder.Way.PERSON, why=Reminder.Why.NOT_DELIVERED, settled_at=None, settled_how=""
            )
        waiting = Reminder.objects.filter(region_id=region, settled_at=None, why=Reminder.Why.NOT_DELIVERED)
        numbers = list(waiting.values_list("message_no", flat=True)[:AT_ONCE])
        came = mine.filter(message_no__in=numbers, state=Delivery.State.VERIFIED).values("message_no")
        waiting.filter(message_no__in=came).update(settled_at=now, settled_how=Reminder.End.QUEUED)
        return len(lost)


# ── what need not be told ──────────────────────────────────────────────────────────────────────────────────────────
_RELEASE: Final = """
UPDATE cases_reminderline l SET released = true FROM cases_reminder m
WHERE l.region_id = %(region)s AND l.record_id = ANY(%(records)s) AND NOT l.released
  AND m.region_id = l.region_id AND m.id = l.reminder_id
  AND (m.settled_at IS NULL OR (m.settled_how = 'queued' AND EXISTS (
    SELECT 1 FROM sync_delivery d WHERE d.message_no = m.message_no AND d.done_at IS NULL AND d.tries = 0
      AND (d.lease_until IS NULL OR d.lease_until < now()))))
RETURNING m.id
"""


def release(region: str, records: Collection[int], *, now: datetime) -> None:
    """These records need not be told of as they were: they ended, a case is under way, or they are told of anew.

    In the caller's transaction and region, from every verb that ends a record or opens a case. A message that has not left
    is taken back (or names one record less), a firm on the list is struck off. What has left stays as it is.
    """
    if not records:
        return
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, {"region": region, "records": list(records)})
        fewer = Counter(row[0] for row in cursor.fetchall())
    for one in Reminder.objects.filter(region_id=region, pk__in=fewer).order_by("pk"):
        one.count -= fewer[one.pk]
        if one.way == Reminder.Way.SMS:
            _mend_message(one, now)
        if one.count <= 0:
            remind_wishes.take_back(one)
            one.settled_at, one.settled_how = now, Reminder.End.GONE
        one.save(update_fields=["count", "settled_at", "settled_how"])


def _mend_message(one: Reminder, now: datetime) -> None:
    """Take a message back that has not left, or let it say one record less: nobody has it in hand (compare-and-swap)."""
    unsent = Delivery.objects.filter(
        region_id=one.region_id, message_no=one.message_no, done_at=None, tries=0, lease_token=None
    )
    if one.count <= 0:
        unsent.update(state=Delivery.State.SUPERSEDED, done_at=now, last_error="已不需要提醒，没有发出")
        return
    row = unsent.first()
    if row is not None:
        body = json.loads(bytes(row.body))
        body["params"]["n"] = str(one.count)
        unsent.update(body=messages.canonical_json(body))


def open_list(region: str) -> int:
    """How many firms are on the list."""
    return Reminder.objects.filter(region_id=region, settled_at=None).count()


def lines_of(reminder: Reminder) -> list[ReminderLine]:
    """The records of a reminder that it still is about, with their records."""
    rows = ReminderLine.objects.filter(region_id=reminder.region_id, reminder=reminder, released=False)
    return list(rows.select_related("record", "record__department").order_by("id"))
