"""好差评 as staff read it: what is asked for, a page of it, and how a bad one is followed up. Nobody's name, no clock time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone

from cases.access_ratings import of_unit
from cases.access_tasks import visible_tasks
from cases.desk.keyset import PAGE_SIZE, Page, Place, decode, encode
from cases.models import Case, Rating, Task
from cases.oversight.ratings import within
from cases.services.rating import BAD
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.models import Department
from creditrepair.tenancy.personal import masked_words

DAYS: Final = 365
STEPS: Final = {Task.Kind.CALL_BACK: "回访", Task.Kind.REMEDY: "整改"}
FOLLOWED: Final = {"open": "未办结", "late": "已超期", "done": "已办结"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for: a period, and at will one grade (`bad`: both bad ones), channel, unit, follow-up."""

    since: date
    until: date
    grade: str = ""
    channel: str = ""
    department: Department | None = None
    follow: str = ""

    @property
    def query(self) -> str:
        return self.but()

    def but(self, **changes: str) -> str:
        """The same address with these changed, as a query."""
        kept = {
            "since": f"{self.since}", "until": f"{self.until}", "grade": self.grade, "channel": self.channel,
            "department": self.department.code if self.department else "", "follow": self.follow,
        } | changes  # fmt: skip
        return urlencode({name: value for name, value in kept.items() if value})


