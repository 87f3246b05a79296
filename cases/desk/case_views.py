"""The case: one screen, one form, and the files that lie in it."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from cases.access import access_case
from cases.desk.case_page import acts_forms, context_of, materials_of
from cases.desk.decisions import Typed, carry_out, lines_of, require_fresh
from cases.desk.forms import described
from cases.models import Case, ReviewStep
from cases.services.claim import claim_step, release_step
from cases.services.source_change import compare_source, number_of
from cases.uploads import attachment
from creditrepair.tenancy.errors import Invalid, NotFound, WrongMoment
from creditrepair.tenancy.middleware import PortalRequest
from notices import services as notices
from notices.models import Notice


@require_safe
def case(request: PortalRequest, ref: str) -> HttpResponse:
    return case_response(request, access_case(request.actor, ref), Typed.blank())


@require_POST
def decide(request: PortalRequest, ref: str) -> HttpResponse:
    """Carry out one act. What was typed comes back with a 409 (somebody was faster) or beside its field (422)."""
    now, typed = timezone.now(), Typed.read(request.POST)
    shown = access_case(request.actor, ref)
    try:
        require_fresh(request.actor, shown, typed)
        act = carry_out(request.actor, shown, typed, now)
    except WrongMoment as refusal:
        return case_response(request, access_case(request.actor, ref), typed, changed=refusal.message, status=409)
    except Invalid as refusal:
        errors = refusal.fields or {"form": refusal.message}
        return case_response(request, access_case(request.actor, ref), typed, errors=errors, status=422)
    messages.success(request, act.done)
    return HttpResponseRedirect(here(request, ref))


@require_POST
def claim(request: PortalRequest, ref: str) -> HttpResponse:
    claim_step(request.actor, ref=ref, now=timezone.now())
    if request.headers.get("X-Renew"):
        return HttpResponse(status=204)
    messages.success(request, "已领取，30分钟内由您办理。")
    return HttpResponseRedirect(here(request, ref))


@require_POST
def release(request: PortalRequest, ref: str) -> HttpResponse:
    release_step(request.actor, ref=ref, now=timezone.now())
    messages.success(request, "已释放，本件回到待领取。")
    return HttpResponseRedirect(here(request, ref))


@require_POST
def source_compared(request: PortalRequest, ref: str) -> HttpResponse:
    """Mark the shown change of the source as compared. What was typed into the decision comes back untouched."""
    typed = Typed.read(request.POST)
    try:
        compare_source(request.actor, ref=ref, number=number_of(request.POST.get("source", "")), now=timezone.now())
    except WrongMoment as refusal:
        return case_response(request, access_case(request.actor, ref), typed, changed=refusal.message, status=409)
    messages.success(request, "源信息变更已核对，可以继续办理。您填写的内容已保留。")
    return case_response(request, access_case(request.actor, ref), typed)


@require_safe
def case_file(request: PortalRequest, ref: str, uuid: UUID) -> HttpResponse:
    """A material's file, or the paper of a decision taken outside, as an attachment, for those who see the case.

    The harmless copy; the original only when it is asked for by name (`original=1`).
    """
    shown = access_case(request.actor, ref)
    file = next((m.file for m in materials_of(shown) if m.file and m.file.uuid == uuid), None)
    if file is None:
        outside = ReviewStep.objects.filter(region_id=shown.region_id, case=shown, external_file__uuid=uuid)
        file = next((step.external_file for step in outside.select_related("external_file")), None)
    if file is None:
        raise NotFound
    return attachment(file, original=request.GET.get("original") == "1")


@require_safe
def case_paper(request: PortalRequest, ref: str, notice_ref: str) -> HttpResponse:
    shown = access_case(request.actor, ref)
    paper = Notice.objects.filter(region_id=shown.region_id, case_ref=shown.ref, ref=notice_ref).first()
    if paper is None:
        raise NotFound
    return paper_response(paper)


def paper_response(paper: Notice) -> HttpResponse:
    """The PDF of a paper under its number. Raises WrongMoment (409) while it is being made."""
    response = HttpResponse(notices.pdf_of(paper), content_type="application/pdf")
    header = content_disposition_header(True, f"{paper.number}.pdf")
    assert header is not None
    response["Content-Disposition"] = header
    return response


def case_response(
    request: PortalRequest,
    shown: Case,
    typed: Typed | None = None,
    *,
    bound: dict[str, forms.Form] | None = None,
    changed: str = "",
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The one screen of a case; `bound` are forms beside the decision that came back with faults."""
    typed = typed or Typed.blank()
    context: dict[str, Any] = context_of(request.actor, shown, timezone.now())
    context |= {
        "typed": typed,
        "forms": acts_forms(context) | {name: described(form) for name, form in (bound or {}).items()},
        "bound": list(bound or {}),
        "changed": changed,
        "kept": lines_of(shown, typed) if changed else [],
        "errors": errors or {},
        "back": back_of(request),
    }
    return TemplateResponse(request, "desk/case.html", context, status=status)


def back_of(request: PortalRequest) -> str:
    """The queue the reader came from, with its filters and place; only our own queue pages are believed."""
    wanted = request.POST.get("back") or request.GET.get("back") or ""
    ours = wanted.startswith("/desk/queue/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if ours else ""


def here(request: PortalRequest, ref: str) -> str:
    """The case again, with the way back to the queue it was opened from."""
    url, back = reverse("desk:case", args=[ref]), back_of(request)
    return f"{url}?{urlencode({'back': back})}" if back else url
