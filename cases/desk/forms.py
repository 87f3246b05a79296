"""Forms of the recorders' pages: what was typed becomes dates and choices here; what it means is checked by the verbs."""

from typing import Any

from django import forms

from cases.categories import category_choices
from cases.models.record import Severity
from cases.services.external import MAX_ORGAN, MAX_PAPER, OUTCOMES
from notices.force import LONGEST_REASON
from notices.models import Service
from notices.serving import LONGEST_DETAIL


class SeverityForm(forms.Form):
    severity = forms.ChoiceField(
        label="失信程度", choices=[c for c in Severity.choices if c[0] != Severity.UNSET], widget=forms.RadioSelect
    )
    reason = forms.CharField(label="认定理由", max_length=500)


class AttachForm(forms.Form):
    file = forms.FileField(
        label="处罚决定书",
        help_text="PDF、JPG、PNG、HEIC，不超过20MB",
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png,.heic"}),
    )


class ServeForm(forms.Form):
    """Service of both papers; which details a way needs is the verb's to say (`notices.serving.WAYS`)."""

    way = forms.ChoiceField(label="送达方式", choices=Service.Way.choices)
    served_on = forms.DateField(
        label="送达日期",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "请按 2026-11-23 的样子填写日期。"},
    )
    receiver = forms.CharField(label="签收人", max_length=50, required=False, help_text="留置、公告送达可不填")
    phone = forms.CharField(
        label="签收人手机",
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
        help_text="留置、公告送达可不填",
    )
    waybill = forms.CharField(label="邮寄运单号", max_length=LONGEST_DETAIL, required=False, help_text="邮寄送达填写")
    address = forms.CharField(
        label="电子送达地址", max_length=LONGEST_DETAIL, required=False, help_text="电子送达填写，经受送达人确认的"
    )
    witness = forms.CharField(label="见证人", max_length=LONGEST_DETAIL, required=False, help_text="留置送达填写")
    place = forms.CharField(
        label="留置地点或公告载体", max_length=LONGEST_DETAIL, required=False, help_text="留置、公告送达填写"
    )
    days = forms.CharField(
        label="公告天数",
        max_length=4,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        help_text="公告送达填写",
    )
    proof = forms.CharField(label="送达回证编号", max_length=200, required=False)
    file = forms.FileField(
        label="送达凭证照片",
        required=False,
        help_text="回证、运单或公告的照片，PDF、JPG、PNG、HEIC，不超过20MB",
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png,.heic"}),
    )


class EndForm(forms.Form):
    """Why a 告知书 is taken out of force."""

    reason = forms.CharField(label="原因", max_length=LONGEST_REASON)


class ExtendForm(forms.Form):
    working_days = forms.IntegerField(label="延长（个工作日）", widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    reason = forms.CharField(label="延长原因（申请人可以看到）", max_length=500)


class EndExtensionForm(forms.Form):
    reason = forms.CharField(label="撤销原因（申请人可以看到）", max_length=500)


class ExternalForm(forms.Form):
    """What an organ outside has decided: a superior on a case of ours, a court on its own record."""

    organ = forms.CharField(label="作出决定的机关", max_length=MAX_ORGAN)
    paper_no = forms.CharField(label="决定文书文号", max_length=MAX_PAPER)
    decided_on = forms.DateField(
        label="决定日期",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "请按 2026-11-23 的样子填写日期。"},
    )
    outcome = forms.ChoiceField(label="决定结果", choices=list(OUTCOMES.items()), widget=forms.RadioSelect)
    comment = forms.CharField(
        label="说明（不同意的须写明对方理由）",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    file = forms.FileField(
        label="决定文书（可后补）",
        required=False,
        help_text="PDF、JPG、PNG、HEIC，不超过20MB",
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png,.heic"}),
    )


class CollectForm(forms.Form):
    category = forms.ChoiceField(label="类别", choices=category_choices)
    file = forms.FileField(
        label="归集文件",
        help_text="XLSX、CSV、JSON，不超过20MB",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv,.json"}),
    )
    stock = forms.ChoiceField(
        label="数据性质",
        choices=(("", "增量：新近作出的决定，计算报送及时率"), ("1", "存量：以前的数据补录，不计算及时率")),
        required=False,
        widget=forms.RadioSelect,
        initial="",
    )


def put_errors(form: forms.Form, fields: dict[str, str], message: str) -> None:
    """Show what a verb found beside its field; what names no field of the form goes on top."""
    if not fields:
        form.add_error(None, message)
    for name, text in fields.items():
        form.add_error(name if name in form.fields else None, text)


def described(form: forms.Form) -> forms.Form:
    """Tie each field to its error for screen readers."""
    for bound in form:
        attrs: dict[str, Any] = bound.field.widget.attrs
        if bound.errors:
            attrs |= {"aria-invalid": "true", "aria-describedby": f"{bound.auto_id}_error"}
    return form
