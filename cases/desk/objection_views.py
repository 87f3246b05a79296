"""异议与撤销变更 at the desk: one list of three kinds, and the page on which an objection is answered."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from cases.access_beside import (
    access_objection,
    files_of,
    may_answer,
    visible_objections,
    visible_restructurings,
    visible_withdrawals,
)
from cases.beside_clock import clock_of_objection
from cases.desk.case_views import paper_response
from cases.desk.doors import require
from cases.desk.forms import described, put_errors
from cases.desk.keyset import capped, page_of
from cases.models import Objection, PenaltyWithdrawal, Restructuring
from cases.services.objection_answer import MAX_ARTICLE, MAX_FINDINGS, MAX_MEASURES, answer_objection
from cases.timeline import timeline_of_thing
from creditrepair.tenancy.errors import Invalid, NotFound
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Role
from notices.models import Notice

READERS: Final = (Role.REVIEWER, Role.RECORDER, Role.SUPERVISOR, Role.CLERK)
VIEWS: Final = {"objections": "异议", "withdrawals": "处罚撤销变更", "restructurings": "破产重整"}
OPEN: Final[dict[str, dict[str, Any]]] = {
    "objections": {"state": Objection.State.OPEN},
    "withdrawals": {"state": PenaltyWithdrawal.State.REPORTED},
    "restructurings": {"state__in": (Restructuring.State.RULED, Restructuring.State.SHIELDED)},
}
ROWS: Final = {
    "objections": visible_objections,
    "withdrawals": visible_withdrawals,
    "restructurings": visible_restructurings,
}
ORDER: Final = {"objections": "due_on", "withdrawals": "due_on", "restructurings": "ruled_on"}


class AnswerForm(forms.Form):
    result = forms.ChoiceField(label="答复结果", choices=Objection.Result.choices, widget=forms.RadioSelect)
    findings = forms.CharField(
        label="核查情况和理由",
        max_length=MAX_FINDINGS,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="每行一条，会写进答复书",
    )
    article = forms.CharField(
        label="依据的条款",
        max_length=MAX_ARTICLE,
        required=False,
        help_text="不采纳或者部分采纳的必填；没有已核实的依据时，答复书印“待核实”",
    )
    measures = forms.CharField(
        label="更正措施",
        max_length=MAX_MEASURES,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="采纳或者部分采纳的必填；提交后产生更正待办，信息由归集人员更正",
    )


@require_safe
def objections(request: PortalRequest) -> HttpResponse:
    """Open ones of the own unit (the supervisor and the hall: of the region), nearest day first; `?done=1` the rest."""
    actor = request.actor
    require(actor, *READERS)
    view, done = request.GET.get("view", "objections"), request.GET.get("done") == "1"
    if view not in VIEWS:
        raise NotFound
    seen = ROWS[view](actor)
    rows = seen.exclude(**OPEN[view]) if done else seen.filter(**OPEN[view])
    page = page_of(rows, among=seen, day_field=ORDER[view], cursor=request.GET.get("at", ""), descending=done)
    return TemplateResponse(
        request,
        "desk/objections.html",
        {
            "title": "异议与撤销变更",
            "view": view,
            "views": [(name, label, capped(ROWS[name](actor).filter(**OPEN[name]))) for name, label in VIEWS.items()],
            "done": done,
            "page": page,
            "today": timezone.localdate(),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def objection(request: PortalRequest, ref: str) -> HttpResponse:
    """One objection with its files, what the register says, and the answer of its unit."""
    if request.method != "POST":
        return _page(request, ref, AnswerForm())
    access_objection(request.actor, ref, to="answer")
    form = AnswerForm(request.POST)
    if form.is_valid():
        try:
            done = answer_objection(request.actor, ref=ref, now=timezone.now(), **form.cleaned_data)
        except Invalid as refused:
            put_errors(form, refused.fields, refused.message)
        else:
            messages.success(request, f"异议{done.objection_no}已答复，答复书正在生成，申请人将收到短信。")
            return redirect("desk:objection", ref)
    return _page(request, ref, form, status=422)


@require_safe
def objection_paper(request: PortalRequest, ref: str) -> HttpResponse:
    """The 异议答复书; 404 before the answer, 409 while it is being made."""
    paper = _paper(access_objection(request.actor, ref))
    if paper is None:
        raise NotFound
    return paper_response(paper)


def _paper(found: Objection) -> Notice | None:
    return Notice.objects.filter(region_id=found.region_id, ref=found.paper_ref or "-").first()


def _page(request: PortalRequest, ref: str, form: AnswerForm, *, status: int = 200) -> HttpResponse:
    found = access_objection(request.actor, ref)
    open_now = found.state == Objection.State.OPEN
    return TemplateResponse(
        request,
        "desk/objection.html",
        {
            "title": f"异议 {found.objection_no}",
            "objection": found,
            "record": found.record,
            "clock": clock_of_objection(found, timezone.localdate()),
            "files": files_of(found),
            "paper": _paper(found),
            "form": described(form),
            "may_answer": open_now and may_answer(request.actor, found.record, found.department_id),
            "sees_record": not request.actor.has(Role.CLERK),
            "timeline": timeline_of_thing(found.region_id, "objection", found.ref, names=True),
        },
        status=status,
    )
