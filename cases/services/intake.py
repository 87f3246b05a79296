"""The first answers to a filing: 受理, 一次性告知补正, 不予受理; and the applicant's answer to a correction."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from cases.access import access_case, require_state
from cases.access_steps import access_step, require_four_eyes
from cases.deadlines import LOOK_AHEAD, calendar_between, settle_clock
from cases.facts import limits_for
from cases.models import Case, Correction, Material, ReviewStep, StoredFile
from cases.services import messages
from cases.services.filing import Authority, GivenMaterial, authority_text
from cases.services.filing_materials import require_safe
from cases.services.help import HELP_FROM_ROUND, offer_help
from cases.services.ladder import open_intake, open_tier
from cases.services.settle import Reason, check_reasons, settle
from cases.services.source_change import require_source_seen
from cases.snapshot import case_papers
from cases.states import CaseState
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor, in_region
from creditrepair.tenancy.errors import Invalid, NotAllowed
from notices import services as notices
from sync import outbox


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing to put right: `target` is a material code or field name; `code` a defect code of the room."""

    code: str
    target: str
    what: str
    article: str
    how: str


@transaction.atomic
def accept_case(actor: Actor, *, ref: str, step: UUID | str, comment: str, now: datetime) -> Case:
    """受理: settle the intake, open the first tier, issue the 受理通知书.

    Raises NotFound, NotAllowed (other tier, own filing), WrongMoment / AlreadyDecided.
    """
    case, current = access_step(actor, ref, step)
    require_four_eyes(actor, case, current)
    require_state(case, CaseState.SUBMITTED)
    settle(current, ReviewStep.Status.AGREED, by=actor, at=now, comment=comment, case=case)
    case.accept()
    case.accepted_at = now
    open_tier(case, 1, now)
    _save(case, now)
    notices.request(case_papers.of_acceptance(case, now), at=now)
    messages.tell_accepted(case, now=now)
    record_event(actor, "accepted", kind="case", thing=case.ref, application=case.application.ref, at=now)
    transaction.on_commit(outbox.wake, robust=True)
    transaction.on_commit(notices.wake, robust=True)
    return case


@transaction.atomic
def not_accept_case(
    actor: Actor, *, ref: str, step: UUID | str, reasons: Sequence[Reason], comment: str, now: datetime
) -> Case:
    """不予受理, with coded reasons and the remedies printed on the paper.

    Raises NotFound, NotAllowed, WrongMoment, Invalid (no coded reason, or one the room does not know).
    """
    case, current = access_step(actor, ref, step)
    require_four_eyes(actor, case, current)
    require_state(case, CaseState.SUBMITTED)
    require_source_seen(case)
    outcome = check_reasons(case, reasons, "not_accepted")
    settle(current, ReviewStep.Status.REFUSED, by=actor, at=now, comment=comment, case=case)
    case.not_accept()
    case.outcome, case.decided_at, case.holder, case.holder_tier = outcome, now, None, ""
    _save(case, now)
    notices.request(case_papers.of_refusal(case, "non_acceptance", now), at=now)
    messages.tell_decided(case, now=now)
    record_event(
        actor,
        "not_accepted",
        kind="case",
        thing=case.ref,
        application=case.application.ref,
        at=now,
        data={"reasons": outcome},
    )
    transaction.on_commit(outbox.wake, robust=True)
    transaction.on_commit(notices.wake, robust=True)
    return case


