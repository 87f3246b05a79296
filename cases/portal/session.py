"""Signing in and out, and for whom one acts. django-axes counts wrong passwords and locks."""

from dataclasses import dataclass

from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from cases.portal import keeping, wizard
from cases.portal.queries import actor_of
from creditrepair.tenancy.errors import Refusal
from creditrepair.tenancy.models import Department, Role, User
from creditrepair.tenancy.signin import (
    ACTING,
    actor_of_session,
    desks_of,
    memberships_of,
    representations_of,
    switch,
)

LONGEST_PASSWORD = 128


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
    """User name and password; the session gets a new key. Staff land on their desk, applicants on their filings."""
    following = request.POST.get("next") or request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(
        following, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        following = ""
    if request.method != "POST":
        if actor_of(request).user_id is not None:
            return redirect(following or _landing(request))
        return render(request, "portal/login.html", {"next": following})
    username = request.POST.get("username", "").strip()[:64]
    password = request.POST.get("password", "")  # one that is too long is wrong, never cut to one that fits
    user = authenticate(request, username=username, password=password if len(password) <= LONGEST_PASSWORD else "")
    if user is None:
        faults = {"next": following, "username": username, "wrong": True, "kept": request.POST.get("kept", "")}
        return render(request, "portal/login.html", faults, status=422)
    login(request, user)
    return _with_what_was_typed(request, following) or redirect(following or _landing(request))


def _with_what_was_typed(request: HttpRequest, following: str) -> HttpResponse | None:
    """Save into the own draft what the session's end interrupted (`keeping`); None where there is nothing of the kind."""
    form, place = keeping.form_of(request.POST.get("kept", "")), keeping.page_kept_for(following)
    user = request.user
    if form is None or place is None or not isinstance(user, User):
        return None
    actor_of_session(request)
    keeping.act_for_firm_of(request, user, place[0])
    request.actor = actor_of_session(request)  # type: ignore[attr-defined]
    try:
        return wizard.save_kept(request, *place, form)
    except Refusal:  # another person's draft, or one that was handed in: signing in must not fail for it
        return None


def _landing(request: HttpRequest) -> str:
    actor = actor_of_session(request)
    if actor.roles == frozenset({Role.CLERK.value}):
        return reverse("counter:home")
    if actor.roles == frozenset({Role.HALL_MANAGER.value}):
        return reverse("counter:hall")
    return reverse("desk:index" if actor.is_staff else "portal:mine")


@login_not_required
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("portal:home")


@require_http_methods(["GET", "HEAD", "POST"])
def switch_page(request: HttpRequest) -> HttpResponse:
    """Choose for which firm, or at which desk, one acts from now on."""
    if request.method == "POST":
        switch(request, request.POST.get("choice", "")[:80])
        return redirect(_landing(request))
    return render(request, "portal/switch.html", {"places": _places(request)})


def _places(request: HttpRequest) -> list[Place]:
    user, actor = request.user, actor_of(request)
    assert isinstance(user, User)
    chosen = request.session.get(ACTING, "")
    places = []
    for key, held in desks_of(memberships_of(user)).items():
        unit = next((m.department_id for m in held if m.department_id), None)
        title = Department.objects.filter(pk=unit).values_list("name", flat=True).first() if unit else None
        roles = "、".join(str(Role(m.role).label) for m in held)
        here = actor.is_staff and actor.region == held[0].region_id and actor.department_id == unit
        places.append(Place(key, title or f"{held[0].region.name}（{roles}）", roles, here))
    for one in representations_of(user):
        key = f"firm:{one.subject_code}"
        until = f"，有效期至{one.until_on:%Y-%m-%d}" if one.until_on else ""
        here = not actor.is_staff and actor.subject == one.subject_code
        places.append(Place(key, one.subject_name, f"{one.get_basis_display()}{until}", here or key == chosen))
    return places
