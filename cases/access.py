"""The only ways to an object: `access_*` raise NotFound for foreign or absent, NotAllowed for visible but not theirs.

One condition a line. With `lock`, the row is fresh and locked (FOR UPDATE), in the order application, case, step.
"""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from cases.categories import room
from cases.models import (
    Application,
    Case,
    CollectionBatch,
    DecisionBundle,
    Draft,
    FailureRecord,
    Material,
    ReviewStep,
    StoredFile,
    Task,
)
from cases.query import ApplicationQuerySet, CaseQuerySet, RecordQuerySet
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import set_local
from creditrepair.tenancy.errors import AlreadyDecided, NotAllowed, NotFound, WrongMoment
from creditrepair.tenancy.models import Role
from notices.models import Notice, PaperBatch


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


def access_step(actor: Actor, ref: str, step: UUID | str) -> tuple[Case, ReviewStep]:
    """The case, locked, and the step the page showed, for a decision on it.

    Whoever may not decide is told so (403); whoever could decide the shown step hears that it is settled, by whom and
    when (409): a second click is no missing right.
    """
    case = access_case(actor, ref, lock=True)
    if can_decide(actor, case):
        return case, open_step(case, step)
    shown = ReviewStep.objects.filter(region_id=case.region_id, case=case, uuid=step).first()
    if shown is not None and _could_decide(actor, case, shown):
        open_step(case, step)
    raise NotAllowed


def _could_decide(actor: Actor, case: Case, step: ReviewStep) -> bool:
    return (
        actor.has(Role.REVIEWER)
        and case.region_id == actor.region
        and step.department_id == actor.department_id
        and step.tier in actor.tiers
    )


def open_step(case: Case, step: UUID | str) -> ReviewStep:
    """The step the page showed, if it is still the open one; read after the case's lock.

    Raises AlreadyDecided (409) with who settled it and when, WrongMoment if the case has moved on otherwise.
    """
    shown = (
        ReviewStep.objects.filter(region_id=case.region_id, case=case, uuid=step).select_related("settled_by").first()
    )
    if shown is None:
        raise NotFound
    if shown.status != ReviewStep.Status.OPEN:
        by = shown.settled_by.full_name if shown.settled_by else "系统"
        raise AlreadyDecided(
            by, f"{timezone.localtime(shown.settled_at):%Y-%m-%d %H:%M}" if shown.settled_at else "此前"
        )
    return shown


def require_four_eyes(actor: Actor, case: Case, step: ReviewStep) -> None:
    """Nobody decides two tiers of one case, nor a case filed by the same person at the counter."""
    if case.application.filed_by_id == actor.user_id:
        raise NotAllowed("本件由您在窗口代为提交，须由他人审核。", code="own_filing")
    if (
        ReviewStep.objects.filter(region_id=case.region_id, case=case, settled_by_id=actor.user_id, status="agreed")
        .exclude(tier=step.tier)
        .exists()
    ):
        raise NotAllowed("您已办理本件的另一环节，本环节须由他人办理。", code="four_eyes")


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


WINDOW_TASKS = (Task.Kind.UNREACHABLE, Task.Kind.HELP, Task.Kind.AUTHORITY)
EXCHANGE_TASKS = (Task.Kind.DELIVERY, Task.Kind.DIFFERENCE)


def visible_tasks(actor: Actor) -> "QuerySet[Task]":
    """Tasks the actor may see: of the own unit; at the counter those of telephoning, helping and checking authorities; at the exchange those of the
    platforms; the supervisor sees the region's. Raises NotAllowed for whoever has no such duty."""
    tasks = Task.objects.filter(region_id=actor.region).select_related("department", "taken_by", "closed_by")
    if actor.has(Role.SUPERVISOR):
        return tasks
    mine = _task_duties(actor)
    if mine is None:
        raise NotAllowed("待办事项由责任单位、窗口和数据交换人员办理。")
    return tasks.filter(mine)


def _task_duties(actor: Actor) -> Q | None:
    """Which tasks an actor may act on, None if there can be none."""
    duties = []
    if actor.department_id and any(actor.has(r) for r in (Role.REVIEWER, Role.RECORDER, Role.SUPERVISOR)):
        duties.append(Q(department_id=actor.department_id))
    if actor.has(Role.CLERK):
        duties.append(Q(kind__in=WINDOW_TASKS))
    if actor.has(Role.EXCHANGE):
        duties.append(Q(kind__in=EXCHANGE_TASKS))
    found = None
    for one in duties:
        found = one if found is None else found | one
    return found


def access_task(actor: Actor, ref: str, *, to: str = "view", lock: bool = False) -> Task:
    """A task by reference; to "act" only for the unit that owns it, or the duty its kind belongs to.

    Raises NotFound (another region or unit), NotAllowed (the supervisor sees, the unit acts; no such duty).
    """
    task = visible_tasks(actor).filter(ref=ref).first()
    if task is None:
        raise NotFound
    if to == "act" and not may_act_on(actor, task):
        raise NotAllowed("该事项由责任单位办理，您可以查看。")
    if lock:
        Task.objects.select_for_update().get(region_id=actor.region, pk=task.pk)
        return visible_tasks(actor).get(pk=task.pk)
    return task


def may_act_on(actor: Actor, task: Task) -> bool:
    """Whether the task belongs to the actor's unit, or its kind to the actor's duty."""
    duties = _task_duties(actor)
    return duties is not None and Task.objects.filter(duties, region_id=actor.region, pk=task.pk).exists()
