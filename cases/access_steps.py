"""The only way to a step of a case, for a decision: who decides it, once, and never two tiers of one case."""

from uuid import UUID

from django.utils import timezone

from cases.access import access_case, can_decide
from cases.models import Case, ReviewStep
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import AlreadyDecided, NotAllowed, NotFound
from creditrepair.tenancy.models import Role


def access_step(actor: Actor, ref: str, step: UUID | str) -> tuple[Case, ReviewStep]:
    """The case, locked, and the step the page showed, for a decision on it.

    Whoever may not decide is told so (403); whoever could decide the shown step hears that it is settled, by whom and
    when (409): a second click is no missing right.
    """
    case = access_case(actor, ref, lock=True)
    if can_decide(actor, case):
        return case, open_step(case, step)
    shown = ReviewStep.objects.filter(region_id=case.region_id, case=case, uuid=step).first()
    if shown is not None and _could_decide(actor, case, shown):
        open_step(case, step)
    raise NotAllowed


def _could_decide(actor: Actor, case: Case, step: ReviewStep) -> bool:
    return (
        actor.has(Role.REVIEWER)
        and case.region_id == actor.region
        and step.department_id == actor.department_id
        and step.tier in actor.tiers
    )


def open_step(case: Case, step: UUID | str) -> ReviewStep:
    """The step the page showed, if it is still the open one; read after the case's lock.

    Raises AlreadyDecided (409) with who settled it and when, WrongMoment if the case has moved on otherwise.
    """
    shown = (
        ReviewStep.objects.filter(region_id=case.region_id, case=case, uuid=step).select_related("settled_by").first()
    )
    if shown is None:
        raise NotFound
    if shown.status != ReviewStep.Status.OPEN:
        by = shown.settled_by.full_name if shown.settled_by else "系统"
        raise AlreadyDecided(
            by, f"{timezone.localtime(shown.settled_at):%Y-%m-%d %H:%M}" if shown.settled_at else "此前"
        )
    return shown


def require_four_eyes(actor: Actor, case: Case, step: ReviewStep) -> None:
    """Nobody decides two tiers of one case, nor a case filed by the same person at the counter."""
    if case.application.filed_by_id == actor.user_id:
        raise NotAllowed("本件由您在窗口代为提交，须由他人审核。", code="own_filing")
    if (
        ReviewStep.objects.filter(region_id=case.region_id, case=case, settled_by_id=actor.user_id, status="agreed")
        .exclude(tier=step.tier)
        .exists()
    ):
        raise NotAllowed("您已办理本件的另一环节，本环节须由他人办理。", code="four_eyes")
