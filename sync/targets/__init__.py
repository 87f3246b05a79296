"""The registry of targets: every module of this package with a `TARGET` is one. A new target is one new file."""

import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType

from sync.targets.answers import Held, Look, Outcome, OutcomeKind, Outgoing
from sync.targets.base import Target, TargetConfig, next_step

__all__ = [
    "Held",
    "Look",
    "Outcome",
    "OutcomeKind",
    "Outgoing",
    "Target",
    "TargetConfig",
    "connect",
    "next_step",
    "target",
    "targets",
]


def _discover() -> dict[str, type[Target]]:
    found: dict[str, type[Target]] = {}
    for module in pkgutil.iter_modules(__path__):
        if module.name in ("answers", "base", "feeds"):
            continue
        kind = getattr(importlib.import_module(f"{__name__}.{module.name}"), "TARGET", None)
        if not (isinstance(kind, type) and issubclass(kind, Target)):
            raise ImportError(f"{module.name} names no TARGET")
        if kind.code != module.name or not kind.title or kind.code in found:
            raise ImportError(f"{module.name}: code must be the name of its module, unique, with a title")
        found[kind.code] = kind
    return found


_TARGETS: Mapping[str, type[Target]] = MappingProxyType(_discover())


def targets() -> Mapping[str, type[Target]]:
    """All targets by code, in order of code."""
    return _TARGETS


def target(code: str) -> type[Target]:
    """The class of one target: title, kinds and habits, without credentials. KeyError for an unknown code."""
    return _TARGETS[code]


def connect(code: str, config: TargetConfig) -> Target:
    """A target ready to speak, with its credentials. KeyError for an unknown code."""
    return _TARGETS[code](config)
