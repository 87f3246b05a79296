"""The only ways to tasks: by the unit that owns one, or the duty its kind belongs to. As `cases.access`."""

from django.db.models import Q, QuerySet

from cases.models import Task
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import NotAllowed, NotFound
from creditrepair.tenancy.models import Role

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
