"""What the rules in force say of a category, in words for the guide: periods, days, conditions, bars, other sentences.

Everything is read from the rule pack of the region, so a value that the supervising bureau has settled shows with its
citation, and a new rule or a new room changes the page without a change here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final

from cases.categories import pack_for
from cases.categories.base import Category
from cases.law import FIELDS, PENALTY_KINDS, SEVERITIES, Reason, RecordFacts, Rule, RulePack
from cases.law.calendar import add_months
from cases.law.plans import Plan
from cases.law.regimes import REGIMES

STARTS: Final = {"document": "作出决定之日", "publication": "公示之日", "listing": "列入之日", "correction": "纠正之日"}
DAY_STARTS: Final = {
    "pushed": "收到推送（申请）之日", "submitted": "提出申请之日", "accepted": "受理之日", "decided": "作出决定之日",
    "received": "收到告知之日", "publication": "公示之日", "document": "作出决定之日", "listing": "列入之日",
}  # fmt: skip
DAYS: Final = {
    "accept_days": "受理",
    "decide_days": "决定",
    "total_days": "反馈结果（全程）",
    "extension_days": "延长",
    "correction_days": "补正",
    "stop_days": "停止公示、移出",
    "share_days": "信息共享更新",
    "objection_days": "异议处理",
}
BARS: Final = ("not_repairable", "no_early_stop", "not_shown", "subject_scope")
OUTSIDE: Final = ("superior_procedure", "report_removal")
_PERIODS: Final = frozenset({"display_min", "display_max", "auto_stop", "no_early_stop", "until_restriction"})
_CLASSES: Final = ("minor", "general", "serious")
_CITING: Final = (
    "display_min", "display_max", "condition", *DAYS, "decider", "false_material", "reapply_ban", "channel", *BARS
)  # fmt: skip
_UNITS: Final = {"WD": "个工作日", "CD": "日"}
ALL: Final = "全部情形"
NO_MINIMUM: Final = "无最短期限"
_WAITS: Final = timedelta(days=30)


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


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All that the guide says by rule of one kind of record (a category, and in it market or not)."""

    periods: tuple[Period, ...]
    older: Line | None
    days: tuple[Days, ...]
    conditions: tuple[Line, ...]
    bars: tuple[Line, ...]
    deciders: tuple[Line, ...]
    false_material: tuple[Line, ...]
    outside: tuple[Line, ...]
    papers: tuple[Cited, ...]

    @property
    def headlines(self) -> list[tuple[str, str, bool]]:
        """(who, what, in doubt) for the top of a page: readings that compete for the same records as one line."""
        found: dict[str, list[Period]] = {}
        for one in self.current:
            found.setdefault(one.who, []).append(one)
        return [
            (
                who,
                "；或者".join(dict.fromkeys(one.short for one in same)),
                len(same) > 1 or any(one.certainty != "verified" for one in same),
            )
            for who, same in found.items()
        ]

    @property
    def former(self) -> tuple[Period, ...]:
        return tuple(one for one in self.periods if one.former)

    @property
    def current(self) -> tuple[Period, ...]:
        return tuple(one for one in self.periods if not one.former)


def rulebook(room: Category, market: bool | None, overrides: tuple[Rule, ...], today: date) -> Rulebook:
    """What the rules of `today` say of the records of `room` that are of this field (None where it has but one)."""
    book = _Book(room, market, pack_for(overrides), today)
    older = book.pack.setting("older_records", room.code, today)
    periods = book.periods()
    return Rulebook(
        periods=periods,
        older=book.line(older) if older and any(one.former for one in periods) else None,
        days=tuple(
            Days(words, length_of(row), _day_start(row), book.line(row))
            for governs, words in DAYS.items()
            for row in book.rows(governs)
        ),
        conditions=tuple(book.line(row) for row in book.rows("condition") if row.value is not False),
        bars=(*book.probed(), *(book.line(row) for name in BARS for row in book.rows(name) if row.value is not False)),
        deciders=tuple(book.line(row) for row in book.rows("decider")),
        false_material=tuple(book.line(row) for name in ("false_material", "reapply_ban") for row in book.rows(name)),
        outside=tuple(book.line(row) for name in OUTSIDE for row in book.rows(name) if row.value is not False),
        papers=book.papers(),
    )


