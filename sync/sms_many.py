"""Many reminders queued at once: a few statements for a portion, with the hours and the daily limit of `sync.sms`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection

from creditrepair.tenancy.copying import insert_many
from sync import messages, sms
from sync.models import Delivery
from sync.outbox import next_message_numbers


@dataclass(frozen=True, slots=True)
class Ask:
    """One reminder to be queued. `key` is new to the outbox; `useful_until` the last day on which it is still of use."""

    key: str
    phone: str
    params: Mapping[str, str]
    thing: str
    thing_kind: str
    useful_until: date
    sign: str = messages.SMS_SIGN


@dataclass(frozen=True, slots=True)
class Queued:
    """`message_no`, or in `refused` why there is none: a number, full (no room in time), unwritten."""

    message_no: str = ""
    refused: str = ""


_BY_DAY = """
SELECT phone_hash, (CASE WHEN state = 'parked' THEN queued_at ELSE greatest(due_at, queued_at) END
  AT TIME ZONE 'Asia/Shanghai')::date, count(*)
FROM sync_delivery WHERE region_id = %s AND phone_hash = ANY(%s) AND phone_hash <> '' GROUP BY 1, 2
"""


def queue_reminders(region: str, template: str, asks: Sequence[Ask], *, now: datetime) -> list[Queued]:
    """Queue these reminders in the caller's transaction, inside the region; an answer for each, in their order.

    A number that is full until after the last useful day gets no message: a reminder that comes too late is none.
    """
    sms.lock_reminders(region)
    hashed = {phone: sms.phone_hash(phone) for phone in {ask.phone for ask in asks} if messages.is_mobile(phone)}
    taken = _by_day(region, list(hashed.values()))
    numbers = iter(next_message_numbers(region, now, len(asks), "SM") if asks else [])
    moment, rows, told = sms.awake(sms.database_now()), [], []
    for ask in asks:
        if ask.phone not in hashed:
            told.append(Queued(refused="number"))
            continue
        leaves = _room(taken, hashed[ask.phone], moment)
        number = next(numbers)
        try:
            body = messages.sms_message(number, ask.phone, template, ask.params, ask.sign)
        except messages.BadSms:
            told.append(Queued(refused="unwritten"))
            continue
        if leaves > moment and leaves.date() > ask.useful_until:
            told.append(Queued(refused="full"))
            continue
        taken[hashed[ask.phone], leaves.date()] += 1
        told.append(Queued(message_no=number))
        rows.append(
            Delivery(
                region_id=region,
                target=sms.TARGET,
                kind="sms",
                key=ask.key,
                message_no=number,
                thing_kind=ask.thing_kind,
                thing=ask.thing,
                version=1,
                expect="delivered",
                body=messages.canonical_json(body),
                queued_at=now,
                due_at=leaves,
                phone_hash=hashed[ask.phone],
            )
        )
    insert_many(rows)
    return told


def _by_day(region: str, hashes: list[str]) -> Counter[tuple[str, date]]:
    if not hashes:
        return Counter()
    with connection.cursor() as cursor:
        cursor.execute(_BY_DAY, [region, hashes])
        return Counter({(hashed, day): number for hashed, day, number in cursor.fetchall()})


def _room(taken: Counter[tuple[str, date]], hashed: str, moment: datetime) -> datetime:
    while taken[hashed, moment.date()] >= sms.A_DAY:
        moment = datetime.combine(moment.date() + timedelta(days=1), sms.FIRST, sms.SHANGHAI)
    return moment
