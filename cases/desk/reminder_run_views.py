"""到期提醒执行情况: what each day's run did by fate, and 试运行: what the run of a day would do."""

from datetime import date, timedelta

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cases.desk.doors import require
from cases.models import ReminderRun
from cases.services import remind, remind_forecast, remind_told
from cases.services.messages import day as in_words
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Region, Role
from sync.messages import BadSms, sms_text

RUNS_SHOWN = 30


@require_safe
def reminder_runs(request: PortalRequest) -> HttpResponse:
    """The runs of the last weeks by fate, and with `?day=` what the run of a day would do."""
    require(request.actor, Role.SUPERVISOR)
    region, today = request.actor.region, timezone.localdate()
    runs = list(ReminderRun.objects.filter(region_id=region).order_by("-day")[:RUNS_SHOWN])
    day, fault = _day_to_try(request.GET.get("day", ""), today)
    return TemplateResponse(
        request,
        "desk/reminder_runs.html",
        {
            "title": "到期提醒执行情况",
            "runs": runs,
            "last": next((run for run in runs if run.finished_at and not run.cut_short), None),
            "today": today,
            "latest": today + timedelta(days=remind_forecast.DAYS_AHEAD),
            "day": day,
            "typed": request.GET.get("day", "") or today.isoformat(),
            "fault": fault,
            "tried": remind_forecast.forecast(region, day, today=today) if day else None,
            "open": remind_told.open_list(region),
            "silent": remind.provincial(region),
            "starts": remind.STARTS,
            "example": _example(region, today),
        },
        status=422 if fault else 200,
    )


def _example(region: str, today: date) -> str:
    """What a firm would read today; "" where the region has no number for questions that fits into a message."""
    phone = Region.objects.get(pk=region).identity.get("phone", "")
    try:
        return sms_text("T01", {"n": "2", "date": in_words(today), "phone": phone})
    except BadSms:
        return ""


def _day_to_try(text: str, today: date) -> tuple[date | None, str]:
    if not text:
        return None, ""
    latest = today + timedelta(days=remind_forecast.DAYS_AHEAD)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None, "请按 2026-11-23 的样子填写日期。"
    if not today <= day <= latest:
        return None, f"请选择今天至{latest:%Y-%m-%d}之间的日期。"
    return day, ""
