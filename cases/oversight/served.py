"""两书同达: decisions that wait for both papers, and how many of a month's decisions had them. Pure queries.

A decision taken elsewhere (a court's list) is none of ours to serve, and stock collected later cannot be served with
its decision: neither stands in the lists or counts in the rate.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from cases.categories import registry
from cases.models import FailureRecord
from cases.oversight.shares import ZERO, Share
from cases.query import RecordQuerySet
from creditrepair.tenancy.models import Department
from notices.force import VALID
from notices.kinds import beside_decisions
from notices.models import Notice, Service

SERVE_WITHIN: Final = timedelta(days=7)  # 行政处罚法第六十一条: who was absent is served within seven days
DEFINITION: Final = (
    "当月作出的处罚决定和列入决定中，决定文书与信用修复告知书已一并送达的 ÷ 应送达的。"
    "法院等外部机关决定的、存量数据、已撤回的不计入；告知书作废或者被替代后须重新送达，此前计为未送达。"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One department's month: `both` served of n decisions; `prompt` those served within seven days, of the served."""

    department: Department
    both: Share = ZERO
    prompt: Share = ZERO

    @property
    def waiting(self) -> int:
        return self.both.missing


def elsewhere() -> list[str]:
    """Categories whose decisions others take and serve."""
    return [code for code, room in registry.items() if room.decided == "elsewhere"]


def to_serve(rows: RecordQuerySet) -> RecordQuerySet:
    """Those of `rows` whose decision has to be served together with a 告知书, served or not."""
    return rows.exclude(category__in=elsewhere()).filter(stock=False)


def unserved(rows: RecordQuerySet) -> RecordQuerySet:
    """Published decisions of `rows` without a service of both papers that still counts."""
    return to_serve(rows).published().filter(~Exists(served_with_valid()))


def penalties(rows: RecordQuerySet) -> RecordQuerySet:
    """Those that begin with a day of decision; to be paged by `decided_on`."""
    return rows.filter(decided_on__isnull=False)


def listings(rows: RecordQuerySet) -> RecordQuerySet:
    """列入决定: those that begin with a day of listing; to be paged by `listed_on`."""
    return rows.filter(decided_on__isnull=True, listed_on__isnull=False)


def without_notice(rows: RecordQuerySet) -> RecordQuerySet:
    """Those of `rows` that have no valid 告知书 yet."""
    told = Notice.objects.filter(
        region_id=OuterRef("region_id"),
        record_ref=OuterRef("ref"),
        kind__in=beside_decisions(),
        status__in=VALID,
    )
    return rows.filter(~Exists(told))


def served_with_valid() -> QuerySet[Service]:
    """For Exists over records: a service of both papers whose 告知书 is in force."""
    return Service.objects.filter(
        region_id=OuterRef("region_id"),
        record_ref=OuterRef("ref"),
        both_papers=True,
        notice__status__in=VALID,
    )


def rates(region: str, month: date, departments: Iterable[Department]) -> list[Line]:
    """The month's lines, one a department with decisions in it, by name; read inside the region.

    month   its first day; decisions count by the day of decision, listings by the day of listing
    """
    following = (month + timedelta(days=32)).replace(day=1)
    of_month = Q(decided_on__gte=month, decided_on__lt=following) | Q(
        decided_on__isnull=True, listed_on__gte=month, listed_on__lt=following
    )
    rows = to_serve(FailureRecord.objects.filter(of_month, region_id=region)).exclude(
        status__in=[FailureRecord.Status.WITHDRAWN, FailureRecord.Status.TAKEN_BACK]
    )
    totals = _counts(rows)
    days: dict[str, tuple[int, date]] = {
        ref: (unit, decided or listed)
        for ref, unit, decided, listed in rows.filter(Exists(served_with_valid())).values_list(
            "ref", "department_id", "decided_on", "listed_on"
        )
    }
    both: dict[int, int] = {}
    prompt: dict[int, int] = {}
    served = Service.objects.filter(
        region_id=region, record_ref__in=list(days), both_papers=True, notice__status__in=VALID
    ).values_list("record_ref", "served_on")
    for ref, day in served:
        unit, began = days[ref]
        both[unit] = both.get(unit, 0) + 1
        prompt[unit] = prompt.get(unit, 0) + (day - began <= SERVE_WITHIN)
    return [
        Line(unit, Share(both.get(unit.pk, 0), totals[unit.pk]), Share(prompt.get(unit.pk, 0), both.get(unit.pk, 0)))
        for unit in sorted(departments, key=lambda one: one.name)
        if unit.pk in totals
    ]


def total(lines: Iterable[Line]) -> tuple[Share, Share]:
    """The region's own shares: the sum of its departments'."""
    both, prompt = ZERO, ZERO
    for line in lines:
        both, prompt = both + line.both, prompt + line.prompt
    return both, prompt


def _counts(rows: RecordQuerySet) -> Mapping[int, int]:
    return dict(rows.order_by().values_list("department_id").annotate(n=Count("id")))
