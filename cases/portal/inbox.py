"""收件箱: papers and messages of the firm, newest first, with what it has not read; and papers whose receipt is asked for."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from cases.access import visible_applications, visible_records
from cases.models import Case, InboxMark
from cases.portal.papers import as_attachment
from cases.portal.queries import applicant_of, subject_of
from cases.services.inbox import TO_RECEIVE, mark_read
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import NotFound
from notices.force import VALID
from notices.models import Notice, Service
from sync import sms
from sync.messages import BadSms, sms_text
from sync.models import Delivery

SHOWN: Final = 100
FOLDER: Final = {"notice", "listing_notice"}  # a 告知书 is the firm's once it was served with its decision


@dataclass(frozen=True, slots=True)
class Item:
    """One paper or message of the firm. `filing` is the reference of its filing, "" for the paper of a record."""

    what: str
    region: str
    thing: str
    title: str
    detail: str
    at: datetime
    filing: str
    ready: bool
    unread: bool
    received: bool


def items_of(actor: Actor) -> list[Item]:
    """The newest SHOWN papers and messages of each region in which the firm has filings or records."""
    filings: dict[str, dict[str, str]] = {}
    for region, ref, number in visible_applications(actor).values_list("region_id", "ref", "filing_no"):
        filings.setdefault(region, {})[ref] = number
    regions = set(filings) | set(visible_records(actor).values_list("region_id", flat=True).distinct())
    found: list[Item] = []
    for region in sorted(regions):
        with region_context(region):
            found += _of_region(str(actor.subject), region, filings.get(region, {}))
    return sorted(found, key=lambda item: item.at, reverse=True)[:SHOWN]


def _of_region(subject: str, region: str, filings: dict[str, str]) -> list[Item]:
    papers = list(papers_of(subject, region).order_by("-requested_at")[:SHOWN])
    sent = list(
        Delivery.objects.filter(
            region_id=region, thing_kind="application", thing__in=list(filings), target=sms.TARGET
        ).order_by("-queued_at")[:SHOWN]
    )
    marks = set(
        InboxMark.objects.filter(
            region_id=region, subject_id=subject, thing__in=[*(p.ref for p in papers), *(d.message_no for d in sent)]
        ).values_list("thing", "mark")
    )
    items = [
        Item(
            "paper", region, paper.ref, str(paper.get_kind_display()), paper.number, paper.requested_at,
            paper.application_ref if paper.application_ref in filings else "", bool(paper.pdf_path),
            (paper.ref, InboxMark.Mark.READ.value) not in marks,
            (paper.ref, InboxMark.Mark.RECEIVED.value) in marks,
        )
        for paper in papers
    ]  # fmt: skip
    for row in sent:
        text = text_of_message(row)
        if text:
            unread = (row.message_no, InboxMark.Mark.READ.value) not in marks
            items.append(
                Item("message", region, row.message_no, "短信", text, row.queued_at, row.thing, True, unread, False)
            )
    return items


def papers_of(subject: str, region: str) -> Any:
    """Papers that are the firm's to see: of its filings, and the 告知书 served on it. Inside the region."""
    served = Service.objects.filter(region_id=region, notice__subject_code=subject, notice__kind__in=FOLDER)
    rows = Notice.objects.filter(region_id=region, subject_code=subject, status__in=VALID)
    return rows.exclude(application_ref="") | rows.filter(kind__in=FOLDER, pk__in=served.values("notice_id"))


def text_of_message(row: Delivery) -> str:
    """What the telephone showed; "" for what is no registered text."""
    try:
        told = json.loads(bytes(row.body))
        return sms_text(told["template"], told["params"], told["sign"])
    except (ValueError, KeyError, TypeError, BadSms):
        return ""


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
    actor = applicant_of(request)
    items = items_of(actor)
    context = {
        "items": items,
        "unread": sum(item.unread for item in items),
        "subject": subject_of(actor),
        "shown": SHOWN,
    }
    return render(request, "portal/inbox.html", context)


@require_POST
def inbox_read(request: HttpRequest) -> HttpResponse:
    """Mark everything now in the inbox as read."""
    actor, now = applicant_of(request), timezone.now()
    unread = [item for item in items_of(actor) if item.unread]
    for region, what in sorted({(item.region, item.what) for item in unread}):
        things = [item.thing for item in unread if (item.region, item.what) == (region, what)]
        mark_read(actor, region, InboxMark.What(what), things, now=now)
    flash.success(request, "已全部标为已读。" if unread else "没有未读的内容。")
    return redirect("portal:inbox")


@require_safe
def inbox_paper(request: HttpRequest, ref: str) -> HttpResponse:
    """A paper of the firm from the inbox, also one that belongs to no filing; opening it marks it as read."""
    actor = applicant_of(request)
    for region in sorted({item.region for item in items_of(actor)}):
        with region_context(region):
            paper = papers_of(str(actor.subject), region).filter(ref=ref).first()
        if paper is not None:
            response = as_attachment(paper)
            mark_read(actor, region, InboxMark.What.PAPER, [paper.ref], now=timezone.now())
            return response
    raise NotFound
