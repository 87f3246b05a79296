"""The only ways to what the service hall keeps: its numbers, its filings in hand, its advice. Raise as `cases.access`."""

from datetime import date

from django.db.models import QuerySet

from cases.models import Advice, CounterDraft, QueueTicket
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import NotAllowed, NotFound
from creditrepair.tenancy.models import Role


def visible_tickets(actor: Actor, day: date) -> "QuerySet[QueueTicket]":
    """The numbers of a day, for those who run the hall. Raises NotAllowed."""
    if not any(actor.has(role) for role in (Role.CLERK, Role.HALL_MANAGER, Role.SUPERVISOR)):
        raise NotAllowed("排队号由政务大厅办理。")
    return QueueTicket.objects.filter(region_id=actor.region, day=day)


def access_ticket(actor: Actor, ref: str, *, to: str = "view", lock: bool = False) -> QueueTicket:
    """A number by reference; to "serve" only for the clerk who called it, or, once missed or not yet called, any clerk.

    Raises NotFound, NotAllowed.
    """
    if not actor.has(Role.CLERK):
        raise NotAllowed("排队号由窗口人员办理。")
    rows = QueueTicket.objects.filter(region_id=actor.region, ref=ref)
    ticket = (rows.select_for_update(of=("self",)) if lock else rows).first()
    if ticket is None:
        raise NotFound
    held = ticket.state in (QueueTicket.State.CALLED, QueueTicket.State.SERVING)
    if to == "serve" and held and ticket.clerk_id != actor.user_id:
        raise NotAllowed(f"{ticket.number}号由{ticket.window or '其他窗口'}办理。")
    return ticket


def own_ticket(actor: Actor, day: date) -> QueueTicket | None:
    """The visitor at the clerk's window now."""
    held = (QueueTicket.State.CALLED, QueueTicket.State.SERVING)
    rows = QueueTicket.objects.filter(region_id=actor.region, clerk_id=actor.user_id, state__in=held)
    return rows.filter(day=day).first()


def access_counter_draft(actor: Actor, ref: str, today: date, *, lock: bool = False) -> CounterDraft:
    """A filing in hand of the clerk's own, begun today. Raises NotFound: another's, another day's, and none are one answer."""
    rows = CounterDraft.objects.filter(region_id=actor.region, ref=ref, clerk_id=actor.user_id or 0, day=today)
    if lock:
        rows = rows.select_for_update(of=("self",))
    draft = rows.select_related("subject").first()
    if draft is None:
        raise NotFound("没有找到该代办。代办只在登记当天由本人继续，请重新登记授权依据后办理。")
    return draft


def own_counter_drafts(actor: Actor, today: date) -> "QuerySet[CounterDraft]":
    """The clerk's own filings of today, handed in or not."""
    return CounterDraft.objects.filter(region_id=actor.region, day=today, clerk_id=actor.user_id or 0)


def own_advice(actor: Actor) -> "QuerySet[Advice]":
    """The clerk's own advice, latest first."""
    return Advice.objects.filter(region_id=actor.region, clerk_id=actor.user_id or 0).order_by("-at", "-id")


def access_advice(actor: Actor, ref: str, *, lock: bool = False) -> Advice:
    """Advice that the clerk gave. Raises NotFound."""
    rows = own_advice(actor).filter(ref=ref)
    advice = (rows.select_for_update(of=("self",)) if lock else rows).first()
    if advice is None:
        raise NotFound
    return advice
