"""Pages without content of their own: home, about, and the switch of font size and elder mode."""

from typing import Final
from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from cases.categories import rooms
from cases.portal.queries import region_of
from cases.services.inquiries import days_of
from cases.templatetags.frame import ELDER, MODE_COOKIE, SIZE_COOKIE, SIZES
from creditrepair.audit.checkpoints import public_keys
from creditrepair.tenancy.models import Department, Region
from sync.targets import target

YEAR = 365 * 24 * 3600
# Keys of `identity["sites"]`; a platform is called as everywhere else.
SITES: Final = (("gov_service", "政务服务网“信用修复”专栏"), ("creditchina_jinchang", ""), ("gsxt_gansu", ""))


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    region = region_of(request)
    units = {unit.code: unit for unit in Department.objects.filter(region_id=region.code)}
    items = [(room, [units[code] for code in room.annex1_departments if code in units]) for room in rooms()]
    context = {"items": items, "sites": sites_of(region), "days": days_of(region)}
    return render(request, "portal/home.html", context)


def sites_of(region: Region) -> list[tuple[str, str]]:
    """(title, address) of the sites a region has set in its identity; what is no web address is not printed."""
    given = region.identity.get("sites")
    found = []
    for code, title in SITES:
        address = str(given.get(code) or "") if isinstance(given, dict) else ""
        parts = urlsplit(address)
        if parts.scheme in ("https", "http") and parts.hostname:
            found.append((title or target(code).title, address))
    return found


@login_not_required
@require_safe
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/about.html", {"rooms": rooms(), "public_keys": public_keys()})


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
