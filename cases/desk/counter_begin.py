"""A subject at the counter: its records, the two ways of helping (never mixed), and the authority that 代为提交 needs first."""

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from cases.access import access_file
from cases.counter_access import access_advice, own_ticket
from cases.desk.counter_desk import Earlier, earlier_authority, records_of, subject_here
from cases.desk.counter_forms import BY_CODE, BeginForm
from cases.desk.counter_frame import show
from cases.desk.doors import require
from cases.desk.forms import described, put_errors
from cases.models import SmsCode, Subject
from cases.services.counter_draft import Evidence, begin_filing
from cases.services.filing import Authority
from cases.services.sms_codes import Checked, TooManyCodes, check_code, mobile_of, send_code
from cases.uploads import store_upload
from creditrepair.tenancy.errors import Invalid
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Role

SENT = "验证码已发送，5分钟内有效。请对方把6位数字告诉经办人。"


@require_http_methods(["GET", "HEAD", "POST"])
def subject(request: PortalRequest) -> HttpResponse:
    """A subject's records; POST records the authority and begins a filing, or with `act=code` sends the code."""
    actor, today = request.actor, timezone.localdate()
    require(actor, Role.CLERK)
    shown = subject_here(actor, request.GET.get("code") or request.POST.get("subject", ""))
    earlier = earlier_authority(actor, shown, today)
    if request.method == "POST" and request.POST.get("act") == "code":
        return _send(request, shown, earlier)
    if request.method != "POST":
        form = BeginForm(initial=(earlier.initial if earlier and "fresh" not in request.GET else {}))
        return _page(request, shown, earlier, form)
    form = BeginForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            return HttpResponseRedirect(reverse("counter:file", args=[_begin(request, shown, form, earlier)]))
        except Invalid as refusal:
            put_errors(form, refusal.fields, refusal.message)
    return _page(request, shown, earlier, form, status=422)


def _begin(request: PortalRequest, shown: Subject, form: BeginForm, earlier: Earlier | None) -> str:
    """Pictures first, the code last: it is used up by being right. Raises Invalid."""
    actor, now, data = request.actor, timezone.now(), form.cleaned_data
    if data["scan"]:
        stored = store_upload(actor, actor.region, data["scan"], now=now, field="scan")
        evidence = [Evidence(str(stored.uuid), stored.name)]
    elif earlier is not None and data["reuse"] == earlier.file_uuid:
        evidence = [Evidence(earlier.file_uuid, earlier.file_name)]
    else:
        raise Invalid(fields={"scan": "此前登记的授权依据已失效，请重新拍照。"})
    if data["phone_check"] == BY_CODE:
        _require_code(actor.region, form)
    authority = Authority(
        data["basis"], data["evidence"], data["valid_until"], form.phone_words, actor.window, data["scope"]
    )
    ticket = own_ticket(actor, timezone.localdate(now))
    draft = begin_filing(
        actor,
        subject=shown,
        authority=authority,
        evidence=evidence,
        content={"agent_name": [data["agent_name"]], "agent_phone": [data["agent_phone"]]},
        paper=form.paper,
        ticket_ref=ticket.ref if ticket else "",
        advice_ref=request.POST.get("advice", "")[:32],
        now=now,
    )
    return draft.ref


def _require_code(region: str, form: BeginForm) -> None:
    data = form.cleaned_data
    data["phone"] = mobile_of(data["phone"])
    checked = check_code(
        region, ref=data["code_ref"], purpose=SmsCode.Purpose.COUNTER, code=data["code"], now=timezone.now()
    )
    if checked is not Checked.RIGHT:
        wrong = checked is Checked.WRONG
        raise Invalid(fields={"code": "验证码不对，请核对。" if wrong else "验证码已失效，请重新发送。"})


def _send(request: PortalRequest, shown: Subject, earlier: Earlier | None) -> HttpResponse:
    """Send a code to the subject's number. A script gets the answer alone, so that chosen pictures stay chosen."""
    actor, status, ref = request.actor, 200, ""
    try:
        phone = mobile_of(request.POST.get("phone", ""))
        # a hall is one address on the net: each clerk has limits of his own
        sent = send_code(
            actor.region,
            phone=phone,
            purpose=SmsCode.Purpose.COUNTER,
            address=f"clerk:{actor.user_id}",
            now=timezone.now(),
        )
        ref, told = sent.ref, SENT
    except Invalid as refusal:
        told, status = refusal.message, 422
    except TooManyCodes as many:
        told, status = many.message, 429
    if request.headers.get("X-Counter"):
        return JsonResponse({"ref": ref, "message": told}, status=status)
    typed = request.POST.copy()
    typed["code_ref"] = ref
    form = BeginForm(initial=typed.dict())
    return _page(request, shown, earlier, form, told=told, status=status)


def _page(
    request: PortalRequest,
    shown: Subject,
    earlier: Earlier | None,
    form: BeginForm,
    *,
    told: str = "",
    status: int = 200,
) -> HttpResponse:
    actor = request.actor
    advice_ref = request.GET.get("advice") or request.POST.get("advice", "")
    if earlier is not None:
        access_file(actor, earlier.file_uuid)
    context = {
        "subject": shown,
        "records": records_of(actor, shown, timezone.localdate()),
        "form": described(form),
        "earlier": earlier if form["reuse"].value() else None,
        "on_paper": bool(form.errors and form["paper_on"].value()) or "paper" in request.GET,
        "advice": access_advice(actor, advice_ref) if advice_ref else None,
        "told": told,
    }
    return show(request, "counter/subject.html", context, status=status)
