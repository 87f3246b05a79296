"""巡查: how everything ended or whose it is, as numbers; behind each number the list of just those things."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cases.access_tasks import visible_tasks
from cases.desk.doors import WATCHERS, require
from cases.services import proof, watch
from creditrepair import alive
from creditrepair.tenancy.errors import NotFound
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Department, Heartbeat, Region, Role
from sync import sms
from sync.models import Delivery

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of thing: its fates with their numbers, in the order of `proof.FATES`."""

    what: str
    title: str
    cells: tuple[tuple[str, str, int], ...]
    total: int


@require_safe
def board(request: PortalRequest) -> HttpResponse:
    require(request.actor, *WATCHERS)
    region, now = request.actor.region, sms.database_now()
    counts = proof.count_fates(region, now=now, today=timezone.localdate(now))
    lines = [
        Line(what, watch.WHAT_TEXT[what], tuple((fate, watch.FATE_TEXT[fate], fates[fate]) for fate in proof.FATES),
             sum(fates.values()))
        for what, fates in counts.items()
    ]  # fmt: skip
    told = Heartbeat.objects.filter(pk=watch.beat_name(region)).values_list("at", "told").first()
    waiting = Delivery.objects.filter(region_id=region, done_at__isnull=True)
    unseen = waiting.filter(state=Delivery.State.ACKED, looked_at__isnull=True).count()
    return TemplateResponse(
        request,
        "desk/watch.html",
        {
            "title": "巡查",
            "lines": lines,
            "heads": [watch.FATE_TEXT[fate] for fate in proof.FATES],
            "silent": sum(fates[proof.SILENT] for fates in counts.values()),
            "unseen": unseen,
            "tasks": visible_tasks(request.actor).filter(closed_at__isnull=True).count(),
            "looked_at": told[0] if told else None,
            "messages_of": _messages(region),
            "province": bool(Region.objects.get(pk=region).settings.get("province_sends_reminders")),
            "alarms": alive.alarms_for(region),
            "now": now,
        },
    )


def _messages(region: str) -> list[tuple[str, int]]:
    """Short messages by the gateway's word: handed over is not delivered."""
    counts: dict[str, int] = dict.fromkeys(sms.RECEIPTS, 0)
    rows = Delivery.objects.filter(region_id=region, target=sms.TARGET).order_by()
    for word, number in rows.values_list("receipt").annotate(number=Count("id")):
        counts[word if word in counts else sms.UNKNOWN] += number
    return [(sms.RECEIPTS[word], number) for word, number in counts.items()]


@require_safe
def things(request: PortalRequest, what: str, fate: str) -> HttpResponse:
    """The things behind one number; `?after=` the reference of the last one shown."""
    require(request.actor, *WATCHERS)
    if what not in proof.WHATS or fate not in proof.FATES:
        raise NotFound
    region, now = request.actor.region, sms.database_now()
    after = request.GET.get("after", "")
    place = proof.key_of(region, what, after) if after else 0
    if place is None:
        raise NotFound
    rows = proof.rows_with(region, what, fate, now=now, today=timezone.localdate(now), after=place, limit=SHOWN + 1)
    units = dict(Department.objects.filter(region_id=region).values_list("pk", "name"))
    return TemplateResponse(
        request,
        "desk/watch_list.html",
        {
            "title": f"{watch.WHAT_TEXT[what]}：{watch.FATE_TEXT[fate]}",
            "what": what,
            "fate": fate,
            "rows": [_shown(row, units) for row in rows[:SHOWN]],
            "next": rows[SHOWN - 1].thing if len(rows) > SHOWN else "",
            "sees_cases": request.actor.has(Role.SUPERVISOR),
        },
    )


def _shown(row: proof.Row, units: dict[int, str]) -> dict[str, Any]:
    return {
        "row": row,
        "unit": units.get(row.unit_id or 0, "—"),
        "state": watch.state_words(row),
        "late": row.day is not None and row.day < timezone.localdate(),
    }
