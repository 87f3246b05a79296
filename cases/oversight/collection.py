"""归集质量: 准确率, 及时率 and 完整率 of a month, per department and category; stock and increment stand apart.

准确率 and 及时率 are of what came in the month, 完整率 of what was decided in it. Each number has a list behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final

from django.db.models import Count, Q
from django.utils import timezone

from cases.categories import category_choices
from cases.models import CollectionBatch, CollectionRow, DeclaredCount, FailureRecord
from cases.oversight.shares import ZERO, Share
from cases.query import RecordQuerySet
from creditrepair.tenancy.models import Department

Outcome = CollectionRow.Outcome
GOOD: Final = (Outcome.NEW, Outcome.SAME, Outcome.CHANGED)
FIRST_MONTH: Final = date(2018, 7, 1)  # no rule on collecting is older
DEFINITIONS: Final = (
    ("准确率", "当月收到并已入库的文件中没有错误的行 ÷ 全部行；不在范围的行和待人工确认的行不计入。"),
    ("及时率", "当月收到的信息中在归集期限内收到的 ÷ 有归集期限的；期限按决定当日的规则，自决定次日起算工作日。"),
    ("完整率", "当月作出决定、已归集的信息 ÷ 本单位申报的应归集数，存量、增量合计；没有申报的不计算。"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One department's month in one category. Counts of rows and records; shares carry their own n.

    accuracy    rows without error among those that could have one
    timeliness  records in time among those a rule gives a time
    no_rule     records that no rule gives a time, or that have no day of decision
    declared    应归集数 as last declared, None where nobody has
    collected   records of the register decided (or listed) in the month, however they came
    """

    department: Department
    category: str
    title: str
    accuracy: Share = ZERO
    doubtful: int = 0
    out_of_scope: int = 0
    timeliness: Share = ZERO
    no_rule: int = 0
    declared: int | None = None
    collected: int = 0

    @property
    def late(self) -> int:
        return self.timeliness.missing

    @property
    def completeness(self) -> Share:
        """Collected of declared; nothing at all while nobody has declared."""
        return ZERO if self.declared is None else Share(self.collected, self.declared)

    @property
    def more_than_declared(self) -> int:
        return max(0, self.collected - self.declared) if self.declared is not None else 0

    @property
    def silent(self) -> bool:
        """Whether there is nothing to show in the month."""
        return not (
            self.accuracy.n
            or self.doubtful
            or self.out_of_scope
            or self.timeliness.n
            or self.no_rule
            or self.collected
            or self.declared is not None
        )


@dataclass(frozen=True, slots=True)
class Total:
    """Sums over lines. Completeness counts only the lines that somebody declared, on both sides."""

    accuracy: Share
    timeliness: Share
    completeness: Share
    late: int


