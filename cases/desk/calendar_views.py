"""工作日历: the year as it counts, and the State Council's notice: paste, look at what it would do, load, withdraw."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from cases.desk.calendar_page import WEEKDAYS, year_page
from cases.desk.doors import require
from cases.desk.forms import described, put_errors
from cases.services.calendar import Loaded, load_notice, preview_notice, withdraw_notice
from cases.services.calendar_preview import Preview
from creditrepair.tenancy.errors import Invalid
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Role

LONGEST_NOTICE: Final = 20_000


class NoticeForm(forms.Form):
    source = forms.CharField(
        label="通知名称和文号",
        max_length=200,
        help_text="例如：国务院办公厅关于2027年部分节假日安排的通知（国办发明电〔2026〕×号）",
    )
    text = forms.CharField(
        label="通知全文",
        max_length=LONGEST_NOTICE,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text="从中国政府网复制全文粘贴，含标题",
    )


class WithdrawForm(forms.Form):
    year = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(label="撤回理由", max_length=200)


@require_safe
def calendar(request: PortalRequest) -> HttpResponse:
    """A year of the calendar, for all staff; the region's administrator finds the forms below it."""
    return _page(request, _year(request.GET.get("year", "")), {})


@require_POST
def calendar_preview(request: PortalRequest) -> HttpResponse:
    """What the pasted notice says and would move; problems stand by line beside the text, which is kept."""
    require(request.actor, Role.REGION_ADMIN)
    form = NoticeForm(request.POST, prefix="notice")
    preview: Preview | None = None
    if form.is_valid():
        try:
            preview = preview_notice(request.actor, text=form.cleaned_data["text"], now=timezone.now())
        except Invalid as refusal:
            put_errors(form, refusal.fields, refusal.message)
    return _notice_page(request, form, preview)


@require_POST
def calendar_load(request: PortalRequest) -> HttpResponse:
    require(request.actor, Role.REGION_ADMIN)
    form = NoticeForm(request.POST, prefix="notice")
    if form.is_valid():
        try:
            done = load_notice(
                request.actor,
                text=form.cleaned_data["text"],
                source=form.cleaned_data["source"],
                now=timezone.now(),
            )
        except Invalid as refusal:
            put_errors(form, refusal.fields, refusal.message)
        else:
            messages.success(request, f"{done.year}年节假日安排已录入，{_told(done)}")
            return _to_year(done.year)
    return _notice_page(request, form, None)


@require_POST
def calendar_withdraw(request: PortalRequest) -> HttpResponse:
    require(request.actor, Role.REGION_ADMIN)
    form = WithdrawForm(request.POST, prefix="withdraw")
    year = _year(request.POST.get("withdraw-year", ""))
    if form.is_valid():
        try:
            done = withdraw_notice(
                request.actor, year=year, reason=form.cleaned_data["reason"], now=timezone.now()
            )  # fmt: skip
        except Invalid as refusal:
            put_errors(form, refusal.fields, refusal.message)
        else:
            messages.success(request, f"{done.year}年节假日安排已撤回，恢复国家日历，{_told(done)}")
            return _to_year(done.year)
    return _page(request, year, {"withdraw": form}, status=422)


def _told(done: Loaded) -> str:
    if done.moved_cases is None:
        return f"{done.changed_days}天有变化，办件期限正在重新计算。"
    return f"{done.changed_days}天有变化，{done.moved_cases}件办件的期限随之变动。"


def _year(text: str) -> int:
    this = timezone.localdate().year
    return int(text) if text.isascii() and text.isdigit() and len(text) == 4 else this


def _to_year(year: int) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('desk:calendar')}?year={year}")


def _notice_page(request: PortalRequest, form: NoticeForm, preview: Preview | None) -> HttpResponse:
    return TemplateResponse(
        request,
        "desk/calendar_notice.html",
        {"title": "录入节假日安排", "form": described(form), "preview": preview},
        status=422 if form.errors else 200,
    )


def _page(request: PortalRequest, year: int, bound: dict[str, forms.Form], *, status: int = 200) -> HttpResponse:
    page = year_page(request.actor.region, year, timezone.localdate())
    shown: dict[str, forms.Form] = {
        "notice": NoticeForm(prefix="notice"),
        "withdraw": WithdrawForm(prefix="withdraw", initial={"year": year}),
    } | bound
    context: dict[str, Any] = {
        "title": f"工作日历 {year}年",
        "page": page,
        "provisional": [one for one in page.years if not one.final],
        "weekdays": WEEKDAYS,
        "forms": {name: described(form) for name, form in shown.items()},
        "may_load": request.actor.has(Role.REGION_ADMIN),
    }
    return TemplateResponse(request, "desk/calendar.html", context, status=status)