@transaction.atomic
def ask_for_correction(
    actor: Actor,
    *,
    ref: str,
    step: UUID | str,
    defects: Sequence[Defect],
    novelty_reason: str = "",
    comment: str = "",
    now: datetime,
) -> Case:
    """一次性告知补正: every defect at once; the clock stops. A new kind of defect in a later round needs a reason.

    Raises NotFound, NotAllowed, WrongMoment, Invalid (no defect, unknown code, novelty without a reason).
    """
    case, current = access_step(actor, ref, step)
    require_four_eyes(actor, case, current)
    require_state(case, CaseState.SUBMITTED, CaseState.IN_REVIEW)
    _check_defects(case, defects, novelty_reason)
    asked_in = case.state
    settle(current, ReviewStep.Status.CORRECTION, by=actor, at=now, comment=comment, case=case)
    correction = Correction.objects.create(
        region_id=case.region_id,
        case=case,
        round=case.round,
        items=[asdict(defect) for defect in defects],
        novelty_reason=novelty_reason.strip(),
        asked_at=now,
        asked_by_id=actor.person_id,
        asked_in=asked_in,
        due_on=_answer_day(case, now),
    )
    case.ask_correction()
    case.holder, case.holder_tier = case.department, "handler"
    _save(case, now)
    notices.request(case_papers.of_correction(case, correction, now), at=now)
    messages.tell_correction(case, correction, now=now)
    if case.round >= HELP_FROM_ROUND:
        offer_help(case, now=now)
    record_event(
        actor,
        "correction_asked",
        kind="case",
        thing=case.ref,
        application=case.application.ref,
        at=now,
        data={"round": case.round, "items": correction.items, "novelty_reason": correction.novelty_reason},
    )
    transaction.on_commit(outbox.wake, robust=True)
    transaction.on_commit(notices.wake, robust=True)
    return case


@transaction.atomic
def answer_correction(
    actor: Actor, *, ref: str, materials: Sequence[GivenMaterial], answer: str, now: datetime,
    authority: Authority | None = None, evidence: GivenMaterial | None = None,
) -> Case:  # fmt: skip
    """The applicant's answer: only the flagged parts may be replaced; the clock goes on where it stopped.

    authority, evidence   on what a clerk answers for the firm, and its scan; recorded with the answer
    Raises NotFound, NotAllowed, WrongMoment (no correction open), Invalid (a part was not flagged, or is missing; a
    clerk without authority).
    """
    case = access_case(actor, ref, to="correct", lock=True)
    require_state(case, CaseState.CORRECTION)
    if actor.subject is None and (authority is None or not authority.evidence.strip()):
        raise Invalid(fields={"evidence": "代为补正须先登记授权依据。"})
    correction = Correction.objects.select_for_update().get(
        region_id=case.region_id, case=case, answered_at__isnull=True
    )
    flagged = {item["target"] for item in correction.items}
    given = {material.code: material for material in materials}
    if set(given) - flagged:
        raise Invalid(fields=dict.fromkeys(set(given) - flagged, "该项已通过，无需重填。"))
    still = {code: "请按告知的要求补正本项。" for code in flagged if not _is_answered(given.get(code), answer)}
    if still:
        raise Invalid(fields=still)
    _replace(actor, case, given | ({evidence.code: evidence} if evidence else {}), now)
    correction.answered_at, correction.answer = now, answer.strip()
    correction.save(update_fields=["answered_at", "answer"])
    case.round += 1
    if correction.asked_in == CaseState.IN_REVIEW:
        case.answer_in_review()
        last = case.steps.filter(status=ReviewStep.Status.CORRECTION).order_by("-settled_at").first()
        open_tier(case, max(1, last.position if last else 1), now)
    else:
        case.answer_before_acceptance()
        open_intake(case, now)
    _save(case, now)
    record_event(
        in_region(actor, case.region_id),
        "correction_answered",
        kind="case",
        thing=case.ref,
        application=case.application.ref,
        on_behalf_of=case.subject_id,
        authority=authority_text(authority) if actor.subject is None else "",
        at=now,
        data={"materials": sorted(given), "answer": answer.strip()},
    )
    return case


