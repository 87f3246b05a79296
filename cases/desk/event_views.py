"""Events for auditors, by thing: who acted, for whom, on what authority. Read only; no case content beyond the line."""

from django.core.exceptions import BadRequest
from django.db.models import Q
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from cases.access import application_refs
from cases.desk.doors import require
from cases.timeline import OTHER, WORDS
from creditrepair.audit.models import Event
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Department, Role

LINES = 50
KINDS = {
    "case": "案件",
    "record": "失信信息",
    "batch": "归集批次",
    "notice": "文书",
    "client": "接口",
    "application": "申请",
    "calendar": "工作日历",
    "guide": "办事指南",
    "rule": "待核实事项",
    "difference": "平台不一致",
    "reconcile": "全量核对",
    "account": "账号",
    "authority": "单位授权",
}
CAPACITIES = {"system": "系统", "applicant": "申请人", "anonymous": "访客", "person": "本人"}


def capacity(line: Event, units: dict[str, str]) -> str:
    """In what capacity somebody acted and for which department, in words: roles and codes as they stand in the line."""
    words = [
        CAPACITIES.get(one) or (Role(one).label if one in Role.values else one) for one in line.capacity.split(",")
    ]
    return " ".join(filter(None, ("、".join(str(word) for word in words), units.get(line.department, line.department))))


@require_safe
def events(request: PortalRequest) -> HttpResponse:
    """The chain, newest first, or the lines about one thing (case, record, batch or application reference)."""
    require(request.actor, Role.AUDITOR)
    thing = request.GET.get("thing", "").strip()[:64]
    before = request.GET.get("before", "")
    if before and not (before.isascii() and before.isdigit() and len(before) < 19):
        raise BadRequest("before")
    rows = Event.objects.filter(region_id=request.actor.region)
    if thing:
        filed = application_refs(request.actor, thing)
        rows = rows.filter(Q(thing=thing) | Q(application__in=[thing, *filed]))
    if before:
        rows = rows.filter(seq__lt=int(before))
    lines = list(rows.order_by("-seq")[: LINES + 1])
    more, lines = len(lines) > LINES, lines[:LINES]
    units = dict(Department.objects.filter(region_id=request.actor.region).values_list("code", "name"))
    return TemplateResponse(
        request,
        "desk/events.html",
        {
            "title": "审计事件",
            "thing": thing,
            "lines": [
                (line, WORDS.get(line.verb, OTHER), KINDS.get(line.kind, line.kind), capacity(line, units))
                for line in lines
            ],
            "before": lines[-1].seq if more else 0,
        },
    )
