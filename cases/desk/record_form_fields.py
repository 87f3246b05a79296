"""The form of one record, made from the template of its category: a column added there is a field here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms

from cases.collection.templates import ALWAYS, CONDITIONAL, Field, Template, templates_for
from cases.law import PENALTY_KINDS
from creditrepair.tenancy.models import Department

LONG: Final = 300  # characters from which a text has several lines
MOST_TYPED: Final = 5000
MANY: Final = "；"
# Where the template offers an amount in 万元 and in 元, a person types 元: no unit is confused with another.
_LEFT_OUT: Final = frozenset(("CF_NR_FK", "CF_NR_WFFF"))
_PENALTY_KINDS: Final = "CF_CFLB"
_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "subject_word": ("法人及非法人组织", "个体工商户"),
    "state": ("在列",),
    "bool": ("是", "否"),
}
_OWN_NAME: Final = frozenset(("CF_CFJG", "CF_SJLY", "RDJG", "SJLY"))
_OWN_CODE: Final = frozenset(("CF_CFJGDM", "CF_SJLYDM", "RDJGDM", "SJLYDM"))
_HINTS: Final[Mapping[str, str]] = {
    "CF_XDR_SHXYM": "18位；没有统一社会信用代码的个体工商户填 00000000000000000X 并填写工商注册号",
    "XDR_SHXYM": "18位",
    "CF_XDR_GSZC": "没有统一社会信用代码的个体工商户填写",
    "CF_FRDB": "法人及非法人组织必须填写",
    "CF_WSH": "与决定书一致，例如 永文旅罚〔2026〕12号",
    "CF_YXQ": "长期有效的填 2099-12-31",
    "CF_NR_FK_YUAN": "处罚类别含罚款的必须填写，单位是元，例如 2000",
    "CF_NR_WFFF_YUAN": "处罚类别含没收的必须填写，单位是元",
    "CF_NR_ZKDX": "处罚类别含暂扣、吊销的必须填写",
    "WSH": "没有文书号的，以列入日期和事由代替",
}
# The amounts in 元 stand for those in 万元, which a decision with a fine or a confiscation may not lack.
_ON_OCCASION: Final = frozenset(("CF_NR_FK_YUAN", "CF_NR_WFFF_YUAN"))
_MARKS: Final[Mapping[str, str]] = {ALWAYS: "（必填）", CONDITIONAL: "（按情况必填）"}


class RecordForm(forms.Form):
    """One record; nothing is judged here but its length, the row checks say what each field lacks."""

    def __init__(self, category: str, department: Department, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.template_of = template_of(category)
        for field in typed_fields(self.template_of):
            self.fields[field.code] = _field(field, department)
        self.fields["stock"] = forms.BooleanField(
            label="存量数据", required=False, help_text="开始计算及时率以前就应归集的，勾选后与增量分开统计"
        )

    def row(self) -> dict[str, str]:
        """Values by field code, as a row of a file would have them; blanks are left out."""
        values = {code: self.cleaned_data.get(code) for code in self.fields if code != "stock"}
        texts = {code: MANY.join(v) if isinstance(v, list) else str(v or "").strip() for code, v in values.items()}
        return {code: text for code, text in texts.items() if text}

    def wanted(self) -> list[forms.BoundField]:
        """Fields that a record may not lack, or only in some cases."""
        return [self[field.code] for field in typed_fields(self.template_of) if _need(field) in _MARKS]

    def further(self) -> list[forms.BoundField]:
        """The others, and whether the record is stock."""
        rest = [self[field.code] for field in typed_fields(self.template_of) if _need(field) not in _MARKS]
        return [*rest, self["stock"]]

    def field_of(self, code: str) -> str:
        """The field beside which a problem of a column is said: that in 元 stands for the one in 万元."""
        return f"{code}_YUAN" if code in _LEFT_OUT else code

    def opened(self) -> bool:
        """Whether one of the further fields is wrong, so that it must be in sight."""
        return any(bound.errors for bound in self.further())


def template_of(category: str) -> Template:
    """The newest template of a category. Raises KeyError without a room."""
    return templates_for(category)[0]


def typed_fields(template: Template) -> list[Field]:
    """The columns a person types: none that is read and not kept (identity numbers), no column of a removal."""
    fields = [
        field
        for field in template.fields
        if field.kept and field.code not in _LEFT_OUT and not (field.code.startswith("YC") and not field.target)
    ]
    places = {field.code: at for at, field in enumerate(template.fields)}
    return sorted(fields, key=lambda field: places.get(field.code.removesuffix("_YUAN"), places[field.code]))


def _need(field: Field) -> str:
    return CONDITIONAL if field.code in _ON_OCCASION else field.required


def _field(field: Field, department: Department) -> forms.Field:
    common: dict[str, Any] = {
        "label": f"{field.name}{_MARKS.get(_need(field), '')}",
        "required": False,
        "help_text": _HINTS.get(field.code, ""),
        "initial": _initial(field, department),
    }
    if field.code == _PENALTY_KINDS:
        words = [(word, word) for word in PENALTY_KINDS.values()]
        return forms.MultipleChoiceField(choices=words, widget=forms.CheckboxSelectMultiple, **common)
    choices = [(label, label) for _, label in field.choices] or [(word, word) for word in _WORDS.get(field.kind, ())]
    if choices:
        return forms.ChoiceField(choices=[("", "请选择"), *choices], **common)
    return forms.CharField(max_length=min(field.length, MOST_TYPED), widget=_widget(field), **common)


def _widget(field: Field) -> forms.Widget:
    if field.kind in ("date", "horizon"):
        return forms.DateInput(attrs={"type": "date"})
    if field.kind in ("wan", "yuan"):
        return forms.TextInput(attrs={"inputmode": "decimal"})
    if field.kind == "code":
        return forms.TextInput(attrs={"autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"})
    return forms.Textarea(attrs={"rows": 2}) if field.length >= LONG else forms.TextInput()


def _initial(field: Field, department: Department) -> str | None:
    if field.code in _OWN_NAME:
        return department.name
    if field.code in _OWN_CODE:
        return department.credit_code
    return _WORDS["state"][0] if field.kind == "state" else None
