"""The counter's first page, the window, helping whoever signs in himself, the blank form, and the receipt."""

from collections import Counter

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from cases.access import access_application, visible_cases
from cases.counter_access import visible_tickets
from cases.desk.counter_desk import work_of
from cases.desk.counter_find import Found, find
from cases.desk.counter_forms import PAPER_REASONS
from cases.desk.counter_frame import MOST_COUNTED, show
from cases.desk.doors import require
from cases.models import Application, Material, QueueTicket
from cases.promise import promised_day
from cases.services.counter_draft import log_reprint
from cases.services.filing import COMMITMENT
from creditrepair.audit.models import Event
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Role
from notices.qr import picture

MISSED_ROWS = 6
LONGEST_SCAN = 2000


@require_safe
def home(request: PortalRequest) -> HttpResponse:
    """The queue, one box, and today's work. A code or QR that can mean one subject only opens it at once."""
    actor = request.actor
    require(actor, Role.CLERK)
    text = request.GET.get("q", "").strip()[:LONGEST_SCAN]
    found = find(actor, text) if text else None
    if found is not None and (straight := _straight_to(found)):
        return HttpResponseRedirect(straight)
    return home_page(request, text=text, found=found)


def home_page(
    request: PortalRequest, *, text: str = "", found: Found | None = None, problem: str = "", status: int = 200
) -> HttpResponse:
    """`problem`: why the last press did nothing, e.g. no window yet."""
    actor, now = request.actor, timezone.now()
    today = timezone.localdate(now)
    tickets = visible_tickets(actor, today)
    missed = tickets.filter(state=QueueTicket.State.LEFT).order_by("-ended_at")[:MISSED_ROWS]
    waits = Counter(tickets.filter(state=QueueTicket.State.WAITING).values_list("purpose", flat=True)[:MOST_COUNTED])
    context = {
        "q": text,
        "found": found,
        "problem": problem,
        "missed": list(missed),
        "lines": [(title, waits[code]) for code, title in QueueTicket.Purpose.choices],
        "work": work_of(actor, now, today),
        "today": today,
    }
    return show(request, "counter/home.html", context, status=status)


def _straight_to(found: Found) -> str:
    if found.exact and len(found.subjects) == 1 and not found.cases:
        return reverse("counter:subject") + "?" + urlencode({"code": found.subjects[0].pk})
    return ""


@require_POST
def window(request: PortalRequest) -> HttpResponse:
    """Which window the clerk sits at, for the audit line of every act of this sitting."""
    require(request.actor, Role.CLERK)
    request.session["window"] = request.POST.get("window", "").strip()[:40]
    messages.success(request, "窗口已登记。")
    return HttpResponseRedirect(reverse("counter:home"))


@require_safe
def accompany(request: PortalRequest) -> HttpResponse:
    """陪同办理: the applicant signs in and acts; a clerk's account has no part in it."""
    require(request.actor, Role.CLERK)
    address = settings.PUBLIC_URL + reverse("portal:login")
    context = {"login_url": address, "qr": picture(address).data_uri}
    return show(request, "counter/accompany.html", context)


@require_safe
def paper(request: PortalRequest) -> HttpResponse:
    """The blank form for the hours without a network, with the part that the applicant takes along."""
    require(request.actor, Role.CLERK)
    return show(request, "counter/paper.html", {"commitment": COMMITMENT, "reasons": PAPER_REASONS})


@require_safe
def receipt(request: PortalRequest, ref: str) -> HttpResponse:
    """The receipt to look at; what is printed from here is marked as no receipt: printing again is an act of its own."""
    require(request.actor, Role.CLERK)
    return receipt_page(request, access_application(request.actor, ref))


@require_POST
def reprint(request: PortalRequest, ref: str) -> HttpResponse:
    """补打: logged, marked, and without the query code, which is kept only as a hash."""
    require(request.actor, Role.CLERK)
    application = access_application(request.actor, ref)
    log_reprint(request.actor, application, now=timezone.now())
    return receipt_page(request, application, again=True)


def receipt_page(
    request: PortalRequest, application: Application, *, query_code: str = "", again: bool = False
) -> HttpResponse:
    """The receipt; its print styles know A4 and the 80 mm slip. With the query code only in the answer to the filing."""
    region = application.region_id
    rows = visible_cases(request.actor).filter(region_id=region, application=application)
    cases = list(rows.select_related("record", "department", "subject").order_by("id"))
    materials = Material.objects.filter(region_id=region, application=application).select_related(
        "file", "case__record"
    )
    progress = settings.PUBLIC_URL + reverse("portal:progress")
    printed = Event.objects.filter(region_id=region, application=application.ref, verb="receipt_reprinted").count()
    context = {
        "application": application,
        "cases": cases,
        "materials": list(materials.order_by("id")),
        "promised": promised_day([case.record for case in cases], timezone.localdate(application.submitted_at)),
        "query_code": query_code,
        "again": again,
        "printed": printed,
        "may_print": bool(query_code) or again,
        "progress": progress,
        # the number rides behind a #: the applicant's telephone opens the page, our own scanner reads the number
        "qr": picture(f"{progress}#{application.filing_no}"),
        "now": timezone.now(),
    }
    return show(request, "counter/receipt.html", context)
