"""叫号: numbers are issued at the hall's entrance and called by the windows, one visitor a clerk, no number to two."""

from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from cases.counter_access import access_ticket
from cases.models import QueueTicket
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid, NotAllowed, WrongMoment
from creditrepair.tenancy.models import Role

LOCK: Final = 620324  # first key of the advisory lock under which a region's numbers are drawn; second: the region
LETTERS: Final = {
    QueueTicket.Purpose.REPAIR: "A",
    QueueTicket.Purpose.CORRECTION: "B",
    QueueTicket.Purpose.ADVICE: "C",
    QueueTicket.Purpose.OBJECTION: "D",
}
S = QueueTicket.State
HELD: Final = (S.CALLED, S.SERVING)
# act → the states it may start from, the state it leads to
ACTS: Final = {
    "start": ((S.CALLED,), S.SERVING),
    "done": (HELD, S.DONE),
    "left": (HELD, S.LEFT),
    "back": ((S.LEFT,), S.WAITING),
}
VERBS: Final = {"start": "ticket_started", "done": "ticket_done", "left": "ticket_left", "back": "ticket_back"}


@transaction.atomic
def issue_ticket(actor: Actor, *, purpose: str, subject_code: str = "", now: datetime) -> QueueTicket:
    """The next number of today for a purpose, e.g. A012. Raises NotAllowed, Invalid (no such purpose)."""
    _require_clerk(actor)
    if purpose not in QueueTicket.Purpose.values:
        raise Invalid(fields={"purpose": "请选择办理事项。"})
    day, letter = timezone.localdate(now), LETTERS[QueueTicket.Purpose(purpose)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, int(actor.region)])
    drawn = QueueTicket.objects.filter(region_id=actor.region, day=day, purpose=purpose).count()
    ticket = QueueTicket.objects.create(
        region_id=actor.region,
        day=day,
        number=f"{letter}{drawn + 1:03d}",
        purpose=purpose,
        subject_code=subject_code,
        issued_at=now,
        issued_by_id=actor.person_id,
        queued_at=now,
    )
    _note(actor, "ticket_issued", ticket, now)
    return ticket


@transaction.atomic
def call_next(actor: Actor, *, now: datetime) -> QueueTicket | None:
    """下一位: the longest waiting of today becomes this clerk's; None when nobody waits.

    Whom the clerk was serving has been served; whoever was called and did not come has missed the call. Rows that
    another window is just taking are passed over, so that two windows never call one number nor wait for each other.
    Raises NotAllowed, Invalid (no window: the hall would not know where to send the visitor).
    """
    _require_clerk(actor)
    if not actor.window:
        raise Invalid(fields={"window": "请先登记值守窗口，再叫号。"})
    day = timezone.localdate(now)
    held = QueueTicket.objects.select_for_update(of=("self",)).filter(
        region_id=actor.region, clerk_id=actor.person_id, state__in=HELD
    )
    for before in list(held):
        _move(actor, before, "done" if before.state == S.SERVING else "left", now)
    ticket = (
        QueueTicket.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(region_id=actor.region, day=day, state=S.WAITING)
        .order_by("queued_at", "id")
        .first()
    )
    if ticket is None:
        return None
    ticket.state, ticket.clerk_id, ticket.window, ticket.called_at = S.CALLED, actor.person_id, actor.window, now
    ticket.save(update_fields=["state", "clerk", "window", "called_at"])
    _note(actor, "ticket_called", ticket, now)
    return ticket


@transaction.atomic
def move_ticket(actor: Actor, *, ref: str, act: str, now: datetime) -> QueueTicket:
    """start 到场, done 办完, left 过号, back 重新排队 (at the end of the queue).

    Raises NotFound, NotAllowed (another window's), WrongMoment (not in that state), Invalid (no such act).
    """
    if act not in ACTS:
        raise Invalid(fields={"act": "没有该操作。"})
    ticket = access_ticket(actor, ref, to="serve", lock=True)
    if ticket.state not in ACTS[act][0]:
        raise WrongMoment(f"{ticket.number}号现为“{ticket.get_state_display()}”，请刷新后再办理。")
    if act == "back" and ticket.day != timezone.localdate(now):
        raise WrongMoment(f"{ticket.number}号不是今天的号码，请重新取号。")
    _move(actor, ticket, act, now)
    return ticket


def served(actor: Actor, ticket_ref: str, application_ref: str, now: datetime) -> None:
    """What came of a number, in the transaction of the hand-in; a number of another window is left alone."""
    ticket = (
        QueueTicket.objects.select_for_update(of=("self",))
        .filter(region_id=actor.region, ref=ticket_ref, clerk_id=actor.user_id, state__in=HELD)
        .first()
    )
    if ticket is not None:
        ticket.application_ref = application_ref
        _move(actor, ticket, "done", now)


def _move(actor: Actor, ticket: QueueTicket, act: str, now: datetime) -> None:
    ticket.state = ACTS[act][1]
    if act == "start":
        ticket.serving_at = now
    elif act == "back":
        ticket.queued_at, ticket.clerk_id, ticket.window = now, None, ""
        ticket.called_at = ticket.serving_at = ticket.ended_at = None
    else:
        ticket.ended_at = now
    ticket.save()
    _note(actor, VERBS[act], ticket, now)


def _require_clerk(actor: Actor) -> None:
    if not actor.has(Role.CLERK):
        raise NotAllowed("排队号由窗口人员办理。")


def _note(actor: Actor, verb: str, ticket: QueueTicket, now: datetime) -> None:
    about = {"number": ticket.number, "purpose": ticket.get_purpose_display(), "application": ticket.application_ref}
    record_event(actor, verb, kind="ticket", thing=ticket.ref, at=now, data=about)
