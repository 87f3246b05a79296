"""待核实事项的确定: the supervising bureau tries an answer, sees what it changes, sets it with its citation, ends it."""

from datetime import date, datetime
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from cases.categories import pack_for, unanswered_rows
from cases.law import Basis, Rule, RulePack
from cases.law.answer import ValueFault, citation_faults, faults_of
from cases.models import RegionRule, RuleRun
from cases.overrides import overrides_of
from cases.questions import all_answers
from cases.services import recompute
from cases.services.compare import Sides
from cases.services.interest import has_interest
from cases.services.matters import Matter, is_supervisor, matter_of
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid, NotAllowed, WrongMoment
from creditrepair.tenancy.remembered import forget

LOCK: Final = 620322  # first key of the advisory lock under which a region's versions are appended; second: the region
SET, END = RegionRule.Action.SET, RegionRule.Action.END
_STALE: Final = "规则已变化，请重新试算。"


@transaction.atomic
def ask_what_if(
    actor: Actor, *, answer: str, value: Any, action: str = SET, in_force_from: date, now: datetime
) -> RuleRun:
    """Try an answer (action set) or its end: a run that counts what would change and writes nothing.

    Raises NotAllowed (not the supervising bureau), NotFound (no such matter), Invalid (value, action), WrongMoment
    (nothing to end; another answer stands in its way).
    """
    _require_supervisor(actor)
    matter = matter_of(actor.region, answer, timezone.localdate(now))
    value = _checked(matter, value, action)
    _require_alone(actor.region, matter, action)
    data = _proposal(matter, value, action, in_force_from, actor.region)
    run = recompute.queue_run(
        actor.region,
        RuleRun.What.WHAT_IF,
        cause=f"试算：{matter.answer.title_zh}",
        proposal={"since": _latest(actor.region), "version": data},
        judged_on=max(timezone.localdate(now), in_force_from),
        by=actor.person_id,
        now=now,
    )
    transaction.on_commit(recompute.wake, robust=True)
    return run


@transaction.atomic
def set_answer(
    actor: Actor,
    *,
    answer: str,
    value: Any,
    basis_name: str,
    basis_number: str,
    basis_article: str = "",
    basis_rank: str,
    basis_from: date,
    in_force_from: date,
    reason: str,
    forecast_ref: str,
    now: datetime,
) -> RegionRule:
    """Put an answer in force from a day on, with its citation; everything open is recomputed, nothing decided is.

    Raises NotAllowed (not the supervising bureau; own_interest), NotFound, Invalid (fields: value, basis_name,
    basis_number, basis_rank, basis_from, in_force_from, reason, forecast), WrongMoment (the rules have changed since
    the forecast; another answer stands in its way).
    """
    _require_supervisor(actor)
    _lock(actor.region)
    matter = matter_of(actor.region, answer, timezone.localdate(now))
    basis = Basis(basis_name.strip(), basis_number.strip(), basis_article.strip() or None)
    faults = citation_faults(basis) | _paper_faults(basis_rank, basis_from, in_force_from, reason)
    try:
        value = _checked(matter, value, SET)
        rows = matter.answer.make(
            value,
            national=unanswered_rows(actor.region),
            region=actor.region,
            number=_number(matter),
            basis=basis,
            in_force_from=in_force_from,
        )
        faults |= faults_of(rows, basis_rank, unanswered_rows(actor.region))
    except Invalid as wrong:
        faults |= wrong.fields
    if faults:
        raise Invalid(fields=faults)
    _require_alone(actor.region, matter, SET)
    version = RegionRule(
        value=value,
        rows=[row.to_json() for row in rows],
        basis_name=basis.name,
        basis_number=basis.number,
        basis_article=basis_article.strip(),
        basis_rank=basis_rank,
        basis_from=basis_from,
    )
    return _append(actor, matter, version, SET, in_force_from, reason, forecast_ref, now)


@transaction.atomic
def end_answer(
    actor: Actor,
    *,
    answer: str,
    basis_name: str,
    basis_number: str,
    basis_article: str = "",
    basis_rank: str,
    basis_from: date,
    in_force_from: date,
    reason: str,
    forecast_ref: str,
    now: datetime,
) -> RegionRule:
    """Give a matter back to the national rows from a day on; also this needs its paper and a forecast.

    Raises as `set_answer`, and WrongMoment where no answer is in force.
    """
    _require_supervisor(actor)
    _lock(actor.region)
    matter = matter_of(actor.region, answer, timezone.localdate(now))
    _checked(matter, None, END)
    basis = Basis(basis_name.strip(), basis_number.strip(), basis_article.strip() or None)
    faults = citation_faults(basis) | _paper_faults(basis_rank, basis_from, in_force_from, reason)
    if faults:
        raise Invalid(fields=faults)
    version = RegionRule(
        value=None,
        rows=[],
        basis_name=basis.name,
        basis_number=basis.number,
        basis_article=basis_article.strip(),
        basis_rank=basis_rank,
        basis_from=basis_from,
    )
    return _append(actor, matter, version, END, in_force_from, reason, forecast_ref, now)


