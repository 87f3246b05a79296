"""证据包 of the own case, as a file."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST

from cases.portal.lookup import too_many
from cases.portal.queries import applicant_of
from cases.services.evidence import take_evidence
from cases.throttle import Limit, take

PACKS = Limit("evidence", 20, 3600)


@require_POST
def evidence(request: HttpRequest, ref: str) -> HttpResponse:
    """By POST: taking it is an act of its own, written into the chain."""
    actor = applicant_of(request)
    taken = take(PACKS, f"user:{actor.user_id}")
    if not taken.ok:
        return too_many(request, taken.wait_seconds)
    pack = take_evidence(actor, ref=ref, now=timezone.now())
    response = HttpResponse(pack.content, content_type="application/zip")
    response["Content-Disposition"] = content_disposition_header(True, pack.name) or "attachment"
    return response
