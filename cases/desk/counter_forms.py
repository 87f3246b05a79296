"""Forms of the counter: on what authority a clerk files, before the first step, and what the visitor asked."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any, Final

from django import forms
from django.utils import timezone

from cases.services.advice import MAX_ANSWERED, MAX_ASKED
from cases.services.filing import PaperForm
from cases.services.objections import MAX_REQUEST, MAX_TEXT

DELEGATED: Final = "授权委托书及经办人证件"
BASES: Final = (
    (DELEGATED, "经办人到场：授权委托书、身份证件"),
    ("法定代表人身份证明", "法定代表人到场：身份证明、证件"),
)
SCOPES: Final = (
    ("办理信用修复全部事项", "办理信用修复全部事项"),
    ("仅限授权书载明的失信信息", "仅限授权书载明的失信信息"),
)
CALLED: Final = "done"
BY_CODE: Final = "sms"
# Why the subject's number was not verified: coded, so that the supervisor can count it
NOT_VERIFIED: Final = {
    "no_number": "没有登记号码",
    "out_of_service": "停机或空号",
    "no_answer": "无人接听",
    "declined": "对方不愿接收或告知验证码",
    "sms_down": "短信通道不可用",
}
CHECKS: Final = (
    (CALLED, "已拨打单位登记电话核实"),
    *((code, f"未能核实：{why}") for code, why in NOT_VERIFIED.items()),
)
PAPER_REASONS: Final = ("网络中断", "系统维护", "停电", "其他")
PICTURES: Final = ".pdf,.jpg,.jpeg,.png,.heic"


def picture_field(label: str, *, required: bool = True, help_text: str = "") -> forms.FileField:
    return forms.FileField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.ClearableFileInput(attrs={"accept": PICTURES, "capture": "environment", "data-camera": ""}),
    )


class AuthorityForm(forms.Form):
    basis = forms.ChoiceField(label="授权依据", choices=BASES, widget=forms.RadioSelect, initial=DELEGATED)
    evidence = forms.CharField(
        label="依据材料及编号", max_length=160, help_text="如：委托书2026年11月20日出具。不填身份证号码"
    )
    scope = forms.ChoiceField(label="授权范围", choices=SCOPES, initial=SCOPES[0][0], required=False)
    valid_until = forms.DateField(
        label="授权有效期至",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    scan = picture_field("依据材料照片", help_text="委托书和证件可拍在一张，或合成一个PDF")
    phone_check = forms.ChoiceField(label="核实方式", choices=CHECKS)
    phone_note = forms.CharField(
        label="核实情况或补充说明",
        max_length=160,
        required=False,
        help_text="电话核实的必填，如：10:20与负责人核实。",
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        until: date | None = data.get("valid_until")
        if until is None and data.get("basis") == DELEGATED and "valid_until" not in self.errors:
            self.add_error("valid_until", "请填写授权委托书载明的有效期。")
        if until is not None and until < timezone.localdate():
            self.add_error("valid_until", "授权已过期，请提供有效的授权。")
        if data.get("phone_check") == CALLED and not data.get("phone_note", "").strip():
            self.add_error("phone_note", "请写明何时与何人核实。")
        return data

    @property
    def phone_words(self) -> str:
        """How the subject's number was verified, or the coded reason why it was not."""
        data: dict[str, Any] = self.cleaned_data
        check, note = data["phone_check"], data["phone_note"].strip()
        if check == CALLED:
            return f"已核实：{note}"
        if check == BY_CODE:
            phone = data["phone"]
            return f"已核实：短信验证码（{phone[:3]}****{phone[-4:]}）" + (f"，{note}" if note else "")
        return f"未核实（{NOT_VERIFIED[check]}）" + (f"：{note}" if note else "")


class BeginForm(AuthorityForm):
    """代为提交 from its beginning: who stands at the window, the code sent to the subject, and paper entered later."""

    agent_name = forms.CharField(label="经办人姓名", max_length=50)
    agent_phone = forms.CharField(
        label="经办人手机号码", max_length=20, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    phone = forms.CharField(
        label="单位登记的手机号码",
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
    )
    code_ref = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)
    code = forms.CharField(
        label="验证码",
        max_length=12,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )
    reuse = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    paper_on = forms.DateField(
        label="收到纸质申请的日期",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    paper_time = forms.TimeField(
        label="时间", required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    paper_reason = forms.ChoiceField(
        label="当时使用纸质申请的原因",
        required=False,
        choices=(("", "请选择"), *((one, one) for one in PAPER_REASONS)),
    )
    paper_note = forms.CharField(label="原因说明", max_length=100, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        check = self.fields["phone_check"]
        assert isinstance(check, forms.ChoiceField)
        check.choices = ((BY_CODE, "短信验证码"), *CHECKS)
        self.fields["scan"].required = not self.data.get("reuse")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("phone_check") == BY_CODE and not (data.get("code_ref") and data.get("code", "").strip()):
            self.add_error("code", "请先发送验证码，再填写对方告知的6位数字；发不出的，请选择原因。")
        if any(data.get(name) for name in ("paper_on", "paper_time", "paper_reason", "paper_note")):
            for name, what in (("paper_on", "日期"), ("paper_time", "时间"), ("paper_reason", "原因")):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, f"补录纸质申请，请填写{what}（以纸质申请表所记为准）。")
            if data.get("paper_reason") == "其他" and not data.get("paper_note", "").strip():
                self.add_error("paper_note", "请写明原因。")
        return data

    @property
    def paper(self) -> PaperForm | None:
        data: dict[str, Any] = self.cleaned_data
        day, hour = data.get("paper_on"), data.get("paper_time")
        if not isinstance(day, date) or not isinstance(hour, time):
            return None
        note = data["paper_note"].strip()
        reason = data["paper_reason"] + (f"：{note}" if note else "")
        return PaperForm(timezone.make_aware(datetime.combine(day, hour)), reason)


class ObjectionForm(AuthorityForm):
    """代为提出异议: the authority, and what the firm objects to in its own words."""

    form_token = forms.CharField(max_length=64, widget=forms.HiddenInput)
    matter = forms.ChoiceField(label="对什么有异议", widget=forms.RadioSelect)
    request = forms.CharField(label="认为应当怎样", max_length=MAX_REQUEST)
    text = forms.CharField(label="事实和理由", max_length=MAX_TEXT, widget=forms.Textarea(attrs={"rows": 5}))
    proof = picture_field("证明材料", required=False, help_text="选填，多页合成一个PDF")
    agent_name = forms.CharField(label="经办人姓名", max_length=50)
    agent_phone = forms.CharField(
        label="经办人手机号码", max_length=20, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )

    def __init__(self, matters: Sequence[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["matter"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = list(matters)


class AdviceForm(forms.Form):
    code = forms.CharField(
        label="统一社会信用代码",
        max_length=300,
        required=False,
        help_text="选填，可扫营业执照二维码",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    asked = forms.CharField(label="咨询的问题", max_length=MAX_ASKED, widget=forms.Textarea(attrs={"rows": 3}))
    answered = forms.CharField(label="答复的内容", max_length=MAX_ANSWERED, widget=forms.Textarea(attrs={"rows": 4}))
