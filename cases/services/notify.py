"""两书同达: one 告知书 beside each penalty decision (一处罚一告知), both papers served together, with proof."""

from datetime import date, datetime

from django.db import transaction

from cases import snapshot
from cases.access import access_record
from cases.models import FailureRecord, StoredFile
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid, NotFound, WrongMoment
from notices import services as notices
from notices.models import Notice, Service


@transaction.atomic
def attach_decision(actor: Actor, *, ref: str, file: StoredFile, now: datetime) -> FailureRecord:
    """Attach the 处罚决定书 itself to its record, once; a wrong one is replaced by a new attachment with an Event."""
    record = access_record(actor, ref, to="record", lock=True)
    before = record.decision_file_id
    record.decision_file = file
    record.save(update_fields=["decision_file"])
    record_event(
        actor,
        "decision_attached",
        kind="record",
        thing=record.ref,
        at=now,
        data={"sha256": file.sha256, "replaces": before is not None},
    )
    return record


@transaction.atomic
def issue_notice(actor: Actor, *, ref: str, now: datetime) -> Notice:
    """Make the 告知书 of a record; exactly one per penalty, so a second call gives the first paper.

    Raises NotFound, NotAllowed (another unit's record), WrongMoment (no longer published), Invalid (the wording in
    force prints the class, and it is not set yet).
    """
    record = access_record(actor, ref, to="record", lock=True)
    known = notice_of(record)
    if known is not None:
        return known
    if record.status != FailureRecord.Status.PUBLISHED:
        raise WrongMoment("该信息已不再公示，无需告知。")
    paper = snapshot.of_notice(record, now)
    if record.severity == "unset" and notices.prints_severity(paper):
        raise Invalid(fields={"severity": "请先认定失信程度：告知书须载明失信程度和公示期限。"})
    notice = notices.request(paper, at=now)
    record_event(
        actor,
        "notice_made",
        kind="record",
        thing=record.ref,
        at=now,
        data={"number": notice.number, "template": notice.template},
    )
    transaction.on_commit(notices.wake, robust=True)
    return notice


@transaction.atomic
def serve_both_papers(
    actor: Actor, *, ref: str, way: str, served_on: date, receiver: str, phone: str, proof: str, now: datetime
) -> Service:
    """Record that decision and 告知书 were served together. Needs both: the attached decision and the paper.

    Raises NotFound, NotAllowed, Invalid (fields, or a paper missing), WrongMoment (recorded before).
    """
    record = access_record(actor, ref, to="record", lock=True)
    notice = notice_of(record)
    if notice is None:
        raise Invalid(fields={"notice": "请先生成信用修复告知书。"})
    if record.decision_file_id is None:
        raise Invalid(fields={"decision": "请先上传处罚决定书，两书须同时送达。"})
    if record.decided_on and served_on < record.decided_on:
        raise Invalid(fields={"served_on": "送达日期不能早于决定日期。"})
    return notices.record_service(
        actor,
        notice=notice,
        both_papers=True,
        way=way,
        served_on=served_on,
        receiver=receiver,
        phone=phone,
        proof=proof,
        now=now,
    )


def notice_of(record: FailureRecord) -> Notice | None:
    """The valid 告知书 of a record."""
    return Notice.objects.filter(
        region_id=record.region_id,
        record_ref=record.ref,
        kind="notice",
        status__in=[Notice.Status.REQUESTED, Notice.Status.ISSUED, Notice.Status.FAILED],
    ).first()


def service_of(notice: Notice) -> Service:
    service = Service.objects.filter(region_id=notice.region_id, notice=notice).first()
    if service is None:
        raise NotFound
    return service
