"""The decision form: which acts a step offers, what was typed, and which verb it calls. Nothing is decided here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.http import QueryDict
from django.utils import timezone

from cases.access import can_decide
from cases.models import Case, Correction, ReviewStep
from cases.services import intake, review
from cases.services.intake import Defect
from cases.services.ladder import is_external
from cases.services.settle import Reason
from cases.states import CaseState
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import AlreadyDecided, Invalid, NotAllowed, NotFound, WrongMoment

MOST_DEFECTS: Final = 30
SPARE_ROWS: Final = 3
DEFECT_FIELDS: Final = ("code", "target", "what", "article", "how")


@dataclass(frozen=True, slots=True)
class Act:
    """One act of the form: `outcome` the room's word for its coded reasons, "" where it has none; `key` its shortcut."""

    code: str
    label: str
    key: str
    done: str
    outcome: str = ""


ACTS: Final[Mapping[str, Act]] = {
    act.code: act
    for act in (
        Act("accept", "受理", "a", "已受理，受理通知书生成中。"),
        Act("agree", "同意，送下一级", "a", "已同意本环节，转下一级审核。"),
        Act("approve", "准予修复", "a", "已准予修复，决定书生成中，正在同步两个平台。"),
        Act("correct", "一次性告知补正", "r", "已一次性告知补正，计时暂停。", "correction"),
        Act("not_accept", "不予受理", "x", "已决定不予受理，文书生成中。", "not_accepted"),
        Act("refuse", "不予修复", "x", "已决定不予修复，文书生成中。", "refused"),
        Act("return", "退回上一级", "b", "已退回上一级。"),
    )
}


def acts_of(case: Case, step: ReviewStep | None) -> list[Act]:
    """What the open step offers: an intake accepts, a tier agrees; a coordinating tier sends back, never refuses."""
    if step is None:
        return []
    if case.state == CaseState.SUBMITTED:
        return [ACTS["accept"], ACTS["correct"], ACTS["not_accept"]]
    if case.state != CaseState.IN_REVIEW:
        return []
    if is_external(case, step):  # what is decided outside is recorded, never decided here
        return [ACTS["correct"], ACTS["return"]] if step.position > 1 else [ACTS["correct"]]
    last = step.position >= len(case.tiers)
    offered = [ACTS["approve" if last else "agree"], ACTS["correct"]]
    if case.tiers[step.position - 1].get("may_refuse", True):
        offered.append(ACTS["refuse"])
    if step.position > 1:
        offered.append(ACTS["return"])
    return offered


@dataclass(frozen=True, slots=True)
class Typed:
    """The form as typed, kept whatever happens. `reasons`: code → further words; `defects`: rows with the five fields."""

    act: str
    step: str
    version: str
    comment: str
    reasons: dict[str, str]
    defects: list[dict[str, str]]
    novelty_reason: str

    @classmethod
    def blank(cls) -> "Typed":
        return cls("", "", "", "", {}, [], "")

    @classmethod
    def read(cls, form: QueryDict) -> "Typed":
        act = form.get("act", "")
        outcome = ACTS[act].outcome if act in ACTS else ""
        codes = form.getlist(f"reason.{outcome}") if outcome else []
        rows = [
            {name: form.get(f"defect.{n}.{name}", "").strip()[:500] for name in DEFECT_FIELDS}
            for n in range(MOST_DEFECTS)
        ]
        return cls(
            act=act,
            step=form.get("step", ""),
            version=form.get("version", ""),
            comment=form.get("comment", "").strip(),
            reasons={code: form.get(f"text.{outcome}.{code}", "").strip() for code in codes},
            defects=[row for row in rows if any(row.values())],
            novelty_reason=form.get("novelty_reason", "").strip(),
        )

    def rows(self) -> list[tuple[int, dict[str, str]]]:
        """Numbered defect rows for the page: the typed ones and room for more."""
        wanted = max(len(self.defects) + 1, SPARE_ROWS)
        return [(n, self.defects[n] if n < len(self.defects) else {}) for n in range(min(wanted, MOST_DEFECTS))]


