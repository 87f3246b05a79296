"""The only ways to papers and batches of papers: the unit that issues them, and the supervisor. As `cases.access`."""

from django.db.models import QuerySet

from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import NotAllowed, NotFound
from creditrepair.tenancy.models import Role
from notices.models import Notice, PaperBatch


def access_paper(actor: Actor, ref: str, *, to: str = "view") -> Notice:
    """A paper by reference, for staff of the unit that issues it and the supervisor; to "mend" only for the unit.

    Raises NotFound, NotAllowed.
    """
    seen = actor.has(Role.RECORDER) or actor.has(Role.REVIEWER)
    rows = Notice.objects.filter(region_id=actor.region)
    if not actor.has(Role.SUPERVISOR):
        rows = rows.filter(department_id=actor.department_id) if seen and actor.department_id else rows.none()
    paper = rows.select_related("department").filter(ref=ref).first()
    if paper is None:
        raise NotFound
    if to == "mend" and not (seen and paper.department_id == actor.department_id):
        raise NotAllowed("该文书由发文单位处理。")
    return paper


def visible_paper_batches(actor: Actor) -> QuerySet[PaperBatch]:
    """Batches of papers of the actor's unit; the supervisor sees the region's."""
    rows = PaperBatch.objects.filter(region_id=actor.region).select_related("department", "asked_by")
    if actor.has(Role.SUPERVISOR):
        return rows
    if actor.department_id and (actor.has(Role.RECORDER) or actor.has(Role.REVIEWER)):
        return rows.filter(department_id=actor.department_id)
    return rows.none()


def access_paper_batch(actor: Actor, ref: str) -> PaperBatch:
    """A batch of papers by reference; raises NotFound."""
    batch = visible_paper_batches(actor).filter(ref=ref).first()
    if batch is None:
        raise NotFound
    return batch
