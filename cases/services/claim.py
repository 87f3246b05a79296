"""领取: a lease of half an hour on an open step, so that two people of one office do not read the same case.

A claim reserves, it does not permit: who may decide is asked again by the deciding verb.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from cases.access import access_case
from cases.access_steps import require_four_eyes
from cases.models import Case, ReviewStep
from cases.states import CaseState
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import NotAllowed, WrongMoment
from creditrepair.tenancy.models import Role

LEASE: Final = timedelta(minutes=30)
CLAIMABLE: Final = (CaseState.SUBMITTED, CaseState.IN_REVIEW)
NEXT_TRIES: Final = 20  # each lost race means that a colleague got a case: bounded, not a loop for ever

# who holds a paper in hand, or suspects something that nobody has decided, says nothing to the applicant
INTERNAL: Final = frozenset({"step_claimed", "step_released", "revocation_proposed", "revocation_declined"})


class Claimed(WrongMoment):
    """A colleague holds the step; says who and since when."""

    code = "claimed"


def unclaimed(now: datetime) -> Q:
    """Steps nobody holds at `now`: never claimed, released, or the lease has run out."""
    return Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)


def claimed_at(step: ReviewStep) -> datetime | None:
    """When the present claim began or was last renewed, None for a step nobody holds."""
    return step.claimed_until - LEASE if step.claimed_until else None


@transaction.atomic
def claim_step(actor: Actor, *, ref: str, now: datetime) -> ReviewStep:
    """Hold the open step of a case for 30 minutes; by its holder again, the lease starts anew (no second Event).

    Raises NotFound, NotAllowed (another tier or unit, own filing, second tier of one case), Claimed (a colleague
    holds it), WrongMoment (nothing open).
    """
    case = access_case(actor, ref, to="decide", lock=True)
    step = _open_step(case)
    require_four_eyes(actor, case, step)
    renewed = step.claimed_by_id == actor.user_id and step.claimed_until is not None and step.claimed_until > now
    if not _take(actor, step, now):
        step.refresh_from_db()
        who = step.claimed_by.full_name if step.claimed_by else "其他审核人员"
        since = claimed_at(step)
        raise Claimed(f"{who}已于{timezone.localtime(since):%H:%M}领取本件。" if since else f"{who}已领取本件。")
    if not renewed:
        _note(actor, "step_claimed", case, step, now)
    return step


@transaction.atomic
def release_step(actor: Actor, *, ref: str, now: datetime) -> ReviewStep:
    """Give back a claim of one's own before its time.

    Raises NotFound, NotAllowed, WrongMoment (not held by the actor).
    """
    case = access_case(actor, ref, to="decide", lock=True)
    step = _open_step(case)
    freed = ReviewStep.objects.filter(
        region_id=case.region_id,
        pk=step.pk,
        status=ReviewStep.Status.OPEN,
        claimed_by_id=actor.user_id,
        claimed_until__gt=now,
    ).update(claimed_by=None, claimed_until=None)
    if not freed:
        raise WrongMoment("本件现在不由您领取，无需释放。", code="not_claimed")
    step.claimed_by, step.claimed_until = None, None
    _note(actor, "step_released", case, step, now)
    return step


@transaction.atomic
def next_step(actor: Actor, *, now: datetime) -> Case | None:
    """Claim the most urgent case the actor may decide and nobody holds; None when there is none.

    Rows locked by colleagues are skipped. A claim changes the step, not the case, so a row that was free when the
    list was read may be taken when its lock is granted: the compare-and-swap on the step decides, and we go on.
    Raises NotAllowed (not a reviewer).
    """
    if not actor.has(Role.REVIEWER):
        raise NotAllowed("领取由审核人员办理。")
    lost: list[int] = []
    for _ in range(NEXT_TRIES):
        case = _most_urgent(actor, lost, now)
        if case is None:
            return None
        step = _open_step(case)
        if _take(actor, step, now):
            _note(actor, "step_claimed", case, step, now)
            return case
        lost.append(case.pk)
    return None


def _most_urgent(actor: Actor, lost: list[int], now: datetime) -> Case | None:
    steps = ReviewStep.objects.filter(region_id=actor.region, case_id=OuterRef("pk"))
    free = steps.filter(unclaimed(now), status=ReviewStep.Status.OPEN)
    decided_by_me = steps.filter(settled_by_id=actor.user_id, status=ReviewStep.Status.AGREED).exclude(
        tier=OuterRef("holder_tier")
    )
    found: Case | None = (
        Case.objects.visible_to(actor)
        .awaiting(actor)
        .filter(Exists(free), ~Exists(decided_by_me), state__in=CLAIMABLE)
        .exclude(application__filed_by_id=actor.user_id)
        .exclude(pk__in=lost)
        .order_by(F("due_on").asc(nulls_last=True), "id")
        .select_for_update(of=("self",), skip_locked=True)
        .select_related("record", "application", "department", "subject")
        .first()
    )
    return found


def _open_step(case: Case) -> ReviewStep:
    step = (
        ReviewStep.objects.filter(region_id=case.region_id, case=case, status=ReviewStep.Status.OPEN)
        .select_related("claimed_by")
        .first()
    )
    if step is None:
        raise WrongMoment("本件现在没有待办环节。")
    return step


def _take(actor: Actor, step: ReviewStep, now: datetime) -> bool:
    """Compare-and-swap: the step becomes the actor's if it is open and free, or the actor's already."""
    until = now + LEASE
    taken = ReviewStep.objects.filter(
        unclaimed(now) | Q(claimed_by_id=actor.user_id),
        region_id=step.region_id,
        pk=step.pk,
        status=ReviewStep.Status.OPEN,
    ).update(claimed_by_id=actor.user_id, claimed_until=until)
    if taken:
        step.claimed_by_id, step.claimed_until = actor.user_id, until
    return bool(taken)


def _note(actor: Actor, verb: str, case: Case, step: ReviewStep, now: datetime) -> None:
    record_event(
        actor, verb, kind="case", thing=case.ref, application=case.application.ref, at=now, data={"tier": step.title}
    )
