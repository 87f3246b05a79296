"""咨询 at the window: log what was asked and answered, see one's own list, make a filing of it."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from cases.access import visible_records
from cases.counter_access import own_advice, own_ticket
from cases.desk.counter_forms import AdviceForm
from cases.desk.counter_frame import show
from cases.desk.doors import require
from cases.desk.forms import described, put_errors
from cases.desk.scanned import read_scanned
from cases.models import Subject
from cases.services.advice import give_advice
from creditrepair.tenancy.errors import Invalid
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Role

ROWS = 30


@require_http_methods(["GET", "HEAD", "POST"])
def advice(request: PortalRequest) -> HttpResponse:
    """The clerk's own advice, latest first; POST logs one more."""
    actor, now = request.actor, timezone.now()
    require(actor, Role.CLERK)
    form = AdviceForm(request.POST or None, initial={"code": request.GET.get("code", "")[:300]})
    if request.method == "POST" and form.is_valid():
        try:
            _log(request, form)
        except Invalid as refusal:
            put_errors(form, refusal.fields, refusal.message)
        else:
            messages.success(request, "咨询已登记。")
            return HttpResponseRedirect(reverse("counter:advice"))
    rows = list(own_advice(actor)[:ROWS])
    codes = {row.subject_code for row in rows if row.subject_code}
    names = dict(Subject.objects.filter(pk__in=codes).values_list("pk", "name"))
    here = set(
        visible_records(actor).filter(region_id=actor.region, subject_id__in=codes).values_list("subject_id", flat=True)
    )
    context = {
        "form": described(form),
        "rows": [(row, names.get(row.subject_code, ""), row.subject_code in here) for row in rows],
        "today": timezone.localdate(now),
    }
    return show(request, "counter/advice.html", context, status=422 if form.errors else 200)


def _log(request: PortalRequest, form: AdviceForm) -> None:
    actor, now, data = request.actor, timezone.now(), form.cleaned_data
    codes = read_scanned(data["code"]).codes
    if data["code"].strip() and not codes:
        raise Invalid(fields={"code": "没有读到正确的统一社会信用代码，请核对，或者留空。"})
    ticket = own_ticket(actor, timezone.localdate(now))
    give_advice(
        actor,
        asked=data["asked"],
        answered=data["answered"],
        subject_code=codes[0] if codes else "",
        ticket_ref=ticket.ref if ticket else "",
        now=now,
    )
