"""Pages of recorders: the unit's records, and one record with its class, its two papers and their service."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from cases.access import access_record
from cases.categories import registry, suggest
from cases.desk.case_views import paper_response
from cases.desk.doors import RECORDERS, require
from cases.desk.forms import AttachForm, EndForm, ExternalForm, ServeForm, SeverityForm, described, put_errors
from cases.desk.keyset import PAGE_SIZE, capped, page_of
from cases.desk.record_lists import found, listed, own_records, papers_of, services_of, to_notify, wanted
from cases.desk.severity_views import SETTERS, blank_form, suggestion_words
from cases.facts import facts_of, judge_record
from cases.law import Rule
from cases.models import FailureRecord, SeverityChange, StoredFile
from cases.overrides import overrides_of
from cases.services.external import mirror_outcome
from cases.services.notify import (
    attach_decision,
    decision_word,
    issue_notice,
    notice_of,
    reissue_notice,
    serve_both_papers,
    void_notice,
)
from cases.services.severity import MOST_AT_ONCE, set_severity
from cases.uploads import attachment, store_upload
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid, NotFound
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Role
from notices import force
from notices.kinds import beside_decisions
from notices.models import Notice, Service
from notices.serving import described as described_service
from sync import outbox

SHOWN = {"unserved": "处罚待两书同达", "listings": "列入待两书同达", "all": "全部信息"}
DAYS = {"listings": "listed_on"}  # the day a view is ordered by, else that of the decision
SIZES = {str(PAGE_SIZE): PAGE_SIZE, str(MOST_AT_ONCE): MOST_AT_ONCE}


@require_safe
def records(request: PortalRequest) -> HttpResponse:
    """The unit's records; those without a served 告知书 first, the oldest decision on top."""
    actor = request.actor
    require(actor, *RECORDERS)
    view = request.GET.get("view", "unserved")
    if view not in SHOWN:
        raise NotFound
    size = SIZES.get(request.GET.get("size", ""), PAGE_SIZE)
    text = wanted(request.GET.get("q", ""))
    rows = found(listed(actor, view), text)
    page = page_of(
        rows.select_related("subject", "department"),
        among=own_records(actor),
        day_field=DAYS.get(view, "decided_on"),
        cursor=request.GET.get("at", ""),
        descending=view == "all",
        size=size,
    )
    papers, served = papers_of(actor, page.rows), services_of(actor, page.rows)
    overrides = overrides_of(actor.region)
    return TemplateResponse(
        request,
        "desk/records.html",
        {
            "title": "失信信息与两书同达",
            "view": view,
            "views": [(name, label, capped(found(listed(actor, name), text))) for name, label in SHOWN.items()],
            "q": text,
            "page": page,
            "rows": [
                (record, papers.get(record.ref), served.get(record.ref), _suggestion(record, overrides))
                for record in page.rows
            ],
            "size": size,
            "most": MOST_AT_ONCE,
            "may_set": actor.department_id is not None and any(actor.has(role) for role in SETTERS),
            "many": blank_form(),
            "may_collect": actor.has(Role.RECORDER),
            "may_notify": view != "all"
            and actor.department_id is not None
            and (actor.has(Role.RECORDER) or actor.has(Role.REVIEWER)),
            "without": capped(found(to_notify(actor, view), text)) if view != "all" else "",
        },
    )


def _suggestion(record: FailureRecord, overrides: tuple[Rule, ...]) -> tuple[str, str]:
    """The system's suggestion beside the present class: a short line and the whole sentence."""
    told = suggest(facts_of(record, listed_subjects=()), timezone.localdate(), overrides)
    return suggestion_words(told, record.severity), told.text


@require_safe
def record(request: PortalRequest, ref: str) -> HttpResponse:
    return _page(request, access_record(request.actor, ref))


