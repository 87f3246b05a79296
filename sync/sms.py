"""Short messages: queued once per event, reminders by day and within the limit of a number, and the gateway's word.

"Handed to the gateway" is not "delivered": `Delivery.receipt` keeps the gateway's last word, `RECEIPTS` says it.
Statutory messages go at any hour and above the limit; only reminders wait (docs/adr/0017).
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connection, connections, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from sync import messages
from sync.models import Attempt, Delivery
from sync.outbox import next_message_numbers
from sync.targets import Outcome, OutcomeKind

TARGET: Final = "sms_gateway"
SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
REMINDERS: Final = frozenset({"T01"})
FIRST, LAST = time(8), time(21)  # a reminder leaves at or after the first and before the last
A_DAY: Final = 5  # messages to one number in one day; a reminder above it waits for the next
SENDS: Final = 5  # tries of one message whose receipt is "temporarily not delivered"; then the window calls
LOCK: Final = 620322  # first key of the advisory lock; the second is taken from the number's hash
MANY_LOCK: Final = 620324  # the same for all numbers of a region at once: whoever queues many holds it alone

ACCEPTED, DELIVERED, UNKNOWN = "accepted", "delivered", "unknown"
FAILED_PERMANENT, FAILED_TEMPORARY = "failed_permanent", "failed_temporary"
RECEIPTS: Final = {
    "": "待发送",
    ACCEPTED: "已交网关，尚无送达回执",
    DELIVERED: "已送达",
    FAILED_PERMANENT: "送达失败",
    FAILED_TEMPORARY: "暂时失败",
    UNKNOWN: "结果未知",
}
CODE: Final = "code"  # `thing_kind` of a message that holds a code for signing in (T08)
CODE_SECONDS: Final = 300  # a code is worth nothing afterwards, neither to send nor to keep
TOLD: Final = frozenset({DELIVERED, FAILED_PERMANENT, FAILED_TEMPORARY, UNKNOWN})  # words of a status callback
S = Delivery.State


def words(row: Delivery) -> str:
    """What a page says of a short message: never that it was sent when it was only handed over."""
    return RECEIPTS.get(row.receipt, RECEIPTS[UNKNOWN])


def phone_hash(phone: str) -> str:
    """A keyed hash by which messages to one number are counted; the number itself stands only in the message."""
    return salted_hmac("sync.sms.phone", phone, algorithm="sha256").hexdigest()


def awake(moment: datetime) -> datetime:
    """The first moment at or after `moment` at which a reminder may leave: 08:00 to 21:00 in Shanghai."""
    local = moment.astimezone(SHANGHAI)
    if local.time() < FIRST:
        return datetime.combine(local.date(), FIRST, SHANGHAI)
    if local.time() >= LAST:
        return datetime.combine(local.date() + timedelta(days=1), FIRST, SHANGHAI)
    return local


def database_now() -> datetime:
    """The database's clock: a worker whose own clock runs ahead must not send at night."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        found = cursor.fetchone()
    moment: datetime = found[0]
    return moment


def enqueue(
    region: str,
    *,
    phone: str,
    template: str,
    params: Mapping[str, str],
    key: str,
    thing: str,
    now: datetime,
    thing_kind: str = "application",
    sign: str = messages.SMS_SIGN,
) -> Delivery | None:
    """Queue one short message in the caller's transaction; None if the event named by `key` was told before.

    A reminder is put to the first day on which its number has room, within the hours of `awake`. Call it inside the
    region. Raises NotAMobile (a landline: a person calls), BadSms (blanks); nothing was written then.
    """
    if Delivery.objects.filter(region_id=region, target=TARGET, key=key).exists():
        return None
    number = next_message_numbers(region, now, 1, "SM")[0]
    body = messages.sms_message(number, phone, template, params, sign)
    hashed = phone_hash(phone)
    row = Delivery(
        region_id=region,
        target=TARGET,
        kind="sms",
        key=key,
        message_no=number,
        thing_kind=thing_kind,
        thing=thing,
        version=1,
        expect="delivered",
        body=messages.canonical_json(body),
        queued_at=now,
        due_at=_first_room(region, hashed) if template in REMINDERS else now,
        phone_hash=hashed,
    )
    # Two at once about one event: the unique key lets one in, and the deciding transaction of neither breaks.
    Delivery.objects.bulk_create([row], ignore_conflicts=True)
    return row


_BY_DAY: Final = """
SELECT (CASE WHEN state = 'parked' THEN queued_at ELSE greatest(due_at, queued_at) END
        AT TIME ZONE 'Asia/Shanghai')::date AS day, count(*)
FROM sync_delivery WHERE region_id = %s AND phone_hash = %s AND phone_hash <> '' GROUP BY 1
"""


