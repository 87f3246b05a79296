"""The rule pack: all rows of law for one region, indexed, hashed, and asked which of them govern a record."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from hashlib import sha256
from typing import Final

from .calendar import WorkCalendar, default_calendar
from .facts import RecordFacts
from .plans import (
    CLASSES,
    Frame,
    Governing,
    Kind,
    Plan,
    carried,
    frame_of,
    in_scope,
    not_shown,
    of_variant,
    remark,
)
from .regimes import GENERAL_ROWS, REGIMES
from .rules import Rule, matches
from .severity import Suggestion, suggest_severity
from .verdict import Reason

WhyNot = Callable[[RecordFacts, date], tuple[Reason, ...]]

# Rows that add up instead of outranking each other.
_CUMULATIVE: Final = frozenset({"condition", "material", "not_shown", "not_repairable", "no_early_stop"})
# Here variants are readings that compete.
_PERIODS: Final = frozenset({"display_min", "display_max", "auto_stop", "until_restriction"})
_CACHED_KINDS: Final = 4096


@dataclass(frozen=True, slots=True)
class RoomLaw:
    """What one category brings to the pack.

    market    True or False where all its records are of one field, None where the record says it
    why_not   conditions that are no plain periods; must not raise
    decided   here, or elsewhere where another authority decides and we mirror
    listing   whether its records are entries of a list, so that a listing date may stand for the decision
    revision  mark of the room's code: the conditions in it are part of the law, and so of the pack's hash
    """

    category: str
    rules: tuple[Rule, ...]
    why_not: WhyNot
    market: bool | None = None
    decided: str = "here"
    listing: bool = True
    revision: str = ""


class RulePack:
    """Rows and rooms of one region. Building it is slow, asking it is not.

    Equal rows and equal code of the rooms' conditions (`RoomLaw.revision`) give equal hashes, and only they.

    overrides   rows of the region, of its own papers and its bureau's answers: they outrank national rows of the same
                matter while in force, and an answer takes the place of the row it supersedes
    calendar    only used where the region lets publication periods roll over days off
    Raises ValueError for two rows of one key or two rooms of one code.
    """

    def __init__(
        self,
        rooms: Iterable[RoomLaw] = (),
        overrides: Iterable[Rule] = (),
        calendar: WorkCalendar | None = None,
    ) -> None:
        all_rooms = tuple(rooms)
        self.rooms: Final = {room.category: room for room in all_rooms}
        if len(self.rooms) != len(all_rooms):
            raise ValueError("two rooms share a category code")
        self.overrides: Final = tuple(overrides)
        self.rules: Final = (*GENERAL_ROWS, *(r for room in all_rooms for r in room.rules), *self.overrides)
        keys = [rule.key for rule in self.rules]
        if len(set(keys)) != len(keys):
            raise ValueError(f"rule keys are not unique: {sorted({k for k in keys if keys.count(k) > 1})}")
        self.calendar: Final = calendar or default_calendar()
        self.hash: Final = _hash(self.rules, all_rooms)
        days = {rule.in_force_from for rule in self.rules} | {
            r.in_force_from for r in REGIMES.values() if r.region is None
        }
        days |= {r.in_force_to + timedelta(days=1) for r in self.rules if r.in_force_to and r.in_force_to < date.max}
        self._eras: Final = sorted(days)
        facts_used = {(rule.category, fact) for rule in self.rules for fact, _ in rule.when}
        self._reads_day: Final = any(fact == "decided_before" for _, fact in facts_used)
        self._by_severity: Final = {category for category, fact in facts_used if fact == "severity"}
        self._rows: Final[dict[tuple[str, str], tuple[Rule, ...]]] = {}
        self._governing: Final[dict[tuple[object, ...], Governing]] = {}
        self._amounts: Final = tuple(rule for rule in self.overrides if rule.governs == "amount" and rule.value)
        self._kinds: Final[dict[tuple[object, ...], Kind]] = {}
        self._settings: Final[dict[tuple[str, str, int], Rule | None]] = {}

    @classmethod
    def national(cls, rooms: Iterable[RoomLaw] = ()) -> RulePack:
        """The pack without any region's rows."""
        return cls(rooms)

    def depends_on_severity(self, category: str) -> bool:
        """Whether any row of a category reads the severity."""
        return category in self._by_severity or None in self._by_severity

    def select(
        self,
        governs: str,
        facts: RecordFacts,
        on: date,
        *,
        market: bool | None,
        severity: str,
        today: date | None = None,
    ) -> tuple[Rule, ...]:
        """The rows that govern a matter on a day: regional before national, more conditions before fewer.

        today    the day of the question where `on` is an earlier one: what a region has decided about a former
                 regime speaks from the day of the decision on, of records of that regime
        A row that supersedes another takes exactly its place. More than one row back means competing values; for
        conditions and the like, rows that add up.
        """
        found = [
            rule
            for rule in self._candidates(facts.category, governs)
            if _speaks(rule, on, today or on) and matches(rule, facts, market, severity)
        ]
        replaced = {rule.supersedes for rule in found if rule.supersedes}
        found = [rule for rule in found if rule.key not in replaced]
        if governs == "display_min" and self._amounts:
            found = self._by_amount(found, facts, today or on)
        if governs in _CUMULATIVE or len(found) < 2:
            return tuple(found)
        if governs in _PERIODS:
            best = max(_rank(rule) for rule in found)
            return tuple(rule for rule in found if _rank(rule) == best)
        # Elsewhere a variant is a matter of its own: a step of a longer way, another amount, another remedy.
        first = {
            variant: max(_rank(r) for r in found if r.variant == variant) for variant in {r.variant for r in found}
        }
        return tuple(rule for rule in found if _rank(rule) == first[rule.variant])

    def suggest(self, facts: RecordFacts, today: date) -> Suggestion:
        """The class a record suggests, by its kinds of penalty and the amounts the region has settled."""
        huge = self.amount_fen("huge", facts.category, today) if self._amounts else None
        return suggest_severity(facts.penalty_kinds, facts.summary_procedure, facts.amount_fen, huge)

    def amount_fen(self, variant: str, category: str, today: date) -> int | None:
        """An amount the region's bureau has settled (large, huge, low), in fen; None while nobody has."""
        told = [
            r for r in self._amounts if r.variant == variant and r.in_force(today) and r.category in (None, category)
        ]
        return int(told[-1].value) * 100 if told and told[-1].value else None

    def _is_low(self, facts: RecordFacts, today: date) -> bool | None:
        """Whether a fine is 较低数额 (Q8); None while the amount or the fine is not told."""
        low = self.amount_fen("low", facts.category, today) if self._amounts else None
        if low is None or facts.amount_fen is None or facts.amount_fen < 0:
            return None
        return facts.amount_fen <= low

    def _by_amount(self, found: list[Rule], facts: RecordFacts, today: date) -> list[Rule]:
        """Of the readings that differ by the amount of a fine (Q8), the one that a settled amount leaves."""
        low = self._is_low(facts, today)
        if low is None:
            return found
        return [
            replace(rule, certainty="verified", question=None, text_zh=rule.text_zh.replace("（数额标准待核实）", ""))
            if rule.question == "Q8"
            else rule
            for rule in found
            if rule.question != "Q8" or (rule.variant == "short") is low
        ]

    def governing(self, facts: RecordFacts, today: date, *, market: bool | None, severity: str) -> Governing:
        """What governs a record read as of this field and class on a day. Remembered: records are many, kinds few."""
        key = (market, severity, *self._kind_of(facts, today))
        known = self._governing.get(key)
        if known is None:
            if len(self._governing) >= _CACHED_KINDS:
                self._governing.clear()
            known = self._governing[key] = self._govern(facts, today, _reference(facts), market, severity)
        return known

    def kind(self, facts: RecordFacts, today: date, presumed: str = "") -> Kind:
        """Every reading once, the regime of today first: by field where the record is silent, class, regime, variant.

        presumed   the class to read where none is set and the suggestion is certain, else ""
        """
        key = (facts.market, facts.severity, presumed, *self._kind_of(facts, today))
        known = self._kinds.get(key)
        if known is None:
            if len(self._kinds) >= _CACHED_KINDS:
                self._kinds.clear()
            known = self._kinds[key] = self._kind(facts, today, presumed)
        return known

    def _kind_of(self, facts: RecordFacts, today: date) -> tuple[object, ...]:
        """All that rows may read of a record beside field and class, and the eras of the two days they are read on."""
        reference = _reference(facts)
        return (
            facts.category, facts.field, facts.penalty_kinds, facts.ground, facts.term, facts.subject_is_trader,
            bisect_right(self._eras, today), reference and bisect_right(self._eras, reference),
            facts.decided_on if self._reads_day else None, self._amounts and self._is_low(facts, today),
        )  # fmt: skip

    def _kind(self, facts: RecordFacts, today: date, presumed: str) -> Kind:
        room = self.rooms.get(facts.category)
        markets: tuple[bool | None, ...] = (facts.market,) if room is None or room.market is None else (room.market,)
        if markets == (None,):
            markets = (False, True)
        severities: tuple[str, ...] = (facts.severity,)
        if facts.severity not in CLASSES and self.depends_on_severity(facts.category):
            severities = (presumed,) if presumed else CLASSES
        frames: dict[tuple[str, str], Frame] = {}
        leading: Governing | None = None
        gap = False
        said: dict[Reason, None] = {}
        for market in markets:
            for severity in severities:
                governing = self.governing(facts, today, market=market, severity=severity)
                if leading is None or not leading.plans:
                    leading = governing
                gap = gap or not governing.plans
                said.update(dict.fromkeys((*governing.not_shown, *governing.remarks)))
                for plan in governing.plans:
                    key = (plan.minimum.key, plan.maximum.key if plan.maximum else "")
                    frames.setdefault(key, frame_of(plan, market, severity))
        read = tuple(frames.values())
        classes = tuple(dict.fromkeys(frame.severity for frame in read if frame.severity))
        return Kind(
            frames=read,
            governing=leading,
            said=tuple(said),
            regimes=tuple(dict.fromkeys(frame.plan.regime for frame in read)),
            counts_from=frozenset(s for frame in read for s in (frame.counts_from, frame.ends_from) if s),
            classes=() if facts.severity in CLASSES else classes,
            both_fields=len({frame.market for frame in read}) > 1,
            gap=gap and bool(read),
            unsure_starts=any(frame.start_certainty != "verified" for frame in read),
        )

    def setting(self, governs: str, category: str, today: date) -> Rule | None:
        """The row of a setting that is asked without a record, for example `first_application_day`."""
        key = (governs, category, bisect_right(self._eras, today))
        if key not in self._settings:
            rows = self.select(governs, RecordFacts(category), today, market=None, severity="unset")
            if category not in self.rooms:
                return rows[0] if rows else None
            self._settings[key] = rows[0] if rows else None
        return self._settings[key]

    def next_era(self, today: date) -> date | None:
        """The next day on which a row or a regime comes into force or goes out of it; None = none is known."""
        at = bisect_right(self._eras, today)
        return self._eras[at] if at < len(self._eras) else None

    def rows(self, governs: str, category: str, on: date, *, market: bool | None = None) -> tuple[Rule, ...]:
        """All rows of a matter in force on a day for a category, whatever their other conditions: what a guide tells.

        market   rows of that field and of both; None = rows of either field. A region's row stands in the place of
                 the one it supersedes.
        """
        found = [
            rule
            for rule in self._candidates(category, governs)
            if rule.in_force(on) and (market is None or dict(rule.when).get("market", market) is market)
        ]
        replaced = {rule.supersedes for rule in found if rule.supersedes}
        return tuple(rule for rule in found if rule.key not in replaced)

    def market_of(self, facts: RecordFacts) -> bool | None:
        """The field of a record: that of its room where all its records are of one, else what the record says."""
        room = self.rooms.get(facts.category)
        return facts.market if room is None or room.market is None else room.market

    def flag(self, governs: str, facts: RecordFacts, on: date) -> Rule | None:
        """The row that switches a matter for a record on a day, best first; None = no row speaks of it.

        Only a row that is `on`: value True. A value nobody has told us is off.
        """
        rows = self.select(governs, facts, on, market=self.market_of(facts), severity=facts.severity)
        return next((rule for rule in rows if rule.value is True), None)

    def _candidates(self, category: str, governs: str) -> tuple[Rule, ...]:
        rows = self._rows.get((category, governs))
        if rows is None:
            rows = tuple(r for r in self.rules if r.governs == governs and r.category in (None, category))
            if category in self.rooms:
                self._rows[category, governs] = rows
        return rows

    def _govern(
        self, facts: RecordFacts, today: date, reference: date | None, market: bool | None, severity: str
    ) -> Governing:
        plans, regime = self._all_plans(facts, today, reference, market, severity)
        conditions = self.select("condition", facts, today, market=market, severity=severity)
        hidden = self.select("not_shown", facts, today, market=market, severity=severity)
        scopes = self.select("subject_scope", facts, today, market=market, severity=severity)
        scope = scopes[0] if scopes else None
        higher = self.select("superior_procedure", facts, today, market=market, severity=severity)
        hints = self.select("field_minimum", facts, today, market=market, severity=severity)
        answered = {plan.regime for plan in plans if any(fact == "field" for fact, _ in plan.minimum.when)}
        return Governing(
            plans,
            regime,
            to_show=tuple(dict.fromkeys(row.text_zh for row in conditions if row.value is not False)),
            not_shown=tuple(not_shown(row) for row in hidden if row.value is not False),
            scope=scope,
            remarks=(
                *(in_scope(scope) if scope is not None else ()),
                *(remark(row, "explains") for row in higher if row.value is True),
                *(remark(row, "warns") for row in hints if row.value is None and row.regime not in answered),
            ),
        )

    def _all_plans(
        self, facts: RecordFacts, today: date, reference: date | None, market: bool | None, severity: str
    ) -> tuple[tuple[Plan, ...], str]:
        now = self._plans_on(facts, today, market, severity)
        if not now:
            return (), ""
        current = now[0].regime
        regime = REGIMES.get(current)
        began = regime.in_force_from if regime else now[0].minimum.in_force_from
        if reference is not None and reference >= began:
            return now, current
        older_records = self.setting("older_records", facts.category, today)
        choice = older_records.value if older_records else "both"
        before = carried(self._plans_on(facts, reference, market, severity, today)) if reference else ()
        before = before or carried(self._plans_on(facts, began - timedelta(days=1), market, severity, today))
        if choice == "new" or not before:
            return now, current
        return (before if choice == "old" else now + before), current

    def _plans_on(
        self, facts: RecordFacts, on: date, market: bool | None, severity: str, today: date | None = None
    ) -> tuple[Plan, ...]:
        def rows(governs: str) -> tuple[Rule, ...]:
            return self.select(governs, facts, on, market=market, severity=severity, today=today)

        minima, maxima, stops = rows("display_min"), rows("display_max"), rows("auto_stop")
        never = rows("not_repairable") + rows("no_early_stop")
        longer = rows("until_restriction")
        return tuple(
            Plan(
                regime=row.regime,
                variant=row.variant,
                minimum=row,
                maximum=of_variant(maxima, row),
                auto_stop=of_variant(stops, row),
                no_early_stop=min(never, key=lambda r: r.certainty != "verified") if never else None,
                until_restriction=longer[0] if longer and longer[0].value is not False else None,
            )
            for row in minima
        )


