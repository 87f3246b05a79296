"""Reading the State Council's yearly notice (国务院办公厅关于YYYY年部分节假日安排的通知) from its plain text.

Nothing is guessed: a sentence that gives dates and cannot be read, or contradicts the calendar or itself, is a fault
that names its line, and a notice with a fault gives no days at all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from unicodedata import normalize

_DAY: Final = timedelta(days=1)
_ITEM: Final = re.compile(r"(?:[一二三四五六七八九十]+|\d+)[、.]\s*([^:\d]{2,20}):(.*)")
_TITLE: Final = re.compile(r"(\d{4})年部分节假日安排")
_ONE: Final = r"(?:(?:\d{4}年)?\d{1,2}月)?\d{1,2}日(?:\([^()]*\))?"
_SPAN: Final = rf"{_ONE}(?:[至到—~-]{_ONE})?"
_SPANS: Final = rf"{_SPAN}(?:[、和及]{_SPAN})*"
_OFF: Final = re.compile(rf"({_SPANS})(?:放假(?:调休|公休)?(?:(\d+)天)?|(?:放假)?补休|照常公休|公休)")
_WORKED: Final = re.compile(rf"({_SPANS})(?:照常|正常)?上班")
_DATES_ONLY: Final = re.compile(_SPANS)
_COUNT: Final = re.compile(r"共(\d+)天")
_PARTS: Final = re.compile(r"(?:(?:(\d{4})年)?(\d{1,2})月)?(\d{1,2})日(?:\(([^()]*)\))?")
_SIGNED: Final = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日")
_WEEKDAY: Final = re.compile(r"(?:周|星期)([一二三四五六日天])")
_WEEKDAYS: Final = "一二三四五六日"
_SAYS_NOTHING: Final = frozenset({"", "不调休", "放假调休", "调休"})
_WITH_WEEKEND: Final = "与周末连休"
_ADVICE: Final = ("鼓励", "建议", "提倡")  # what units are encouraged to do moves no day
_ACTS: Final = ("放假", "上班", "补休", "公休")
_FEASTS: Final = ("元旦", "春节", "清明", "劳动节", "端午", "中秋", "国庆")
_FIXED: Final = (("元旦", 1, (1,)), ("劳动节", 5, (1,)), ("国庆", 10, (1, 2, 3)))


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in the text: `line` counts from 1, 0 for the notice as a whole; `why` a Chinese sentence."""

    line: int
    text: str
    why: str

    def __str__(self) -> str:
        return f"第{self.line}行“{self.text}”：{self.why}" if self.line else self.why


