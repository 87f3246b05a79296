"""代为提交 on one page: records, materials with originals seen, the commitment read out, and the receipt."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from cases.counter_access import access_counter_draft
from cases.desk.counter_desk import RecordShown, records_of, subject_here
from cases.desk.counter_frame import show
from cases.desk.counter_slots import PAID_STATEMENT, Offered, Slot, filing_of, offered_of
from cases.desk.counter_views import receipt_page
from cases.desk.doors import require
from cases.models import CounterDraft
from cases.services.counter_draft import Evidence, authority_of, hand_in, keep_filing, paper_of
from cases.services.filing import COMMITMENT
from cases.uploads import store_upload
from creditrepair.tenancy.errors import Invalid, WrongMoment
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Role

KEPT_FIELDS = ("record", "agent_name", "agent_phone", "urgent_reason", "bid_on", "committed")
KEPT_PREFIXES = ("seen.", "statement.")


@dataclass(frozen=True, slots=True)
class Desk:
    """The draft on the table, the subject's records as they stand on its day, and what is typed."""

    draft: CounterDraft
    rows: list[RecordShown]
    typed: QueryDict
    common: list[Slot]
    offered: list[Offered]


@require_http_methods(["GET", "HEAD", "POST"])
def file(request: PortalRequest, token: str) -> HttpResponse:
    """Show the page; POST hands in. A fault keeps everything typed and every file uploaded."""
    actor, now = request.actor, timezone.now()
    require(actor, Role.CLERK)
    draft = access_counter_draft(actor, token, timezone.localdate(now))
    if request.method != "POST":
        if draft.application_ref:
            return HttpResponseRedirect(reverse("counter:receipt", args=[draft.application_ref]))
        return _page(request, _desk(request, draft, _kept(draft)))
    if draft.application_ref:
        return HttpResponseRedirect(reverse("counter:receipt", args=[draft.application_ref]))
    draft, errors = _keep(request, draft)
    desk = _desk(request, draft, request.POST)
    if errors:
        return _page(request, desk, errors=errors, status=422)
    filing = filing_of(draft, desk.common, desk.offered, request.POST, authority_of(draft), paper_of(draft))
    try:
        receipt = hand_in(actor, ref=draft.ref, filing=filing, now=now)
    except Invalid as refusal:
        return _page(request, desk, errors=_beside(refusal), status=422)
    except WrongMoment as refusal:
        return _page(request, desk, errors={"form": refusal.message}, status=409)
    return receipt_page(request, receipt.applications[0], query_code=receipt.query_code)


@require_POST
def keep(request: PortalRequest, token: str) -> HttpResponse:
    """Keep what stands on the page, and a file the moment it is chosen; answers a script."""
    require(request.actor, Role.CLERK)
    draft = access_counter_draft(request.actor, token, timezone.localdate())
    draft, errors = _keep(request, draft)
    body: dict[str, Any] = {
        "saved_at": f"{timezone.localtime(draft.saved_at):%H:%M}",
        "files": {key: one["name"] for key, one in draft.files.items()},
        "errors": errors,
    }
    return JsonResponse(body, status=422 if errors else 200)


def _keep(request: PortalRequest, draft: CounterDraft) -> tuple[CounterDraft, dict[str, str]]:
    """Store what was uploaded and what was typed; returns refusals by slot key."""
    actor, now = request.actor, timezone.now()
    desk = _desk(request, draft, request.POST)
    taken: dict[str, Evidence] = {}
    errors = {}
    for slot in [*desk.common, *(slot for one in desk.offered for slot in one.slots)]:
        upload = request.FILES.get(f"file.{slot.key}")
        if upload is None:
            continue
        try:
            stored = store_upload(actor, actor.region, upload, now=now, field=slot.key)
        except Invalid as refusal:
            errors[slot.key] = refusal.message
        else:
            taken[slot.key] = Evidence(str(stored.uuid), stored.name)
    typed = {
        name: values for name, values in request.POST.lists() if name in KEPT_FIELDS or name.startswith(KEPT_PREFIXES)
    }
    return keep_filing(actor, ref=draft.ref, content={"record": [], **typed}, files=taken, now=now), errors


def _beside(refusal: Invalid) -> dict[str, str]:
    """What was refused, by the key of the slot it belongs to (`code:record` of a missing material)."""
    return {name.replace(":", "."): text for name, text in refusal.fields.items()} or {"form": refusal.message}


def _kept(draft: CounterDraft) -> QueryDict:
    """What was typed before, as the form would send it."""
    typed = QueryDict(mutable=True)
    for name, values in draft.content.items():
        typed.setlist(name, values)
    return typed


def _desk(request: PortalRequest, draft: CounterDraft, typed: QueryDict) -> Desk:
    paper = paper_of(draft)
    applied_on = timezone.localdate(paper.received_at) if paper else timezone.localdate()
    rows = records_of(request.actor, subject_here(request.actor, draft.subject_id), applied_on)
    if (
        "record" not in draft.content and request.method != "POST"
    ):  # nothing chosen yet: offer all that may be filed for
        typed.setlist("record", [row.record.ref for row in rows if row.may_choose])
    common, offered = offered_of(draft, rows, typed)
    return Desk(draft, rows, typed, common, offered)


def _page(
    request: PortalRequest, desk: Desk, *, errors: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "draft": desk.draft,
        "subject": desk.draft.subject,
        "authority": authority_of(desk.draft),
        "paper": paper_of(desk.draft),
        "common": desk.common,
        "offered": [one for one in desk.offered if one.row.may_choose],
        "barred": [one for one in desk.offered if not one.row.may_choose],
        "typed": desk.typed,
        "errors": errors or {},
        "commitment": COMMITMENT,
        "paid": PAID_STATEMENT,
    }
    return show(request, "counter/file.html", context, status=status)
