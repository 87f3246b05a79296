"""起草通报: the figures of a month, the text to edit, what departments answered, a preview, and the act that issues it."""

from datetime import date
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from cases.desk.case_views import paper_response
from cases.desk.doors import RECORDERS, require
from cases.desk.forms import put_errors
from cases.desk.quality_views import read_month
from cases.oversight.bulletin import Bulletin
from cases.oversight.collection import FIRST_MONTH, month_of, next_month, previous_month
from cases.services.bulletin import (
    ANSWER_LENGTH,
    HEADING_LENGTH,
    KIND,
    LINE_LENGTH,
    TEXT_LENGTH,
    Draft,
    Text,
    bulletins_of,
    draft_bulletin,
    issue_bulletin,
    printed,
    tables_of,
)
from creditrepair.tenancy.errors import Invalid, NotFound
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Role
from notices.models import Notice

ANSWER: Final = "answer_"


class BulletinForm(forms.Form):
    """The text; one more field for each department of the figures, for what it answered."""

    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)
    heading = forms.CharField(label="标题", max_length=HEADING_LENGTH)
    addressees = forms.CharField(label="主送单位", max_length=LINE_LENGTH)
    lead = forms.CharField(label="开头", max_length=LINE_LENGTH * 4, widget=forms.Textarea(attrs={"rows": 3}))
    body = forms.CharField(
        label="正文",
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 14}),
        help_text="每段一行；以“一、”“二、”开头的一行是标题。表格由系统按数据生成，不能修改。",
    )

    def __init__(self, *args: Any, figures: Bulletin, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for row in figures.rows:
            self.fields[f"{ANSWER}{row.department.code}"] = forms.CharField(
                label=f"{row.department.name}的答复",
                max_length=ANSWER_LENGTH,
                required=False,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def text(self) -> Text:
        held = self.cleaned_data
        return Text(held["heading"], held["addressees"], held["lead"], held["body"])

    def answers(self) -> dict[str, str]:
        return {
            name.removeprefix(ANSWER): words for name, words in self.cleaned_data.items() if name.startswith(ANSWER)
        }


@require_http_methods(["GET", "HEAD", "POST"])
def bulletin_draft(request: PortalRequest) -> HttpResponse:
    """Draft, preview (`act=preview`) and issue (`act=issue`) the 通报 of a month; without one, of the month before."""
    require(request.actor, Role.SUPERVISOR)
    asked = request.GET.get("month", "")
    month = read_month(asked) if asked else previous_month(month_of(timezone.localdate()))
    now = timezone.now()
    draft = draft_bulletin(request.actor, month=month, now=now)
    initial = {
        "seen": draft.sha256,
        "heading": draft.text.heading,
        "addressees": draft.text.addressees,
        "lead": draft.text.lead,
        "body": draft.text.body,
    }
    if request.method != "POST":
        return _page(request, draft, month, BulletinForm(initial=initial, figures=draft.figures))
    form = BulletinForm(request.POST, figures=draft.figures)
    if not form.is_valid():
        return _page(request, draft, month, form)
    if request.POST.get("act") != "issue":
        return _page(request, draft, month, form, preview=True)
    try:
        notice = issue_bulletin(
            request.actor,
            month=month,
            seen=form.cleaned_data["seen"],
            text=form.text(),
            answers=form.answers(),
            source=request.build_absolute_uri(f"{reverse('desk:quality')}?month={month:%Y-%m}"),
            now=now,
        )
    except Invalid as refusal:
        put_errors(form, refusal.fields, refusal.message)
        return _page(request, draft, month, form)
    messages.success(request, f"已印发{notice.number}，文书正在生成。")
    return HttpResponseRedirect(f"{reverse('desk:bulletin_draft')}?month={month:%Y-%m}")


@require_safe
def bulletin_paper(request: PortalRequest, ref: str) -> HttpResponse:
    """The PDF of a bulletin, for all units it is addressed to."""
    require(request.actor, *RECORDERS)
    paper = Notice.objects.filter(region_id=request.actor.region, kind=KIND, ref=ref).first()
    if paper is None:
        raise NotFound
    return paper_response(paper)


def _page(
    request: PortalRequest, draft: Draft, month: date, form: BulletinForm, *, preview: bool = False
) -> HttpResponse:
    today = month_of(timezone.localdate())
    context = {
        "title": "起草通报",
        "draft": draft,
        "form": form,
        "tables": tables_of(draft.figures, ""),
        "moved": form.is_bound and form.data.get("seen") != draft.sha256,
        "over": month < today,
        "issued": bulletins_of(request.actor.region),
        "month": month,
        "before": previous_month(month) if month > FIRST_MONTH else None,
        "after": next_month(month) if month < today else None,
    }
    if preview:
        text = form.text()
        context |= {
            "preview": text,
            "sections": printed(text),
            "answered": [
                (row.department.name, form.answers().get(row.department.code, "").strip())
                for row in draft.figures.rows
                if form.answers().get(row.department.code, "").strip()
            ],
        }
    wrong = form.is_bound and bool(form.errors)
    return TemplateResponse(request, "desk/bulletin_draft.html", context, status=422 if wrong else 200)
