"""The receipt: number, records, materials, promised day; the query code only in the answer to the filing itself."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from cases.access import access_application
from cases.portal.following import cases_of, materials_of
from cases.promise import promised_day
from creditrepair.tenancy.actor import Actor
from notices.qr import picture


def show(request: HttpRequest, actor: Actor, ref: str, *, query_code: str = "") -> HttpResponse:
    """The receipt of the filing that `ref` belongs to; `query_code` is shown this once and stored nowhere."""
    return render(request, "portal/receipt.html", context_of(actor, ref, query_code=query_code))


def context_of(actor: Actor, ref: str, *, query_code: str = "") -> dict[str, Any]:
    """What a receipt prints. Raises NotFound."""
    application = access_application(actor, ref)
    cases = cases_of(actor, application)
    address = settings.PUBLIC_URL + reverse("portal:progress")
    return {
        "application": application,
        "cases": cases,
        "materials": materials_of(cases),
        "query_code": query_code,
        "promised": promised_day([case.record for case in cases], timezone.localdate(application.submitted_at)),
        "progress_address": address,
        "qr": picture(address),
        "now": timezone.now(),
    }
