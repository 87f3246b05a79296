"""异议: filed for an own record, and taken back before it is answered. It neither stops a case nor waits for one."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from cases.access import access_record
from cases.access_beside import access_objection
from cases.beside_clock import answer_deadline
from cases.models import Case, FailureRecord, Objection, ObjectionFile, Task
from cases.services.beside import agent_faults, end_tasks, new_number, own_files, tell
from cases.services.filing import Authority, authority_text
from cases.services.task import open_task, task_due
from cases.states import CaseState
from creditrepair.audit.chain import Line, record_all
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor, in_region, system_actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import AlreadyDecided, Invalid, NotAllowed, WrongMoment
from creditrepair.tenancy.models import Role
from sync import outbox

THING: Final = "objection"
S, Matter = Objection.State, Objection.Matter
DECIDED: Final = (
    CaseState.APPROVED, CaseState.REPAIRED, CaseState.REFUSED, CaseState.NOT_ACCEPTED, CaseState.REVOKED
)  # fmt: skip
MAX_REQUEST: Final = 200
MAX_TEXT: Final = 2000
# Where no rule names a day, the unit's own list still does: a reminder inside, told to nobody as a limit.
REMINDER_WORKING_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class ObjectionFiling:
    """What the firm (or a clerk on `authority`) hands in. `request`: what should be; `text`: facts and reasons.

    file_uuids   files the same person has uploaded in the record's region
    """

    form_token: str
    record_ref: str
    matter: str
    request: str
    text: str
    agent_name: str
    agent_phone: str
    file_uuids: tuple[str, ...] = ()
    authority: Authority | None = None


@transaction.atomic
def file_objection(actor: Actor, filing: ObjectionFiling, *, now: datetime) -> Objection:
    """File an objection to an own record; the same form token again gives the first one.

    Raises NotFound (not a record of the firm), NotAllowed (staff; a clerk's own opinion), WrongMoment (no longer
    published; no result yet; one is open about this), Invalid (by field).
    """
    _require_side(actor, filing)
    record = access_record(actor, filing.record_ref)
    with region_context(record.region_id):
        again = Objection.objects.filter(region_id=record.region_id, form_token=filing.form_token).first()
        if again is not None and again.record_id == record.pk:
            return again
        record = _locked_record(record)
        _require_form(filing)
        case = _require_moment(record, filing.matter)
        files = own_files(actor, record.region_id, filing.file_uuids, "files")
        objection = _create(actor, filing, record, case, now)
        ObjectionFile.objects.bulk_create(
            ObjectionFile(region_id=record.region_id, objection=objection, file=file) for file in files
        )
        _open_answer_task(objection, now)
        tell(objection, THING, "T21", objection.objection_no, now, phone=objection.agent_phone)
        data = {
            "matter": objection.get_matter_display(),
            "doc_no": record.doc_no,
            "department": record.department.name,
            "request": objection.request,
        }
        record_event(
            in_region(actor, record.region_id),
            "objection_filed",
            kind=THING,
            thing=objection.ref,
            at=now,
            on_behalf_of=objection.subject_id,
            authority=authority_text(filing.authority) if actor.subject is None else "",
            data=data,
        )
        transaction.on_commit(outbox.wake, robust=True)
        return objection


@transaction.atomic
def withdraw_objection(actor: Actor, *, ref: str, reason: str, now: datetime) -> Objection:
    """Take an objection back before it is answered. Raises NotFound, NotAllowed, WrongMoment (settled already)."""
    found = access_objection(actor, ref, to="withdraw")
    with region_context(found.region_id):
        objection = locked_objection(found)
        require_open(objection)
        objection.state, objection.settled_at = S.WITHDRAWN, now
        objection.settled_by_id, objection.withdrawn_reason = actor.person_id, reason.strip()[:MAX_REQUEST]
        objection.save(update_fields=["state", "settled_at", "settled_by", "withdrawn_reason"])
        end_tasks(actor, objection, THING, "提出单位已撤回异议", now)
        record_event(
            in_region(actor, objection.region_id),
            "objection_withdrawn",
            kind=THING,
            thing=objection.ref,
            at=now,
            on_behalf_of=objection.subject_id,
            data={"reason": objection.withdrawn_reason},
        )
        return objection


def refresh_due_days(region: str, *, now: datetime) -> int:
    """Write what the rules and the calendar now say of open objections' last days; how many moved. Safe to run twice."""
    with region_context(region), transaction.atomic():
        rows = Objection.objects.select_for_update(of=("self",)).filter(region_id=region, state=S.OPEN).order_by("id")
        moved = []
        for one in rows.select_related("record__subject", "record__department"):
            deadline, _ = answer_deadline(one.record, timezone.localdate(one.filed_at))
            due = deadline.day if deadline else None
            if due != one.due_on:
                moved.append((one, one.due_on, due))
        for one, _, due in moved:
            Objection.objects.filter(region_id=region, pk=one.pk).update(due_on=due)
            Task.objects.filter(
                region_id=region, kind=Task.Kind.OBJECTION, thing_kind=THING, thing=one.ref, closed_at__isnull=True
            ).update(due_on=due or _reminder(region, one.filed_at))
        if moved:
            lines = [
                Line("deadline_recomputed", THING, one.ref, data={"from": _iso(before), "to": _iso(due)})
                for one, before, due in moved
            ]
            record_all(system_actor(region), lines, at=now)
    return len(moved)


