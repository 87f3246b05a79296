"""Opening steps: the intake, the tiers one after another. Tiers are rows pinned at filing, never states."""

from datetime import date, datetime
from typing import Any

from django.db.models import Q

from cases.categories import room, superior_prevails
from cases.categories.base import Tier as RoomTier
from cases.facts import facts_of
from cases.models import Case, FailureRecord, ReviewStep, Tier
from cases.overrides import overrides_of
from creditrepair.tenancy.models import Department

INTAKE = {"code": "handler", "title": "受理", "department": "own", "may_refuse": True}
SUPERIOR = {
    "code": "superior",
    "title": "上级机关决定（登记结果）",
    "department": "own",
    "may_refuse": True,
    "external": True,
    "organ": "",
}


def pin_ladder(record: FailureRecord, today: date) -> list[dict[str, Any]]:
    """The tiers of this record's region today, in order: the region's dated rows, else the room's own ladder.

    Where the superior's own procedure prevails and no tier of the ladder is decided outside, the superior's decision
    is added as the last one. `organ` is whom the room expects to decide an external tier; its paper names the real one.
    """
    rows = Tier.objects.filter(
        Q(until_on__isnull=True) | Q(until_on__gte=today),
        Q(market__isnull=True) | Q(market=record.market),
        region_id=record.region_id,
        category=record.category,
        from_on__lte=today,
    ).order_by("position", "-from_on")
    facts = facts_of(record)
    own = room(record.category).tiers(facts)
    organs = {t.code: t.organ for t in own}
    ladder = [_pinned(t, organs.get(t.code, "")) for t in rows] or [_pinned(t, t.organ) for t in own]
    decided_outside = any(tier["external"] for tier in ladder)
    if not decided_outside and superior_prevails(facts, today, overrides_of(record.region_id)):
        ladder.append(dict(SUPERIOR))
    return ladder


def _pinned(tier: Tier | RoomTier, organ: str) -> dict[str, Any]:
    return {
        "code": tier.code,
        "title": tier.title,
        "department": tier.department,
        "may_refuse": tier.may_refuse,
        "external": tier.external,
        "organ": organ if tier.external else "",
    }


def is_external(case: Case, step: ReviewStep) -> bool:
    """Whether a step of the ladder is decided outside, so that only its paper is recorded here."""
    return step.position > 0 and bool(case.tiers[step.position - 1].get("external"))


def open_intake(case: Case, now: datetime) -> ReviewStep:
    """The step before the ladder: 受理, 补正 or 不予受理, by the handler of the responsible department."""
    return _open(case, INTAKE, position=0, now=now)


def open_tier(case: Case, position: int, now: datetime) -> ReviewStep:
    """Open tier `position` (1-based) of the pinned ladder."""
    return _open(case, case.tiers[position - 1], position=position, now=now)


def has_tier_after(case: Case, step: ReviewStep) -> bool:
    return step.position < len(case.tiers)


def _open(case: Case, tier: dict[str, Any], *, position: int, now: datetime) -> ReviewStep:
    department = (
        case.department
        if tier["department"] == "own"
        else Department.objects.get(region_id=case.region_id, code=tier["department"])
    )
    case.holder, case.holder_tier = department, tier["code"]
    return ReviewStep.objects.create(
        region_id=case.region_id,
        case=case,
        round=case.round,
        position=position,
        tier=tier["code"],
        title=tier["title"],
        department=department,
        opened_at=now,
    )
