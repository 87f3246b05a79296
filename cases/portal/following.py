"""What an applicant follows: the records of a filing in short, and one of them in full with its clock, papers and ways on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.utils import timezone
from django.utils.safestring import SafeString

from cases import flowchart
from cases.access import visible_applications, visible_cases
from cases.deadlines import clock_of, events_of
from cases.flowchart import Position
from cases.law.clock import ClockState
from cases.models import Application, Case, Correction, Extension, Material, ReviewStep
from cases.portal import clock_bar
from cases.portal.clock_bar import Stretch
from cases.portal.stages import Platform, Stage, been_in, label_of, path_of, platforms_of, stages_of
from cases.services.repair import legs_needed
from cases.services.source_change import SourceChange, change_since_filing
from cases.states import OPEN_STATES, CaseState
from cases.timeline import Entry, timeline_of
from cases.usual import Usual, usual_time
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Department
from notices.force import VALID
from notices.kinds.remedies import RemedyRow, against_refusal
from notices.models import Notice
from notices.services import notices_of
from sync.outbox import legs_of

TONES: Final = {
    CaseState.SUBMITTED: ("info", "clock"),
    CaseState.CORRECTION: ("warn", "edit"),
    CaseState.IN_REVIEW: ("info", "search"),
    CaseState.APPROVED: ("good", "sync"),
    CaseState.REPAIRED: ("good", "check"),
    CaseState.REFUSED: ("quiet", "stop"),
    CaseState.NOT_ACCEPTED: ("quiet", "stop"),
    CaseState.WITHDRAWN: ("quiet", "stop"),
    CaseState.REVOKED: ("danger", "alert"),
}
# Which of several records is shown in full unless another is asked for: what waits for the firm comes first.
FIRST: Final = (CaseState.CORRECTION, CaseState.SUBMITTED, CaseState.IN_REVIEW, CaseState.APPROVED)
MAY_FILE_AGAIN: Final = frozenset({CaseState.WITHDRAWN, CaseState.REFUSED, CaseState.NOT_ACCEPTED})
MAY_TAKE_EVIDENCE: Final = frozenset(
    {CaseState.APPROVED, CaseState.REPAIRED, CaseState.REFUSED, CaseState.NOT_ACCEPTED, CaseState.REVOKED}
)
WITH_REMEDY: Final = frozenset({"refusal", "non_acceptance", "revocation"})


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a filing in short: its state in words, and what is asked of the firm."""

    case: Case
    label: str
    tone: str
    icon: str
    correction: Correction | None

    @property
    def open(self) -> bool:
        return self.case.state in OPEN_STATES


@dataclass(frozen=True, slots=True)
class Following:
    """One case as its applicant follows it."""

    row: Row
    stages: list[Stage]
    platforms: list[Platform]
    clock: ClockState
    bar: SafeString
    stretches: list[Stretch]
    extensions: list[Extension]
    usual: Usual | None
    papers: list[Notice]
    letter: Notice | None
    remedy: str
    picture: SafeString
    tall: SafeString
    path: list[Stage]
    source_change: SourceChange | None

    @property
    def case(self) -> Case:
        return self.row.case

    @property
    def may_file_again(self) -> bool:
        return self.case.state in MAY_FILE_AGAIN

    @property
    def may_take_evidence(self) -> bool:
        return self.case.state in MAY_TAKE_EVIDENCE


def applications_of(actor: Actor) -> list[tuple[Application, list[Case]]]:
    """The firm's filings with their cases, newest first; parts of one filing in several regions stand together."""
    applications = list(visible_applications(actor).select_related("region").order_by("-submitted_at")[:100])
    cases: dict[int, list[Case]] = {}
    rows = visible_cases(actor).filter(application_id__in=[a.pk for a in applications])
    for case in rows.select_related("record", "department").order_by("id"):
        cases.setdefault(case.application_id, []).append(case)
    merged: dict[str, tuple[Application, list[Case]]] = {}
    for application in applications:
        _, held = merged.setdefault(application.filing_no, (application, []))
        held += cases.get(application.pk, [])
    return list(merged.values())


def cases_of(actor: Actor, application: Application) -> list[Case]:
    """All cases of the filing this application is part of, in every region."""
    rows = visible_cases(actor).filter(
        application__filing_no=application.filing_no, application__subject_id=application.subject_id
    )
    return list(
        rows.select_related("record__department", "record__subject", "department", "region", "application").order_by(
            "region_id", "id"
        )
    )


