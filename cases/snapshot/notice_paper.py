"""The 告知书 beside a decision, as data: for a record, before anybody applies."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from cases.categories import pack_for, room
from cases.categories.base import Tier
from cases.facts import facts_of, judge_record, limits_for
from cases.flowchart import Stage, for_paper
from cases.law import Verdict
from cases.models import FailureRecord
from cases.overrides import overrides_of
from cases.snapshot.paper_fields import subject_fields, verdict_reasons
from creditrepair.tenancy.models import Department
from notices.kinds import notice_kind_for
from notices.services import PaperRequest


def of_notice(record: FailureRecord, now: datetime, ladder: Sequence[Mapping[str, Any]] | None = None) -> PaperRequest:
    """告知书 beside a decision: dated wording, class, earliest date, end of publication, materials, way.

    ladder   the tiers of the record's region (`cases.services.ladder.pin_ladder`); None takes the room's own
    """
    today = timezone.localdate(now)
    facts = facts_of(record)
    verdict = judge_record(record, today)
    own = room(record.category)
    days = limits_for(record, today)
    tiers = [_tier(one) for one in own.tiers(facts)] if ladder is None else list(ladder)
    listing = is_listing(record)
    fields = {
        **subject_fields(record),
        "market": record.market,
        "decision_title": "列入决定书" if listing else "行政处罚决定书",
        "doc_no": record.doc_no or None,
        "decided_on": record.decided_on or record.listed_on or today,
        "severity_text": record.get_severity_display() if record.severity != "unset" else None,
        "earliest_on": verdict.earliest,
        "ends_on": verdict.publication_ends,
        "materials": [material.title for material in own.materials(facts)],
        "verdict_reasons": verdict_reasons(verdict)[:3],  # the sheet is one leaf; all reasons stand behind its code
        "reviewer": _reviewer(record, tiers),
        "accept_days": days.accept_wd,
        "total_days": days.total_wd,
        "flow": for_paper(
            tuple(Stage(one["title"], one["organ"], one["external"]) for one in tiers),
            outside=own.decided == "elsewhere",
        ),
        **_confirmed(record, today),
    }
    if listing:
        fields |= {
            "list_name": own.title.removesuffix("信息"),
            "listing_basis": _listing_basis(verdict),
            "once_corrected": verdict.earliest is None and verdict.status == "now",
        }
    else:
        minor = record.severity == "minor"
        fields |= {
            "has_minimum": not minor,
            "minimum_ends_on": None if minor else _day_before(verdict.earliest),
            "start_text": _start_text(verdict),
        }
    return PaperRequest(
        kind=notice_kind_for(listing=listing),
        department=record.department,
        subject_code=record.subject_id,
        fields=fields,
        record_ref=record.ref,
    )


def is_listing(record: FailureRecord) -> bool:
    """Whether the decision put the firm on a list, so that the 告知书 of a listing goes with it."""
    return record.decided_on is None and record.listed_on is not None


def _tier(tier: Tier) -> dict[str, Any]:
    return {"title": tier.title, "department": tier.department, "external": tier.external, "organ": tier.organ}


def _listing_basis(verdict: Verdict) -> str | None:
    """The rule that opens the way off the list: the first one the Verdict explains, marked where it is not certain."""
    told = next((reason for reason in verdict.reasons if reason.basis and reason.effect == "explains"), None)
    if told is None:
        return None
    return str(told.basis) if told.certainty == "verified" else f"{told.basis}，待核实"


def _confirmed(record: FailureRecord, today: date) -> dict[str, Any]:
    """What the bureau has settled about the wording of the 告知书 (Q11), with the paper it did so by."""
    pack = pack_for(overrides_of(record.region_id))
    wording = pack.setting("wording", record.category, today)
    misprint = pack.setting("misprint", record.category, today)
    sure = wording is not None and wording.value == "confirmed" and wording.certainty == "verified"
    return {
        "misprint_corrected": misprint is not None and misprint.value is True,
        "wording_confirmed": str(wording.basis) if wording is not None and sure else None,
    }


def _start_text(verdict: Verdict) -> str | None:
    starts = {r.start_event for r in verdict.reasons if r.start_event and r.certainty == "verified"}
    return starts.pop() if len(starts) == 1 else None


def _reviewer(record: FailureRecord, tiers: Sequence[Mapping[str, Any]]) -> str | None:
    unit = next((one["department"] for one in tiers if one["department"] != "own"), None)
    if unit is None:
        return None
    return Department.objects.get(region_id=record.region_id, code=unit).name


def _day_before(day: date | None) -> date | None:
    return date.fromordinal(day.toordinal() - 1) if day else None
