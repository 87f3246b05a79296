"""Pages behind a code: progress by query code, `/v/` proves a paper, `/q/` shows the record of a 告知书.

Nothing here needs a sign-in, so nothing here shows more than what is public anyway.
"""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from cases.categories import room
from cases.facts import facts_of
from cases.models import FailureRecord
from cases.overrides import overrides_of
from cases.portal.cards import card_of_record
from cases.portal.lookup import too_many
from cases.portal.queries import public_record, today
from cases.progress import TooManyWrong, progress_from
from cases.throttle import Limit, address_of, give_back, take
from creditrepair.tenancy.errors import NotFound
from creditrepair.tenancy.models import Region
from notices import kinds
from notices.models import Notice
from notices.qr import Purpose
from notices.services import access_token

WRONG_TOKENS = Limit("wrong-token", 20, 600)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def progress(request: HttpRequest) -> HttpResponse:
    """State, step and dates by query code and the last four of the firm's code; posted, so that no log keeps a code."""
    if request.method != "POST":
        return render(request, "portal/progress.html")
    code, last_four = request.POST.get("code", "")[:64], request.POST.get("last_four", "")[:16]
    try:
        found = progress_from(address_of(request), code, last_four)
    except TooManyWrong as many:
        return too_many(request, many.wait_seconds)
    context = {"found": found, "asked": True, "code": "" if found else code, "last_four": "" if found else last_four}
    return render(request, "portal/progress.html", context)


@login_not_required
@require_safe
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """What was issued under this code: kind, number, organ, date, state and hash; no name, no case."""
    notice = _paper_of(request, Purpose.PAPER, token)
    if isinstance(notice, HttpResponse):
        return notice
    context = {
        "notice": notice,
        "kind": kinds.get(notice.kind).label,
        "in_force": notice.status in (Notice.Status.ISSUED, Notice.Status.REQUESTED, Notice.Status.FAILED),
        "state": "有效"
        if notice.status in (Notice.Status.REQUESTED, Notice.Status.FAILED)
        else notice.get_status_display(),
    }
    return render(request, "portal/verify.html", context)


@login_not_required
@require_safe
def record_page(request: HttpRequest, token: str) -> HttpResponse:
    """The record a 告知书 is about: only what is public; before publication without name and number; then nothing."""
    notice = _paper_of(request, Purpose.RECORD, token)
    if isinstance(notice, HttpResponse):
        return notice
    record = public_record(notice.region_id, notice.record_ref)
    card = card_of_record(record, today(), overrides_of(record.region_id)) if record else None
    shown = (
        record is not None and card is not None and record.status == FailureRecord.Status.PUBLISHED and not card.over
    )
    if not shown or record is None or notice.status == Notice.Status.VOID:
        return render(request, "portal/record_page.html", {"ended": True})
    own = room(record.category)
    context = {
        "card": card,
        "record": record,
        "public": record.published_on is not None and record.published_on <= today(),
        "room": own,
        "materials": own.materials(facts_of(record)),
        "record_region": Region.objects.get(pk=record.region_id),
    }
    return render(request, "portal/record_page.html", context)


def _paper_of(request: HttpRequest, purpose: Purpose, token: str) -> Notice | HttpResponse:
    """The paper, or 429 for an address that keeps guessing. Raises NotFound for a wrong token and an unknown one alike."""
    address = address_of(request)
    taken = take(WRONG_TOKENS, address)
    if not taken.ok:
        return too_many(request, taken.wait_seconds)
    try:
        notice = access_token(purpose, token)
    except NotFound:
        raise NotFound("没有找到该文书。请核对网址是否完整，或者重新扫描文书上的二维码。") from None
    give_back(WRONG_TOKENS, address)
    return notice
