"""Dates in every form that files bring, each to one local date (Asia/Shanghai); what may be two dates is refused."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from typing import Final

from cases.collection.cells import Bad, Cell, text_of

SHANGHAI: Final = timezone(timedelta(hours=8))
EARLIEST: Final = date(1990, 1, 1)
LONG_TERM: Final = date(2099, 12, 31)
_BASE: Final = {False: date(1899, 12, 30), True: date(1904, 1, 1)}
_FORM: Final = re.compile(
    r"(?P<y>\d{4})(?:-(?P<m1>\d{1,2})-(?P<d1>\d{1,2})|/(?P<m2>\d{1,2})/(?P<d2>\d{1,2})|\.(?P<m3>\d{1,2})\.(?P<d3>\d{1,2})"
    r"|年(?P<m4>\d{1,2})月(?P<d4>\d{1,2})日?|(?P<m5>\d{2})(?P<d5>\d{2}))"
    r"(?P<time>(?:T|\s*)\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
)
_HINT: Final = "请写成 2026-11-23 这样的日期"


def read_date(cell: Cell, *, latest: date, base_1904: bool = False) -> date | None:
    """The date of a cell, or None if empty.

    latest     last day allowed: today for what has happened, LONG_TERM for ends of periods
    base_1904  the workbook counts its serial numbers from 1904-01-01
    Raises Bad: not_a_date, ambiguous_date, impossible_date, date_out_of_range, date_in_future.
    """
    if isinstance(cell, datetime):
        found: date = cell.date()
    elif isinstance(cell, date):
        found = cell
    elif isinstance(cell, int | float | Decimal) and not isinstance(cell, bool):
        found = _serial(cell, base_1904)
    else:
        text = text_of(cell)
        if text is None:
            return None
        found = _parse(text, base_1904)
    if found > latest:
        if latest < LONG_TERM:
            raise Bad("date_in_future", f"日期 {found} 在今天之后", "请核对决定书上的日期")
        raise Bad("date_out_of_range", f"日期 {found} 超出范围", "长期有效的请填 2099/12/31")
    if found < EARLIEST:
        raise Bad("date_out_of_range", f"日期 {found} 早于 1990 年", "请核对年份")
    return found


def _serial(number: int | float | Decimal, base_1904: bool) -> date:
    if 20000 <= number <= 80000:
        return _BASE[base_1904] + timedelta(days=int(number))
    if 19000101 <= number <= 99991231 and number == int(number):
        return _parse(str(int(number)), base_1904)
    raise Bad("not_a_date", "数字不能读作日期", _HINT)


@lru_cache(maxsize=16384)
def _parse(text: str, base_1904: bool) -> date:
    text = unicodedata.normalize("NFKC", text).strip()
    if text == "长期":
        return LONG_TERM
    if text.isdigit() and len(text) == 5:
        return _serial(int(text), base_1904)
    found = _FORM.fullmatch(re.sub(r"\s*([-/.年月日])\s*", r"\1", text) if " " in text else text)
    if found is None:
        if re.fullmatch(r"\d{1,2}[-/.年]\d{1,2}[-/.月]\d{2,4}日?(\s.*)?", text):
            raise Bad("ambiguous_date", "年份须为四位且写在最前，否则可能读成两个日期", _HINT)
        raise Bad("not_a_date", "不是日期", _HINT)
    part = found.groupdict()
    month = next(int(part[f"m{n}"]) for n in range(1, 6) if part[f"m{n}"])
    day = next(int(part[f"d{n}"]) for n in range(1, 6) if part[f"d{n}"])
    try:
        day_found = date(int(part["y"]), month, day)
    except ValueError:
        raise Bad("impossible_date", "没有这一天", "请核对年、月、日") from None
    return _in_shanghai(day_found, part["time"])


def _in_shanghai(day: date, clock: str | None) -> date:
    """A time with an offset names an instant: 2026-03-31T16:30Z is 1 April here. Without one it is local."""
    if clock is None:
        return day
    clock = clock.strip().lstrip("T")
    hour = clock.split(":")[0]
    try:
        moment = datetime.fromisoformat(f"{day}T{hour.zfill(2)}{clock[len(hour) :]}")
    except ValueError:
        raise Bad("impossible_date", "时间部分有误", _HINT) from None
    return day if moment.tzinfo is None else moment.astimezone(SHANGHAI).date()


def date_within(text: str) -> date | None:
    """The one date that a sentence names ("限制从业至2028年1月1日"), or None if it names none or several."""
    days = set()
    for found in re.finditer(
        r"\d{4}(?:年\d{1,2}月\d{1,2}日|-\d{1,2}-\d{1,2}|/\d{1,2}/\d{1,2})", unicodedata.normalize("NFKC", text)
    ):
        try:
            days.add(_parse(found.group(), False))
        except Bad:
            return None
    return days.pop() if len(days) == 1 else None
