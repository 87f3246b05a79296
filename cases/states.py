"""The states of a case and the legal moves: one table, for django-fsm, the database guard and the flowchart (附件3)."""

from django.db import models


class CaseState(models.TextChoices):
    SUBMITTED = "submitted", "已提交，待受理"
    CORRECTION = "correction", "需要补正"
    IN_REVIEW = "in_review", "审核中"
    APPROVED = "approved", "已准予，正在同步平台"
    REPAIRED = "repaired", "已修复"
    REFUSED = "refused", "不予修复"
    NOT_ACCEPTED = "not_accepted", "不予受理"
    WITHDRAWN = "withdrawn", "已撤回"
    REVOKED = "revoked", "修复决定已撤销"


S = CaseState

# verb → (from states, to state). `answer_correction` returns to the state that asked, hence two targets.
MOVES: dict[str, tuple[tuple[CaseState, ...], tuple[CaseState, ...]]] = {
    "accept": ((S.SUBMITTED,), (S.IN_REVIEW,)),
    "not_accept": ((S.SUBMITTED, S.CORRECTION), (S.NOT_ACCEPTED,)),
    "ask_correction": ((S.SUBMITTED, S.IN_REVIEW), (S.CORRECTION,)),
    "answer_correction": ((S.CORRECTION,), (S.SUBMITTED, S.IN_REVIEW)),
    "approve": ((S.IN_REVIEW,), (S.APPROVED,)),
    "refuse": ((S.IN_REVIEW, S.CORRECTION), (S.REFUSED,)),
    "mark_repaired": ((S.APPROVED,), (S.REPAIRED,)),
    "withdraw": ((S.SUBMITTED, S.CORRECTION, S.IN_REVIEW), (S.WITHDRAWN,)),
    "revoke": ((S.APPROVED, S.REPAIRED), (S.REVOKED,)),
    "reopen": ((S.REFUSED,), (S.IN_REVIEW,)),
}

OPEN_STATES = (S.SUBMITTED, S.CORRECTION, S.IN_REVIEW)
ENDED_STATES = (S.REPAIRED, S.REFUSED, S.NOT_ACCEPTED, S.WITHDRAWN, S.REVOKED)


def transitions() -> list[tuple[str, str]]:
    """All legal (from, to) pairs, sorted: the list that PostgreSQL enforces (pgtrigger.FSM)."""
    return sorted({(a.value, b.value) for sources, targets in MOVES.values() for a in sources for b in targets})