@transaction.atomic
def close_unanswered(actor: Actor, *, ref: str, reasons: Sequence[Reason], comment: str, now: datetime) -> Case:
    """An officer ends a case whose correction was never answered, with coded reasons: 不予受理, or 不予修复 in review.

    Never done by a job. Raises NotFound, NotAllowed, WrongMoment (no correction open), Invalid (reasons).
    """
    case = access_case(actor, ref, to="decide", lock=True)
    require_state(case, CaseState.CORRECTION)
    if case.application.filed_by_id == actor.user_id:
        raise NotAllowed("本件由您在窗口代为提交，须由他人办理。", code="own_filing")
    open_one = Correction.objects.select_for_update().get(region_id=case.region_id, case=case, answered_at__isnull=True)
    in_review = open_one.asked_in == CaseState.IN_REVIEW
    case.outcome = check_reasons(case, reasons, "refused" if in_review else "not_accepted")
    if in_review:
        case.refuse()
    else:
        case.not_accept()
    open_one.answered_at, open_one.answer = now, f"逾期未补正，由经办人员办结：{comment.strip()}"
    open_one.save(update_fields=["answered_at", "answer"])
    case.decided_at, case.holder, case.holder_tier = now, None, ""
    _save(case, now)
    notices.request(case_papers.of_refusal(case, "refusal" if in_review else "non_acceptance", now), at=now)
    messages.tell_decided(case, now=now)
    record_event(
        actor,
        "refused" if in_review else "not_accepted",
        kind="case",
        thing=case.ref,
        application=case.application.ref,
        at=now,
        data={"reasons": case.outcome, "comment": comment.strip(), "unanswered_correction": True},
    )
    transaction.on_commit(outbox.wake, robust=True)
    transaction.on_commit(notices.wake, robust=True)
    return case


def _answer_day(case: Case, now: datetime) -> date | None:
    """The last day for the answer, by a verified rule or the region's setting; None while nobody has set one (Q2)."""
    limits = limits_for(case.record, timezone.localdate(case.submitted_at))
    by_rule = None if limits.correction_doubt else limits.correction_wd
    days = by_rule or case.region.settings.get("correction_wd")
    if not days:
        return None
    today = timezone.localdate(now)
    return calendar_between(today, today + LOOK_AHEAD, case.region_id).add_working_days(today, int(days)).day


def _is_answered(material: GivenMaterial | None, answer: str) -> bool:
    if material is None:
        return bool(answer.strip())
    return bool(material.file_uuid or material.statement.strip())


def _check_defects(case: Case, defects: Sequence[Defect], novelty_reason: str) -> None:
    if not defects:
        raise Invalid(fields={"defects": "请一次列明全部需补正的事项。"})
    known = {code.code for code in case.room.defects("correction")}
    unknown = [defect.code for defect in defects if defect.code not in known]
    if unknown:
        raise Invalid(fields={"defects": f"没有该补正原因代码：{'、'.join(unknown)}。"})
    earlier = {item["code"] for c in Correction.objects.filter(region_id=case.region_id, case=case) for item in c.items}
    new = {defect.code for defect in defects} - earlier
    if earlier and new and not novelty_reason.strip():
        raise Invalid(fields={"novelty_reason": "第二轮提出新的问题，须书面说明理由，监管人员可见。"})


def _replace(actor: Actor, case: Case, given: dict[str, GivenMaterial], now: datetime) -> None:
    for code, material in given.items():
        file = None
        if material.file_uuid:
            file = StoredFile.objects.filter(
                region_id=case.region_id, uuid=material.file_uuid, owner_id=actor.user_id
            ).first()
            if file is None:
                raise Invalid(fields={code: "文件没有找到，请重新上传。"})
            require_safe(file, code)
        fresh = Material.objects.create(
            region_id=case.region_id,
            application=case.application,
            case=case,
            code=code,
            title=material.title,
            file=file,
            statement=material.statement,
            level=material.level,
            source=material.source,
            round=case.round + 1,
            added_at=now,
        )
        Material.objects.filter(
            region_id=case.region_id, application=case.application, case=case, code=code, replaced_by__isnull=True
        ).exclude(pk=fresh.pk).update(replaced_by=fresh)


def _save(case: Case, now: datetime) -> None:
    case.version += 1
    settle_clock(case, now)
    case.save()
