"""我的账号: password, telephone, the latest sign-ins, and signing out everywhere. Everybody's own, staff included."""

from datetime import timedelta
from typing import Final

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from cases.models import SmsCode
from cases.portal import telephone as codes
from cases.portal.queries import actor_of
from cases.services.accounts import change_password, end_sessions, phone_of
from cases.services.sms_codes import TooManyCodes, mobile_of
from creditrepair.tenancy.errors import Invalid, NotAllowed
from creditrepair.tenancy.models import SignIn, User
from creditrepair.tenancy.passwords import SHORTEST, SHORTEST_STAFF
from creditrepair.tenancy.personal import masked

SIGN_INS: Final = 10
FRESH: Final = timedelta(
    minutes=10
)  # after a code by SMS a new password needs no old one: who forgot it has no other way


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    return _page(request)


@sensitive_post_parameters("present", "password", "again")
@require_POST
def password(request: HttpRequest) -> HttpResponse:
    given, now = request.POST, timezone.now()
    present = None if _proved_lately(request) else given.get("present", "")
    try:
        user = change_password(
            actor_of(request),
            present=present,
            password=given.get("password", ""),
            again=given.get("again", ""),
            now=now,
        )
    except Invalid as problem:
        return _page(request, problem.fields, status=422)
    request.session.pop("proved_at", None)
    update_session_auth_hash(request, user)
    messages.success(request, "密码已修改，其他设备上的登录已退出。")
    return redirect("portal:account")


@require_POST
def phone(request: HttpRequest) -> HttpResponse:
    """A code to the new number; it is the account's once the code came back."""
    actor, user = actor_of(request), _user(request)
    if actor.is_staff:
        raise NotAllowed("工作人员用账号和密码登录，不登记手机号码。")
    if not _proved_lately(request) and not user.check_password(request.POST.get("present", "")[:129]):
        return _page(request, {"phone_present": "现在的密码不正确。"}, status=422)
    try:
        codes.begin(request, mobile_of(request.POST.get("phone", "")), SmsCode.Purpose.PHONE, "", user)
    except Invalid as problem:
        return _page(request, problem.fields, status=422)
    except TooManyCodes as many:
        return _page(request, {"phone": many.message}, status=429)
    return redirect("portal:login_code")


@require_POST
def everywhere(request: HttpRequest) -> HttpResponse:
    """End all sessions but this one."""
    user = end_sessions(actor_of(request), now=timezone.now())
    update_session_auth_hash(request, user)
    messages.success(request, "已退出其他所有设备。")
    return redirect("portal:account")


def _proved_lately(request: HttpRequest) -> bool:
    proved_at = request.session.get("proved_at", 0)
    return bool(timezone.now().timestamp() - proved_at < FRESH.total_seconds())


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _page(request: HttpRequest, faults: dict[str, str] | None = None, status: int = 200) -> HttpResponse:
    user, actor = _user(request), actor_of(request)
    context = {
        "person": user,
        "phone": masked(phone_of(user)),
        "has_password": user.has_usable_password() and bool(user.password),
        "may_skip": _proved_lately(request),
        "staff": actor.is_staff,
        "shortest": SHORTEST_STAFF if actor.is_staff else SHORTEST,
        "sign_ins": SignIn.objects.filter(user=user).order_by("-at")[:SIGN_INS],
        "faults": faults or {},
        "typed_phone": request.POST.get("phone", "")[:40],
    }
    return render(request, "portal/account.html", context, status=status)