def month_of(day: date) -> date:
    """The first of its month."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    return month_of(month + timedelta(days=31))


def previous_month(month: date) -> date:
    return month_of(month_of(month) - timedelta(days=1))


def quality_of(region: str, month: date, *, stock: bool, departments: Sequence[Department]) -> list[Line]:
    """The lines of these departments of one region in a month (its first day), in the order of departments and Annex 1.

    Four reads whatever the size of the register, each a range of an index. Lines without anything are left out.
    """
    keys = [department.pk for department in departments]
    titles = dict(category_choices())
    lines = {
        (department.pk, category): Line(department, category, title)
        for department in departments
        for category, title in titles.items()
    }
    for key, accuracy, doubtful, outside in _accuracy(region, month, stock, keys):
        lines[key] = replace(lines[key], accuracy=accuracy, doubtful=doubtful, out_of_scope=outside)
    for key, timeliness, no_rule in _timeliness(region, month, stock, keys):
        lines[key] = replace(lines[key], timeliness=timeliness, no_rule=no_rule)
    for key, collected in _collected(region, month, keys):
        lines[key] = replace(lines[key], collected=collected)
    for key, declared in declared_in(region, month, keys).items():
        lines[key] = replace(lines[key], declared=declared.count)
    return [line for line in lines.values() if not line.silent]


def total_of(lines: Iterable[Line]) -> Total:
    held = list(lines)
    return Total(
        accuracy=sum((line.accuracy for line in held), ZERO),
        timeliness=sum((line.timeliness for line in held), ZERO),
        completeness=sum((line.completeness for line in held), ZERO),
        late=sum(line.late for line in held),
    )


def received_in(region: str, month: date, *, stock: bool, departments: Iterable[int]) -> RecordQuerySet:
    """Records that came in a month, without those whose batch was taken back."""
    first, end = _instants(month)
    rows: RecordQuerySet = FailureRecord.objects.filter(
        region_id=region, department_id__in=list(departments), received_at__gte=first, received_at__lt=end, stock=stock
    ).exclude(status=FailureRecord.Status.TAKEN_BACK)
    return rows


def late_in(region: str, month: date, *, stock: bool, departments: Iterable[int], category: str = "") -> RecordQuerySet:
    """迟报: the records behind the number of late ones; as many as the lines say."""
    rows = received_in(region, month, stock=stock, departments=departments).filter(late_by__gt=0)
    return rows.filter(category=category) if category else rows


def declared_in(region: str, month: date, departments: Iterable[int]) -> dict[tuple[int, str], DeclaredCount]:
    """The latest declaration of each department and category for a month."""
    rows = DeclaredCount.objects.filter(region_id=region, month=month, department_id__in=list(departments))
    return {(row.department_id, row.category): row for row in rows.order_by("number")}


def decided_in(region: str, month: date, departments: Iterable[int]) -> tuple[RecordQuerySet, RecordQuerySet]:
    """Records decided in a month, and entries without a decision of their own that were listed in it: two ranges."""
    own = FailureRecord.objects.filter(region_id=region, department_id__in=list(departments)).exclude(
        status=FailureRecord.Status.TAKEN_BACK
    )
    end = next_month(month)
    return (
        own.filter(decided_on__gte=month, decided_on__lt=end),
        own.filter(decided_on__isnull=True, listed_on__gte=month, listed_on__lt=end),
    )


def _accuracy(
    region: str, month: date, stock: bool, departments: Sequence[int]
) -> list[tuple[tuple[int, str], Share, int, int]]:
    """Per department and category, from the counts each batch keeps of its own rows."""
    first, end = _instants(month)
    batches = CollectionBatch.objects.filter(
        region_id=region,
        department_id__in=departments,
        received_at__gte=first,
        received_at__lt=end,
        stock=stock,
        imported_at__isnull=False,
        taken_back_at__isnull=True,
    ).values_list("department_id", "category", "counts")
    shares: dict[tuple[int, str], tuple[Share, int, int]] = {}
    for department, category, counts in batches.iterator():
        good = sum(int(counts.get(outcome, 0)) for outcome in GOOD)
        share, doubtful, outside = shares.get((department, category), (ZERO, 0, 0))
        shares[department, category] = (
            share + Share(good, good + int(counts.get(Outcome.ERROR, 0))),
            doubtful + int(counts.get(Outcome.DOUBT, 0)),
            outside + int(counts.get(Outcome.OUT_OF_SCOPE, 0)),
        )
    return [(key, *found) for key, found in shares.items()]


def _timeliness(
    region: str, month: date, stock: bool, departments: Sequence[int]
) -> list[tuple[tuple[int, str], Share, int]]:
    found = (
        received_in(region, month, stock=stock, departments=departments)
        .values("department_id", "category")
        .annotate(
            in_time=Count("pk", filter=Q(late_by=0)),
            timed=Count("pk", filter=Q(late_by__isnull=False)),
            untimed=Count("pk", filter=Q(late_by__isnull=True)),
        )
        .order_by()
    )
    return [
        ((row["department_id"], row["category"]), Share(row["in_time"], row["timed"]), row["untimed"]) for row in found
    ]


def _collected(region: str, month: date, departments: Sequence[int]) -> list[tuple[tuple[int, str], int]]:
    counted: dict[tuple[int, str], int] = {}
    for rows in decided_in(region, month, departments):
        for row in rows.values("department_id", "category").annotate(n=Count("pk")).order_by():
            key = (row["department_id"], row["category"])
            counted[key] = counted.get(key, 0) + row["n"]
    return list(counted.items())


def _instants(month: date) -> tuple[datetime, datetime]:
    """Midnight in Shanghai at the beginning of a month and of the next."""
    zone = timezone.get_default_timezone()
    return datetime.combine(month, time(), zone), datetime.combine(next_month(month), time(), zone)
