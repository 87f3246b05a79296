"""Signing in by a code to one's telephone, registering with it, the second step after a password, other providers.

What is under way stands in the session (`code`, then `proved`), the number sealed: a session's row is readable to
whoever reads the database.
"""

import logging
import secrets
from datetime import timedelta
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases.models import SmsCode
from cases.portal.entering import enter, following_of, kept_of, login_page
from cases.portal.queries import actor_of, region_of
from cases.services.accounts import confirm_phone, register_account, user_of_phone
from cases.services.authority import claim_grants
from cases.services.sms_codes import Checked, TooManyCodes, check_code, mobile_of, send_code
from cases.throttle import address_of
from creditrepair.tenancy.errors import Invalid, NotFound, WrongMoment
from creditrepair.tenancy.models import SignIn, User
from creditrepair.tenancy.passwords import SHORTEST
from creditrepair.tenancy.personal import masked, seal, unseal
from creditrepair.tenancy.providers import Proved, Provider, ProviderRefused, providers
from creditrepair.tenancy.signin import memberships_of_person

log = logging.getLogger(__name__)
SEALED_FOR: Final = "session.phone"
PROVED_FOR: Final = timedelta(minutes=10)
WORDS: Final = {
    Checked.WRONG: "验证码不正确，请核对短信后再输入。",
    Checked.SPENT: "验证码已过期，或者已连续输错5次，请重新获取。",
}
Purpose = SmsCode.Purpose
TITLES: Final = {Purpose.SIGN_IN: "输入验证码", Purpose.SECOND: "再验证一次手机", Purpose.PHONE: "验证新的手机号码"}


def begin(request: HttpRequest, phone: str, purpose: SmsCode.Purpose, following: str, user: User | None = None) -> None:
    """Send a code to `phone` (eleven digits) and remember for what. Raises TooManyCodes; nothing changed then."""
    region = region_of(request).code
    row = send_code(region, phone=phone, purpose=purpose, address=address_of(request), now=timezone.now())
    request.session["code"] = {
        "ref": row.ref,
        "purpose": purpose.value,
        "phone": seal(SEALED_FOR, phone),
        "user": user.pk if user else None,
        "next": following,
    }


def second_factor(request: HttpRequest, user: User, phone: str, following: str) -> HttpResponse:
    """The password was right: now a code to the confirmed telephone. Nobody is signed in yet."""
    try:
        begin(request, phone, Purpose.SECOND, following, user)
    except TooManyCodes as many:
        return _too_many(login_page(request, following, status=429, phone_fault=many.message), many)
    return _to_the_code(request)


@login_not_required
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Send a code to the number that was typed: to every number alike, whether it has an account or not."""
    following = following_of(request, request.POST.get("next", ""))
    typed = request.POST.get("phone", "").replace("\0", "")[:40]
    try:
        begin(request, mobile_of(typed), Purpose.SIGN_IN, following)
    except Invalid as problem:
        return login_page(request, following, status=422, phone=typed, phone_fault=problem.fields["phone"])
    except TooManyCodes as many:
        return _too_many(login_page(request, following, status=429, phone=typed, phone_fault=many.message), many)
    return _to_the_code(request)


def _to_the_code(request: HttpRequest) -> HttpResponse:
    """The page that takes the code; at once where a typed form goes along, which a redirect would drop."""
    return _code_page(request, request.session["code"]) if kept_of(request) else redirect("portal:login_code")


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Take the code, or send another one (`again`)."""
    pending = _pending(request)
    if pending is None:
        return redirect("portal:login")
    if request.method != "POST":
        return _code_page(request, pending)
    if request.POST.get("again"):
        holder = User.objects.filter(pk=pending["user"]).first()
        try:
            begin(request, _number(pending), Purpose(pending["purpose"]), pending["next"], holder)
        except TooManyCodes as many:
            return _too_many(_code_page(request, pending, fault=many.message, status=429), many)
        return _to_the_code(request)
    region, purpose = region_of(request).code, Purpose(pending["purpose"])
    typed = request.POST.get("code", "").replace("\0", "")
    told = check_code(region, ref=pending["ref"], purpose=purpose, code=typed, now=timezone.now())
    if told is not Checked.RIGHT:
        return _code_page(request, pending, fault=WORDS[told], status=422)
    del request.session["code"]
    return _right(request, pending, purpose)


def _right(request: HttpRequest, pending: dict[str, Any], purpose: SmsCode.Purpose) -> HttpResponse:
    phone, following = _number(pending), pending["next"]
    if purpose is Purpose.SECOND:
        user = User.objects.filter(pk=pending["user"], is_active=True).first()
        if user is None:
            return login_page(request, following, status=422, wrong=True)
        return enter(request, user, way=SignIn.Way.BOTH, following=following)
    if purpose is Purpose.PHONE:
        return _new_number(request, phone)
    return _proved(request, Proved(phone), following, SignIn.Way.PHONE)


def _new_number(request: HttpRequest, phone: str) -> HttpResponse:
    now = timezone.now()
    user = confirm_phone(actor_of(request), phone=phone, now=now)
    update_session_auth_hash(request, user)
    claim_grants(actor_of(request), now=now)
    messages.success(request, f"已登记手机号码{masked(phone)}，其他设备上的登录已退出。")
    return redirect("portal:account")


