"""处罚被撤销或变更: not repair. Reported with the paper that says so, confirmed by the unit; then the record goes.

Confirming ends the record with its own reason, closes what was open on it, and tells both platforms that the decision
itself was taken back (`withdrawn_by_authority`), with the reason in public (行政处罚法 art. 48).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from cases.access import access_record
from cases.access_beside import access_withdrawal, may_answer
from cases.beside_clock import removal_basis, removal_due
from cases.deadlines import settle_clock
from cases.models import Case, Correction, FailureRecord, PenaltyWithdrawal, ReviewStep, Task
from cases.services.beside import OutsidePaper, agent_faults, end_tasks, new_number, own_files, paper_faults, tell
from cases.services.record_off import Ground, locked_record, take_off
from cases.services.task import open_task, task_due
from cases.states import OPEN_STATES
from creditrepair.audit.chain import Line, record_all
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor, in_region
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import AlreadyDecided, Invalid, NotAllowed, WrongMoment
from creditrepair.tenancy.models import Role
from sync import outbox

THING: Final = "withdrawal"
PENALTY_WITHDRAWN: Final = "penalty_withdrawn"  # reason code of a case that ended because its penalty did
MAX_REASON: Final = 500
REMINDER_WORKING_DAYS: Final = 3  # where no rule names a day: the unit's own reminder, told to nobody as a limit
S, Kind = PenaltyWithdrawal.State, PenaltyWithdrawal.Kind
Status = FailureRecord.Status


@dataclass(frozen=True, slots=True)
class WithdrawalReport:
    """What the firm, or the unit itself, reports. `agent_*` only from the firm: whom to tell."""

    record_ref: str
    kind: str
    by: str
    paper: OutsidePaper
    note: str = ""
    agent_name: str = ""
    agent_phone: str = ""


@transaction.atomic
def report_withdrawal(actor: Actor, report: WithdrawalReport, *, now: datetime) -> PenaltyWithdrawal:
    """Report that the decision behind a record was annulled or changed; the unit has to confirm it.

    Raises NotFound, NotAllowed (neither the firm nor the record's unit), WrongMoment (taken back already; reported
    before), Invalid (by field: the paper and its scan are needed).
    """
    record = access_record(actor, report.record_ref)
    own_unit = actor.department_id == record.department_id and (actor.has(Role.RECORDER) or actor.has(Role.REVIEWER))
    if actor.subject is None and not own_unit:
        raise NotAllowed("由信用主体或者责任单位申报。")
    with region_context(record.region_id):
        record = locked_record(record.region_id, record.pk)
        _require_form(actor, report, record, now)
        _require_moment(record)
        (file,) = own_files(actor, record.region_id, [report.paper.file_uuid], "file")
        decided_on = report.paper.decided_on
        assert decided_on is not None
        found = PenaltyWithdrawal.objects.create(
            region_id=record.region_id,
            report_no=new_number("CX", now),
            record=record,
            subject=record.subject,
            department=record.department,
            kind=report.kind,
            by=report.by,
            organ=report.paper.organ.strip(),
            paper_no=report.paper.paper_no.strip(),
            decided_on=decided_on,
            file=file,
            note=report.note.strip()[:MAX_REASON],
            agent_name=report.agent_name.strip(),
            agent_phone=report.agent_phone.strip(),
            by_subject=actor.subject is not None,
            reported_by_id=actor.person_id,
            reported_at=now,
            due_on=removal_due(record, decided_on, timezone.localdate(now)),
        )
        _open_task(found, now)
        record_event(
            in_region(actor, record.region_id),
            "penalty_withdrawal_reported",
            kind=THING,
            thing=found.ref,
            at=now,
            data=_said(found),
        )
        return found


@transaction.atomic
def confirm_withdrawal(actor: Actor, *, ref: str, note: str, now: datetime) -> PenaltyWithdrawal:
    """Confirm by the record's unit: the record ends as withdrawn, open cases with it, both platforms are told why.

    Raises NotFound, NotAllowed (another unit; the unit's own report wants a second person), AlreadyDecided.
    """
    found = access_withdrawal(actor, ref, to="settle")
    case = _open_case(found.record)  # the case before the record, as everywhere
    record, found = locked_record(found.region_id, found.record_id), _locked(found)
    _require_reported(found)
    if found.reported_by_id == actor.user_id:
        raise NotAllowed("该事项由您申报，须由他人确认。", code="own_report")
    lines = [_closed(case, found, now)] if case is not None else []
    _settle(actor, found, S.CONFIRMED, note, now)
    take_off(record, Status.WITHDRAWN, _ground(found, now), now)
    end_tasks(actor, found, THING, "已确认，信息已撤回", now)
    if found.kind == Kind.CHANGED:
        _ask_for_new_decision(found, now)
    phone = found.agent_phone or (case.application.agent_phone if case else "")
    tell(found, THING, "T23", found.report_no, now, phone=phone)
    lines.append(Line("penalty_withdrawn", THING, found.ref, data=_said(found)))
    lines.append(Line("record_withdrawn", "record", record.ref, data=_said(found) | {"to": record.version}))
    record_all(actor, lines, at=now)
    transaction.on_commit(outbox.wake, robust=True)
    return found


@transaction.atomic
def decline_withdrawal(actor: Actor, *, ref: str, reason: str, now: datetime) -> PenaltyWithdrawal:
    """Say, with the reason, why the decision still stands. Raises as `confirm_withdrawal`, Invalid without a reason."""
    found = _locked(access_withdrawal(actor, ref, to="settle"))
    _require_reported(found)
    if not reason.strip():
        raise Invalid(fields={"note": "请写明不予确认的理由，申报单位可以看到。"})
    _settle(actor, found, S.DECLINED, reason, now)
    end_tasks(actor, found, THING, "未予确认", now)
    if found.by_subject:
        tell(found, THING, "T24", found.report_no, now, phone=found.agent_phone)
    record_event(
        actor, "penalty_withdrawal_declined", kind=THING, thing=found.ref, at=now,
        data={"reason": found.settled_reason},
    )  # fmt: skip
    transaction.on_commit(outbox.wake, robust=True)
    return found


def may_report(actor: Actor, record: FailureRecord) -> bool:
    """Whether the reader's page offers the report: the unit of a record whose decision has not been taken back."""
    own = actor.department_id == record.department_id and (actor.has(Role.RECORDER) or actor.has(Role.REVIEWER))
    return (own or may_answer(actor, record, record.department_id)) and record.status in (
        Status.PUBLISHED, Status.ENDED, Status.SHIELDED
    )  # fmt: skip


def _require_form(actor: Actor, report: WithdrawalReport, record: FailureRecord, now: datetime) -> None:
    faults = paper_faults(report.paper, not_before=record.decided_on or record.listed_on, now=now)
    if report.kind not in Kind.values:
        faults["kind"] = "请选择是哪种情形。"
    if report.by not in PenaltyWithdrawal.By.values:
        faults["by"] = "请选择由谁作出。"
    if not report.paper.file_uuid:
        faults["file"] = "请上传撤销、变更的文书。"
    if actor.subject is not None:
        faults |= agent_faults(report.agent_name, report.agent_phone)
    if faults:
        raise Invalid(fields=faults)


def _require_moment(record: FailureRecord) -> None:
    if record.status in (Status.WITHDRAWN, Status.TAKEN_BACK):
        raise WrongMoment("该信息已经撤回，无需申报。", code="withdrawn")
    earlier = PenaltyWithdrawal.objects.filter(
        region_id=record.region_id, record=record, state__in=(S.REPORTED, S.CONFIRMED)
    ).first()
    if earlier is not None:
        raise WrongMoment(f"该信息的撤销变更已经申报（{earlier.report_no}），请勿重复申报。", code="already_reported")


def _locked(found: PenaltyWithdrawal) -> PenaltyWithdrawal:
    rows = PenaltyWithdrawal.objects.select_for_update(of=("self",))
    return rows.select_related("record__subject", "record__department", "subject", "department", "settled_by").get(
        region_id=found.region_id, pk=found.pk
    )


def _open_case(record: FailureRecord) -> Case | None:
    """What is under way on the record. One approved already goes on: its platforms are being told the same end."""
    rows = Case.objects.select_for_update(of=("self",)).select_related("application", "department")
    return rows.filter(region_id=record.region_id, record=record, state__in=OPEN_STATES).first()


def _require_reported(found: PenaltyWithdrawal) -> None:
    if found.state != S.REPORTED:
        who = found.settled_by.full_name if found.settled_by else found.department.name
        at = f"{timezone.localtime(found.settled_at):%Y-%m-%d %H:%M}" if found.settled_at else "此前"
        raise AlreadyDecided(who, at)


def _open_task(found: PenaltyWithdrawal, now: datetime) -> None:
    reminder = task_due(found.region_id, timezone.localdate(now), REMINDER_WORKING_DAYS)
    open_task(
        found.region_id,
        kind=Task.Kind.ANNULLED,
        thing_kind=THING,
        thing=found.ref,
        title=f"处罚{found.get_kind_display()}待确认：{found.record.doc_no}",
        detail=f"{found.organ}{found.paper_no}（{found.decided_on}）"
        + ("" if found.due_on else "　撤回期限待核实，所列日期为内部提醒，不是法定期限。"),
        department_id=found.department_id,
        due_on=found.due_on or reminder,
        now=now,
    )


def _ask_for_new_decision(found: PenaltyWithdrawal, now: datetime) -> None:
    """A changed decision is another decision: it is collected and told anew, from its own paper."""
    open_task(
        found.region_id,
        kind=Task.Kind.ANNULLED,
        thing_kind="record",
        thing=found.record.ref,
        title=f"处罚已变更，请归集变更后的决定：{found.record.doc_no}",
        detail=f"依据{found.organ}{found.paper_no}（{found.decided_on}）。",
        department_id=found.department_id,
        now=now,
    )


def _closed(case: Case, found: PenaltyWithdrawal, now: datetime) -> Line:
    """There is nothing left to repair: the case ends without a decision, and says why."""
    why = _why(found)
    region = case.region_id
    ReviewStep.objects.filter(region_id=region, case=case, status=ReviewStep.Status.OPEN).update(
        status=ReviewStep.Status.CANCELLED, settled_at=now, comment=why, claimed_by=None, claimed_until=None
    )
    Correction.objects.filter(region_id=region, case=case, answered_at=None).update(answered_at=now, answer=why)
    case.withdraw()
    case.outcome = [{"code": PENALTY_WITHDRAWN, "text": f"{why}，信息已撤回，无需修复", "article": ""}]
    case.holder, case.holder_tier, case.decided_at = None, "", now
    case.version += 1
    settle_clock(case, now)
    case.save()
    return Line("case_moot", "case", case.ref, application=case.application.ref, data={"reason": why})


def _settle(actor: Actor, found: PenaltyWithdrawal, state: str, reason: str, now: datetime) -> None:
    found.state, found.settled_at, found.settled_by_id = state, now, actor.person_id
    found.settled_reason = reason.strip()[:MAX_REASON]
    found.save(update_fields=["state", "settled_at", "settled_by", "settled_reason"])


def _ground(found: PenaltyWithdrawal, now: datetime) -> Ground:
    return Ground(
        outcome="withdrawn_by_authority",
        organ=found.organ,
        paper_no=found.paper_no,
        decided_on=found.decided_on,
        reason_code=f"penalty_{found.kind}",
        reason_text=_why(found),
        basis=removal_basis(found.record, timezone.localdate(now)),
    )


def _why(found: PenaltyWithdrawal) -> str:
    return f"原决定已{found.get_kind_display()}（{found.organ}，{found.paper_no}，{found.decided_on}）"


def _said(found: PenaltyWithdrawal) -> dict[str, str]:
    return {
        "doc_no": found.record.doc_no,
        "kind": found.get_kind_display(),
        "organ": found.organ,
        "paper_no": found.paper_no,
        "decided_on": found.decided_on.isoformat(),
    }
