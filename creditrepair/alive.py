"""Two answers for machines: `alive` (the process answers) and `health` (the house works end to end)."""

from datetime import timedelta

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from creditrepair.tenancy.models import Heartbeat

STALE = timedelta(seconds=60)


@login_not_required
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """503 if the database is away, or a background process has not done real work for a minute."""
    now = timezone.now()
    try:
        beats = {beat.name: (now - beat.at) for beat in Heartbeat.objects.all()}
    except DatabaseError:
        return JsonResponse({"status": "down", "database": "away"}, status=503)
    late = sorted(name for name, age in beats.items() if age > STALE)
    body = {
        "status": "late" if late or not beats else "ok",
        "late": late,
        "beats": {name: int(age.total_seconds()) for name, age in sorted(beats.items())},
    }
    return JsonResponse(body, status=503 if late or not beats else 200)
