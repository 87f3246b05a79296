"""Facts that cannot be: named, never repaired by guessing. They hand a record to an officer where an answer rests on them."""

from __future__ import annotations

from datetime import date
from typing import Final

from .facts import RecordFacts
from .severity import PENALTY_KINDS, SEVERITIES
from .verdict import Reason

DATES: Final[dict[str, str]] = {
    "decided_on": "决定日期",
    "published_on": "公示日期",
    "listed_on": "列入日期",
    "corrected_on": "纠正日期",
}
# The facts a start rests on; a record is decided before anything else, so that day is always looked at.
FACTS_OF: Final[dict[str, tuple[str, ...]]] = {
    "document": (),
    "publication": ("published_on",),
    "listing": ("listed_on",),
    "correction": ("listed_on", "corrected_on"),
}


def impossible(facts: RecordFacts, today: date, counts_from: frozenset[str], *, listing: bool) -> tuple[Reason, ...]:
    """Dates that cannot be, among those that some reading of the record counts from.

    A day after `today`; published or listed before the decision. A correction may well come before the decision.
    """
    decided = facts.decided_on
    found: list[str] = []
    names = ["decided_on"]
    if listing and decided is None and "document" in counts_from:
        names.append("listed_on")  # which then stands for the decision
    for start in ("publication", "listing", "correction"):
        if start in counts_from:
            names += [name for name in FACTS_OF[start] if name not in names]
    for name in names:
        day: date | None = getattr(facts, name)
        if day is None:
            continue
        if day > today:
            found.append(f"{DATES[name]}（{day}）晚于判断之日（{today}）")
        if name in ("published_on", "listed_on") and decided is not None and day < decided:
            found.append(f"{DATES[name]}（{day}）早于决定日期（{decided}）")
    return tuple(_officer(text) for text in found)


def ended_before_it_began(facts: RecordFacts) -> tuple[Reason, ...]:
    """A display that ended before the decision was made."""
    if facts.ended_on is None or facts.decided_on is None or facts.ended_on >= facts.decided_on:
        return ()
    return (_officer(f"停止公示日期（{facts.ended_on}）早于决定日期（{facts.decided_on}）"),)


def odd_words(facts: RecordFacts) -> tuple[Reason, ...]:
    """Words and amounts nobody knows, where the class rests on them: they suggest nothing, so every class is weighed."""
    found: list[str] = []
    if facts.severity not in SEVERITIES:
        found.append(f"失信程度“{facts.severity}”不是已知的类别，按未定处理")
    if facts.amount_fen is not None and facts.amount_fen < 0:
        found.append(f"罚款金额为负数（{facts.amount_fen / 100:.2f}元），不作为判断失信程度的依据")
    unknown = [kind for kind in facts.penalty_kinds if kind not in PENALTY_KINDS]
    if unknown:
        found.append(f"处罚种类“{'、'.join(map(str, unknown))}”不是已知的种类")
    return tuple(Reason(f"{text}，待核实", certainty="unknown", effect="warns") for text in found)


def _officer(text: str) -> Reason:
    return Reason(f"{text}，记录的事实互相矛盾，由认定单位核实", certainty="unknown", effect="officer")
