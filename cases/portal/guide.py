"""Pages of the 办事指南."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cases.categories import registry, room, rooms
from cases.portal.guidebook import blocks_of, variants_of
from cases.portal.queries import region_of, today
from creditrepair.tenancy.errors import NotFound
from creditrepair.tenancy.models import Department


@login_not_required
@require_safe
def guides(request: HttpRequest) -> HttpResponse:
    units = {unit.code: unit for unit in Department.objects.filter(region_id=region_of(request).code)}
    items = [(one, [units[code] for code in one.annex1_departments if code in units]) for one in rooms()]
    return render(request, "portal/guides.html", {"items": items})


@login_not_required
@require_safe
def guide(request: HttpRequest, category: str) -> HttpResponse:
    if category not in registry:
        raise NotFound
    own, region = room(category), region_of(request)
    context = {"room": own, "blocks": blocks_of(own, region, today()), "variants": variants_of(own, region, today())}
    return render(request, "portal/guide.html", context)
