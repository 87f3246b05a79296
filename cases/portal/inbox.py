"""收件箱: papers and messages of the firm, with what it has not read; and papers whose receipt is asked for."""

from collections.abc import Sequence

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from cases.models import Case, InboxMark
from cases.portal.inbox_items import boxes_of, page_at, papers_of, unread_refs, unread_text
from cases.portal.papers import as_attachment
from cases.portal.queries import applicant_of, subject_of
from cases.services.inbox import TO_RECEIVE, mark_read
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import NotFound
from notices.models import Notice


def to_receive(actor: Actor, cases: Sequence[Case]) -> list[Notice]:
    """Decisions of a filing that are printed and whose receipt the firm has not confirmed, oldest first."""
    found: list[Notice] = []
    for region in sorted({case.region_id for case in cases}):
        refs = [case.ref for case in cases if case.region_id == region]
        with region_context(region):
            received = InboxMark.objects.filter(
                region_id=region, subject_id=actor.subject, what=InboxMark.What.PAPER, mark=InboxMark.Mark.RECEIVED
            ).values("thing")
            rows = Notice.objects.filter(region_id=region, case_ref__in=refs, kind__in=TO_RECEIVE, status="issued")
            found += list(rows.exclude(ref__in=received).order_by("id")[:50])
    return found


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """One page, newest first; `?at=` is the place of a neighbour."""
    actor, at = applicant_of(request), request.GET.get("at", "")
    context = {"page": page_at(actor, at), "first": not at, "unread": unread_text(actor), "subject": subject_of(actor)}
    return render(request, "portal/inbox.html", context)


@require_POST
def inbox_read(request: HttpRequest) -> HttpResponse:
    """Mark everything now in the inbox as read, on whichever page it stands."""
    actor, now = applicant_of(request), timezone.now()
    found = [(region, what, list(refs)) for region, what, refs in unread_refs(actor)]
    for region, what, things in found:
        mark_read(actor, region, what, things, now=now)
    flash.success(request, "已全部标为已读。" if any(things for *_, things in found) else "没有未读的内容。")
    return redirect("portal:inbox")


@require_safe
def inbox_paper(request: HttpRequest, ref: str) -> HttpResponse:
    """A paper of the firm from the inbox, also one that belongs to no filing; opening it marks it as read, asking for
    its head alone does not: nobody has seen it then."""
    actor = applicant_of(request)
    for box in boxes_of(actor):
        with region_context(box.region):
            paper = papers_of(box).filter(ref=ref).first()
        if paper is not None:
            response = as_attachment(paper)
            if request.method == "GET":
                mark_read(actor, box.region, InboxMark.What.PAPER, [paper.ref], now=timezone.now())
            return response
    raise NotFound
