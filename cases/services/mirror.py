"""结果互认: what an organ decided on a platform ends (or restores) the record here and is told to the other platforms.

Nobody applies a second time, nobody here decides: the paper is theirs. Called inside the transaction of a caller that
holds the region; `recognise` (what a feed told) and `differences` (what a person accepted) are the two.
"""

from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils import timezone

from cases.facts import judge_record
from cases.models import Application, Case, Correction, FailureRecord, ReviewStep
from cases.query_codes import query_code_hash, query_code_of
from cases.services import messages, review
from cases.services.eligibility import judgement
from cases.services.external import mirrored_decision
from cases.services.ladder import pin_ladder
from cases.services.opening import new_filing_no
from cases.services.remind_told import release
from cases.services.settle import settle
from cases.services.upward import tell_upward
from cases.states import OPEN_STATES, CaseState
from creditrepair.audit.chain import Line, record_all
from creditrepair.tenancy.actor import system_actor
from creditrepair.tenancy.errors import Invalid, WrongMoment
from sync import outbox
from sync.messages import canonical_json
from sync.models import InboundChange
from sync.targets import target as target_of

WITHDRAWN = "withdrawn"


def day_of(text: str) -> date | None:
    """A date as a form or a feed writes it (2026-11-23); None where it is none."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def require_paper(change: InboundChange, now: datetime) -> None:
    """Raises Invalid (by field) unless somebody named decided it, by a named paper, on a day that was."""
    faults = {}
    if not change.organ:
        faults["organ"] = "请填写作出决定的机关。"
    if not change.paper:
        faults["paper"] = "请填写决定文书的文号。"
    if change.decided_on is None or change.decided_on > timezone.localdate(now):
        faults["decided_on"] = "请填写决定日期，不能晚于今天。"
    if faults:
        raise Invalid(fields=faults)


def open_case_of(region: str, record_key: str) -> Case | None:
    """The case under way on a record, locked before the record, as everywhere."""
    return (
        Case.objects.select_for_update(of=("self",))
        .select_related("application", "department", "subject")
        .filter(region_id=region, record__record_key=record_key, state__in=[*OPEN_STATES, CaseState.APPROVED])
        .first()
    )


def end_there(change: InboundChange, record: FailureRecord, *, now: datetime) -> Case:
    """End a published record because the platform of `change` shows an organ's decision; returns its case, approved.

    A case under way is settled as decided elsewhere and its applicant told; without one, a case stands for the paper.
    The platform that decided is not told again: one message for each other platform. Raises WrongMoment if the record's
    case is already approved here.
    """
    paper = {
        "organ": change.organ,
        "paper_no": change.paper,
        "decided_on": change.decided_on.isoformat() if change.decided_on else "",
        "outcome": "agreed",
    }
    case = open_case_of(record.region_id, record.record_key)
    if case is not None and case.state == CaseState.APPROVED:
        raise WrongMoment("本单位已准予修复，正在同步平台。", code="approved_here")
    asked_here = case is not None
    if case is None:
        case = _case_for(change, record, now)
    case.record = record
    _to_review(case, now)
    _settle_outside(case, paper, now)
    case.approve()
    case.decided_at, case.holder, case.holder_tier = now, None, ""
    case.decision = _decision(case, change, paper, now)
    withdrawn = change.change == WITHDRAWN
    record.status = FailureRecord.Status.WITHDRAWN if withdrawn else FailureRecord.Status.ENDED
    record.ended_on = timezone.localdate(now)
    record.version = max(record.version + 1, change.version)
    record.save(update_fields=["status", "ended_on", "version"])
    release(record.region_id, [record.pk], now=now)
    review.save(case, now)
    others = [code for code in case.room.targets if code != change.target]
    outbox.enqueue_repair(record.region_id, others, case.decision, version=record.version, thing=case.ref, now=now)
    tell_upward(record, case, now)
    if asked_here:
        messages.tell_decided(case, now=now)
    _record(case, change, "approved", now)
    transaction.on_commit(outbox.wake, robust=True)
    return case


def restore_there(change: InboundChange, record: FailureRecord, case: Case, *, now: datetime) -> None:
    """Take back an ending that came from this very platform: the organ that decided it there has revoked it."""
    case.revoke()
    case.decided_at = now
    decision = {
        **{name: value for name, value in case.decision.items() if name != "decision_sha256"},
        "outcome": "revoked",
        "effect": "restore",
        "decision_no": change.paper,
        "decision_date": change.decided_on.isoformat() if change.decided_on else "",
        "effective_at": timezone.localtime(now).isoformat(timespec="seconds"),
        "decided_elsewhere": {"organ": change.organ, "paper": change.paper},
    }
    case.decision = {**decision, "decision_sha256": sha256(canonical_json(decision)).hexdigest()}
    record.status, record.ended_on = FailureRecord.Status.PUBLISHED, None
    record.version = max(record.version + 1, change.version)
    record.save(update_fields=["status", "ended_on", "version"])
    review.save(case, now)
    tell_again(record, [code for code in case.room.targets if code != change.target], now=now)
    _record(case, change, "revoked", now)
    transaction.on_commit(outbox.wake, robust=True)


def tell_again(record: FailureRecord, targets: Sequence[str], *, now: datetime) -> None:
    """Queue the standing decision of the record's latest case to these platforms, in the record's present version."""
    case = (
        Case.objects.filter(region_id=record.region_id, record=record, state__in=("approved", "repaired", "revoked"))
        .order_by("-decided_at")
        .first()
    )
    if case is None or not case.decision:
        raise WrongMoment("没有可以重新推送的决定，请登记说明，并联系平台更正。", code="no_decision")
    outbox.enqueue_repair(record.region_id, targets, case.decision, version=record.version, thing=case.ref, now=now)


def _case_for(change: InboundChange, record: FailureRecord, now: datetime) -> Case:
    """The filing that nobody made, and its case: the decision needs a place in the register."""
    region, today = record.region_id, timezone.localdate(now)
    token = (
        "mirrored-" + sha256(f"{change.target}|{record.ref}|{change.paper}|{record.version}".encode()).hexdigest()[:40]
    )
    verdict = judge_record(record, today)
    application = Application.objects.create(
        region_id=region,
        filing_no=new_filing_no(now),
        form_token=token,
        query_code_hash=query_code_hash(query_code_of(token, region)),
        subject=record.subject,
        channel=Application.Channel.PLATFORM,
        came_from=change.target,
        committed_by=change.organ[:50],
        committed_at=now,
        submitted_at=now,
    )
    case = Case(
        region_id=region,
        application=application,
        record=record,
        subject=record.subject,
        category=record.category,
        department=record.department,
        regime=verdict.regime,
        tiers=pin_ladder(record, today),
        record_version=record.version,
        verdict=judgement(record, today, verdict),
        submitted_at=now,
    )
    review.save(case, now)
    return case


def _to_review(case: Case, now: datetime) -> None:
    """Bring a case from wherever it stands to where a decision may settle it: its open step is cancelled, not decided."""
    ReviewStep.objects.filter(region_id=case.region_id, case=case, status=ReviewStep.Status.OPEN).update(
        status=ReviewStep.Status.CANCELLED, settled_at=now, comment="平台已作出决定，结果互认",
        claimed_by=None, claimed_until=None,
    )  # fmt: skip
    if case.state == CaseState.SUBMITTED:
        case.accept()
        case.accepted_at = now
    elif case.state == CaseState.CORRECTION:
        Correction.objects.filter(region_id=case.region_id, case=case, answered_at=None).update(
            answered_at=now, answer="平台已作出决定，无需补正"
        )
        case.answer_in_review()
        case.accepted_at = case.accepted_at or now
    else:
        return
    review.save(case, now)


def _settle_outside(case: Case, paper: dict[str, str], now: datetime) -> None:
    step = ReviewStep.objects.create(
        region_id=case.region_id,
        case=case,
        round=case.round,
        position=len(case.tiers),
        tier="platform",
        title="平台显示的决定（结果互认）",
        department=case.department,
        opened_at=now,
        external=paper,
    )
    settle(step, ReviewStep.Status.AGREED, by=system_actor(case.region_id), at=now, comment="", case=case)


def _decision(case: Case, change: InboundChange, paper: dict[str, str], now: datetime) -> dict[str, Any]:
    """As for any decision taken outside, with the platform it came from; a withdrawal is told as what it is."""
    made = mirrored_decision(case, paper, now)
    if change.change == WITHDRAWN:
        made = {**made, "outcome": "withdrawn_by_authority"}
    made = {name: value for name, value in made.items() if name != "decision_sha256"}
    return {
        **made,
        "decision_sha256": sha256(canonical_json(made)).hexdigest(),
        "mirrored_from": change.target,
    }


def _record(case: Case, change: InboundChange, verb: str, now: datetime) -> None:
    """What the platform told as one Event, what it led to as the next."""
    told = {
        "platform": target_of(change.target).title,
        "organ": change.organ,
        "paper_no": change.paper,
        "decided_on": change.decided_on.isoformat() if change.decided_on else "",
        "version": change.version,
    }
    about = {"kind": "case", "thing": case.ref, "application": case.application.ref}
    lines = [Line("recognised", data=told, **about), Line(verb, data={"tier": "结果互认"}, **about)]
    record_all(system_actor(case.region_id), lines, at=now)
