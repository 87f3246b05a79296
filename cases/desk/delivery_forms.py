"""Forms of the delivery pages: what was typed; what it means is checked by the verbs."""

from django import forms

from cases.services.handover import NOTE_LENGTH, RECEIPT_LENGTH
from cases.services.lane import REASON_LENGTH
from sync.handover import FORMATS


class ReasonForm(forms.Form):
    reason = forms.CharField(label="原因", max_length=REASON_LENGTH)


class ExportForm(forms.Form):
    file_format = forms.ChoiceField(label="文件格式", choices=list(FORMATS.items()))


class ReceiptForm(forms.Form):
    receipt = forms.CharField(label="平台回执号或受理编号", max_length=RECEIPT_LENGTH)
    received_on = forms.DateField(
        label="平台接收日期",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "请按 2026-11-23 的样子填写日期。"},
    )


class ProofForm(forms.Form):
    agrees = forms.ChoiceField(
        label="平台页面显示的内容",
        choices=[("yes", "与应有的结果一致"), ("no", "与应有的结果不一致")],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label="说明（不一致时必填）", max_length=NOTE_LENGTH, required=False)
    proof = forms.FileField(
        label="平台页面截图",
        help_text="JPG、PNG、PDF，不超过20MB；请截到网址和日期",
        widget=forms.ClearableFileInput(attrs={"accept": ".jpg,.jpeg,.png,.pdf"}),
    )
