"""咨询 at the window: what was asked and answered is logged; it may become a filing, and then says which."""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from cases.models import Advice
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid, NotAllowed
from creditrepair.tenancy.models import Role

MAX_ASKED: Final = 500
MAX_ANSWERED: Final = 1000


@transaction.atomic
def give_advice(
    actor: Actor, *, asked: str, answered: str, subject_code: str = "", ticket_ref: str = "", now: datetime
) -> Advice:
    """Log one piece of advice. Raises NotAllowed, Invalid (nothing asked or answered, too long)."""
    if not actor.has(Role.CLERK):
        raise NotAllowed("窗口咨询由窗口人员登记。")
    asked, answered, faults = asked.strip(), answered.strip(), {}
    if not asked or len(asked) > MAX_ASKED:
        faults["asked"] = f"请写明咨询的问题，不超过{MAX_ASKED}个字。"
    if not answered or len(answered) > MAX_ANSWERED:
        faults["answered"] = f"请写明答复的内容，不超过{MAX_ANSWERED}个字。"
    if faults:
        raise Invalid(fields=faults)
    advice = Advice.objects.create(
        region_id=actor.region,
        day=timezone.localdate(now),
        clerk_id=actor.person_id,
        window=actor.window,
        subject_code=subject_code,
        asked=asked,
        answered=answered,
        at=now,
        ticket_ref=ticket_ref,
    )
    record_event(
        actor, "advice_given", kind="advice", thing=advice.ref, at=now, data={"asked": asked, "subject": subject_code}
    )
    return advice
