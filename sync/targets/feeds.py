"""What a platform tells of its own accord: changes, applications filed there, and lists of records; read with distrust.

Pure. A page that is out of order, repeats itself, or uses unknown words is refused whole (BadReply): the cursor stays.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Generic, TypeVar

from sync.replies import BadReply
from sync.targets.answers import clean

CHANGES: Final = ("published", "amended", "ended", "restored", "withdrawn")
STATUSES: Final = ("published", "ended", "removed")
PAGE_ITEMS: Final = 200
CURSOR_LONGEST: Final = 200
_KEY: Final = re.compile("[0-9a-f]{32}")
_NUMBER: Final = re.compile("[0-9A-Za-z-]{1,32}")  # as long as the column that carries it
_REGION: Final = re.compile("[0-9]{6}")
Item = TypeVar("Item")


class CursorTooOld(Exception):
    """410: the feed no longer reaches back to our cursor. Read from the beginning and compare everything."""


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a change feed. `by`: our message number for what we sent, else who changed it there.

    organ, paper, decided_on   who decided and by which paper, as far as the platform was told; "" and None otherwise
    """

    seq: int
    record_key: str
    change: str
    version: int
    at: datetime
    by: str
    organ: str = ""
    paper: str = ""
    decided_on: date | None = None


@dataclass(frozen=True, slots=True)
class PlatformFiling:
    """An application as somebody filed it on a platform: `content` keeps its parts as text, missing ones empty."""

    seq: int
    application_no: str
    region: str
    filed_at: datetime
    record_keys: tuple[str, ...]
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Listed:
    """A record as a list of the platform shows it."""

    record_key: str
    status: str
    version: int


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    items: tuple[Item, ...]
    next_cursor: str
    has_more: bool


def read_changes(found: Mapping[str, object], cursor: str) -> Page[Change]:
    """`{items, next_cursor, has_more}` of changes, sequence strictly rising. Raises BadReply."""
    items = tuple(_change(one) for one in _items(found))
    _rising([item.seq for item in items])
    return _page(found, items, cursor)


def read_filings(found: Mapping[str, object], cursor: str) -> Page[PlatformFiling]:
    """The same for applications filed at the platform. Raises BadReply."""
    items = tuple(_filing(one) for one in _items(found))
    _rising([item.seq for item in items])
    return _page(found, items, cursor)


def read_listed(found: Mapping[str, object], after: str) -> Page[Listed]:
    """Records in rising order of their keys, all behind `after`. Raises BadReply."""
    items = tuple(
        Listed(_match(one, "record_key", _KEY), _word(one, "status", STATUSES), _count(one, "version"))
        for one in _items(found)
    )
    keys = [after, *(item.record_key for item in items)]
    if any(first >= second for first, second in zip(keys, keys[1:], strict=False)):
        raise BadReply("对方列出的信息顺序有误")
    more = found.get("has_more")
    if not isinstance(more, bool) or (more and not items):
        raise BadReply("对方的列表没有说明是否还有后续")
    return Page(items, items[-1].record_key if items else after, more)


def _page(found: Mapping[str, object], items: tuple[Item, ...], cursor: str) -> Page[Item]:
    following, more = found.get("next_cursor"), found.get("has_more")
    if not isinstance(following, str) or not isinstance(more, bool) or len(following) > CURSOR_LONGEST:
        raise BadReply("对方的列表缺少游标")
    if not following.isprintable() or (following == cursor and (items or more)) or (more and not items):
        raise BadReply("对方的游标没有前进")
    return Page(items, following, more)


def _items(found: Mapping[str, object]) -> list[Mapping[str, object]]:
    items = found.get("items")
    if not isinstance(items, list) or len(items) > PAGE_ITEMS or not all(isinstance(one, dict) for one in items):
        raise BadReply("对方的列表不在约定之内")
    return items


def _rising(numbers: list[int]) -> None:
    if any(first >= second for first, second in zip(numbers, numbers[1:], strict=False)):
        raise BadReply("对方的变更顺序有误或者重复")


def _change(one: Mapping[str, object]) -> Change:
    decided_on = one.get("decided_on")
    return Change(
        seq=_count(one, "seq"),
        record_key=_match(one, "record_key", _KEY),
        change=_word(one, "change", CHANGES),
        version=_count(one, "version"),
        at=_time(one, "at"),
        by=_text(one, "by", 100),
        organ=_text(one, "organ", 100, needed=False),
        paper=_text(one, "paper", 200, needed=False),
        decided_on=_day(decided_on),
    )


def _filing(one: Mapping[str, object]) -> PlatformFiling:
    keys = one.get("record_keys")
    if not isinstance(keys, list) or not keys or len(keys) > 50:
        raise BadReply("对方转来的申请没有列明失信信息")
    content: dict[str, Any] = {
        name: _text(one, name, 200, needed=False)
        for name in ("subject_code", "subject_name", "agent_name", "agent_phone", "committed_by")
    }
    content["committed"] = one.get("committed") is True
    content["materials"] = _materials(one.get("materials", []))
    return PlatformFiling(
        seq=_count(one, "seq"),
        application_no=_match(one, "application_no", _NUMBER),
        region=_match(one, "region", _REGION),
        filed_at=_time(one, "filed_at"),
        record_keys=tuple(dict.fromkeys(_match({"record_key": key}, "record_key", _KEY) for key in keys)),
        content=content,
    )


def _materials(found: object) -> list[dict[str, str]]:
    if not isinstance(found, list) or len(found) > 20 or not all(isinstance(one, dict) for one in found):
        raise BadReply("对方转来的材料不在约定之内")
    return [
        {
            "code": _text(one, "code", 32, needed=False),
            "title": _text(one, "title", 100, needed=False),
            "statement": _text(one, "statement", 1000, needed=False),
        }
        for one in found
    ]


def _count(one: Mapping[str, object], name: str) -> int:
    value = one.get(name)
    if type(value) is not int or not 1 <= value < 2**31:
        raise BadReply(f"对方的列表中 {name} 不是有效的序号")
    return value


def _match(one: Mapping[str, object], name: str, form: re.Pattern[str]) -> str:
    value = one.get(name)
    if not isinstance(value, str) or not form.fullmatch(value):
        raise BadReply(f"对方的列表中 {name} 格式不正确")
    return value


def _word(one: Mapping[str, object], name: str, words: tuple[str, ...]) -> str:
    value = one.get(name)
    if value not in words:
        raise BadReply("对方使用了未约定的状态")
    return str(value)


def _text(one: Mapping[str, object], name: str, longest: int, *, needed: bool = True) -> str:
    value = one.get(name, None if needed else "")
    if not isinstance(value, str) or len(value) > longest or "\x00" in value:
        raise BadReply(f"对方的列表中 {name} 不是文字或者过长")
    return clean(value) if longest <= 300 else value.strip()


def _time(one: Mapping[str, object], name: str) -> datetime:
    try:
        found = datetime.fromisoformat(str(one.get(name)))
    except ValueError as error:
        raise BadReply(f"对方的列表中 {name} 不是有效的时间") from error
    if found.tzinfo is None:
        raise BadReply(f"对方的列表中 {name} 没有时区")
    return found


def _day(value: object) -> date | None:
    if value is None or value == "":
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise BadReply("对方的列表中决定日期无效") from error
