"""推送: what waits and why, in groups; every try of one message; 「再试一次」 for one and for all. Nothing fails silently."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases import uploads
from cases.desk.delivery_forms import ProofForm, ReceiptForm
from cases.desk.delivery_shown import MessageShown, TryShown, next_step_text, shown_lanes, title_of
from cases.desk.doors import WATCHERS, require
from cases.desk.forms import described, put_errors
from cases.desk.keyset import capped
from cases.services import handover, retry
from creditrepair.tenancy.errors import Invalid, NotFound
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Role
from sync.groups import GROUPS, open_rows
from sync.models import Attempt, Delivery
from sync.targets import targets

PAGE_SIZE = 30
TRIES_SHOWN = 100
S = Delivery.State


@require_safe
def deliveries(request: PortalRequest) -> HttpResponse:
    """The open messages of one group, oldest first, by keyset on the message's number."""
    require(request.actor, *WATCHERS)
    region, target = request.actor.region, _target(request.GET.get("target", ""))
    counts = {name: capped(open_rows(region, name, target)) for name in GROUPS}
    group = request.GET.get("group") or next((name for name, count in counts.items() if count != "0"), "fresh")
    if group not in GROUPS:
        raise BadRequest("group")
    rows = open_rows(region, group, target).order_by("id")
    if after := request.GET.get("after", ""):
        place = Delivery.objects.filter(region_id=region, message_no=after).values_list("pk", flat=True).first()
        if place is None:
            raise BadRequest("after")
        rows = rows.filter(pk__gt=place)
    found = list(rows[: PAGE_SIZE + 1])
    more, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    asked = urlencode({"group": group, "target": target})
    return TemplateResponse(
        request,
        "desk/deliveries.html",
        {
            "title": "平台推送",
            "lanes": shown_lanes(region),
            "groups": [(name, shown.title, counts[name]) for name, shown in GROUPS.items()],
            "group": group,
            "shown": GROUPS[group],
            "target": target,
            "choices": [(code, kind.title) for code, kind in targets().items()],
            "rows": [(row, title_of(row.target), next_step_text(row, group)) for row in found],
            "next": f"{asked}&{urlencode({'after': found[-1].message_no})}" if more else "",
            "asked": asked,
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def deliveries_retry(request: PortalRequest) -> HttpResponse:
    """「全部再试」: GET says how many messages would be taken, POST takes exactly so many."""
    source = request.POST if request.method == "POST" else request.GET
    group, target = source.get("group", ""), _target(source.get("target", ""))
    if request.method == "POST":
        count = source.get("count", "")
        if not (count.isascii() and count.isdigit() and len(count) < 6):
            raise BadRequest("count")
        taken, left = retry.retry_all(request.actor, group=group, target=target, count=int(count), now=timezone.now())
        messages.success(
            request, f"已安排{taken}条报文再试一次" + (f"，{left}条暂不能再试，保持原状。" if left else "。")
        )
        return HttpResponseRedirect(f"{reverse('desk:deliveries')}?{urlencode({'group': group, 'target': target})}")
    plan = retry.plan_retry(request.actor, group=group, target=target)
    return TemplateResponse(
        request,
        "desk/deliveries_retry.html",
        {
            "title": "全部再试一次",
            "plan": plan,
            "group": group,
            "shown": GROUPS[group],
            "target": target,
            "target_title": title_of(target) if target else "全部平台",
            "asked": urlencode({"group": group, "target": target}),
        },
    )


@require_safe
def delivery(request: PortalRequest, number: str) -> HttpResponse:
    """One message: state, what comes next, its content and seal, and all its tries."""
    return _page(request, number, ReceiptForm(prefix="receipt"), ProofForm(prefix="proof"))


def _page(
    request: PortalRequest, number: str, receipt: ReceiptForm, proof: ProofForm, status: int = 200
) -> HttpResponse:
    actor = request.actor
    require(actor, *WATCHERS)
    row = Delivery.objects.select_related("export", "officer").filter(region_id=actor.region, message_no=number).first()
    if row is None:
        raise NotFound
    tries = Attempt.objects.filter(region_id=row.region_id, delivery=row).order_by("-at", "-id")[:TRIES_SHOWN]
    group = next((name for name in GROUPS if open_rows(actor.region, name).filter(pk=row.pk).exists()), "")
    facts: dict[str, Any] = {
        "title": row.message_no,
        "row": row,
        "target": title_of(row.target),
        "tries": [TryShown.of(one) for one in tries],
        "message": MessageShown.of(row),
        "group": GROUPS.get(group),
        "step": next_step_text(row, group),
        "may_retry": bool(group) and GROUPS[group].retried or group == "fresh" and row.state == S.ACKED,
        "receipt_form": described(receipt) if row.export_id and row.state in (S.SENT, S.UNKNOWN) else None,
        "proof_form": described(proof) if row.kind != "sms" and row.state in (S.ACKED, S.DISAGREED) else None,
        "sees_cases": actor.has(Role.SUPERVISOR),
    }
    return TemplateResponse(request, "desk/delivery.html", facts, status=status)


@require_POST
def delivery_retry(request: PortalRequest, number: str) -> HttpResponse:
    retry.retry_delivery(request.actor, number=number, now=timezone.now())
    messages.success(request, "已安排再试一次，结果稍后显示在本页。")
    return _back(number)


@require_POST
def delivery_receipt(request: PortalRequest, number: str) -> HttpResponse:
    """The officer's receipt of a message carried over by hand."""
    form = ReceiptForm(request.POST, prefix="receipt")
    if form.is_valid():
        try:
            handover.record_receipt(request.actor, number=number, now=timezone.now(), **form.cleaned_data)
            messages.success(request, "已登记平台回执，请在平台显示结果后登记核验。")
            return _back(number)
        except Invalid as refusal:
            put_errors(form, refusal.fields, refusal.message)
    return _page(request, number, form, ProofForm(prefix="proof"), 422)


@require_http_methods(["GET", "HEAD", "POST"])
def delivery_proof(request: PortalRequest, number: str) -> HttpResponse:
    """GET hands out the screenshot of a verification; POST records one."""
    if request.method != "POST":
        return uploads.attachment(handover.proof_of(request.actor, number), original=request.GET.get("original") == "1")
    form = ProofForm(request.POST, request.FILES, prefix="proof")
    if form.is_valid():
        given = form.cleaned_data
        try:
            handover.record_verification(
                request.actor, number=number, agrees=given["agrees"] == "yes", note=given["note"], proof=given["proof"],
                now=timezone.now(),
            )  # fmt: skip
            messages.success(request, "已登记人工核验结果。")
            return _back(number)
        except Invalid as refusal:
            put_errors(form, refusal.fields, refusal.message)
    return _page(request, number, ReceiptForm(prefix="receipt"), form, 422)


def _back(number: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("desk:delivery", args=[number]))


def _target(code: str) -> str:
    if code and code not in targets():
        raise BadRequest("target")
    return code
