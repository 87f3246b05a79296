"""Acts on a case beside the decision itself: a longer time and taking it back, and a decision taken outside."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from cases.access import access_case
from cases.desk.case_views import case_response, here
from cases.desk.decisions import uuid_of
from cases.desk.forms import EndExtensionForm, ExtendForm, ExternalForm, put_errors
from cases.services.extend import end_extension, extend_case
from cases.services.external import record_external
from cases.uploads import store_upload
from creditrepair.tenancy.errors import Invalid, WrongMoment
from creditrepair.tenancy.middleware import PortalRequest


@require_POST
def extend(request: PortalRequest, ref: str) -> HttpResponse:
    form = ExtendForm(request.POST, prefix="extend")

    def act(data: dict[str, Any]) -> str:
        case = extend_case(
            request.actor, ref=ref, working_days=data["working_days"], reason=data["reason"], now=timezone.now()
        )
        return f"已延长{data['working_days']}个工作日，最近期限 {case.due_on}，已告知申请人。"

    return _act(request, ref, "extend", form, act)


@require_POST
def extension_end(request: PortalRequest, ref: str) -> HttpResponse:
    form = EndExtensionForm(request.POST, prefix="extension_end")

    def act(data: dict[str, Any]) -> str:
        case = end_extension(request.actor, ref=ref, reason=data["reason"], now=timezone.now())
        return f"已撤销延长，最近期限恢复为 {case.due_on}。"

    return _act(request, ref, "extension_end", form, act)


@require_POST
def external(request: PortalRequest, ref: str) -> HttpResponse:
    """Record what a superior has decided; the paper may follow later."""
    form = ExternalForm(request.POST, request.FILES, prefix="external")

    def act(data: dict[str, Any]) -> str:
        now = timezone.now()
        upload = data.pop("file")
        stored = store_upload(request.actor, request.actor.region, upload, now=now) if upload else None
        record_external(
            request.actor,
            ref=ref,
            step=uuid_of(request.POST.get("external-step", "")),
            file=stored,
            now=now,
            **data,
        )
        return "外部机关的决定已登记。"

    return _act(request, ref, "external", form, act)


def _act(
    request: PortalRequest, ref: str, name: str, form: forms.Form, act: Callable[[dict[str, Any]], str]
) -> HttpResponse:
    """Run one verb; a fault comes back beside its field (422), a case that moved on with everything typed (409)."""
    access_case(request.actor, ref)
    changed = ""
    if form.is_valid():
        try:
            messages.success(request, act(form.cleaned_data))
            return HttpResponseRedirect(here(request, ref))
        except WrongMoment as refusal:
            changed = refusal.message
        except Invalid as refusal:
            put_errors(form, refusal.fields, refusal.message)
    return case_response(
        request, access_case(request.actor, ref), bound={name: form}, changed=changed, status=409 if changed else 422
    )