@cache
def general_pack() -> RulePack:
    """The rows that no room owns: what `evaluate` falls back on when it is given no pack."""
    return RulePack()


def _reference(facts: RecordFacts) -> date | None:
    return facts.decided_on or facts.listed_on or facts.published_on


def _speaks(rule: Rule, on: date, today: date) -> bool:
    """Whether a row is to be read: in force on `on`; a region's own, in force `today` about the regime of `on`."""
    if rule.region is None:
        return rule.in_force(on)
    regime = REGIMES.get(rule.regime)
    began, ended = (regime.in_force_from, regime.in_force_to) if regime else (date.min, None)
    return rule.in_force(today) and began <= on and (ended is None or on <= ended)


def _rank(rule: Rule) -> tuple[bool, bool, int]:
    """A region's own word first, then a room's before what holds for all, then more conditions before fewer."""
    return rule.region is not None and rule.supersedes is None, rule.category is not None, len(rule.when)


def _hash(rules: tuple[Rule, ...], rooms: tuple[RoomLaw, ...]) -> str:
    """Digest of every row, and of each room with the code of its conditions."""
    content = {
        "rules": sorted((rule.to_json() for rule in rules), key=lambda row: row["key"]),
        "rooms": sorted((room.category, room.market, room.decided, room.listing, room.revision) for room in rooms),
    }
    return sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
