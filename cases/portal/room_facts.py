"""Which facts a room's rules and conditions look at, found by looking: what the calculator asks and the guide tries."""

from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final

from cases.categories.base import Category
from cases.law import RecordFacts, Rule
from cases.portal.rule_lines import STARTS

WAITS: Final = timedelta(days=30)


def probes(today: date) -> dict[str, Any]:
    """Facts that a room's own conditions may read, each with a value that would matter. `why_not` is asked with and
    without: what it says then is what the guide prints, and what it reads is what the calculator asks."""
    return {
        "listed_elsewhere": True,
        "new_violation": True,
        "repeated": True,
        "prosecuted": True,
        "restriction_until": today + WAITS,
        "court_plan_on": today,
        "subject_is_trader": True,
    }


@lru_cache(maxsize=128)
def facts_read(room: Category, overrides: tuple[Rule, ...] = ()) -> frozenset[str]:
    """Names of the facts that the rules and conditions of a room look at, besides dates and duties."""
    named = {name for row in _rows_of(room, overrides) for name, _ in row.when}
    read = {"penalty_kinds" if name in ("penalty_kind", "only_kinds") else name for name in named} - {"trader"}
    read |= {"subject_is_trader"} & {f"subject_is_{name}" for name in named}
    day = date(2026, 6, 1)
    for market in fields_of(room):
        blank = RecordFacts(room.code, market=market)
        for name, value in probes(day).items():
            if set(room.why_not(replace(blank, **{name: value}), day)) != set(room.why_not(blank, day)):
                read.add(name)
    read |= {extra.fact for extra in room.extra_fields if extra.fact}
    return frozenset(read if room.market is None else read - {"market"})


def fields_of(room: Category) -> tuple[bool, ...]:
    """The kinds of records of a room by field: not of the market, of the market, or both."""
    return (False, True) if room.market is None else (room.market,)


def starts_of(room: Category, overrides: tuple[Rule, ...] = ()) -> tuple[str, ...]:
    """What the periods of a room count from, in the order of `STARTS`."""
    rows = _rows_of(room, overrides)
    used = {row.counts_from for row in rows if row.governs in ("display_min", "display_max")}
    return tuple(start for start in STARTS if start in used)


def _rows_of(room: Category, overrides: tuple[Rule, ...]) -> list[Rule]:
    return [*room.rules, *(row for row in overrides if row.category in (None, room.code))]


def choices_of(room: Category, fact: str) -> tuple[tuple[str, str], ...]:
    """(code, label) of a room's own list for a fact, e.g. its grounds; empty where it has none."""
    return next((extra.choices for extra in room.extra_fields if extra.fact == fact and extra.choices), ())


def of_choice(facts: RecordFacts, fact: str, code: str) -> RecordFacts:
    """The same record with one of the room's own choices: `fact` is ground or term."""
    return replace(facts, ground=code) if fact == "ground" else replace(facts, term=code)


def label_of(room: Category, fact: str) -> str:
    """What a room calls a fact of its own, e.g. 「列入情形」; "" where it has none."""
    return next((extra.label for extra in room.extra_fields if extra.fact == fact), "")
