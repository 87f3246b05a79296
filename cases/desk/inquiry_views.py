"""咨询投诉 at the desk: what was asked, the answer of the owning unit, and the telephone only when it is needed."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from cases.access_tasks import may_act_on
from cases.services.inquiries import MAX_ANSWER, access_inquiry, answer_inquiry, read_phone
from creditrepair.tenancy.errors import Invalid
from creditrepair.tenancy.middleware import PortalRequest


@require_http_methods(["GET", "HEAD", "POST"])
def inquiry(request: PortalRequest, ref: str) -> HttpResponse:
    """The page, and the answer posted from it; what was written stays when it cannot be taken."""
    if request.method != "POST":
        return _page(request, ref)
    try:
        answer_inquiry(request.actor, ref=ref, text=request.POST.get("answer", ""), now=timezone.now())
    except Invalid as problem:
        return _page(request, ref, faults=problem.fields, status=422)
    messages.success(request, "已答复，对方凭编号可以看到。")
    return HttpResponseRedirect(reverse("desk:inquiry", args=[ref]))


@require_POST
def inquiry_phone(request: PortalRequest, ref: str) -> HttpResponse:
    """The telephone in full, on the page that answers this press and nowhere else; noted."""
    found = read_phone(request.actor, ref=ref, now=timezone.now())
    return _page(request, ref, phone=found.phone)


def _page(
    request: PortalRequest, ref: str, *, phone: str = "", faults: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    found, task = access_inquiry(request.actor, ref)
    context = {
        "title": f"{found.get_kind_display()} {found.number}",
        "inquiry": found,
        "task": task,
        "answers": list(found.answers.select_related("answered_by").order_by("pk")),
        "may_act": may_act_on(request.actor, task),
        "phone": phone,
        "faults": faults or {},
        "typed": request.POST.get("answer", ""),
        "today": timezone.localdate(),
        "max_answer": MAX_ANSWER,
    }
    return TemplateResponse(request, "desk/inquiry.html", context, status=status)
