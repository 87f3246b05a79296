"""Pages of the 办事指南: the list, one guide, 附件3 as a picture, and the forms that the system makes."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cases import flowchart
from cases.categories import registry, room, rooms
from cases.categories.base import EFFECTS, Category
from cases.law import RecordFacts
from cases.overrides import overrides_of
from cases.portal.blank_forms import FILLED, FORMS, Sample, form_of
from cases.portal.guidebook import Variant, guide_of, variants_of
from cases.portal.queries import region_of, today
from cases.portal.wizard_page import commitment_lines
from creditrepair.tenancy.errors import NotFound
from creditrepair.tenancy.models import Department, Region


@login_not_required
@require_safe
def guides(request: HttpRequest) -> HttpResponse:
    units = {unit.code: unit for unit in Department.objects.filter(region_id=region_of(request).code)}
    items = [(one, [units[code] for code in one.annex1_departments if code in units]) for one in rooms()]
    return render(request, "portal/guides.html", {"items": items})


@login_not_required
@require_safe
def guide(request: HttpRequest, category: str) -> HttpResponse:
    own, region = _room(category), region_of(request)
    made = guide_of(own, region, overrides_of(region.code), today())
    context = {"room": own, "blocks": made.blocks, "variants": made.variants, "day": today()}
    return render(request, "portal/guide.html", context)


@login_not_required
@require_safe
def flow(request: HttpRequest) -> HttpResponse:
    """附件3: one drawing for each ladder of tiers, with the categories that climb it."""
    context = {"groups": _ladders(region_of(request)), "side_ways": flowchart.side_ways()}
    return render(request, "portal/flow.html", context)


def _ladders(region: Region) -> list[dict[str, Any]]:
    overrides = overrides_of(region.code)
    groups: dict[tuple[tuple[str, bool], ...], dict[str, Any]] = {}
    for own in rooms():
        for one in variants_of(own, region, overrides, today()):
            key = tuple((stage.title, stage.outside) for stage in one.stages)
            if key in groups:
                groups[key]["rooms"].append(own)
            else:
                groups[key] = {
                    "title": _ladder_words(one),
                    "rooms": [own],
                    "wide": one.wide,
                    "tall": one.tall,
                    "steps": one.steps,
                }
    return list(groups.values())


def _ladder_words(one: Variant) -> str:
    """What tells a ladder from others, e.g. 「审核二级：经办 → 负责人」."""
    words = " → ".join(stage.title.split("（")[0] for stage in one.stages)
    return words if all(stage.outside for stage in one.stages) else f"审核{len(one.stages)}级：{words}"


@login_not_required
@require_safe
def blank(request: HttpRequest, category: str, code: str) -> HttpResponse:
    """An empty form to print, or with `?sample=1` one filled in for a firm that does not exist."""
    own = _room(category)
    spec = form_of(own, code)
    if spec is None:
        raise NotFound
    sample = request.GET.get("sample") == "1"
    context = {
        "room": own,
        "spec": spec,
        "layout": FORMS[code],
        "sample": sample,
        "data": FILLED if sample else Sample(),
        "commitment": commitment_lines(),
        "effect": EFFECTS[own.effect(RecordFacts(own.code, market=own.market))],
    }
    return render(request, "portal/blank.html", context)


def _room(category: str) -> Category:
    if category not in registry:
        raise NotFound
    return room(category)
