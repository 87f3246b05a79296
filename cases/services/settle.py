"""Settling a step, and the coded reasons of a negative answer: shared by intake and review."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.utils import timezone

from cases.models import Case, ReviewStep
from cases.services.eligibility import judgement
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import AlreadyDecided, Invalid


@dataclass(frozen=True, slots=True)
class Reason:
    """A coded reason of 不予受理 or 不予修复, tied to an article; `text` may add to the room's wording."""

    code: str
    text: str
    article: str


def settle(step: ReviewStep, status: str, *, by: Actor, at: datetime, comment: str, case: Case) -> None:
    """Settle `step` once, with the Verdict of that day (inputs, pack hash, trace), by compare-and-swap on its status."""
    verdict = judgement(case.record, timezone.localdate(at))
    changed = ReviewStep.objects.filter(region_id=case.region_id, pk=step.pk, status=ReviewStep.Status.OPEN).update(
        status=status,
        settled_at=at,
        settled_by_id=by.user_id,
        comment=comment.strip(),
        verdict=verdict,
        claimed_by=None,
        claimed_until=None,
    )
    if not changed:
        raise AlreadyDecided("其他审核人员", "刚才")
    step.status, step.settled_at, step.verdict = status, at, verdict


def check_reasons(case: Case, reasons: Sequence[Reason], outcome: str) -> list[dict[str, str]]:
    """Reasons as stored on the case. Raises Invalid unless each code is one of the room's for this outcome."""
    if not reasons:
        raise Invalid(fields={"reasons": "请至少选择一项理由。"})
    known = {code.code: code for code in case.room.defects(outcome)}
    unknown = [reason.code for reason in reasons if reason.code not in known]
    if unknown:
        raise Invalid(fields={"reasons": f"该结论没有此理由代码：{'、'.join(unknown)}。"})
    return [
        asdict(
            Reason(
                reason.code,
                reason.text.strip() or known[reason.code].text,
                reason.article or known[reason.code].article,
            )
        )
        for reason in reasons
    ]
