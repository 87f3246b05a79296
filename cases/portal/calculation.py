"""The calculator's form: asks exactly the facts that the rules of the chosen category look at."""

from typing import Any, Final

from django import forms
from django.utils import timezone

from cases.categories.base import Category
from cases.law import FIELDS, GROUNDS, PENALTY_KINDS, RecordFacts

DATES: Final = {  # what a rule counts from → the fact that holds it, its label and hint
    "document": ("decided_on", "处罚决定日期", "决定书落款的日期"),
    "publication": ("published_on", "公示日期", "平台上开始公示的日期；不知道可以不填"),
    "listing": ("listed_on", "列入日期", "列入决定书的日期"),
    "correction": ("corrected_on", "纠正日期", "已纠正失信行为的日期；没有可以不填"),
}
YES_NO: Final = (("", "不清楚"), ("yes", "是"), ("no", "否"))
SEVERITIES: Final = (("unset", "不清楚"), ("minor", "轻微"), ("general", "一般"), ("serious", "严重"))
_YES: Final = {"yes": True, "no": False}


def _yes_no(label: str, hint: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=YES_NO, required=False, help_text=hint, widget=forms.RadioSelect)


class CalculatorForm(forms.Form):
    """Fields by the room's rules: the dates they count from and the facts their conditions name."""

    def __init__(self, room: Category, data: Any = None) -> None:
        super().__init__(data, initial={"severity": "unset", "market": "", "duties_done": "", "summary_procedure": ""})
        self.room = room
        named = {name for rule in room.rules for name, _ in rule.when}
        if room.market is None and "market" in named:
            self.fields["market"] = _yes_no("是否市场监管部门作出", "市场监管部门与其他部门的规则不同")
        for start in DATES:
            if any(rule.counts_from == start for rule in room.rules):
                name, label, hint = DATES[start]
                widget = forms.DateInput(attrs={"type": "date"})
                self.fields[name] = forms.DateField(
                    label=label,
                    required=False,
                    help_text=hint,
                    widget=widget,
                    error_messages={"invalid": "请按“年-月-日”填写，例如2026-05-06。"},
                )
        if "severity" in named:
            self.fields["severity"] = forms.ChoiceField(
                label="失信程度",
                choices=SEVERITIES,
                required=False,
                widget=forms.RadioSelect,
                help_text="由认定单位确定，告知书上载明",
            )
        if named & {"penalty_kind", "only_kinds"}:
            self.fields["penalty_kinds"] = forms.MultipleChoiceField(
                label="处罚种类",
                choices=list(PENALTY_KINDS.items()),
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )
        if "field" in named:
            self.fields["field"] = forms.ChoiceField(
                label="涉及领域", choices=[("", "其他或不清楚"), *FIELDS.items()], required=False
            )
        if "ground" in named:
            self.fields["ground"] = forms.ChoiceField(
                label="列入原因", choices=[("", "其他或不清楚"), *GROUNDS.items()], required=False
            )
        if any(extra.fact == "summary_procedure" for extra in room.extra_fields):
            self.fields["summary_procedure"] = _yes_no("是否适用简易程序", "当场处罚的一般为简易程序")
        self.fields["duties_done"] = _yes_no("是否已履行义务、纠正失信行为", "例如罚款已缴清、问题已整改")
        for field in self.fields.values():
            css = (
                "form-select"
                if isinstance(field.widget, forms.Select) and not isinstance(field.widget, forms.RadioSelect)
                else ""
            )
            if isinstance(field.widget, forms.DateInput):
                css = "form-control"
            if css:
                field.widget.attrs["class"] = css

    def clean(self) -> dict[str, Any]:
        """Nothing that is counted from can lie in the future."""
        data = super().clean() or {}
        for name in ("decided_on", "published_on", "listed_on", "corrected_on"):
            if data.get(name) and data[name] > timezone.localdate():
                self.add_error(name, "日期不能晚于今天。")
        return data

    def facts(self) -> RecordFacts:
        """The facts as typed; what was left empty is None, and the law decides what a blank means."""
        data = self.cleaned_data
        return RecordFacts(
            category=self.room.code,
            market=self.room.market if self.room.market is not None else _YES.get(data.get("market", "")),
            severity=data.get("severity") or "unset",
            penalty_kinds=tuple(data.get("penalty_kinds") or ()),
            field=data.get("field") or None,
            summary_procedure=_YES.get(data.get("summary_procedure", "")),
            decided_on=data.get("decided_on"),
            published_on=data.get("published_on"),
            listed_on=data.get("listed_on"),
            corrected_on=data.get("corrected_on"),
            duties_done=_YES.get(data.get("duties_done", "")),
            ground=data.get("ground") or None,
        )