def length_of(row: Rule) -> str:
    """The value of a row as a length, e.g. 「3个月」, 「7个工作日」; 待核实 where nobody has told us."""
    if type(row.value) is not int:
        return "待核实"
    return months_of(row.value) if row.unit == "month" else f"{row.value}{_UNITS.get(row.unit, '')}"


def said(text: str, certainty: str) -> str:
    """A sentence without its own mark, where the page prints the mark beside it."""
    return text if certainty == "verified" else text.replace("（待核实）", "")


def months_of(months: int) -> str:
    return f"{months // 12}年" if months and months % 12 == 0 else f"{months}个月"


def probes(today: date) -> dict[str, Any]:
    """Facts that a room's own conditions may read, each with a value that would matter. `why_not` is asked with and
    without: what it says then is what the guide prints, and what it reads is what the calculator asks."""
    return {
        "listed_elsewhere": True,
        "new_violation": True,
        "repeated": True,
        "prosecuted": True,
        "restriction_until": today + _WAITS,
        "court_plan_on": today,
        "subject_is_trader": True,
    }


@lru_cache(maxsize=128)
def facts_read(room: Category, overrides: tuple[Rule, ...] = ()) -> frozenset[str]:
    """Names of the facts that the rules and conditions of a room look at, besides dates and duties."""
    named = {name for row in _rows_of(room, overrides) for name, _ in row.when}
    read = {"penalty_kinds" if name in ("penalty_kind", "only_kinds") else name for name in named} - {"trader"}
    read |= {"subject_is_trader"} & {f"subject_is_{name}" for name in named}
    day = date(2026, 6, 1)
    for market in fields_of(room):
        blank = RecordFacts(room.code, market=market)
        for name, value in probes(day).items():
            if set(room.why_not(replace(blank, **{name: value}), day)) != set(room.why_not(blank, day)):
                read.add(name)
    read |= {extra.fact for extra in room.extra_fields if extra.fact}
    return frozenset(read if room.market is None else read - {"market"})


def fields_of(room: Category) -> tuple[bool, ...]:
    """The kinds of records of a room by field: not of the market, of the market, or both."""
    return (False, True) if room.market is None else (room.market,)


def starts_of(room: Category, overrides: tuple[Rule, ...] = ()) -> tuple[str, ...]:
    """What the periods of a room count from, in the order of `STARTS`."""
    rows = _rows_of(room, overrides)
    used = {row.counts_from for row in rows if row.governs in ("display_min", "display_max")}
    return tuple(start for start in STARTS if start in used)


def _rows_of(room: Category, overrides: tuple[Rule, ...]) -> list[Rule]:
    return [*room.rules, *(row for row in overrides if row.category in (None, room.code))]


def choices_of(room: Category, fact: str) -> tuple[tuple[str, str], ...]:
    """(code, label) of a room's own list for a fact, e.g. its grounds; empty where it has none."""
    return next((extra.choices for extra in room.extra_fields if extra.fact == fact and extra.choices), ())


def label_of(room: Category, fact: str) -> str:
    """What a room calls a fact of its own, e.g. 「列入情形」; "" where it has none."""
    return next((extra.label for extra in room.extra_fields if extra.fact == fact), "")


