"""The working days of a case, read from the rule pack; what no row gives, or gives as unknown, stays None."""

from __future__ import annotations

from datetime import date
from typing import Final

from .clock import Limits
from .facts import RecordFacts
from .pack import RulePack
from .plans import count
from .rules import Rule, matches

_OTHER_LIMITS: Final = ("extension_days", "correction_days", "objection_days")


def limits_of(pack: RulePack, facts: RecordFacts, on: date) -> Limits:
    """Working-day limits of a case filed on `on`; what no row gives, or gives as unknown, is None."""
    market = pack.market_of(facts)
    chosen: dict[str, Rule | None] = {}
    for governs in ("accept_days", "decide_days", "total_days", *_OTHER_LIMITS):
        rows = pack.select(governs, facts, on, market=market, severity=facts.severity)
        # Steps of a longer way (an objection before listing, a review of it) are variants, and no limit of a case.
        steps = [r for r in rows if r.unit == "WD" and r.variant in ("", "answer")]
        if steps and steps[0].value is None and steps[0].region is None:
            # That a list's own order is silent or unknown does not take away what holds for all.
            steps = [r for r in _general(pack, governs, facts, on, market) if r.value is not None] or steps
        chosen[governs] = steps[0] if steps else None
    accept, decide, total = chosen["accept_days"], chosen["decide_days"], chosen["total_days"]
    extension, correction, objection = (chosen[governs] for governs in _OTHER_LIMITS)
    return Limits(
        accept_wd=count(accept),
        decide_wd=count(decide),
        total_wd=count(total),
        accept_from=(accept and accept.counts_from) or "pushed",
        decide_from=(decide and decide.counts_from) or "accepted",
        total_from=(total and total.counts_from) or "submitted",
        doubts=tuple(r.text_zh for r in (accept, decide, total) if r and r.certainty != "verified"),
        extension_wd=count(extension),
        correction_wd=count(correction),
        objection_wd=count(objection),
        extension_doubt=_doubt_of(extension),
        correction_doubt=_doubt_of(correction),
        objection_doubt=_doubt_of(objection),
    )


def _general(pack: RulePack, governs: str, facts: RecordFacts, on: date, market: bool | None) -> list[Rule]:
    """The rows of a matter that hold for every category, a region's own first."""
    rows = [r for r in pack.rows(governs, facts.category, on, market=market) if r.category is None]
    return sorted((r for r in rows if matches(r, facts, market, facts.severity)), key=lambda r: r.region is None)


def _doubt_of(rule: Rule | None) -> str:
    return rule.text_zh if rule is not None and rule.certainty != "verified" else ""
