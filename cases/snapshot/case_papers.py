"""The papers of a case, as data: from 受理通知书 to 撤销修复决定书."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from cases.categories import pack_for
from cases.categories.base import EFFECTS
from cases.deadlines import clock_of
from cases.facts import facts_of, judge_record, limits_for
from cases.law import ClockState
from cases.models import Case, Correction, Extension
from cases.overrides import overrides_of
from cases.snapshot.paper_fields import record_rows, subject_fields, told_reasons, verdict_reasons
from cases.snapshot.remedies import remedies_of
from notices.services import PaperRequest


def of_acceptance(case: Case, now: datetime) -> PaperRequest:
    clock = clock_of(case, timezone.localdate(now))
    days = limits_for(case.record, timezone.localdate(case.submitted_at))
    fields = {
        **_filing(case),
        "basis": _basis_text(case, now),
        "decide_days": days.decide_wd,
        "due_on": clock.promised.day if clock.promised else None,
        "due_provisional": clock.promised.provisional_text if clock.promised else "",
        **remedies_of(case, timezone.localdate(now)),
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
        "reasons": told_reasons(case.outcome),
        "earliest_on": verdict.earliest if verdict.status == "from_date" else None,
        **remedies_of(case, timezone.localdate(now)),
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
        "findings": verdict_reasons(verdict),
        "effect": _effect_words(case, effect),
    }
    return _paper("approval", case, fields)


def of_extension(
    case: Case, extension: Extension, before: ClockState, after: ClockState, now: datetime
) -> PaperRequest:
    """延期通知书: why, how many working days, and the promised day before and after (none while a correction is open)."""
    assert case.accepted_at is not None
    promised = None if after.paused else after.promised
    remedies = remedies_of(case, timezone.localdate(now))
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
        **subject_fields(case.record),
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
        "reasons": told_reasons(reasons),
        "consequences": told_reasons(consequences),
        **remedies_of(case, timezone.localdate(now)),
    }
    return _paper("revocation", case, fields)


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


def _filing(case: Case) -> dict[str, Any]:
    record = case.record
    return {
        **subject_fields(record),
        "applied_on": timezone.localdate(case.submitted_at),
        "application_no": case.application.filing_no,
        "records": record_rows(record, case.department.name),
    }


def _basis_text(case: Case, now: datetime) -> str | None:
    verdict = judge_record(case.record, timezone.localdate(now))
    names: list[str] = []
    for reason in verdict.reasons:
        if reason.basis and str(reason.basis) not in names:
            names.append(str(reason.basis))
    return "、".join(names[:2]) or None
