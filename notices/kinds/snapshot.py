"""Snapshots: what was decided, as JSON, and its way into the typed fields of a kind and back."""

import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields, is_dataclass
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

T = TypeVar("T")


class BadSnapshot(Exception):
    """A snapshot that does not fit its kind: a fault of the caller, found before a number is printed on it."""


def as_snapshot(paper: Any) -> dict[str, Any]:
    """JSON-ready dict of a kind's fields: dates as ISO, tuples as lists, None kept as null."""
    plain = _plain(asdict(paper))
    assert isinstance(plain, dict)
    return plain


def read_snapshot(shape: type[T], snapshot: Mapping[str, Any]) -> T:
    """Build `shape` from a snapshot; raises BadSnapshot for unknown, absent or wrongly typed fields.

    Dates come as ISO text or date; a field with a default may be absent.
    """
    return _build(shape, snapshot, shape.__name__)


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _build(shape: type[T], snapshot: Any, where: str) -> T:
    if not isinstance(snapshot, Mapping):
        raise BadSnapshot(f"{where}: an object is expected")
    assert is_dataclass(shape)
    hints, declared = typing.get_type_hints(shape), {field.name: field for field in fields(shape)}
    unknown = snapshot.keys() - declared.keys()
    absent = [
        name
        for name, field in declared.items()
        if name not in snapshot and field.default is MISSING and field.default_factory is MISSING
    ]
    if unknown or absent:
        raise BadSnapshot(f"{where}: unknown {sorted(unknown)}, absent {absent}")
    values = {name: _value(hints[name], item, f"{where}.{name}") for name, item in snapshot.items()}
    return shape(**values)


def _value(hint: Any, value: Any, where: str) -> Any:
    origin = typing.get_origin(hint)
    if origin in {types.UnionType, typing.Union}:
        if value is None:
            return None
        (hint,) = (option for option in typing.get_args(hint) if option is not type(None))
        return _value(hint, value, where)
    if origin is tuple:
        if not isinstance(value, (list, tuple)):
            raise BadSnapshot(f"{where}: a list is expected")
        inner = typing.get_args(hint)[0]
        return tuple(_value(inner, item, f"{where}[{at}]") for at, item in enumerate(value))
    if hint is date:
        return _day(value, where)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        try:
            return hint(value)
        except ValueError as problem:
            raise BadSnapshot(f"{where}: {value!r} is none of {[option.value for option in hint]}") from problem
    if is_dataclass(hint):
        assert isinstance(hint, type)
        return value if isinstance(value, hint) else _build(hint, value, where)
    if type(value) is not hint:
        raise BadSnapshot(f"{where}: {hint.__name__} is expected, not {type(value).__name__}")
    return value


def _day(value: Any, where: str) -> date:
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as problem:
        raise BadSnapshot(f"{where}: an ISO date is expected") from problem