class _Book:
    """The rules of one kind of record on one day, asked row by row."""

    def __init__(self, room: Category, market: bool | None, pack: RulePack, today: date) -> None:
        self.room, self.market, self.pack, self.today = room, market, pack, today
        self.blank = RecordFacts(room.code, market=market, decided_on=today)

    def kinds(self, governs: Iterable[str]) -> list[RecordFacts]:
        """Facts that meet the conditions of each row of these matters: the kinds of records that differ by rule."""
        found = [self.blank]
        wanted = frozenset(governs)
        for row in self.pack.rules:
            if row.governs in wanted and row.category in (None, self.room.code):
                facts = self._meeting(row.when)
                if facts is not None and facts not in found:
                    found.append(facts)
        return found

    def _meeting(self, when: tuple[tuple[str, Any], ...]) -> RecordFacts | None:
        values: dict[str, Any] = {}
        for fact, wanted in when:
            options = wanted if isinstance(wanted, tuple) else (wanted,)
            if fact == "market":
                if self.market is not None and self.market not in options:
                    return None
            elif fact in ("penalty_kind", "only_kinds"):
                values["penalty_kinds"] = (str(options[0]),)
            elif fact == "decided_before":
                values["decided_on"] = date.fromisoformat(str(options[0])) - timedelta(days=1)
            elif fact == "trader":
                values["subject_is_trader"] = options[0]
            else:
                values[fact] = options[0]
        return replace(self.blank, **values)

    def rows(self, governs: str) -> tuple[Rule, ...]:
        """The rows of a matter in force today; of a matter that others decide only what the room itself says."""
        found = self.pack.rows(governs, self.room.code, self.today, market=self.market)
        if self.room.decided == "elsewhere":
            return tuple(row for row in found if row.category is not None or row.region is not None)
        return found

    def line(self, row: Rule) -> Line:
        return Line(
            said(row.text_zh, row.certainty), str(row.basis), row.certainty, self.when(row.when), bool(row.region)
        )

    def when(self, conditions: Iterable[tuple[str, Any]]) -> str:
        """Conditions of a row in words; the field is left out, for the page says it in a heading."""
        return "，".join(filter(None, (self._words(fact, wanted) for fact, wanted in conditions)))

    def _words(self, fact: str, wanted: Any) -> str:
        options = wanted if isinstance(wanted, tuple) else (wanted,)
        words: Mapping[str, str] = {}
        if fact == "severity":
            words = SEVERITIES
        elif fact == "field":
            words = FIELDS
        elif fact in ("penalty_kind", "only_kinds"):
            words = PENALTY_KINDS
        elif fact in ("ground", "term"):
            words = dict(choices_of(self.room, fact))
        label = label_of(self.room, fact)
        named = "、".join(words.get(str(one), str(one)) for one in options)
        return {
            "severity": f"{named}失信信息",
            "field": f"{named}领域",
            "penalty_kind": f"处罚含{named}",
            "only_kinds": f"仅受{named}",
            "ground": f"{label}：{named}",
            "term": f"{label}：{named}",
            "decided_before": f"{named}以前作出决定",
            "trader": "个体工商户" if wanted is True else "法人和非法人组织",
        }.get(fact, "")

    def periods(self) -> tuple[Period, ...]:
        """Periods of records decided today, then those of the regime before that may still govern an older record."""
        kinds = [
            replace(facts, severity=severity)
            for facts in self.kinds(_PERIODS)
            for severity in ((facts.severity,) if self._one_class(facts) else _CLASSES)
        ]
        found: dict[tuple[str, str], Period] = {}
        began: date | None = None
        for facts in kinds:
            for plan in self._plans(replace(facts, decided_on=facts.decided_on or self.today)):
                regime = REGIMES.get(plan.minimum.regime)
                began = began or (regime.in_force_from if regime else None)
                found.setdefault(_key(plan), self._period(plan, former=False))
        current = frozenset(key for key, _ in found)
        for facts in kinds if began else ():
            for plan in self._plans(replace(facts, decided_on=began - timedelta(days=1))) if began else ():
                if plan.minimum.key not in current and self._may_govern(plan):
                    found.setdefault(_key(plan), self._period(plan, former=True))
        return _named(_merged(found.values()))

    def _one_class(self, facts: RecordFacts) -> bool:
        return facts.severity in _CLASSES or not self.pack.depends_on_severity(self.room.code)

    def _plans(self, facts: RecordFacts) -> tuple[Plan, ...]:
        return self.pack.governing(facts, self.today, market=self.market, severity=facts.severity).plans

    def _may_govern(self, plan: Plan) -> bool:
        """Whether a record decided on the regime's last day could still be on show."""
        row, most = plan.minimum, plan.maximum
        if row.in_force_to is None or most is None or type(most.value) is not int:
            return True
        return add_months(row.in_force_to, most.value) >= self.today

    def _period(self, plan: Plan, *, former: bool) -> Period:
        row, most = plan.minimum, plan.maximum
        rows = [one for one in (row, most, plan.auto_stop, plan.no_early_stop, plan.until_restriction) if one]
        conditions = dict(item for one in rows[: 2 if most else 1] for item in one.when)
        who = self.when(conditions.items())
        start, most_start = STARTS.get(row.counts_from or "", ""), STARTS.get((most and most.counts_from) or "", "")
        if most and most_start and most_start != start:
            start = f"最短期自{start}，最长期自{most_start}"
        sure = all(one.certainty == "verified" for one in (row, most) if one)
        regime = REGIMES.get(row.regime)
        return Period(
            who=who,
            least=NO_MINIMUM if row.value == 0 else length_of(row),
            most=length_of(most) if most else "没有规定期限",
            start=start,
            lines=tuple(self.line(one) for one in rows),
            certainty="verified" if sure else "unverified",
            start_certainty=row.start_certainty,
            own=any(one.region for one in rows),
            former=former,
            regime=regime.title if regime else str(row.basis),
        )

    def probed(self) -> tuple[Line, ...]:
        """What the room's own conditions say where a fact stands in the way, and of each of its grounds."""
        blank = replace(self.blank, ground=None)
        usual = {reason.text for reason in self.room.why_not(blank, self.today)}
        found: dict[str, Line] = {}
        for name, value in probes(self.today).items():
            for reason in self.room.why_not(replace(blank, **{name: value}), self.today):
                if reason.text not in usual:
                    found.setdefault(reason.text, _of_reason(reason, self.today))
        for fact in ("ground", "term"):
            for code, label in choices_of(self.room, fact):
                for reason in self.room.why_not(replace(blank, **{fact: code}), self.today):
                    if reason.text not in usual and reason.text not in found:
                        when = f"{label_of(self.room, fact)}：{label}"
                        found[reason.text] = replace(_of_reason(reason, self.today), when=when)
        return tuple(found.values())

    def papers(self) -> tuple[Cited, ...]:
        """Everything cited today, each paper once, then the regimes of before that may still govern."""
        rows = [row for governs in _CITING for row in self.rows(governs)]
        before = [
            row for period in self.periods() if period.former for row in self.pack.rules if row.text_zh in period.texts
        ]
        found: dict[str, Cited] = {}
        for row in (*rows, *before):
            title = str(row.basis._replace(article=None))
            regime = next((one for one in REGIMES.values() if one.title == title), None)
            found.setdefault(
                title,
                Cited(
                    title,
                    regime.in_force_from if regime else None,
                    regime.in_force_to if regime else None,
                    regime.certainty if regime else row.certainty,
                    bool(row.region),
                ),
            )
        return tuple(found.values())


def _merged(periods: Iterable[Period]) -> tuple[Period, ...]:
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


def _named(periods: tuple[Period, ...]) -> tuple[Period, ...]:
    """Leave out what the regime before says like the present one, and name the rows that hold for all the rest."""
    now = {(one.who, one.least, one.most, one.start) for one in periods if not one.former}
    kept = [one for one in periods if not one.former or (one.who, one.least, one.most, one.start) not in now]
    special = {one.former for one in kept if one.who}
    return tuple(replace(one, who=one.who or ("其他情形" if one.former in special else "全部情形")) for one in kept)


def _worse(one: str, other: str) -> str:
    return one if one != "verified" else other


def _key(plan: Plan) -> tuple[str, str]:
    return plan.minimum.key, plan.maximum.key if plan.maximum else ""


def _of_reason(reason: Reason, today: date) -> Line:
    text = reason.text.replace(str(today + _WAITS), "截止日").replace(str(today), "裁定之日")
    return Line(said(text, reason.certainty), str(reason.basis or ""), reason.certainty, effect=reason.effect)


def _day_start(row: Rule) -> str:
    return f"自{DAY_STARTS[row.counts_from]}起" if row.counts_from in DAY_STARTS else ""
