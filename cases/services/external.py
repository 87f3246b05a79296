"""Decisions taken outside (a court, a superior): recorded here with their paper, carried out and mirrored like ours."""

from datetime import date, datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from cases.access import access_mirrored, require_state
from cases.access_steps import access_step, require_four_eyes
from cases.facts import facts_of, judge_record
from cases.models import Application, Case, FailureRecord, ReviewStep, StoredFile
from cases.query_codes import query_code_hash, query_code_of
from cases.services import review
from cases.services.eligibility import judgement
from cases.services.ladder import has_tier_after, is_external, open_tier, pin_ladder
from cases.services.opening import new_filing_no
from cases.services.remind_told import release
from cases.services.settle import settle
from cases.snapshot import platform_reports
from cases.states import OPEN_STATES, CaseState
from creditrepair.audit.chain import Line, record_all
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid, WrongMoment
from notices import services as notices
from sync import outbox
from sync.messages import canonical_json

AGREED: Final = "agreed"
REFUSED: Final = "refused"
OUTCOMES: Final[dict[str, str]] = {AGREED: "同意（准予移出、停止公布或者删除）", REFUSED: "不同意"}
MAX_ORGAN: Final = 50  # as printed on the filing (Application.committed_by)
MAX_PAPER: Final = 128


@transaction.atomic
def record_external(
    actor: Actor,
    *,
    ref: str,
    step: UUID | str,
    organ: str,
    paper_no: str,
    decided_on: date | None,
    outcome: str,
    file: StoredFile | None = None,
    comment: str,
    now: datetime,
) -> Case:
    """Record the superior's decision on the open external step; agreed after the last tier grants, refused refuses.

    organ, paper_no   who decided (up to 50 characters) and the number of its paper; decided_on: its local date
    outcome           agreed or refused; a refusal needs `comment`, the reasons the paper gives
    file              the paper, uploaded by `actor`; None while it is still on its way
    Raises NotFound, NotAllowed (other unit or tier, four eyes), WrongMoment (409: AlreadyDecided, not in review, a step
    of our own), Invalid (422, by field).
    """
    case, current = access_step(actor, ref, step)
    require_four_eyes(actor, case, current)
    require_state(case, CaseState.IN_REVIEW)
    if not is_external(case, current):
        raise WrongMoment("本环节由本单位决定，请直接办理。", code="own_step")
    paper = _paper(organ, paper_no, decided_on, outcome, timezone.localdate(case.submitted_at), "申请日期", now)
    if outcome == REFUSED and not comment.strip():
        raise Invalid(fields={"comment": "请写明对方不同意的理由。"})
    _require_file(actor, case.region_id, file)
    settle(current, outcome, by=actor, at=now, comment=comment, case=case)
    _keep(current, paper, file)
    last = outcome == REFUSED or not has_tier_after(case, current)
    if outcome == REFUSED:
        review.refuse(case, [_reason(paper, comment)], now)
    elif last:
        review.grant(case, now)
    else:
        open_tier(case, current.position + 1, now)
        review.save(case, now)
    _record(actor, case, paper, comment, now, decided=last)
    return case


@transaction.atomic
def mirror_outcome(
    actor: Actor,
    *,
    record_ref: str,
    organ: str,
    paper_no: str,
    decided_on: date | None,
    outcome: str,
    file: StoredFile | None = None,
    comment: str = "",
    now: datetime,
) -> Case:
    """Record what a court decided on its own record: a case with that one step, mirrored to both platforms (结果互认).

    Nobody here has applied or decides: no paper of ours, no short message; the court's paper is what counts. A refusal
    leaves the record published. Arguments as in `record_external`.
    Raises NotFound, NotAllowed (not a unit of Annex 1 for this list), WrongMoment (decided here; no longer published;
    a case is open; this paper was recorded before), Invalid.
    """
    record = access_mirrored(actor, record_ref)
    if record.status != FailureRecord.Status.PUBLISHED:
        raise WrongMoment("该信息已不再公示，结果已登记。", code="already_recorded")
    listed_on = record.listed_on or record.decided_on
    paper = _paper(organ, paper_no, decided_on, outcome, listed_on, "列入日期", now)
    if outcome == REFUSED and not comment.strip():
        raise Invalid(fields={"comment": "请写明对方不同意的理由。"})
    _require_file(actor, record.region_id, file)
    case = _open_mirrored(actor, record, paper, now)
    current = _external_step(actor, case, now)
    case.accept()
    case.accepted_at = now
    review.save(case, now)
    settle(current, outcome, by=actor, at=now, comment=comment, case=case)
    _keep(current, paper, file)
    case.decided_at, case.holder, case.holder_tier = now, None, ""
    if outcome == AGREED:
        case.approve()
        case.decision = mirrored_decision(case, paper, now)
        review.carry_out(case, now)
    else:
        case.refuse()
        case.outcome = [_reason(paper, comment)]
        review.save(case, now)
    _record(actor, case, paper, comment, now, decided=True)
    return case


