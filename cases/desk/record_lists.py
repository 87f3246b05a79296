"""Lists of records for recorders: those without both papers served, and all."""

from collections.abc import Sequence
from unicodedata import normalize

from django.db.models import Q, QuerySet

from cases.access import visible_records
from cases.models import CollectionBatch, FailureRecord
from cases.oversight import served
from cases.query import RecordQuerySet
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import NotFound
from notices.force import VALID
from notices.kinds import beside_decisions
from notices.models import Notice, Service


def own_records(actor: Actor) -> RecordQuerySet:
    return visible_records(actor).filter(region_id=actor.region)


def unserved(actor: Actor) -> RecordQuerySet:
    """Published decisions of penalties and listings whose 告知书 has not been served together with the decision."""
    return served.unserved(own_records(actor))


def listed(actor: Actor, view: str) -> RecordQuerySet:
    """The rows of one view of the list; raises NotFound for a view there is not."""
    if view == "unserved":
        return served.penalties(unserved(actor))
    if view == "listings":
        return served.listings(unserved(actor))
    if view == "all":
        return own_records(actor)
    raise NotFound


def to_notify(actor: Actor, view: str) -> RecordQuerySet:
    """Those of a view that the actor's own unit has yet to make a 告知书 for."""
    return served.without_notice(listed(actor, view)).filter(department_id=actor.department_id)


def wanted(text: str) -> str:
    """What was typed to look for, as records spell it."""
    return normalize("NFKC", text).strip()[:128]


def found(rows: RecordQuerySet, text: str) -> RecordQuerySet:
    """By exact document number or 统一社会信用代码; everything for an empty text."""
    return rows.filter(Q(doc_no=text) | Q(subject_id=text.upper())) if text else rows


def papers_of(actor: Actor, records: list[FailureRecord]) -> dict[str, Notice]:
    """The valid 告知书 of each record on a page, by record reference, in one query."""
    rows = Notice.objects.filter(
        region_id=actor.region,
        kind__in=beside_decisions(),
        record_ref__in=[record.ref for record in records],
        status__in=VALID,
    )
    return {notice.record_ref: notice for notice in rows}


def services_of(actor: Actor, records: list[FailureRecord]) -> dict[str, Service]:
    """The service of both papers that still counts, of each record on a page."""
    rows = Service.objects.filter(
        region_id=actor.region, record_ref__in=[r.ref for r in records], both_papers=True, notice__status__in=VALID
    )
    return {service.record_ref: service for service in rows}


def batches_of(actor: Actor) -> QuerySet[CollectionBatch]:
    """Files the recorder's own unit has sent in, latest first."""
    rows = CollectionBatch.objects.filter(region_id=actor.region)
    if actor.department_id is None:
        return rows.none()
    return rows.filter(department_id=actor.department_id).order_by("-received_at", "-id")


def records_by_key(actor: Actor, keys: Sequence[str]) -> dict[str, FailureRecord]:
    """The records that lines of a batch became, by record key, in one query."""
    rows = own_records(actor).filter(record_key__in=[key for key in keys if key])
    return {record.record_key: record for record in rows}
