"""What was decided, as data: the fields of papers and the messages to the platforms. Later rows never change them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from cases.categories import pack_for, room
from cases.categories.base import EFFECTS, Tier
from cases.deadlines import clock_of
from cases.facts import facts_of, judge_record, limits_for
from cases.flowchart import Stage, for_paper
from cases.law import ClockState, Verdict
from cases.law.regimes import NDRC_36
from cases.models import Case, Correction, Extension, FailureRecord
from cases.overrides import overrides_of
from creditrepair.tenancy.models import Department
from notices.kinds import notice_kind_for
from notices.models import Notice
from notices.services import PaperRequest


def of_record(record: FailureRecord) -> dict[str, Any]:
    """What a platform publishes of a collected record (exchange §9, record-report/1)."""
    return {
        "record_key": record.record_key,
        "category": record.category,
        "category_text": room(record.category).title,
        "doc_no": record.doc_no,
        "doc_date": _iso(record.decided_on or record.listed_on),
        "subject_code": record.subject_id,
        "subject_name": record.subject_name,
        "authority_code": record.department.credit_code,
        "authority_name": record.department.name,
        "severity": record.severity,
        "published_on": _iso(record.published_on or timezone.localdate(record.received_at)),
    }


def of_decision(case: Case, paper: Notice, now: datetime) -> dict[str, Any]:
    """The decision as the platforms are told (exchange §8, repair-result/1): minimal, no ID number, no phone."""
    record = case.record
    verdict = judge_record(record, timezone.localdate(now))
    return {
        **{k: v for k, v in of_record(record).items() if k != "published_on"},
        "outcome": "granted",
        "effect": case.room.effect(facts_of(record)),
        "decision_no": paper.number,
        "decision_date": timezone.localdate(now).isoformat(),
        "effective_at": now.astimezone(timezone.get_current_timezone()).isoformat(timespec="seconds"),
        "basis": [
            {"rule": verdict.regime, "order": r.basis.name, "number": r.basis.number, "article": r.basis.article or ""}
            for r in verdict.reasons
            if r.basis
        ],
        "decision_sha256": paper.snapshot_sha256,
        "verify_url": paper.snapshot["verify_url"],
        "decided_elsewhere": decided_elsewhere(case),
    }


def decided_elsewhere(case: Case) -> dict[str, str] | None:
    """{organ, paper} of the latest agreement that came from outside (a court, a superior), None where we decided."""
    step = case.steps.exclude(external={}).filter(status="agreed").order_by("-settled_at").first()
    return {"organ": step.external["organ"], "paper": step.external["paper_no"]} if step else None


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
        **_subject(record),
        "market": record.market,
        "decision_title": "列入决定书" if listing else "行政处罚决定书",
        "doc_no": record.doc_no or None,
        "decided_on": record.decided_on or record.listed_on or today,
        "severity_text": record.get_severity_display() if record.severity != "unset" else None,
        "earliest_on": verdict.earliest,
        "ends_on": verdict.publication_ends,
        "materials": [material.title for material in own.materials(facts)],
        "verdict_reasons": _reasons(verdict)[:3],  # the sheet is one leaf; all reasons stand behind its code
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


def of_acceptance(case: Case, now: datetime) -> PaperRequest:
    clock = clock_of(case, timezone.localdate(now))
    days = limits_for(case.record, timezone.localdate(case.submitted_at))
    fields = {
        **_filing(case),
        "basis": _basis_text(case, now),
        "decide_days": days.decide_wd,
        "due_on": clock.promised.day if clock.promised else None,
        "due_provisional": clock.promised.provisional_text if clock.promised else "",
        **_remedies(case, timezone.localdate(now)),
    }
    for name in ("reconsideration_channel", "reconsideration_first"):
        fields.pop(name)  # against silence reconsideration comes first, by any channel
    return _paper("acceptance", case, fields)


def of_correction(case: Case, correction: Correction, now: datetime) -> PaperRequest:
    titles = {m.code: m.title for m in case.room.materials(facts_of(case.record))}
    fields = {
        **_filing(case),
        "basis": _basis_text(case, now),
        "items": [
            {
                "where": titles.get(item["target"], item["target"]),
                "what": item["what"],
                "article": item["article"] or None,
                "how": item["how"],
            }
            for item in correction.items
        ],
        "answer_by": correction.due_on,
    }
    return _paper("correction", case, fields)


def of_refusal(case: Case, kind: str, now: datetime) -> PaperRequest:
    """不予受理 (`non_acceptance`) or 不予修复 (`refusal`): coded reasons, the next possible day, the remedies."""
    verdict = judge_record(case.record, timezone.localdate(now))
    fields = {
        **_filing(case),
        "basis": _basis_text(case, now),
        "reasons": _told(case.outcome),
        "earliest_on": verdict.earliest if verdict.status == "from_date" else None,
        **_remedies(case, timezone.localdate(now)),
    }
    if kind == "refusal":
        fields["accepted_on"] = timezone.localdate(case.accepted_at) if case.accepted_at else None
    return _paper(kind, case, fields)


def of_approval(case: Case, now: datetime) -> PaperRequest:
    verdict = judge_record(case.record, timezone.localdate(now))
    effect = EFFECTS[case.room.effect(facts_of(case.record))]
    fields = {
        **_filing(case),
        "basis": _basis_text(case, now),
        "findings": _reasons(verdict),
        "effect": _effect_words(case, effect),
    }
    return _paper("approval", case, fields)


def of_extension(
    case: Case, extension: Extension, before: ClockState, after: ClockState, now: datetime
) -> PaperRequest:
    """延期通知书: why, how many working days, and the promised day before and after (none while a correction is open)."""
    assert case.accepted_at is not None
    promised = None if after.paused else after.promised
    remedies = _remedies(case, timezone.localdate(now))
    fields = {
        **_filing(case),
        "accepted_on": timezone.localdate(case.accepted_at),
        "basis": _rule_basis(case, "extension_days", timezone.localdate(case.submitted_at)),
        "working_days": extension.working_days,
        "reason": extension.reason,
        "due_before": before.promised.day if before.promised and promised else None,
        "due_on": promised.day if promised else None,
        "due_provisional": promised.provisional_text if promised else "",
        "remedy_row": remedies["remedy_row"],
        "reconsideration_organ": remedies["reconsideration_organ"],
    }
    return _paper("extension", case, fields)


def of_correction_letter(case: Case, now: datetime) -> PaperRequest:
    """更正函 for sites of third parties: what was repaired, by which decision, since when. Nobody's name but the firm's.

    The decision is told as it was told to the platforms (`case.decision`), so a court's or superior's stands as theirs.
    """
    assert case.decided_at is not None
    outside = case.decision.get("decided_elsewhere")
    effect = EFFECTS[case.decision["effect"]]
    fields = {
        **_subject(case.record),
        "records": _filing(case)["records"],
        "basis": _basis_of_decision(case),
        "decision_title": "决定文书" if outside else "准予信用修复决定书",
        "decision_no": (outside or {}).get("paper") or case.decision["decision_no"],
        "deciding_organ": (outside or {}).get("organ") or case.department.name,
        "effective_on": timezone.localdate(case.decided_at),
        "repaired_on": timezone.localdate(now),
        "effect": _effect_words(case, effect),
    }
    return _paper("correction_letter", case, fields)


def of_revocation(
    case: Case, reasons: Sequence[Mapping[str, str]], consequences: Sequence[Mapping[str, str]], now: datetime
) -> PaperRequest:
    """撤销修复决定书 of a case that was approved: what was found, what follows, the remedies.

    reasons, consequences   {code, text, article}; article "" where no rule is certain, printed as 待核实
    """
    assert case.decided_at is not None
    fields = {
        **_filing(case),
        "basis": _rule_basis(case, "false_material", timezone.localdate(now)),
        "granted_no": case.decision["decision_no"],
        "granted_on": timezone.localdate(case.decided_at),
        "reasons": _told(reasons),
        "consequences": _told(consequences),
        **_remedies(case, timezone.localdate(now)),
    }
    return _paper("revocation", case, fields)


def of_objection_answer(
    record: FailureRecord,
    *,
    objection_no: str,
    objected_on: date,
    matter: str,
    result: str,
    findings: Sequence[Mapping[str, str]],
    measures: str | None,
    now: datetime,
    case_ref: str = "",
    application_ref: str = "",
) -> PaperRequest:
    """异议答复书 about a record, answered by its unit. No rule that we know names a way against it, so none is told.

    result     upheld, partly or rejected; findings: {code, text, article}
    case_ref   the case of the objection, if it is one
    """
    fields = {
        **_subject(record),
        "records": _records(record, record.department.name),
        "basis": _objection_basis(record, timezone.localdate(now)),
        "objection_no": objection_no,
        "objected_on": objected_on,
        "matter": matter,
        "result": result,
        "findings": _told(findings),
        "measures": measures,
    }
    return PaperRequest(
        kind="objection_answer",
        department=record.department,
        subject_code=record.subject_id,
        fields=fields,
        case_ref=case_ref,
        application_ref=application_ref,
    )


def _told(reasons: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    return [{"code": one["code"], "text": one["text"], "article": one["article"] or None} for one in reasons]


def _objection_basis(record: FailureRecord, day: date) -> str | None:
    """That objections go to the unit is verified for the general regime only; None (待核实) for the market field."""
    return str(NDRC_36.basis()) if not record.market and day >= NDRC_36.in_force_from else None


def _effect_words(case: Case, effect: str) -> str:
    return f"{effect}{case.room.title.removesuffix('信息')}" if effect == "移出" else effect


def _basis_of_decision(case: Case) -> str | None:
    """The first two orders the decision rests on, as it says itself."""
    names = [f"《{told['order']}》（{told['number']}）" for told in case.decision.get("basis", [])]
    return "、".join(dict.fromkeys(names[:2])) or None


def _rule_basis(case: Case, governs: str, day: date) -> str | None:
    """The verified rule about a matter that was in force on a day for this record; None where nobody has told us."""
    record = case.record
    pack = pack_for(overrides_of(case.region_id))
    rows = pack.rows(governs, record.category, day, market=record.market)
    sure = [str(row.basis) for row in rows if row.value is not None and row.certainty == "verified"]
    return sure[-1] if sure else None  # national rows come first: what the bureau has settled stands last


def _paper(kind: str, case: Case, fields: dict[str, Any]) -> PaperRequest:
    return PaperRequest(
        kind=kind,
        department=case.department,
        subject_code=case.subject_id,
        fields=fields,
        case_ref=case.ref,
        record_ref="",
        application_ref=case.application.ref,
    )


def _subject(record: FailureRecord) -> dict[str, Any]:
    return {"subject_name": record.subject_name, "subject_code": record.subject_id}


def _filing(case: Case) -> dict[str, Any]:
    record = case.record
    return {
        **_subject(record),
        "applied_on": timezone.localdate(case.submitted_at),
        "application_no": case.application.filing_no,
        "records": _records(record, case.department.name),
    }


def _records(record: FailureRecord, organ: str) -> list[dict[str, Any]]:
    return [
        {
            "category": room(record.category).title,
            "doc_no": record.doc_no or None,
            "decided_on": record.decided_on or record.listed_on,
            "organ": organ,
        }
    ]


def _reasons(verdict: Verdict) -> list[dict[str, Any]]:
    return [
        {"code": f"r{n}", "text": reason.text, "article": str(reason.basis) if reason.basis else None}
        for n, reason in enumerate(verdict.reasons, start=1)
    ]


def _basis_text(case: Case, now: datetime) -> str | None:
    verdict = judge_record(case.record, timezone.localdate(now))
    names: list[str] = []
    for reason in verdict.reasons:
        if reason.basis and str(reason.basis) not in names:
            names.append(str(reason.basis))
    return "、".join(names[:2]) or None


def _start_text(verdict: Verdict) -> str | None:
    starts = {r.start_event for r in verdict.reasons if r.start_event and r.certainty == "verified"}
    return starts.pop() if len(starts) == 1 else None


def _reviewer(record: FailureRecord, tiers: Sequence[Mapping[str, Any]]) -> str | None:
    unit = next((one["department"] for one in tiers if one["department"] != "own"), None)
    if unit is None:
        return None
    return Department.objects.get(region_id=record.region_id, code=unit).name


def _remedies(case: Case, today: date) -> dict[str, Any]:
    """Row of remedies, organ, online channel and order: from the room, the unit's directory entry and the region's answers."""
    row = remedy_row(case.room.remedy, case.department.reconsideration_organ)
    pack = pack_for(overrides_of(case.region_id))
    # National rows come before the region's own, so what the bureau has settled stands last.
    told = {rule.variant: str(rule.value) for rule in pack.rows("remedy", case.record.category, today) if rule.value}
    organ = case.department.reconsideration_organ or (told.get("organ_c") if row == "c" else None)
    return {
        "remedy_row": row,
        "reconsideration_organ": organ or None,
        "reconsideration_channel": told.get("channel"),
        "reconsideration_first": told.get("order") == "first",
    }


def remedy_row(of_room: str, organ: str) -> str:
    """The letter of the remedies (law rows `remedy.a` to `remedy.e`) for a refusal by a unit with this 行政复议机关.

    A room that is decided by tax or court says so itself; else the organ told in the directory tells the kind of unit,
    and none told is that of a centrally run unit, whose organ is a setting (Q10).
    """
    if of_room != "a":
        return of_room
    if not organ:
        return "c"
    return "b" if "税务" in organ else "a"


def _day_before(day: date | None) -> date | None:
    return date.fromordinal(day.toordinal() - 1) if day else None


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
