"""失信程度 of many records at once: choose, try, see the fate of each, carry out, see what became of each."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from cases.access import access_record, visible_records
from cases.categories import judge, suggest
from cases.desk.doors import require
from cases.desk.forms import SeverityForm, described, put_errors
from cases.facts import facts_of
from cases.law import SEVERITIES, Rule, Suggestion, Verdict
from cases.models import FailureRecord
from cases.overrides import overrides_of
from cases.services.severity import DONE, MOST_AT_ONCE, SKIPPED, Outcome, set_severity_many
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid, Refusal
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Role

SETTERS = (Role.RECORDER, Role.REVIEWER)


def suggestion_words(told: Suggestion, present: str) -> str:
    """The suggestion as one short line beside the present class."""
    if told.severity == "unset":
        return "由认定单位判断"
    doubt = "" if told.certainty == "verified" else "（待核实）"
    return "与系统建议一致" if told.severity == present else f"系统建议{SEVERITIES[told.severity]}{doubt}"


@dataclass(frozen=True, slots=True)
class Fate:
    """One chosen record: what would happen, or what has. `record` None where the person may not see it."""

    ref: str
    record: FailureRecord | None
    goes: bool
    word: str
    why: str = ""
    suggestion: Suggestion | None = None
    before: Verdict | None = None
    after: Verdict | None = None

    @property
    def label(self) -> str:
        return (self.record.doc_no or "（无文号）") if self.record else "（不属于本单位）"


@require_POST
def severity_many(request: PortalRequest) -> HttpResponse:
    """`act` try lists the fate of each and writes nothing; run carries out what was tried. What is skipped stays chosen.

    Another class than the one tried is tried first, whatever the button.
    """
    actor, now = request.actor, timezone.now()
    require(actor, *SETTERS)
    refs = list(dict.fromkeys(request.POST.getlist("ref")))
    form = SeverityForm(request.POST, prefix="many")
    run = request.POST.get("act") == "run" and request.POST.get("tried") == request.POST.get("many-severity")
    fates: list[Fate] = []
    if form.is_valid():
        try:
            given = {"severity": form.cleaned_data["severity"], "reason": form.cleaned_data["reason"]}
            if run:
                done = set_severity_many(actor, refs=refs, now=now, **given)
                return _page(request, form, _told(actor, done), ran=True)
            _require_some(refs)
            fates = fates_of(actor, refs, given["severity"], timezone.localdate(now))
        except Invalid as refusal:
            put_errors(form, refusal.fields, refusal.message)
    if form.errors:
        fates = [_chosen(actor, ref) for ref in refs[:MOST_AT_ONCE]]
    return _page(request, form, fates, status=422 if form.errors else 200)


def _require_some(refs: list[str]) -> None:
    if not refs:
        raise Invalid(fields={"refs": "请至少选择一条信息。"})
    if len(refs) > MOST_AT_ONCE:
        raise Invalid(fields={"refs": f"一次最多{MOST_AT_ONCE}条，请分批办理。"})


def fates_of(actor: Actor, refs: list[str], severity: str, today: date) -> list[Fate]:
    """What would become of each record, and how its Verdict would change; nothing is written."""
    overrides = overrides_of(actor.region)
    return [_fate(actor, ref, severity, today, overrides) for ref in refs]


def _fate(actor: Actor, ref: str, severity: str, today: date, overrides: tuple[Rule, ...]) -> Fate:
    try:
        record = access_record(actor, ref, to="record")
    except Refusal as refusal:
        return Fate(ref, None, False, SKIPPED, refusal.message)
    facts = facts_of(record)
    told = suggest(facts, today, overrides)
    if record.severity == severity:
        return Fate(ref, record, False, SKIPPED, "已是该失信程度，无需重新认定。", told)
    before = judge(facts, today, overrides)
    after = judge(replace(facts, severity=severity), today, overrides)
    return Fate(ref, record, True, "将认定", "", told, before, after)


def _chosen(actor: Actor, ref: str) -> Fate:
    """A chosen record beside a form that has to be mended first."""
    record = visible_records(actor).filter(ref=ref).first()
    told = suggest(facts_of(record), timezone.localdate(), overrides_of(actor.region)) if record else None
    return Fate(ref, record, record is not None, "已选择" if record else SKIPPED, "", told)


def _told(actor: Actor, done: list[tuple[str, Outcome]]) -> list[Fate]:
    records = {one.ref: one for one in visible_records(actor).filter(ref__in=[ref for ref, _ in done])}
    return [Fate(ref, records.get(ref), not one.done, one.word, one.why) for ref, one in done]


def blank_form(data: QueryDict | None = None) -> forms.Form:
    """The form below the list of records."""
    return described(SeverityForm(data, prefix="many"))


def _page(
    request: PortalRequest, form: forms.Form, fates: list[Fate], *, ran: bool = False, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "title": "批量认定失信程度",
        "form": described(form),
        "fates": fates,
        "ran": ran,
        "tried": not ran and not form.errors,
        "tried_severity": request.POST.get("many-severity", ""),
        "goes": sum(one.goes for one in fates),
        "finished": sum(one.word == DONE for one in fates),
        "skipped": sum(one.word == SKIPPED for one in fates),
    }
    return TemplateResponse(request, "desk/severity_many.html", context, status=status)
