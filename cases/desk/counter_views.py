"""The counter: one box, a subject with its records, the two ways of helping (never mixed), and the receipt."""

import segno
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases.access import access_application, visible_cases
from cases.desk.counter_desk import find, keep_authority, records_of, subject_here
from cases.desk.counter_forms import AuthorityForm
from cases.desk.doors import require
from cases.desk.forms import described, put_errors
from cases.models import Application, Material
from cases.services.apply import Authority
from cases.states import CaseState
from cases.uploads import store_upload
from creditrepair.tenancy.errors import Invalid
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Role

TODAY_ROWS = 20


@require_safe
def home(request: PortalRequest) -> HttpResponse:
    """One box for code, name or filing number; below it what this clerk filed today and what waits for corrections."""
    actor = request.actor
    require(actor, Role.CLERK)
    text = request.GET.get("q", "").strip()[:100]
    today = timezone.localdate()
    cases = (
        visible_cases(actor)
        .filter(region_id=actor.region)
        .select_related("application", "record", "subject", "department")
    )
    counter = cases.filter(application__channel=Application.Channel.COUNTER)
    elsewhere = counter | cases.filter(application__channel=Application.Channel.PLATFORM).exclude(
        application__came_no=""
    )
    filed = counter.filter(application__filed_by_id=actor.user_id, submitted_at__date=today)
    context = {
        "q": text,
        "found": find(actor, text) if text else None,
        "filed": list(filed.order_by("-submitted_at", "-id")[:TODAY_ROWS]),
        "waiting": list(elsewhere.filter(state=CaseState.CORRECTION).order_by("due_on", "id")[:TODAY_ROWS]),
    }
    return render(request, "counter/home.html", context)


@require_POST
def window(request: PortalRequest) -> HttpResponse:
    """Which window the clerk sits at, for the audit line of every act of this sitting."""
    require(request.actor, Role.CLERK)
    request.session["window"] = request.POST.get("window", "").strip()[:40]
    messages.success(request, "窗口已登记。")
    return HttpResponseRedirect(reverse("counter:home"))


@require_http_methods(["GET", "HEAD", "POST"])
def subject(request: PortalRequest) -> HttpResponse:
    """A subject's records; POST records the authority and begins a filing (代为提交)."""
    actor, now = request.actor, timezone.now()
    require(actor, Role.CLERK)
    shown = subject_here(actor, request.GET.get("code") or request.POST.get("code", ""))
    form = AuthorityForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            stored = store_upload(actor, actor.region, data["scan"], now=now, field="scan")
        except Invalid as refusal:
            put_errors(form, refusal.fields, refusal.message)
        else:
            authority = Authority(data["basis"], data["evidence"], data["valid_until"], form.phone_words, actor.window)
            token = keep_authority(request, shown, authority, {"uuid": str(stored.uuid), "name": stored.name})
            return HttpResponseRedirect(reverse("counter:file", args=[token]))
    context = {
        "subject": shown,
        "records": records_of(actor, shown, timezone.localdate(now)),
        "form": described(form),
        "window": actor.window,
    }
    return render(request, "counter/subject.html", context, status=422 if form.errors else 200)


@require_safe
def accompany(request: PortalRequest) -> HttpResponse:
    """陪同办理: the applicant signs in and acts; a clerk's account has no part in it."""
    require(request.actor, Role.CLERK)
    return render(request, "counter/accompany.html", {"login_url": settings.PUBLIC_URL + reverse("portal:login")})


@require_safe
def receipt(request: PortalRequest, ref: str) -> HttpResponse:
    """The receipt again, without the query code: that is kept only as a hash."""
    require(request.actor, Role.CLERK)
    return receipt_page(request, access_application(request.actor, ref), "")


def receipt_page(request: PortalRequest, application: Application, query_code: str) -> HttpResponse:
    """The receipt; its print styles know A4 and the 80 mm slip."""
    region = application.region_id
    cases = visible_cases(request.actor).filter(region_id=region, application=application)
    materials = Material.objects.filter(region_id=region, application=application).select_related("file").order_by("id")
    progress = settings.PUBLIC_URL + reverse("portal:progress")
    code = segno.make(progress, error="q", micro=False)
    return render(
        request,
        "counter/receipt.html",
        {
            "application": application,
            "cases": list(cases.select_related("record", "department", "subject").order_by("id")),
            "materials": list(materials),
            "query_code": query_code,
            "progress": progress,
            "qr": code.svg_data_uri(scale=4, border=4, dark="#000"),
            "now": timezone.now(),
        },
    )
