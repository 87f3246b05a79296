"""One case in stages, platforms and the flowchart's list, as its applicant follows it. Reads nothing, says what was read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils import timezone

from cases.models import Case, ReviewStep
from cases.services.penalty_withdrawal import PENALTY_WITHDRAWN
from cases.states import OPEN_STATES, CaseState
from sync.outbox import Leg
from sync.targets import target

NEVER_LOOKED: Final = "尚未核验"
LEG_TONES: Final = {
    "verified": ("good", "check"),
    "acked": ("info", "clock"),
    "parked": ("warn", "alert"),
    "disagreed": ("warn", "alert"),
}


@dataclass(frozen=True, slots=True)
class Stage:
    """One dot of the stepper: done, here, stopped, or "" for still to come."""

    title: str
    at: datetime | None
    mark: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Platform:
    """One public platform as this case's page shows it: never looked is its own word, never agreement."""

    title: str
    text: str
    tone: str
    icon: str
    looked: str
    url: str


def label_of(case: Case, tier: int) -> str:
    if case.state == CaseState.IN_REVIEW and tier:
        return f"审核中（第{tier}级，共{len(case.tiers)}级）"
    if case.state == CaseState.WITHDRAWN and any(one["code"] == PENALTY_WITHDRAWN for one in case.outcome):
        return "处罚已撤销或变更，无需修复"
    return str(case.get_state_display())


def been_in(case: Case, steps: Sequence[ReviewStep]) -> list[str]:
    been = [CaseState.SUBMITTED.value]
    if case.accepted_at:
        been.append(CaseState.IN_REVIEW.value)
    if any(step.status == ReviewStep.Status.CORRECTION for step in steps):
        been.append(CaseState.CORRECTION.value)
    if case.state in (CaseState.REPAIRED, CaseState.REVOKED):
        been.append(CaseState.APPROVED.value)
    if case.repaired_at:
        been.append(CaseState.REPAIRED.value)
    return been


def stages_of(
    case: Case, steps: Sequence[ReviewStep], legs: Sequence[Leg], open_step: ReviewStep | None
) -> list[Stage]:
    """提交 → 受理 → 审核 → 决定 → 推送 → 公示终止; a negative end closes the row where it happened."""
    reviewed = [step for step in steps if step.position > 0 and step.settled_at]
    accepted = Stage(
        "受理", case.accepted_at, "done" if case.accepted_at else "here", "" if case.accepted_at else "等待受理"
    )
    stages = [Stage("提交", case.submitted_at, "done"), accepted]
    ended = {
        CaseState.NOT_ACCEPTED: "不予受理",
        CaseState.WITHDRAWN: "已撤回",
        CaseState.REFUSED: "不予修复",
    }.get(CaseState(case.state))
    if ended:
        stages[1] = accepted if case.accepted_at else Stage(ended, case.decided_at, "stopped")
        if case.accepted_at:
            stages += [
                Stage("审核", reviewed[-1].settled_at if reviewed else None, "done"),
                Stage(ended, case.decided_at, "stopped"),
            ]
        return stages
    granted = case.state in (CaseState.APPROVED, CaseState.REPAIRED, CaseState.REVOKED)
    note = f"{open_step.department.name}" if open_step and case.accepted_at else ""
    stages.append(
        Stage(
            "审核",
            reviewed[-1].settled_at if granted and reviewed else None,
            "done" if granted else ("here" if case.accepted_at else ""),
            note,
        )
    )
    stages.append(
        Stage("决定", case.decided_at if granted else None, "done" if granted else "", "准予修复" if granted else "")
    )
    sent = [leg for leg in legs if leg.state != "queued"]
    under_way = granted and case.state != CaseState.REVOKED
    pushed = "done" if case.repaired_at else ("here" if under_way else "")
    stages.append(
        Stage(
            "推送",
            min((leg.queued_at for leg in legs), default=None),
            pushed,
            f"{len([x for x in legs if x.verified])}/{len(legs)}个平台已核验" if sent else "",
        )
    )
    stages.append(Stage("公示终止", case.repaired_at, "done" if case.repaired_at else ""))
    if case.state == CaseState.REVOKED:
        stages.append(Stage("修复决定已撤销", None, "stopped"))
    if case.state == CaseState.CORRECTION:
        at = 2 if case.accepted_at else 1
        stages[at] = Stage("补正", None, "here", "等待您补正")
    return stages


def platforms_of(case: Case, legs: Sequence[Leg]) -> list[Platform]:
    rows = []
    for code in case.room.targets:
        if code == case.decision.get("mirrored_from"):
            rows.append(Platform(target(code).title, "由该平台显示的决定，结果互认", "good", "check", "", ""))
            continue
        mine = [leg for leg in legs if leg.target == code]
        if not mine:
            waiting = (
                "无需推送"
                if case.state in (CaseState.REFUSED, CaseState.NOT_ACCEPTED, CaseState.WITHDRAWN)
                else "作出准予决定后推送"
            )
            rows.append(Platform(target(code).title, waiting, "quiet", "clock", NEVER_LOOKED, ""))
            continue
        leg = mine[-1]
        tone, icon = LEG_TONES.get(leg.state, ("info", "sync"))
        looked = f"最近查看：{timezone.localtime(leg.looked_at):%Y-%m-%d %H:%M}" if leg.looked_at else NEVER_LOOKED
        rows.append(Platform(leg.title, leg.words, tone, icon, looked, leg.url))
    return rows


def _unit_of(case: Case, tier: dict[str, Any], units: dict[str, str], *, last: bool = False) -> str:
    """Who acts in a tier: the organ outside that only its paper speaks for, or the department; `last` asks who decides,
    which is the department of the case unless an organ outside does."""
    if tier.get("external"):
        return str(tier.get("organ") or "上级机关")
    return case.department.name if last or tier["department"] == "own" else units.get(tier["department"], "")


def path_of(case: Case, steps: Sequence[ReviewStep], units: dict[str, str]) -> list[Stage]:
    """The flowchart as a list: what was walked with dates, where it stands, what is still open."""
    rows = [Stage("提交申请", case.submitted_at, "done", "申请人")]
    for step in steps:
        mark = "here" if step.status == ReviewStep.Status.OPEN else "done"
        result = "" if mark == "here" else f"（{step.get_status_display()}）"
        rows.append(Stage(f"{step.title}{result}", step.settled_at, mark, step.department.name))
    if case.state == CaseState.CORRECTION:
        rows.append(Stage("补正，计时暂停", None, "here", "申请人"))
    if case.state in OPEN_STATES:
        reached = max((step.position for step in steps), default=0)
        for tier in case.tiers[reached:]:
            rows.append(Stage(tier["title"], None, "", _unit_of(case, tier, units)))
        rows.append(Stage("作出决定", None, "", _unit_of(case, case.tiers[-1], units, last=True)))
        rows.append(Stage("同步两个平台并核验", None, "", "本平台自动办理"))
    elif case.state in (CaseState.APPROVED, CaseState.REPAIRED):
        rows.append(Stage("准予修复", case.decided_at, "done", case.department.name))
        rows.append(
            Stage("同步两个平台并核验", case.repaired_at, "done" if case.repaired_at else "here", "本平台自动办理")
        )
    else:
        rows.append(
            Stage(
                str(case.get_state_display()),
                case.decided_at,
                "here",
                case.department.name if case.state != CaseState.WITHDRAWN else "申请人",
            )
        )
    return rows
