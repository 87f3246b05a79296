"""两书同达: one 告知书 beside each penalty decision (一处罚一告知), both papers served together, with proof."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from cases.access import access_record
from cases.access_papers import access_paper
from cases.categories import registry
from cases.models import FailureRecord, StoredFile
from cases.services.ladder import pin_ladder
from cases.snapshot import notice_paper
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid, NotFound, WrongMoment
from notices import force, kinds, serving
from notices import services as notices
from notices.models import Notice, PaperBatch, Service


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
def issue_notice(actor: Actor, *, ref: str, now: datetime, batch: PaperBatch | None = None) -> Notice:
    """Make the 告知书 of a penalty or of a listing; exactly one per decision, so a second call gives the first paper.

    The paper it takes the place of, if one was superseded or voided, is told so.

    Raises NotFound, NotAllowed (another unit's record), WrongMoment (no longer published, or decided by an organ that
    serves its own papers), Invalid (the wording in force prints the class, and it is not set yet).
    """
    record = access_record(actor, ref, to="record", lock=True)
    known = notice_of(record)
    if known is not None:
        return known
    if record.status != FailureRecord.Status.PUBLISHED:
        raise WrongMoment("该信息已不再公示，无需告知。")
    if registry[record.category].decided == "elsewhere":
        raise WrongMoment("该信息由外部机关决定，其文书由决定机关送达。", code="decided_elsewhere")
    paper = notice_paper.of_notice(record, now, pin_ladder(record, timezone.localdate(now)))
    if record.severity == "unset" and notices.prints_severity(paper):
        raise Invalid(fields={"severity": "请先认定失信程度：告知书须载明失信程度和公示期限。"})
    notice = notices.request(paper, at=now, batch=batch)
    force.replaced(notice)
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
    actor: Actor,
    *,
    ref: str,
    way: str,
    served_on: date,
    receiver: str,
    phone: str,
    proof: str,
    now: datetime,
    details: Mapping[str, str] | None = None,
    proof_file: StoredFile | None = None,
) -> Service:
    """Record that decision and 告知书 were served together. Needs both: the attached decision and the paper.

    details     what the way needs (`notices.serving.WAYS`)
    proof_file  photo of the receipt, waybill or announcement, already stored
    raises      NotFound, NotAllowed, Invalid (fields, or a paper missing), WrongMoment (recorded before)
    """
    record = access_record(actor, ref, to="record", lock=True)
    notice = notice_of(record)
    if notice is None:
        raise Invalid(fields={"notice": "请先生成信用修复告知书。"})
    if record.decision_file_id is None:
        raise Invalid(fields={"decision": f"请先上传{decision_word(record)}，两书须同时送达。"})
    began = record.decided_on or record.listed_on
    if began and served_on < began:
        raise Invalid(fields={"served_on": "送达日期不能早于决定日期。"})
    return serving.record_service(
        actor,
        notice=notice,
        both_papers=True,
        way=way,
        served_on=served_on,
        receiver=receiver,
        phone=phone,
        proof=proof,
        now=now,
        details=details,
        proof_file=proof_file.uuid if proof_file else None,
        proof_sha256=proof_file.sha256 if proof_file else "",
    )


@transaction.atomic
def void_notice(actor: Actor, *, ref: str, reason: str, now: datetime) -> Notice:
    """作废 the 告知书 of a record; its number stays used, its verify page says so, and the decision waits again.

    Raises NotFound, NotAllowed, Invalid (no reason), WrongMoment (there is none in force).
    """
    return force.void(actor, _in_force(access_record(actor, ref, to="record", lock=True)), reason=reason, now=now)


@transaction.atomic
def reissue_notice(actor: Actor, *, ref: str, reason: str, now: datetime) -> Notice:
    """Supersede the 告知书 of a record by a new one under a new number, which says what the record says today.

    Raises as `void_notice` and `issue_notice`; then the old paper stays in force.
    """
    if not reason.strip():
        raise Invalid(fields={"reason": "请填写重新制作的原因。"})
    old = _in_force(access_record(actor, ref, to="record", lock=True))
    force.supersede(actor, old, reason=reason.strip(), now=now)
    return issue_notice(actor, ref=ref, now=now)


@transaction.atomic
def retry_paper(actor: Actor, *, ref: str, now: datetime) -> Notice:
    """Let a paper of the actor's unit that stopped be printed again. `ref` is the paper's.

    Raises NotFound, NotAllowed, WrongMoment (it did not stop).
    """
    again = force.try_again(actor, access_paper(actor, ref, to="mend"), now=now)
    transaction.on_commit(notices.wake, robust=True)
    return again


def decision_word(record: FailureRecord) -> str:
    """What is served with the 告知书: 处罚决定书, or 列入决定书 for a list."""
    return "列入决定书" if notice_paper.is_listing(record) else "处罚决定书"


def _in_force(record: FailureRecord) -> Notice:
    notice = notice_of(record)
    if notice is None:
        raise WrongMoment("该信息没有有效的告知书。")
    return notice


def notice_of(record: FailureRecord) -> Notice | None:
    """The valid 告知书 of a record."""
    return Notice.objects.filter(
        region_id=record.region_id,
        record_ref=record.ref,
        kind__in=kinds.beside_decisions(),
        status__in=force.VALID,
    ).first()


def service_of(notice: Notice) -> Service:
    service = Service.objects.filter(region_id=notice.region_id, notice=notice).first()
    if service is None:
        raise NotFound
    return service