def _append(
    actor: Actor,
    matter: Matter,
    version: RegionRule,
    action: str,
    in_force_from: date,
    reason: str,
    forecast_ref: str,
    now: datetime,
) -> RegionRule:
    """The new version, its recompute and its Event, in the caller's transaction."""
    forget()  # the answer holds from here on, also within this request
    forecast = _forecast(actor.region, matter, version.value, action, in_force_from, forecast_ref, now)
    before, since = overrides_of(actor.region), _latest(actor.region)
    version.region_id, version.question, version.answer = actor.region, matter.answer.question, matter.answer.code
    version.number, version.action, version.in_force_from = _number(matter), action, in_force_from
    version.reason, version.set_by_id, version.set_at, version.forecast = (
        reason.strip(), actor.person_id, now, forecast,
    )  # fmt: skip
    version.save()
    sides = Sides(_pack(before), _pack(overrides_of(actor.region)), forecast.judged_on, timezone.localdate(now))
    if has_interest(actor, sides):
        raise NotAllowed(
            "该规则的变化涉及您代理的单位或者您经办的案件，须由其他信用监管人员确定。", code="own_interest"
        )
    run = recompute.queue_run(
        actor.region,
        RuleRun.What.RECOMPUTE,
        cause=f"{'确定' if action == SET else '停止适用'}：{matter.answer.title_zh}（{version.basis_number}）",
        proposal={"since": since, "until": version.pk, "answer": version.answer, "number": version.number},
        judged_on=forecast.judged_on,
        by=actor.person_id,
        now=now,
    )
    about = {
        "question": version.question,
        "answer": version.answer,
        "title": matter.answer.title_zh,
        "number": version.number,
        "value": version.value,
        "basis": str(Basis(version.basis_name, version.basis_number, version.basis_article or None)),
        "rank": version.basis_rank,
        "in_force_from": in_force_from.isoformat(),
        "reason": version.reason,
        "forecast": forecast.ref,
        "recompute": run.ref,
    }
    verb = "answer_set" if action == SET else "answer_ended"
    record_event(actor, verb, kind="rule", thing=version.ref, at=now, data=about)
    transaction.on_commit(recompute.wake, robust=True)
    return version


def _forecast(
    region: str, matter: Matter, value: Any, action: str, in_force_from: date, ref: str, now: datetime
) -> RuleRun:
    """The finished what-if of exactly this proposal, on the rules of now."""
    run = RuleRun.objects.filter(region_id=region, ref=ref, what=RuleRun.What.WHAT_IF).first()
    if run is None:
        raise Invalid(fields={"forecast": "请先试算，看清影响后再确定。"})
    tried = run.proposal["version"]
    asked = {"answer": matter.answer.code, "value": value, "action": action, "in_force_from": in_force_from.isoformat()}
    if any(tried[name] != wanted for name, wanted in asked.items()):
        raise Invalid(fields={"forecast": "试算的内容与要确定的不一致，请按现在的内容重新试算。"})
    if run.finished_at is None:
        raise WrongMoment("试算尚未完成，请稍候。", code="forecast_running")
    same_rules = run.pack_before == recompute.digest(_pack(overrides_of(region)))
    if not same_rules or run.judged_on != max(timezone.localdate(now), in_force_from):
        raise WrongMoment(_STALE, code="forecast_stale")
    return run


def _require_supervisor(actor: Actor) -> None:
    if not is_supervisor(actor):
        raise NotAllowed("待核实事项由县发改局信用监管人员确定。")


def _lock(region: str) -> None:
    """One version at a time: so keys of versions are in the order of their commits, and a forecast cannot go stale
    between its check and the new version."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, int(region)])


def _checked(matter: Matter, value: Any, action: str) -> Any:
    """The value as stored; None for an end."""
    if action not in (SET, END):
        raise Invalid(fields={"action": "请选择确定或者停止适用。"})
    if action == END:
        if not matter.versions or matter.versions[-1].action == END:
            raise WrongMoment("该事项现在没有已确定的内容，无需停止适用。", code="nothing_in_force")
        return None
    try:
        return matter.answer.check(value)
    except ValueFault as wrong:
        raise Invalid(fields={"value": str(wrong)}) from None


def _require_alone(region: str, matter: Matter, action: str) -> None:
    """Two answers that would compete are not both set: the other one has to be ended first."""
    for code in matter.answer.excludes if action == SET else ():
        latest = RegionRule.objects.filter(region_id=region, answer=code).order_by("id").last()
        if latest is not None and latest.action == SET:
            title = all_answers()[code].title_zh
            raise WrongMoment(f"“{title}”已经确定，须先停止适用。", code="excluded")


def _paper_faults(rank: str, basis_from: date, in_force_from: date, reason: str) -> dict[str, str]:
    faults = {}
    if rank not in RegionRule.Rank.values:
        faults["basis_rank"] = "请选择依据的效力层级。"
    if in_force_from < basis_from:
        faults["in_force_from"] = f"适用日期不能早于依据的施行日期（{basis_from}）。"
    if not reason.strip():
        faults["reason"] = "请说明理由。"
    return faults


def _proposal(matter: Matter, value: Any, action: str, in_force_from: date, region: str) -> dict[str, Any]:
    """What a what-if tries. The paper is not known yet, and changes no date."""
    rows: tuple[Rule, ...] = ()
    if action == SET:
        rows = matter.answer.make(
            value,
            national=unanswered_rows(region),
            region=region,
            number=_number(matter),
            basis=Basis("试算", "试算"),
            in_force_from=in_force_from,
        )
    return {
        "answer": matter.answer.code,
        "value": value,
        "action": str(action),
        "in_force_from": in_force_from.isoformat(),
        "rows": [row.to_json() for row in rows],
    }


def _number(matter: Matter) -> int:
    return matter.versions[-1].number + 1 if matter.versions else 1


def _latest(region: str) -> int:
    latest = RegionRule.objects.filter(region_id=region).order_by("id").values_list("id", flat=True).last()
    return int(latest or 0)


def _pack(overrides: tuple[Rule, ...]) -> RulePack:
    return pack_for(overrides)
