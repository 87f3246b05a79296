"""How numbers, dates and unknown values are written on a paper. Pure formatting: nothing is counted or stored here."""

from collections.abc import Sequence
from datetime import date

PENDING = "待核实"

_DIGITS = "零一二三四五六七八九"


def paper_number(region_short: str, department_short: str, word: str, year: int, serial: int) -> str:
    """文号 such as 永市监信告〔2026〕1号: 六角括号, full year, no 第, no leading zero (GB/T 9704-2012, 7.2.5).

    region_short      one character of the region, 永
    department_short  the department's short form without the region, 市监
    word              the kind's number word, 告
    """
    if serial < 1 or year < 1000:
        raise ValueError(f"no paper number from year {year} and serial {serial}")
    return f"{region_short}{department_short}信{word}〔{year}〕{serial}号"


def arabic_date(day: date | None) -> str:
    """成文日期 in Arabic numerals without leading zeros; 待核实 when the day is not known."""
    return f"{day.year}年{day.month}月{day.day}日" if day else PENDING


def or_pending(value: str | int | None) -> str:
    """The value as text, or 待核实 for None and blank: a paper never prints a guess, nor a gap."""
    text = "" if value is None else str(value).strip()
    return text or PENDING


def chinese(number: int) -> str:
    """1 → 一, 12 → 十二, 20 → 二十; for headings and periods, so 1 to 99."""
    if not 1 <= number <= 99:
        raise ValueError(f"{number} is not between 1 and 99")
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return head + (_DIGITS[ones] if ones else "")


def ems(text: str) -> float:
    """Width of `text` in characters of the body face: Latin and digits count half, all else one."""
    return sum(0.5 if ord(char) < 0x2E80 and char not in "“”‘’—…·" else 1.0 for char in text)


def signature_margins(organ: str, day: str) -> tuple[float, float]:
    """Right margins, in characters, of the organ's name and of the date.

    The date stands four characters in and the name is centred on it (GB/T 9704-2012, 7.3.5.1); a name too long for
    that keeps to the right edge and the date is centred on the name instead.
    """
    centre = 4 + ems(day) / 2
    organ_margin = centre - ems(organ) / 2
    if organ_margin >= 0:
        return organ_margin, 4.0
    return 0.0, ems(organ) / 2 - ems(day) / 2


def head_size(organ: str) -> tuple[float, float]:
    """Point size and letter spacing (pt) of the red head, so that every organ's name fills the measure on one line."""
    count = max(len(organ), 1)
    width = 412.0  # of the 442 pt measure: the head is a little narrower than the red line under it
    size = min(44.0, width / count)
    spacing = min(size * 0.24, (width - size * count) / max(count - 1, 1))
    return round(size, 2), round(max(spacing, 0.0), 2)


def title_lines(title: str, longest: int = 19) -> Sequence[str]:
    """Break a title that is too long for one line of 22 pt into two of about equal length, as the standard asks."""
    if len(title) <= longest:
        return (title,)
    for word in ("信用修复", "申请"):
        at = title.find(word)
        if 4 <= at <= longest:
            return (title[:at], title[at:])
    middle = (len(title) + 1) // 2
    return (title[:middle], title[middle:])


def grouped(digest: str | None, size: int = 8) -> list[str]:
    """A hash as two halves, each in groups that a person can compare aloud; 待核实 when there is none."""
    if not digest:
        return [PENDING]
    groups = [digest[at : at + size] for at in range(0, len(digest), size)]
    middle = (len(groups) + 1) // 2
    return [" ".join(half) for half in (groups[:middle], groups[middle:]) if half]
