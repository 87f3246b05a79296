"""The kinds of papers, found by looking: a further kind is one new module here, with no list, URL or `if` to edit."""

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

from notices.kinds.base import NoticeKind
from notices.qr import Purpose

_SHARED = frozenset({"base", "remedies", "sheet", "snapshot"})


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


def beside_decisions() -> tuple[str, ...]:
    """Codes of the 告知书: the papers served together with a decision, of which a record has one valid one."""
    return tuple(kind.code for kind in KINDS.values() if kind.purpose is Purpose.RECORD)


def notice_kind_for(*, listing: bool) -> str:
    """Which 告知书 goes with a decision: that of a list, or that of a penalty."""
    return "listing_notice" if listing else "notice"


def choices() -> list[tuple[str, str]]:
    """For `choices=` of a model field: pass the function itself, then a new kind needs no migration."""
    return [(kind.code, kind.label) for kind in KINDS.values()]
