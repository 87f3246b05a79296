"""The only ways to a reminder: the hall tells everybody of its region, a unit the firms of its own records."""

from django.db.models import QuerySet

from cases.models import Reminder
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import NotAllowed, NotFound
from creditrepair.tenancy.models import Role

UNITS = (Role.REVIEWER, Role.RECORDER)
TELLING = (*UNITS, Role.CLERK, Role.SUPERVISOR)


def visible_reminders(actor: Actor) -> "QuerySet[Reminder]":
    """Reminders the actor may see: at the counter and for the supervisor those of the region, else the own unit's.

    Raises NotAllowed for whoever tells nobody.
    """
    rows = Reminder.objects.filter(region_id=actor.region).select_related("department")
    if actor.has(Role.CLERK) or actor.has(Role.SUPERVISOR):
        return rows
    if actor.department_id and any(actor.has(role) for role in UNITS):
        return rows.filter(department_id=actor.department_id)
    raise NotAllowed("待告知名单由窗口和责任单位办理。")


def may_tell(actor: Actor, reminder: Reminder) -> bool:
    """The hall, or the unit of the records; the supervisor only looks on."""
    own = reminder.department_id is not None and reminder.department_id == actor.department_id
    return actor.has(Role.CLERK) or (own and any(actor.has(role) for role in UNITS))


def access_reminder(actor: Actor, ref: str, *, to: str = "view", lock: bool = False) -> Reminder:
    """A reminder by reference, to view or to act. Raises NotFound, NotAllowed."""
    found = visible_reminders(actor).filter(ref=ref).first()
    if found is None:
        raise NotFound
    if to == "act" and not may_tell(actor, found):
        raise NotAllowed("由窗口或责任单位告知，您可以查看。")
    if lock:
        Reminder.objects.select_for_update().get(region_id=actor.region, pk=found.pk)
        return visible_reminders(actor).get(pk=found.pk)
    return found
