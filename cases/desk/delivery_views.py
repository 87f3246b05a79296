"""推送: what waits and why, the state of each lane, every try of one message. Nothing fails silently."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cases.desk.doors import WATCHERS, require
from creditrepair.tenancy.errors import NotFound
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Role
from sync import outbox
from sync.models import Attempt, Delivery, Lane
from sync.targets import targets

SHOWN = 200


@dataclass(frozen=True, slots=True)
class LaneShown:
    """A target with its lane; `lane` None while it never had anything to send."""

    title: str
    lane: Lane | None

    @property
    def text(self) -> str:
        if self.lane is None:
            return "尚未使用"
        if self.lane.stopped_at:
            return "已停止，需人工处理"
        if self.lane.rest_until and self.lane.rest_until > timezone.now():
            return "对方暂时不可用，稍后自动重试"
        return "正常"

    @property
    def tone(self) -> str:
        return {"正常": "good", "尚未使用": "none", "已停止，需人工处理": "danger"}.get(self.text, "warn")


@require_safe
def deliveries(request: PortalRequest) -> HttpResponse:
    require(request.actor, *WATCHERS)
    rows = outbox.waiting(request.actor.region, SHOWN)
    lanes = {lane.target: lane for lane in Lane.objects.all()}
    return TemplateResponse(
        request,
        "desk/deliveries.html",
        {
            "title": "平台推送",
            "rows": [(row, _title(row.target)) for row in rows],
            "full": len(rows) == SHOWN,
            "lanes": [LaneShown(kind.title, lanes.get(code)) for code, kind in targets().items()],
            "sees_cases": request.actor.has(Role.SUPERVISOR),
        },
    )


@require_safe
def delivery(request: PortalRequest, number: str) -> HttpResponse:
    """One message with all its tries. Bodies are not shown: they carry names."""
    require(request.actor, *WATCHERS)
    row = Delivery.objects.filter(region_id=request.actor.region, message_no=number).defer("body").first()
    if row is None:
        raise NotFound
    tries = Attempt.objects.filter(region_id=row.region_id, delivery=row).order_by("-at", "-id")[:100]
    return TemplateResponse(
        request,
        "desk/delivery.html",
        {
            "title": row.message_no,
            "row": row,
            "target": _title(row.target),
            "tries": list(tries),
            "sees_cases": request.actor.has(Role.SUPERVISOR),
        },
    )


def _title(code: str) -> str:
    known = targets().get(code)
    return known.title if known else code
