"""What every page of the counter shows around its own content: the window, and the visitor who stands at it."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from cases.counter_access import own_ticket, visible_tickets
from cases.models import QueueTicket
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Role

MOST_COUNTED = 500


def show(request: PortalRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Render a page of the counter with its frame."""
    return render(request, template, frame(request) | context, status=status)


def frame(request: PortalRequest) -> dict[str, Any]:
    """`ticket`: whom the clerk has called; `waiting`: how many wait, capped."""
    actor, today = request.actor, timezone.localdate()
    clerk = actor.has(Role.CLERK)
    found: dict[str, Any] = {"window": actor.window, "clerk": clerk, "page": request.resolver_match}
    if clerk:
        waiting = visible_tickets(actor, today).filter(state=QueueTicket.State.WAITING)
        number = waiting[: MOST_COUNTED + 1].count()
        found["ticket"] = own_ticket(actor, today)
        found["waiting"] = f"{MOST_COUNTED}+" if number > MOST_COUNTED else str(number)
    return found
