"""Lists of records for recorders: those without both papers served, and all."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from cases.access import visible_records
from cases.models import CollectionBatch, FailureRecord
from cases.query import RecordQuerySet
from creditrepair.tenancy.actor import Actor
from notices.kinds import beside_decisions
from notices.models import Notice, Service


def _served(actor: Actor) -> QuerySet[Any, Any]:
    return Service.objects.filter(region_id=actor.region, record_ref=OuterRef("ref"), both_papers=True)


def own_records(actor: Actor) -> RecordQuerySet:
    return visible_records(actor).filter(region_id=actor.region)


def unserved(actor: Actor) -> RecordQuerySet:
    """Published decisions whose 告知书 has not been served together with the decision."""
    return own_records(actor).published().filter(~Exists(_served(actor)))


def found(rows: RecordQuerySet, text: str) -> RecordQuerySet:
    """By exact document number or 统一社会信用代码; everything for an empty text."""
    return rows.filter(Q(doc_no=text) | Q(subject_id=text.upper())) if text else rows


def papers_of(actor: Actor, records: list[FailureRecord]) -> dict[str, Notice]:
    """The valid 告知书 of each record on a page, by record reference, in one query."""
    rows = Notice.objects.filter(
        region_id=actor.region,
        kind__in=beside_decisions(),
        record_ref__in=[record.ref for record in records],
        status__in=[Notice.Status.REQUESTED, Notice.Status.ISSUED, Notice.Status.FAILED],
    )
    return {notice.record_ref: notice for notice in rows}


def services_of(actor: Actor, records: list[FailureRecord]) -> dict[str, Service]:
    rows = Service.objects.filter(region_id=actor.region, record_ref__in=[r.ref for r in records], both_papers=True)
    return {service.record_ref: service for service in rows}


def batches_of(actor: Actor) -> QuerySet[CollectionBatch]:
    """Files the recorder's own unit has sent in, latest first."""
    rows = CollectionBatch.objects.filter(region_id=actor.region)
    if actor.department_id is None:
        return rows.none()
    return rows.filter(department_id=actor.department_id).order_by("-received_at", "-id")
