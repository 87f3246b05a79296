"""From approved to repaired: only when every platform has been read back as changed. `sync` calls nobody; we ask."""

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.db.models.fields.json import KT

from cases.categories import room
from cases.categories.base import Category
from cases.models import Case
from cases.services import messages
from cases.snapshot import case_papers
from cases.states import CaseState
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import system_actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Region
from notices import services as notices
from sync import outbox

PAGE_CASES: Final = 500
log = logging.getLogger(__name__)


def settle_verified(now: datetime) -> int:
    """Move every approved case whose legs are all verified on to `repaired`; returns how many. Safe to run twice."""
    moved = 0
    for region in Region.objects.order_by("code").values_list("code", flat=True):
        for pk in _ready(region):
            try:
                moved += mark_repaired(region, pk, now=now)
            except Exception:  # one case that always raises must not hold up the others; the watch makes it a task
                log.exception("case %s of region %s could not be marked repaired", pk, region)
    return moved


def _ready(region: str) -> Iterator[int]:
    """Approved cases that look complete, oldest decision first; `mark_repaired` looks again under the lock.

    One question a page of cases, over all pages: while a platform is away, those that wait for it hide nobody behind them.
    """
    after: tuple[datetime, int] | None = None
    while True:
        with region_context(region):
            rows = Case.objects.filter(region_id=region, state=CaseState.APPROVED).order_by("decided_at", "pk")
            if after is not None:
                rows = rows.filter(Q(decided_at__gt=after[0]) | Q(decided_at=after[0], pk__gt=after[1]))
            page = list(
                rows.values_list("pk", "ref", "category", "decided_at", KT("decision__mirrored_from"))[:PAGE_CASES]
            )
            verified = outbox.verified_targets(region, "case", [ref for _, ref, *_ in page])
        for pk, ref, category, _, mirrored_from in page:
            if verified.get(ref, frozenset()).issuperset(_needed(room(category), mirrored_from)):
                yield pk
        if len(page) < PAGE_CASES:
            return
        after = page[-1][3], page[-1][0]


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
    return _needed(case.room, case.decision.get("mirrored_from"))


def _needed(category: Category, mirrored_from: str | None) -> list[str]:
    return [code for code in category.targets if code != mirrored_from]


def _letter(case: Case, now: datetime) -> str:
    """Number of the 更正函 for sites of third parties; "" where others decide, for we speak in no court's name."""
    if case.room.decided == "elsewhere" or case.decision.get("mirrored_from"):
        return ""
    return notices.request(case_papers.of_correction_letter(case, now), at=now).number
