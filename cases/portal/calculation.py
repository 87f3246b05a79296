"""The calculator's form: asks exactly the facts that the rules and conditions of the chosen category look at."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django import forms
from django.utils import timezone

from cases.categories import pack_for
from cases.categories.base import Category
from cases.law import FIELDS, PENALTY_KINDS, RecordFacts, Rule, suggest_severity
from cases.portal.room_facts import choices_of, facts_read, label_of, starts_of

DATES: Final = {  # what a rule counts from → the fact that holds it, its label and hint
    "document": ("decided_on", "作出决定的日期", "处罚决定书、列入决定书落款的日期"),
    "publication": ("published_on", "公示日期", "平台上开始公示的日期；不知道可以不填"),
    "listing": ("listed_on", "列入日期", "列入决定书载明的日期"),
    "correction": ("corrected_on", "纠正日期", "已纠正失信行为的日期；没有可以不填"),
}
EVENTS: Final = ("decided_on", "published_on", "listed_on", "corrected_on", "court_plan_on")
YES_NO: Final = (("", "不清楚"), ("yes", "是"), ("no", "否"))
SEVERITIES: Final = (("unset", "不清楚"), ("minor", "轻微"), ("general", "一般"), ("serious", "严重"))
ASKED: Final = {  # yes-or-no facts in the order they are asked: label where the room has none of its own, hint
    "summary_procedure": ("是否适用简易程序", "当场处罚的一般为简易程序"),
    "listed_elsewhere": ("是否同时在经营异常名录或者严重违法失信名单中", ""),
    "new_violation": ("之后是否有新的违法失信行为", ""),
    "repeated": ("是否多次被认定", ""),
    "prosecuted": ("是否因同一行为被立案追究刑事责任", ""),
    "subject_is_trader": ("是否个体工商户", ""),
}
FIRST, LAST = date(1949, 10, 1), date(2099, 12, 31)
MAX_YUAN: Final = 10**12
_YES: Final = {"yes": True, "no": False}
_NO_DATE: Final = {"invalid": "请按“年-月-日”填写，例如2026-05-06。"}


@dataclass(frozen=True, slots=True)
class Missing:
    """What the answer waits for: `needed` without which no day can be named, `helpful` that would make it surer."""

    needed: tuple[str, ...]
    helpful: tuple[str, ...]


def _yes_no(label: str, hint: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=YES_NO, required=False, help_text=hint, widget=forms.RadioSelect)


def _day(label: str, hint: str = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, help_text=hint, widget=widget, error_messages=_NO_DATE)


def _choice(label: str, choices: list[tuple[str, str]]) -> forms.ChoiceField:
    widget = forms.Select(attrs={"class": "form-select"})
    return forms.ChoiceField(label=label, choices=choices, required=False, widget=widget)


class CalculatorForm(forms.Form):
    """Fields by the room's rules: the dates they count from and the facts that they and its conditions name.

    `day` is the day of the question, `other_day` an optional second one to set beside it.
    """

    def __init__(self, room: Category, overrides: tuple[Rule, ...] = (), data: Any = None) -> None:
        today = timezone.localdate()
        blank = {"severity": "unset", "market": "", "duties_done": "", "day": today} | dict.fromkeys(ASKED, "")
        super().__init__(data, initial=blank)
        self.room, self.overrides = room, overrides
        self.read = facts_read(room, overrides)
        for name, field in [*self._of_record(), *self._conditions(), *self._days()]:
            self.fields[name] = field

    def _of_record(self) -> list[tuple[str, forms.Field]]:
        fields: list[tuple[str, forms.Field]] = []
        if "market" in self.read:
            fields.append(("market", _yes_no("是否市场监管部门作出", "市场监管部门与其他部门的规则不同")))
        fields += [(DATES[start][0], _day(*DATES[start][1:])) for start in starts_of(self.room, self.overrides)]
        if "severity" in self.read:
            hint = "由认定单位确定，告知书上载明"
            widget = forms.RadioSelect
            fields.append(
                ("severity", forms.ChoiceField(label="失信程度", choices=SEVERITIES, required=False, widget=widget, help_text=hint))
            )  # fmt: skip
        if "penalty_kinds" in self.read:
            kinds = list(PENALTY_KINDS.items())
            widget = forms.CheckboxSelectMultiple
            fields.append(
                ("penalty_kinds", forms.MultipleChoiceField(label="处罚种类", choices=kinds, required=False, widget=widget))
            )  # fmt: skip
            fields.append(("yuan", self._yuan()))
        if "field" in self.read:
            fields.append(("field", _choice("涉及领域", [("", "其他或不清楚"), *FIELDS.items()])))
        for fact in ("ground", "term"):
            if own := choices_of(self.room, fact):
                fields.append((fact, _choice(label_of(self.room, fact), [("", "其他或不清楚"), *own])))
        return fields

    def _conditions(self) -> list[tuple[str, forms.Field]]:
        fields: list[tuple[str, forms.Field]] = [
            ("duties_done", _yes_no("是否已履行义务、纠正失信行为", "例如罚款已缴清、问题已整改"))
        ]
        for name, (label, hint) in ASKED.items():
            if name in self.read:
                fields.append((name, _yes_no(label_of(self.room, name) or label, hint)))
        for name, label in (("restriction_until", "限制措施截止日期"), ("court_plan_on", "重整计划、和解协议裁定日期")):
            if name in self.read:
                fields.append((name, _day(label_of(self.room, name) or label, "没有可以不填")))
        if "corrected_on" in self.read and "correction" not in starts_of(self.room, self.overrides):
            fields.append(("corrected_on", _day(label_of(self.room, "corrected_on") or "纠正日期", "没有可以不填")))
        return fields

    def _days(self) -> list[tuple[str, forms.Field]]:
        return [
            ("day", _day("判定日", "按这一天有效的规则判定；默认今天")),
            ("other_day", _day("对比日", "选填：再按另一天的规则判定一次，两个结论并列")),
        ]

    def _yuan(self) -> forms.IntegerField:
        return forms.IntegerField(
            label="罚款金额（元）",
            required=False,
            min_value=0,
            max_value=MAX_YUAN,
            help_text="没有罚款可以不填",
            widget=forms.NumberInput(attrs={"class": "form-control", "inputmode": "numeric"}),
            error_messages={"invalid": "请填写整数，单位为元。"},
        )

    def clean(self) -> dict[str, Any]:
        """Days within the calendar of the law, and nothing that is counted from after the day of the question."""
        data = super().clean() or {}
        for name in ("day", "other_day", "restriction_until", *EVENTS):
            if data.get(name) and not FIRST <= data[name] <= LAST:
                self.add_error(name, f"日期应在{FIRST.year}年至{LAST.year}年之间。")
        days = [data[name] for name in ("day", "other_day") if data.get(name)] or [timezone.localdate()]
        for name in EVENTS:
            if data.get(name) and name not in self.errors and data[name] > min(days):
                self.add_error(name, "日期不能晚于判定日、对比日。")
        return data

    @property
    def days(self) -> tuple[date, ...]:
        """The days to judge on, earlier first, each once."""
        data = self.cleaned_data
        asked = {data.get("day") or timezone.localdate(), data.get("other_day") or None}
        return tuple(sorted(day for day in asked if day is not None))

    def facts(self) -> RecordFacts:
        """The facts as typed; what was left empty is None, and the law decides what a blank means."""
        data = self.cleaned_data
        yuan = data.get("yuan")
        known: dict[str, Any] = {name: data.get(name) for name in (*EVENTS, "restriction_until")}
        known |= {name: data.get(name) or None for name in ("field", "ground", "term")}
        known |= {name: _YES.get(data.get(name, "")) for name in (*ASKED, "duties_done")}
        known["subject_is_trader"] = bool(known["subject_is_trader"])
        return RecordFacts(
            category=self.room.code,
            market=self.room.market if self.room.market is not None else _YES.get(data.get("market", "")),
            severity=data.get("severity") or "unset",
            penalty_kinds=tuple(data.get("penalty_kinds") or ()),
            amount_fen=None if yuan is None else yuan * 100,
            **known,
        )

    @property
    def is_blank(self) -> bool:
        """Whether nothing at all was said of the record."""
        said = {name for name, value in self.cleaned_data.items() if value not in (None, "", [], "unset")}
        return not said - {"day", "other_day"}

    def missing(self, facts: RecordFacts, day: date) -> Missing:
        """What is still needed before any day can be named, and what would make the answer surer."""
        pack = pack_for(self.overrides)
        markets = (facts.market,) if facts.market is not None else (False, True)
        plans = [
            plan
            for market in markets
            for severity in (
                (facts.severity,) if facts.severity != "unset" else ("unset", "minor", "general", "serious")
            )
            for plan in pack.governing(facts, day, market=market, severity=severity).plans
        ]
        starts = list(dict.fromkeys(p.minimum.counts_from for p in plans if p.minimum.value != 0))
        open_starts = [
            DATES[start][1]
            for start in starts
            if start in DATES and getattr(facts, DATES[start][0]) is None
            and not (start == "document" and facts.listed_on is not None)
        ]  # fmt: skip
        none_known = bool(starts) and len(open_starts) == len(starts)
        helpful = [] if none_known else open_starts
        if facts.market is None:
            helpful.insert(0, "是否市场监管部门作出")
        suggested = suggest_severity(facts.penalty_kinds, facts.summary_procedure, facts.amount_fen)
        if "severity" in self.fields and facts.severity == "unset" and suggested.certainty != "verified":
            helpful.append("失信程度（或者处罚种类）")
        if facts.duties_done is None:
            helpful.append("是否已履行义务、纠正失信行为")
        if none_known or self.is_blank:
            needed = " 或 ".join(open_starts)
            return Missing((needed,) if needed else tuple(helpful[:1]), tuple(helpful if needed else helpful[1:]))
        return Missing((), tuple(helpful))
