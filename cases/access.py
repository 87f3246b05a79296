"""The only ways to records, cases, filings, drafts and files; steps, papers, batches and tasks have an `access_*` module each.

`access_*` raise NotFound for foreign or absent, NotAllowed for visible but not theirs. One condition a line.
With `lock`, the row is fresh and locked (FOR UPDATE), in the order application, case, step.
"""

from uuid import UUID

from cases.categories import room
from cases.models import Application, Case, Draft, FailureRecord, Material, ReviewStep, StoredFile
from cases.query import ApplicationQuerySet, CaseQuerySet, RecordQuerySet
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import set_local
from creditrepair.tenancy.errors import NotAllowed, NotFound, WrongMoment
from creditrepair.tenancy.models import Role


def access_case(actor: Actor, ref: str, *, to: str = "view", lock: bool = False) -> Case:
    """The case with public reference `ref`, for one of: view, decide, answer (the applicant's side), correct.

    A clerk may withdraw only what was filed at the counter, and correct also what a platform handed over: whoever filed
    there may have no account here.
    An applicant's verb enters the case's region first: with the subject alone, FOR UPDATE would find no row.
    """
    case = (
        Case.objects.visible_to(actor)
        .select_related("record", "application", "department", "subject")
        .filter(ref=ref)
        .first()
    )
    if case is None:
        raise NotFound
    if to == "decide" and not can_decide(actor, case):
        raise NotAllowed
    if to in ("answer", "correct"):
        require_filing(actor)
    if to == "answer" and actor.subject != case.subject_id and not (actor.has(Role.CLERK) and filed_at_counter(case)):
        raise NotAllowed
    if to == "correct" and actor.subject != case.subject_id and not (actor.has(Role.CLERK) and filed_elsewhere(case)):
        raise NotAllowed("申请人在网上提交的办件，由申请人登录补正。")
    if lock:
        if actor.subject:
            set_local("app.region", case.region_id)
        locked = (
            Case.objects.select_for_update(of=("self",))
            .select_related("record", "application", "department", "subject")
            .filter(region_id=case.region_id, pk=case.pk)
            .first()
        )
        if locked is None:
            raise NotFound
        return locked
    return case


def require_filing(actor: Actor) -> None:
    """An authority that lets one only look lets nobody apply, correct or withdraw."""
    if not actor.may_file:
        raise NotAllowed("您的授权只限查看和下载，申请、补正和撤回由单位的其他经办人办理。", code="view_only")


def visible_cases(actor: Actor) -> CaseQuerySet:
    """All cases the actor may see, for lists; the list adds its own order and limit."""
    return Case.objects.visible_to(actor)


def visible_applications(actor: Actor) -> ApplicationQuerySet:
    """All filings the actor may see, for lists."""
    return Application.objects.visible_to(actor)


def visible_records(actor: Actor) -> RecordQuerySet:
    """All records the actor may see, for lists."""
    return FailureRecord.objects.visible_to(actor)


def can_decide(actor: Actor, case: Case) -> bool:
    """A reviewer of the unit that holds the open step, at its tier."""
    return (
        actor.has(Role.REVIEWER)
        and case.region_id == actor.region
        and case.holder_id == actor.department_id
        and case.holder_tier in actor.tiers
    )


def filed_at_counter(case: Case) -> bool:
    return bool(case.application.channel == Application.Channel.COUNTER)


def filed_elsewhere(case: Case) -> bool:
    """At the counter or at a platform: not by somebody signed in for the firm."""
    return bool(case.application.was_filed and case.application.channel != Application.Channel.PORTAL)


def require_state(case: Case, *states: str) -> None:
    if case.state not in states:
        raise WrongMoment(f"本件现为“{case.get_state_display()}”，不能办理此事项。")


def access_application(actor: Actor, ref: str) -> Application:
    application = Application.objects.visible_to(actor).select_related("subject").filter(ref=ref).first()
    if application is None:
        raise NotFound
    return application


def application_refs(actor: Actor, filing_no: str) -> list[str]:
    """References behind a filing number in the actor's region, for auditors who hold only the number; no content."""
    if not actor.has(Role.AUDITOR):
        raise NotAllowed
    return list(Application.objects.filter(region_id=actor.region, filing_no=filing_no).values_list("ref", flat=True))


def access_record(actor: Actor, ref: str, *, to: str = "view", lock: bool = False) -> FailureRecord:
    """A record by reference; to "record" (归集, 告知, 送达, 失信程度) only for recorders and reviewers of its unit."""
    record = FailureRecord.objects.visible_to(actor).select_related("subject", "department").filter(ref=ref).first()
    if record is None:
        raise NotFound
    own_unit = record.department_id == actor.department_id and record.region_id == actor.region
    if to == "record" and not (own_unit and (actor.has(Role.RECORDER) or actor.has(Role.REVIEWER))):
        raise NotAllowed("该信息由责任单位办理。")
    if lock:
        return (
            FailureRecord.objects.select_for_update(of=("self",))
            .select_related("subject", "department")
            .get(pk=record.pk)
        )
    return record


def access_mirrored(actor: Actor, ref: str) -> FailureRecord:
    """A record that another organ decides, locked, for the units of Annex 1 that mirror it: 归集 or 审核 of such a unit.

    Raises NotFound, NotAllowed, WrongMoment for a record that is decided here.
    """
    record = access_record(actor, ref)
    category = room(record.category)
    if category.decided != "elsewhere":
        raise WrongMoment("该信息由本单位决定，请按申请办理。", code="decided_here")
    mirrors = record.region_id == actor.region and actor.department in category.annex1_departments
    if not mirrors or not (actor.has(Role.REVIEWER) or actor.has(Role.RECORDER)):
        raise NotAllowed("该信息的决定由分工所列单位登记。")
    return (
        FailureRecord.objects.select_for_update(of=("self",)).select_related("subject", "department").get(pk=record.pk)
    )


def access_draft(actor: Actor, ref: str, *, lock: bool = False) -> Draft:
    """A draft of one's own, for the firm one acts for now (clerks: their own drafts)."""
    drafts = Draft.objects.filter(user_id=actor.person_id, ref=ref)
    if actor.subject:
        drafts = drafts.filter(subject_id=actor.subject)
    draft = (drafts.select_for_update() if lock else drafts).first()
    if draft is None:
        raise NotFound
    return draft


def access_file(actor: Actor, uuid: UUID | str) -> StoredFile:
    """A stored file through the material, draft or record it belongs to; the uploader always reaches the own upload."""
    file = StoredFile.objects.filter(uuid=uuid).first()
    if file is None:
        raise NotFound
    if actor.user_id is not None and file.owner_id == actor.user_id:
        return file
    if FailureRecord.objects.visible_to(actor).filter(decision_file=file).exists():
        return file
    visible = Case.objects.visible_to(actor).filter(region_id=file.region_id)
    own = Material.objects.filter(region_id=file.region_id, file=file, case__in=visible)
    common = Material.objects.filter(region_id=file.region_id, file=file, case=None, application__cases__in=visible)
    outside = ReviewStep.objects.filter(region_id=file.region_id, external_file=file, case__in=visible)
    if own.exists() or common.exists() or outside.exists():
        return file
    raise NotFound
