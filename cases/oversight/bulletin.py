"""Data behind 清单管理 and 通报: who had to do what by when, how far it is, and the month's table with its n."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db.models import Count, Exists, OuterRef, Q

from cases.categories import registry
from cases.deadlines import calendar_between
from cases.law.calendar import WorkCalendar
from cases.models import Case, FailureRecord
from cases.oversight.collection import Line, Total, decided_in, next_month, quality_of, total_of
from cases.oversight.shares import Share
from cases.states import OPEN_STATES
from cases.timeliness import rules_in_force
from creditrepair.tenancy.models import Department
from notices.models import Service

NOT_BEGUN, UNDER_WAY, DONE, STRUCK_OFF = "未启动", "进行中", "已完成", "销号"
_LOOK_AHEAD: Final = timedelta(days=70)  # 20 working days over the longest holidays


@dataclass(frozen=True, slots=True)
class Duty:
    """One line of the list. `wanted` None: nobody has said how many; `due` None: no rule and no setting gives a day.

    task    declare (申报应归集数), collect (归集) or serve (两书同达); certainty: of the rule behind `due`
    state   未启动, 进行中, 已完成; 销号 once it is complete and its day has passed
    """

    department: Department
    task: str
    title: str
    category: str
    done: int
    wanted: int | None
    due: date | None
    certainty: str
    state: str

    @property
    def category_title(self) -> str:
        return registry[self.category].title

    def overdue(self, today: date) -> bool:
        return self.due is not None and self.due < today and self.state in (NOT_BEGUN, UNDER_WAY)


@dataclass(frozen=True, slots=True)
class BulletinRow:
    """A department in the bulletin: its shares of the month, and its cases in hand on the day it was made."""

    department: Department
    accuracy: Share
    timeliness: Share
    completeness: Share
    late: int
    served: Share
    in_hand: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Bulletin:
    """The draft of a 通报: the period (both days included), one row a department, the sums, the day it was made."""

    first: date
    last: date
    made_on: date
    rows: tuple[BulletinRow, ...]
    total: Total
    in_hand: int
    overdue: int


def duties_of(region: str, month: date, today: date, departments: Sequence[Department]) -> list[Duty]:
    """What these departments had to do about the decisions of a month, department by department."""
    last = next_month(month) - timedelta(days=1)
    calendar = calendar_between(last, last + _LOOK_AHEAD, region)
    lines = {
        (line.department.pk, line.category): line
        for line in quality_of(region, month, stock=False, departments=departments)
    }
    served = served_in(region, month, departments)
    found: list[Duty] = []
    for department in departments:
        due = _due_days(region, last, department, calendar)
        for category, room in registry.items():
            line = lines.get((department.pk, category))
            theirs = room.decided == "here" and department.code in room.annex1_departments
            if line is None and not theirs:
                continue
            line = line or Line(department, category, room.title)
            found += _duties(line, month, today, due.get(category), served.get((department.pk, category)))
    return found


def bulletin_of(region: str, month: date, today: date, departments: Sequence[Department]) -> Bulletin:
    """The month's increment per department with n, and cases in hand today. Departments without anything are left out."""
    lines = quality_of(region, month, stock=False, departments=departments)
    served = served_in(region, month, departments)
    hand = _in_hand(region, today, departments)
    rows = []
    for department in departments:
        own = [line for line in lines if line.department.pk == department.pk]
        in_hand, overdue = hand.get(department.pk, (0, 0))
        if not own and not in_hand:
            continue
        total = total_of(own)
        both = sum((share for (pk, _), share in served.items() if pk == department.pk), Share(0, 0))
        rows.append(
            BulletinRow(
                department, total.accuracy, total.timeliness, total.completeness, total.late, both, in_hand, overdue
            )
        )
    return Bulletin(
        first=month,
        last=next_month(month) - timedelta(days=1),
        made_on=today,
        rows=tuple(rows),
        total=total_of(lines),
        in_hand=sum(row.in_hand for row in rows),
        overdue=sum(row.overdue for row in rows),
    )


def served_in(region: str, month: date, departments: Sequence[Department]) -> dict[tuple[int, str], Share]:
    """两书同达 of the decisions of a month: of those published, how many were served together with their 告知书."""
    both = Service.objects.filter(region_id=region, record_ref=OuterRef("ref"), both_papers=True)
    shares: dict[tuple[int, str], Share] = {}
    for rows in decided_in(region, month, [department.pk for department in departments]):
        counted = (
            rows.filter(status=FailureRecord.Status.PUBLISHED)
            .annotate(served=Exists(both))
            .values("department_id", "category")
            .annotate(n=Count("pk"), part=Count("pk", filter=Q(served=True)))
            .order_by()
        )
        for row in counted:
            if registry[row["category"]].decided == "here":
                key = (row["department_id"], row["category"])
                shares[key] = shares.get(key, Share(0, 0)) + Share(row["part"], row["n"])
    return shares


def _due_days(region: str, last: date, department: Department, calendar: WorkCalendar) -> dict[str, tuple[date, str]]:
    """Per category the last day for what was decided on the last day of the month, and how sure the rule is."""
    rules = rules_in_force(region, last, dict.fromkeys(registry, department.market))
    return {
        category: (calendar.add_working_days(last, int(rule.value or 0)).day, rule.certainty)
        for category, rule in rules.items()
    }


def _duties(line: Line, month: date, today: date, due: tuple[date, str] | None, served: Share | None) -> list[Duty]:
    named = f"{month.year}年{month.month}月"
    day, certainty = due or (None, "unknown")
    duties = [
        Duty(
            line.department, "declare", f"申报{named}应归集数", line.category, int(line.declared is not None), 1, None,
            "unknown", DONE if line.declared is not None else NOT_BEGUN,
        ),
        Duty(
            line.department, "collect", f"归集{named}作出的决定", line.category, line.collected, line.declared, day,
            certainty, _state(line.collected, line.declared, day, today),
        ),
    ]  # fmt: skip
    if served is not None:
        duties.append(
            Duty(
                line.department, "serve", f"{named}决定的两书同达", line.category, served.part, served.n, None,
                "unknown", _state(served.part, served.n, None, today),
            )
        )  # fmt: skip
    return duties


def _state(done: int, wanted: int | None, due: date | None, today: date) -> str:
    if wanted is not None and done >= wanted:
        return STRUCK_OFF if due is not None and due < today else DONE
    return UNDER_WAY if done else NOT_BEGUN


def _in_hand(region: str, today: date, departments: Sequence[Department]) -> dict[int, tuple[int, int]]:
    """Open cases of each department, and how many of them are past their day."""
    counted = (
        Case.objects.filter(region_id=region, state__in=OPEN_STATES, department_id__in=[d.pk for d in departments])
        .values("department_id")
        .annotate(n=Count("pk"), late=Count("pk", filter=Q(due_on__lt=today, paused=False)))
        .order_by()
    )
    return {row["department_id"]: (row["n"], row["late"]) for row in counted}
