"""待核实事项: what is open, one matter with its versions, and the way to an answer: try it, see what changes, set it."""

from datetime import date
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases.desk.forms import described, put_errors
from cases.desk.rule_book import published_by_kind, questions, shown_matter
from cases.desk.rule_forms import AnswerForm, CitationForm, initial_of
from cases.desk.rule_runs import draft_of, keep_draft, run_context
from cases.models import RegionRule, RuleRun
from cases.services import matters, rules
from creditrepair.tenancy.errors import Invalid, NotAllowed, NotFound, WrongMoment
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Role

SET, END = RegionRule.Action.SET, RegionRule.Action.END
LATEST_RUNS: Final = 5


@require_safe
def rule_questions(request: PortalRequest) -> HttpResponse:
    """Q1–Q12 for all staff of the region; only the supervising bureau may answer."""
    today = timezone.localdate()
    return TemplateResponse(
        request,
        "desk/rules.html",
        {
            "title": "待核实事项",
            "questions": questions(request.actor.region, today),
            "may_answer": matters.is_supervisor(request.actor),
            "runs": matters.recent_runs(request.actor.region, LATEST_RUNS) if _sees_runs(request) else [],
        },
    )


def _sees_runs(request: PortalRequest) -> bool:
    return matters.is_supervisor(request.actor) or request.actor.has(Role.AUDITOR)


@require_http_methods(["GET", "HEAD", "POST"])
def rule_answer(request: PortalRequest, answer: str) -> HttpResponse:
    """One matter. POST tries a value (or its end): nothing is set here, the run's page is where one may."""
    today = timezone.localdate()
    matter = matters.matter_of(request.actor.region, answer, today)
    if request.method != "POST":
        return _answer_page(request, matter, _begun(request, matter))
    if not matters.is_supervisor(request.actor):
        raise NotAllowed("待核实事项由县发改局信用监管人员确定。")
    form = AnswerForm(matter.answer, END if request.POST.get("action") == END else SET, request.POST)
    changed = ""
    if form.is_valid() and form.value_is_fit():
        try:
            run = rules.ask_what_if(
                request.actor,
                answer=answer,
                value=form.value(),
                action=form.action,
                in_force_from=form.cleaned_data["in_force_from"],
                now=timezone.now(),
            )
        except WrongMoment as refusal:
            changed = refusal.message
        except Invalid as refusal:
            _put_faults(form, refusal)
        else:
            keep_draft(request.session, run.ref, form.typed())
            return HttpResponseRedirect(reverse("desk:rule_run", args=[run.ref]))
    return _answer_page(request, matter, form, changed=changed)


def _begun(request: PortalRequest, matter: matters.Matter) -> AnswerForm:
    """The form as last typed, where one comes back from a forecast to change something; else the present value."""
    typed = draft_of(request.session, request.GET.get("from", ""))
    held = initial_of(matter.answer, matter.in_force.value) if matter.in_force else {}
    return AnswerForm(matter.answer, SET, initial=typed or held | {"in_force_from": timezone.localdate()})


def _answer_page(
    request: PortalRequest, matter: matters.Matter, form: AnswerForm, *, changed: str = ""
) -> HttpResponse:
    region, today = request.actor.region, timezone.localdate()
    other = END if form.action == SET else SET
    forms = {form.action: form, other: AnswerForm(matter.answer, other, initial={"in_force_from": today})}
    status = 409 if changed else 422 if form.errors else 200
    return TemplateResponse(
        request,
        "desk/rule_answer.html",
        {
            "title": matter.answer.title_zh,
            "matter": matter,
            "shown": shown_matter(matter, published_by_kind(region), today),
            "versions": [
                (version, matter.answer.label(version.value) if version.action == SET else "停止适用")
                for version in reversed(matter.versions)
            ],
            "form": described(forms[SET]),
            "end_form": described(forms[END]),
            "ending": form.action == END,
            "may_end": bool(matter.versions) and matter.versions[-1].action == SET,
            "changed": changed,
            "may_answer": matters.is_supervisor(request.actor),
        },
        status=status,
    )


@require_safe
def rule_run(request: PortalRequest, ref: str) -> HttpResponse:
    """A forecast or a recompute: how far it is, then what it found; a finished forecast may be put in force here."""
    run = matters.access_run(request.actor, ref)
    return _run_page(request, run, CitationForm(initial=draft_of(request.session, ref), asked=True))


@require_POST
def rule_confirm(request: PortalRequest, ref: str) -> HttpResponse:
    """Put in force what a forecast tried, with its citation; faults beside their fields, everything typed kept."""
    run = matters.access_run(request.actor, ref)
    if run.what != RuleRun.What.WHAT_IF:
        raise NotFound
    if not matters.is_supervisor(request.actor):
        raise NotAllowed("待核实事项由县发改局信用监管人员确定。")
    form = CitationForm(request.POST, asked=True)
    changed = ""
    if form.is_valid():
        try:
            version = _put_in_force(request, run, form.cited())
        except WrongMoment as refusal:
            changed = refusal.message
        except Invalid as refusal:
            _put_faults(form, refusal)
        else:
            return _done(request, version)
    return _run_page(request, run, form, changed=changed)


def _put_in_force(request: PortalRequest, run: RuleRun, cited: dict[str, Any]) -> RegionRule:
    """What was tried is what is set: value and day come from the forecast, never from the form."""
    tried = run.proposal["version"]
    same: dict[str, Any] = {
        **cited,
        "answer": tried["answer"],
        "in_force_from": date.fromisoformat(tried["in_force_from"]),
        "forecast_ref": run.ref,
        "now": timezone.now(),
    }
    if tried["action"] == END:
        return rules.end_answer(request.actor, **same)
    return rules.set_answer(request.actor, value=tried["value"], **same)


def _done(request: PortalRequest, version: RegionRule) -> HttpResponse:
    """On to the recompute that the new version has set going."""
    messages.success(request, f"第{version.number}版已记录，自{version.in_force_from:%Y-%m-%d}起施行，正在重新计算。")
    run = RuleRun.objects.filter(
        region_id=version.region_id, what=RuleRun.What.RECOMPUTE, proposal__until=version.pk
    ).first()
    if run is None:
        return HttpResponseRedirect(reverse("desk:rule_answer", args=[version.answer]))
    return HttpResponseRedirect(reverse("desk:rule_run", args=[run.ref]))


def _run_page(request: PortalRequest, run: RuleRun, form: CitationForm, *, changed: str = "") -> HttpResponse:
    context = run_context(request.actor, run) | {"form": described(form), "changed": changed}
    status = 409 if changed else 422 if form.errors else 200
    return TemplateResponse(request, "desk/rule_run.html", context, status=status)


def _put_faults(form: CitationForm, refusal: Invalid) -> None:
    """Beside the field; what is said of the value stands at the first field it is typed in."""
    fields = dict(refusal.fields)
    if "value" in fields and isinstance(form, AnswerForm):
        fields[form.value_names[0]] = fields.pop("value")
    put_errors(form, fields, refusal.message)