def may_object_to(record: FailureRecord) -> list[str]:
    """The matters one may object to now, inside the record's region: what is shown, and the result of a repair."""
    matters = [Matter.CONTENT, Matter.PERIOD] if record.status == FailureRecord.Status.PUBLISHED else []
    return [*matters, *([Matter.RESULT] if _decided_case(record) else [])]


def _require_side(actor: Actor, filing: ObjectionFiling) -> None:
    if actor.subject is not None:
        return
    if not actor.has(Role.CLERK):
        raise NotAllowed("异议由信用主体提出；工作人员可以引导其登录办理或到窗口提出。")
    if filing.authority is None or not filing.authority.evidence.strip():
        raise Invalid(fields={"authority": "代为提出须先登记授权依据。"})


def _require_form(filing: ObjectionFiling) -> None:
    faults = agent_faults(filing.agent_name, filing.agent_phone)
    if filing.matter not in Matter.values:
        faults["matter"] = "请选择对什么有异议。"
    if not filing.request.strip() or len(filing.request.strip()) > MAX_REQUEST:
        faults["request"] = f"请写明您认为应当怎样，不超过{MAX_REQUEST}个字。"
    if not filing.text.strip() or len(filing.text.strip()) > MAX_TEXT:
        faults["text"] = f"请写明事实和理由，不超过{MAX_TEXT}个字。"
    if faults:
        raise Invalid(fields=faults)


def _require_moment(record: FailureRecord, matter: str) -> Case | None:
    case = _decided_case(record) if matter == Matter.RESULT else None
    if matter == Matter.RESULT and case is None:
        raise WrongMoment("该信息还没有修复结果，作出决定后可以对结果提出异议。", code="no_result")
    if matter != Matter.RESULT and record.status != FailureRecord.Status.PUBLISHED:
        raise WrongMoment("该信息已不再公示，无需提出异议。", code="not_published")
    open_one = Objection.objects.filter(region_id=record.region_id, record=record, matter=matter, state=S.OPEN).first()
    if open_one is not None:
        raise WrongMoment(f"同一事项的异议{open_one.objection_no}正在办理，答复后可以再次提出。", code="already_filed")
    return case


def _decided_case(record: FailureRecord) -> Case | None:
    rows = Case.objects.filter(region_id=record.region_id, record=record, state__in=DECIDED)
    return rows.select_related("application").order_by("-decided_at").first()


def _locked_record(record: FailureRecord) -> FailureRecord:
    """One objection a record at a time: the second of two clicks waits here, and then finds the first."""
    return (
        FailureRecord.objects.select_for_update(of=("self",))
        .select_related("subject", "department")
        .get(region_id=record.region_id, pk=record.pk)
    )


def locked_objection(found: Objection) -> Objection:
    """The objection fresh and locked, inside its region."""
    rows = Objection.objects.select_for_update(of=("self",)).filter(region_id=found.region_id, pk=found.pk)
    return rows.select_related(
        "record__subject", "record__department", "subject", "department", "case__application", "settled_by"
    ).get()


def require_open(objection: Objection) -> None:
    """Raises AlreadyDecided for an answered one, WrongMoment for one that was taken back."""
    if objection.state == S.ANSWERED:
        who = objection.settled_by.full_name if objection.settled_by else objection.department.name
        at = f"{timezone.localtime(objection.settled_at):%Y-%m-%d %H:%M}" if objection.settled_at else "此前"
        raise AlreadyDecided(who, at)
    if objection.state != S.OPEN:
        raise WrongMoment("该异议已撤回，无需办理。", code="withdrawn")


def _create(
    actor: Actor, filing: ObjectionFiling, record: FailureRecord, case: Case | None, now: datetime
) -> Objection:
    counter = actor.subject is None
    deadline, _ = answer_deadline(record, timezone.localdate(now))
    return Objection.objects.create(
        region_id=record.region_id,
        objection_no=new_number("YY", now),
        form_token=filing.form_token,
        record=record,
        case=case,
        subject=record.subject,
        department=record.department,
        matter=filing.matter,
        request=filing.request.strip(),
        text=filing.text.strip(),
        agent_name=filing.agent_name.strip(),
        agent_phone=filing.agent_phone.strip(),
        channel=Objection.Channel.COUNTER if counter else Objection.Channel.PORTAL,
        authority=filing.authority.as_json() if filing.authority and counter else {},
        filed_by_id=actor.person_id,
        filed_at=now,
        due_on=deadline.day if deadline else None,
    )


def _open_answer_task(objection: Objection, now: datetime) -> None:
    known = objection.due_on is not None
    open_task(
        objection.region_id,
        kind=Task.Kind.OBJECTION,
        thing_kind=THING,
        thing=objection.ref,
        title=f"异议{objection.objection_no}待答复：{objection.record.doc_no}",
        detail=f"{objection.get_matter_display()}：{objection.request}"
        + ("" if known else "　答复期限待核实，所列日期为内部提醒，不是法定期限。"),
        department_id=objection.department_id,
        due_on=objection.due_on or _reminder(objection.region_id, now),
        now=now,
    )


def _reminder(region: str, filed_at: datetime) -> date:
    return task_due(region, timezone.localdate(filed_at), REMINDER_WORKING_DAYS)


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
