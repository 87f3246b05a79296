"""Pages behind a code: progress by query code, `/v/` proves a paper, `/q/` shows the record of a 告知书.

Nothing here needs a sign-in, so nothing here shows more than what is public anyway.
"""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from cases.categories import room
from cases.facts import facts_of
from cases.models import FailureRecord
from cases.overrides import overrides_of
from cases.portal.cards import card_of_record
from cases.portal.lookup import too_many
from cases.portal.queries import public_record, region_of, today
from cases.progress import HandedOver, TooManyWrong, progress_from
from cases.throttle import Limit, address_of, give_back, take
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import anonymous_actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import NotFound
from creditrepair.tenancy.models import Region
from notices import kinds
from notices.force import VALID
from notices.models import Notice
from notices.qr import Purpose
from notices.services import access_token

WRONG_TOKENS = Limit("wrong-token", 20, 600)
OPENINGS = Limit("paper-opened", 1, 3600)  # who reloads a page all day fills no log: one line an hour and address


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def progress(request: HttpRequest) -> HttpResponse:
    """State, step and dates by query code, or the number of a platform, and the last four of the firm's code; posted, so
    that no log keeps a code."""
    if request.method != "POST":
        return render(request, "portal/progress.html")
    code, last_four = request.POST.get("code", "")[:64], request.POST.get("last_four", "")[:16]
    try:
        found = progress_from(address_of(request), code, last_four, region_of(request).code)
    except TooManyWrong as many:
        return too_many(request, many.wait_seconds)
    context = {"found": found, "asked": True, "code": "" if found else code, "last_four": "" if found else last_four}
    context["handed_over"] = isinstance(found, HandedOver)
    return render(request, "portal/progress.html", context)


@login_not_required
@require_safe
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """What was issued under this code: kind, number, organ, date, outcome, state and hash; no name, no case.

    Of a paper that is out of force also since when, and the way to the one that took its place if that can be verified.
    """
    notice = _paper_of(request, Purpose.PAPER, token)
    if isinstance(notice, HttpResponse):
        return notice
    kind = kinds.get(notice.kind)
    in_force = notice.status in VALID
    context = {
        "notice": notice,
        "kind": kind.label,
        "outcome": kind.outcome,
        "in_force": in_force,
        "state": "有效" if in_force else notice.get_status_display(),
        "successor": None if in_force else _successor_of(notice),
    }
    return render(request, "portal/verify.html", context)


def _successor_of(notice: Notice) -> dict[str, str] | None:
    """Number and address of the paper in force that replaced this one; None where there is none to be verified."""
    if not notice.replaced_by:
        return None
    with region_context(notice.region_id):
        new = Notice.objects.filter(region_id=notice.region_id, ref=notice.replaced_by, status__in=VALID).first()
    if new is None or kinds.get(new.kind).purpose is not Purpose.PAPER:
        return None
    return {"number": new.number, "url": reverse("portal:verify", args=[new.snapshot["verify_url"].rsplit("/", 1)[1]])}


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
        "outdated": notice.status == Notice.Status.SUPERSEDED,
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
    if request.method == "GET" and take(OPENINGS, f"{notice.ref}|{address}").ok:
        with region_context(notice.region_id):
            record_event(
                anonymous_actor(notice.region_id),
                "paper_opened",
                kind="notice",
                thing=notice.ref,
                at=timezone.now(),
                data={"number": notice.number, "page": purpose.value},
            )
    return notice
