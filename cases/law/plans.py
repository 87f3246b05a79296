"""What the rows say of one kind of record: its plans, its readings before their dates, and what is said beside them."""

from __future__ import annotations

from typing import Final, NamedTuple

from .regimes import REGIMES
from .rules import Rule
from .verdict import Reason

CLASSES: Final = ("minor", "general", "serious")


class Plan(NamedTuple):
    """The rows of one reading of the law: a regime, and in it one variant."""

    regime: str
    variant: str
    minimum: Rule
    maximum: Rule | None
    auto_stop: Rule | None
    no_early_stop: Rule | None
    until_restriction: Rule | None


class Governing(NamedTuple):
    """All that the rows say of records of one kind: readings to be weighed, today's regime ("" = none loaded).

    scope     the row that says whether such subjects are served here, None = no row speaks of them
    remarks   what the rows add in words: a superior's procedure that prevails, a hint that is 待核实
    """

    plans: tuple[Plan, ...]
    regime: str
    to_show: tuple[str, ...]
    not_shown: tuple[Reason, ...]
    scope: Rule | None = None
    remarks: tuple[Reason, ...] = ()


class Frame(NamedTuple):
    """One reading of the law for a kind of record, before its dates: a plan, read as of a field and a class.

    severity          "" where the rows do not read it
    months, max_months    whole months, None = unknown, or no maximum; certainty of the minimum and its start together
    special           the row that settles the answer without a period, and its word: self or never
    doubt, special_doubts   sentences with 待核实 that hold whatever the dates are
    """

    plan: Plan
    market: bool | None
    severity: str
    months: int | None
    counts_from: str | None
    max_months: int | None
    ends_from: str | None
    certainty: str
    ends_certainty: str
    start_certainty: str
    special: tuple[Rule, str] | None
    doubt: str
    special_doubts: tuple[tuple[str, str | None], ...]


class Kind(NamedTuple):
    """All readings of a kind of record on the days of one era, and what is open about the kind itself.

    governing     of the first field and class that has rules; gap: one of two plausible fields has none
    said          what the rows say of it beside the periods, in any field and class
    classes       the classes weighed because none is set, () where it is or does not matter
    """

    frames: tuple[Frame, ...]
    governing: Governing | None
    said: tuple[Reason, ...]
    regimes: tuple[str, ...]
    counts_from: frozenset[str]
    classes: tuple[str, ...]
    both_fields: bool
    gap: bool
    unsure_starts: bool


def frame_of(plan: Plan, market: bool | None, severity: str) -> Frame:
    minimum, maximum = plan.minimum, plan.maximum
    months = count(minimum)
    certainty = "unknown" if months is None else minimum.certainty
    if certainty == "verified" and minimum.start_certainty != "verified":
        certainty = "unverified"
    ends_certainty = "verified"
    if maximum is not None:
        sure = maximum.certainty == maximum.start_certainty == "verified"
        ends_certainty = "verified" if sure else "unverified"
    special = [
        (row, word)
        for row, word in ((plan.auto_stop, "self"), (plan.no_early_stop, "never"))
        if row is not None and row.value is not False
    ]
    return Frame(
        plan=plan,
        market=market,
        severity=severity if any(fact == "severity" for fact, _ in minimum.when) else "",
        months=months,
        counts_from=minimum.counts_from,
        max_months=count(maximum),
        ends_from=maximum.counts_from if maximum is not None else None,
        certainty=certainty,
        ends_certainty=ends_certainty,
        start_certainty=minimum.start_certainty,
        special=special[0] if special else None,
        doubt=marked(minimum.text_zh) if minimum.certainty != "verified" else "",
        special_doubts=tuple((marked(row.text_zh), row.question) for row, _ in special if row.certainty != "verified"),
    )


def of_variant(rows: tuple[Rule, ...], minimum: Rule) -> Rule | None:
    """The row that goes with a minimum: of its variant, else of no variant; of its own regime before another's."""
    fitting = [row for row in rows if row.variant in (minimum.variant, "")]
    if not fitting:
        return None
    return max(fitting, key=lambda row: (row.variant == minimum.variant, row.regime == minimum.regime))


def carried(plans: tuple[Plan, ...]) -> tuple[Plan, ...]:
    """Plans that still speak of their records after their regime."""
    return tuple(plan for plan in plans if plan.regime not in REGIMES or REGIMES[plan.regime].carries)


def count(rule: Rule | None) -> int | None:
    return rule.value if rule is not None and type(rule.value) is int else None


def marked(text: str) -> str:
    """A sentence with its mark of doubt."""
    return text if "待核实" in text else f"{text}（待核实）"


def remark(row: Rule, effect: str) -> Reason:
    return Reason(row.text_zh, row.basis, certainty=row.certainty, effect=effect, question=row.question)


def not_shown(row: Rule) -> Reason:
    """A record that should not be public at all is taken down by its department, not repaired."""
    effect = "hides" if row.certainty == "verified" else "warns"
    text = f"{row.text_zh}；已公示的，由认定单位核实后撤下"
    return Reason(text, row.basis, certainty=row.certainty, effect=effect, question=row.question)


def in_scope(row: Rule) -> tuple[Reason, ...]:
    """Subjects of whom nobody has told us are for an officer; those who are not served here are told so."""
    if row.value is True:
        return ()
    return (remark(row, "officer" if row.value is None or row.certainty != "verified" else "explains"),)
