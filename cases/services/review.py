"""Tiered review: 同意, 退回, 不予修复. Whoever opens only this file has seen the whole truth of an approval."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from cases.access import require_state
from cases.access_steps import access_step, require_four_eyes
from cases.deadlines import settle_clock
from cases.facts import judge_record
from cases.models import Case, FailureRecord, ReviewStep
from cases.services import messages
from cases.services.ladder import has_tier_after, is_external, open_tier
from cases.services.settle import Reason, check_reasons, settle
from cases.services.source_change import require_source_seen
from cases.services.upward import tell_upward
from cases.snapshot import case_papers, platform_reports
from cases.states import CaseState
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid, NotAllowed, WrongMoment
from creditrepair.tenancy.remembered import forget
from notices import services as notices
from sync import outbox


@transaction.atomic
def approve_step(actor: Actor, *, ref: str, step: UUID | str, comment: str, now: datetime) -> Case:
    """Record one tier's agreement to the step the page showed; open the next or, after the last, approve the case.

    Raises NotFound (404), NotAllowed (403: other tier, four eyes), WrongMoment (409: AlreadyDecided, not in review,
    SourceChanged while nobody has compared what the source changed), Invalid (422: verified law says not yet; a doubt without the officer's written opinion).
    """
    case, current = access_step(actor, ref, step)
    require_four_eyes(actor, case, current)
    require_state(case, CaseState.IN_REVIEW)
    _require_ours(case, current)
    require_source_seen(case)
    _require_lawful(case, comment, now)
    settle(current, ReviewStep.Status.AGREED, by=actor, at=now, comment=comment, case=case)
    following = has_tier_after(case, current)
    if following:
        open_tier(case, current.position + 1, now)
        save(case, now)
    else:
        grant(case, now)
    record_event(
        actor,
        "step_approved" if following else "approved",
        kind="case",
        thing=case.ref,
        application=case.application.ref,
        at=now,
        data={"tier": current.title, "comment": comment.strip(), "round": case.round},
    )
    if not following:
        transaction.on_commit(outbox.wake, robust=True)  # a dead broker does not undo a decision
        transaction.on_commit(notices.wake, robust=True)
    return case


def grant(case: Case, now: datetime) -> None:
    """After the last tier: the transition, the public register, the paper, both platforms, the message.

    Inside the transaction of the act that decides; the caller records the Event and wakes the workers on commit.
    """
    lock_record(case)
    case.approve()
    case.decided_at, case.holder, case.holder_tier = now, None, ""
    paper = notices.request(case_papers.of_approval(case, now), at=now)  # what was found, before the record ends
    case.decision = platform_reports.of_decision(case, paper, now)
    carry_out(case, now)
    messages.tell_decided(case, now=now)


def lock_record(case: Case) -> None:
    """Take the record's row for this transaction, and its present state onto `case`."""
    case.record = (
        FailureRecord.objects.select_for_update(of=("self",))
        .select_related("subject", "department")
        .get(region_id=case.region_id, pk=case.record_id)
    )


def carry_out(case: Case, now: datetime) -> None:
    """End the record in our register, save the case, and queue `case.decision` to both platforms."""
    record = case.record
    record.status, record.ended_on = FailureRecord.Status.ENDED, timezone.localdate(now)
    record.version += 1
    record.save(update_fields=["status", "ended_on", "version"])
    forget()  # the subject may stand on one list less
    save(case, now)
    outbox.enqueue_repair(
        case.region_id, case.room.targets, case.decision, version=record.version, thing=case.ref, now=now
    )
    tell_upward(record, case, now)


@transaction.atomic
def refuse_step(
    actor: Actor, *, ref: str, step: UUID | str, reasons: Sequence[Reason], comment: str, now: datetime
) -> Case:
    """不予修复 with coded reasons, by a tier of the responsible department; the coordinating tier may not refuse.

    Raises NotFound, NotAllowed, WrongMoment (SourceChanged among them), Invalid.
    """
    case, current = access_step(actor, ref, step)
    require_four_eyes(actor, case, current)
    require_state(case, CaseState.IN_REVIEW)
    _require_ours(case, current)
    if not case.tiers[current.position - 1].get("may_refuse", True):  # 县发改局协同复核 may only send back
        raise NotAllowed("协同复核可以说明理由退回，不能作出不予修复决定。", code="coordination_may_not_refuse")
    require_source_seen(case)
    outcome = check_reasons(case, reasons, "refused")
    settle(current, ReviewStep.Status.REFUSED, by=actor, at=now, comment=comment, case=case)
    refuse(case, outcome, now)
    record_event(
        actor,
        "refused",
        kind="case",
        thing=case.ref,
        application=case.application.ref,
        at=now,
        data={"reasons": outcome},
    )
    transaction.on_commit(outbox.wake, robust=True)
    transaction.on_commit(notices.wake, robust=True)
    return case


def refuse(case: Case, outcome: list[dict[str, str]], now: datetime) -> None:
    """不予修复: the transition, the paper with its remedies, the message; Event and waking are the caller's."""
    case.refuse()
    case.outcome, case.decided_at, case.holder, case.holder_tier = outcome, now, None, ""
    save(case, now)
    notices.request(case_papers.of_refusal(case, "refusal", now), at=now)
    messages.tell_decided(case, now=now)


@transaction.atomic
def return_step(actor: Actor, *, ref: str, step: UUID | str, comment: str, now: datetime) -> Case:
    """退回 to the tier before, with reasons: what a leader or the coordinating 发改局 does instead of refusing.

    Raises NotFound, NotAllowed, WrongMoment, Invalid (no reason; nothing before the first tier).
    """
    case, current = access_step(actor, ref, step)
    require_state(case, CaseState.IN_REVIEW)
    if not comment.strip():
        raise Invalid(fields={"comment": "退回须写明理由。"})
    if current.position <= 1:
        raise Invalid(fields={"comment": "已是第一级，不能再退回；可要求补正或不予修复。"})
    settle(current, ReviewStep.Status.RETURNED, by=actor, at=now, comment=comment, case=case)
    open_tier(case, current.position - 1, now)
    save(case, now)
    record_event(
        actor,
        "step_returned",
        kind="case",
        thing=case.ref,
        application=case.application.ref,
        at=now,
        data={"tier": current.title, "comment": comment.strip()},
    )
    return case


def _require_ours(case: Case, step: ReviewStep) -> None:
    if is_external(case, step):
        raise WrongMoment("本环节由上级决定，请登记其决定", code="external_step")


def _require_lawful(case: Case, comment: str, now: datetime) -> None:
    verdict = judge_record(case.record, timezone.localdate(now))
    if verdict.status == "needs_officer" and not comment.strip():
        raise Invalid(fields={"comment": "本件有待核实事项，请写明判断意见后再同意。"})
    if verdict.status in ("from_date", "not_repairable", "decided_elsewhere"):
        raise Invalid(f"现在不能准予修复：{verdict.reasons[0].text}", code="not_eligible")


def save(case: Case, now: datetime) -> None:
    """Write the case with its next version and the clock's present answer."""
    case.version += 1
    settle_clock(case, now)
    case.save()
