"""Signing in by password and out, and for whom one acts. Codes by SMS are in `phone`.

Failures are counted twice: atomically before a password is looked at, so that a thousand attempts at once are five, and
by django-axes for fifteen minutes after the fifth.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from django.contrib.auth import authenticate, logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from cases.portal import telephone
from cases.portal.entering import enter, following_of, landing, login_page
from cases.portal.queries import actor_of
from cases.services.accounts import phone_key, phone_of
from cases.services.sms_codes import mobile_of
from cases.throttle import Limit, forget, take
from creditrepair.tenancy.errors import Invalid
from creditrepair.tenancy.models import Department, Role, SignIn, User
from creditrepair.tenancy.passwords import LONGEST
from creditrepair.tenancy.signin import ACTING, desks_of, firms_of, memberships_of, memberships_of_person, switch

FAILURES: Final = Limit("sign-in", 5, 900)


@dataclass(frozen=True, slots=True)
class Place:
    """A desk or a firm one may act for; `key` is what the form sends back."""

    key: str
    title: str
    detail: str
    current: bool


@login_not_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Account (or confirmed telephone) and password; who has a confirmed telephone is then sent a code to it.

    The session gets a new key. Staff land on their desk, applicants on their filings.
    """
    following = following_of(request, request.POST.get("next") or request.GET.get("next", ""))
    if request.method != "POST":
        if actor_of(request).user_id is not None:
            return redirect(following or landing(request))
        return login_page(request, following)
    typed = request.POST.get("username", "").replace("\0", "").strip()[:64]
    username = _username_of(typed)
    if not take(FAILURES, username).ok:
        return locked_page(request)
    password = request.POST.get("password", "")  # one that is too long is wrong, never cut to one that fits
    user = authenticate(request, username=username, password=password if len(password) <= LONGEST else "")
    if not isinstance(user, User):
        return login_page(request, following, status=422, username=typed, wrong=True)
    forget(FAILURES, username)
    if user.phone_sealed and not memberships_of_person(user):
        return telephone.second_factor(request, user, phone_of(user), following)
    return enter(request, user, way=SignIn.Way.PASSWORD, following=following)


def locked_page(request: HttpRequest) -> HttpResponse:
    """What django-axes shows after the fifth failure, to the letter: nobody learns which of the two has counted."""
    context = {"failure_limit": FAILURES.allowed}
    return render(request, "portal/locked.html", context, status=HTTPStatus.TOO_MANY_REQUESTS)


def _username_of(typed: str) -> str:
    """The account that is meant: people may type their telephone instead. Unknown ones stay as typed."""
    try:
        hashed = phone_key(mobile_of(typed))
    except Invalid:
        return typed
    return User.objects.filter(phone_hash=hashed).values_list("username", flat=True).first() or typed


@login_not_required
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("portal:home")


@require_POST
def stay(request: HttpRequest) -> HttpResponse:
    """One press goes on: the middleware has noted that somebody is there."""
    return HttpResponse()


@require_http_methods(["GET", "HEAD", "POST"])
def switch_page(request: HttpRequest) -> HttpResponse:
    """Choose for which firm, or at which desk, one acts from now on."""
    if request.method == "POST":
        switch(request, request.POST.get("choice", "")[:80])
        return redirect(landing(request))
    return render(request, "portal/switch.html", {"places": _places(request)})


def _places(request: HttpRequest) -> list[Place]:
    user, actor = request.user, actor_of(request)
    assert isinstance(user, User)
    places = []
    for key, held in desks_of(memberships_of(user)).items():
        unit = next((m.department_id for m in held if m.department_id), None)
        title = Department.objects.filter(pk=unit).values_list("name", flat=True).first() if unit else None
        roles = "、".join(str(Role(m.role).label) for m in held)
        here = actor.is_staff and actor.region == held[0].region_id and actor.department_id == unit
        places.append(Place(key, title or f"{held[0].region.name}（{roles}）", roles, here))
    for key, one in firms_of(user).items():
        until = f"，有效期至{one.until_on:%Y-%m-%d}" if one.until_on else ""
        here = not actor.is_staff and actor.subject == one.subject_code
        detail = f"{one.get_basis_display()}，{one.get_scope_display()}{until}"
        places.append(Place(key, one.subject_name, detail, here or key == request.session.get(ACTING)))
    return places
