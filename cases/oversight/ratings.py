"""好差评 in numbers: filings of a period by the grade they were given first, with n; no unit is ranked under five."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from cases.models import Case, Rating
from cases.oversight.shares import Share
from creditrepair.tenancy.models import Department

GRADES: Final = tuple(sorted(Rating.Grade.values, reverse=True))
SATISFIED: Final = Rating.Grade.FAIR  # 基本满意 and better
DEFINITION: Final = (
    "一个办件计一次，以第一次评价为准；整改后的再次评价另列，不改变第一次的计数。满意率为非常满意、满意、基本满意之和占评价数的比例。"
    "一个办件涉及几个单位的，各单位各计一次，合计只计一次。评价不足5件的单位不计比率、不排名。"
)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of each grade, best first; `rank` among the units with enough of them, None without."""

    title: str
    code: str
    counts: dict[int, int] = field(default_factory=dict)
    rank: int | None = None

    @property
    def n(self) -> int:
        return sum(self.counts.values())

    @property
    def grades(self) -> list[tuple[str, int]]:
        return [(Rating.Grade(grade).label, self.counts.get(grade, 0)) for grade in GRADES]

    @property
    def satisfied(self) -> Share:
        return Share(sum(count for grade, count in self.counts.items() if grade >= SATISFIED), self.n)


def within(since: date, until: date) -> Q:
    """Ratings of these days, both included, as the region's clock has them."""
    return Q(rated_at__gte=_midnight(since), rated_at__lt=_midnight(until + timedelta(days=1)))


def by_channel(ratings: "QuerySet[Rating]") -> list[Tally]:
    """The total first, then each way of handing in."""
    counts: dict[str, dict[int, int]] = {code: {} for code in Rating.Channel.values}
    for channel, grade, n in (
        ratings.filter(number=1).order_by().values_list("channel", "grade").annotate(n=Count("id"))
    ):
        counts[channel][grade] = n
    total = {grade: sum(one.get(grade, 0) for one in counts.values()) for grade in GRADES}
    return [
        Tally("合计", "", total),
        *(Tally(str(Rating.Channel(code).label), code, counts[code]) for code in Rating.Channel.values),
    ]


def by_unit(region: str, ratings: "QuerySet[Rating]") -> list[Tally]:
    """Every unit with a rating: the ranked ones first, best first, then those with too few, by name of the list."""
    counts: dict[int, dict[int, int]] = {}
    rows = Case.objects.filter(region_id=region, application__ratings__in=ratings.filter(number=1)).order_by()
    grouped = rows.values_list("department_id", "application__ratings__grade")
    for unit, grade, n in grouped.annotate(n=Count("application_id", distinct=True)):
        counts.setdefault(unit, {})[grade] = n
    units = Department.objects.filter(region_id=region, pk__in=counts).order_by("id")
    return ranked(Tally(unit.name, unit.code, counts[unit.pk]) for unit in units)


def ranked(lines: Iterable[Tally]) -> list[Tally]:
    """By the share of the satisfied, equal shares on one rank; who has under five ratings stands below, without one."""
    given = list(lines)
    enough = [one for one in given if one.satisfied.enough]
    placed = []
    for one in enough:
        better = sum(_more(other.satisfied, one.satisfied) for other in enough)
        placed.append(Tally(one.title, one.code, one.counts, better + 1))
    return sorted(placed, key=lambda one: one.rank or 0) + [one for one in given if not one.satisfied.enough]


def _more(left: Share, right: Share) -> bool:
    """Compared as fractions: rounded percentages would call unequal ones equal."""
    return left.part * right.n > right.part * left.n


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
