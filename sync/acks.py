"""Receipts for applications that a platform handed over: queued like every outside effect, read back like a repair."""

from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Final

from django.conf import settings

from sync.messages import seal, shanghai_time
from sync.models import Delivery
from sync.outbox import next_message_numbers
from sync.signing import SealKey

SCHEMA: Final = "filing-ack/1"


def enqueue_ack(
    region: str, target: str, *, came_no: str, filing_no: str, state: str, reason: str, thing: str, now: datetime
) -> None:
    """Queue our answer to one application, once per answer.

    state   filed, already_open (filing_no is that of the case under way), not_filed (reason says why), under_review
    thing   the public reference of our application, or the platform's number where there is none
    """
    earlier = Delivery.objects.filter(region_id=region, target=target, kind="ack", record_key=came_no)
    said = f"{target}|{came_no}|ack|{state}|{filing_no}|{reason}"
    key = "yc1-" + sha256(said.encode()).hexdigest()[:40]
    if earlier.filter(key=key).exists():
        return
    number = next_message_numbers(region, now, 1, "AK")[0]
    version = earlier.count() + 1
    message = {
        "schema": SCHEMA,
        "message_no": number,
        "key": key,
        "version": version,
        "source": region,
        "target": target,
        "application_no": came_no,
        "filing_no": filing_no,
        "state": state,
        "reason": reason,
        "queued_at": shanghai_time(now),
    }
    Delivery.objects.create(
        region_id=region,
        target=target,
        kind="ack",
        key=key,
        message_no=number,
        record_key=came_no,
        thing_kind="application",
        thing=thing[:32],
        version=version,
        expect="receipt",
        body=seal(message, _seal_key(settings.SYNC_SIGNING_SEED)),
        queued_at=now,
        due_at=now,
    )


@lru_cache(maxsize=2)
def _seal_key(seed: str) -> SealKey:
    return SealKey.from_seed(seed)
