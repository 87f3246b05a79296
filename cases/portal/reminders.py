"""提醒我 by SMS: name a number for one record, prove it by a code, stop it again. No number stands in any address."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from cases.models import ReminderWish, SmsCode
from cases.overrides import overrides_of
from cases.portal.cards import card_of_record
from cases.portal.lookup import too_many
from cases.portal.queries import public_record, region_of, today
from cases.services import wishes
from cases.services.sms_codes import Checked, TooManyCodes, mobile_of, send_code
from cases.throttle import Limit, address_of, take
from creditrepair.tenancy.actor import Actor, anonymous_actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid, NotFound

OPENINGS = Limit("reminder-page", 60, 60)
FAULTS = {
    Checked.WRONG: "验证码不正确，请核对短信后重新填写。",
    Checked.SPENT: "验证码已失效（超过5分钟、已用过，或连续输错5次）。请重新获取。",
}
PHONE_WORDS = "phone", "code"


def _visitor(request: HttpRequest) -> Actor:
    """Whoever asks, signed in or not: a number is named by nobody in particular."""
    return anonymous_actor(region_of(request).code)


@login_not_required
@sensitive_post_parameters(*PHONE_WORDS)
@require_http_methods(["GET", "HEAD", "POST"])
def remind(request: HttpRequest, ref: str) -> HttpResponse:
    """The record, its day, the calendar file, and one field for a mobile; what is to be done instead if no day is awaited."""
    taken = take(OPENINGS, address_of(request))
    if not taken.ok:
        return too_many(request, taken.wait_seconds)
    if request.method == "POST":
        try:
            wish = wishes.ask_reminder(
                _visitor(request),
                record_ref=ref,
                phone=request.POST.get("phone", ""),
                address=address_of(request),
                now=timezone.now(),
            )
        except Invalid as problem:
            return _record_page(request, ref, faults=problem.fields, status=422)
        except TooManyCodes as many:
            return too_many(request, many.wait_seconds, many.message)
        return redirect("portal:wish", wish.ref)
    return _record_page(request, ref)


def _record_page(
    request: HttpRequest, ref: str, *, faults: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    region = region_of(request).code
    record = public_record(region, ref)
    if record is None or record.status != "published" or record.subject.kind not in wishes.SEARCHED_KINDS:
        raise NotFound
    with region_context(region):
        card = card_of_record(record, today(), overrides_of(region))
    if card.over:
        raise NotFound
    context = {"record": record, "card": card, "faults": faults or {}}
    return render(request, "portal/remind.html", context, status=status)


@login_not_required
@sensitive_post_parameters(*PHONE_WORDS)
@require_http_methods(["GET", "HEAD", "POST"])
def wish(request: HttpRequest, ref: str) -> HttpResponse:
    """One wish: enter the code, get another, see that it stands, stop it. The number is shown masked."""
    visitor, fault = _visitor(request), ""
    if request.method == "POST":
        act, now = request.POST.get("act", ""), timezone.now()
        if act == "stop":
            wishes.stop_reminder(visitor, ref=ref, now=now)
            return redirect("portal:wish", ref)
        if act == "again":
            try:
                wishes.send_again(visitor, ref=ref, address=address_of(request), now=now)
            except TooManyCodes as many:
                return too_many(request, many.wait_seconds, many.message)
            return redirect("portal:wish", ref)
        code = request.POST.get("code", "")
        checked, found = wishes.confirm_reminder(visitor, ref=ref, code=code, now=now)
        if checked is Checked.RIGHT:
            return redirect("portal:wish", found.ref)
        fault = FAULTS[checked]
    with region_context(visitor.region):
        shown = wishes.wish_of(visitor, ref)
        return render(request, "portal/wish.html", _shown(shown) | {"fault": fault}, status=422 if fault else 200)


def _shown(shown: ReminderWish) -> dict[str, Any]:
    """What the page says of a wish: the day while the record is still published, else that it has ended."""
    record = public_record(shown.region_id, shown.record.ref)
    if record is None or record.status != "published":
        return {"wish": shown, "record": None}
    return {"wish": shown, "record": record, "card": card_of_record(record, today(), overrides_of(shown.region_id))}


@login_not_required
@sensitive_post_parameters(*PHONE_WORDS)
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest) -> HttpResponse:
    """退订, first half: the number. The answer is the same whether it has reminders or not."""
    if request.method != "POST":
        return render(request, "portal/remind_stop.html")
    try:
        code = send_code(
            region_of(request).code,
            phone=mobile_of(request.POST.get("phone", "")),
            purpose=SmsCode.Purpose.STOP,
            address=address_of(request),
            now=timezone.now(),
        )
    except Invalid as problem:
        return render(request, "portal/remind_stop.html", {"faults": problem.fields}, status=422)
    except TooManyCodes as many:
        return too_many(request, many.wait_seconds, many.message)
    return redirect("portal:remind_stop_code", code.ref)


@login_not_required
@sensitive_post_parameters(*PHONE_WORDS)
@require_http_methods(["GET", "HEAD", "POST"])
def stop_code(request: HttpRequest, ref: str) -> HttpResponse:
    """退订, second half: the code, then how many reminders have stopped."""
    context: dict[str, Any] = {"asked": True, "ref": ref}
    if request.method == "POST":
        code = request.POST.get("code", "")
        checked, stopped = wishes.stop_all(_visitor(request), code_ref=ref, code=code, now=timezone.now())
        if checked is Checked.RIGHT:
            return render(request, "portal/remind_stop.html", {"done": True, "stopped": stopped})
        return render(request, "portal/remind_stop.html", context | {"fault": FAULTS[checked]}, status=422)
    return render(request, "portal/remind_stop.html", context)
