"""短信验证码 (T08): six digits to one number, for one purpose, five minutes long and five tries deep.

Limits are counted in the database over all regions, under a lock of the number and one of the address: what guards
somebody's telephone must not depend on a cache, nor on whose page was asked. A wrong answer is returned and never
raised, for a rolled-back try would be a free one.
"""

import hmac
import re
import secrets
import unicodedata
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from cases.models import SmsCode
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid
from creditrepair.tenancy.models import Region
from sync import outbox, sms
from sync.messages import SMS_SIGN

TRIES: Final = 5
LIFE: Final = timedelta(minutes=5)
A_DAY: Final = 5  # codes to one number in one calendar day in Shanghai
AN_HOUR: Final = 20  # codes asked for from one address in any hour
PHONE_LOCK: Final = 620326  # first keys of the advisory locks; the second is taken from the hash
ADDRESS_LOCK: Final = 620327
_MOBILE: Final = re.compile("1[3-9][0-9]{9}")
_ABROAD: Final = re.compile(r"(?:\+|00)?86(?=1[3-9][0-9]{9}$)")


class TooManyCodes(Exception):
    """The number or the address has had its codes. `message` says so; nothing was sent."""

    def __init__(self, message: str, wait_seconds: int) -> None:
        self.message, self.wait_seconds = message, wait_seconds
        super().__init__(message)


class Checked(StrEnum):
    """What an answer was worth. `SPENT`: used, too old, or its tries are used up; a new code is needed."""

    RIGHT = "right"
    WRONG = "wrong"
    SPENT = "spent"


def mobile_of(text: str, field: str = "phone") -> str:
    """Eleven digits out of what people type (+86, spaces, hyphens, full width). Raises Invalid for anything else."""
    compact = re.sub(r"[\s()-]", "", unicodedata.normalize("NFKC", text[:40]))
    number = _ABROAD.sub("", compact)
    if not _MOBILE.fullmatch(number):
        raise Invalid(fields={field: "请填写11位手机号码，座机收不到短信。"})
    return number


@transaction.atomic
def send_code(region: str, *, phone: str, purpose: SmsCode.Purpose, address: str, now: datetime) -> SmsCode:
    """Queue a code to `phone` (as `mobile_of` gives it) and return its row, whose `ref` the answer has to name.

    `address` is the asker's (`throttle.address_of`). Raises TooManyCodes; whoever catches it has nothing to undo.
    """
    with region_context(region):
        hashed, asker = sms.phone_hash(phone), _hash("address", address)
        _hold(PHONE_LOCK, hashed)
        _hold(ADDRESS_LOCK, asker)
        _require_room(hashed, asker, now)
        digits = f"{secrets.randbelow(10**6):06d}"
        row = SmsCode(region_id=region, purpose=purpose, phone_hash=hashed, address_hash=asker, sent_at=now)
        row.code_hash = _hash("code", f"{row.ref}|{digits}")
        row.save()
        sms.enqueue(
            region,
            phone=phone,
            template="T08",
            params={"code": digits},
            key=f"T08|{row.ref}",
            thing=row.ref,
            thing_kind="code",
            now=now,
            sign=Region.objects.get(pk=region).identity.get("sms_sign") or SMS_SIGN,
        )
    transaction.on_commit(outbox.wake, robust=True)
    return row


def _hold(lock: int, hashed: str) -> None:
    """One at a time for this number or address; always the number first, so that two askers cannot wait in a ring."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [lock, int(hashed[:7], 16)])


def _require_room(hashed: str, asker: str, now: datetime) -> None:
    local = timezone.localtime(now)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT to_phone, by_address FROM codes_sent(%s, %s, %s, %s, %s)",
            [hashed, asker, midnight, now - timedelta(hours=1), now],
        )
        to_phone, by_address = cursor.fetchone()
    if to_phone >= A_DAY:
        wait = int((midnight + timedelta(days=1) - local).total_seconds())
        raise TooManyCodes(f"该号码今天已收到{A_DAY}条验证码，请明天再试，或到窗口办理。", wait)
    if by_address >= AN_HOUR:
        raise TooManyCodes("获取验证码过于频繁，请一小时后再试，或到窗口办理。", 3600)


@transaction.atomic
def check_code(region: str, *, ref: str, purpose: SmsCode.Purpose, code: str, now: datetime) -> Checked:
    """Whether `code` is the one sent as `ref` for `purpose`; right once. The try is counted before it is looked at."""
    with region_context(region):
        alive = SmsCode.objects.filter(
            region_id=region, ref=ref[:32], purpose=purpose, used_at__isnull=True, tries__lt=TRIES
        ).filter(sent_at__gt=now - LIFE)
        if not alive.update(tries=F("tries") + 1):
            return Checked.SPENT
        row = SmsCode.objects.get(region_id=region, ref=ref[:32])
        digits = "".join(unicodedata.normalize("NFKC", code[:20]).split())
        if not hmac.compare_digest(row.code_hash.encode(), _hash("code", f"{row.ref}|{digits}").encode()):
            return Checked.SPENT if row.tries >= TRIES else Checked.WRONG
        row.used_at = now
        row.save(update_fields=["used_at"])
        return Checked.RIGHT


def _hash(what: str, text: str) -> str:
    return salted_hmac(f"cases.sms_codes.{what}", text, algorithm="sha256").hexdigest()
