"""The lanes in a person's hand: stopped for a region with a reason, let go again, by interface or by file."""

from datetime import datetime
from typing import Final

from django.db import transaction

from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid, NotAllowed, NotFound, WrongMoment
from creditrepair.tenancy.models import Role
from sync import outbox
from sync.models import Lane, RegionLane
from sync.targets import targets

REASON_LENGTH: Final = 200


@transaction.atomic
def stop_lane(actor: Actor, *, target: str, reason: str, now: datetime) -> RegionLane:
    """Stop sending this region's messages to one target (kill switch): what is under way ends, nothing new begins.

    Raises NotAllowed, NotFound (no such target), WrongMoment (stopped already), Invalid (`reason`).
    """
    lane = _held(actor, target)
    if lane.stopped_at is not None:
        raise WrongMoment("该通道已经停用。", code="already_stopped")
    lane.reason = _reason(reason)
    lane.stopped_at, lane.stopped_by_id = now, actor.person_id
    lane.save()
    record_event(actor, "lane_stopped", kind="lane", thing=target, at=now, data={"reason": lane.reason})
    return lane


@transaction.atomic
def resume_lane(actor: Actor, *, target: str, reason: str, now: datetime) -> RegionLane:
    """Let the lane go again, also one that a refused credential has stopped: if it is refused again, it stops again.

    Raises NotAllowed, NotFound, WrongMoment (it was not stopped), Invalid (`reason`: what was done about the cause).
    """
    lane = _held(actor, target)
    whole = Lane.objects.select_for_update().filter(pk=target, stopped_at__isnull=False).first()
    if lane.stopped_at is None and whole is None:
        raise WrongMoment("该通道没有停用。", code="not_stopped")
    said = _reason(reason)
    before = lane.reason or (whole.reason if whole else "")
    lane.stopped_at = lane.stopped_by = None
    lane.reason = ""
    lane.save()
    if whole is not None:
        Lane.objects.filter(pk=target).update(stopped_at=None, reason="", failures=0, rest_until=None)
    data = {"reason": said, "stopped_for": before, "whole": whole is not None}
    record_event(actor, "lane_resumed", kind="lane", thing=target, at=now, data=data)
    transaction.on_commit(outbox.wake, robust=True)
    return lane


@transaction.atomic
def set_lane_mode(actor: Actor, *, target: str, mode: str, reason: str, now: datetime) -> RegionLane:
    """Choose interface or file for this region's messages to one target; what waits goes the new way.

    Raises NotAllowed, NotFound (no such target, or short messages, which have no file), WrongMoment, Invalid.
    """
    lane = _held(actor, target)
    if target == outbox.SMS:
        raise NotFound
    if mode not in RegionLane.Mode.values:
        raise Invalid(fields={"mode": "请选择报送方式。"})
    if lane.mode == mode:
        raise WrongMoment("报送方式没有变化。", code="same_mode")
    said = _reason(reason)
    data = {"from": lane.mode, "to": mode, "reason": said}
    lane.mode = mode
    lane.save()
    record_event(actor, "lane_mode_set", kind="lane", thing=target, at=now, data=data)
    transaction.on_commit(outbox.wake, robust=True)
    return lane


def require_exchange(actor: Actor) -> None:
    """Who may act on what goes to the platforms: supervisors and the officers on duty for the exchange."""
    if not (actor.has(Role.SUPERVISOR) or actor.has(Role.EXCHANGE)):
        raise NotAllowed("此项由信用监管人员或数据交换值守人员办理。")


def _held(actor: Actor, target: str) -> RegionLane:
    require_exchange(actor)
    if target not in targets():
        raise NotFound
    RegionLane.objects.bulk_create([RegionLane(region_id=actor.region, target=target)], ignore_conflicts=True)
    return RegionLane.objects.select_for_update().get(region_id=actor.region, target=target)


def _reason(reason: str) -> str:
    kept = " ".join(reason.split())
    if not kept or len(kept) > REASON_LENGTH:
        raise Invalid(fields={"reason": f"请填写原因，不超过{REASON_LENGTH}字。"})
    return kept
