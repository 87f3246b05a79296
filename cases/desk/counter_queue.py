"""叫号: 下一位, what becomes of a number, the page at the hall's entrance, a number's slip, and the hall's screen."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from cases.access import visible_records
from cases.counter_access import access_ticket
from cases.desk.counter_frame import show
from cases.desk.counter_views import home_page
from cases.desk.doors import require
from cases.desk.scanned import read_scanned
from cases.models import QueueTicket
from cases.services.ticket import call_next, issue_ticket, move_ticket
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Role

SHOWN_CALLED = 6
SHOWN_WAITING = 12
TOLD = {"start": "开始办理{}号。", "done": "{}号已办完。", "left": "{}号未到场，已过号。", "back": "{}号已排到队尾。"}
WAITING_PURPOSES = (
    (QueueTicket.Purpose.REPAIR, "edit", "符合条件的失信信息，申请修复"),
    (QueueTicket.Purpose.CORRECTION, "upload", "补交材料，领取决定书、通知书"),
    (QueueTicket.Purpose.ADVICE, "info", "问政策、问进度、问怎么办"),
    (QueueTicket.Purpose.OBJECTION, "alert", "认为公示内容、期限或结果有误"),
)


@require_POST
def call(request: PortalRequest) -> HttpResponse:
    """下一位: opens the subject's page at once where the visitor gave a code at the entrance."""
    actor = request.actor
    require(actor, Role.CLERK)
    try:
        ticket = call_next(actor, now=timezone.now())
    except Invalid as refusal:
        return home_page(request, problem=refusal.message, status=422)
    if ticket is None:
        messages.info(request, "当前没有等候的号码。")
    elif ticket.subject_code and _has_records(actor, ticket.subject_code):
        return HttpResponseRedirect(reverse("counter:subject") + "?" + urlencode({"code": ticket.subject_code}))
    return HttpResponseRedirect(reverse("counter:home"))


@require_POST
def move(request: PortalRequest, ref: str) -> HttpResponse:
    """到场, 办完, 过号, 重新排队."""
    require(request.actor, Role.CLERK)
    act = request.POST.get("act", "")
    ticket = move_ticket(request.actor, ref=ref, act=act, now=timezone.now())
    messages.success(request, TOLD[act].format(ticket.number))
    return HttpResponseRedirect(reverse("counter:home"))


@require_safe
def entrance(request: PortalRequest) -> HttpResponse:
    """Where the member of staff at the door issues numbers. A number says what for, and never who."""
    require(request.actor, Role.CLERK)
    return _entrance(request)


@require_POST
def issue(request: PortalRequest) -> HttpResponse:
    """One press, one number; then its slip."""
    require(request.actor, Role.CLERK)
    typed = request.POST.get("code", "").strip()
    codes = read_scanned(typed).codes
    if typed and not codes:
        return _entrance(request, problem="没有读到正确的统一社会信用代码，请重新扫描，或留空取号。", status=422)
    try:
        ticket = issue_ticket(
            request.actor,
            purpose=request.POST.get("purpose", ""),
            subject_code=codes[0] if codes else "",
            now=timezone.now(),
        )
    except Invalid as refusal:
        return _entrance(request, problem=refusal.message, status=422)
    return HttpResponseRedirect(reverse("counter:ticket", args=[ticket.ref]))


@require_safe
def ticket(request: PortalRequest, ref: str) -> HttpResponse:
    """A number's slip, to be printed or read out."""
    require(request.actor, Role.CLERK)
    shown = access_ticket(request.actor, ref)
    before = QueueTicket.objects.filter(
        region_id=shown.region_id, day=shown.day, state=QueueTicket.State.WAITING, queued_at__lt=shown.queued_at
    ).count()
    return show(request, "counter/ticket.html", {"shown": shown, "before": before})


@login_not_required
@require_safe
def screen(request: PortalRequest) -> HttpResponse:
    """The hall's screen: numbers and windows, nothing else; for everybody to see."""
    held = (QueueTicket.State.CALLED, QueueTicket.State.SERVING)
    with region_context(request.region.code):
        rows = QueueTicket.objects.filter(region_id=request.region.code, day=timezone.localdate())
        context = {
            "called": list(rows.filter(state__in=held).order_by("-called_at")[:SHOWN_CALLED]),
            "next": list(rows.filter(state=QueueTicket.State.WAITING).order_by("queued_at", "id")[:SHOWN_WAITING]),
        }
    return render(request, "counter/screen.html", context)


def _entrance(request: PortalRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
    return show(
        request,
        "counter/entrance.html",
        {"purposes": WAITING_PURPOSES, "problem": problem, "code": request.POST.get("code", "")[:300]},
        status=status,
    )


def _has_records(actor: Actor, code: str) -> bool:
    return visible_records(actor).filter(region_id=actor.region, subject_id=code).exists()
