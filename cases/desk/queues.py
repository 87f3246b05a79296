"""The eight queues as data: a name, a title, and which of the visible cases belong to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from unicodedata import normalize
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from cases.access import visible_cases
from cases.categories import category_choices, rooms
from cases.deadlines import LOOK_AHEAD, calendar_between
from cases.desk.keyset import Page, capped, page_of
from cases.law import RecordFacts
from cases.models import Application, ReviewStep
from cases.query import CaseQuerySet
from cases.services.claim import CLAIMABLE, unclaimed
from cases.states import OPEN_STATES, CaseState
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import NotAllowed, NotFound
from creditrepair.tenancy.models import Role
from sync.models import Delivery

SOON_WORKING_DAYS: Final = 3
FILTERS: Final = ("q", "category", "tier", "channel")
TROUBLE: Final = (Delivery.State.UNKNOWN, Delivery.State.PARKED, Delivery.State.DISAGREED)


@dataclass(frozen=True, slots=True)
class Queue:
    """`keep` takes the visible cases of an actor and the moment; `own` queues are for reviewers only.

    `latest_first`: by the day of the decision; else by due day, nearest first, cases without one last.
    """

    name: str
    title: str
    keep: Callable[[CaseQuerySet, Actor, datetime], CaseQuerySet]
    empty: str = "当前没有待办。"
    own: bool = False
    day_field: str = "due_on"
    latest_first: bool = False


def _open_steps(actor: Actor) -> Any:
    return ReviewStep.objects.filter(region_id=actor.region, case_id=OuterRef("pk"), status=ReviewStep.Status.OPEN)


def _office(cases: CaseQuerySet, actor: Actor) -> CaseQuerySet:
    """Open cases on the desk of the actor's unit; for the supervisor, of the whole region.

    Region, holder and open states in one condition: the partial index `queue_of_department` answers it.
    """
    cases = cases.filter(region_id=actor.region, state__in=OPEN_STATES)
    return cases.filter(holder_id=actor.department_id) if actor.has(Role.REVIEWER) else cases


def waiting(cases: CaseQuerySet, actor: Actor, now: datetime) -> CaseQuerySet:
    free = Exists(_open_steps(actor).filter(unclaimed(now)))
    return cases.awaiting(actor).filter(free, state__in=CLAIMABLE)


def mine(cases: CaseQuerySet, actor: Actor, now: datetime) -> CaseQuerySet:
    held = Exists(_open_steps(actor).filter(claimed_by_id=actor.user_id, claimed_until__gt=now))
    return cases.awaiting(actor).filter(held)


def office(cases: CaseQuerySet, actor: Actor, now: datetime) -> CaseQuerySet:
    return _office(cases, actor)


def correction(cases: CaseQuerySet, actor: Actor, now: datetime) -> CaseQuerySet:
    return _office(cases, actor).filter(state=CaseState.CORRECTION)


def soon(cases: CaseQuerySet, actor: Actor, now: datetime) -> CaseQuerySet:
    today = timezone.localdate(now)
    last = calendar_between(today, today + LOOK_AHEAD, actor.region).add_working_days(today, SOON_WORKING_DAYS).day
    return _office(cases, actor).filter(paused=False, due_on__range=(today, last))


def overdue(cases: CaseQuerySet, actor: Actor, now: datetime) -> CaseQuerySet:
    return _office(cases, actor).filter(paused=False, due_on__lt=timezone.localdate(now))


def stuck(cases: CaseQuerySet, actor: Actor, now: datetime) -> CaseQuerySet:
    """Approved, and a platform does not answer as it should: unknown, parked, disagreeing, or failing and retried."""
    troubled = Delivery.objects.filter(
        Q(state__in=TROUBLE) | (Q(done_at__isnull=True) & ~Q(last_error="")),
        region_id=actor.region,
        thing_kind="case",
        thing=OuterRef("ref"),
    )
    return cases.filter(Exists(troubled), region_id=actor.region, state=CaseState.APPROVED)


def done(cases: CaseQuerySet, actor: Actor, now: datetime) -> CaseQuerySet:
    return cases.filter(region_id=actor.region).exclude(state__in=OPEN_STATES)


QUEUES: Final[Mapping[str, Queue]] = {
    queue.name: queue
    for queue in (
        Queue("waiting", "待领取", waiting, own=True),
        Queue("mine", "我的", mine, "您没有领取中的办件。可领取下一件。", own=True),
        Queue("office", "本科室", office),
        Queue("correction", "待补正", correction, "没有等待申请人补正的办件。"),
        Queue("soon", "即将到期", soon, f"{SOON_WORKING_DAYS}个工作日内没有到期的办件。"),
        Queue("overdue", "已超期", overdue, "没有超期的办件。"),
        Queue("stuck", "推送异常", stuck, "没有推送异常的办件。", day_field="decided_at", latest_first=True),
        Queue("done", "已办", done, "还没有已办的办件。", day_field="decided_at", latest_first=True),
    )
}


def queues_of(actor: Actor) -> list[Queue]:
    """The queues an actor has; NotAllowed for staff who review nothing and supervise nothing."""
    if actor.has(Role.REVIEWER):
        return list(QUEUES.values())
    if actor.has(Role.SUPERVISOR):
        return [queue for queue in QUEUES.values() if not queue.own]
    raise NotAllowed("审核队列由审核人员和信用监管人员使用。")


def access_queue(actor: Actor, name: str) -> Queue:
    """Raises NotFound for a queue that does not exist, NotAllowed for one that is not the actor's."""
    if name not in QUEUES:
        raise NotFound
    queue = QUEUES[name]
    if queue not in queues_of(actor):
        raise NotAllowed("该队列由审核人员使用。")
    return queue


