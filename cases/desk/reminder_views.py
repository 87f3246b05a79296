"""待告知名单: firms no short message reaches, nearest first; who was spoken to, and with what result."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from cases.access_reminders import access_reminder, may_tell, visible_reminders
from cases.desk.keyset import capped, page_of
from cases.desk.record_lists import wanted
from cases.models import Occasion, Reminder, ReminderContact, ReminderLine
from cases.services import remind, remind_told
from creditrepair.tenancy.errors import Invalid
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Department, Region, Role

VIEWS = (("open", "待告知"), ("told", "已告知"), ("gone", "不再需要告知"))
DOCS_SHOWN, PRINTED, SETTLED_SHOWN = 3, 500, 100


class ContactForm(forms.Form):
    """What is typed after a call; what it means is checked by the verb."""

    way = forms.ChoiceField(label="怎样联系的", choices=ReminderContact.Way.choices, widget=forms.RadioSelect)
    outcome = forms.ChoiceField(label="结果", choices=ReminderContact.Outcome.choices, widget=forms.RadioSelect)
    receiver = forms.CharField(
        label="接听人或被告知人", max_length=50, required=False, help_text="已告知的必填，如：张会计"
    )
    phone = forms.CharField(label="所用电话", max_length=20, required=False)
    told_on = forms.DateField(
        label="联系日期",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "请按 2026-11-23 的样子填写日期。"},
    )
    note = forms.CharField(label="说明", max_length=200, required=False)


# ── the list ───────────────────────────────────────────────────────────────────────────────────────────────────────
@require_safe
def reminders(request: PortalRequest) -> HttpResponse:
    """`?view=` told, gone; `?occasion=`, `?why=`, `?unit=`, `?q=` narrow; `?all=1` is the sheet to be printed."""
    actor, today = request.actor, timezone.localdate()
    seen = visible_reminders(actor)
    chosen = _chosen(request)
    rows = _narrowed(seen, chosen)
    whole = request.GET.get("all") == "1"
    page = None
    if chosen["view"] != "open":
        shown = list(rows.order_by("-settled_at", "-id")[:SETTLED_SHOWN])
    elif whole:
        shown = list(rows.order_by("first_on", "id")[:PRINTED])
    else:
        page = page_of(rows, among=seen, day_field="first_on", cursor=request.GET.get("at", ""))
        shown = page.rows
    everybody = actor.has(Role.CLERK) or actor.has(Role.SUPERVISOR)
    return TemplateResponse(
        request,
        "desk/reminders.html",
        {
            "title": "待告知名单",
            "views": [(name, label, capped(_of_view(seen, name))) for name, label in VIEWS],
            "rows": _shown(shown, today),
            "page": page,
            "whole": whole,
            "late": capped(_of_view(seen, "open").filter(first_on__lte=today)),
            "chosen": chosen,
            "query": "&".join(f"{name}={value}" for name, value in chosen.items() if value),
            "occasions": Occasion.choices,
            "whys": Reminder.Why.choices,
            "units": Department.objects.filter(region_id=actor.region).order_by("id") if everybody else [],
            "today": today,
            "silent": bool(Region.objects.get(pk=actor.region).settings.get(remind.PROVINCE)),
            "supervisor": actor.has(Role.SUPERVISOR),
            "may_tell": actor.has(Role.CLERK) or actor.has(Role.REVIEWER) or actor.has(Role.RECORDER),
        },
    )


def _chosen(request: PortalRequest) -> dict[str, str]:
    given = request.GET
    view, occasion, why = given.get("view", ""), given.get("occasion", ""), given.get("why", "")
    unit = given.get("unit", "")
    return {
        "view": view if view in dict(VIEWS) else "open",
        "occasion": occasion if occasion in Occasion.values else "",
        "why": why if why in Reminder.Why.values else "",
        "unit": unit if unit.isascii() and unit.replace("_", "").isalnum() else "",
        "q": wanted(given.get("q", "")),
    }


def _of_view(rows: "QuerySet[Reminder]", view: str) -> "QuerySet[Reminder]":
    if view == "open":
        return rows.filter(settled_at__isnull=True)
    end = Reminder.End.TOLD if view == "told" else Reminder.End.GONE
    return rows.filter(way=Reminder.Way.PERSON, settled_how=end)


def _narrowed(rows: "QuerySet[Reminder]", chosen: dict[str, str]) -> "QuerySet[Reminder]":
    rows = _of_view(rows, chosen["view"])
    for name in ("occasion", "why"):
        if chosen[name]:
            rows = rows.filter(**{name: chosen[name]})
    if chosen["unit"]:
        rows = rows.filter(department__code=chosen["unit"])
    if chosen["q"]:
        rows = rows.filter(Q(subject_id=chosen["q"].upper()) | Q(subject_name__contains=chosen["q"]))
    return rows


def _shown(rows: list[Reminder], today: date) -> list[dict[str, Any]]:
    """Each row with its documents, the days left (negative: gone by) and the last contact: two queries for a page."""
    if not rows:
        return []
    region, keys = rows[0].region_id, [row.pk for row in rows]
    lines = ReminderLine.objects.filter(region_id=region, reminder_id__in=keys).order_by("id")
    docs: dict[int, list[str]] = {}
    for key, doc_no in lines.values_list("reminder_id", "record__doc_no"):
        docs.setdefault(key or 0, []).append(doc_no or "（无文号）")
    contacts: dict[int, list[ReminderContact]] = {}
    for one in (
        ReminderContact.objects.filter(region_id=region, reminder_id__in=keys).select_related("by").order_by("id")
    ):
        contacts.setdefault(one.reminder_id, []).append(one)
    return [
        {
            "row": row,
            "docs": docs.get(row.pk, [])[:DOCS_SHOWN],
            "more": max(0, len(docs.get(row.pk, [])) - DOCS_SHOWN),
            "left": (row.first_on - today).days,
            "gone_by": (today - row.first_on).days,
            "tries": len(contacts.get(row.pk, [])),
            "last": contacts[row.pk][-1] if row.pk in contacts else None,
        }
        for row in rows
    ]


# ── one firm ───────────────────────────────────────────────────────────────────────────────────────────────────────
@require_safe
def reminder(request: PortalRequest, ref: str) -> HttpResponse:
    found = access_reminder(request.actor, ref)
    form = ContactForm(initial={"way": "phone", "told_on": timezone.localdate(), "phone": found.phone})
    return _page(request, found, form)


@require_POST
def reminder_contact(request: PortalRequest, ref: str) -> HttpResponse:
    """Add what came of a call or a visit."""
    found = access_reminder(request.actor, ref, to="act")
    form = ContactForm(request.POST)
    form.is_valid()
    told = form.cleaned_data
    if "told_on" not in form.errors:
        try:
            contact = remind_told.record_contact(
                request.actor,
                ref=ref,
                way=request.POST.get("way", ""),
                outcome=request.POST.get("outcome", ""),
                told_on=told.get("told_on"),
                receiver=request.POST.get("receiver", ""),
                phone=request.POST.get("phone", ""),
                note=request.POST.get("note", ""),
                now=timezone.now(),
            )
        except Invalid as problem:
            for name, words in problem.fields.items():
                form.errors[name] = form.error_class([words])
        else:
            told_now = contact.outcome == ReminderContact.Outcome.TOLD
            messages.success(request, "已登记，该企业已移出名单。" if told_now else "已登记，该企业仍在名单中。")
            return HttpResponseRedirect(reverse("desk:reminders"))
    return _page(request, found, form, status=422)


def _page(request: PortalRequest, found: Reminder, form: ContactForm, *, status: int = 200) -> HttpResponse:
    actor, today = request.actor, timezone.localdate()
    others = Reminder.objects.filter(region_id=actor.region, subject_id=found.subject_id)
    said = ReminderContact.objects.filter(region_id=actor.region, reminder__in=others).select_related("by", "reminder")
    unit = found.department
    return TemplateResponse(
        request,
        "desk/reminder.html",
        {
            "title": found.subject_name,
            "reminder": found,
            "lines": remind_told.lines_of(found),
            "left": (found.first_on - today).days,
            "gone_by": (today - found.first_on).days,
            "said": said.order_by("-id")[:SETTLED_SHOWN],
            "form": form,
            "may_tell": found.settled_at is None and may_tell(actor, found),
            "tells": unit.name if unit else "政务大厅窗口",
        },
        status=status,
    )
