"""What lies in a firm's 收件箱, newest first, by keyset over two sources: papers, and messages of filings and what stands
beside them (异议, 处罚撤销变更), in each region in which the firm has any."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import BadRequest
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Collate
from django.urls import reverse

from cases.access import visible_applications, visible_records
from cases.access_beside import visible_objections, visible_withdrawals
from cases.models import InboxMark
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context
from notices.force import VALID
from notices.models import Notice, Service
from sync import sms
from sync.messages import BadSms, sms_text
from sync.models import Delivery

SIZE: Final = 20
CAP: Final = 500
FOLDER: Final = {"notice", "listing_notice"}  # a 告知书 is the firm's once it was served with its decision
READ, RECEIVED = InboxMark.Mark.READ, InboxMark.Mark.RECEIVED
_PLACE: Final = re.compile(r"(older|newer)~([0-9T:.+-]{19,40})~([0-9A-Za-z-]{1,40})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Item:
    """One paper or message of the firm, and the page of what it is about ("" for the paper of a record)."""

    what: str
    thing: str
    title: str
    detail: str
    at: datetime
    page: str
    page_words: str
    ready: bool
    unread: bool
    received: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Items of one page; `newer` and `older` are the places of its neighbours, "" where there is none."""

    items: list[Item]
    newer: str
    older: str


@dataclass(frozen=True, slots=True)
class Box:
    """The firm's things in one region: the page of each by kind and reference; which paper answers which objection."""

    region: str
    subject: str
    pages: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)

    def refs(self, kind: str) -> list[str]:
        return [ref for of, ref in self.pages if of == kind]

    def page_of(self, paper: Notice) -> tuple[str, str]:
        if paper.ref in self.answers:
            return self.pages["objection", self.answers[paper.ref]]
        return self.pages.get(("application", paper.application_ref), ("", ""))


@dataclass(frozen=True, slots=True)
class Place:
    """The edge of a page: the row of this moment and reference, and which way the page goes on from it."""

    older: bool
    at: datetime
    ref: str

    def __str__(self) -> str:
        return f"{'older' if self.older else 'newer'}~{self.at.isoformat()}~{self.ref}"


def place_of(text: str) -> Place:
    """Raises BadRequest (400) for anything we did not make."""
    found = _PLACE.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        at = datetime.fromisoformat(found[2])
        if at.tzinfo is None:
            raise ValueError
        return Place(found[1] == "older", at, found[3])
    except ValueError:
        raise BadRequest("at") from None


def boxes_of(actor: Actor) -> list[Box]:
    """One box a region in which the firm has filings, records or anything beside them."""
    subject = str(actor.subject)
    boxes: dict[str, Box] = {}

    def box(region: str) -> Box:
        return boxes.setdefault(region, Box(region, subject))

    for region in visible_records(actor).values_list("region_id", flat=True).distinct():
        box(region)
    for region, ref in visible_applications(actor).values_list("region_id", "ref"):
        box(region).pages["application", ref] = reverse("portal:application", args=[ref]), "查看办件"
    for region, ref, paper in visible_objections(actor).values_list("region_id", "ref", "paper_ref"):
        box(region).pages["objection", ref] = reverse("portal:objection", args=[ref]), "查看异议"
        if paper:
            box(region).answers[paper] = ref
    for region, ref in visible_withdrawals(actor).values_list("region_id", "ref"):
        box(region).pages["withdrawal", ref] = reverse("portal:penalty_withdrawal", args=[ref]), "查看撤销变更"
    return [boxes[region] for region in sorted(boxes)]


def papers_of(box: Box) -> QuerySet[Notice]:
    """Papers that are the firm's to see: of its filings, answers to its objections, the 告知书 served on it. Inside the
    region."""
    served = Service.objects.filter(region_id=box.region, notice__subject_code=box.subject, notice__kind__in=FOLDER)
    its_own = ~Q(application_ref="") | Q(ref__in=list(box.answers))
    told = Q(kind__in=FOLDER, pk__in=served.values("notice_id"))
    return Notice.objects.filter(its_own | told, region_id=box.region, subject_code=box.subject, status__in=VALID)