def messages_by_day(region: str, hashed: str) -> dict[date, int]:
    """How many messages went, or are planned, to one number on each day in Shanghai."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_DAY, [region, hashed])
        return dict(cursor.fetchall())


def _first_room(region: str, hashed: str) -> datetime:
    """When the next reminder to this number may leave. The lock makes count and insert one act among reminders.

    Statutory messages take no lock: they are counted, but go whatever the count says.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [MANY_LOCK, int(region)])
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, int(hashed[:7], 16)])
    taken = messages_by_day(region, hashed)
    moment = awake(database_now())
    while taken.get(moment.date(), 0) >= A_DAY:
        moment = datetime.combine(moment.date() + timedelta(days=1), FIRST, SHANGHAI)
    return moment


def forget_codes() -> int:
    """Empty the bodies of messages whose code has run out, and send none of them any more; how many.

    For the number's sake as for the code's: nothing else in the house keeps either in clear. Serves all regions, so it
    acts as the sender, like a lane. What a lane has in hand loses its lease and may still go out, too late to be used.
    """
    with connections["sender"].cursor() as cursor:
        cursor.execute(
            "UPDATE sync_delivery SET body = ''::bytea, lease_until = NULL, lease_token = NULL, "
            "state = CASE WHEN state = 'verified' THEN state ELSE 'superseded' END, "
            "last_error = CASE WHEN state = 'verified' THEN last_error ELSE '验证码已过期，不再发送' END, "
            "done_at = coalesce(done_at, now()) "
            "WHERE target = %s AND thing_kind = %s AND body <> ''::bytea AND queued_at < now() - %s * interval '1 second'",
            [TARGET, CODE, CODE_SECONDS],
        )
        return int(cursor.rowcount)


def lock_reminders(region: str) -> None:
    """Let nobody else queue a reminder of this region until the transaction ends (`sync.sms_many`)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [MANY_LOCK, int(region)])


# ── the gateway's word ─────────────────────────────────────────────────────────────────────────────────────────────
def receipt_of(outcome: Outcome) -> str:
    """The receipt after one exchange, empty if the exchange says nothing about the message."""
    match outcome.kind:
        case OutcomeKind.APPLIED:
            return DELIVERED
        case OutcomeKind.ACCEPTED:
            return ACCEPTED
        case OutcomeKind.REFUSED:
            return FAILED_PERMANENT
        case OutcomeKind.ABSENT:  # the gateway has it and could not deliver (200), or never had it (404)
            return FAILED_TEMPORARY if outcome.status == 200 else ""
        case OutcomeKind.UNKNOWN:
            return UNKNOWN
    return ""


def pause(tries: int) -> float:
    """Seconds before a message that was temporarily not delivered is tried again: 10 minutes, doubling, 4 hours."""
    return float(min(4 * 3600, 600 * 2 ** max(tries - 1, 0)))


def region_of(message_no: str) -> str:
    """The region that a message number names (`SM-620321-20261124-000001`), empty if it is not one of ours."""
    parts = message_no.split("-")
    well = len(parts) == 4 and parts[0] == "SM" and all(p.isascii() and p.isdigit() for p in parts[1:])
    return parts[1] if well and len(parts[1]) == 6 else ""


@transaction.atomic
def take_receipt(message_no: str, status: str, reason: str) -> bool:
    """Note what the gateway called to say; False for a number we never gave. Call it inside the region.

    Told twice, late or out of order it changes nothing further: what was delivered stays delivered, and what was
    parked or closed by a person stays so unless it was delivered after all. A lane that holds the row loses it.
    """
    row = Delivery.objects.select_for_update().filter(message_no=message_no, kind="sms").defer("body").first()
    if row is None:
        return False
    at, reason = timezone.now(), reason[:500]
    if row.state == S.VERIFIED or (status != DELIVERED and (row.done_at or row.state == S.PARKED)):
        return True
    changes: dict[str, Any] = {"receipt": status, "last_error": reason}
    if status == DELIVERED:
        changes |= {
            "state": S.VERIFIED,
            "last_error": "",
            "acked_at": row.acked_at or at,
            "verified_at": at,
            "verified_how": "api",
            "done_at": at,
        }
    elif status == FAILED_PERMANENT:
        changes |= {"state": S.PARKED, "last_error": reason or "号码无法送达，请窗口联系"}
    elif status == UNKNOWN and row.receipt != ACCEPTED:
        changes = {}  # says no more than we knew
    if status == FAILED_TEMPORARY:
        changes |= {"due_at": at}  # the lane asks at once, hears the same, and plans the next try
    if status in (DELIVERED, FAILED_PERMANENT):
        changes |= {"lease_until": None, "lease_token": None}
    if changes:
        Delivery.objects.filter(region_id=row.region_id, pk=row.pk).update(**changes)
        Attempt.objects.create(
            region_id=row.region_id,
            delivery=row,
            what="told",
            at=at,
            milliseconds=0,
            outcome=status[:16],
            detail=reason,
        )
    return True
