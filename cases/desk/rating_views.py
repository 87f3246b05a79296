"""好差评 at the desk: counts per grade with n and the period, and the ratings themselves, without names."""

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cases.access_ratings import visible_ratings
from cases.desk.rating_rows import FOLLOWED, asked_of, in_period, listed, page_of, shown
from cases.models import Rating
from cases.oversight.ratings import DEFINITION, GRADES, by_channel, by_unit
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Department, Role


@require_safe
def ratings(request: PortalRequest) -> HttpResponse:
    """A unit reads its own, the supervisor the region's, whose units stand side by side there."""
    actor, today = request.actor, timezone.localdate()
    seen = visible_ratings(actor)
    everybody = actor.has(Role.SUPERVISOR)
    units = list(Department.objects.filter(region_id=actor.region).order_by("id")) if everybody else []
    asked = asked_of(request.GET, units, today)
    page = page_of(listed(seen, asked, today), seen, request.GET.get("at", ""))
    lines = by_channel(in_period(seen, asked))
    return TemplateResponse(
        request,
        "desk/ratings.html",
        {
            "title": "好差评",
            "everybody": everybody,
            "units": units,
            "asked": asked,
            "tiles": [
                (asked.but(grade=str(grade)), str(grade) == asked.grade, Rating.Grade(grade).label, count)
                for grade, (_, count) in zip(GRADES, lines[0].grades, strict=True)
            ],
            "all": asked.but(grade="", follow=""),
            "lines": lines,
            "unit_lines": by_unit(actor.region, in_period(seen, asked)) if everybody and not asked.department else [],
            "page": page,
            "rows": shown(actor, page.rows, today),
            "grades": [("bad", "差评"), *((str(grade), Rating.Grade(grade).label) for grade in GRADES)],
            "channels": Rating.Channel.choices,
            "followed": FOLLOWED.items(),
            "definition": DEFINITION,
        },
    )
