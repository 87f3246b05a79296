"""From approved to repaired: only when every platform has been read back as changed. `sync` calls nobody; we ask."""

import logging
from datetime import datetime

from django.db import transaction

from cases import snapshot
from cases.models import Case
from cases.services import messages
from cases.states import CaseState
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import system_actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Region
from notices import services as notices
from sync import outbox

log = logging.getLogger(__name__)


def settle_verified(now: datetime) -> int:
    """Move every approved case whose legs are all verified on to `repaired`; returns how many. Safe to run twice."""
    moved = 0
    for region in Region.objects.order_by("code").values_list("code", flat=True):
        with region_context(region):
            waiting = list(
                Case.objects.filter(region_id=region, state=CaseState.APPROVED)
                .order_by("decided_at")
                .values_list("pk", flat=True)[:500]
            )
        for pk in waiting:
            try:
                moved += mark_repaired(region, pk, now=now)
            except Exception:  # one case that always raises must not hold up the others; the watch makes it a task
                log.exception("case %s of region %s could not be marked repaired", pk, region)
    return moved


@transaction.atomic
def mark_repaired(region: str, pk: int, *, now: datetime) -> int:
    """Mark one case repaired if all its legs are verified; 1 if it was, 0 if it waits or was done before."""
    with region_context(region):
        case = (
            Case.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("application", "record", "department")
            .filter(region_id=region, pk=pk, state=CaseState.APPROVED)
            .first()
        )
        if case is None:
            return 0
        latest = {leg.target: leg for leg in outbox.legs_of(region, "case", case.ref)}  # the highest version of each
        legs = [leg for code in legs_needed(case) if (leg := latest.get(code)) is not None and leg.verified]
        if len(legs) < len(legs_needed(case)):
            return 0
        case.mark_repaired()
        case.repaired_at = now
        case.version += 1
        case.save()
        letter = _letter(case, now)
        messages.tell_repaired(case, now=now)
        record_event(
            system_actor(region),
            "repaired",
            kind="case",
            thing=case.ref,
            application=case.application.ref,
            at=now,
            data={
                **{
                    leg.target: {"how": leg.verified_how, "at": leg.verified_at.isoformat() if leg.verified_at else ""}
                    for leg in legs
                },
                "letter": letter,
                **({"decided_at": case.decision["mirrored_from"]} if case.decision.get("mirrored_from") else {}),
            },
        )
        transaction.on_commit(outbox.wake, robust=True)
        transaction.on_commit(notices.wake, robust=True)
        return 1


def legs_needed(case: Case) -> list[str]:
    """The platforms that must be read back: those of the room, without the one that decided itself (结果互认).

    What is told to the superior and the province is tracked, but holds nobody's repair back.
    """
    return [code for code in case.room.targets if code != case.decision.get("mirrored_from")]


def _letter(case: Case, now: datetime) -> str:
    """Number of the 更正函 for sites of third parties; "" where others decide, for we speak in no court's name."""
    if case.room.decided == "elsewhere" or case.decision.get("mirrored_from"):
        return ""
    return notices.request(snapshot.of_correction_letter(case, now), at=now).number
