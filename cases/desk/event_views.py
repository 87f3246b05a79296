"""Events for auditors, by thing: who acted, for whom, on what authority. Read only; no case content beyond the line."""

from django.core.exceptions import BadRequest
from django.db.models import Q
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from cases.desk.doors import require
from creditrepair.audit.models import Event
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Role

LINES = 50


@require_safe
def events(request: PortalRequest) -> HttpResponse:
    """The chain, newest first, or the lines about one thing (case, record, batch or application reference)."""
    require(request.actor, Role.AUDITOR)
    thing = request.GET.get("thing", "").strip()[:64]
    before = request.GET.get("before", "")
    if before and not (before.isascii() and before.isdigit() and len(before) < 19):
        raise BadRequest("before")
    rows = Event.objects.filter(region_id=request.actor.region)
    if thing:
        rows = rows.filter(Q(thing=thing) | Q(application=thing))
    if before:
        rows = rows.filter(seq__lt=int(before))
    lines = list(rows.order_by("-seq")[: LINES + 1])
    more, lines = len(lines) > LINES, lines[:LINES]
    return TemplateResponse(
        request,
        "desk/events.html",
        {
            "title": "审计事件",
            "thing": thing,
            "lines": lines,
            "before": lines[-1].seq if more else 0,
        },
    )
