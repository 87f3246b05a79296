"""「再试一次」: one verb for whatever waits. It only brings the next step forward; the lane decides what that step is.

So nothing can be doubled by pressing: at a platform that does not de-duplicate the lane asks by number before it sends
again, and not sooner after an unclear try than the platform needs to settle it (`sync.targets.next_step`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import connection, transaction

from cases.services.lane import require_exchange
from creditrepair.audit.chain import Line, record_all
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import NotFound, WrongMoment
from sync import outbox
from sync.groups import GROUPS, open_rows
from sync.models import Delivery
from sync.targets import targets

S = Delivery.State
AT_ONCE: Final = 1000  # rows of one press; what is left is said and taken by the next
NOT_NOW: Final = {
    "done": "该报文已经办结，无需再试。",
    "busy": "该报文正在办理中，请稍后查看结果。",
    "newer": "同一信息已有更新的报文在推送，本条无需再试。",
    "planned": "提醒短信按规定时段发送，不能提前。",
    "by_file": "该平台由人工报送，请导出文件办理。",
    "stopped": "该通道已停用，请先恢复通道。",
}

# What may not be brought forward keeps its word; the rest is due now, or as soon as the platform has had its time.
_AGAIN = """
WITH asked AS (
  SELECT d.id, d.state,
    CASE WHEN d.done_at IS NOT NULL THEN 'done'
      WHEN d.lease_until > now() THEN 'busy'
      WHEN l.mode = 'file' THEN 'by_file'
      WHEN l.stopped_at IS NOT NULL OR w.stopped_at IS NOT NULL THEN 'stopped'
      WHEN d.kind = 'sms' AND d.tries = 0 AND d.state = 'queued' THEN 'planned'
      WHEN d.state = 'parked' AND d.record_key <> '' AND EXISTS (
        SELECT 1 FROM sync_delivery o WHERE o.region_id = d.region_id AND o.target = d.target
          AND o.record_key = d.record_key AND o.version > d.version AND o.state <> 'parked') THEN 'newer'
      ELSE '' END AS why_not,
    CASE WHEN d.target = ANY(%(careful)s::text[]) AND d.state IN ('unknown', 'sent', 'parked') THEN (
        SELECT max(a.at) FROM sync_attempt a WHERE a.region_id = d.region_id AND a.delivery_id = d.id
      ) + %(wait)s * interval '1 second' END AS not_before
  FROM sync_delivery d LEFT JOIN sync_lane w ON w.target = d.target
    LEFT JOIN sync_regionlane l ON l.region_id = d.region_id AND l.target = d.target
  WHERE d.region_id = %(region)s AND d.id = ANY(%(ids)s::bigint[]) FOR UPDATE OF d),
moved AS (
  UPDATE sync_delivery d SET due_at = greatest(now(), a.not_before),
    state = CASE WHEN d.state <> 'parked' THEN d.state WHEN d.target = ANY(%(careful)s::text[]) THEN 'unknown' ELSE 'queued' END
  FROM asked a WHERE d.id = a.id AND a.why_not = '')
SELECT id, why_not FROM asked
"""


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """What 「全部再试」 would do: how many rows are taken (`AT_ONCE` at most), and whether there are more."""

    numbers: tuple[str, ...]
    more: bool

    @property
    def count(self) -> int:
        return len(self.numbers)


@transaction.atomic
def retry_delivery(actor: Actor, *, number: str, now: datetime) -> Delivery:
    """Bring the next step of one message forward. Raises NotAllowed, NotFound, WrongMoment (with the reason)."""
    require_exchange(actor)
    row = Delivery.objects.filter(region_id=actor.region, message_no=number).defer("body").first()
    if row is None:
        raise NotFound
    why_not = _again(actor.region, [row.pk])[row.pk]
    if why_not:
        raise WrongMoment(NOT_NOW[why_not], code=why_not)
    record_event(
        actor, "delivery_retried", kind="delivery", thing=number, at=now, data={"target": row.target, "was": row.state}
    )
    transaction.on_commit(outbox.wake, robust=True)
    return row


def plan_retry(actor: Actor, *, group: str, target: str) -> RetryPlan:
    """Which rows of a group (and one target, or all: "") would be taken. Raises NotAllowed, NotFound."""
    require_exchange(actor)
    if group not in GROUPS or not GROUPS[group].retried or (target and target not in targets()):
        raise NotFound
    rows = open_rows(actor.region, group, target).order_by("id").values_list("message_no", flat=True)[: AT_ONCE + 1]
    numbers = tuple(rows)
    return RetryPlan(numbers[:AT_ONCE], len(numbers) > AT_ONCE)


@transaction.atomic
def retry_all(actor: Actor, *, group: str, target: str, count: int, now: datetime) -> tuple[int, int]:
    """Bring forward all rows of a group, as many as were shown (`count`); returns (taken, left as they are).

    One Event a message. Raises NotAllowed, NotFound, WrongMoment when another number waits now than was shown.
    """
    plan = plan_retry(actor, group=group, target=target)
    if plan.count != count:
        raise WrongMoment(f"等待的报文已由{count}条变为{plan.count}条，请重新核对。", code="changed")
    rows = Delivery.objects.filter(region_id=actor.region, message_no__in=plan.numbers)
    found = {
        pk: (number, where, state)
        for pk, number, where, state in rows.values_list("pk", "message_no", "target", "state")
    }
    fates = _again(actor.region, found)
    taken = [found[pk] for pk, why_not in sorted(fates.items()) if not why_not]
    record_all(
        actor,
        [
            Line("delivery_retried", "delivery", no, data={"target": to, "was": was, "all": group})
            for no, to, was in taken
        ],
        at=now,
    )
    transaction.on_commit(outbox.wake, robust=True)
    return len(taken), len(found) - len(taken)


def _again(region: str, ids: Iterable[int]) -> dict[int, str]:
    """Per row why it is not brought forward, "" if it was."""
    careful = [code for code, kind in targets().items() if not kind.deduplicates]
    with connection.cursor() as cursor:
        cursor.execute(
            _AGAIN,
            {
                "region": region,
                "ids": list(ids),
                "careful": careful,
                "wait": float(settings.SYNC_UNCLEAR_WAIT_SECONDS),
            },
        )
        return dict(cursor.fetchall())
