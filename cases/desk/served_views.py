"""两书同达率: per department and month, each share with its n; the region for its supervisor, the own unit for others."""

from datetime import date, timedelta

from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cases.desk.doors import RECORDERS, require
from cases.oversight import served
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Department, Role

FIRST_MONTH = date(2023, 5, 1)  # 58号令 asks for both papers from here on


@require_safe
def served_rates(request: PortalRequest) -> HttpResponse:
    actor, today = request.actor, timezone.localdate()
    require(actor, *RECORDERS)
    month = _month(request.GET.get("month", ""), today)
    units = Department.objects.filter(region_id=actor.region)
    if not actor.has(Role.SUPERVISOR):
        units = units.filter(pk=actor.department_id) if actor.department_id else units.none()
    lines = served.rates(actor.region, month, units)
    both, prompt = served.total(lines)
    before, after = (month - timedelta(days=1)).replace(day=1), (month + timedelta(days=32)).replace(day=1)
    return TemplateResponse(
        request,
        "desk/served.html",
        {
            "title": "两书同达率",
            "month": month,
            "before": before if before >= FIRST_MONTH else None,
            "after": after if after <= today else None,
            "lines": lines,
            "both": both,
            "prompt": prompt,
            "definition": served.DEFINITION,
        },
    )


def _month(text: str, today: date) -> date:
    """The month asked for (2026-11), this month for nothing; 400 for what is none or lies outside."""
    if not text:
        return today.replace(day=1)
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise BadRequest("month") from None
    if not FIRST_MONTH <= month <= today:
        raise BadRequest("month")
    return month
