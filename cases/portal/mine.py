"""我的办件: the list, one filing, its receipt, files and papers, and taking a record back."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from cases.access import access_application, access_case, access_file
from cases.models import InboxMark, Rating
from cases.portal import receipts
from cases.portal.acts import acts_of
from cases.portal.following import (
    TONES,
    applications_of,
    cases_of,
    chosen_of,
    follow,
    materials_of,
    rows_of,
    timeline,
)
from cases.portal.inbox import to_receive
from cases.portal.papers import as_attachment
from cases.portal.queries import applicant_of, open_drafts, subject_of, text_of, today
from cases.portal.ratings import rating_of
from cases.services.disown import disown_act
from cases.services.inbox import mark_read, receive_paper
from cases.services.rating import rate as rate_filing
from cases.services.withdraw import withdraw_case
from cases.states import CaseState
from cases.uploads import attachment
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid, NotFound
from notices.services import notices_of

LONGEST_SEQ = 15
GRADES = frozenset(str(grade) for grade in Rating.Grade.values)


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    actor = applicant_of(request)
    filings = [
        {
            "application": application,
            "cases": [(case, *TONES[CaseState(case.state)]) for case in cases],
            "todo": any(case.state == CaseState.CORRECTION for case in cases),
        }
        for application, cases in applications_of(actor)
    ]
    context = {"filings": filings, "subject": subject_of(actor), "drafts": open_drafts(actor)}
    return render(request, "portal/mine.html", context)


@require_safe
def application(request: HttpRequest, ref: str) -> HttpResponse:
    """One filing: what to do now, every record in short, one of them (`?case=`) in full."""
    return _filing(request, applicant_of(request), ref)


def _filing(
    request: HttpRequest, actor: Actor, ref: str, *, faults: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    own = access_application(actor, ref)
    cases = cases_of(actor, own)
    rows = rows_of(cases)
    one = follow(chosen_of(rows, request.GET.get("case", "")), today())
    whole = len(rows) == 1 or request.GET.get("history") == "all"
    acts = acts_of(cases, str(actor.subject))
    context = {
        "application": own,
        "rows": rows,
        "one": one,
        "corrections": [row for row in rows if row.correction],
        "syncing": [row for row in rows if row.case.state == CaseState.APPROVED],
        "open": [row for row in rows if row.open],
        "repaired": [row for row in rows if row.case.state == CaseState.REPAIRED],
        "to_receive": to_receive(actor, cases),
        "timeline": timeline(cases, None if whole else one.case),
        "whole_history": whole,
        "acts": acts,
        "others_acted": any(not act.by_firm for act in acts),
        "materials": [m for m in materials_of(cases) if m.case_id in (None, one.case.pk)],
        "subject": subject_of(actor),
        "today": today(),
        **rating_of(own),
        "rating_faults": faults or {},
        "typed": request.POST,
    }
    return render(request, "portal/application.html", context, status=status)


@require_POST
def receive(request: HttpRequest, ref: str, notice_ref: str) -> HttpResponse:
    """签收 a decision."""
    fresh = receive_paper(applicant_of(request), ref=ref, paper=notice_ref, now=timezone.now())
    messages.success(request, "已登记签收。签收不影响您申请复议、提起诉讼的权利。" if fresh else "此前已经签收。")
    return redirect("portal:application", ref=ref)


@require_POST
def disown(request: HttpRequest, ref: str) -> HttpResponse:
    """「不是本单位本意」."""
    seq = request.POST.get("seq", "")
    if not (seq.isascii() and seq.isdigit() and len(seq) <= LONGEST_SEQ):
        raise NotFound
    disown_act(applicant_of(request), ref=ref, seq=int(seq), now=timezone.now())
    messages.success(request, "已转县信用监管人员核查，将与贵单位联系。需要停止办理的，可以同时撤回申请。")
    return redirect("portal:application", ref=ref)


@require_POST
def rate(request: HttpRequest, ref: str) -> HttpResponse:
    actor, given = applicant_of(request), request.POST
    grade = given.get("grade", "")
    try:
        rate_filing(
            actor,
            ref=ref,
            grade=int(grade) if grade in GRADES else 0,
            tags=given.getlist("tags")[:10],
            text=given.get("text", ""),
            now=timezone.now(),
        )
    except Invalid as invalid:
        return _filing(request, actor, ref, faults=invalid.fields, status=422)
    messages.success(request, "谢谢您的评价。")
    return redirect("portal:application", ref=ref)


@require_safe
def receipt(request: HttpRequest, ref: str) -> HttpResponse:
    return receipts.show(request, applicant_of(request), ref)


@require_safe
def file(request: HttpRequest, ref: str, uuid: UUID) -> HttpResponse:
    """A file of the own filing, as an attachment: the harmless copy, the original on request; staff come in by the desk."""
    actor = applicant_of(request)
    own = access_application(actor, ref)
    with region_context(own.region_id):
        stored = access_file(actor, uuid)
        return attachment(stored, original=request.GET.get("original") == "1")


@require_safe
def paper(request: HttpRequest, ref: str, notice_ref: str) -> HttpResponse:
    """A paper of the own filing as PDF; 409 while it is being made."""
    actor = applicant_of(request)
    own = access_application(actor, ref)
    with region_context(own.region_id):
        found = next((one for one in notices_of(own.region_id, application_ref=own.ref) if one.ref == notice_ref), None)
    if found is None:
        raise NotFound
    response = as_attachment(found)
    if request.method == "GET":
        mark_read(actor, own.region_id, InboxMark.What.PAPER, [found.ref], now=timezone.now())
    return response


@require_POST
def withdraw(request: HttpRequest, ref: str) -> HttpResponse:
    actor = applicant_of(request)
    case = access_case(actor, ref)
    withdraw_case(actor, ref=ref, reason=text_of(request.POST, "reason"), now=timezone.now())
    messages.success(request, f"已撤回对{case.record.doc_no}的申请。您可以随时重新申请，全程免费。")
    return redirect("portal:application", ref=case.application.ref)
