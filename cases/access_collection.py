"""The only ways to what units hand in: batches of rows, ZIPs of decision documents. As `cases.access`."""

from django.db.models import QuerySet

from cases.models import CollectionBatch, DecisionBundle
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import NotFound
from creditrepair.tenancy.models import Role


def access_batch(actor: Actor, ref: str, *, lock: bool = False) -> CollectionBatch:
    batch = CollectionBatch.objects.filter(region_id=actor.region, ref=ref)
    if not actor.has(Role.SUPERVISOR):
        batch = batch.filter(department_id=actor.department_id or 0)
    found = (batch.select_for_update(of=("self",)) if lock else batch).select_related("department").first()
    if found is None or not (actor.has(Role.RECORDER) or actor.has(Role.SUPERVISOR)):
        raise NotFound
    return found


def visible_bundles(actor: Actor) -> QuerySet[DecisionBundle]:
    """ZIPs of decision documents, latest first: all of the region for the supervisor, the own unit's for recorders."""
    rows = DecisionBundle.objects.filter(region_id=actor.region)
    if not actor.has(Role.SUPERVISOR):
        rows = rows.filter(department_id=(actor.department_id if actor.has(Role.RECORDER) else None) or 0)
    return rows.select_related("department", "received_by").order_by("-received_at", "-id")


def access_bundle(actor: Actor, ref: str) -> DecisionBundle:
    """A ZIP of decision documents by reference. Raises NotFound."""
    found = visible_bundles(actor).filter(ref=ref).first()
    if found is None:
        raise NotFound
    return found
