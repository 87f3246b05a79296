"""代为提出异议: the clerk files an objection for a firm, on authority recorded for this very act; never an own opinion."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from cases.access import access_record
from cases.counter_access import own_ticket
from cases.desk.counter_forms import ObjectionForm
from cases.desk.counter_frame import show
from cases.desk.doors import require
from cases.desk.forms import described, put_errors
from cases.models import FailureRecord, Objection
from cases.services.filing import Authority
from cases.services.objections import ObjectionFiling, file_objection, may_object_to
from cases.services.ticket import served
from cases.uploads import store_upload
from creditrepair.tenancy.errors import Invalid, WrongMoment
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Role, new_reference


@require_http_methods(["GET", "HEAD", "POST"])
def objection(request: PortalRequest, ref: str) -> HttpResponse:
    """What may be objected to on this record now; POST files. The form's own token makes a doubled press find the first."""
    actor = request.actor
    require(actor, Role.CLERK)
    record = access_record(actor, ref)
    matters = [(one, Objection.Matter(one).label) for one in may_object_to(record)]
    if request.method != "POST":
        form = ObjectionForm(matters, initial={"form_token": new_reference()})
        return _page(request, record, form, matters)
    form, status = ObjectionForm(matters, request.POST, request.FILES), 422
    if form.is_valid():
        try:
            filed = _file(request, record, form)
        except Invalid as refusal:
            put_errors(form, refusal.fields, refusal.message)
        except WrongMoment as refusal:
            put_errors(form, {}, refusal.message)
            status = 409
        else:
            messages.success(request, f"异议{filed.objection_no}已提交，由{filed.department.name}答复。")
            return HttpResponseRedirect(reverse("counter:subject") + "?" + urlencode({"code": record.subject_id}))
    return _page(request, record, form, matters, status=status)


def _file(request: PortalRequest, record: FailureRecord, form: ObjectionForm) -> Objection:
    actor, now, data = request.actor, timezone.now(), form.cleaned_data
    stored = [
        store_upload(actor, actor.region, data[name], now=now, field=name) for name in ("scan", "proof") if data[name]
    ]
    filing = ObjectionFiling(
        form_token=data["form_token"],
        record_ref=record.ref,
        matter=data["matter"],
        request=data["request"],
        text=data["text"],
        agent_name=data["agent_name"],
        agent_phone=data["agent_phone"],
        file_uuids=tuple(str(one.uuid) for one in stored),
        authority=Authority(
            data["basis"], data["evidence"], data["valid_until"], form.phone_words, actor.window, data["scope"]
        ),
    )
    filed = file_objection(actor, filing, now=now)
    ticket = own_ticket(actor, timezone.localdate(now))
    if ticket is not None:
        served(actor, ticket.ref, "", now)
    return filed


def _page(
    request: PortalRequest,
    record: FailureRecord,
    form: ObjectionForm,
    matters: list[tuple[str, str]],
    *,
    status: int = 200,
) -> HttpResponse:
    context = {"record": record, "form": described(form), "matters": matters}
    return show(request, "counter/object.html", context, status=status)
