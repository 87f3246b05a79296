"""The working days of a case, read from the rule pack; what no row gives, or gives as unknown, stays None."""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

from .clock import Limits
from .facts import RecordFacts
from .pack import RulePack
from .plans import count
from .rules import Rule, matches

_WORDS: Final = {
    "accept_days": "受理", "decide_days": "决定", "total_days": "办结", "extension_days": "延长", "correction_days": "补正",
    "objection_days": "异议答复",
}  # fmt: skip


class _Chosen(NamedTuple):
    """The row a limit rests on, and the sentences with 待核实 beside it."""

    rule: Rule | None
    doubts: tuple[str, ...]


def limits_of(pack: RulePack, facts: RecordFacts, on: date) -> Limits:
    """Working-day limits of a case filed on `on`; what no row gives, or gives as unknown, is None.

    Where a list's own order and the rows for all differ, the verified one holds, then the shorter; the other is said
    among the doubts. A region's row about the list itself ends the question.
    """
    chosen = {governs: _choose(pack, governs, facts, on) for governs in _WORDS}
    accept, decide, total = (chosen[governs].rule for governs in ("accept_days", "decide_days", "total_days"))
    extension, correction, objection = (
        chosen[governs] for governs in ("extension_days", "correction_days", "objection_days")
    )
    return Limits(
        accept_wd=count(accept),
        decide_wd=count(decide),
        total_wd=count(total),
        accept_from=(accept and accept.counts_from) or "pushed",
        decide_from=(decide and decide.counts_from) or "accepted",
        total_from=(total and total.counts_from) or "submitted",
        doubts=tuple(
            doubt for governs in ("accept_days", "decide_days", "total_days") for doubt in chosen[governs].doubts
        ),
        extension_wd=count(extension.rule),
        correction_wd=count(correction.rule),
        objection_wd=count(objection.rule),
        extension_doubt="；".join(extension.doubts),
        correction_doubt="；".join(correction.doubts),
        objection_doubt="；".join(objection.doubts),
    )


def _choose(pack: RulePack, governs: str, facts: RecordFacts, on: date) -> _Chosen:
    market = pack.market_of(facts)
    # Steps of a longer way (an objection before listing, a review of it) are variants, and no limit of a case.
    rows = [
        rule
        for rule in pack.rows(governs, facts.category, on, market=market)
        if rule.unit == "WD" and rule.variant in ("", "answer") and matches(rule, facts, market, facts.severity)
    ]
    own = [rule for rule in rows if rule.region is not None and rule.category is not None]
    if own:
        settled = max(own, key=lambda rule: len(rule.when))
        return _Chosen(settled, (settled.text_zh,) if settled.certainty != "verified" else ())
    # That a list's own order is silent, or unknown to us, does not take away what holds for all.
    known = sorted(
        (rule for rule in rows if count(rule) is not None),
        key=lambda rule: (rule.certainty != "verified", rule.region is None, count(rule) or 0),
    )
    if not known:
        silent = max(rows, key=lambda rule: rule.category is not None, default=None)
        return _Chosen(silent, (silent.text_zh,) if silent else ())
    first = known[0]
    doubts = [first.text_zh] if first.certainty != "verified" else []
    doubts += [
        f"《{rule.basis.name}》另定{_WORDS[governs]}{rule.value}个工作日（待核实）"
        for rule in known[1:]
        if rule.value != first.value
    ]
    return _Chosen(first, tuple(dict.fromkeys(doubts)))
