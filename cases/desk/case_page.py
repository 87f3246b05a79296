"""Everything the one screen of a case shows, read once: evidence, checklist, Verdict, clock, history, legs, papers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django import forms
from django.db.models import Q
from django.utils import timezone

from cases.access import can_decide, visible_cases
from cases.access_revocations import may_propose, revocations_of
from cases.access_steps import require_four_eyes
from cases.deadlines import clock_of
from cases.desk.decisions import Act, acts_of, closing_act
from cases.desk.forms import EndExtensionForm, ExtendForm, ExternalForm, described
from cases.desk.queues import Due, due_words
from cases.facts import facts_of, judge_record
from cases.law import Verdict
from cases.law.clock import ClockState
from cases.models import Case, Correction, Extension, Material, ReviewStep, Revocation
from cases.services.claim import claimed_at
from cases.services.extend import longest_extension
from cases.services.ladder import is_external
from cases.services.source_change import source_change_of
from cases.states import OPEN_STATES, CaseState
from cases.timeline import timeline_of
from cases.uploads import has_active_content
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import NotAllowed
from notices import services as notices
from sync import outbox
from sync.targets import target

SOURCES: Final = {"applicant": "申请人提交", "generated": "系统生成", "fetched": "部门核验"}
HISTORY_ROWS: Final = 8
EXTENDABLE: Final = frozenset({CaseState.IN_REVIEW, CaseState.CORRECTION})


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the checklist: a material the category asks for, and what was given for it."""

    title: str
    description: str
    core: bool
    required: bool
    source: str
    given: list[Material]

    @property
    def state(self) -> str:
        if self.given:
            return "given"
        if self.source != "applicant":
            return "ours"
        return "missing" if self.required else "optional"

    @property
    def source_text(self) -> str:
        return SOURCES.get(self.source, self.source)


@dataclass(frozen=True, slots=True)
class Compared:
    """What the register says beside what was filed."""

    label: str
    register: str
    filed: str

    @property
    def differs(self) -> bool:
        return self.register != self.filed


@dataclass(frozen=True, slots=True)
class LegShown:
    """One platform: `leg` None where nothing was sent to it yet; `decided_there` where nothing needs to be (结果互认)."""

    title: str
    leg: outbox.Leg | None
    decided_there: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """Who may act on the open step now, and if not, why not; who holds it."""

    step: ReviewStep | None
    acts: list[Act]
    may_decide: bool
    why_not: str
    held_by_me: bool
    held_by: str
    held_since: datetime | None
    held_until: datetime | None


def _may_close(actor: Actor, case: Case) -> bool:
    return case.state == CaseState.CORRECTION and can_decide(actor, case)


def _acts(actor: Actor, case: Case, step: ReviewStep | None, may: bool) -> list[Act]:
    if _may_close(actor, case):
        return [closing_act(case)]
    return acts_of(case, step) if may else []


def desk_of(actor: Actor, case: Case, now: datetime) -> Desk:
    step = (
        ReviewStep.objects.filter(region_id=case.region_id, case=case, status=ReviewStep.Status.OPEN)
        .select_related("claimed_by", "department")
        .first()
    )
    may, why = step is not None and can_decide(actor, case), ""
    if step is not None and not may:
        title = step.title.split("（")[0]
        why = f"本环节由{step.department.name}负责“{title}”的人员办理，无需您操作。"
    if step is not None and may:
        try:
            require_four_eyes(actor, case, step)
        except NotAllowed as refusal:
            may, why = False, refusal.message
    live = step is not None and step.claimed_until is not None and step.claimed_until > now
    mine = bool(live and step and step.claimed_by_id == actor.user_id)
    return Desk(
        step=step,
        acts=_acts(actor, case, step, may),
        may_decide=may or _may_close(actor, case),
        why_not=why,
        held_by_me=mine,
        held_by=step.claimed_by.full_name if live and step and step.claimed_by else "",
        held_since=claimed_at(step) if live and step else None,
        held_until=step.claimed_until if live and step else None,
    )


def materials_of(case: Case) -> list[Material]:
    """Materials of this case and those common to its application; never those of another unit's case."""
    return list(
        Material.objects.filter(
            Q(case__isnull=True) | Q(case=case), region_id=case.region_id, application_id=case.application_id
        )
        .select_related("file", "verified_by")
        .order_by("replaced_by_id", "id")
    )


def checklist_of(case: Case, materials: list[Material]) -> list[Check]:
    present = [m for m in materials if m.replaced_by_id is None]
    return [
        Check(
            wanted.title,
            wanted.description,
            wanted.core,
            wanted.required,
            wanted.source,
            [m for m in present if m.code == wanted.code],
        )
        for wanted in case.room.materials(facts_of(case.record))
    ]


