"""The rooms, found by looking: every module here with a CATEGORY is a category. A tenth is one new file.

`judge` is the one way to a Verdict: it knows all rooms; the rows of a region are passed to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Final

from cases.law import LOCAL_ROWS, Limits, RecordFacts, Rule, RulePack, Suggestion, Verdict, evaluate, limits_of

from .base import REMOVE_FROM_LIST, Category

NOT_ROOMS: Final = frozenset({"base"})


class UnknownCategory(KeyError):
    """No room has this code."""


def collect(found: Iterable[tuple[str, object]]) -> dict[str, Category]:
    """Rooms by code, from (module name, its CATEGORY), in the order of Annex 1, later ones by code.

    Raises ValueError for a module without a CATEGORY, a code that is not its module's name, or a code or rule key
    that occurs twice.
    """
    rooms: dict[str, Category] = {}
    for name, category in found:
        if not isinstance(category, Category):
            raise ValueError(f"categories/{name}.py has no CATEGORY")
        if category.code in rooms:
            raise ValueError(f"two categories have the code {category.code!r}")
        if category.code != name:
            raise ValueError(f"categories/{name}.py calls itself {category.code!r}")
        rooms[name] = category
    ordered = sorted(rooms.values(), key=lambda room: (room.annex1_row or len(rooms) + 9, room.code))
    return {room.code: room for room in ordered}


def _modules() -> list[tuple[str, object]]:
    names = [module.name for module in iter_modules(__path__) if module.name not in NOT_ROOMS]
    return [(name, getattr(import_module(f"{__name__}.{name}"), "CATEGORY", None)) for name in names]


registry: Final = MappingProxyType(collect(_modules()))


def room(code: str) -> Category:
    """The room of a code. Raises UnknownCategory."""
    try:
        return registry[code]
    except KeyError:
        raise UnknownCategory(code) from None


def rooms() -> tuple[Category, ...]:
    """All rooms, in the order of Annex 1."""
    return tuple(registry.values())


def category_choices() -> list[tuple[str, str]]:
    """(code, title) of all rooms; passed as the function itself, so a tenth category needs no migration."""
    return [(one.code, one.title) for one in registry.values()]


@lru_cache(maxsize=1)
def list_categories() -> tuple[str, ...]:
    """Codes of the rooms that are lists: repair takes the subject off (移出) instead of ending a publication."""
    return tuple(one.code for one in registry.values() if one.effect(RecordFacts(one.code)) == REMOVE_FROM_LIST)


@lru_cache(maxsize=64)
def mirrored_by(department: str | None) -> tuple[str, ...]:
    """Codes of the rooms whose outcomes a unit (by its code) records and mirrors because another organ decides them."""
    elsewhere = (one for one in registry.values() if one.decided == "elsewhere")
    return tuple(one.code for one in elsewhere if department in one.annex1_departments)


@lru_cache(maxsize=64)
def local_rows(region: str) -> tuple[Rule, ...]:
    """The rows of a region's own papers (by GB/T 2260 code) that the code brings; () for a region that has none."""
    rows = (*LOCAL_ROWS, *(row for one in registry.values() for row in one.local))
    return tuple(row for row in rows if row.region == region)


def unanswered_rows(region: str) -> tuple[Rule, ...]:
    """What holds in a region before its bureau answers anything: national rows, and those of its own papers."""
    return (*national_pack().rules, *local_rows(region))


@lru_cache(maxsize=64)
def pack_for(overrides: tuple[Rule, ...] = ()) -> RulePack:
    """The rule pack of all rooms plus the rows of a region; built once per set of them."""
    return RulePack((one.law for one in registry.values()), overrides)


def national_pack() -> RulePack:
    """The rule pack of all rooms without any region's rows."""
    return pack_for(())


def judge(facts: RecordFacts, today: date, overrides: tuple[Rule, ...] = ()) -> Verdict:
    """The Verdict on a record: `cases.law.evaluate` with every room's rows and conditions. Pure and total.

    overrides   the region's rows, in force or not (`cases.overrides.overrides_of`); they are dated like any other
    """
    return evaluate(facts, today, pack_for(overrides))


def limits(facts: RecordFacts, filed_on: date, overrides: tuple[Rule, ...] = ()) -> Limits:
    """Working-day limits for `cases.law.clock`, by the rules in force on the day of the filing."""
    return limits_of(pack_for(overrides), facts, filed_on)


def suggest(facts: RecordFacts, today: date, overrides: tuple[Rule, ...] = ()) -> Suggestion:
    """The class a record suggests (轻微, 一般, 严重 or unset), with the amounts a region has settled."""
    return pack_for(overrides).suggest(facts, today)


def superior_prevails(facts: RecordFacts, today: date, overrides: tuple[Rule, ...] = ()) -> bool:
    """Whether the superior's own procedure governs removal from this list today: a switch per list, off unless set."""
    return pack_for(overrides).flag("superior_procedure", facts, today) is not None


def reports_removal(facts: RecordFacts, today: date, overrides: tuple[Rule, ...] = ()) -> bool:
    """Whether the unit reports a removal upward: a region's paper may ask it wherever the superior has no procedure of its own."""
    if superior_prevails(facts, today, overrides):
        return False
    return pack_for(overrides).flag("report_removal", facts, today) is not None


# A clash of rule keys must stop the start, not the first request.
national_pack()
