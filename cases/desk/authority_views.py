"""单位授权: the requests that wait for a look at their evidence, one page each; and ending an authority at the window."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from cases.authority_access import (
    CHECKERS,
    access_authority_request,
    authorities_of_firm,
    visible_authority_requests,
)
from cases.models import Subject
from cases.services import authority as verbs
from cases.uploads import attachment
from creditrepair.tenancy.errors import Invalid, NotAllowed, NotFound
from creditrepair.tenancy.middleware import PortalRequest

SHOWN = 100


@require_safe
def authorities(request: PortalRequest) -> HttpResponse:
    """Open requests, oldest first; below, the authorities of one firm (`?code=`), to be ended at the window."""
    _require_checker(request)
    rows = visible_authority_requests(request.actor)
    code = request.GET.get("code", "").replace("\0", "").strip().upper()[:18]
    return TemplateResponse(
        request,
        "desk/authorities.html",
        {
            "title": "单位授权",
            "rows": list(rows.filter(outcome="").order_by("asked_at", "id")[:SHOWN]),
            "settled": list(rows.exclude(outcome="").order_by("-decided_at")[:20]),
            "code": code,
            "held": authorities_of_firm(request.actor, code) if code else [],
            "today": timezone.localdate(),
        },
    )


@require_safe
def authority(request: PortalRequest, ref: str) -> HttpResponse:
    return _page(request, ref)


@require_safe
def authority_file(request: PortalRequest, ref: str, which: str) -> HttpResponse:
    """The evidence as an attachment; `which` is letter or identity."""
    _require_checker(request)
    row = access_authority_request(request.actor, ref)
    stored = {"letter": row.letter, "identity": row.identity}.get(which)
    if stored is None:
        raise NotFound
    return attachment(stored, original=False)


@require_POST
def authority_confirm(request: PortalRequest, ref: str) -> HttpResponse:
    given = request.POST
    return _act(
        request,
        ref,
        lambda: verbs.confirm_authority(
            request.actor,
            ref=ref,
            note=given.get("note", "").replace("\0", ""),
            end_former=given.get("end_former") == "yes",
            now=timezone.now(),
        ),
        "已确认，申请人可以为该单位办理。",
    )


@require_POST
def authority_refuse(request: PortalRequest, ref: str) -> HttpResponse:
    return _act(
        request,
        ref,
        lambda: verbs.refuse_authority(
            request.actor, ref=ref, reason=request.POST.get("reason", "").replace("\0", ""), now=timezone.now()
        ),
        "已退回，申请人会看到原因。",
    )


@require_POST
def authority_end(request: PortalRequest, ref: str) -> HttpResponse:
    """End an authority on a paper that the firm brought to the window."""
    _require_checker(request)
    row = verbs.revoke_authority(
        request.actor, ref=ref, reason=request.POST.get("reason", "").replace("\0", ""), now=timezone.now()
    )
    messages.success(request, "已撤销，立即生效。")
    return HttpResponseRedirect(f"{reverse('desk:authorities')}?code={row.subject_code}")


def _require_checker(request: PortalRequest) -> None:
    if not any(request.actor.has(role) for role in CHECKERS):
        raise NotAllowed("授权由窗口或信用监管人员核验。")


def _act(request: PortalRequest, ref: str, act: Callable[[], object], done: str) -> HttpResponse:
    _require_checker(request)
    try:
        act()
    except Invalid as problem:
        return _page(request, ref, faults=problem.fields, status=422)
    messages.success(request, done)
    return HttpResponseRedirect(reverse("desk:authorities"))


def _page(request: PortalRequest, ref: str, *, faults: dict[str, str] | None = None, status: int = 200) -> HttpResponse:
    _require_checker(request)
    row = access_authority_request(request.actor, ref)
    known = Subject.objects.filter(pk=row.subject_code).first()
    return TemplateResponse(
        request,
        "desk/authority.html",
        {
            "title": f"核验单位授权：{row.subject_name}",
            "row": row,
            "known": known,
            "held": authorities_of_firm(request.actor, row.subject_code),
            "own": row.user_id == request.actor.user_id,
            "today": timezone.localdate(),
            "faults": faults or {},
            "typed": request.POST,
        },
        status=status,
    )
