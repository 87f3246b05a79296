"""好差评 on the page of a filing: what was given, what may be given now, and until when a bad one is to be remedied."""

from typing import Any

from cases.models import Application, Rating, Task
from cases.services.rating import TAGS, channel_of, may_rate
from creditrepair.tenancy.context import region_context


def rating_of(application: Application) -> dict[str, Any]:
    """What templates/portal/_rating.html prints."""
    region = application.region_id
    with region_context(region):
        given = list(Rating.objects.filter(region_id=region, application=application).order_by("number"))
        number = may_rate(application)
        remedy = (
            Task.objects.filter(
                region_id=region, kind=Task.Kind.REMEDY, thing_kind="rating", thing__in=[one.ref for one in given],
                closed_at__isnull=True,
            ).first()
            if given
            else None
        )  # fmt: skip
    return {
        "ratings": given,
        "rating_number": number,
        "rating_tags": TAGS[channel_of(application)],
        "grades": Rating.Grade.choices,
        "remedy_due": remedy.due_on if remedy else None,
    }
