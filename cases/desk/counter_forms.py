"""The form that records on what authority a clerk files for a subject, before the first step."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

DELEGATED = "授权委托书及经办人证件"
BASES = (
    ("法定代表人身份证明", "法定代表人本人到场（法定代表人身份证明、身份证件）"),
    (DELEGATED, "经办人到场（授权委托书、经办人身份证件）"),
)


class AuthorityForm(forms.Form):
    basis = forms.ChoiceField(label="授权依据", choices=BASES, widget=forms.RadioSelect)
    evidence = forms.CharField(
        label="依据材料及编号", max_length=160, help_text="如：授权委托书2026年11月20日出具。不填身份证号码。"
    )
    scan = forms.FileField(
        label="依据材料照片",
        help_text="高拍仪或手机拍照，PDF、JPG、PNG、HEIC，不超过20MB",
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png,.heic"}),
    )
    valid_until = forms.DateField(
        label="授权有效期至（授权委托书必填）",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    phone_check = forms.ChoiceField(
        label="电话核实",
        choices=(("done", "已拨打单位登记电话核实"), ("not", "未能核实")),
        widget=forms.RadioSelect,
    )
    phone_note = forms.CharField(
        label="核实情况，或未能核实的理由", max_length=160, help_text="如：10:20与负责人核实；或：登记电话停机。"
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        until: date | None = data.get("valid_until")
        if until is None and data.get("basis") == DELEGATED and "valid_until" not in self.errors:
            self.add_error("valid_until", "请填写授权委托书载明的有效期。")
        if until is not None and until < timezone.localdate():
            self.add_error("valid_until", "授权已过期，请提供有效的授权。")
        return data

    @property
    def phone_words(self) -> str:
        data: dict[str, Any] = self.cleaned_data
        return f"{'已核实' if data['phone_check'] == 'done' else '未核实'}：{data['phone_note']}"