def title_of(queue: Queue, actor: Actor) -> str:
    return "本行政区办理中" if queue.name == "office" and not actor.has(Role.REVIEWER) else queue.title


def tier_choices() -> list[tuple[str, str]]:
    """Codes of review tiers with their words, as the rooms name them."""
    found: dict[str, str] = {}
    for room in rooms():
        for market in (True, False):
            for tier in room.tiers(RecordFacts(category=room.code, market=market)):
                found.setdefault(tier.code, tier.title)
    return list(found.items())


@dataclass(frozen=True, slots=True)
class Chosen:
    """Filters as the URL has them; `q` an exact filing number or 统一社会信用代码."""

    q: str = ""
    category: str = ""
    tier: str = ""
    channel: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "Chosen":
        """Raises BadRequest (400) for a value that no filter offers."""
        chosen = cls(
            q=normalize("NFKC", given.get("q", "")).strip().upper()[:40],
            category=given.get("category", ""),
            tier=given.get("tier", ""),
            channel=given.get("channel", ""),
        )
        known = {
            "category": dict(category_choices()),
            "tier": dict(tier_choices()),
            "channel": dict(Application.Channel.choices),
        }
        if any(getattr(chosen, name) and getattr(chosen, name) not in values for name, values in known.items()):
            raise BadRequest("filter")
        return chosen

    def query(self, **more: str) -> str:
        """The filters (and `more`) as a query string, empty ones left out."""
        pairs = {name: getattr(self, name) for name in FILTERS} | more
        return urlencode({name: value for name, value in pairs.items() if value})

    def apply(self, cases: CaseQuerySet) -> CaseQuerySet:
        if self.category:
            cases = cases.filter(category=self.category)
        if self.tier:
            cases = cases.filter(holder_tier=self.tier)
        if self.channel:
            cases = cases.filter(application__channel=self.channel)
        if self.q:
            cases = cases.filter(Q(application__filing_no=self.q) | Q(subject_id=self.q))
        return cases


def rows_of(queue: Queue, actor: Actor, chosen: Chosen, now: datetime) -> CaseQuerySet:
    return chosen.apply(queue.keep(visible_cases(actor), actor, now))


def read_page(queue: Queue, actor: Actor, chosen: Chosen, cursor: str, now: datetime) -> Page:
    rows = rows_of(queue, actor, chosen, now).select_related("application", "record", "subject", "holder")
    return page_of(
        rows,
        among=visible_cases(actor),
        day_field=queue.day_field,
        cursor=cursor,
        descending=queue.latest_first,
    )


def counts_of(actor: Actor, chosen: Chosen, now: datetime) -> list[tuple[Queue, str, str]]:
    """Each of the actor's queues with its title and its capped count under the same filters as the list."""
    return [(q, title_of(q, actor), capped(rows_of(q, actor, chosen, now))) for q in queues_of(actor)]


@dataclass(frozen=True, slots=True)
class Due:
    """How a due day is told: words, and `tone` good, warn, danger, paused or none (never colour alone)."""

    text: str
    tone: str


def due_words(cases: list[Any], today: date) -> dict[int, Due]:
    """What the list says of each case's time, by primary key; one read of the calendar for the page."""
    days = [case.due_on for case in cases if case.due_on]
    calendar = calendar_between(min([*days, today]), max([*days, today]), cases[0].region_id) if days else None
    words = {}
    for case in cases:
        if case.state not in OPEN_STATES:
            words[case.pk] = Due("—", "none")
        elif case.paused:
            words[case.pk] = Due("计时暂停（等待补正）", "paused")
        elif case.due_on is None or calendar is None:
            words[case.pk] = Due("期限待核实", "none")
        else:
            due = due_text(calendar.working_days_between(today, case.due_on), case.due_on, today)
            words[case.pk] = Due(f"{due.text}（暂定）", due.tone) if calendar.is_provisional(case.due_on) else due
    return words


def due_text(left: int, due_on: date, today: date) -> Due:
    if due_on == today:
        return Due("今日到期", "warn")
    if due_on < today:
        return Due(f"已超期{abs(left)}个工作日" if left else "已超期", "danger")
    return Due(f"剩余{left}个工作日", "warn" if left <= SOON_WORKING_DAYS else "good")
