"""处罚撤销变更 and 破产重整 at the desk: recorded from a record with their paper, settled step by step by its unit."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from cases.access import access_record
from cases.access_beside import (
    access_beside,
    access_restructuring,
    access_withdrawal,
    file_of,
    files_of,
    may_answer,
    may_record_ruling,
)
from cases.beside_forms import OutsidePaperForm, WithdrawalForm, take_files
from cases.desk.forms import described, put_errors
from cases.models import FailureRecord, PenaltyWithdrawal, Restructuring, RestructuringStep
from cases.services import penalty_withdrawal as withdrawals
from cases.services import restructuring as tracks
from cases.services.beside import MAX_ORGAN, MAX_PAPER, OutsidePaper
from cases.services.penalty_withdrawal import WithdrawalReport
from cases.timeline import timeline_of_thing
from cases.uploads import attachment
from creditrepair.tenancy.errors import Invalid, NotAllowed
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Role
from sync import outbox

FILE: Final = "file"


class FileField(forms.Form):
    file = forms.FileField(
        label="文书扫描件",
        required=False,
        help_text="PDF、JPG、PNG、HEIC，不超过20MB",
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png,.heic"}),
    )


class NoteForm(forms.Form):
    note = forms.CharField(
        label="意见", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="不予确认、不予屏蔽、恢复公示的须写明理由，申请人可以看到",
    )  # fmt: skip


class ReportForm(WithdrawalForm, FileField):
    """A unit's own report of a decision that fell."""


class CourtPaper(OutsidePaperForm):
    organ = forms.CharField(label="人民法院", max_length=MAX_ORGAN, help_text="全称，如“金昌市中级人民法院”")
    paper_no = forms.CharField(label="案号", max_length=MAX_PAPER)


class RulingForm(CourtPaper, FileField, NoteForm):
    plan = forms.ChoiceField(label="裁定事项", choices=list(tracks.PLANS.items()), widget=forms.RadioSelect)
    field_order = ("plan", "organ", "paper_no", "decided_on", "file", "note")


class CourtForm(CourtPaper, FileField, NoteForm):
    """The court's second paper: that the plan is performed, or that it failed."""

    field_order = ("organ", "paper_no", "decided_on", "file", "note")


def _held(request: PortalRequest, region: str) -> tuple[str, str]:
    """Reference of the uploaded scan ("" if none) and what was refused."""
    files, problem = take_files(request, request.actor, region, FILE)
    return (str(files[-1].uuid) if files else ""), problem


# ── 处罚撤销变更 ────────────────────────────────────────────────────────────────────────────────────────────────────
@require_http_methods(["GET", "HEAD", "POST"])
def withdrawal_new(request: PortalRequest, ref: str) -> HttpResponse:
    """The record's unit reports that its decision was revoked or changed; a second person confirms."""
    record = access_record(request.actor, ref, to="record")
    form = ReportForm(request.POST or None, for_staff=True)
    if form.is_bound and form.is_valid():
        scan, problem = _held(request, record.region_id)
        data = form.cleaned_data
        given = WithdrawalReport(record.ref, data["kind"], data["by"], form.paper(scan), data["note"])
        act: Callable[[], PenaltyWithdrawal] = lambda: withdrawals.report_withdrawal(  # noqa: E731
            request.actor, given, now=timezone.now()
        )
        done = _done(form, act, problem)
        if done is not None:
            messages.success(request, f"已登记{done.report_no}，须由本单位另一名审核人员确认。")
            return redirect("desk:withdrawal", done.ref)
    what = "决定被复议机关、法院、上级或者本单位撤销、变更的，凭文书登记。确认后信息撤回并同步两个平台，不是信用修复。"
    return _new(request, record, form, "登记处罚撤销或变更", what)


@require_http_methods(["GET", "HEAD", "POST"])
def withdrawal(request: PortalRequest, ref: str) -> HttpResponse:
    form = NoteForm(request.POST or None)
    if request.method == "POST":
        access_withdrawal(request.actor, ref, to="settle")
        if form.is_valid() and _act_named(request, form, "confirm", "decline"):
            actor, note, now = request.actor, form.cleaned_data["note"], timezone.now()
            confirm = request.POST.get("act") == "confirm"
            try:
                if confirm:
                    withdrawals.confirm_withdrawal(actor, ref=ref, note=note, now=now)
                else:
                    withdrawals.decline_withdrawal(actor, ref=ref, reason=note, now=now)
            except Invalid as refused:
                put_errors(form, refused.fields, refused.message)
            else:
                messages.success(request, "已确认，信息已撤回，正在同步平台。" if confirm else "已告知未予确认。")
                return redirect("desk:withdrawal", ref)
    found = access_withdrawal(request.actor, ref)
    waits = found.state == PenaltyWithdrawal.State.REPORTED
    context = {
        "title": f"处罚撤销变更 {found.report_no}",
        "report": found,
        "record": found.record,
        "files": files_of(found),
        "form": described(form),
        "may_settle": waits and may_answer(request.actor, found.record, found.department_id),
        "own": found.reported_by_id == request.actor.user_id,
        "sees_record": not request.actor.has(Role.CLERK),
        "legs": [] if waits else outbox.legs_of(found.region_id, "record", found.record.ref),
        "today": timezone.localdate(),
        "timeline": timeline_of_thing(found.region_id, "withdrawal", found.ref, names=True),
    }
    return TemplateResponse(request, "desk/withdrawal.html", context, status=422 if form.errors else 200)


