"""Forms of the recorders' pages: what was typed becomes dates and choices here; what it means is checked by the verbs."""

from typing import Any

from django import forms

from cases.categories import category_choices
from cases.models.record import Severity
from cases.services.external import MAX_ORGAN, MAX_PAPER, OUTCOMES
from notices.models import Service


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
    way = forms.ChoiceField(label="送达方式", choices=Service.Way.choices)
    served_on = forms.DateField(
        label="送达日期",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "请按 2026-11-23 的样子填写日期。"},
    )
    receiver = forms.CharField(label="签收人", max_length=50)
    phone = forms.CharField(label="签收人手机", max_length=20, widget=forms.TextInput(attrs={"inputmode": "tel"}))
    proof = forms.CharField(label="送达凭证（回证编号或运单号）", max_length=200)


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