def compared_of(case: Case, verdict: Verdict) -> list[Compared]:
    record, filed = case.record, case.verdict
    return [
        Compared("主体名称", record.subject_name, case.subject.name),
        Compared("统一社会信用代码", record.subject_id, case.subject_id),
        Compared("资格判定", verdict.headline, str(filed.get("headline", ""))),
        Compared("信息版本", f"第{record.version}版", f"第{case.record_version}版"),
    ]


def legs_of(case: Case) -> list[LegShown]:
    """Both platforms, also those nothing was sent to: never looked is its own word, never agreement."""
    latest: dict[str, outbox.Leg] = {leg.target: leg for leg in outbox.legs_of(case.region_id, "case", case.ref)}
    decided_there = case.decision.get("mirrored_from")
    upward = [code for code in latest if code not in case.room.targets]  # tracked, but nobody waits for them
    return [
        LegShown(target(code).title, latest.get(code), decided_there=code == decided_there)
        for code in (*case.room.targets, *upward)
    ]


def history_of(actor: Actor, case: Case) -> list[Case]:
    """Other cases of the subject, as far as the actor may see them, newest first."""
    others = visible_cases(actor).filter(region_id=case.region_id, subject_id=case.subject_id).exclude(pk=case.pk)
    return list(others.select_related("record", "department").order_by("-submitted_at", "-id")[:HISTORY_ROWS])


def _external_organ(case: Case, step: ReviewStep | None) -> str | None:
    """Who is expected to decide the open step outside; None where it is ours to decide."""
    if step is None or not is_external(case, step):
        return None
    return str(case.tiers[step.position - 1].get("organ") or "")


def acts_forms(context: dict[str, Any]) -> dict[str, forms.Form]:
    """Empty forms of the acts beside the decision."""
    return {
        "extend": described(ExtendForm(prefix="extend")),
        "extension_end": described(EndExtensionForm(prefix="extension_end")),
        "external": described(ExternalForm(prefix="external", initial={"organ": context["external_organ"] or ""})),
    }


def context_of(actor: Actor, case: Case, now: datetime) -> dict[str, Any]:
    """The context of desk/case.html. A settled case is told by the Verdict of its filing: today's would judge its outcome."""
    today = timezone.localdate(now)
    verdict = judge_record(case.record, today)
    materials = materials_of(case)
    clock: ClockState = clock_of(case, today)
    due: Due = due_words([case], today)[case.pk]
    room, desk = case.room, desk_of(actor, case, now)
    extensions = list(
        Extension.objects.filter(region_id=case.region_id, case=case)
        .select_related("decided_by", "ended_by")
        .order_by("decided_at", "id")
    )
    extension = next((one for one in extensions if one.ended_at is None), None)
    granted = case.state in (CaseState.APPROVED, CaseState.REPAIRED, CaseState.REVOKED)
    revocations = revocations_of(actor, case) if granted else []
    return {
        "title": f"{case.subject.name} · {room.title}",
        "case": case,
        "record": case.record,
        "application": case.application,
        "desk": desk,
        "external_organ": _external_organ(case, desk.step),
        "extensions": extensions,
        "extension": extension,
        "longest_extension": longest_extension(case),
        "may_extend": can_decide(actor, case) and case.state in EXTENDABLE and case.accepted_at is not None,
        "due": due,
        "clock": clock,
        "verdict": verdict,
        "materials": materials,
        "disarmed": {m.file.uuid for m in materials if m.file and has_active_content(m.file)},
        "checks": checklist_of(case, materials),
        "under_way": case.state in OPEN_STATES,
        "source_change": source_change_of(case),
        "compared": compared_of(case, verdict) if case.state in OPEN_STATES else [],
        "corrections": list(
            Correction.objects.filter(region_id=case.region_id, case=case).select_related("asked_by").order_by("round")
        ),
        "steps": list(
            ReviewStep.objects.filter(region_id=case.region_id, case=case)
            .exclude(status=ReviewStep.Status.OPEN)
            .select_related("settled_by", "department", "external_file")
            .order_by("opened_at", "id")
        ),
        "revocations": revocations,
        "may_revoke": may_propose(actor, case)
        and not any(one.state == Revocation.State.PROPOSED for one in revocations),
        "papers": notices.notices_of(case.region_id, case_ref=case.ref),
        "legs": legs_of(case),
        "timeline": timeline_of(case.region_id, case_ref=case.ref, names=True),
        "history": history_of(actor, case),
        "defect_codes": room.defects("correction"),
        "targets": [(m.code, m.title) for m in room.materials(facts_of(case.record))],
        "reason_sets": [
            (outcome, act, room.defects(outcome))
            for act, outcome in (("not_accept", "not_accepted"), ("refuse", "refused"))
        ],
    }
