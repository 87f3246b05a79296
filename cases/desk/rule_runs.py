"""The page of a forecast or a recompute: progress, what it found in words, and the forecast beside its result."""

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any, Final

from cases.access import visible_records
from cases.desk.rule_words import day_words
from cases.facts import facts_of
from cases.law import STATUSES, Verdict, evaluate
from cases.models import RegionRule, RuleRun
from cases.questions import all_answers
from cases.services.matters import is_supervisor
from cases.services.recompute import sides_of
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.models import Role

COUNTED: Final[dict[str, str]] = {
    "records": "已判定的公示信息",
    "status_changed": "结论改变",
    "becomes_now": "变为现在可以申请",
    "stops_being_now": "不再是现在可以申请",
    "dates_changed": "日期改变",
    "earlier": "可申请日期提前",
    "later": "可申请日期推后",
    "cases_open": "办理中的案件",
    "cases_changed": "办理期限改变",
    "cases_become_late": "变为超期",
    "cases_no_longer_late": "不再超期",
}
DRAFTS: Final = "rule_drafts"
MOST_DRAFTS: Final = 5
EXPLAINED: Final = 20


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the sample: a record or case, before → after in words, and for records why."""

    kind: str
    thing: str
    label: str
    before: str
    after: str
    why_before: str = ""
    why_after: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """One count: of this run, and for a recompute what its forecast had said (None without one)."""

    name: str
    label: str
    number: int
    forecast: int | None = None

    @property
    def differs(self) -> bool:
        return self.forecast is not None and self.forecast != self.number


def keep_draft(session: MutableMapping[str, Any], ref: str, typed: dict[str, str]) -> None:
    """Keep what was typed with the forecast it belongs to; the latest few."""
    drafts = {**session.get(DRAFTS, {}), ref: typed}
    session[DRAFTS] = dict(list(drafts.items())[-MOST_DRAFTS:])


def draft_of(session: MutableMapping[str, Any], ref: str) -> dict[str, str]:
    """What the person of this session typed before that forecast; empty for another's."""
    return dict(session.get(DRAFTS, {}).get(ref, {}))


def sentence(counts: dict[str, int]) -> str:
    """What a run found, in plain words: 「41件结论改变，3件变为超期」."""
    said = [
        (counts.get("status_changed", 0), "条信息结论改变"),
        (counts.get("dates_changed", 0), "条信息日期改变"),
        (counts.get("cases_changed", 0), "件办件期限改变"),
        (counts.get("cases_become_late", 0), "件变为超期"),
        (counts.get("cases_no_longer_late", 0), "件不再超期"),
    ]
    words = "，".join(f"{number}{what}" for number, what in said if number)
    return words or "没有信息的结论或者日期改变，没有办件的期限改变"


def run_context(actor: Actor, run: RuleRun) -> dict[str, Any]:
    """The context of desk/rule_run.html. Names of records and cases are for supervisors; others see the counts."""
    version = _version_of(run)
    forecast = version.forecast if version is not None and run.what == RuleRun.What.RECOMPUTE else None
    tried = run.proposal.get("version") or {}
    code = tried.get("answer") or (version.answer if version else "")
    answer = all_answers().get(code)
    counted = _counted(run, forecast)
    finished = run.finished_at is not None
    is_forecast = run.what == RuleRun.What.WHAT_IF
    return {
        "title": run.cause if is_forecast else f"重新计算：{run.cause}",
        "run": run,
        "answer": answer,
        "tried_end": tried.get("action") == RegionRule.Action.END,
        "tried_value": answer.label(tried["value"]) if answer and tried.get("value") is not None else "",
        "tried_from": tried.get("in_force_from", ""),
        "is_forecast": is_forecast,
        "finished": finished,
        "sentence": sentence(run.counts) if finished else "",
        "counted": counted,
        "forecast": forecast,
        "forecast_sentence": sentence(forecast.counts) if forecast else "",
        "equal": not any(line.differs for line in counted),
        "version": version,
        "sees_cases": actor.has(Role.SUPERVISOR),
        "changes": _changes(actor, run) if finished and actor.has(Role.SUPERVISOR) else [],
        "may_confirm": is_forecast and finished and version is None and is_supervisor(actor),
    }


def _version_of(run: RuleRun) -> RegionRule | None:
    """The version a forecast led to, or the one that set a recompute going."""
    rows = RegionRule.objects.filter(region_id=run.region_id).select_related("forecast", "set_by")
    if run.what == RuleRun.What.WHAT_IF:
        return rows.filter(forecast=run).order_by("id").first()
    until = run.proposal.get("until")
    return rows.filter(pk=until).first() if until else None


def _counted(run: RuleRun, forecast: RuleRun | None) -> list[Counted]:
    return [
        Counted(name, label, run.counts.get(name, 0), forecast.counts.get(name, 0) if forecast else None)
        for name, label in COUNTED.items()
    ]


def _changes(actor: Actor, run: RuleRun) -> list[Change]:
    """The sample with reasons for its first records, judged anew by both packs on the day of the run."""
    refs = [line["thing"] for line in run.sample if line["kind"] == "record"][:EXPLAINED]
    records = {one.ref: one for one in visible_records(actor).filter(ref__in=refs).select_related("subject")}
    sides = sides_of(run)
    found = []
    for line in run.sample:
        before, after = line["before"], line["after"]
        record = records.get(line["thing"]) if line["kind"] == "record" else None
        why_before = why_after = ""
        if record is not None:
            facts = facts_of(record)
            old, new = (evaluate(facts, run.judged_on, pack) for pack in (sides.before, sides.after))
            why_before, why_after = _why(old, new), _why(new, old)
        words = _answer_words if line["kind"] == "record" else _due_words
        found.append(
            Change(line["kind"], line["thing"], line["label"], words(before), words(after), why_before, why_after)
        )
    return found


def _why(verdict: Verdict, other: Verdict) -> str:
    """The reason that decides: one the other side has not, before all one that does more than explain."""
    own = [reason for reason in verdict.reasons if reason not in other.reasons] or list(verdict.reasons)
    reason = next((one for one in own if one.effect in ("blocks", "officer")), own[0])
    return "　".join(part for part in (reason.text, str(reason.basis or ""), reason.arithmetic) if part)


def _answer_words(answer: dict[str, Any]) -> str:
    word = STATUSES.get(answer["status"], answer["status"])
    earliest = f"，最早 {answer['earliest']}" if answer["earliest"] else ""
    ends = f"，公示至 {answer['ends']}" if answer["ends"] else ""
    return f"{word}{earliest}{ends}"


def _due_words(answer: dict[str, Any]) -> str:
    return f"期限 {day_words(answer['due'])}"
