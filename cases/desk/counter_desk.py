"""What the counter reads: a subject with its records and their answers, earlier authority, and today's work."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from cases.access import visible_cases, visible_records
from cases.categories import room
from cases.categories.base import MaterialSpec
from cases.counter_access import own_counter_drafts
from cases.desk.counter_forms import DELEGATED, SCOPES
from cases.facts import facts_of, judge_record
from cases.law import Verdict
from cases.models import Application, Case, CounterDraft, FailureRecord, Material, Subject
from cases.query import CaseQuerySet
from cases.services.filing import AUTHORITY_MATERIAL
from cases.states import OPEN_STATES, CaseState
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import NotFound

TODAY_ROWS: Final = 20
RETURNED_DAYS: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class RecordShown:
    """A record as the counter chooses it: its Verdict, and the case under way that makes a second one needless."""

    record: FailureRecord
    verdict: Verdict
    under_way: Case | None
    materials: list[MaterialSpec]

    @property
    def may_choose(self) -> bool:
        return self.verdict.may_file and self.under_way is None


@dataclass(frozen=True, slots=True)
class Earlier:
    """Authority of an earlier filing that still holds: `initial` for the form, the picture it rests on, and its filing."""

    initial: dict[str, Any]
    file_uuid: str
    file_name: str
    filing_no: str


@dataclass(frozen=True, slots=True)
class Work:
    """今日办件: begun and not handed in, handed in today, sent back in the last days, waiting for a correction."""

    drafts: list[CounterDraft]
    filed: list[Case]
    returned: list[Case]
    corrections: list[Case]


def subject_here(actor: Actor, code: str) -> Subject:
    """The subject, if it has a record in the clerk's region. Raises NotFound."""
    records = visible_records(actor).filter(region_id=actor.region, subject_id=code)
    subject = Subject.objects.filter(pk=code, pk__in=records.values("subject_id")).first()
    if subject is None:
        raise NotFound
    return subject


def records_of(actor: Actor, subject: Subject, today: date) -> list[RecordShown]:
    """Published records of the subject in this region, of all departments, each with its answer on that day."""
    records = list(
        visible_records(actor)
        .published()
        .filter(region_id=actor.region, subject_id=subject.pk)
        .select_related("subject", "department")
        .order_by("decided_on", "id")[:100]
    )
    open_cases = visible_cases(actor).filter(
        region_id=actor.region,
        record_id__in=[record.pk for record in records],
        state__in=[*OPEN_STATES, CaseState.APPROVED],
    )
    under_way = {case.record_id: case for case in open_cases.select_related("application")}
    return [
        RecordShown(record, judge_record(record, today), under_way.get(record.pk), asked_of(record))
        for record in records
    ]


def asked_of(record: FailureRecord) -> list[MaterialSpec]:
    """What the applicant has to bring for a record; what the system makes or fetches is not asked."""
    wanted = room(record.category).materials(facts_of(record))
    return sorted((m for m in wanted if m.source == "applicant"), key=lambda m: (not m.common, not m.required))


def earlier_authority(actor: Actor, subject: Subject, today: date) -> Earlier | None:
    """The latest authority for all matters of the subject, recorded here by an earlier filing and still in force."""
    filed = Application.objects.visible_to(actor).filter(
        region_id=actor.region, subject=subject, channel=Application.Channel.COUNTER, authority__basis=DELEGATED
    )
    last = filed.order_by("-submitted_at", "-id").first()
    if last is None or last.authority.get("scope") != SCOPES[0][0]:
        return None
    until = date.fromisoformat(last.authority["valid_until"]) if last.authority["valid_until"] else None
    picture = (
        Material.objects.filter(region_id=actor.region, application=last, code=AUTHORITY_MATERIAL)
        .select_related("file")
        .order_by("id")
        .first()
    )
    if until is None or until < today or picture is None or picture.file is None:
        return None
    initial = {
        "basis": last.authority["basis"],
        "evidence": last.authority["evidence"],
        "scope": last.authority["scope"],
        "valid_until": until,
        "agent_name": last.agent_name,
        "agent_phone": last.agent_phone,
        "reuse": str(picture.file.uuid),
    }
    return Earlier(initial, str(picture.file.uuid), picture.file.name, last.filing_no)


def work_of(actor: Actor, now: datetime, today: date) -> Work:
    """What the clerk has in hand and what came back to the counter, each capped."""
    own = own_counter_drafts(actor, today).select_related("subject").order_by("-saved_at")
    filed_refs = list(own.exclude(application_ref="").values_list("application_ref", flat=True)[:TODAY_ROWS])
    cases = _cases(actor)
    at_counter = cases.filter(application__channel=Application.Channel.COUNTER)
    elsewhere = at_counter | cases.filter(application__channel=Application.Channel.PLATFORM).exclude(
        application__came_no=""
    )
    back = at_counter.filter(state__in=[CaseState.NOT_ACCEPTED, CaseState.REFUSED], decided_at__gte=now - RETURNED_DAYS)
    return Work(
        drafts=list(own.filter(application_ref="")[:TODAY_ROWS]),
        filed=list(cases.filter(application__ref__in=filed_refs).order_by("-submitted_at", "-id")[:TODAY_ROWS]),
        returned=list(back.order_by("-decided_at", "-id")[:TODAY_ROWS]),
        corrections=list(elsewhere.filter(state=CaseState.CORRECTION).order_by("due_on", "id")[:TODAY_ROWS]),
    )


def _cases(actor: Actor) -> "CaseQuerySet":
    rows = visible_cases(actor).filter(region_id=actor.region)
    return rows.select_related("application", "record", "subject", "department")
