"""The only way to ratings for staff: a unit sees those of filings with a case of its own, the supervisor the region's."""

from django.db.models import Exists, OuterRef, QuerySet

from cases.models import Case, Rating
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import NotAllowed
from creditrepair.tenancy.models import Role

READERS = (Role.REVIEWER, Role.RECORDER)


def visible_ratings(actor: Actor) -> "QuerySet[Rating]":
    """Ratings the actor may see, never whose they are. Raises NotAllowed for whoever works on no case."""
    rows = Rating.objects.filter(region_id=actor.region)
    if actor.has(Role.SUPERVISOR):
        return rows
    if actor.department_id and any(actor.has(role) for role in READERS):
        return rows.filter(of_unit(actor.region, actor.department_id))
    raise NotAllowed("好差评由责任单位和信用监管人员查看。")


def of_unit(region: str, department_id: int) -> Exists:
    """Condition of ratings: their filing has a case of this unit."""
    return Exists(
        Case.objects.filter(region_id=region, application=OuterRef("application_id"), department_id=department_id)
    )
