"""What every page of the frame prints: the region's identity and who is asking."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    region = getattr(request, "region", None)
    actor = getattr(request, "actor", None)
    idle = 0
    if actor is not None and actor.user_id is not None:
        idle = settings.SESSION_IDLE_SECONDS["staff" if actor.is_staff else "applicant"]
    return {
        "idle_seconds": idle,
        "idle_warning": settings.SESSION_WARNING_SECONDS,
        "region": region,
        "identity": region.identity if region else {},
        "actor": actor,
        "public_host": settings.PUBLIC_URL.split("://", 1)[-1],
    }