def _proved(request: HttpRequest, proved: Proved, following: str, way: SignIn.Way) -> HttpResponse:
    """Somebody holds this number: sign in, or register. Only now does the page tell whether there is an account."""
    user = user_of_phone(proved.phone)
    if user is None:
        request.session["proved"] = {
            "phone": seal(SEALED_FOR, proved.phone),
            "name": proved.name,
            "at": timezone.now().timestamp(),
            "next": following,
            "way": way.value,
        }
        request.session.cycle_key()
        if kept_of(request):
            return _register_page(request, proved.phone, {"full_name": proved.name}, {})
        return redirect("portal:register")
    if not user.is_active:
        return login_page(request, following, status=422, phone_fault="该账号已停用，请到窗口核验身份后处理。")
    if memberships_of_person(user):
        return login_page(request, following, status=422, phone_fault="工作人员请用账号和密码登录。")
    return enter(request, user, way=way, following=following)


@login_not_required
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Name and, if one likes, a password: the number was proved a moment ago."""
    proved = request.session.get("proved")
    now = timezone.now()
    if proved is None or now.timestamp() - proved["at"] > PROVED_FOR.total_seconds():
        return redirect("portal:login")
    phone = unseal(SEALED_FOR, proved["phone"])
    if request.method != "POST":
        return _register_page(request, phone, {"full_name": proved["name"]}, {})
    given = request.POST
    faults = {}
    if not given.get("agreed"):
        faults["agreed"] = "请阅读并同意隐私说明。"
    if given.get("password", "") != given.get("again", ""):
        faults["again"] = "两次输入的密码不一致。"
    if not faults:
        try:
            user = register_account(
                actor_of(request),
                phone=phone,
                full_name=given.get("full_name", ""),
                password=given.get("password", ""),
                now=now,
            )
        except Invalid as problem:
            faults = problem.fields
        except WrongMoment:
            return _proved(request, Proved(phone), proved["next"], SignIn.Way(proved["way"]))
        else:
            return enter(request, user, way=SignIn.Way(proved["way"]), following=proved["next"])
    return _register_page(request, phone, given, faults, status=422)


def _register_page(
    request: HttpRequest, phone: str, given: Any, faults: dict[str, str], status: int = 200
) -> HttpResponse:
    context = {"phone": masked(phone), "full_name": given.get("full_name", ""), "faults": faults, "shortest": SHORTEST}
    context["kept"] = kept_of(request)
    return render(request, "portal/register.html", context, status=status)


# ── other providers ────────────────────────────────────────────────────────────────────────────────────────────────
@login_not_required
@require_safe
def with_provider(request: HttpRequest, code: str) -> HttpResponse:
    """Off to a provider of the settings; it comes back to `back_from_provider` with the state we gave."""
    provider = _provider(code)
    state = secrets.token_urlsafe(24)
    following = following_of(request, request.GET.get("next", ""))
    request.session["provider"] = {"code": code, "state": state, "next": following}
    back = request.build_absolute_uri(reverse("portal:login_back", args=[code]))
    return redirect(provider.begin(back=back, state=state))


@login_not_required
@require_safe
def back_from_provider(request: HttpRequest, code: str) -> HttpResponse:
    provider, begun = _provider(code), request.session.pop("provider", None)
    given = request.GET.get("state", "")
    if begun is None or begun["code"] != code or not constant_time_compare(begun["state"], given):
        return login_page(request, "", status=422, phone_fault="登录没有完成，请重新选择登录方式。")
    try:
        proved = provider.finish({name: str(value) for name, value in request.GET.items() if name != "state"})
        phone = mobile_of(proved.phone)
    except (ProviderRefused, Invalid) as problem:
        log.warning("provider %s confirmed nobody: %s", code, type(problem).__name__)
        words = f"{provider.title}没有确认您的身份，请重试或换一种方式登录。"
        return login_page(request, begun["next"], status=422, phone_fault=words)
    return _proved(request, Proved(phone, proved.name[:50]), begun["next"], SignIn.Way.PROVIDER)


def _provider(code: str) -> Provider:
    found = providers().get(code)
    if found is None:
        raise NotFound
    return found


# ── parts ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def _pending(request: HttpRequest) -> dict[str, Any] | None:
    """What a code is awaited for; one for a new number only while its person is signed in."""
    pending: dict[str, Any] | None = request.session.get("code")
    if pending is None or not _number(pending):
        return None
    if pending["purpose"] == Purpose.PHONE.value and pending["user"] != actor_of(request).user_id:
        return None
    return pending


def _number(pending: dict[str, Any]) -> str:
    return unseal(SEALED_FOR, pending["phone"])


def _code_page(request: HttpRequest, pending: dict[str, Any], *, fault: str = "", status: int = 200) -> HttpResponse:
    purpose = Purpose(pending["purpose"])
    context = {
        "title": TITLES[purpose],
        "phone": masked(_number(pending)),
        "fault": fault,
        "kept": kept_of(request),
        "other": "portal:account" if purpose is Purpose.PHONE else "portal:login",
    }
    return render(request, "portal/login_code.html", context, status=status)


def _too_many(response: HttpResponse, many: TooManyCodes) -> HttpResponse:
    response["Retry-After"] = str(many.wait_seconds)
    return response
