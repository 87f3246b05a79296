"""应归集数: a department declares how many decisions it made in a month and category; later numbers are appended."""

from datetime import date, datetime
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from cases.categories import UnknownCategory, room
from cases.models import DeclaredCount
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid, NotAllowed, NotFound, WrongMoment
from creditrepair.tenancy.models import Department, Role

MOST: Final = 1_000_000
FIRST_MONTH: Final = date(2018, 7, 1)
NOTE_LENGTH: Final = 200


@transaction.atomic
def declare_count(
    actor: Actor, *, category: str, month: date, count: int, note: str = "", now: datetime
) -> DeclaredCount:
    """Declare the number for the actor's department; the latest one counts, the earlier ones stay.

    month   any day of it; of the present month or an earlier one. A number that is declared already changes nothing.
    Raises NotAllowed (not a recorder of a unit), NotFound (no such category), Invalid (month, number, note),
    WrongMoment (somebody of the unit declared at the same moment).
    """
    if not actor.has(Role.RECORDER) or actor.department_id is None:
        raise NotAllowed("应归集数由责任单位的归集人员申报。")
    try:
        title = room(category).title
    except UnknownCategory:
        raise NotFound from None
    month = month.replace(day=1)
    _check(month, count, note, timezone.localdate(now))
    department = Department.objects.get(region_id=actor.region, pk=actor.department_id)
    latest = _latest(actor.region, department, category, month)
    if latest is not None and (latest.count, latest.note) == (count, note.strip()):
        return latest
    try:
        with transaction.atomic():
            declared = DeclaredCount.objects.create(
                region_id=actor.region,
                department=department,
                category=category,
                month=month,
                number=latest.number + 1 if latest else 1,
                count=count,
                note=note.strip(),
                declared_by_id=actor.person_id,
                declared_at=now,
            )
    except IntegrityError:
        raise WrongMoment("本单位刚刚有人申报了同一项，请刷新后核对。") from None
    record_event(
        actor,
        "count_declared",
        kind="department",
        thing=department.code,
        at=now,
        data={
            "category": category,
            "title": title,
            "month": f"{month:%Y-%m}",
            "count": count,
            "before": latest.count if latest else None,
            "number": declared.number,
        },
    )
    return declared


def declarations_of(region: str, department: Department, month: date) -> list[DeclaredCount]:
    """Every number a department has declared for a month, the latest of a category first."""
    rows = DeclaredCount.objects.filter(region_id=region, department=department, month=month.replace(day=1))
    return list(rows.select_related("declared_by").order_by("category", "-number"))


def _latest(region: str, department: Department, category: str, month: date) -> DeclaredCount | None:
    rows = DeclaredCount.objects.filter(region_id=region, department=department, category=category, month=month)
    return rows.order_by("-number").first()


def _check(month: date, count: int, note: str, today: date) -> None:
    if month > today:
        raise Invalid(fields={"month": "不能申报以后的月份。"})
    if month < FIRST_MONTH:
        raise Invalid(fields={"month": f"请填写{FIRST_MONTH:%Y年%m月}以后的月份。"})
    if not 0 <= count <= MOST:
        raise Invalid(fields={"count": f"请填写0至{MOST}的整数。"})
    if len(note.strip()) > NOTE_LENGTH:
        raise Invalid(fields={"note": f"说明不超过{NOTE_LENGTH}个字。"})
