"""撤回: the applicant takes one record out of a filing while nobody has decided; filing again is free."""

from datetime import datetime

from django.db import transaction

from cases.access import access_case, require_state
from cases.deadlines import settle_clock
from cases.models import Case, ReviewStep
from cases.states import OPEN_STATES
from creditrepair.audit.chain import Line, record_all
from creditrepair.tenancy.actor import Actor, in_region


@transaction.atomic
def withdraw_case(actor: Actor, *, ref: str, reason: str, now: datetime) -> Case:
    """The applicant takes one record out of the filing, any time before a decision; filing again is free.

    Raises NotFound, NotAllowed (not the applicant's side), WrongMoment (decided already).
    """
    case = access_case(actor, ref, to="answer", lock=True)
    require_state(case, *OPEN_STATES)
    ReviewStep.objects.filter(region_id=case.region_id, case=case, status=ReviewStep.Status.OPEN).update(
        status=ReviewStep.Status.CANCELLED, settled_at=now, comment="申请人撤回"
    )
    case.withdraw()
    case.holder, case.holder_tier, case.decided_at = None, "", now
    case.version += 1
    settle_clock(case, now)
    case.save()
    record_all(
        in_region(actor, case.region_id),
        [
            Line(
                "withdrawn",
                "case",
                case.ref,
                application=case.application.ref,
                on_behalf_of=case.subject_id,
                data={"reason": reason.strip()},
            )
        ],
        at=now,
    )
    return case
