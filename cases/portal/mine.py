"""我的办件: the list, one filing, its receipt, files and papers, and taking a record back."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from cases.access import access_application, access_case, access_file
from cases.portal import receipts
from cases.portal.following import TONES, applications_of, cases_of, follow, materials_of, timeline
from cases.portal.queries import applicant_of, open_drafts, subject_of, text_of, today
from cases.services.withdraw import withdraw_case
from cases.states import CaseState
from cases.uploads import attachment
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import NotFound
from notices.services import notices_of, pdf_of


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
    actor = applicant_of(request)
    own = access_application(actor, ref)
    cases = cases_of(actor, own)
    followed = [follow(case, today()) for case in cases]
    context = {
        "application": own,
        "followed": followed,
        "corrections": [one for one in followed if one.correction],
        "syncing": [one for one in followed if one.case.state == CaseState.APPROVED],
        "open": [one for one in followed if one.open],
        "repaired": [one for one in followed if one.case.state == CaseState.REPAIRED],
        "timeline": timeline(cases),
        "materials": materials_of(cases),
        "subject": subject_of(actor),
        "today": today(),
    }
    return render(request, "portal/application.html", context)


@require_safe
def receipt(request: HttpRequest, ref: str) -> HttpResponse:
    return receipts.show(request, applicant_of(request), ref)


@require_safe
def file(request: HttpRequest, ref: str, uuid: UUID) -> HttpResponse:
    """A file of the own filing, as an attachment; staff come in through the desk."""
    actor = applicant_of(request)
    own = access_application(actor, ref)
    with region_context(own.region_id):
        stored = access_file(actor, uuid)
        return attachment(stored)


@require_safe
def paper(request: HttpRequest, ref: str, notice_ref: str) -> HttpResponse:
    """A paper of the own filing as PDF; 409 while it is being made."""
    actor = applicant_of(request)
    own = access_application(actor, ref)
    with region_context(own.region_id):
        found = next((one for one in notices_of(own.region_id, application_ref=own.ref) if one.ref == notice_ref), None)
    if found is None:
        raise NotFound
    response = HttpResponse(pdf_of(found), content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(True, f"{found.number}.pdf") or "attachment"
    return response


@require_POST
def withdraw(request: HttpRequest, ref: str) -> HttpResponse:
    actor = applicant_of(request)
    case = access_case(actor, ref)
    withdraw_case(actor, ref=ref, reason=text_of(request.POST, "reason"), now=timezone.now())
    messages.success(request, f"已撤回对{case.record.doc_no}的申请。您可以随时重新申请，全程免费。")
    return redirect("portal:application", ref=case.application.ref)
