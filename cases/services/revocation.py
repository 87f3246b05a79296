"""撤销修复: a repair granted on false material, or whose promise was broken, is taken back by two people of the unit.

The decision, its paper and the correction letter lose their force; the record is shown again, on both platforms, unless
its penalty was withdrawn or its publication would have ended by now anyway. What else follows (years without a new
filing, being shown as untrustworthy) is told as far as a rule says so; no rule we know is verified, so nobody is barred.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from cases.access import require_state
from cases.access_revocations import access_granted, access_revocation
from cases.categories import pack_for
from cases.models import Case, FailureRecord, Revocation, Task
from cases.overrides import overrides_of
from cases.services import messages, review
from cases.services.beside import own_files
from cases.services.record_off import locked_record
from cases.services.task import open_task
from cases.services.upward import tell_upward
from cases.snapshot import case_papers, platform_reports
from cases.states import CaseState
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import AlreadyDecided, Invalid, NotAllowed, WrongMoment
from creditrepair.tenancy.remembered import forget
from notices import force
from notices import services as notices
from notices.models import Notice
from sync import outbox

THING: Final = "revocation"
MAX_FOUND: Final = 1000
MAX_NOTE: Final = 500
GRANTED: Final = (CaseState.APPROVED, CaseState.REPAIRED)
OUT_OF_FORCE: Final = ("approval", "correction_letter")  # papers that say the record is repaired
S, Status = Revocation.State, FailureRecord.Status


@transaction.atomic
def propose_revocation(
    actor: Actor, *, case_ref: str, ground: str, found: str, file_uuid: str, now: datetime
) -> Revocation:
    """Propose to take a granted repair back; another reviewer of the unit, its last tier, decides.

    found       what was found out, in words that the firm will read; file_uuid: what proves it ("" for none)
    Raises NotFound, NotAllowed (not the unit's reviewer; decided elsewhere), WrongMoment (proposed before), Invalid.
    """
    case = access_granted(actor, case_ref, lock=True)
    require_state(case, *GRANTED)
    faults = {}
    if ground not in Revocation.Ground.values:
        faults["ground"] = "请选择情形。"
    if not found.strip() or len(found.strip()) > MAX_FOUND:
        faults["found"] = f"请写明查明的事实，不超过{MAX_FOUND}个字。"
    if faults:
        raise Invalid(fields=faults)
    if Revocation.objects.filter(region_id=case.region_id, case=case, state=S.PROPOSED).exists():
        raise WrongMoment("本件的撤销已经提出，等待决定。", code="already_proposed")
    files = own_files(actor, case.region_id, [file_uuid], "file") if file_uuid else []
    row = Revocation.objects.create(
        region_id=case.region_id,
        case=case,
        department=case.department,
        ground=ground,
        found=found.strip(),
        file=files[0] if files else None,
        proposed_by_id=actor.person_id,
        proposed_at=now,
    )
    open_task(
        case.region_id,
        kind=Task.Kind.REVOCATION,
        thing_kind=THING,
        thing=row.ref,
        title=f"撤销修复待决定：{case.record.doc_no}",
        detail=f"{row.get_ground_display()}。须由提出人以外的负责人决定；办理期限为内部提醒，不是法定期限。",
        department_id=case.department_id,
        now=now,
    )
    _note(actor, "revocation_proposed", row, now)
    return row


@transaction.atomic
def confirm_revocation(actor: Actor, *, ref: str, note: str, now: datetime) -> Case:
    """Take the repair back: paper, record, both platforms, the firm's message. One Event ends it.

    Raises NotFound, NotAllowed (not the last tier; the own proposal), AlreadyDecided, WrongMoment (the case moved on).
    """
    seen = access_revocation(actor, ref, to="settle")
    case = access_granted(actor, seen.case.ref, lock=True)  # the case before the record, as everywhere
    row = _locked(seen)
    _require_proposed(row)
    if row.proposed_by_id == actor.user_id:
        raise NotAllowed("撤销由您提出，须由他人决定。", code="own_proposal")
    require_state(case, *GRANTED)
    case.record = record = locked_record(case.region_id, case.record_id)
    outcome = [{"code": row.ground, "text": f"{row.get_ground_display()}：{row.found}", "article": ""}]
    paper = notices.request(case_papers.of_revocation(case, outcome, _consequences(record, now), now), at=now)
    _out_of_force(actor, case, paper, now)
    case.revoke()
    restores = _may_be_shown(record, timezone.localdate(now))
    case.decision = platform_reports.of_revocation(case, paper, outcome[0], now)
    case.outcome = outcome
    if restores:
        record.status, record.ended_on = Status.PUBLISHED, None
        record.version += 1
        record.save(update_fields=["status", "ended_on", "version"])
        forget()  # the subject stands on one list more
    review.save(case, now)
    if restores:
        outbox.enqueue_repair(
            case.region_id, case.room.targets, case.decision, version=record.version, thing=case.ref, now=now
        )
        tell_upward(record, case, now)
    _settle(row, actor, S.CONFIRMED, note, now)
    messages.tell_revoked(case, now=now)
    told = {"ground": row.get_ground_display(), "paper": paper.number, "shown_again": restores}
    _note(actor, "revoked", row, now, **told)
    transaction.on_commit(outbox.wake, robust=True)
    transaction.on_commit(notices.wake, robust=True)
    return case


@transaction.atomic
def decline_revocation(actor: Actor, *, ref: str, reason: str, now: datetime) -> Revocation:
    """Let the repair stand, with the reason. Raises as `confirm_revocation`, Invalid without a reason."""
    row = _locked(access_revocation(actor, ref, to="settle"))
    _require_proposed(row)
    if row.proposed_by_id == actor.user_id:
        raise NotAllowed("撤销由您提出，须由他人决定。", code="own_proposal")
    if not reason.strip():
        raise Invalid(fields={"note": "请写明不予撤销的理由。"})
    _settle(row, actor, S.DECLINED, reason, now)
    _note(actor, "revocation_declined", row, now)
    return row


def _may_be_shown(record: FailureRecord, today: date) -> bool:
    """Only what ended by this repair comes back: not a withdrawn penalty, nor what would have ended by itself."""
    return record.status == Status.ENDED and (record.public_until is None or record.public_until >= today)


def _consequences(record: FailureRecord, now: datetime) -> Sequence[dict[str, str]]:
    """What the rules say of false material, each with its article where the rule is certain."""
    day = timezone.localdate(now)
    pack = pack_for(overrides_of(record.region_id))
    rows = [
        row
        for governs in ("false_material", "reapply_ban")
        for row in pack.rows(governs, record.category, day, market=record.market)
    ]
    return [
        {"code": row.key, "text": row.text_zh, "article": str(row.basis) if row.certainty == "verified" else ""}
        for row in rows
    ]


def _out_of_force(actor: Actor, case: Case, paper: Notice, now: datetime) -> None:
    """The papers that tell of the repair are 已撤销 on their verify page from now on."""
    held = Notice.objects.filter(
        region_id=case.region_id, case_ref=case.ref, kind__in=OUT_OF_FORCE, status__in=force.VALID
    )
    for one in held.order_by("id"):
        force.void(actor, one, reason=f"修复决定已由{paper.number}撤销", now=now)


def _locked(seen: Revocation) -> Revocation:
    rows = Revocation.objects.select_for_update(of=("self",)).select_related("case__record", "settled_by")
    return rows.get(region_id=seen.region_id, pk=seen.pk)


def _require_proposed(row: Revocation) -> None:
    if row.state != S.PROPOSED:
        who = row.settled_by.full_name if row.settled_by else "其他审核人员"
        at = f"{timezone.localtime(row.settled_at):%Y-%m-%d %H:%M}" if row.settled_at else "此前"
        raise AlreadyDecided(who, at)


def _settle(row: Revocation, actor: Actor, state: str, reason: str, now: datetime) -> None:
    row.state, row.settled_at, row.settled_by_id = state, now, actor.person_id
    row.settled_reason = reason.strip()[:MAX_NOTE]
    row.save(update_fields=["state", "settled_at", "settled_by", "settled_reason"])
    Task.objects.filter(region_id=row.region_id, thing_kind=THING, thing=row.ref, closed_at__isnull=True).update(
        closed_at=now, closed_by_id=actor.user_id, answer=str(row.get_state_display())
    )


def _note(actor: Actor, verb: str, row: Revocation, now: datetime, **more: object) -> None:
    case = row.case
    data = {"doc_no": case.record.doc_no, "revocation": row.ref, "ground": row.get_ground_display(), **more}
    record_event(actor, verb, kind="case", thing=case.ref, application=case.application.ref, at=now, data=data)
