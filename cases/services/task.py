"""待办事项: opened once per cause, taken, handed over, closed with an answer. Who watches for causes is `watch`."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from cases.access_tasks import access_task
from cases.deadlines import calendar_between
from cases.models import Task
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import AlreadyDecided, Invalid, WrongMoment
from creditrepair.tenancy.models import Department
from sync import sms
from sync.models import Delivery

DUE_WORKING_DAYS: Final = 1  # what the system cannot do alone is somebody's on the next working day
MAX_ANSWER: Final = 500


def task_due(region: str, today: date, working_days: int = DUE_WORKING_DAYS) -> date:
    """The day by which a task opened `today` is due, by the region's calendar."""
    calendar = calendar_between(today, today + timedelta(days=40), region)
    return calendar.add_working_days(today, working_days).day


def open_task(
    region: str,
    *,
    kind: Task.Kind | str,
    thing_kind: str,
    thing: str,
    title: str,
    detail: str = "",
    department_id: int,
    now: datetime,
    due_on: date | None = None,
) -> bool:
    """Open a task in the caller's transaction unless one is open for this cause; whether it was opened now.

    Takes no chain lock and writes no Event: the deciding verb writes its own, the watch one for each it opens.
    """
    row = Task(
        region_id=region,
        kind=kind,
        thing_kind=thing_kind,
        thing=thing,
        title=title[:200],
        detail=detail[:500],
        department_id=department_id,
        due_on=due_on or task_due(region, timezone.localdate(now)),
        opened_at=now,
    )
    cause = Q(region_id=region, kind=kind, thing_kind=thing_kind, thing=thing, closed_at__isnull=True)
    if Task.objects.filter(cause).exists():
        return False
    Task.objects.bulk_create([row], ignore_conflicts=True)
    return True


@transaction.atomic
def take_task(actor: Actor, *, ref: str, now: datetime) -> Task:
    """Make an open task one's own. Raises NotFound, NotAllowed (another unit's), WrongMoment (closed, or taken)."""
    task = _open(actor, ref)
    if task.taken_by_id == actor.user_id:
        return task
    if task.taken_by is not None:
        raise WrongMoment(f"{task.taken_by.full_name}已领取该事项。", code="taken")
    task.taken_by_id, task.taken_at = actor.person_id, now
    task.save(update_fields=["taken_by", "taken_at"])
    _note(actor, "task_taken", task, now)
    return task


@transaction.atomic
def close_task(actor: Actor, *, ref: str, answer: str, now: datetime) -> Task:
    """Close a task with what was done. A short message that could not be delivered is settled by it.

    Raises NotFound, NotAllowed, WrongMoment (closed before), Invalid (no answer).
    """
    task = _open(actor, ref)
    if task.kind == Task.Kind.AUTHORITY:
        raise WrongMoment("请在授权核验页确认或退回，待办随之办结。", code="decide_there")
    answer = answer.strip()
    if not answer or len(answer) > MAX_ANSWER:
        raise Invalid(fields={"answer": f"请写明处理结果，不超过{MAX_ANSWER}个字。"})
    if task.kind == Task.Kind.INQUIRY:  # its end is an answer that the asker can read, not a note among ourselves
        raise Invalid(fields={"answer": "请打开该咨询投诉并答复，答复后自动办结。"})
    task.closed_at, task.closed_by_id, task.answer = now, actor.person_id, answer
    task.save(update_fields=["closed_at", "closed_by", "answer"])
    if task.kind == Task.Kind.UNREACHABLE and task.thing_kind == "delivery":
        Delivery.objects.filter(
            region_id=task.region_id, message_no=task.thing, kind="sms", done_at__isnull=True, target=sms.TARGET
        ).update(done_at=now, officer_id=actor.person_id, officer_note=answer, lease_until=None, lease_token=None)
    _note(actor, "task_closed", task, now, answer=answer)
    return task


@transaction.atomic
def hand_over_task(actor: Actor, *, ref: str, department: str, reason: str, now: datetime) -> Task:
    """Give a task to another unit of the region, by its code. Raises as `close_task`; Invalid for the same unit."""
    task = _open(actor, ref)
    reason = reason.strip()
    to = Department.objects.filter(region_id=task.region_id, code=department).first()
    faults = {}
    if to is None or to.pk == task.department_id:
        faults["department"] = "请选择另一个单位。"
    if not reason or len(reason) > MAX_ANSWER:
        faults["reason"] = f"请写明转办理由，不超过{MAX_ANSWER}个字。"
    if faults or to is None:
        raise Invalid(fields=faults)
    before = task.department.name
    task.department, task.taken_by, task.taken_at = to, None, None
    task.save(update_fields=["department", "taken_by", "taken_at"])
    _note(actor, "task_handed_over", task, now, reason=reason, before=before)
    return task


def _open(actor: Actor, ref: str) -> Task:
    task = access_task(actor, ref, to="act", lock=True)
    if task.closed_at is not None:
        who = task.closed_by.full_name if task.closed_by else "系统"
        raise AlreadyDecided(who, f"{timezone.localtime(task.closed_at):%Y-%m-%d %H:%M}")
    return task


def _note(actor: Actor, verb: str, task: Task, now: datetime, **data: str) -> None:
    about = {"task": task.title, "unit": task.department.name} | data
    record_event(actor, verb, kind="task", thing=task.ref, at=now, data=about)


def open_tasks(tasks: "QuerySet[Task]") -> "QuerySet[Task]":
    """Open ones, nearest due first."""
    return tasks.filter(closed_at__isnull=True).order_by("due_on", "id")


def units_to_hand_to(task: Task) -> Sequence[Department]:
    return list(Department.objects.filter(region_id=task.region_id).exclude(pk=task.department_id).order_by("id"))