# ── 破产重整 ───────────────────────────────────────────────────────────────────────────────────────────────────────
@require_http_methods(["GET", "HEAD", "POST"])
def restructuring_new(request: PortalRequest, ref: str) -> HttpResponse:
    """Record a court's ruling for a record: its unit, or 县发改局."""
    record = access_record(request.actor, ref)
    if not may_record_ruling(request.actor, record):
        raise NotAllowed("由责任单位或者县发改局登记法院裁定。")
    form = RulingForm(request.POST or None)
    if form.is_bound and form.is_valid():
        scan, problem = _held(request, record.region_id)
        data = form.cleaned_data
        act: Callable[[], Restructuring] = lambda: tracks.record_ruling(  # noqa: E731
            request.actor, record_ref=ref, plan=data["plan"], paper=form.paper(scan), note=data["note"],
            now=timezone.now(),
        )  # fmt: skip
        done = _done(form, act, problem)
        if done is not None:
            messages.success(request, "法院裁定已登记，由责任单位决定是否临时屏蔽。")
            return redirect("desk:restructuring", done.ref)
    what = "法院裁定批准重整计划或者认可和解协议的，凭裁定书登记。责任单位据此决定临时修复；最终修复的条件待核实，由责任单位判断。"
    return _new(request, record, form, "登记法院破产裁定", what)


@require_http_methods(["GET", "HEAD", "POST"])
def restructuring(request: PortalRequest, ref: str) -> HttpResponse:
    found = access_restructuring(request.actor, ref)
    ruled = found.state == Restructuring.State.RULED
    form = (NoteForm if ruled else CourtForm)(request.POST or None)
    if request.method == "POST":
        access_restructuring(request.actor, ref, to="move")
        acts = ("shield", "decline") if ruled else ("finish", "resume")
        if form.is_valid() and _act_named(request, form, *acts) and _moved(request, found, form):
            return redirect("desk:restructuring", ref)
    steps = RestructuringStep.objects.filter(region_id=found.region_id, track=found).select_related("file", "by")
    waits = found.state in (Restructuring.State.RULED, Restructuring.State.SHIELDED)
    context = {
        "title": f"破产重整：{found.record.doc_no}",
        "track": found,
        "record": found.record,
        "steps": list(steps.order_by("id")),
        "form": described(form),
        "ruled": ruled,
        "may_move": waits and may_answer(request.actor, found.record, found.department_id),
        "waits": waits,
        "sees_record": not request.actor.has(Role.CLERK),
        "office": tracks.bankruptcy_office(found.record, timezone.localdate()),
        "legs": outbox.legs_of(found.region_id, "record", found.record.ref),
    }
    return TemplateResponse(request, "desk/restructuring.html", context, status=422 if form.errors else 200)


def _moved(request: PortalRequest, found: Restructuring, form: forms.Form) -> bool:
    """Take the step the button names; what cannot be used stands beside its field."""
    actor, act, now = request.actor, request.POST.get("act"), timezone.now()
    note = form.cleaned_data["note"]
    if not isinstance(form, CourtForm):
        verb = tracks.shield_record if act == "shield" else tracks.decline_shielding
        said = "已临时修复，暂停公示，正在同步平台。" if act == "shield" else "已登记不予屏蔽。"
        done = _done(form, lambda: verb(actor, ref=found.ref, note=note, now=now), "")
    else:
        scan, problem = _held(request, found.region_id)
        paper: OutsidePaper = form.paper(scan)
        later = tracks.finish_restructuring if act == "finish" else tracks.resume_publication
        said = "已最终修复。" if act == "finish" else "已恢复公示，正在同步平台。"
        done = _done(form, lambda: later(actor, ref=found.ref, paper=paper, note=note, now=now), problem)
    if done is not None:
        messages.success(request, said)
    return done is not None


@require_safe
def beside_file(request: PortalRequest, ref: str, kind: str, uuid: UUID) -> HttpResponse:
    """A file of an objection, a report or a restructuring, as an attachment."""
    return attachment(file_of(access_beside(request.actor, kind, ref), uuid))


def _act_named(request: PortalRequest, form: forms.Form, *acts: str) -> bool:
    """Whether the form came by one of its buttons: what no button names is not guessed."""
    if request.POST.get("act") in acts:
        return True
    form.add_error(None, "请点击要办理的按钮。")
    return False


def _done(form: forms.Form, act: Callable[[], Any], problem: str) -> Any:
    """What the verb gives, or None with the faults on the form; a refused upload is a fault before anything is done."""
    if problem:
        form.add_error(FILE, problem)
        return None
    try:
        return act()
    except Invalid as refused:
        put_errors(form, refused.fields, refused.message)
        return None


def _new(request: PortalRequest, record: FailureRecord, form: forms.Form, title: str, what: str) -> HttpResponse:
    context = {"title": title, "record": record, "form": described(form), "what": what}
    return TemplateResponse(request, "desk/beside_new.html", context, status=422 if form.errors else 200)
