"""What one request has read and may use again: rules and calendars are asked for many times in one act.

Only within a request, which is one transaction; a task or a test that calls a verb reads each time. Whoever writes what
is remembered here forgets it in the same act.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")

_kept: ContextVar[dict[Hashable, Any] | None] = ContextVar("remembered", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Remember within this block; the middleware's."""
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def remembered(key: Hashable, read: Callable[[], T]) -> T:
    """What `read` gave for `key` earlier in this request, else what it gives now."""
    kept = _kept.get()
    if kept is None:
        return read()
    if key not in kept:
        kept[key] = read()
    found: T = kept[key]
    return found


def forget() -> None:
    """Something that may be remembered is being written: ask anew."""
    kept = _kept.get()
    if kept is not None:
        kept.clear()