@require_POST
def severity(request: PortalRequest, ref: str) -> HttpResponse:
    form = SeverityForm(request.POST, prefix="severity")

    def act(data: dict[str, Any]) -> str:
        set_severity(request.actor, ref=ref, severity=data["severity"], reason=data["reason"], now=timezone.now())
        return "失信程度已认定，最早可申请日期已重新计算。"

    return _act(request, ref, "severity", form, act)


@require_POST
def attach(request: PortalRequest, ref: str) -> HttpResponse:
    form = AttachForm(request.POST, request.FILES, prefix="attach")
    shown = access_record(request.actor, ref, to="record")

    def act(data: dict[str, Any]) -> str:
        now = timezone.now()
        stored = store_upload(request.actor, shown.region_id, data["file"], now=now)
        attach_decision(request.actor, ref=ref, file=stored, now=now)
        return f"{decision_word(shown)}已上传。"

    return _act(request, ref, "attach", form, act)


@require_POST
def notice(request: PortalRequest, ref: str) -> HttpResponse:
    paper = issue_notice(request.actor, ref=ref, now=timezone.now())
    messages.success(request, f"信用修复告知书已生成文号：{paper.number}。")
    return HttpResponseRedirect(reverse("desk:record", args=[ref]))


@require_POST
def serve(request: PortalRequest, ref: str) -> HttpResponse:
    form = ServeForm(request.POST, request.FILES, prefix="serve")
    shown = access_record(request.actor, ref, to="record")

    def act(data: dict[str, Any]) -> str:
        now = timezone.now()
        upload = data.pop("file")
        details = {name: data.pop(name) for name in ("waybill", "address", "witness", "place", "days")}
        with transaction.atomic():  # a fault in the form leaves no photo behind
            stored = store_upload(request.actor, shown.region_id, upload, now=now) if upload else None
            serve_both_papers(request.actor, ref=ref, now=now, details=details, proof_file=stored, **data)
        return "两书同达已登记。"

    return _act(request, ref, "serve", form, act)


@require_POST
def void(request: PortalRequest, ref: str) -> HttpResponse:
    """作废 the 告知书; the number stays used and the decision waits for a new one."""

    def act(data: dict[str, Any]) -> str:
        paper = void_notice(request.actor, ref=ref, reason=data["reason"], now=timezone.now())
        return f"{paper.number} 已作废，文号不再使用。"

    return _act(request, ref, "void", EndForm(request.POST, prefix="void"), act)


@require_POST
def reissue(request: PortalRequest, ref: str) -> HttpResponse:
    """A new 告知书 under a new number in the place of the present one."""

    def act(data: dict[str, Any]) -> str:
        paper = reissue_notice(request.actor, ref=ref, reason=data["reason"], now=timezone.now())
        return f"已重新制作，新文号：{paper.number}。原告知书已失效，须重新一并送达。"

    return _act(request, ref, "reissue", EndForm(request.POST, prefix="reissue"), act)


@require_POST
def mirror(request: PortalRequest, ref: str) -> HttpResponse:
    """Record what a court has decided on its own record (结果互认): the platforms are told, nobody applies here."""
    form = ExternalForm(request.POST, request.FILES, prefix="mirror")
    shown = access_record(request.actor, ref)
    if form.is_valid():
        now, data = timezone.now(), dict(form.cleaned_data)
        upload = data.pop("file")
        try:
            stored = store_upload(request.actor, shown.region_id, upload, now=now) if upload else None
            mirror_outcome(request.actor, record_ref=ref, file=stored, now=now, **data)
        except Invalid as refusal:
            put_errors(form, refusal.fields, refusal.message)
        else:
            messages.success(request, "外部机关的决定已登记，正在同步平台。")
            return HttpResponseRedirect(reverse("desk:record", args=[ref]))
    return _page(request, shown, {"mirror": form}, status=422)


def _may_mirror(actor: Actor, shown: FailureRecord) -> bool:
    """Whether the form is offered; the verb asks again."""
    room = registry[shown.category]
    return (
        room.decided == "elsewhere"
        and shown.status == FailureRecord.Status.PUBLISHED
        and actor.department in room.annex1_departments
        and any(actor.has(role) for role in SETTERS)
    )


