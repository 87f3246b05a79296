"""异议 as a firm files and follows it; its list also names what stands beside repair: withdrawn penalties, restructurings."""

import secrets
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases.access import access_record, visible_records
from cases.access_beside import (
    access_objection,
    files_of,
    visible_objections,
    visible_restructurings,
    visible_withdrawals,
)
from cases.beside_clock import answer_deadline, clock_of_objection
from cases.beside_forms import ObjectionForm, put_faults, take_files
from cases.models import FailureRecord, InboxMark, Objection, StoredFile
from cases.portal.papers import as_attachment
from cases.portal.queries import applicant_of, subject_of, text_of, today
from cases.portal.stages import Stage
from cases.services.inbox import mark_read
from cases.services.objections import ObjectionFiling, file_objection, may_object_to, withdraw_objection
from cases.timeline import timeline_of_thing
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid, NotFound, WrongMoment
from notices.models import Notice

SHOWN: Final = 100
TONES: Final = {"open": ("info", "clock"), "answered": ("good", "check"), "withdrawn": ("quiet", "stop")}
REPORT_TONES: Final = {"reported": ("info", "clock"), "confirmed": ("good", "check"), "declined": ("quiet", "stop")}
TRACK_TONES: Final = {
    "ruled": ("info", "clock"), "shielded": ("info", "shield"), "final": ("good", "check"),
    "resumed": ("warn", "alert"), "declined": ("quiet", "stop"),
}  # fmt: skip
S = Objection.State


@require_safe
def objections(request: HttpRequest) -> HttpResponse:
    """The firm's objections, reports and restructurings, newest first."""
    actor = applicant_of(request)
    day = today()
    context = {
        "subject": subject_of(actor),
        "objections": [
            (one, *TONES[one.state], clock_of_objection(one, day))
            for one in visible_objections(actor).order_by("-filed_at")[:SHOWN]
        ],
        "reports": [
            (one, *REPORT_TONES[one.state]) for one in visible_withdrawals(actor).order_by("-reported_at")[:SHOWN]
        ],
        "tracks": [
            (one, *TRACK_TONES[one.state]) for one in visible_restructurings(actor).order_by("-opened_at")[:SHOWN]
        ],
    }
    return render(request, "portal/objections.html", context)


@require_safe
def objection_choose(request: HttpRequest) -> HttpResponse:
    """Which record it is about, and which of the three ways is the right one."""
    return render(request, "portal/objection_choose.html", _choice(applicant_of(request)))


@require_http_methods(["GET", "HEAD", "POST"])
def objection_new(request: HttpRequest, ref: str) -> HttpResponse:
    """Say what is wrong with the record `ref`; a fault keeps the text and the files."""
    actor = applicant_of(request)
    record = access_record(actor, ref)
    with region_context(record.region_id):
        matters = may_object_to(record)
    if not matters:
        raise WrongMoment("该信息已不再公示，也没有修复结果，无需提出异议。", code="nothing_to_object_to")
    if request.method == "POST":
        return _file(request, actor, record, matters)
    return _form(request, record, ObjectionForm(matters, initial={"matter": request.GET.get("matter")}), [], "")


def _file(request: HttpRequest, actor: Actor, record: FailureRecord, matters: list[str]) -> HttpResponse:
    form = ObjectionForm(matters, request.POST)
    held, problem = take_files(request, actor, record.region_id, "files")
    if form.is_valid() and not problem:
        given = ObjectionFiling(
            form_token=text_of(request.POST, "form_token", 64) or secrets.token_urlsafe(24),
            record_ref=record.ref,
            file_uuids=tuple(str(one.uuid) for one in held),
            **form.cleaned_data,
        )
        try:
            done = file_objection(actor, given, now=timezone.now())
        except Invalid as refused:
            problem = put_faults(form, refused)
        else:
            messages.success(request, f"异议已提交，编号{done.objection_no}。办理免费。")
            return redirect("portal:objection", ref=done.ref)
    return _form(request, record, form, held, problem, status=422)


def _form(
    request: HttpRequest, record: FailureRecord, form: ObjectionForm, held: list[StoredFile], problem: str, *,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    deadline, doubt = answer_deadline(record, today())
    context = {
        "record": record,
        "form": form,
        "held": held,
        "file_problem": problem,
        "form_token": request.POST.get("form_token") or secrets.token_urlsafe(24),
        "deadline": deadline,
        "doubt": doubt,
    }
    return render(request, "portal/objection_new.html", context, status=status)


def _choice(actor: Actor) -> dict[str, Any]:
    """Records of the firm about which there may be something to say: shown now, or with a result of a repair."""
    rows = visible_records(actor).filter(status__in=("published", "ended")).select_related("department", "region")
    found = []
    for record in rows.order_by("-decided_on", "-id")[:SHOWN]:
        with region_context(record.region_id):
            if may_object_to(record):
                found.append(record)
    return {"records": found, "subject": subject_of(actor)}


@require_safe
def objection(request: HttpRequest, ref: str) -> HttpResponse:
    actor = applicant_of(request)
    found = access_objection(actor, ref)
    with region_context(found.region_id):
        files, paper = files_of(found), _paper(found)
    tone, icon = TONES[found.state]
    clock = clock_of_objection(found, today())
    context = {
        "objection": found,
        "tone": tone,
        "icon": icon,
        "clock": clock,
        "files": files,
        "paper": paper,
        "stages": _stages(found),
        "timeline": timeline_of_thing(found.region_id, "objection", found.ref),
    }
    return render(request, "portal/objection.html", context)


@require_POST
def objection_withdraw(request: HttpRequest, ref: str) -> HttpResponse:
    done = withdraw_objection(
        applicant_of(request), ref=ref, reason=text_of(request.POST, "reason"), now=timezone.now()
    )
    messages.success(request, f"异议{done.objection_no}已撤回。需要时可以再次提出，办理免费。")
    return redirect("portal:objection", ref=done.ref)


@require_safe
def objection_paper(request: HttpRequest, ref: str) -> HttpResponse:
    """The 异议答复书 as PDF, read by it in the inbox too; 404 before the answer, 409 while it is being made."""
    actor = applicant_of(request)
    found = access_objection(actor, ref)
    with region_context(found.region_id):
        paper = _paper(found)
    if paper is None:
        raise NotFound
    response = as_attachment(paper)
    if request.method == "GET":
        mark_read(actor, found.region_id, InboxMark.What.PAPER, [paper.ref], now=timezone.now())
    return response


def _paper(found: Objection) -> Notice | None:
    return Notice.objects.filter(region_id=found.region_id, ref=found.paper_ref or "-").first()


def _stages(found: Objection) -> list[Stage]:
    """提出 → 核查 → 答复, or where it was taken back."""
    filed = Stage("提出异议", found.filed_at, "done")
    if found.state == S.WITHDRAWN:
        return [filed, Stage("已撤回", found.settled_at, "stopped")]
    answered = found.state == S.ANSWERED
    return [
        filed,
        Stage("核查", None, "done" if answered else "here", found.department.name),
        Stage("答复", found.settled_at, "done" if answered else "", found.get_result_display()),
    ]