class UnreadableNotice(ValueError):
    """The text cannot be used as it is; `faults` says where and why, all at once."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


@dataclass(frozen=True, slots=True)
class Holiday:
    """One item of the notice: the days off it names, and the weekend days worked for it."""

    name: str
    off: tuple[date, ...]
    worked: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class HolidayNotice:
    """The arrangement of one year; days may lie in December of the year before."""

    year: int
    holidays: tuple[Holiday, ...]

    @property
    def off(self) -> tuple[date, ...]:
        return tuple(sorted(day for holiday in self.holidays for day in holiday.off))

    @property
    def worked(self) -> tuple[date, ...]:
        return tuple(sorted(day for holiday in self.holidays for day in holiday.worked))

    def days(self) -> dict[date, bool]:
        """Every day of the year, and those named of the year before; True where worked."""
        first, last = date(self.year, 1, 1), date(self.year, 12, 31)
        whole = {first + n * _DAY: (first + n * _DAY).weekday() < 5 for n in range((last - first).days + 1)}
        return whole | dict.fromkeys(self.off, False) | dict.fromkeys(self.worked, True)


class _Unread(Exception):
    """Why one line cannot be used."""


def read_notice(text: str) -> HolidayNotice:
    """The year and its holidays, from the notice as published (full-width signs and digits too).

    Read are the numbered items; an item of 元旦 that names December means the year before. Raises UnreadableNotice
    for: no year in the title, a sentence with dates that is not understood, a date that does not exist, a weekday in
    brackets or a count 共N天 that contradicts the dates, a worked day that is no weekend, a day named twice, a
    statutory holiday that is missing.
    """
    lines = [(number, raw.strip(), _plain(raw)) for number, raw in enumerate(text.splitlines(), 1)]
    year = next((int(title[1]) for _, _, line in lines if (title := _TITLE.search(line))), None)
    if year is None:
        raise UnreadableNotice([Fault(0, "", "没有找到标题“关于××××年部分节假日安排的通知”，不知道是哪一年。")])
    faults: list[Fault] = []
    found: list[tuple[str, list[date], list[date]]] = []
    open_item = False
    for number, raw, line in lines:
        item = _ITEM.match(line)
        if not item and not (open_item and _goes_on(line)):
            open_item = False
            if _speaks_of_days(line):
                faults.append(Fault(number, raw, "有日期和放假、上班的安排，但不是编号的条目，没有读取。"))
            continue
        if item:
            found.append((item[1].strip(), [], []))
            open_item = True
        name, off, worked = found[-1]
        try:
            for sentence in re.split("[。;]", item[2] if item else line):
                _read_sentence(sentence, name, year, off, worked)
        except _Unread as why:
            faults.append(Fault(number, raw, str(why)))
    notice = HolidayNotice(year, tuple(Holiday(name, tuple(off), tuple(worked)) for name, off, worked in found))
    faults += _faults_of_the_whole(notice) if not faults else []
    if faults:
        raise UnreadableNotice(faults)
    return notice


def _plain(raw: str) -> str:
    return re.sub(r"\s+", "", normalize("NFKC", raw))


def _goes_on(line: str) -> bool:
    """Whether an unnumbered line belongs to the item above it: it names days and is not the date of issue."""
    return bool(re.search(r"\d日", line)) and not _SIGNED.fullmatch(line)


def _speaks_of_days(line: str) -> bool:
    return not line.startswith(_ADVICE) and bool(re.search(r"\d日", line)) and any(act in line for act in _ACTS)


def _read_sentence(sentence: str, name: str, year: int, off: list[date], worked: list[date]) -> None:
    """Add the days of one sentence to `off` and `worked`. Raises _Unread."""
    if sentence.startswith(_ADVICE):
        return
    group: list[date] = []  # the days off that a count in this sentence speaks of
    counts: list[int] = []
    joined = False
    waiting = ""
    for clause in sentence.split(","):
        clause = waiting + clause
        waiting = ""
        if found := _OFF.fullmatch(clause):
            days = list(_days(found[1], name, year))
            off += days
            group += days
            counts += [int(found[2])] if found[2] else []
        elif found := _WORKED.fullmatch(clause):
            for day in _days(found[1], name, year):
                if day.weekday() < 5:
                    raise _Unread(f"{_say(day)}是星期{_WEEKDAYS[day.weekday()]}，本来就是工作日，不会是调休上班。")
                worked.append(day)
        elif found := _COUNT.fullmatch(clause):
            counts.append(int(found[1]))
        elif clause == _WITH_WEEKEND:
            joined = True
        elif _DATES_ONLY.fullmatch(clause):
            waiting = clause + "、"
        elif clause not in _SAYS_NOTHING:
            raise _Unread(f"没有读懂“{clause}”。")
    if waiting:
        raise _Unread(f"“{waiting[:-1]}”没有说明是放假还是上班。")
    if joined:
        block = _with_weekend(group)
        if len(block) == len(group):
            raise _Unread("写明与周末连休，但所列日期与周末不相连。")
        group = block
    for count in counts:
        if count != len(group):
            raise _Unread(f"写明{count}天，按日期计算是{len(group)}天。")


def _days(text: str, name: str, year: int) -> Iterator[date]:
    """The days of `2月15日(周日)至23日(周一)、3月1日`: month and year are carried on from the date before."""
    known: tuple[int, int] | None = None
    for span in re.findall(_SPAN, text):
        ends: list[date] = []
        for given_year, given_month, day, note in _PARTS.findall(span):
            if given_month:
                month = int(given_month)
                before = "元旦" in name and month == 12
                known = (int(given_year) if given_year else year - before, month)
            if known is None:
                raise _Unread(f"“{day}日”没有写明月份。")
            ends.append(_date(*known, int(day), note, year))
        first, last = ends[0], ends[-1]
        if last < first:
            raise _Unread(f"起止日期颠倒：{_say(first)}至{_say(last)}。")
        if (last - first).days > 30:
            raise _Unread(f"{_say(first)}至{_say(last)}超过一个月，请核对。")
        yield from (first + n * _DAY for n in range((last - first).days + 1))


def _date(year: int, month: int, day: int, note: str, of_year: int) -> date:
    try:
        found = date(year, month, day)
    except ValueError:
        raise _Unread(f"没有{year}年{month}月{day}日这一天。") from None
    if found.year != of_year and (found.year, month) != (of_year - 1, 12):
        raise _Unread(f"{_say(found)}不在{of_year}年，也不在上一年12月。")
    weekday = _WEEKDAY.search(note)
    if weekday and weekday[1].replace("天", "日") != _WEEKDAYS[found.weekday()]:
        raise _Unread(f"{_say(found)}是星期{_WEEKDAYS[found.weekday()]}，括号里写的是星期{weekday[1]}。")
    return found


def _with_weekend(days: list[date]) -> list[date]:
    """These days with the weekend days that touch them."""
    block = set(days)
    for day in days:
        for step in (_DAY, -_DAY):
            near = day + step
            while near.weekday() >= 5:
                block.add(near)
                near += step
    return sorted(block)


def _faults_of_the_whole(notice: HolidayNotice) -> list[Fault]:
    why: list[str] = []
    names = "、".join(holiday.name for holiday in notice.holidays)
    missing = [feast for feast in _FEASTS if feast not in names]
    if missing:
        why.append(f"没有找到这些节日的安排：{'、'.join(missing)}。")
    for day, times in sorted(Counter(notice.off + notice.worked).items()):
        if times > 1:
            why.append(f"{_say(day)}出现了{times}次。")
    for feast, month, days in _FIXED:
        absent = [day for day in days if date(notice.year, month, day) not in notice.off]
        if absent and feast not in missing:
            why.append(f"{feast}的法定休假日{'、'.join(f'{month}月{day}日' for day in absent)}没有列为放假。")
    return [Fault(0, "", sentence) for sentence in why]


def _say(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
