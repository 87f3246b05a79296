"""What every page of the frame prints: the region's identity and who is asking."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    region = getattr(request, "region", None)
    return {
        "region": region,
        "identity": region.identity if region else {},
        "actor": getattr(request, "actor", None),
        "public_host": settings.PUBLIC_URL.split("://", 1)[-1],
    }
