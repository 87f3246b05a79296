"""The kinds of papers, found by looking: a further kind is one new module here, with no list, URL or `if` to edit."""

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

from notices.kinds.base import NoticeKind

_SHARED = frozenset({"base", "remedies", "snapshot"})


class UnknownKind(LookupError):
    """No module here declares this code."""


def _discover() -> Mapping[str, NoticeKind[Any]]:
    found: dict[str, NoticeKind[Any]] = {}
    words: set[str] = set()
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda item: item.name):
        if module.name in _SHARED:
            continue
        kind = import_module(f"{__name__}.{module.name}").KIND
        if kind.code != module.name or kind.word in words:
            raise RuntimeError(f"notices.kinds.{module.name}: code or number word is not its own")
        found[kind.code] = kind
        words.add(kind.word)
    return MappingProxyType(found)


KINDS = _discover()


def get(code: str) -> NoticeKind[Any]:
    """The kind of this code; raises UnknownKind."""
    try:
        return KINDS[code]
    except KeyError:
        raise UnknownKind(code) from None


def choices() -> list[tuple[str, str]]:
    """For `choices=` of a model field: pass the function itself, then a new kind needs no migration."""
    return [(kind.code, kind.label) for kind in KINDS.values()]