@dataclass(frozen=True, slots=True)
class Step:
    """回访 or 整改 of a bad rating: how far, by when, and the task if the reader may open it."""

    title: str
    words: str
    tone: str
    due: date
    task: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One rating without anything that says whose it is, or when on its day it was given."""

    grade: str
    tone: str
    tags: list[str]
    words: str
    channel: str
    units: list[str]
    day: date
    steps: list[Step]
    again: str
    again_words: str


def asked_of(query: QueryDict, units: Sequence[Department], today: date) -> Asked:
    """The filters of an address; the last year for no period. Raises BadRequest for what no form of ours sends."""
    until = _day(query.get("until", ""), today)
    since = _day(query.get("since", ""), until - timedelta(days=DAYS - 1))
    if since > until:
        raise BadRequest("since")
    code = query.get("department", "")
    unit = next((one for one in units if one.code == code), None)
    if code and unit is None:
        raise BadRequest("department")
    return Asked(
        since, until, _one_of(query, "grade", ("bad", *map(str, Rating.Grade.values))),
        _one_of(query, "channel", Rating.Channel.values), unit, _one_of(query, "follow", list(FOLLOWED)),
    )  # fmt: skip


def in_period(ratings: "QuerySet[Rating]", asked: Asked) -> "QuerySet[Rating]":
    """First ratings of the period, of the asked unit and channel: what the numbers are made of."""
    rows = ratings.filter(within(asked.since, asked.until), number=1)
    if asked.channel:
        rows = rows.filter(channel=asked.channel)
    if asked.department:
        rows = rows.filter(of_unit(asked.department.region_id, asked.department.pk))
    return rows


def listed(ratings: "QuerySet[Rating]", asked: Asked, today: date) -> "QuerySet[Rating]":
    """Of those, the ones of the asked grade and follow-up."""
    rows = in_period(ratings, asked)
    if asked.grade:
        rows = rows.filter(grade__in=BAD) if asked.grade == "bad" else rows.filter(grade=int(asked.grade))
    if not asked.follow:
        return rows
    steps = Task.objects.filter(
        region_id=OuterRef("region_id"), thing_kind="rating", thing=OuterRef("ref"), closed_at__isnull=True
    )
    waiting = Exists(steps.filter(due_on__lt=today) if asked.follow == "late" else steps)
    return rows.filter(~waiting if asked.follow == "done" else waiting, grade__in=BAD)


def page_of(rows: "QuerySet[Rating]", among: "QuerySet[Rating]", cursor: str) -> Page:
    """Newest first by keyset. The cursor names a rating only: the moment it stands for never leaves the server."""
    place = decode(cursor) if cursor else None
    forward = place.forward if place else True
    if place is not None:
        edge = among.filter(ref=place.ref).values_list("rated_at", "pk").first()
        if edge is None:
            raise BadRequest("at")
        way = "lt" if forward else "gt"
        beyond = Q(**{f"rated_at__{way}": edge[0]}) | Q(**{f"pk__{way}": edge[1]})
        rows = rows.filter(beyond, **{f"rated_at__{way}e": edge[0]})
    sign = "-" if forward else ""
    found = list(rows.order_by(f"{sign}rated_at", f"{sign}pk")[: PAGE_SIZE + 1])
    more, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    if not forward:
        found.reverse()
    before = found and (place is not None if forward else more)
    after = found and (more if forward else True)
    return Page(
        found,
        before=encode(Place(False, None, found[0].ref)) if before else "",
        after=encode(Place(True, None, found[-1].ref)) if after else "",
    )


def shown(actor: Actor, ratings: Sequence[Rating], today: date) -> list[Row]:
    """The rows of a page."""
    region, filings = actor.region, [one.application_id for one in ratings]
    units: dict[int, list[str]] = {}
    cases = Case.objects.filter(region_id=region, application_id__in=filings).order_by("application_id", "id")
    for filing, name in cases.values_list("application_id", "department__name"):
        units.setdefault(filing, [])
        if name not in units[filing]:
            units[filing].append(name)
    again = {
        one.application_id: one for one in Rating.objects.filter(region_id=region, application_id__in=filings, number=2)
    }
    steps = _steps(actor, [one.ref for one in ratings if one.grade in BAD], today)
    return [
        Row(
            one.get_grade_display(), _tone(one.grade), one.tags, masked_words(one.text), one.get_channel_display(),
            units.get(one.application_id, []), timezone.localdate(one.rated_at), steps.get(one.ref, []),
            *_again(again.get(one.application_id), steps.get(one.ref, [])),
        )
        for one in ratings
    ]  # fmt: skip


def _again(second: Rating | None, steps: Sequence[Step]) -> tuple[str, str]:
    """The one re-rating after the remedy: given, open, or nothing to say yet."""
    if second is not None:
        return f"再次评价：{second.get_grade_display()}（{timezone.localdate(second.rated_at)}）", masked_words(
            second.text
        )
    remedied = any(one.title == STEPS[Task.Kind.REMEDY] and one.tone == "good" for one in steps)
    return ("整改后可再评一次，尚未再评" if remedied else ""), ""


def _steps(actor: Actor, refs: Sequence[str], today: date) -> dict[str, list[Step]]:
    about = Q(thing_kind="rating", thing__in=refs, kind__in=list(STEPS))
    mine = set(visible_tasks(actor).filter(about).values_list("ref", flat=True)) if refs else set()
    latest: dict[tuple[str, str], Task] = {}
    for task in Task.objects.filter(about, region_id=actor.region).order_by("id"):
        latest[task.thing, task.kind] = task
    found: dict[str, list[Step]] = {}
    for kind, title in STEPS.items():
        for (thing, of), task in latest.items():
            if of == kind:
                found.setdefault(thing, []).append(
                    Step(title, *_state(task, today), task.due_on, task.ref if task.ref in mine else "")
                )
    return found


def _state(task: Task, today: date) -> tuple[str, str]:
    if task.closed_at is not None:
        day = timezone.localdate(task.closed_at)
        return f"{day}办结" + ("（逾期）" if day > task.due_on else ""), "good"
    if task.due_on < today:
        return "已超期", "danger"
    return ("今日到期", "warn") if task.due_on == today else ("办理中", "none")


def _tone(grade: int) -> str:
    return "danger" if grade in BAD else "warn" if grade == Rating.Grade.FAIR else "good"


def _one_of(query: QueryDict, name: str, offered: Sequence[Any]) -> str:
    given = query.get(name, "")
    if given and given not in offered:
        raise BadRequest(name)
    return given


def _day(text: str, otherwise: date) -> date:
    if not text:
        return otherwise
    try:
        found = date.fromisoformat(text)
        if str(found) != text or not 2020 <= found.year <= 2100:
            raise ValueError
        return found
    except ValueError:
        raise BadRequest("day") from None
