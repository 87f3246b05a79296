"""One lane in a person's hand: stop, resume, interface or file, exports. Each act with its reason and its Event."""

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from cases.desk.delivery_forms import ExportForm, ReasonForm
from cases.desk.delivery_shown import shown_lane, title_of
from cases.desk.doors import WATCHERS, require
from cases.desk.forms import described, put_errors
from cases.services import handover
from cases.services import lane as verbs
from creditrepair.tenancy.errors import Invalid, NotFound
from creditrepair.tenancy.middleware import PortalRequest
from sync.groups import open_rows
from sync.handover import MEDIA
from sync.models import DeliveryExport, RegionLane
from sync.outbox import SMS
from sync.targets import targets

EXPORTS_SHOWN = 20
DONE = {
    "stop": "已停用本地区的通道，手中的报文办完后不再推送。",
    "resume": "已恢复通道，等待的报文马上继续。",
    "file": "已改为导出文件、人工报送。",
    "api": "已改为接口推送。",
    "export": "已生成文件，请在下方下载。",
}


@require_http_methods(["GET", "HEAD", "POST"])
def lane(request: PortalRequest, target: str) -> HttpResponse:
    """GET the lane's page; POST act=stop|resume|file|api (with reason) or export (with file_format)."""
    actor = request.actor
    require(actor, *WATCHERS)
    if target not in targets():
        raise NotFound
    act = request.POST.get("act", "")
    forms = {name: ReasonForm(prefix=name) for name in ("stop", "resume", "file", "api")}
    export = ExportForm(prefix="export")
    status = 200
    if request.method == "POST":
        if act not in DONE:
            raise BadRequest("act")
        form = ExportForm(request.POST, prefix=act) if act == "export" else ReasonForm(request.POST, prefix=act)
        if form.is_valid():
            try:
                _do(request, target, act, form.cleaned_data)
                messages.success(request, DONE[act])
                return HttpResponseRedirect(reverse("desk:lane", args=[target]))
            except Invalid as refusal:
                put_errors(form, refusal.fields, refusal.message)
        if isinstance(form, ReasonForm):
            forms[act] = form
        else:
            export = form
        status = 422
    shown = shown_lane(actor.region, target)
    waiting = open_rows(actor.region, "file", target).filter(export__isnull=True)
    offered = ["resume"] if shown.stopped else ["stop"]
    if target != SMS:
        offered.append("api" if shown.by_file else "file")
    return TemplateResponse(
        request,
        "desk/lane.html",
        {
            "title": f"推送通道：{title_of(target)}",
            "lane": shown,
            "acts": [(name, _ACTS[name], described(forms[name])) for name in offered],
            "export_form": described(export) if shown.by_file else None,
            "waiting": waiting.count() if shown.by_file else 0,
            "exports": DeliveryExport.objects.filter(region_id=actor.region, target=target)
            .select_related("made_by")
            .order_by("-made_at")[:EXPORTS_SHOWN],
        },
        status=status,
    )


_ACTS = {
    "stop": "停用本地区通道",
    "resume": "恢复通道",
    "file": "改为导出文件、人工报送",
    "api": "改为接口推送",
}


def _do(request: PortalRequest, target: str, act: str, given: dict[str, str]) -> None:
    actor, now = request.actor, timezone.now()
    match act:
        case "stop":
            verbs.stop_lane(actor, target=target, now=now, **given)
        case "resume":
            verbs.resume_lane(actor, target=target, now=now, **given)
        case "export":
            handover.export_messages(actor, target=target, now=now, **given)
        case _:
            verbs.set_lane_mode(actor, target=target, mode=RegionLane.Mode(act), now=now, **given)


@require_safe
def delivery_export(request: PortalRequest, ref: str) -> HttpResponse:
    """The file of an export, the same bytes each time."""
    export, content = handover.export_file(request.actor, ref=ref, now=timezone.now())
    response = HttpResponse(content, content_type=MEDIA[export.file_format])
    name = f"报文-{title_of(export.target)}-{timezone.localtime(export.made_at):%Y%m%d%H%M}.{export.file_format}"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
