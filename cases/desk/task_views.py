"""待办事项: what the system could not do alone, nearest due first; taken, answered, handed over on one page each."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from cases.access_tasks import access_task, may_act_on, visible_tasks
from cases.desk.keyset import page_of
from cases.desk.task_page import about_of, link_of
from cases.models import Task
from cases.services import task as verbs
from creditrepair.tenancy.errors import Invalid
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Role

CLOSED_SHOWN = 100


@require_safe
def tasks(request: PortalRequest) -> HttpResponse:
    """Open tasks of the own unit (the supervisor: of the region); `?kind=` narrows, `?closed=1` shows the last closed."""
    actor, today = request.actor, timezone.localdate()
    seen = visible_tasks(actor)
    kind = request.GET.get("kind", "")
    rows = seen.filter(kind=kind) if kind in Task.Kind.values else seen
    closed = request.GET.get("closed") == "1"
    if closed:
        shown = list(rows.filter(closed_at__isnull=False).order_by("-closed_at")[:CLOSED_SHOWN])
        page = None
    else:
        page = page_of(
            rows.filter(closed_at__isnull=True), among=seen, day_field="due_on", cursor=request.GET.get("at", "")
        )
        shown = page.rows
    return TemplateResponse(
        request,
        "desk/tasks.html",
        {
            "title": "待办事项",
            "rows": shown,
            "page": page,
            "closed": closed,
            "kind": kind if kind in Task.Kind.values else "",
            "kinds": Task.Kind.choices,
            "today": today,
            "everybody": actor.has(Role.SUPERVISOR),
        },
    )


@require_safe
def task(request: PortalRequest, ref: str) -> HttpResponse:
    return _page(request, ref)


@require_POST
def task_take(request: PortalRequest, ref: str) -> HttpResponse:
    verbs.take_task(request.actor, ref=ref, now=timezone.now())
    messages.success(request, "已领取，请在期限前写明处理结果。")
    return HttpResponseRedirect(reverse("desk:task", args=[ref]))


@require_POST
def task_close(request: PortalRequest, ref: str) -> HttpResponse:
    return _act(
        request,
        ref,
        lambda: verbs.close_task(request.actor, ref=ref, answer=request.POST.get("answer", ""), now=timezone.now()),
        "已办结。",
    )


@require_POST
def task_hand_over(request: PortalRequest, ref: str) -> HttpResponse:
    given = request.POST
    return _act(
        request,
        ref,
        lambda: verbs.hand_over_task(
            request.actor,
            ref=ref,
            department=given.get("department", ""),
            reason=given.get("reason", ""),
            now=timezone.now(),
        ),
        "已转办。",
    )


def _act(request: PortalRequest, ref: str, act: Callable[[], Task], done: str) -> HttpResponse:
    try:
        act()
    except Invalid as problem:
        return _page(request, ref, faults=problem.fields, status=422)
    messages.success(request, done)
    return HttpResponseRedirect(reverse("desk:tasks"))


def _page(request: PortalRequest, ref: str, *, faults: dict[str, str] | None = None, status: int = 200) -> HttpResponse:
    found = access_task(request.actor, ref)
    return TemplateResponse(
        request,
        "desk/task.html",
        {
            "title": found.get_kind_display(),
            "task": found,
            "about": about_of(found),
            "link": link_of(request.actor, found),
            "may_act": found.closed_at is None and may_act_on(request.actor, found),
            "mine": found.taken_by_id == request.actor.user_id,
            "units": verbs.units_to_hand_to(found),
            "faults": faults or {},
            "typed": request.POST,
            "today": timezone.localdate(),
        },
        status=status,
    )
