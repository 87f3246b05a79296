"""撤销修复 at the desk: proposed from a granted case by one reviewer of the unit, decided by its last tier."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from cases.access_revocations import access_granted, access_revocation, file_of_revocation, may_settle
from cases.beside_forms import take_files
from cases.desk.beside_views import FILE, FileField
from cases.desk.forms import described, put_errors
from cases.models import Revocation
from cases.services.revocation import (
    MAX_FOUND,
    MAX_NOTE,
    confirm_revocation,
    decline_revocation,
    propose_revocation,
)
from cases.uploads import attachment
from creditrepair.tenancy.errors import Invalid
from creditrepair.tenancy.middleware import PortalRequest
from sync import outbox


class ProposeForm(FileField):
    ground = forms.ChoiceField(label="情形", choices=Revocation.Ground.choices, widget=forms.RadioSelect)
    found = forms.CharField(
        label="查明的事实", max_length=MAX_FOUND, widget=forms.Textarea(attrs={"rows": 5}),
        help_text="写明哪份材料、哪项承诺与事实不符，凭什么查明；决定撤销的，写入决定书，当事人可以看到",
    )  # fmt: skip
    field_order = ("ground", "found", FILE)


class SettleForm(forms.Form):
    note = forms.CharField(
        label="意见", max_length=MAX_NOTE, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="不予撤销的须写明理由",
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def revocation_new(request: PortalRequest, ref: str) -> HttpResponse:
    """Propose to take back what was granted in the case `ref`."""
    actor = request.actor
    case = access_granted(actor, ref)
    form = ProposeForm(request.POST or None)
    if form.is_bound and form.is_valid():
        files, problem = take_files(request, actor, case.region_id, FILE)
        data, scan = form.cleaned_data, str(files[-1].uuid) if files else ""
        if problem:
            form.add_error(FILE, problem)
        else:
            try:
                row = propose_revocation(
                    actor, case_ref=ref, ground=data["ground"], found=data["found"], file_uuid=scan, now=timezone.now()
                )
            except Invalid as refused:
                put_errors(form, refused.fields, refused.message)
            else:
                messages.success(request, "撤销已提出，由本单位负责人决定；决定前修复结果不变。")
                return redirect("desk:revocation", row.ref)
    context = {
        "title": f"提出撤销修复　{case.record.doc_no}",
        "case": case,
        "record": case.record,
        "form": described(form),
    }
    return TemplateResponse(request, "desk/revocation_new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def revocation(request: PortalRequest, ref: str) -> HttpResponse:
    """What is proposed or was decided; its unit's last tier decides here, once."""
    actor, form = request.actor, SettleForm(request.POST or None)
    if request.method == "POST":
        access_revocation(actor, ref, to="settle")
        if form.is_valid() and _settled(request, ref, form):
            return redirect("desk:revocation", ref)
    found = access_revocation(actor, ref)
    waits = found.state == Revocation.State.PROPOSED
    context = {
        "title": f"撤销修复　{found.case.record.doc_no}",
        "found": found,
        "case": found.case,
        "record": found.case.record,
        "form": described(form),
        "waits": waits,
        "may_settle": waits and may_settle(actor, found),
        "own": found.proposed_by_id == actor.user_id,
        "sees_record": True,
        "legs": [] if waits else outbox.legs_of(found.region_id, "case", found.case.ref),
    }
    return TemplateResponse(request, "desk/revocation.html", context, status=422 if form.errors else 200)


def _settled(request: PortalRequest, ref: str, form: SettleForm) -> bool:
    """Do what the button names; what cannot be used stands beside its field."""
    act, note, now = request.POST.get("act"), form.cleaned_data["note"], timezone.now()
    if act not in ("confirm", "decline"):
        form.add_error(None, "请点击要办理的按钮。")
        return False
    try:
        if act == "confirm":
            confirm_revocation(request.actor, ref=ref, note=note, now=now)
        else:
            decline_revocation(request.actor, ref=ref, reason=note, now=now)
    except Invalid as refused:
        put_errors(form, refused.fields, refused.message)
        return False
    messages.success(
        request, "修复决定已撤销，正在同步平台并告知当事人。" if act == "confirm" else "已决定不予撤销，修复结果不变。"
    )
    return True


@require_safe
def revocation_file(request: PortalRequest, ref: str, uuid: UUID) -> HttpResponse:
    """What proves it, as an attachment."""
    return attachment(file_of_revocation(access_revocation(request.actor, ref), uuid))
