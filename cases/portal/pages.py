"""Pages without content of their own: home, about, and the switch of font size and elder mode."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from cases.categories import rooms
from cases.portal.queries import region_of
from cases.templatetags.frame import ELDER, MODE_COOKIE, SIZE_COOKIE, SIZES
from creditrepair.tenancy.models import Department

YEAR = 365 * 24 * 3600


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    region = region_of(request)
    units = {unit.code: unit for unit in Department.objects.filter(region_id=region.code)}
    items = [(room, [units[code] for code in room.annex1_departments if code in units]) for room in rooms()]
    return render(request, "portal/home.html", {"items": items})


@login_not_required
@require_safe
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/about.html", {"rooms": rooms()})


@login_not_required
@require_safe
def display(request: HttpRequest) -> HttpResponse:
    """Keep font size and mode in cookies, then go back to the very address one came from."""
    back = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = reverse("portal:home")
    response = redirect(back)
    if request.GET.get("size") in SIZES:
        _keep(request, response, SIZE_COOKIE, request.GET["size"])
    if request.GET.get("mode") in (ELDER, "normal"):
        _keep(request, response, MODE_COOKIE, request.GET["mode"])
    return response


def _keep(request: HttpRequest, response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=YEAR, secure=request.is_secure(), httponly=True, samesite="Lax")