def lines_of(case: Case, typed: Typed) -> list[str]:
    """What was typed, as lines to read: kept in sight also where the changed case no longer offers the act."""
    act = ACTS.get(typed.act)
    words = {code.code: code.text for code in case.room.defects(act.outcome)} if act and act.outcome else {}
    lines = [f"结论：{act.label}"] if act else []
    lines += [f"理由：{words.get(code, code)}{'；' + text if text else ''}" for code, text in typed.reasons.items()]
    lines += [
        "；".join(part for part in (words.get(row["code"], ""), row["what"], row["how"]) if part)
        for row in typed.defects
    ]
    return [*lines, *(text for text in (typed.novelty_reason, typed.comment) if text)]


def closing_act(case: Case) -> Act:
    """What an officer may do with a correction that nobody answers: end the case as the stage that asked would."""
    asked = Correction.objects.filter(region_id=case.region_id, case=case, answered_at__isnull=True).first()
    return ACTS["refuse" if asked is not None and asked.asked_in == CaseState.IN_REVIEW else "not_accept"]


def require_fresh(actor: Actor, case: Case, typed: Typed) -> None:
    """Tell a late reader who settled the shown step before anything else is asked.

    The verb asks first who may decide *now*; after a colleague's decision that is the next tier, and the answer would
    be 403 without a word of what happened. Raises AlreadyDecided or WrongMoment (409), NotAllowed, NotFound.
    """
    if case.state == CaseState.CORRECTION and can_decide(actor, case):
        _require_version(case, typed)
        return
    shown = (
        ReviewStep.objects.filter(region_id=case.region_id, case=case, uuid=uuid_of(typed.step))
        .select_related("settled_by")
        .first()
    )
    if shown is None:
        raise NotFound
    if shown.department_id != actor.department_id or shown.tier not in actor.tiers:
        raise NotAllowed
    if shown.status != ReviewStep.Status.OPEN:
        by = shown.settled_by.full_name if shown.settled_by else "系统"
        raise AlreadyDecided(
            by, f"{timezone.localtime(shown.settled_at):%Y-%m-%d %H:%M}" if shown.settled_at else "此前"
        )
    _require_version(case, typed)


def _require_version(case: Case, typed: Typed) -> None:
    if typed.version != str(case.version):
        raise WrongMoment("本件在您填写期间有变化。您填写的内容已保留，请核对后再提交。")


def carry_out(actor: Actor, case: Case, typed: Typed, now: datetime) -> Act:
    """Call the verb of the chosen act. Raises Invalid for no act or half a row, and whatever the verb raises."""
    if typed.act not in ACTS:
        raise Invalid(fields={"act": "请选择办理结论。"})
    ref, step, comment = case.ref, typed.step, typed.comment
    if case.state == CaseState.CORRECTION:
        intake.close_unanswered(actor, ref=ref, reasons=_reasons(typed), comment=comment, now=now)
        return ACTS[typed.act]
    match typed.act:
        case "accept":
            intake.accept_case(actor, ref=ref, step=step, comment=comment, now=now)
        case "approve" | "agree":
            review.approve_step(actor, ref=ref, step=step, comment=comment, now=now)
        case "return":
            review.return_step(actor, ref=ref, step=step, comment=comment, now=now)
        case "not_accept":
            intake.not_accept_case(actor, ref=ref, step=step, reasons=_reasons(typed), comment=comment, now=now)
        case "refuse":
            review.refuse_step(actor, ref=ref, step=step, reasons=_reasons(typed), comment=comment, now=now)
        case "correct":
            intake.ask_for_correction(
                actor,
                ref=ref,
                step=step,
                defects=_defects(case, typed),
                novelty_reason=typed.novelty_reason,
                comment=comment,
                now=now,
            )
    return ACTS[typed.act]


def _reasons(typed: Typed) -> list[Reason]:
    return [Reason(code, text, "") for code, text in typed.reasons.items()]


def _defects(case: Case, typed: Typed) -> list[Defect]:
    """Whole rows only: a defect the applicant cannot find or mend is no notice."""
    articles = {code.code: code.article for code in case.room.defects("correction")}
    for number, row in enumerate(typed.defects, start=1):
        if not (row["code"] and row["target"] and row["what"] and row["how"]):
            raise Invalid(fields={"defects": f"第{number}项请填写原因、对应材料、问题和补正方法。"})
    return [Defect(**{**row, "article": row["article"] or articles.get(row["code"], "")}) for row in typed.defects]


def uuid_of(text: str) -> str:
    """Hidden fields are input too: what is no UUID names no step. Raises NotFound."""
    compact = text.replace("-", "")
    if len(compact) != 32 or not all(ch in "0123456789abcdefABCDEF" for ch in compact):
        raise NotFound
    return text
