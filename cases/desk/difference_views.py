"""平台不一致: what the register and a platform say of one record, side by side, and the one verb each kind has."""

from typing import Any, Final

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from cases.access import visible_records
from cases.desk.delivery_shown import title_of
from cases.desk.doors import WATCHERS, require
from cases.services import differences
from cases.services.differences import ACCEPT, VERB_TEXT, access_difference, verbs_of
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Role
from sync.lanes import config_of
from sync.models import Difference
from sync.reconcile import NEVER, TEXT
from sync.targets import target

SHOWN: Final = 200
WHAT: Final = {
    "missing": "登记为公示中，平台没有这条信息。重新推送后平台应当显示。",
    "wrong": "双方版本相同，状态不同：平台上有人改动，或平台办理有误。请先与平台核实，再决定采用哪一方。",
    "extra": "平台公示了本地区的信息，登记簿中没有。请责任单位归集，或者联系平台撤下；归集后再次核对时自动办结。",
    "older": "平台停在较旧的版本。重新推送后平台应当更新。",
    "newer": "平台的版本比登记新，不能用旧的覆盖。请查明是谁、依据什么改动，再采用平台的结果。",
}


IF_ACCEPTED: Final = "采用平台的结果时填写；其他平台将按此同步，申请人无需再次申请。"


class SettleForm(forms.Form):
    """The verb with its reason; organ, paper and day only where theirs ended what is published here."""

    verb = forms.ChoiceField(label="处理方式", widget=forms.RadioSelect)
    note = forms.CharField(label="理由（与谁核实、依据什么）", max_length=400, widget=forms.Textarea(attrs={"rows": 3}))
    organ = forms.CharField(label="作出决定的机关", max_length=100, required=False, help_text=IF_ACCEPTED)
    paper = forms.CharField(label="决定文书的文号", max_length=128, required=False, help_text=IF_ACCEPTED)
    decided_on = forms.CharField(
        label="决定日期",
        max_length=10,
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=IF_ACCEPTED,
    )

    def __init__(self, actor: Actor, found: Difference, data: Any = None) -> None:
        super().__init__(data)
        verbs = verbs_of(actor, found)
        choices = forms.ChoiceField(
            label="处理方式", choices=[(verb, VERB_TEXT[verb]) for verb in verbs], widget=forms.RadioSelect,
            initial=verbs[0],
        )  # fmt: skip
        self.fields["verb"] = choices
        if not (ACCEPT in verbs and ended_there(found)):
            for name in ("organ", "paper", "decided_on"):
                del self.fields[name]


def ended_there(found: Difference) -> bool:
    return bool(found.ours.get("status") == "published" and found.theirs.get("status") == "absent")


@require_safe
def difference_list(request: PortalRequest) -> HttpResponse:
    """Open ones, oldest first; with `?settled=1` the settled ones, newest first."""
    require(request.actor, *WATCHERS)
    settled = request.GET.get("settled") == "1"
    rows = Difference.objects.filter(region_id=request.actor.region, settled_at__isnull=not settled)
    found = list(rows.order_by("-settled_at" if settled else "found_at", "id").select_related("settled_by")[:SHOWN])
    refs = [row.thing for row in found if row.thing]
    records = {record.ref: record for record in visible_records(request.actor).filter(ref__in=refs)}
    return TemplateResponse(
        request,
        "desk/differences.html",
        {
            "title": "平台不一致",
            "rows": [
                (row, title_of(row.target), _said(row.ours), _said(row.theirs), records.get(row.thing)) for row in found
            ],
            "settled": settled,
            "full": len(found) == SHOWN,
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def difference(request: PortalRequest, ref: str) -> HttpResponse:
    """One difference, and the form of its verb."""
    require(request.actor, *WATCHERS)
    found = access_difference(request.actor, ref)
    form = SettleForm(request.actor, found, request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound and form.is_valid():
        try:
            differences.settle_difference(request.actor, ref=ref, now=timezone.now(), **form.cleaned_data)
            return redirect("desk:difference", ref)
        except Invalid as invalid:
            for name, words in invalid.fields.items():
                form.add_error(name if name in form.fields else None, words)
    if form.is_bound:
        status = 422
    record = visible_records(request.actor).filter(ref=found.thing).first() if found.thing else None
    return TemplateResponse(
        request,
        "desk/difference.html",
        {
            "title": f"{title_of(found.target)}：{found.get_kind_display()}",
            "found": found,
            "what": WHAT[found.kind],
            "record": record,
            "ours": _said(found.ours),
            "theirs": _said(found.theirs),
            "form": form,
            "page": _page_of(found),
            "sees_cases": request.actor.has(Role.SUPERVISOR),
        },
        status=status,
    )


def _said(side: dict[str, Any]) -> str:
    if not side:
        return "没有这条信息"
    if side.get("status") == NEVER:
        return TEXT[NEVER]
    return f"{TEXT.get(str(side.get('status')), side.get('text', ''))}，版本 {side.get('version', '—')}"


def _page_of(found: Difference) -> str:
    """Where the public sees the record at the platform; "" where it has no page or no address is set."""
    config = config_of(found.target)
    if config is None or not target(found.target).has_public_page:
        return ""
    return f"{config.public_url or config.base_url}/p/{found.record_key}"
