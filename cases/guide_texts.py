"""指引: what departments have written into the guides in words of their own, by day and by unit. Read side only.

A block of a guide is either free, then a department may add its own dated text, or fed by rules, then nobody may.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from cases.categories import UnknownCategory, room
from cases.categories.base import Category
from cases.models import GuideText
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Department, Role

FREE_BLOCKS: Final = (
    "办理地点/时间", "特殊环节", "常见问题", "服务承诺", "咨询方式（电话/窗口）", "监督投诉方式",
)  # fmt: skip
HEAD_TIERS: Final = frozenset({"head", "bureau"})
LATEST: Final = 50


@dataclass(frozen=True, slots=True)
class OwnText:
    """One text as the guide shows it: `unit` published it, from `from_on` until `until_on` (None = open)."""

    block: str
    text: str
    unit: str
    from_on: date
    until_on: date | None


def may_write(actor: Actor, own: Category) -> bool:
    """Recorders and heads of a unit that Annex 1 names for the category; of any unit where the records may come from
    any (行政处罚信息), for its own part."""
    if actor.department is None:
        return False
    if own.market is not None and actor.department not in own.annex1_departments:
        return False
    return actor.has(Role.RECORDER) or (actor.has(Role.REVIEWER) and bool(actor.tiers & HEAD_TIERS))


def room_or_none(code: str) -> Category | None:
    try:
        return room(code)
    except UnknownCategory:
        return None


def unit_name(actor: Actor) -> str:
    """The name under which the actor's texts appear."""
    return Department.objects.filter(pk=actor.department_id or 0).values_list("name", flat=True).first() or ""


def texts_on(region: str, category: str, day: date) -> list[OwnText]:
    """The texts in force on `day`: per unit and block its latest one begun, unless that is over or was taken away.

    Enters the region itself, for public pages are also read by applicants, whose own context sees none of its rows.
    """
    with region_context(region):
        rows = list(
            GuideText.objects.filter(region_id=region, category=category, from_on__lte=day)
            .select_related("department")
            .order_by("block", "department__id", "-id")
            .distinct("block", "department__id")
        )
    return [
        OwnText(row.block, row.text, row.department.name, row.from_on, row.until_on)
        for row in rows
        if row.text and (row.until_on is None or row.until_on >= day)
    ]


def in_force(region: str, department: int, category: str, block: str, day: date) -> bool:
    """Whether the unit has words of its own in this block on `day` or from a later day on."""
    with region_context(region):
        row = (
            GuideText.objects.filter(region_id=region, department_id=department, category=category, block=block)
            .order_by("-id")
            .first()
        )
    return row is not None and bool(row.text) and (row.until_on is None or row.until_on >= day)


def history_of(region: str, department: int, category: str) -> list[GuideText]:
    """All that a unit has published for a category, newest first."""
    rows = GuideText.objects.filter(region_id=region, department_id=department, category=category)
    return list(rows.select_related("set_by").order_by("-id")[:LATEST])
