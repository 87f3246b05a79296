"""Signed out in the middle of a form: what was typed goes along to the sign-in page and is saved right after it.

It travels in hidden fields of the page itself: nothing of a person stays in the browser's storage, and nobody writes
into a draft without being signed in. Works without JavaScript.
"""

import json
from typing import Final

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import Resolver404, resolve

from cases.models import Draft
from cases.portal.queries import actor_of
from creditrepair import answers
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import User
from creditrepair.tenancy.signin import ACTING, representations_of

EXPIRED: Final = "登录已过期。您填写的内容仍在本页，登录后自动存为草稿并回到本页。"
STALE_PAGE: Final = "登录状态已变化。您填写的内容仍在本页，请点击“下一步”保存。"
LONGEST: Final = 200_000


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """The answer to a signed-out person: the sign-in page; with what was posted, if anything was."""
    if request.method != "POST":
        return redirect_to_login(request.get_full_path())
    if request.headers.get("X-Autosave") == "1":
        return JsonResponse({"message": EXPIRED}, status=401)
    context = {"next": request.path, "kept": kept_of(request.POST)}
    return render(request, "portal/login.html", context, status=401)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose secret is of an earlier session: the typed text is offered for saving again, nothing is saved yet.

    Not for a form that came from another site: there the reason is its origin.
    """
    match = request.resolver_match
    if match is None or match.view_name != "portal:wizard" or not reason.startswith("CSRF"):
        return answers.csrf_failure(request, reason)
    if request.headers.get("X-Autosave") == "1":
        return JsonResponse({"message": STALE_PAGE}, status=403)
    if actor_of(request).user_id is None:
        return sign_in_first(request)
    context = {"to": request.path, "fields": pairs_of(kept_of(request.POST))}
    return render(request, "portal/kept.html", context, status=403)


def kept_of(form: QueryDict) -> str:
    return json.dumps({name: form.getlist(name) for name in form if name != "csrfmiddlewaretoken"}, ensure_ascii=False)


def form_of(kept: str) -> QueryDict | None:
    """The form again; None for anything that is not one."""
    try:
        held = json.loads(kept[:LONGEST]) if kept else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(held, dict):
        return None
    form = QueryDict(mutable=True)
    for name, values in held.items():
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            return None
        form.setlist(name, values)
    return form


def pairs_of(kept: str) -> list[tuple[str, str]]:
    form = form_of(kept)
    return [(name, value) for name in form for value in form.getlist(name)] if form else []


def page_kept_for(following: str) -> tuple[str, str] | None:
    """(draft, step) if the address is a step of the wizard."""
    try:
        match = resolve(following)
    except Resolver404:
        return None
    return (match.kwargs["ref"], match.kwargs["step"]) if match.view_name == "portal:wizard" else None


def act_for_firm_of(request: HttpRequest, user: User, ref: str) -> None:
    """Choose the firm of the own draft `ref`, if the person still represents it."""
    with region_context(actor_of(request).region):
        firm = Draft.objects.filter(user=user, ref=ref).values_list("subject_id", flat=True).first()
    if firm in {one.subject_code for one in representations_of(user)}:
        request.session[ACTING] = f"firm:{firm}"
