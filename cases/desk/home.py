"""The first page of the desk: what the person's roles have to do today."""

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cases.access import visible_cases
from cases.access_reminders import TELLING, visible_reminders
from cases.access_tasks import visible_tasks
from cases.desk.keyset import capped
from cases.desk.queues import QUEUES, Chosen, counts_of, due_words, rows_of
from cases.desk.record_lists import batches_of, unserved
from cases.services.calendar_preview import calendar_years
from cases.services.matters import is_supervisor, matters
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Role
from sync import outbox

FIRST_ROWS = 8
FIRST_BATCHES = 5
TASK_ROLES = (Role.REVIEWER, Role.RECORDER, Role.CLERK, Role.SUPERVISOR, Role.EXCHANGE)


@require_safe
def index(request: PortalRequest) -> HttpResponse:
    actor, now = request.actor, timezone.now()
    today = timezone.localdate(now)
    context: dict[str, object] = {"title": "工作台", "now": now}
    if actor.has(Role.REVIEWER) or actor.has(Role.SUPERVISOR):
        context["tabs"] = counts_of(actor, Chosen(), now)
        first = QUEUES["waiting"] if actor.has(Role.REVIEWER) else QUEUES["overdue"]
        cases = list(
            rows_of(first, actor, Chosen(), now)
            .select_related("application", "record", "subject", "holder")
            .order_by("due_on", "id")[:FIRST_ROWS]
        )
        due = due_words(cases, timezone.localdate(now))
        context |= {"first": first, "rows": [(case, due[case.pk]) for case in cases]}
        context["may_claim"] = actor.has(Role.REVIEWER)
    if actor.has(Role.RECORDER) or actor.has(Role.REVIEWER):
        context["unserved"] = capped(unserved(actor))
    if actor.has(Role.RECORDER):
        context["batches"] = list(batches_of(actor)[:FIRST_BATCHES])
    if actor.has(Role.SUPERVISOR) or actor.has(Role.EXCHANGE):
        context["waiting"] = len(outbox.waiting(actor.region))
    if any(actor.has(role) for role in TASK_ROLES):
        context["open_tasks"] = capped(visible_tasks(actor).filter(closed_at__isnull=True))
    if any(actor.has(role) for role in TELLING):
        context["to_tell"] = capped(visible_reminders(actor).filter(settled_at__isnull=True))
    context |= {
        "clerk": actor.has(Role.CLERK),
        "auditor": actor.has(Role.AUDITOR),
        "answers_rules": is_supervisor(actor),
        "loads_calendar": actor.has(Role.REGION_ADMIN),
        "open_matters": sum(one.in_force is None for one in matters(actor.region, today))
        if is_supervisor(actor)
        else 0,
        "provisional": [
            year for year in calendar_years(actor.region, today) if not year.final and year.year <= today.year + 1
        ],
        "in_office": capped(visible_cases(actor).open()) if actor.has(Role.CLERK) else "",
    }
    return TemplateResponse(request, "desk/index.html", context)