def messages_of(box: Box) -> QuerySet[Delivery]:
    """Short messages about the firm's things. Inside the region."""
    about = Q(pk__in=[])
    for kind in ("application", "objection", "withdrawal"):
        about |= Q(thing_kind=kind, thing__in=box.refs(kind))
    return Delivery.objects.filter(about, region_id=box.region, target=sms.TARGET)


def page_at(actor: Actor, text: str) -> Page:
    """The page that begins at this place, the newest for "". Raises BadRequest."""
    place = place_of(text) if text else None
    older = place is None or place.older
    found: list[Item] = []
    for box in boxes_of(actor):
        with region_context(box.region):
            papers = _from(papers_of(box).defer("snapshot"), "requested_at", "ref", place)
            found += _items(box, papers, _from(messages_of(box), "queued_at", "message_no", place))
    found.sort(key=lambda item: (item.at, item.thing), reverse=older)
    more, found = len(found) > SIZE, found[:SIZE]
    if not older:
        found.reverse()
    if not found:
        return Page([], "", "")
    first, last = found[0], found[-1]
    return Page(
        found,
        newer=str(Place(False, first.at, first.thing)) if (place is not None if older else more) else "",
        older=str(Place(True, last.at, last.thing)) if (more if older else True) else "",
    )


def _from(rows: QuerySet[Any], at: str, ref: str, place: Place | None) -> list[Any]:
    """At most one row more than a page, by moment and reference; references in the order that Python sorts them."""
    older = place is None or place.older
    rows = rows.annotate(sorted_ref=Collate(F(ref), "C"))
    if place is not None:
        way = "lt" if older else "gt"
        beyond = Q(**{f"{at}__{way}": place.at}) | Q(**{f"sorted_ref__{way}": place.ref})
        rows = rows.filter(beyond, **{f"{at}__{way}e": place.at})
    sign = "-" if older else ""
    return list(rows.order_by(f"{sign}{at}", f"{sign}sorted_ref")[: SIZE + 1])


def _items(box: Box, papers: Sequence[Notice], sent: Sequence[Delivery]) -> Iterator[Item]:
    things = [*(one.ref for one in papers), *(one.message_no for one in sent)]
    marks = set(
        InboxMark.objects.filter(region_id=box.region, subject_id=box.subject, thing__in=things).values_list(
            "thing", "mark"
        )
    )
    for paper in papers:
        yield Item(
            "paper", paper.ref, str(paper.get_kind_display()), paper.number, paper.requested_at, *box.page_of(paper),
            ready=bool(paper.pdf_path), unread=(paper.ref, READ) not in marks, received=(paper.ref, RECEIVED) in marks,
        )  # fmt: skip
    for row in sent:
        page = box.pages[row.thing_kind, row.thing]
        unread = (row.message_no, READ) not in marks
        yield Item("message", row.message_no, "短信", text_of_message(row), row.queued_at, *page, True, unread, False)


def text_of_message(row: Delivery) -> str:
    """What the telephone showed; that it cannot be shown for what is no registered text."""
    try:
        told = json.loads(bytes(row.body))
        return sms_text(told["template"], told["params"], told["sign"])
    except (ValueError, KeyError, TypeError, BadSms):
        return "这条短信的文字已不能显示。"


def unread_refs(actor: Actor) -> Iterator[tuple[str, InboxMark.What, QuerySet[Any, str]]]:
    """References of what nobody of the firm has read, per region and kind; each is read inside its region."""
    for box in boxes_of(actor):
        with region_context(box.region):
            yield box.region, InboxMark.What.PAPER, _unread(box, papers_of(box), InboxMark.What.PAPER, "ref")
            yield (
                box.region,
                InboxMark.What.MESSAGE,
                _unread(box, messages_of(box), InboxMark.What.MESSAGE, "message_no"),
            )


def _unread(box: Box, rows: QuerySet[Any], what: InboxMark.What, ref: str) -> QuerySet[Any, str]:
    read = InboxMark.objects.filter(
        region_id=box.region, subject_id=box.subject, what=what, thing=OuterRef(ref), mark=READ
    )
    found: QuerySet[Any, str] = rows.filter(~Exists(read)).values_list(ref, flat=True)
    return found


def unread_text(actor: Actor) -> str:
    """How many are unread: a true count up to the cap, then `500+`; "" for none."""
    count = sum(refs[: CAP + 1].count() for _, _, refs in unread_refs(actor))
    return f"{CAP}+" if count > CAP else str(count or "")
