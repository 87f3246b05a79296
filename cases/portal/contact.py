"""咨询投诉: telephone, window and a form with a receipt; the answer by number and the end of the telephone given."""

import secrets
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from cases.models import Inquiry
from cases.portal.lookup import too_many
from cases.portal.queries import region_of
from cases.services.inquiries import MAX_NAME, MAX_TEXT, Question, days_of, inquiry_by_number, make_inquiry
from cases.throttle import Limit, address_of, give_back, network_of, take
from creditrepair.tenancy.actor import anonymous_actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid, NotFound

INQUIRIES = Limit("inquiry", 5, 3600)
WRONG = Limit("inquiry-wrong", 10, 600)
WRONG_NETWORK = Limit("inquiry-wrong-network", 50, 3600)
EXPLAINED = {
    Inquiry.Kind.QUESTION: "问条件、材料、流程或者自己的情况",
    Inquiry.Kind.COMPLAINT: "反映服务态度、拖延、不一次告知等",
    Inquiry.Kind.PAID_HELP: "举报收费代办、承诺“加急”“包过”的机构或者个人",
}


@login_not_required
@sensitive_post_parameters("phone", "name", "text")
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: HttpRequest) -> HttpResponse:
    """Whom to call, and the form. A form sent twice gives the first receipt again."""
    region = region_of(request)
    typed = {name: request.POST.get(name, "") for name in ("form_token", "kind", "name", "phone", "text")}
    if request.method != "POST":
        kind = request.GET.get("kind", "")
        return _page(request, typed | {"kind": kind if kind in Inquiry.Kind.values else ""})
    taken = take(INQUIRIES, address_of(request))
    if not taken.ok:
        message = f"一小时内最多提交{INQUIRIES.allowed}次，请{-(-taken.wait_seconds // 60)}分钟后再试。"
        return too_many(request, taken.wait_seconds, message)
    question = Question(**{**typed, "form_token": typed["form_token"][:64]})
    try:
        made = make_inquiry(anonymous_actor(region.code), question, now=timezone.now())
    except Invalid as problem:
        give_back(INQUIRIES, address_of(request))
        return _page(request, typed, faults=problem.fields, status=422)
    return redirect("portal:inquiry_receipt", made.ref)


def _page(
    request: HttpRequest, typed: dict[str, str], *, faults: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "kinds": [(kind.value, kind.label, EXPLAINED[kind]) for kind in Inquiry.Kind],
        "typed": typed | {"form_token": typed["form_token"][:64] or secrets.token_hex(16)},
        "faults": faults or {},
        "days": days_of(region_of(request)),
        "max_text": MAX_TEXT,
        "max_name": MAX_NAME,
    }
    return render(request, "portal/contact.html", context, status=status)


@login_not_required
@require_safe
def inquiry_receipt(request: HttpRequest, ref: str) -> HttpResponse:
    """Number, kind and days, to be kept or printed; neither words nor telephone, for an address may be passed on."""
    region = region_of(request)
    with region_context(region.code):
        found = Inquiry.objects.filter(region_id=region.code, ref=ref[:32]).first()
    if found is None:
        raise NotFound
    context = {"inquiry": found, "days": days_of(region), "now": timezone.now()}
    return render(request, "portal/inquiry_receipt.html", context)


@login_not_required
@sensitive_post_parameters("last_four")
@require_http_methods(["GET", "HEAD", "POST"])
def inquiry_progress(request: HttpRequest) -> HttpResponse:
    """What was asked and answered, by number and the last four of the telephone; wrong and unknown are one answer."""
    if request.method != "POST":
        return render(request, "portal/inquiry_progress.html")
    address = address_of(request)
    for limit, who in ((WRONG, address), (WRONG_NETWORK, network_of(address))):
        taken = take(limit, who)
        if not taken.ok:
            return too_many(request, taken.wait_seconds)
    number, last_four = request.POST.get("number", "")[:40], request.POST.get("last_four", "")[:16]
    found = inquiry_by_number(region_of(request).code, number, last_four)
    if found is not None:
        give_back(WRONG, address)
        give_back(WRONG_NETWORK, network_of(address))
    context: dict[str, Any] = {"asked": True, "inquiry": found, "answers": list(found.answers.all()) if found else []}
    context |= {"number": number if found is None else "", "today": timezone.localdate()}
    return render(request, "portal/inquiry_progress.html", context)
