"""Sentences of the law as the guide prints them: a line, a limit, a period, a paper, and how like ones are put together."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from cases.law import Rule

STARTS: Final = {"document": "作出决定之日", "publication": "公示之日", "listing": "列入之日", "correction": "纠正之日"}
DAY_STARTS: Final = {
    "pushed": "收到推送（申请）之日", "submitted": "提出申请之日", "accepted": "受理之日", "decided": "作出决定之日",
    "received": "收到告知之日", "publication": "公示之日", "document": "作出决定之日", "listing": "列入之日",
}  # fmt: skip
ALL: Final = "全部情形"
NO_MINIMUM: Final = "无最短期限"
_UNITS: Final = {"WD": "个工作日", "CD": "日"}
_TELLING: Final = 4  # characters: a shorter word may stand in a sentence by chance


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of the law: `when` it holds ("" = always), what it stands on, how sure it is, and whether the
    region's own bureau has settled it."""

    text: str
    basis: str = ""
    certainty: str = "verified"
    when: str = ""
    own: bool = False
    effect: str = ""

    @property
    def condition(self) -> str:
        """`when`, unless the sentence says it itself."""
        first, *more = self.when.rsplit("：", 1)[-1].removeprefix("处罚含").split("、")
        said_here = (
            self.text.startswith(first)
            or self.when.replace("：", "") in self.text
            or (not more and len(first) >= _TELLING and first in self.text)
        )
        return "" if self.when and said_here else self.when


@dataclass(frozen=True, slots=True)
class Days:
    """One limit: what has to be done, within how long (待核实 where nobody has said), counted from what."""

    what: str
    length: str
    start: str
    line: Line


@dataclass(frozen=True, slots=True)
class Period:
    """One reading of the time of publication; `former` = of the regime before, for records decided under it."""

    who: str
    least: str
    most: str
    start: str
    lines: tuple[Line, ...]
    certainty: str
    start_certainty: str
    own: bool
    former: bool
    regime: str

    @property
    def short(self) -> str:
        """Both ends as one phrase for the top of a page."""
        if self.least != NO_MINIMUM:
            return f"最短{self.least}，最长{self.most}" if self.most[0].isdigit() else f"最短{self.least}"
        most = f"，最长{self.most}" if self.most[0].isdigit() else ""
        return f"履行义务、纠正后即可{most}"

    @property
    def texts(self) -> frozenset[str]:
        return frozenset(line.text for line in self.lines)


@dataclass(frozen=True, slots=True)
class Cited:
    """A paper of 设定依据 with its time in force; None where the rows do not know it."""

    title: str
    since: date | None
    until: date | None
    certainty: str
    own: bool


def length_of(row: Rule) -> str:
    """The value of a row as a length, e.g. 「3个月」, 「7个工作日」; 待核实 where nobody has told us."""
    if type(row.value) is not int:
        return "待核实"
    if row.unit == "month":
        return months_of(row.value)
    return f"{row.value}{_UNITS.get(row.unit, '')}" if row.value else "即时"


def said(text: str, certainty: str) -> str:
    """A sentence without its own mark, where the page prints the mark beside it."""
    return text if certainty == "verified" else text.replace("（待核实）", "")


def months_of(months: int) -> str:
    return f"{months // 12}年" if months and months % 12 == 0 else f"{months}个月"


def merged(periods: Iterable[Period]) -> tuple[Period, ...]:
    """Readings that differ only in their start become one row that names both."""
    found: dict[tuple[str, str, str, bool], Period] = {}
    for one in periods:
        key = (one.who, one.least, one.most, one.former)
        known = found.get(key)
        if known is None:
            found[key] = one
            continue
        found[key] = replace(
            known,
            start=known.start if one.start == known.start else f"{known.start}或者{one.start}",
            lines=(*known.lines, *(line for line in one.lines if line.text not in {own.text for own in known.lines})),
            certainty=_worse(known.certainty, one.certainty),
            start_certainty="unverified"
            if one.start != known.start
            else _worse(known.start_certainty, one.start_certainty),
            own=known.own or one.own,
        )
    return tuple(found.values())


def named(periods: tuple[Period, ...]) -> tuple[Period, ...]:
    """Leave out what the regime before says like the present one, and name the rows that hold for all the rest."""
    now = {(one.who, one.least, one.most, one.start) for one in periods if not one.former}
    kept = [one for one in periods if not one.former or (one.who, one.least, one.most, one.start) not in now]
    joined: dict[tuple[object, ...], Period] = {}
    for one in kept:
        key = (one.least, one.most, one.start, one.texts, one.former)
        known = joined.get(key)
        if known is None:
            joined[key] = one
        else:
            joined[key] = replace(known, who=f"{known.who}；{one.who}" if known.who and one.who else ALL)
    joined = _ranged(joined)
    special = {one.former for one in joined.values() if one.who not in ("", ALL)}
    return tuple(replace(one, who=one.who or ("其他情形" if one.former in special else ALL)) for one in joined.values())


def _ranged(rows: dict[tuple[object, ...], Period]) -> dict[tuple[object, ...], Period]:
    """Rows of one paper for the same records that differ only in the end are one row from the nearest end to the last."""
    found: dict[tuple[object, ...], Period] = {}
    for one in rows.values():
        key = (one.who, one.least, one.start, one.former, one.regime, one.texts)
        known = found.get(key)
        found[key] = one if known is None else replace(known, most=f"{known.most}至{one.most}")
    return found


def _worse(one: str, other: str) -> str:
    return one if one != "verified" else other
