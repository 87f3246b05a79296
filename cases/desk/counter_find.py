"""The one box of the counter: from whatever was typed or scanned to subjects with records here, cases and numbers."""

from dataclasses import dataclass, field
from typing import Final

from django.utils import timezone

from cases.access import visible_applications, visible_cases, visible_records
from cases.counter_access import visible_tickets
from cases.desk.scanned import Scanned, read_scanned
from cases.models import Case, FailureRecord, QueueTicket, Subject
from cases.query import CaseQuerySet
from cases.services.subjects import fold_name
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import NotFound
from notices.models import Notice
from notices.services import access_token

SHORTEST_NAME: Final = 2
MOST_FOUND: Final = 20


@dataclass(slots=True)
class Found:
    """What the one box found; `unregistered` is a right code without a record here, `wrong_code` a misread one."""

    subjects: list[Subject] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    ticket: QueueTicket | None = None
    unregistered: str = ""
    wrong_code: str = ""
    exact: bool = False  # found by a code, a number or a QR, not by part of a name

    @property
    def total(self) -> int:
        return len(self.subjects) + len(self.cases) + (self.ticket is not None)


def find(actor: Actor, raw: str) -> Found:
    """By code, licence QR, filing number, paper or document number, our own QR codes, reference, number or name."""
    seen = read_scanned(raw)
    found = Found(wrong_code=seen.wrong_code)
    if seen.ticket:
        found.ticket = visible_tickets(actor, timezone.localdate()).filter(number=seen.ticket).first()
        return found
    found.cases = list(_cases(actor, seen)[:MOST_FOUND]) if _names_a_case(seen) else []
    codes = {*seen.codes, *_codes_of_records(actor, seen)}
    if codes:
        found.subjects, found.exact = _with_records(actor, codes), True
        held = {subject.pk for subject in found.subjects}
        found.unregistered = next((code for code in seen.codes if code not in held), "")
    elif not found.cases and not seen.token and len(seen.text) >= SHORTEST_NAME:
        found.subjects = _named(actor, seen.text)
    return found


def _names_a_case(seen: Scanned) -> bool:
    return bool(seen.filing_no or seen.reference or seen.paper_no or seen.token)


def _cases(actor: Actor, seen: Scanned) -> "CaseQuerySet":
    here = visible_cases(actor).filter(region_id=actor.region)
    rows = here.select_related("application", "record", "subject", "department").order_by("-submitted_at", "id")
    if seen.filing_no:
        return rows.filter(application__filing_no=seen.filing_no)
    notice = _notice(actor, seen)
    if notice is not None:
        if notice.case_ref:
            return rows.filter(ref=notice.case_ref)
        return rows.filter(record__ref=notice.record_ref) if notice.record_ref else rows.none()
    if seen.reference:
        filed = visible_applications(actor).filter(region_id=actor.region, ref=seen.reference)
        return rows.filter(application__in=filed) | rows.filter(ref=seen.reference)
    return rows.none()


def _notice(actor: Actor, seen: Scanned) -> Notice | None:
    """The paper of this region behind a QR or a number; another region's is none."""
    if seen.token and seen.purpose is not None:
        try:
            notice = access_token(seen.purpose, seen.token)
        except NotFound:
            return None
        return notice if notice.region_id == actor.region else None
    if seen.paper_no:
        return Notice.objects.filter(region_id=actor.region, number=seen.paper_no).order_by("-id").first()
    return None


def _codes_of_records(actor: Actor, seen: Scanned) -> set[str]:
    """Whose record is meant by a record's QR, its reference or the number of its decision."""
    here = visible_records(actor).filter(region_id=actor.region)
    notice = _notice(actor, seen)
    if notice is not None and notice.record_ref:
        return set(here.filter(ref=notice.record_ref).values_list("subject_id", flat=True))
    if seen.paper_no and notice is None:
        return set(here.filter(doc_no=seen.paper_no).values_list("subject_id", flat=True)[:MOST_FOUND])
    if seen.reference:
        return set(here.filter(ref=seen.reference).values_list("subject_id", flat=True))
    return set()


def _with_records(actor: Actor, codes: set[str]) -> list[Subject]:
    held = visible_records(actor).filter(region_id=actor.region, subject_id__in=codes)
    return list(Subject.objects.filter(pk__in=held.values("subject_id")).order_by("name"))


def _named(actor: Actor, text: str) -> list[Subject]:
    # names are matched on the global table of subjects: LIKE under row-level security would use no index
    named = Subject.objects.filter(folded_name__contains=fold_name(text)).values_list("pk", flat=True)[:200]
    here: set[str] = set(
        FailureRecord.objects.visible_to(actor)
        .filter(region_id=actor.region, subject_id__in=list(named))
        .values_list("subject_id", flat=True)
    )
    return list(Subject.objects.filter(pk__in=here).order_by("name")[:MOST_FOUND])
