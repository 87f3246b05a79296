"""归集质量: shares of a month per department and category, the late records behind them, and 应归集数 declared."""

from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from cases.categories import category_choices, registry
from cases.desk.doors import require
from cases.desk.forms import described, put_errors
from cases.desk.keyset import page_of
from cases.oversight.bulletin import bulletin_of, duties_of
from cases.oversight.collection import (
    DEFINITIONS,
    FIRST_MONTH,
    Line,
    late_in,
    month_of,
    next_month,
    previous_month,
    quality_of,
    received_in,
    total_of,
)
from cases.oversight.sheets import bulletin_xlsx
from cases.services.declare import MOST, NOTE_LENGTH, declarations_of, declare_count
from cases.timeliness import rules_in_force
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid, NotFound
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Department, Role

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS: Final = {"increment": "增量", "stock": "存量"}


class DeclareForm(forms.Form):
    category = forms.ChoiceField(label="类别", choices=category_choices)
    month = forms.CharField(
        label="月份", max_length=7, help_text="例如 2026-11", widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    count = forms.IntegerField(
        label="当月作出的决定数（应归集数）",
        min_value=0,
        max_value=MOST,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={"invalid": "请填写整数。"},
    )
    note = forms.CharField(label="说明", max_length=NOTE_LENGTH, required=False)

    def clean_month(self) -> date:
        try:
            return read_month(self.cleaned_data["month"].strip())
        except BadRequest:
            raise forms.ValidationError("请按 2026-11 的样子填写月份。") from None


@require_safe
def quality(request: PortalRequest) -> HttpResponse:
    """The month's shares: all departments for the supervisor, the own one for its recorders."""
    actor = request.actor
    departments = _departments(actor)
    month, kind = _month(request), _kind(request)
    stock, today = kind == "stock", timezone.localdate()
    lines = quality_of(actor.region, month, stock=stock, departments=departments)
    context = {
        "title": "归集质量",
        "lines": [(line, _late_url(month, kind, line)) for line in lines],
        "total": total_of(lines),
        "late_url": f"{reverse('desk:quality_late')}?{urlencode({'month': f'{month:%Y-%m}', 'kind': kind})}",
        "definitions": DEFINITIONS,
        "rules": _rules(actor, lines, month),
        "duties": [(duty, duty.overdue(today)) for duty in duties_of(actor.region, month, today, departments)]
        if not stock
        else [],
        "watches": actor.has(Role.SUPERVISOR),
        "declares": actor.has(Role.RECORDER) and actor.department_id is not None,
    }
    return TemplateResponse(request, "desk/quality.html", context | _period(month, kind))


@require_safe
def quality_late(request: PortalRequest) -> HttpResponse:
    """迟报: exactly the records that the number on the page before counts."""
    actor = request.actor
    departments = _departments(actor)
    month, kind = _month(request), _kind(request)
    chosen, category = request.GET.get("department", ""), request.GET.get("category", "")
    picked = [one for one in departments if one.code == chosen] if chosen else departments
    if not picked or (category and category not in registry):
        raise NotFound
    keys = [one.pk for one in picked]
    rows = late_in(actor.region, month, stock=kind == "stock", departments=keys, category=category)
    page = page_of(
        rows.select_related("department"),
        among=received_in(actor.region, month, stock=kind == "stock", departments=keys),
        day_field="received_at",
        cursor=request.GET.get("at", ""),
    )
    kept = {"month": f"{month:%Y-%m}", "kind": kind, "department": chosen, "category": category}
    context = {
        "title": "迟报的信息",
        "page": page,
        "n": rows.count(),
        "unit": picked[0].name if chosen else "",
        "category_title": registry[category].title if category else "",
        "query": urlencode({name: value for name, value in kept.items() if value}),
    }
    return TemplateResponse(request, "desk/quality_late.html", context | _period(month, kind))


@require_http_methods(["GET", "HEAD", "POST"])
def declare(request: PortalRequest) -> HttpResponse:
    """应归集数 of the recorder's own department; what is declared later stands beside what was declared before."""
    actor = request.actor
    require(actor, Role.RECORDER)
    month = _month(request)
    form = DeclareForm(request.POST or None, initial={"month": f"{month:%Y-%m}"})
    if request.method == "POST" and form.is_valid():
        try:
            declared = declare_count(actor, now=timezone.now(), **form.cleaned_data)
        except Invalid as refusal:
            put_errors(form, refusal.fields, refusal.message)
        else:
            messages.success(
                request, f"{declared.get_category_display()}{declared.month:%Y-%m}应归集{declared.count}条，已申报。"
            )
            return HttpResponseRedirect(f"{reverse('desk:quality_declare')}?month={declared.month:%Y-%m}")
    department = Department.objects.get(region_id=actor.region, pk=actor.department_id or 0)
    context = {
        "title": "申报应归集数",
        "department": department,
        "form": described(form),
        "declared": declarations_of(actor.region, department, month),
    }
    return TemplateResponse(
        request, "desk/quality_declare.html", context | _period(month, ""), status=422 if form.errors else 200
    )


@require_safe
def bulletin(request: PortalRequest) -> HttpResponse:
    """通报 data of a month, as a draft a person goes on with; XLSX with `format=xlsx`."""
    actor = request.actor
    require(actor, Role.SUPERVISOR)
    month = _month(request)
    today = timezone.localdate()
    departments = _departments(actor)
    draft = bulletin_of(actor.region, month, today, departments)
    duties = duties_of(actor.region, month, today, departments)
    if request.GET.get("format") == "xlsx":
        response = HttpResponse(bulletin_xlsx(draft, duties, request.region.name), content_type=XLSX)
        response["Content-Disposition"] = f'attachment; filename="bulletin-{month:%Y-%m}.xlsx"'
        return response
    context = {
        "title": "归集情况通报（数据草稿）",
        "draft": draft,
        "rows": [(row, _late_url(month, "increment", row)) for row in draft.rows],
        "definitions": DEFINITIONS,
    }
    return TemplateResponse(request, "desk/quality_bulletin.html", context | _period(month, ""))


def read_month(text: str) -> date:
    """The first day of 「2026-11」. Raises BadRequest for anything else, for a month to come, or before any rule."""
    try:
        if len(text) != 7 or not text.isascii():
            raise ValueError
        month = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise BadRequest("month") from None
    if not FIRST_MONTH <= month <= timezone.localdate():
        raise BadRequest("month")
    return month


def _month(request: PortalRequest) -> date:
    text = request.GET.get("month", "")
    return read_month(text) if text else month_of(timezone.localdate())


def _kind(request: PortalRequest) -> str:
    kind = request.GET.get("kind", "increment")
    if kind not in KINDS:
        raise BadRequest("kind")
    return kind


def _departments(actor: Actor) -> list[Department]:
    """All units of the region for its supervisor, the own one for its recorders. Raises NotAllowed."""
    require(actor, Role.SUPERVISOR, Role.RECORDER)
    rows = Department.objects.filter(region_id=actor.region).order_by("id")
    return list(rows if actor.has(Role.SUPERVISOR) else rows.filter(pk=actor.department_id or 0))


def _period(month: date, kind: str) -> dict[str, Any]:
    today = month_of(timezone.localdate())
    return {
        "month": month,
        "kind": kind,
        "kinds": list(KINDS.items()),
        "kind_title": KINDS.get(kind, ""),
        "before": previous_month(month) if month > FIRST_MONTH else None,
        "after": next_month(month) if month < today else None,
    }


def _late_url(month: date, kind: str, of: Any) -> str:
    """Where the number of late records of a line (department and category) or of a department leads."""
    kept = {"month": f"{month:%Y-%m}", "kind": kind, "department": of.department.code}
    if isinstance(of, Line):
        kept["category"] = of.category
    return f"{reverse('desk:quality_late')}?{urlencode(kept)}"


def _rules(actor: Actor, lines: list[Line], month: date) -> list[tuple[str, str, bool]]:
    """The rule behind the timeliness of each category on the page: words, citation, whether it is verified."""
    found: dict[str, tuple[str, str, bool]] = {}
    for line in lines:
        for rule in rules_in_force(actor.region, month, {line.category: line.department.market}).values():
            found[rule.key] = (f"{line.title}：{rule.text_zh}", str(rule.basis), rule.certainty == "verified")
    return list(found.values())
