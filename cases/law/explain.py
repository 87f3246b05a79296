"""The words of a Verdict: a reason for each reading, the doubts with 待核实, and how certain the whole is."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Final

from .facts import RecordFacts
from .plans import Kind, marked
from .readings import Reading, after
from .regimes import REGIMES
from .rules import Basis, Rule
from .severity import SEVERITIES
from .verdict import Reason

EVENTS: Final = {
    "document": "作出决定之日", "publication": "公示之日", "listing": "列入之日", "correction": "纠正之日",
}  # fmt: skip
_MISSING: Final = {
    "document": "决定日期未提供，无法计算期限，待核实", "publication": "公示日期未提供，无法确定期限，待核实",
    "listing": "列入日期未提供，无法计算期限，待核实", "correction": "纠正日期未提供，由认定单位核实（待核实）",
}  # fmt: skip
_LISTED_LATER: Final = "列入之日（纠正在先）"


def reason_of(reading: Reading, facts: RecordFacts) -> Reason:
    """Why one reading answers as it does: sentence, citation, start event, arithmetic, certainty."""
    frame, candidate = reading.frame, reading.candidate
    plan, row = frame.plan, frame.plan.minimum
    text, basis, certainty, question = row.text_zh, row.basis, candidate.certainty, row.question
    start, event, counts_from = reading.start_on, "", frame.counts_from
    if candidate.answer == "over" and plan.maximum is not None:
        text, basis, question = plan.maximum.text_zh, plan.maximum.basis, plan.maximum.question
        start, counts_from, certainty = reading.ends_from, frame.ends_from, frame.ends_certainty
    if plan.auto_stop is not None and plan.auto_stop.value is not False:
        text, basis, certainty, question = _cited(plan.auto_stop)
    elif candidate.answer != "over" and frame.special is not None:
        text, basis, certainty, question = _cited(frame.special[0])
    arithmetic = ""
    if start is not None:
        event = EVENTS.get(counts_from or "", "")
        if counts_from == "correction" and facts.corrected_on is not None and start > facts.corrected_on:
            event = _LISTED_LATER
        if candidate.answer in ("over", "self") or candidate.first_on is None:
            if candidate.ends_on is not None and reading.ends_from is not None:
                arithmetic = _to_the_end(reading.ends_from, frame.max_months, candidate.ends_on)
        else:
            arithmetic = _to_the_first(start, row.value or 0, reading.last_on, candidate.first_on)
    return Reason(text, basis, event, start, arithmetic, certainty, reading.skipped, "explains", question)


def _cited(row: Rule) -> tuple[str, Basis, str, str | None]:
    return row.text_zh, row.basis, row.certainty, row.question


@lru_cache(maxsize=1 << 13)
def _to_the_first(start: date, months: int | str | bool, last: date | None, first: date) -> str:
    if not months:
        return f"{start} 起，义务履行完毕、失信行为纠正后即可申请"
    return f"{start} 起算，加{months}个月，至{last}届满，{first}起可申请"


@lru_cache(maxsize=1 << 13)
def _to_the_end(start: date, months: int | None, ends: date) -> str:
    restricted = ends != after(start, months)
    how = f"至限制期限{ends}止" if restricted else f"加{months}个月，至{ends}届满"
    return f"{start} 起算，{how}后自动停止公示"


def doubts_of(
    kind: Kind,
    readings: list[Reading],
    facts: RecordFacts,
    conditions: tuple[Reason, ...],
    answers: frozenset[str],
    corrected: bool,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(sentences with 待核实, open questions), each once, in the order a reader needs them.

    corrected   whether the record says that the conduct was corrected
    """
    found: dict[str, str | None] = {}
    if len(kind.regimes) > 1 and _differ(readings):
        found[_which_of(kind.regimes)] = "Q1"
    if kind.classes:
        found[_presumed(kind.classes)] = "Q5"
    if kind.both_fields:
        found["是否属市场监管领域未说明，按两种情形计算（待核实）"] = None
    if kind.gap:
        found["其中一种情形没有已载入的规则（待核实）"] = None
    if kind.unsure_starts:
        for regime in kind.regimes:
            _start_doubt(regime, readings, found)
    for reading in readings:
        frame = reading.frame
        if frame.doubt:
            found[frame.doubt] = frame.plan.minimum.question
        if reading.start_on is None and (frame.months != 0 or frame.plan.maximum is not None):
            found[_MISSING.get(frame.counts_from or "", "起算日未提供，待核实")] = None
        if reading.candidate.answer != "over":
            for text, question in frame.special_doubts:
                found[text] = question
    if "edge" in answers:
        found["最短公示期届满当日能否申请待核实"] = "Q9"
    if "over" in answers and not corrected:
        found["最长公示期已届满，是否已纠正并履行义务待核实"] = None
    for reason in conditions:
        if reason.certainty != "verified" or reason.effect not in ("explains", "blocks"):
            found[marked(reason.text)] = reason.question
    if not found:
        return (), ()
    return tuple(found), tuple(sorted({question for question in found.values() if question}))


def _differ(readings: list[Reading]) -> bool:
    first = readings[0].candidate
    return any(
        r.candidate.first_on != first.first_on
        or r.candidate.ends_on != first.ends_on
        or r.candidate.answer != first.answer
        for r in readings
    )


def _start_doubt(regime: str, readings: list[Reading], found: dict[str, str | None]) -> None:
    unsure = [r for r in readings if r.frame.plan.regime == regime and r.frame.start_certainty != "verified"]
    # Two starts that give the same days are no question to anybody.
    starts = {(r.frame.counts_from, r.start_on) for r in unsure}
    if unsure and (len(starts) == 1 or len({start for _, start in starts}) > 1):
        events = tuple(dict.fromkeys(r.frame.counts_from or "" for r in unsure))
        found[_counted_from(regime, events)] = unsure[0].frame.plan.minimum.question


@lru_cache(maxsize=256)
def _which_of(regimes: tuple[str, ...]) -> str:
    return f"本信息适用{'与'.join(_title(key) for key in regimes)}中的哪一项待核实"


@lru_cache(maxsize=64)
def _presumed(classes: tuple[str, ...]) -> str:
    return f"失信程度未由认定单位确定，按{'、'.join(SEVERITIES[one] for one in classes)}计算（待核实）"


@lru_cache(maxsize=256)
def _counted_from(regime: str, events: tuple[str, ...]) -> str:
    return f"{_title(regime)}公示期自{'、'.join(EVENTS.get(one, '') for one in events)}起算待核实"


def certainty_of(readings: list[Reading], answers: frozenset[str]) -> str:
    """verified only where every reading is and all name the same days."""
    if "unknown" in answers:
        return "unknown"
    first = readings[0].candidate
    sure = "edge" not in answers and all(
        r.candidate.certainty == "verified"
        and r.candidate.first_on == first.first_on
        and r.candidate.ends_on == first.ends_on
        for r in readings
    )
    return "verified" if sure else "unverified"


def _title(regime: str) -> str:
    known = REGIMES.get(regime)
    return known.title if known else regime