def _paper(
    organ: str, paper_no: str, decided_on: date | None, outcome: str, not_before: date | None, event: str, now: datetime
) -> dict[str, str]:
    """The decision as the step keeps it. Raises Invalid with every fault at once."""
    faults: dict[str, str] = {}
    organ, paper_no = organ.strip(), paper_no.strip()
    if not organ or len(organ) > MAX_ORGAN:
        faults["organ"] = f"请填写作出决定的机关，不超过{MAX_ORGAN}个字。"
    if not paper_no or len(paper_no) > MAX_PAPER:
        faults["paper_no"] = f"请填写决定文书的文号，不超过{MAX_PAPER}个字。"
    if decided_on is None:
        faults["decided_on"] = "请填写决定日期。"
    elif decided_on > timezone.localdate(now):
        faults["decided_on"] = "决定日期不能晚于今天。"
    elif not_before is not None and decided_on < not_before:
        faults["decided_on"] = f"决定日期不能早于{event}{not_before.isoformat()}。"
    if outcome not in OUTCOMES:
        faults["outcome"] = "请选择决定结果。"
    if faults or decided_on is None:
        raise Invalid(fields=faults)
    return {"organ": organ, "paper_no": paper_no, "decided_on": decided_on.isoformat(), "outcome": outcome}


def _require_file(actor: Actor, region: str, file: StoredFile | None) -> None:
    if file is not None and (file.region_id != region or file.owner_id != actor.person_id):
        raise Invalid(fields={"file": "文件没有找到，请重新上传。"})
    if file is not None and file.scan == "waiting":
        raise Invalid(fields={"file": f"文件“{file.name}”待安全检查，检查通过后再登记。"})


def _keep(step: ReviewStep, paper: dict[str, str], file: StoredFile | None) -> None:
    step.external, step.external_file = paper, file
    step.save(update_fields=["external", "external_file"])


def _reason(paper: dict[str, str], comment: str) -> dict[str, str]:
    text = f"{paper['organ']}于{paper['decided_on']}以{paper['paper_no']}决定不同意：{comment.strip()}"
    return {"code": "decided_outside", "text": text, "article": ""}


def _open_mirrored(actor: Actor, record: FailureRecord, paper: dict[str, str], now: datetime) -> Case:
    """The filing nobody made, and its case: one for each paper on a record."""
    said = f"{record.ref}|{paper['paper_no']}"
    token = "elsewhere-" + sha256(said.encode()).hexdigest()[:40]
    region = record.region_id
    if Application.objects.filter(region_id=region, form_token=token).exists():
        raise WrongMoment("该决定文书已登记，请勿重复登记。", code="already_recorded")
    under_way = Case.objects.filter(region_id=region, record=record, state__in=[*OPEN_STATES, CaseState.APPROVED])
    if under_way.exists():
        raise WrongMoment("该信息已有办理中的案件。", code="already_filed")
    today = timezone.localdate(now)
    verdict = judge_record(record, today)
    application = Application.objects.create(
        region_id=region,
        filing_no=new_filing_no(now),
        form_token=token,
        query_code_hash=query_code_hash(query_code_of(token, region)),
        subject=record.subject,
        filed_by_id=actor.person_id,
        channel=Application.Channel.ELSEWHERE,
        committed_by=paper["organ"],
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
    release(region, [record.pk], now=now)
    return case


def _external_step(actor: Actor, case: Case, now: datetime) -> ReviewStep:
    """The one step of a mirrored case, with the unit that records it, so that it finds the case again."""
    tier = case.tiers[0]
    return ReviewStep.objects.create(
        region_id=case.region_id,
        case=case,
        round=case.round,
        position=1,
        tier=tier["code"],
        title=tier["title"],
        department_id=actor.department_id or case.department_id,
        opened_at=now,
    )


def mirrored_decision(case: Case, paper: dict[str, str], now: datetime) -> dict[str, Any]:
    """What both platforms are told (repair-result/1): the decision and its number are the other organ's, none is ours."""
    record = case.record
    verdict = judge_record(record, timezone.localdate(now))
    decision = {
        **{k: v for k, v in platform_reports.of_record(record).items() if k != "published_on"},
        "outcome": "granted",
        "effect": case.room.effect(facts_of(record)),
        "decision_no": paper["paper_no"],
        "decision_date": paper["decided_on"],
        "effective_at": timezone.localtime(now).isoformat(timespec="seconds"),
        "basis": [
            {"rule": verdict.regime, "order": r.basis.name, "number": r.basis.number, "article": r.basis.article or ""}
            for r in verdict.reasons
            if r.basis
        ],
        "verify_url": "",
        "decided_elsewhere": platform_reports.decided_elsewhere(case),
    }
    return {**decision, "decision_sha256": sha256(canonical_json(decision)).hexdigest()}


def _record(actor: Actor, case: Case, paper: dict[str, str], comment: str, now: datetime, *, decided: bool) -> None:
    """The paper as one Event, and what it led to as the next."""
    data = {**paper, "comment": comment.strip()}
    lines = [Line("external_recorded", "case", case.ref, application=case.application.ref, data=data)]
    if decided:
        verb = "approved" if paper["outcome"] == AGREED else "refused"
        told: dict[str, Any] = {"reasons": case.outcome} if verb == "refused" else {"tier": case.tiers[-1]["title"]}
        lines.append(Line(verb, "case", case.ref, application=case.application.ref, data=told))
    record_all(actor, lines, at=now)
    transaction.on_commit(outbox.wake, robust=True)  # a dead broker does not undo a decision
    transaction.on_commit(notices.wake, robust=True)
