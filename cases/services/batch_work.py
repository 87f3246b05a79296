"""Batches that wait, worked off by whoever looks first (worker or sweeper): in portions, resumable, safe to run twice."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone

from cases.models import CollectionBatch
from cases.services import parsing, portions
from cases.services.take_back import take_back_portion
from creditrepair.failpoint import reach
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Region, Role

Stage = CollectionBatch.Stage


def collect_waiting(*, seconds: float, now: datetime, untouched: timedelta = timedelta(0)) -> bool:
    """Work for about `seconds` on the batches that wait in any region, oldest first; True when nothing is left.

    untouched   leave alone what moved within that time: a worker has it in hand (for the sweeper)
    """
    until = time.monotonic() + seconds
    done = True
    for region in Region.objects.order_by("code").values_list("code", flat=True):
        for ref in _waiting(region, now - untouched if untouched else None):
            if time.monotonic() >= until or not advance(ref, region=region, until=until):
                done = False
    return done


def _waiting(region: str, before: datetime | None) -> list[str]:
    with region_context(region):
        waiting = CollectionBatch.objects.filter(portions.AT_WORK, region_id=region)
        waiting = waiting.filter(moved_at__lte=before) if before else waiting
        return list(waiting.order_by("id").values_list("ref", flat=True))


def advance(ref: str, *, region: str, until: float) -> bool:
    """Work on one batch until the monotonic time `until`; True if nothing is left to do for it.

    Gives up at once while another has it in hand. After one was killed the next call goes on behind its last portion.
    """
    while True:
        with region_context(region):
            mine = CollectionBatch.objects.filter(portions.AT_WORK, region_id=region, ref=ref)
            batch = (
                mine.select_for_update(skip_locked=True, of=("self",))
                .select_related("department", "received_by", "imported_by", "taken_back_by")
                .first()
            )
            if batch is None:
                return not mine.exists()
            now = timezone.now()
            parsed = batch.stage not in portions.WAITING or parsing.is_parsed(batch)
            if parsed:
                _portion_of(batch)(_actor_of(batch), batch, now)
            elif not parsing.take(batch, now):
                return False
        if not parsed:
            parsing.parse_apart(batch)
        reach("after_collect_portion", str(batch.position))
        if parsed and not portions.is_at_work(batch):
            return True
        if time.monotonic() >= until:
            return False


def _portion_of(batch: CollectionBatch) -> Callable[[Actor, CollectionBatch, datetime], None]:
    if batch.taken_back_at is not None:
        return take_back_portion
    return portions.check_portion if batch.stage == Stage.RECEIVED else portions.import_portion


def _actor_of(batch: CollectionBatch) -> Actor:
    """Who brought the file, asked for its import, or took it back: the events are theirs, whoever writes them."""
    asked = batch.taken_back_by or (batch.imported_by if batch.stage == Stage.ASKED else None)
    user = asked or batch.received_by
    return Actor(
        user_id=user.pk,
        name=user.full_name,
        region=batch.region_id,
        department_id=batch.department_id,
        department=batch.department.code,
        roles=frozenset({Role.RECORDER.value}),
    )
