"""告知书 for up to 1,000 records at once: asked for in one click, numbered in portions, safe to run twice.

The batch row carries the references not yet numbered; whoever locks it does the next portion and takes them off.
"""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from cases.access import access_record
from cases.services.notify import issue_notice, notice_of
from creditrepair.celery import app
from creditrepair.failpoint import reach
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid, NotAllowed, Refusal
from creditrepair.tenancy.models import Department, Region, Role
from notices import batches
from notices import services as notices
from notices.models import PaperBatch

PORTION: Final = 20  # about half a second under the counter's lock: single papers are not kept waiting longer


@transaction.atomic
def ask_for_notices(actor: Actor, *, refs: Sequence[str], now: datetime) -> PaperBatch:
    """Begin a batch of 告知书 for these records of the actor's unit, in the order given, each once.

    Each record is looked at when its turn comes; what cannot be done then is kept with its reason.
    Raises Invalid (none, or more than 1,000), NotAllowed (no recorder or reviewer of a unit).
    """
    if actor.department_id is None or not (actor.has(Role.RECORDER) or actor.has(Role.REVIEWER)):
        raise NotAllowed("告知书由责任单位的归集、审核人员制作。")
    chosen = list(dict.fromkeys(refs))
    if not chosen:
        raise Invalid(fields={"refs": "没有需要制作告知书的信息。"})
    if len(chosen) > batches.MOST:
        raise Invalid(fields={"refs": f"一次最多{batches.MOST}份，请分批制作。"})
    unit = Department.objects.get(region_id=actor.region, pk=actor.department_id)
    batch = batches.begin(actor, unit, kind="notice", refs=chosen, now=now)
    transaction.on_commit(wake, robust=True)
    return batch


def wake() -> None:
    """Tell a worker to number what waits; the sweeper looks as well."""
    app.send_task("cases.tasks.number_batches", queue="default", retry=False)


def number_waiting(*, seconds: float) -> bool:
    """Work for about `seconds` on the batches of all regions, oldest first; True when nothing is left to number."""
    until, done = time.monotonic() + seconds, True
    for region in Region.objects.order_by("code").values_list("code", flat=True):
        with region_context(region):
            waiting = PaperBatch.objects.filter(region_id=region, finished_at__isnull=True)
            refs = list(waiting.order_by("id").values_list("ref", flat=True))
        for ref in refs:
            while not (finished := _portion(region, ref)) and time.monotonic() < until:
                reach("paper.after_portion")
            done = done and finished
    return done


def _portion(region: str, ref: str) -> bool:
    """Number the next records of a batch, in one transaction; True when the batch is numbered or in other hands."""
    with region_context(region):
        batch = (
            PaperBatch.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("department", "asked_by")
            .filter(region_id=region, ref=ref, finished_at__isnull=True)
            .first()
        )
        if batch is None:
            return True
        actor, now = _asker(batch), timezone.now()
        for record_ref in batch.waiting[:PORTION]:
            problem = _one(actor, batch, record_ref, now)
            if problem:
                batch.refused.append({"ref": record_ref, "why": problem})
        batch.waiting = batch.waiting[PORTION:]
        if not batch.waiting:
            batch.finished_at = now
        batch.save(update_fields=["waiting", "refused", "finished_at"])
        transaction.on_commit(notices.wake, robust=True)
    return not batch.waiting


def _one(actor: Actor, batch: PaperBatch, record_ref: str, now: datetime) -> str:
    """Number one; the sentence that says why not, empty when done."""
    try:
        with transaction.atomic():
            if notice_of(access_record(actor, record_ref, to="record")) is not None:
                return "已有有效的告知书。"
            issue_notice(actor, ref=record_ref, now=now, batch=batch)
    except Refusal as refused:
        return refused.message
    return ""


def _asker(batch: PaperBatch) -> Actor:
    """Who asked for the batch: the papers are theirs, whichever process numbers them."""
    return Actor(
        user_id=batch.asked_by_id,
        name=batch.asked_by.full_name,
        region=batch.region_id,
        department_id=batch.department_id,
        department=batch.department.code,
        roles=frozenset({Role.RECORDER.value}),
    )
