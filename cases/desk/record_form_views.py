"""单条录入: the page on which a small office types one record instead of sending a file."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from cases.categories import UnknownCategory, room
from cases.desk.doors import require
from cases.desk.forms import described, put_errors
from cases.desk.record_form_fields import RecordForm
from cases.services.record_form import collect_one
from creditrepair.tenancy.errors import Invalid, NotFound
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Department, Role

TOLD = {
    "new": "已归集，正在向公示平台报送。",
    "changed": "已更新为新的版本，正在向公示平台报送。",
    "same": "与已有信息完全一致，没有改动。",
}


@require_http_methods(["GET", "HEAD", "POST"])
def record_new(request: PortalRequest, category: str) -> HttpResponse:
    """What is wrong comes back beside its field with everything typed (422); a good record leads to its page."""
    actor = request.actor
    require(actor, Role.RECORDER)
    try:
        title = room(category).title
    except UnknownCategory:
        raise NotFound from None
    department = Department.objects.get(region_id=actor.region, pk=actor.department_id or 0)
    form = RecordForm(category, department, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            typed = collect_one(
                actor, category=category, row=form.row(), now=timezone.now(), stock=form.cleaned_data["stock"]
            )
        except Invalid as refusal:
            put_errors(form, {form.field_of(code): text for code, text in refusal.fields.items()}, refusal.message)
        else:
            if typed.record is None or typed.outcome not in TOLD:
                messages.warning(request, "金额单位需要您再确认一次，确认后入库。")
                return HttpResponseRedirect(reverse("desk:batch", args=[typed.batch.ref]))
            messages.success(request, TOLD[typed.outcome])
            return HttpResponseRedirect(reverse("desk:record", args=[typed.record.ref]))
    context = {"title": f"单条录入：{title}", "category": category, "form": described(form), "department": department}
    return TemplateResponse(request, "desk/record_new.html", context, status=422 if form.errors else 200)
