"""Forms of an objection and of a withdrawn penalty: shared by the firm's pages and the counter. What counts is the verbs' to say."""

from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.utils import timezone

from cases.access import access_file
from cases.models import PenaltyWithdrawal, StoredFile
from cases.services.beside import MAX_ORGAN, MAX_PAPER, OutsidePaper
from cases.uploads import store_upload
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid, NotFound

FILES: Final = ".pdf,.jpg,.jpeg,.png,.heic"
FILE_HELP: Final = "PDF、JPG、PNG、HEIC，不超过20MB"
MATTERS: Final = {
    "content": "公示内容：名称、文号、金额、事实等与决定书不一致",
    "period": "公示期限：起止日期、失信程度或者最短、最长公示期不对",
    "result": "修复结果：对不予受理、不予修复等结果不认可",
}


def _text(label: str, most: int, rows: int = 0, **more: Any) -> forms.CharField:
    attrs = {"class": "form-control"} | ({"rows": rows} if rows else {})
    widget: forms.Widget = forms.Textarea(attrs=attrs) if rows else forms.TextInput(attrs=attrs)
    return forms.CharField(label=label, max_length=most, widget=widget, **more)


class AgentFields(forms.Form):
    agent_name = _text("经办人姓名", 50)
    agent_phone = forms.CharField(
        label="手机号码",
        max_length=20,
        help_text="接收答复通知",
        widget=forms.TextInput(attrs={"class": "form-control num", "inputmode": "numeric", "autocomplete": "tel"}),
    )


class ObjectionForm(AgentFields):
    """`matters`: those one may object to now."""

    matter = forms.ChoiceField(label="对什么有异议", widget=forms.RadioSelect)
    request = _text("您认为应当怎样", 200, help_text="一句话写明请求，会写进答复书")
    text = _text("事实和理由", 2000, rows=6, help_text="写明与什么文书、凭证不一致")
    field_order = ("matter", "request", "text", "agent_name", "agent_phone")

    def __init__(self, matters: list[str], data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        self.fields["matter"] = forms.ChoiceField(
            label="对什么有异议",
            choices=[(code, MATTERS[code]) for code in matters],
            widget=forms.RadioSelect,
            initial=matters[0] if len(matters) == 1 else None,
        )


class OutsidePaperForm(forms.Form):
    """The paper of an organ outside; `file` is taken by `take_files`, so that it survives a fault elsewhere."""

    organ = _text("作出文书的机关", MAX_ORGAN, help_text="全称，如“永昌县人民政府”")
    paper_no = _text("文书文号（案号）", MAX_PAPER)
    decided_on = forms.DateField(
        label="文书日期",
        widget=forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d"),
        error_messages={"invalid": "请按 2026-11-23 的样子填写日期。"},
    )

    def paper(self, file_uuid: str) -> OutsidePaper:
        data = self.cleaned_data
        return OutsidePaper(data["organ"], data["paper_no"], data["decided_on"], file_uuid)


class WithdrawalForm(AgentFields, OutsidePaperForm):
    """What a firm reports; staff of the unit leave the agent out (`for_staff`)."""

    kind = forms.ChoiceField(label="处罚决定现在", choices=PenaltyWithdrawal.Kind.choices, widget=forms.RadioSelect)
    by = forms.ChoiceField(label="由谁作出", choices=PenaltyWithdrawal.By.choices, widget=forms.RadioSelect)
    note = _text("说明", 500, rows=3, required=False, help_text="选填")
    field_order = ("kind", "by", "organ", "paper_no", "decided_on", "note", "agent_name", "agent_phone")

    def __init__(self, data: Any = None, *, for_staff: bool = False, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        if for_staff:
            del self.fields["agent_name"], self.fields["agent_phone"]


def take_files(request: HttpRequest, actor: Actor, region: str, field: str) -> tuple[list[StoredFile], str]:
    """What the form holds: files kept by an earlier try (hidden `kept`) and new ones; and what was refused, in words."""
    held: list[StoredFile] = []
    problems: list[str] = []
    with region_context(region):
        for text in request.POST.getlist("kept"):
            try:
                stored = access_file(actor, UUID(text))
            except (NotFound, ValueError):
                continue
            if stored.region_id == region and text not in request.POST.getlist("drop"):
                held.append(stored)
        for upload in request.FILES.getlist(field):
            try:
                held.append(store_upload(actor, region, upload, now=timezone.now(), field=field))
            except Invalid as refused:
                problems.append(refused.message)
    return held, " ".join(problems)


def put_faults(form: forms.Form, refused: Invalid) -> str:
    """What a verb found beside its field; the words about files, which no field of the form holds."""
    about_files = ""
    for name, text in refused.fields.items():
        if name in form.fields:
            form.add_error(name, text)
        elif name in ("file", "files"):
            about_files = text
        else:
            form.add_error(None, text)
    if not refused.fields:
        form.add_error(None, refused.message)
    return about_files
