"""延长办理期限: granted by the unit that reviews, once, in time, told to the applicant with a paper and its reason; and taken back."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from cases.access import access_case, require_state
from cases.deadlines import clock_of, settle_clock
from cases.facts import limits_for
from cases.law import ClockState, Deadline
from cases.models import Case, Extension
from cases.services import messages
from cases.snapshot import case_papers
from cases.states import CaseState
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid, NotAllowed, WrongMoment
from notices import force
from notices import services as notices
from notices.models import Notice
from sync import outbox

REASON_LENGTH = 500


@transaction.atomic
def extend_case(actor: Actor, *, ref: str, working_days: int, reason: str, now: datetime) -> Case:
    """Give the decision of an accepted case more working days, once in force at a time; the applicant is told by a 延期通知书 and by SMS.

    Raises NotFound, NotAllowed (another tier or unit, a filing of one's own), WrongMoment (not under review, not
    accepted, already extended, no due day, due day past), Invalid (`working_days`: not 1 to the limit, or nobody has
    told us the limit: an unknown length must not burden the applicant; `reason`: none, too long).
    """
    case = _access(actor, ref)
    if case.accepted_at is None:
        raise WrongMoment("本件尚未受理，受理期限不能延长。", code="not_accepted_yet")
    if _in_force(case) is not None:
        raise WrongMoment("本件已经延长；须先撤销，才能另行延长。", code="already_extended")
    reason = _require_reason(reason)
    _require_length(working_days, longest_extension(case))
    today = timezone.localdate(now)
    before = clock_of(case, today)
    if before.due is None:
        raise WrongMoment("本件没有已核实的办理期限，无需延长。", code="nothing_due")
    if before.due < today:
        raise WrongMoment(f"办理期限已于{before.due:%Y-%m-%d}届满，不能再延长。", code="overdue")
    extension = Extension.objects.create(
        region_id=case.region_id,
        case=case,
        working_days=working_days,
        reason=reason,
        decided_at=now,
        decided_by_id=actor.person_id,
    )
    after = _save(case, now)
    paper = notices.request(case_papers.of_extension(case, extension, before, after, now), at=now)
    messages.tell_extended(case, extension, after, now=now)
    record_event(
        actor,
        "case_extended",
        kind="case",
        thing=case.ref,
        application=case.application.ref,
        at=now,
        data={"working_days": working_days, "reason": reason, "paper": paper.number, **_days(before, after)},
    )
    transaction.on_commit(outbox.wake, robust=True)
    transaction.on_commit(notices.wake, robust=True)
    return case


@transaction.atomic
def end_extension(actor: Actor, *, ref: str, reason: str, now: datetime) -> Case:
    """Take the extension in force back: the due days are again what they would be without it.

    Raises NotFound, NotAllowed, WrongMoment (not under review, none in force), Invalid (`reason`).
    """
    case = _access(actor, ref)
    extension = _in_force(case)
    if extension is None:
        raise WrongMoment("本件没有生效的延长。", code="not_extended")
    reason = _require_reason(reason)
    before = clock_of(case, timezone.localdate(now))
    extension.ended_at, extension.ended_by_id, extension.ended_reason = now, actor.person_id, reason
    extension.save(update_fields=["ended_at", "ended_by", "ended_reason"])
    after = _save(case, now)
    told = Notice.objects.filter(region_id=case.region_id, case_ref=case.ref, kind="extension", status__in=force.VALID)
    for paper in told:
        force.void(actor, paper, reason="延长已经撤销", now=now)
    record_event(
        actor,
        "extension_ended",
        kind="case",
        thing=case.ref,
        application=case.application.ref,
        at=now,
        data={"working_days": extension.working_days, "reason": reason, **_days(before, after)},
    )
    return case


def extension_of(case: Case) -> Extension | None:
    """The extension in force of a case, for the pages; read inside the case's region."""
    return _in_force(case)


def longest_extension(case: Case) -> int | None:
    """The working days an extension of this case may have; None while no verified rule says so (Q2)."""
    limits = limits_for(case.record, timezone.localdate(case.submitted_at))
    return None if limits.extension_doubt else limits.extension_wd


def _access(actor: Actor, ref: str) -> Case:
    case = access_case(actor, ref, to="decide", lock=True)
    require_state(case, CaseState.IN_REVIEW, CaseState.CORRECTION)
    if case.application.filed_by_id == actor.user_id:
        raise NotAllowed("本件由您在窗口代为提交，须由他人办理。", code="own_filing")
    return case


def _in_force(case: Case) -> Extension | None:
    return (
        Extension.objects.filter(region_id=case.region_id, case=case, ended_at__isnull=True)
        .select_related("decided_by")
        .first()
    )


def _require_reason(reason: str) -> str:
    reason = reason.strip()
    if not reason or len(reason) > REASON_LENGTH:
        raise Invalid(fields={"reason": f"请写明理由（不超过{REASON_LENGTH}字），申请人可以看到。"})
    return reason


def _require_length(working_days: int, longest: int | None) -> None:
    if longest is None:
        raise Invalid(fields={"working_days": "延长期限待核实，须先由县发改局确定。"})
    if not 1 <= working_days <= longest:
        raise Invalid(fields={"working_days": f"最多可以延长{longest}个工作日。"})


def _save(case: Case, now: datetime) -> ClockState:
    case.version += 1
    state = settle_clock(case, now)
    case.save(update_fields=["version", "due_on", "paused"])
    return state


def _days(before: ClockState, after: ClockState) -> dict[str, str]:
    """The promised day before and after; none while a correction is open, for it moves with the answer."""
    if after.paused:
        return {}
    return {"from": _iso(before.promised), "due": _iso(after.promised)}


def _iso(deadline: Deadline | None) -> str:
    return deadline.day.isoformat() if deadline else ""
