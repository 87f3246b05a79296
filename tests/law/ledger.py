"""The rows of the law, written down a second time in rule_rows.csv from the fact book, and asked of a rule pack.

A line with a region is of that region's own paper, and asked of its pack. It says what the pack must answer for a record that fits, on the first and last day in force, on the days beside
them, and for records that miss one condition. `first_failure` names the first line a pack does not keep.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from cases.categories import room
from cases.law import RecordFacts, Rule, RulePack

FILE: Final = Path(__file__).with_name("rule_rows.csv")
COLUMNS: Final = (
    "key", "category", "governs", "value", "unit", "counts_from", "certainty", "start_certainty", "in_force_from",
    "in_force_to", "when", "variant", "basis", "region",
)  # fmt: skip
DAY: Final = timedelta(days=1)
FAR: Final = date(2040, 1, 1)
OTHER_KIND: Final = "detention"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the ledger; `when` in pairs (fact, values), `value` as text ("" = nobody has told us)."""

    key: str
    category: str
    governs: str
    value: str
    unit: str
    counts_from: str
    certainty: str
    start_certainty: str
    in_force_from: date
    in_force_to: date | None
    when: tuple[tuple[str, tuple[str, ...]], ...]
    variant: str
    basis: str
    region: str


@dataclass(frozen=True, slots=True)
class Question:
    """What the pack is asked: a record read as of a field and a class."""

    facts: RecordFacts
    market: bool | None
    severity: str


def lines() -> tuple[Line, ...]:
    """All lines of the ledger, in the order of the file."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return tuple(_line(row) for row in csv.DictReader(file))


def _line(row: dict[str, str]) -> Line:
    when = tuple(
        (fact, tuple(values.split("|")))
        for fact, _, values in (one.partition("=") for one in row["when"].split(";") if one)
    )
    return Line(
        **{name: row[name] for name in COLUMNS if name not in ("in_force_from", "in_force_to", "when")},
        in_force_from=date.fromisoformat(row["in_force_from"]),
        in_force_to=date.fromisoformat(row["in_force_to"]) if row["in_force_to"] else None,
        when=when,
    )


def written(rule: Rule) -> dict[str, str]:
    """A row of the pack in the words of the file, for a reader who compares the two."""
    value = "" if rule.value is None else _words(rule.value)[0]
    when = ";".join(f"{fact}={'|'.join(_words(wanted))}" for fact, wanted in rule.when)
    return {
        "key": rule.key, "category": rule.category or "", "governs": rule.governs, "value": value, "unit": rule.unit,
        "counts_from": rule.counts_from or "", "certainty": rule.certainty, "start_certainty": rule.start_certainty,
        "in_force_from": rule.in_force_from.isoformat(),
        "in_force_to": rule.in_force_to.isoformat() if rule.in_force_to else "", "when": when, "variant": rule.variant,
        "basis": f"{rule.basis.number}{rule.basis.article or ''}" or rule.basis.name, "region": rule.region or "",
    }  # fmt: skip


def _words(wanted: object) -> tuple[str, ...]:
    values = wanted if isinstance(wanted, tuple) else (wanted,)
    return tuple(("yes" if one else "no") if isinstance(one, bool) else str(one) for one in values)


def first_failure(pack: RulePack, region: str = "") -> str | None:
    """The key and the complaint of the first line that the pack does not keep; None where it keeps all.

    region   "" asks the national lines, a code those of the region's own papers
    """
    for line in lines():
        if line.region != region:
            continue
        complaint = next(complaints(pack, line), None)
        if complaint:
            return f"{line.key}: {complaint}"
    return None


def complaints(pack: RulePack, line: Line) -> Iterator[str]:
    """Ask for the line on the edges of its time, then with each of its conditions missed."""
    fitting = question(line)
    inside = [line.in_force_from, line.in_force_to or FAR]
    for day in inside:
        if not answers(pack, line, fitting, day):
            yield f"not what the pack says on {day}"
    outside = [line.in_force_from - DAY] + ([line.in_force_to + DAY] if line.in_force_to else [])
    for day in outside:
        if answers(pack, line, fitting, day):
            yield f"still said on {day}"
    for fact, _ in line.when:
        if any(answers(pack, line, other, line.in_force_from) for other in missing(fitting, fact)):
            yield f"said without the condition on {fact}"


def answers(pack: RulePack, line: Line, asked: Question, day: date) -> bool:
    """Whether the rows the pack selects contain the row of the line, with all that the line says of it."""
    found = pack.select(line.governs, asked.facts, day, market=asked.market, severity=asked.severity)
    for rule in found:
        said = written(rule)
        if all(said[name] == getattr(line, name) for name in _SAID):
            return True
    return False


_SAID: Final = (
    "key", "governs", "value", "unit", "counts_from", "certainty", "start_certainty", "variant", "basis", "region"
)  # fmt: skip


def question(line: Line) -> Question:
    """The plainest record that fulfils every condition of a line."""
    code = line.category or "administrative_penalty"
    facts, market, severity = RecordFacts(code), room(code).market, "unset"
    for fact, values in line.when:
        first = values[0]
        if fact == "market":
            market = first == "yes"
        elif fact == "severity":
            severity = first
        elif fact in ("penalty_kind", "only_kinds"):
            facts = replace(facts, penalty_kinds=(first,))
        elif fact == "decided_before":
            facts = replace(facts, decided_on=date.fromisoformat(first) - DAY)
        elif fact == "trader":
            facts = replace(facts, subject_is_trader=first == "yes")
        else:
            told: dict[str, Any] = {fact: first}
            facts = replace(facts, **told)
    return Question(facts, market, severity)


def missing(asked: Question, fact: str) -> tuple[Question, ...]:
    """The same record with one condition not fulfilled; a field may be another one, or not stated."""
    facts = asked.facts
    if fact == "market":
        return replace(asked, market=not asked.market), replace(asked, market=None)
    if fact == "severity":
        return (replace(asked, severity="nonsense"),)
    if fact in ("penalty_kind", "only_kinds"):
        return (replace(asked, facts=replace(facts, penalty_kinds=(OTHER_KIND,))),)
    if fact == "decided_before":
        return (replace(asked, facts=replace(facts, decided_on=FAR)),)
    if fact == "trader":
        return (replace(asked, facts=replace(facts, subject_is_trader=not facts.subject_is_trader)),)
    nonsense: dict[str, Any] = {fact: "nonsense"}
    return (replace(asked, facts=replace(facts, **nonsense)),)
