"""One dated, cited value of the law, and how it is written down, read back and matched against a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from typing import Any, Final, NamedTuple

from .facts import RecordFacts

CERTAINTIES: Final = ("verified", "unverified", "unknown")
GOVERNS: Final = frozenset(
    (
        "display_min", "display_max", "auto_stop", "no_early_stop", "until_restriction", "not_shown", "not_repairable",
        "condition", "material", "accept_days", "decide_days", "total_days", "extension_days", "correction_days",
        "stop_days", "share_days", "objection_days", "false_material", "reapply_ban", "decider", "channel", "remedy",
        "fee", "publication_rolls", "first_application_day", "older_records", "superior_procedure", "report_removal",
        "collection_days", "publish_days", "amount", "subject_scope", "misprint", "wording",
        "field_minimum",
    )
)  # fmt: skip
UNITS: Final = ("month", "WD", "CD", "text", "bool")
COUNTS_FROM: Final = (
    "document", "publication", "listing", "correction", "received", "pushed", "accepted", "decided", "submitted"
)  # fmt: skip
WHEN: Final = (
    "market", "severity", "field", "penalty_kind", "only_kinds", "ground", "term", "decided_before", "trader",
)  # fmt: skip

WhenValue = bool | str | tuple[str, ...]


class Basis(NamedTuple):
    """Where a value stands: name of the paper, its number, the article where certain."""

    name: str
    number: str
    article: str | None = None

    def __str__(self) -> str:
        number = f"（{self.number}）" if self.number else ""
        return f"《{self.name}》{number}{self.article or ''}"


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of the rule pack.

    region       GB/T 2260 code of the region it holds in (its bureau's answer, or its own paper), None = national
    category     code of a room, None = all
    when         pairs (fact, value): a tuple value matches any of it; `penalty_kind` asks whether the decision has
                 one of the kinds, `only_kinds` whether it has no others; `decided_before` is a YYYY-MM-DD
    value, unit  the value itself (months, days, text, yes or no); None = nobody has told us
    counts_from, start_certainty   what the period counts from, and how sure that is
    variant      rows of one variant belong together (a minimum and its maximum); variants of one regime compete
    in_force_to  inclusive, None = open
    supersedes   key of a row this one replaces while in force (rows of a region only)
    """

    key: str
    regime: str
    governs: str
    value: int | str | bool | None
    basis: Basis
    text_zh: str
    in_force_from: date
    in_force_to: date | None = None
    unit: str = "month"
    counts_from: str | None = None
    category: str | None = None
    when: tuple[tuple[str, WhenValue], ...] = ()
    certainty: str = "verified"
    start_certainty: str = "verified"
    question: str | None = None
    variant: str = ""
    region: str | None = None
    set_by: str | None = None
    set_on: date | None = None
    supersedes: str | None = None

    def __post_init__(self) -> None:
        for name, allowed in (
            ("governs", GOVERNS),
            ("unit", UNITS),
            ("counts_from", (*COUNTS_FROM, None)),
            ("certainty", CERTAINTIES),
            ("start_certainty", CERTAINTIES),
        ):
            if getattr(self, name) not in allowed:
                raise ValueError(f"rule {self.key}: {name} {getattr(self, name)!r} is none of {allowed}")
        for fact, _ in self.when:
            if fact not in WHEN:
                raise ValueError(f"rule {self.key}: unknown condition {fact!r}")
        if self.unit in ("month", "WD", "CD") and self.value is not None and type(self.value) is not int:
            raise ValueError(f"rule {self.key}: {self.unit} wants a whole number")
        if type(self.value) is int and not 0 <= self.value <= 1200:
            raise ValueError(f"rule {self.key}: {self.value} {self.unit} is out of range")

    def __hash__(self) -> int:
        # Packs are looked up by all rows of a region at every question; equal rows have equal keys.
        return hash(self.key)

    def in_force(self, on: date) -> bool:
        """Whether the row is in force on a day, both ends included."""
        return self.in_force_from <= on and (self.in_force_to is None or on <= self.in_force_to)

    def to_json(self) -> dict[str, Any]:
        """The row as in the rule files: dates as YYYY-MM-DD, `when` as an object, basis as an object."""
        out: dict[str, Any] = {}
        for one in fields(self):
            value = getattr(self, one.name)
            out[one.name] = value.isoformat() if isinstance(value, date) else value
        out["basis"] = self.basis._asdict()
        out["when"] = {fact: list(v) if isinstance(v, tuple) else v for fact, v in self.when}
        return out

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Rule:
        """Read a row; raises ValueError or KeyError with the reason when it is not one."""
        known = {one.name: data[one.name] for one in fields(cls) if one.name in data}
        for name in ("in_force_from", "in_force_to", "set_on"):
            if isinstance(known.get(name), str):
                known[name] = date.fromisoformat(known[name])
        known["basis"] = Basis(**data["basis"])
        known["when"] = conditions(data.get("when") or {})
        return cls(**known)


def conditions(when: Mapping[str, Any]) -> tuple[tuple[str, WhenValue], ...]:
    """The `when` of a row in its stored, hashable form."""
    return tuple((fact, tuple(v) if isinstance(v, list | tuple) else v) for fact, v in sorted(when.items()))


def matches(rule: Rule, facts: RecordFacts, market: bool | None, severity: str) -> bool:
    """Whether the conditions of a row hold for a record read as of this field and class."""
    return all(_holds(fact, wanted, facts, market, severity) for fact, wanted in rule.when)


def _holds(fact: str, wanted: WhenValue, facts: RecordFacts, market: bool | None, severity: str) -> bool:
    options = wanted if isinstance(wanted, tuple) else (wanted,)
    if fact == "market":
        return market in options
    if fact == "severity":
        return severity in options
    if fact == "penalty_kind":
        return any(kind in options for kind in facts.penalty_kinds)
    if fact == "only_kinds":
        return bool(facts.penalty_kinds) and all(kind in options for kind in facts.penalty_kinds)
    if fact == "decided_before":
        return facts.decided_on is not None and facts.decided_on < _day(str(wanted))
    if fact == "trader":
        return facts.subject_is_trader in options
    return getattr(facts, fact) in options


@cache
def _day(text: str) -> date:
    return date.fromisoformat(text)
