"""The form of an answer: its value by the kind of matter, the paper it stands on, and from which day it applies."""

from typing import Any, Final

from django import forms

from cases.law.answer import NUMBERS, Answer, Part, ValueFault
from cases.models import RegionRule

SPARE_LINES: Final = 3
MOST_LINES: Final = 50
VALUE: Final = "value"
UNITS: Final = {"WD": "个工作日", "CD": "日", "month": "个月", "year": "年", "yuan": "元"}
CITATION: Final = ("basis_name", "basis_number", "basis_article", "basis_rank", "basis_from", "reason")
DAY_ERRORS: Final = {"invalid": "请按 2026-11-23 的样子填写日期。", "required": "请填写日期。"}
ASKED: Final = {
    "basis_name": "请填写依据名称。",
    "basis_number": "请填写文号。",
    "basis_rank": "请选择依据的效力层级。",
    "basis_from": "请填写依据施行日期。",
    "reason": "请说明理由。",
}


def _day(label: str, help_text: str, *, required: bool) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(
        label=label, required=required, help_text=help_text, widget=widget, error_messages=DAY_ERRORS
    )


class CitationForm(forms.Form):
    """The paper an answer stands on. `asked`: all of it is needed now; before, it is only carried along."""

    basis_name = forms.CharField(label="依据名称", max_length=200, required=False, help_text="文件全称，不加书名号")
    basis_number = forms.CharField(label="文号", max_length=100, required=False)
    basis_article = forms.CharField(label="条款（没有的留空）", max_length=100, required=False)
    basis_rank = forms.ChoiceField(label="效力层级", choices=[("", "请选择"), *RegionRule.Rank.choices], required=False)
    basis_from = _day("依据施行日期", "", required=False)
    reason = forms.CharField(
        label="说明", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}), help_text="存入版本记录"
    )

    def __init__(self, data: Any = None, *, asked: bool = False, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        for name in ASKED if asked else ():
            self.fields[name].required = True
            self.fields[name].error_messages["required"] = ASKED[name]

    def cited(self) -> dict[str, Any]:
        """The citation as the verbs take it; call after `is_valid` with everything asked."""
        return {name: self.cleaned_data[name] for name in CITATION}

    def typed(self) -> dict[str, str]:
        """Everything typed, as it was typed, to stand on the next page."""
        return {name: str(self.data.get(name, "")) for name in self.fields}


class AnswerForm(CitationForm):
    """What a person types about a matter: for a forecast value and day are enough.

    action   set, or end: then there is no value
    """

    in_force_from = _day("适用日期", "从这一天起按新值判定，不早于依据施行日期；已作决定的办件不受影响", required=True)

    def __init__(self, answer: Answer, action: str, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.answer, self.action = answer, action
        values = {} if action == RegionRule.Action.END else self._value_fields(data or kwargs.get("initial") or {})
        self.fields = {**values, "in_force_from": self.fields.pop("in_force_from"), **self.fields}
        self.value_names = list(values)
        if action == RegionRule.Action.END:
            self.auto_id = "id_end_%s"

    def _value_fields(self, typed: Any) -> dict[str, forms.Field]:
        answer = self.answer
        if answer.unit == "choice":
            widget = forms.RadioSelect
            return {VALUE: forms.ChoiceField(label="值", choices=list(answer.choices), widget=widget, required=False)}
        if answer.unit in NUMBERS:
            label = f"值（{UNITS[answer.unit]}）"
            number = forms.TextInput(attrs={"inputmode": "numeric"})
            return {VALUE: forms.CharField(label=label, max_length=12, widget=number, required=False)}
        if answer.unit == "text":
            return {VALUE: forms.CharField(label="值", max_length=200, required=False)}
        if answer.unit == "parts":
            return {f"{VALUE}.{part.name}": _part(part) for part in answer.parts}
        return {
            f"{VALUE}.{n}.{part.name}": _part(part, f"第{n + 1}项：")
            for n in range(self._lines(typed))
            for part in answer.parts
        }

    def _lines(self, typed: Any) -> int:
        """As many lines as are typed, and some to spare."""
        numbers = [
            key.split(".")[1] for key in typed if key.startswith(f"{VALUE}.") and key.count(".") == 2 and typed[key]
        ]
        last = max((int(number) for number in numbers if number.isascii() and number.isdigit()), default=-1)
        return min(last + 1 + SPARE_LINES, MOST_LINES)

    def clean(self) -> dict[str, Any]:
        """Days the wrong way round are said before the forecast, not after it."""
        data: dict[str, Any] = super().clean() or {}
        begins, since = data.get("in_force_from"), data.get("basis_from")
        if begins and since and begins < since:
            self.add_error("in_force_from", f"适用日期不能早于依据的施行日期（{since}）。")
        return data

    def value_is_fit(self) -> bool:
        """Whether the value is one the matter can have; if not, its fault stands beside the field."""
        if self.action == RegionRule.Action.END:
            return True
        try:
            self.answer.check(self._raw())
        except ValueFault as fault:
            self.add_error(self.value_names[0], str(fault))
        return not self.errors

    def value(self) -> Any:
        """The value as the verb takes it; None for an end. Call after `value_is_fit`."""
        return None if self.action == RegionRule.Action.END else self._raw()

    def _raw(self) -> Any:
        unit, given = self.answer.unit, self.cleaned_data
        if unit == "parts":
            return {part.name: given.get(f"{VALUE}.{part.name}") for part in self.answer.parts}
        if unit != "list":
            return given.get(VALUE)
        lines: dict[int, dict[str, Any]] = {}
        for name in self.value_names:
            _, number, part = name.split(".")
            if given.get(name):
                lines.setdefault(int(number), {})[part] = given[name]
        return [lines[number] for number in sorted(lines)]


def _part(part: Part, before: str = "") -> forms.Field:
    label = before + part.label
    if part.kind == "choice":
        return forms.ChoiceField(label=label, choices=[("", "—"), *part.choices], required=False)
    attrs = {"inputmode": "numeric"} if part.kind == "number" else {}
    return forms.CharField(label=label, max_length=200, required=False, widget=forms.TextInput(attrs=attrs))


def initial_of(answer: Answer, value: Any) -> dict[str, Any]:
    """A stored value as the form's fields."""
    if answer.unit == "parts" and isinstance(value, dict):
        return {f"{VALUE}.{name}": given for name, given in value.items()}
    if answer.unit == "list" and isinstance(value, list):
        return {f"{VALUE}.{n}.{name}": given for n, line in enumerate(value) for name, given in line.items()}
    return {VALUE: value}
