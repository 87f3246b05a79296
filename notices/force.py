"""In force or not: a paper is superseded, voided, replaced, or tried again. Its number stays used for good."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid, WrongMoment
from notices.models import Notice

VALID = (Notice.Status.REQUESTED, Notice.Status.ISSUED, Notice.Status.FAILED)
ENDED = (Notice.Status.SUPERSEDED, Notice.Status.VOID)
STUCK_AFTER = timedelta(minutes=15)  # ordinarily seconds; a thousand at once take some minutes
LONGEST_REASON = 500


@transaction.atomic
def supersede(actor: Actor, notice: Notice, *, reason: str, now: datetime) -> Notice:
    """Put a paper out of force because what it says has changed; its verify page says so.

    Raises WrongMoment if it is out of force already.
    """
    return _end(actor, notice, Notice.Status.SUPERSEDED, "paper_superseded", reason=reason, now=now)


@transaction.atomic
def void(actor: Actor, notice: Notice, *, reason: str, now: datetime) -> Notice:
    """作废: a paper that should not have been issued. The number stays as 作废 and is never given again.

    Raises Invalid (no reason), WrongMoment (out of force already).
    """
    if not reason.strip():
        raise Invalid(fields={"reason": "请填写作废原因。"})
    return _end(actor, notice, Notice.Status.VOID, "paper_voided", reason=reason.strip(), now=now)


@transaction.atomic
def replaced(new: Notice) -> None:
    """Write on the latest ended paper of the same record or case and kind that `new` has taken its place."""
    about = Q(record_ref=new.record_ref) if new.record_ref else Q(case_ref=new.case_ref)
    before = (
        Notice.objects.select_for_update()
        .filter(about, region_id=new.region_id, kind=new.kind, status__in=ENDED, replaced_by="")
        .exclude(pk=new.pk)
        .order_by("-requested_at", "-id")
        .first()
    )
    if before is not None:
        before.replaced_by = new.ref
        before.save(update_fields=["replaced_by"])


@transaction.atomic
def try_again(actor: Actor, notice: Notice, *, now: datetime) -> Notice:
    """Let a paper that stopped be printed again, e.g. after a face with the lacking character was dropped in.

    Raises WrongMoment unless it stopped.
    """
    locked = Notice.objects.select_for_update().get(region_id=notice.region_id, pk=notice.pk)
    if locked.status != Notice.Status.FAILED:
        raise WrongMoment("该文书不在“需人工处理”中，无需重试。")
    locked.status, locked.tries, locked.held_until = Notice.Status.REQUESTED, 0, None
    locked.save(update_fields=["status", "tries", "held_until"])
    record_event(
        actor,
        "paper_tried_again",
        kind="notice",
        thing=locked.ref,
        application=locked.application_ref,
        at=now,
        data={"number": locked.number, "problem": locked.problem},
    )
    return locked


def needing_a_person(region: str, *, now: datetime) -> QuerySet[Notice]:
    """Papers that somebody has to look at: stopped ones, with the reason in `problem` (characters named), and those
    that have waited for 15 minutes. Oldest first; read inside the region. The owner is `department`."""
    late = Q(status=Notice.Status.REQUESTED, requested_at__lt=now - STUCK_AFTER)
    return (
        Notice.objects.filter(Q(status=Notice.Status.FAILED) | late, region_id=region)
        .select_related("department")
        .order_by("requested_at", "id")
    )


def _end(actor: Actor, notice: Notice, status: Notice.Status, verb: str, *, reason: str, now: datetime) -> Notice:
    locked = Notice.objects.select_for_update().get(region_id=notice.region_id, pk=notice.pk)
    if locked.status not in VALID:
        raise WrongMoment("该文书已失效。")
    locked.status, locked.ended_at, locked.problem = status, now, reason[:LONGEST_REASON]
    locked.save(update_fields=["status", "ended_at", "problem"])
    record_event(
        actor,
        verb,
        kind="record" if locked.record_ref else "case",
        thing=locked.record_ref or locked.case_ref,
        application=locked.application_ref,
        at=now,
        data={"number": locked.number, "reason": reason[:LONGEST_REASON]},
    )
    return locked
