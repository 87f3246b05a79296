"""平台来信: how far each feed has been read, what every change and application came to; and runs of 全量核对."""

from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from cases.desk.delivery_shown import title_of
from cases.desk.doors import WATCHERS, require
from cases.services import reconcile as runs
from creditrepair.tenancy.errors import WrongMoment
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Role
from sync.models import FeedCursor, InboundChange, InboundFiling, ReconcileRun
from sync.reconcile import may_list
from sync.targets import targets
from sync.targets.answers import STATUS_TEXT

SHOWN: Final = 100
RUNS: Final = 30
CHANGES: Final = {
    "published": "公示", "amended": "更正", "ended": "终止公示", "restored": "恢复公示", "withdrawn": "撤回",
}  # fmt: skip
FEEDS: Final = {"changes": "变更", "applications": "转来的申请"}
KINDS: Final = {"missing": "缺少", "wrong": "状态不符", "extra": "多出", "older": "较旧", "newer": "较新"}


@require_safe
def inbound(request: PortalRequest) -> HttpResponse:
    """The newest first; `?fate=` one of the fates of a change."""
    require(request.actor, *WATCHERS)
    region, fate = request.actor.region, request.GET.get("fate", "")
    changes = InboundChange.objects.filter(region_id=region)
    if fate in InboundChange.Fate.values:
        changes = changes.filter(fate=fate)
    else:
        changes = changes.exclude(fate=InboundChange.Fate.OURS)  # echoes are the many; they are one click away
    filings = list(InboundFiling.objects.filter(region_id=region).order_by("-id")[:SHOWN])
    return TemplateResponse(
        request,
        "desk/inbound.html",
        {
            "title": "平台来信",
            "feeds": [(title_of(one.target), FEEDS.get(one.feed, one.feed), one) for one in _cursors()],
            "changes": [
                (title_of(one.target), CHANGES.get(one.change, one.change), one, STATUS_TEXT.get(one.seen_status, ""))
                for one in changes.order_by("-id")[:SHOWN]
            ],
            "filings": [(title_of(one.target), one) for one in filings],
            "fates": InboundChange.Fate.choices,
            "fate": fate,
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def reconcile(request: PortalRequest) -> HttpResponse:
    """Runs with their progress; POST starts one by hand."""
    require(request.actor, *WATCHERS)
    if request.method == "POST":
        try:
            run = runs.start_run(
                request.actor, target=request.POST.get("target", ""), cause="人工发起", now=timezone.now()
            )
        except WrongMoment as moment:
            messages.warning(request, moment.message)
        else:
            messages.success(request, f"已开始核对{title_of(run.target)}，在后台进行，可以离开本页。")
        return redirect("desk:reconcile")
    rows = ReconcileRun.objects.filter(region_id=request.actor.region).select_related("asked_by").order_by("-id")
    shown = [(title_of(run.target), run, _words(run), _share(run)) for run in rows[:RUNS]]
    return TemplateResponse(
        request,
        "desk/reconcile.html",
        {
            "title": "全量核对",
            "runs": shown,
            "targets": [(code, kind.title) for code, kind in targets().items() if may_list(code)],
            "sees_cases": request.actor.has(Role.SUPERVISOR),
        },
    )


def _words(run: ReconcileRun) -> str:
    """What a run may say of itself: never 「没有不一致」 while anything was not looked at."""
    found = [f"{words} {run.counts[kind]}" for kind, words in KINDS.items() if run.counts.get(kind)]
    parts = ["、".join(found)] if found else []
    if run.finished_at is None:
        parts.append("正在核对")
    elif runs.clean(run):
        parts.append("没有不一致")
    elif not found:
        parts.append("已核对的部分没有发现不一致")
    if run.unseen:
        parts.append(f"{run.unseen} 条未能核对")
    return "；".join(parts)


def _share(run: ReconcileRun) -> int:
    """Progress in per cent, 100 only when finished; the total was counted at the start and may have grown."""
    if run.finished_at is not None:
        return 100
    return min(99, 100 * run.looked // run.total) if run.total else 0


def _cursors() -> list[FeedCursor]:
    return list(FeedCursor.objects.order_by("target", "feed"))
