"""Opening steps: the intake, the tiers one after another. Tiers are rows pinned at filing, never states."""

from datetime import date, datetime
from typing import Any

from django.db.models import Q

from cases.categories import room
from cases.facts import facts_of
from cases.models import Case, FailureRecord, ReviewStep, Tier
from creditrepair.tenancy.models import Department

INTAKE = {"code": "handler", "title": "受理", "department": "own", "may_refuse": True}


def pin_ladder(record: FailureRecord, today: date) -> list[dict[str, Any]]:
    """The tiers of this record's region today, in order: the region's dated rows, else the room's own ladder."""
    rows = Tier.objects.filter(
        Q(until_on__isnull=True) | Q(until_on__gte=today),
        Q(market__isnull=True) | Q(market=record.market),
        region_id=record.region_id,
        category=record.category,
        from_on__lte=today,
    ).order_by("position", "-from_on")
    ladder = [{"code": t.code, "title": t.title, "department": t.department, "may_refuse": t.may_refuse} for t in rows]
    own = room(record.category).tiers(facts_of(record))
    return ladder or [
        {"code": t.code, "title": t.title, "department": t.department, "may_refuse": t.may_refuse} for t in own
    ]


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