@require_safe
def decision_file(request: PortalRequest, ref: str) -> HttpResponse:
    shown = access_record(request.actor, ref)
    if shown.decision_file is None:
        raise NotFound
    return attachment(shown.decision_file, original=request.GET.get("original") == "1")


@require_safe
def service_proof(request: PortalRequest, ref: str) -> HttpResponse:
    """The photo that proves the service of both papers."""
    shown = access_record(request.actor, ref)
    told = Service.objects.filter(region_id=shown.region_id, record_ref=shown.ref, proof_file__isnull=False)
    file = StoredFile.objects.filter(
        region_id=shown.region_id, uuid__in=told.order_by("-recorded_at").values_list("proof_file", flat=True)[:1]
    ).first()
    if file is None:
        raise NotFound
    return attachment(file, original=request.GET.get("original") == "1")


@require_safe
def record_paper(request: PortalRequest, ref: str, notice_ref: str) -> HttpResponse:
    shown = access_record(request.actor, ref)
    paper = Notice.objects.filter(region_id=shown.region_id, record_ref=shown.ref, ref=notice_ref).first()
    if paper is None:
        raise NotFound
    return paper_response(paper)


def _act(
    request: PortalRequest, ref: str, name: str, form: forms.Form, act: Callable[[dict[str, Any]], str]
) -> HttpResponse:
    """Run one verb on a valid form; a fault comes back beside its field with everything typed (422)."""
    shown = access_record(request.actor, ref, to="record")
    if form.is_valid():
        try:
            messages.success(request, act(form.cleaned_data))
            return HttpResponseRedirect(reverse("desk:record", args=[ref]))
        except Invalid as refusal:
            put_errors(form, refusal.fields, refusal.message)
    return _page(request, shown, {name: form}, status=422)


def _page(
    request: PortalRequest, shown: FailureRecord, bound: dict[str, forms.Form] | None = None, *, status: int = 200
) -> HttpResponse:
    actor, today = request.actor, timezone.localdate()
    facts, paper = facts_of(shown), notice_of(shown)
    own = shown.department_id == actor.department_id and (actor.has(Role.RECORDER) or actor.has(Role.REVIEWER))
    suggestion = suggest(facts, today, overrides_of(shown.region_id))
    forms_shown: dict[str, forms.Form] = {
        "severity": SeverityForm(prefix="severity", initial={"severity": shown.severity}),
        "attach": AttachForm(prefix="attach"),
        "serve": ServeForm(prefix="serve", initial={"served_on": today}),
        "mirror": ExternalForm(prefix="mirror"),
        "void": EndForm(prefix="void"),
        "reissue": EndForm(prefix="reissue"),
    } | (bound or {})
    service = Service.objects.filter(region_id=shown.region_id, notice=paper).first() if paper else None
    return TemplateResponse(
        request,
        "desk/record.html",
        {
            "title": shown.doc_no or shown.get_category_display(),
            "record": shown,
            "room": shown.get_category_display(),
            "own": own,
            "may_mirror": _may_mirror(actor, shown),
            "elsewhere": registry[shown.category].decided == "elsewhere",
            "verdict": judge_record(shown, today),
            "suggestion": suggestion,
            "paper": paper,
            "service": service,
            "service_words": described_service(service) if service else "",
            "decision_word": decision_word(shown),
            "ended": list(
                Notice.objects.filter(
                    region_id=shown.region_id, record_ref=shown.ref, kind__in=beside_decisions(), status__in=force.ENDED
                ).order_by("-requested_at")
            ),
            "forms": {name: described(form) for name, form in forms_shown.items()},
            "changes": list(
                SeverityChange.objects.filter(region_id=shown.region_id, record=shown)
                .select_related("set_by")
                .order_by("-at")
            ),
            "legs": outbox.legs_of(shown.region_id, "record", shown.ref),
        },
        status=status,
    )
