"""Search and calculator: the answer without sign-in, by the same function as everywhere else."""

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from cases.categories import judge, registry, room, rooms
from cases.overrides import overrides_of
from cases.portal.calculation import CalculatorForm
from cases.portal.cards import card_of, chinese
from cases.portal.queries import Found, region_of, search_published, today
from cases.promise import promise_of
from cases.throttle import Limit, address_of, take
from creditrepair import answers
from creditrepair.tenancy.errors import NotFound

SEARCHES = Limit("search", 30, 60)
FAR = timedelta(days=366 * 10)


def too_many(request: HttpRequest, wait_seconds: int, message: str = "") -> HttpResponse:
    """429 with the seconds to wait, in words and in `Retry-After`."""
    response = answers.page(
        request,
        429,
        message=message or f"查询过于频繁，请{wait_seconds}秒后再试。",
        next_step="请稍等片刻再试；急需办理可致电窗口或到窗口查询。",
        code="too_many",
    )
    response["Retry-After"] = str(wait_seconds)
    return response


@login_not_required
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    # Signs that nobody sees decide nothing, and NUL is nothing a database can look for.
    text = "".join(ch if ch.isprintable() else " " for ch in request.GET.get("q", "")[:200]).strip()[:100]
    asked = "q" in request.GET
    found = Found()
    if asked:
        taken = take(SEARCHES, address_of(request))
        if not taken.ok:
            return too_many(request, taken.wait_seconds)
        found = search_published(region_of(request).code, text, today())
    return render(
        request,
        "portal/search.html",
        {"q": text, "found": found, "asked": asked, "today": today(), "now": timezone.now()},
    )


@login_not_required
@require_safe
def calculator(request: HttpRequest) -> HttpResponse:
    """First the category, then only what its rules ask; the answer stands above the form and prints.

    With two days the two answers stand side by side, each with its reasons.
    """
    code = request.GET.get("category", "")
    if code not in registry:
        return render(request, "portal/calculator.html", {"rooms": rooms(), "code": ""})
    chosen, region = room(code), region_of(request)
    overrides = overrides_of(region.code)
    form = CalculatorForm(chosen, overrides, request.GET if "ask" in request.GET else None)
    context: dict[str, Any] = {"rooms": rooms(), "code": code, "room": chosen, "form": form}
    if form.is_bound and form.is_valid():
        context |= _answers(form, region.code)
    return render(request, "portal/calculator.html", context)


def _answers(form: CalculatorForm, region: str) -> dict[str, Any]:
    """One card for each day asked for, or only what is missing while no day could be named."""
    facts, days = form.facts(), form.days
    missing = form.missing(facts, days[-1])
    unit = form.room.tiers(facts)[0].organ if form.room.decided == "elsewhere" else "认定单位"
    if missing.needed:
        return {"missing": missing, "cards": []}
    cards = []
    for day in days:
        verdict = judge(facts, day, form.overrides)
        promise = promise_of(facts, region, form.overrides, day) if verdict.may_file else None
        cards.append(card_of(verdict, facts, unit, promise=promise))
    return {"missing": missing, "cards": cards, "same": len({(c.label, c.verdict.regime) for c in cards}) == 1}


@login_not_required
@require_safe
def reminder(request: HttpRequest) -> HttpResponse:
    """A calendar file for one day, with nothing of the firm in it; the device reminds, not we."""
    day = _day(request.GET.get("day", ""))
    if day is None:
        raise NotFound
    stamp = datetime.now(tz=timezone.get_current_timezone()).strftime("%Y%m%dT%H%M%S")
    host = request.get_host().split(":")[0]
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//credit repair//reminder//ZH",
        "BEGIN:VEVENT",
        f"UID:repair-{day:%Y%m%d}@{host}",
        f"DTSTAMP:{stamp}",
        f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:可以申请信用修复（{chinese(day)}起）",
        "DESCRIPTION:全程免费。请登录平台或到县政务大厅办理。",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "DESCRIPTION:可以申请信用修复",
        "TRIGGER:-P1D",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    response = HttpResponse("\r\n".join(lines), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="repair-reminder.ics"'
    return response


def _day(text: str) -> date | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day is not None and abs(day - today()) < FAR else None
