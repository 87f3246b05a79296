"""大厅情况: the queue, waiting times, and what each window and clerk did today. Counts only: no case, no subject."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median
from typing import Final

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cases.counter_access import visible_tickets
from cases.desk.counter_frame import show
from cases.desk.doors import require
from cases.models import Advice, QueueTicket
from creditrepair.audit.models import Event
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Role

S = QueueTicket.State
LONG_WAIT: Final = timedelta(minutes=20)
# what counts as work on a filing, beside the numbers: event → column
ACTS: Final = {
    "submitted": "代为提交",
    "correction_answered": "代为补正",
    "withdrawn": "代为撤回",
    "objection_filed": "代提异议",
    "advice_given": "咨询",
    "receipt_reprinted": "补打回执",
}


@dataclass(slots=True)
class Desk:
    """One window and clerk today. `minutes`: the middle of the times a visitor was served, None without any."""

    window: str
    clerk: str
    called: int = 0
    done: int = 0
    left: int = 0
    serving: str = ""
    served_for: list[timedelta] = field(default_factory=list)
    acts: Counter[str] = field(default_factory=Counter)

    @property
    def minutes(self) -> int | None:
        return _middle(self.served_for)

    @property
    def counts(self) -> list[tuple[str, int]]:
        """Of each act its column's title and how many."""
        return [(title, self.acts[verb]) for verb, title in ACTS.items()]


@dataclass(frozen=True, slots=True)
class Line:
    """One purpose's queue now."""

    title: str
    waiting: int
    longest: int | None
    too_long: bool


@require_safe
def hall(request: PortalRequest) -> HttpResponse:
    """For whoever runs the hall and the supervisor; clerks work from their own page."""
    actor, now = request.actor, timezone.now()
    require(actor, Role.HALL_MANAGER, Role.SUPERVISOR)
    today = timezone.localdate(now)
    tickets = list(visible_tickets(actor, today).select_related("clerk").order_by("queued_at", "id"))
    waited = [one.called_at - one.queued_at for one in tickets if one.called_at]
    lines = [_line(title, code, tickets, now) for code, title in QueueTicket.Purpose.choices]
    context = {
        "now": now,
        "lines": lines,
        "crowded": any(line.too_long for line in lines),
        "issued": len(tickets),
        "waiting_now": sum(one.state == S.WAITING for one in tickets),
        "left": sum(one.state == S.LEFT for one in tickets),
        "typical": _middle(waited),
        "longest": _minutes(max(waited)) if waited else None,
        "n": len(waited),
        "desks": _desks(actor.region, tickets, today),
        "titles": list(ACTS.values()),
        "advice": Advice.objects.filter(region_id=actor.region, at__gte=_midnight(today)).count(),
    }
    return show(request, "counter/hall.html", context)


def _line(title: str, purpose: str, tickets: Iterable[QueueTicket], now: datetime) -> Line:
    since = [one.queued_at for one in tickets if one.purpose == purpose and one.state == S.WAITING]
    longest = now - min(since) if since else None
    return Line(title, len(since), _minutes(longest) if longest else None, bool(longest and longest > LONG_WAIT))


def _desks(region: str, tickets: Iterable[QueueTicket], today: date) -> list[Desk]:
    desks: dict[tuple[str, str], Desk] = {}

    def desk(window: str, clerk: str) -> Desk:
        return desks.setdefault((window, clerk), Desk(window, clerk))

    for one in tickets:
        if one.clerk is None:
            continue
        at = desk(one.window, one.clerk.full_name)
        at.called += 1
        at.done += one.state == S.DONE
        at.left += one.state == S.LEFT
        if one.state in (S.CALLED, S.SERVING):
            at.serving = one.number
        if one.serving_at and one.ended_at:
            at.served_for.append(one.ended_at - one.serving_at)
    for (window, name), acts in _acts(region, today).items():
        desk(window, name).acts = acts
    return sorted(desks.values(), key=lambda one: (one.window, one.clerk))


def _acts(region: str, today: date) -> dict[tuple[str, str], Counter[str]]:
    """Acts at windows today, from the events. One filing writes a line a record: applications are counted once."""
    begin = _midnight(today)
    rows = (
        Event.objects.filter(region_id=region, at__gte=begin, at__lt=begin + timedelta(days=1), verb__in=list(ACTS))
        .exclude(window="")
        .values_list("window", "user_name", "verb", "application", "thing")
    )
    lines = list(rows)
    seen: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for window, name, verb, application, thing in lines:
        seen[window, name].add((verb, application if verb == "submitted" else thing))
    counted = {key: Counter(verb for verb, _ in acts) for key, acts in seen.items()}
    reprints = Counter((window, name) for window, name, verb, *_ in lines if verb == "receipt_reprinted")
    for key, number in reprints.items():
        counted[key]["receipt_reprinted"] = number
    return counted


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))


def _middle(times: list[timedelta]) -> int | None:
    return round(median(one.total_seconds() for one in times) / 60) if times else None


def _minutes(time: timedelta) -> int:
    return round(time.total_seconds() / 60)
