"""What the rules in force say of a category, in words for the guide: periods, days, conditions, bars, other sentences.

Everything is read from the rule pack of the region, so a value that the supervising bureau has settled shows with its
citation, and a new rule or a new room changes the page without a change here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from cases.categories import pack_for
from cases.categories.base import Category
from cases.law import FIELDS, PENALTY_KINDS, REGIMES, SEVERITIES, Plan, Reason, RecordFacts, Rule, RulePack, add_months
from cases.portal.room_facts import WAITS, choices_of, label_of, of_choice, probes
from cases.portal.rule_lines import (
    ALL,
    DAY_STARTS,
    NO_MINIMUM,
    STARTS,
    Cited,
    Days,
    Line,
    Period,
    length_of,
    merged,
    named,
    said,
)

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
)  # fmt: skip  # fmt: skip


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
    reconsideration_first: bool

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
                len(same) > 1 or (ALL in found and len(found) > 1) or any(one.certainty != "verified" for one in same),
            )
            for who, same in found.items()
        ]

    @property
    def competing(self) -> bool:
        """Whether two papers name periods for the same records and nobody has said which one governs."""
        who = [one.who for one in self.current]
        return len(set(who)) < len(who) or (ALL in who and len(who) > 1)

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
        reconsideration_first=any(
            row.variant == "order" and row.value == "first"
            for row in book.pack.rows("remedy", room.code, today, market=market)
        ),
    )


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
            return tuple(row for row in found if row.category is not None or settled_here(row))
        return found

    def line(self, row: Rule) -> Line:
        return Line(
            said(row.text_zh, row.certainty), str(row.basis), row.certainty, self.when(row.when), settled_here(row)
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
        return named(merged(found.values()))

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
            most=length_of(most) if most else self._no_end(row),
            start=start,
            lines=tuple(self.line(one) for one in rows),
            certainty="verified" if sure else "unverified",
            start_certainty=row.start_certainty,
            own=any(settled_here(one) for one in rows),
            former=former,
            regime=regime.title if regime else str(row.basis),
        )

    def _no_end(self, row: Rule) -> str:
        """A paper that names no end names none; but where the record should say its term, the end is what it says."""
        return "待核实" if row.certainty != "verified" and choices_of(self.room, "term") else "没有规定期限"

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
                for reason in self.room.why_not(of_choice(blank, fact, code), self.today):
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
                    settled_here(row),
                ),
            )
        return tuple(found.values())


def settled_here(row: Rule) -> bool:
    """Whether the region itself has settled it: an open row of the region's own paper settles nothing."""
    return row.region is not None and row.certainty == "verified"


def _key(plan: Plan) -> tuple[str, str]:
    return plan.minimum.key, plan.maximum.key if plan.maximum else ""


def _of_reason(reason: Reason, today: date) -> Line:
    text = reason.text.replace(str(today + WAITS), "截止日").replace(str(today), "裁定之日")
    return Line(said(text, reason.certainty), str(reason.basis or ""), reason.certainty, effect=reason.effect)


def _day_start(row: Rule) -> str:
    return f"自{DAY_STARTS[row.counts_from]}起" if row.counts_from in DAY_STARTS else ""
