"""How the rows of an answer are made: in the place of the national ones, or new where the nation is silent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final

from .answer import RowsOf, in_place
from .regimes import NDRC_36, Regime
from .rules import Rule

PENALTY: Final = "administrative_penalty"
YES_NO: Final = (("yes", "是"), ("no", "否"))


def governing(*governs: str, regime: Regime | None = None, **same: Any) -> Callable[[Rule], bool]:
    """Rows of these matters, of a regime, with these attributes."""
    return lambda row: (
        row.governs in governs
        and (regime is None or row.regime == regime.key)
        and all(getattr(row, name) == value for name, value in same.items())
    )


def template(regime: Regime, governs: str, value: int | str | bool | None, text: str, unit: str, **more: Any) -> Rule:
    """A row where the nation has none: key, basis and day are set by `Answer.make`."""
    return Rule("template", regime.key, governs, value, regime.basis(), text, regime.in_force_from, unit=unit, **more)


def stated(
    regime: Regime, governs: str, text: str, unit: str, worth: Callable[[Any], int | str | bool | None], **more: Any
) -> RowsOf:
    """Rows of a value as it is given. text: with one place for the value; worth: the row's value from the given one."""

    def rows(value: Any, national: tuple[Rule, ...]) -> Iterable[Rule]:
        given, said = worth(value), text.format(value)
        made = [replaced(row, value=given, text_zh=said, unit=unit) for row in national]
        return made or [template(regime, governs, given, said, unit, **more)]

    return rows


def days(governs: str, text: str, counts_from: str | None) -> RowsOf:
    """Rows of a number of working days."""
    return stated(NDRC_36, governs, text, "WD", lambda value: value, counts_from=counts_from)


def switch(
    governs: str,
    regime: Regime,
    texts: dict[str, str],
    values: dict[str, int | str | bool | None],
    unit: str,
    **more: Any,
) -> RowsOf:
    """Rows of a choice: each choice has its value and its sentence."""

    def rows(value: str, national: tuple[Rule, ...]) -> Iterable[Rule]:
        made = [replaced(row, value=values[value], text_zh=texts[value], unit=unit) for row in national]
        return made or [template(regime, governs, values[value], texts[value], unit, **more)]

    return rows


def confirm(value: str, national: tuple[Rule, ...]) -> Iterable[Rule]:
    """The national rows as they are, verified from now on."""
    return in_place(row for row in national if row.value is not None)


def replaced(row: Rule, **change: Any) -> Rule:
    """A row in the place of the national one, with these attributes."""
    return replace(row, supersedes=row.key, **change)