def rows_of(cases: Sequence[Case]) -> list[Row]:
    """The records of a filing in short, in their order; two questions a region, however many they are."""
    tiers: dict[int, int] = {}
    corrections: dict[int, Correction] = {}
    for region, own in _by_region(cases):
        ids = [case.pk for case in own]
        open_steps = ReviewStep.objects.filter(region_id=region, case_id__in=ids, status=ReviewStep.Status.OPEN)
        tiers |= dict(open_steps.values_list("case_id", "position"))
        asked = Correction.objects.filter(region_id=region, case_id__in=ids, answered_at__isnull=True)
        corrections |= {one.case_id: one for one in asked}
    rows = []
    for case in cases:
        tone, icon = TONES[CaseState(case.state)]
        tier = tiers.get(case.pk, 0) if case.state == CaseState.IN_REVIEW else 0
        rows.append(Row(case, label_of(case, tier), tone, icon, corrections.get(case.pk)))
    return rows


def chosen_of(rows: Sequence[Row], asked: str) -> Row:
    """The record to be shown in full: the one asked for, else the first that waits for the firm, then for us."""
    for row in rows:
        if row.case.ref == asked:
            return row
    for state in FIRST:
        for row in rows:
            if row.case.state == state:
                return row
    return rows[0]


def follow(row: Row, today: date) -> Following:
    """Everything the page says of one case; reads inside the case's region."""
    case = row.case
    with region_context(case.region_id):
        steps = list(
            ReviewStep.objects.filter(region_id=case.region_id, case=case).select_related("department").order_by("id")
        )
        clock, events = clock_of(case, today), events_of(case)
        extensions = list(Extension.objects.filter(region_id=case.region_id, case=case).order_by("id"))
        needed = set(legs_needed(case))  # what is told upward is no part of what the subject waits for
        legs = [leg for leg in legs_of(case.region_id, "case", case.ref) if leg.target in needed]
        papers = notices_of(case.region_id, case_ref=case.ref)
        units = dict(Department.objects.filter(region_id=case.region_id).values_list("code", "name"))
        decides_here = case.room.decided != "elsewhere"
        usual = usual_time(case.region_id, case.category, timezone.now()) if decides_here else None
        source_change = change_since_filing(case)
    open_step = next((step for step in steps if step.status == ReviewStep.Status.OPEN), None)
    tier = open_step.position if open_step and case.state == CaseState.IN_REVIEW else 0
    position = Position(case.state, tier, frozenset(been_in(case, steps)))
    rungs = [flowchart.Stage(entry["title"], outside=bool(entry.get("external"))) for entry in case.tiers]
    parts = clock_bar.stretches(events, clock, today)
    return Following(
        row=row,
        stages=stages_of(case, steps, legs, open_step),
        platforms=platforms_of(case, legs),
        clock=clock,
        bar=clock_bar.draw(parts),
        stretches=parts,
        extensions=extensions,
        usual=usual,
        papers=papers,
        letter=next((p for p in papers if p.kind == "correction_letter" and p.status in VALID), None),
        remedy=_remedy(papers),
        picture=flowchart.draw(rungs, position),
        tall=flowchart.draw(rungs, position, upright=True),
        path=path_of(case, steps, units),
        source_change=source_change,
    )


def materials_of(cases: Sequence[Case]) -> list[Material]:
    """What was handed in with a filing, in all its regions; replaced ones are left out."""
    found: list[Material] = []
    for region, own in _by_region(cases):
        rows = Material.objects.filter(
            region_id=region, application_id__in={case.application_id for case in own}, replaced_by__isnull=True
        )
        found += list(rows.select_related("file", "application", "case__record").order_by("id"))
    return found


def timeline(cases: Sequence[Case], only: Case | None = None) -> list[Entry]:
    """Every act on the filing, of all its regions, oldest first, or on one record only; officers are not named."""
    if only is not None:
        return timeline_of(only.region_id, case_ref=only.ref)
    refs = {(case.region_id, case.application.ref) for case in cases}
    entries = [entry for region, ref in sorted(refs) for entry in timeline_of(region, application_ref=ref)]
    return sorted(entries, key=lambda entry: entry.at)


def _remedy(papers: Sequence[Notice]) -> str:
    """The way on from a refusal, in the very words of the latest paper that prints one; "" where none does."""
    for paper in reversed(papers):
        told: dict[str, Any] = paper.snapshot
        if paper.kind in WITH_REMEDY and paper.status in VALID:
            return against_refusal(
                RemedyRow(told["remedy_row"]),
                told.get("reconsideration_organ"),
                told.get("reconsideration_channel"),
                first=bool(told.get("reconsideration_first")),
            )
    return ""


def _by_region(cases: Sequence[Case]) -> Iterator[tuple[str, list[Case]]]:
    """The cases region by region, inside each region's context."""
    for region in sorted({case.region_id for case in cases}):
        with region_context(region):
            yield region, [case for case in cases if case.region_id == region]
