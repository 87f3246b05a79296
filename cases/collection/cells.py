"""Cells as they arrive: what a reader may hand over, what a cell that cannot be read is, and what counts as empty."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A cell whose value the file does not hold: formula without cached value, error value, nested JSON."""

    shown: str
    reason: str
    remedy: str


Cell = str | int | float | bool | Decimal | date | datetime | time | timedelta | Unreadable | None


class Bad(ValueError):
    """A value that cannot be taken. `rule` is a stable code; reason and remedy are Chinese sentences."""

    def __init__(self, rule: str, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.rule, self.reason, self.remedy = rule, reason, remedy


EMPTY_MARKS: Final = frozenset({"", "/", "-", "—", "——", "–", "－", "／", "无", "空", "null", "NULL", "Null", "\\N"})
# Control characters and, apart from them, characters that change how a text looks but not what it says.
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_UNSEEN: Final = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
# Excel keeps 15 digits; a longer number has lost its end.
EXACT_NUMBER: Final = 10**15


def is_blank(cell: Cell) -> bool:
    """True for None and for text that is only white space (U+3000 included)."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def text_of(cell: Cell) -> str | None:
    """The text of a cell without outer white space and Excel's leading text mark; None for an empty mark.

    Unseen characters (zero width, writing direction) are taken out; `has_unseen` tells of them. Raises Bad for a
    control character, for a number too long to be exact, and for what the file does not hold.
    """
    if cell is None:
        return None
    if isinstance(cell, str):
        # isprintable() is false for every character the slow path looks for, and for line ends and U+3000 too.
        text = cell.strip() if cell.isprintable() else _unprintable(cell)
        if text[:1] == "'":
            text = text[1:].lstrip()
        return None if text in EMPTY_MARKS else text
    if isinstance(cell, Unreadable):
        raise Bad("unreadable_cell", cell.reason, cell.remedy)
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, int | float | Decimal):
        return _number_text(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds") if cell.time() != time() else cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)


def _unprintable(cell: str) -> str:
    if _CONTROL.search(cell) or _SURROGATE.search(cell):
        raise Bad("control_character", "含有不可见的控制字符", "请删除该单元格后重新录入文字")
    return _UNSEEN.sub("", cell).replace("\r\n", "\n").replace("\r", "\n").strip()


def plain(text: str) -> str:
    """What a person typed into a field, as `text_of` reads a cell; words that stand for nothing in a table stay here."""
    return text.strip() if text.isprintable() else _unprintable(text)


def _number_text(cell: int | float | Decimal) -> str:
    if not -EXACT_NUMBER < cell < EXACT_NUMBER:  # NaN too
        raise Bad("number_not_text", "数字超过 15 位，末尾已丢失", "请把该列设为文本格式后重新录入")
    if isinstance(cell, int):
        return str(cell)
    if cell == int(cell):
        return str(int(cell))
    return format(cell, ".15g") if isinstance(cell, float) else str(cell)


def has_unseen(cell: Cell) -> bool:
    """True if the text holds zero-width characters or marks of writing direction."""
    return isinstance(cell, str) and not cell.isprintable() and _UNSEEN.search(cell) is not None


def shown(cell: Cell, limit: int = 80) -> str:
    """A cell as a report prints it: one line, unseen and control characters as U+FFFD, cut with … at `limit`."""
    if cell is None:
        return ""
    text = cell.shown if isinstance(cell, Unreadable) else repr(cell) if isinstance(cell, float) else str(cell)
    text = _SURROGATE.sub("\ufffd", _UNSEEN.sub("\ufffd", _CONTROL.sub("\ufffd", text)))
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def fold(text: str) -> str:
    """NFKC without white space and unseen characters: the form in which words of a list are compared."""
    return "".join(_UNSEEN.sub("", unicodedata.normalize("NFKC", text)).split())
