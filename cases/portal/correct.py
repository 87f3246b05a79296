"""补正: the full list at once; only flagged parts open, the others stand as accepted. What was sent stays, whatever fails."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from cases.access import access_case, access_file, require_state
from cases.facts import facts_of
from cases.models import Case, Correction, Material
from cases.portal.queries import applicant_of, text_of
from cases.services.filing import COMMITMENT, GivenMaterial
from cases.services.help import HELP_FROM_ROUND
from cases.services.intake import answer_correction
from cases.states import CaseState
from cases.uploads import store_upload
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid, NotFound


@dataclass(slots=True)
class Part:
    """One flagged part: every defect of one material or field, and what has been sent for it so far."""

    target: str
    title: str
    kind: str  # file, sign or text
    items: list[dict[str, Any]]
    file_uuid: str = ""
    file_name: str = ""
    stated: bool = False
    problem: str = ""

    @property
    def done(self) -> bool:
        return bool(self.file_uuid) or self.stated


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, ref: str) -> HttpResponse:
    actor = applicant_of(request)
    case = access_case(actor, ref, to="answer")
    require_state(case, CaseState.CORRECTION)
    with region_context(case.region_id):
        correction = Correction.objects.get(region_id=case.region_id, case=case, answered_at__isnull=True)
        parts = _parts(case, correction)
        flagged = {part.target for part in parts}
        kept = [
            material
            for material in Material.objects.filter(
                region_id=case.region_id, application_id=case.application_id, replaced_by__isnull=True
            ).select_related("file")
            if material.case_id in (None, case.pk) and material.code not in flagged
        ]
    context = {
        "case": case,
        "correction": correction,
        "parts": parts,
        "kept": kept,
        "answer": "",
        "help": case.round >= HELP_FROM_ROUND,
    }
    if request.method == "POST":
        return _answer(request, actor, case, context)
    return _show(request, context)


def _answer(request: HttpRequest, actor: Actor, case: Case, context: dict[str, Any]) -> HttpResponse:
    """Store what was sent, then answer all at once; a refused file leaves the others as they are."""
    parts: list[Part] = context["parts"]
    context["answer"] = text_of(request.POST, "answer", 2000)
    for part in parts:
        _take(request, actor, case, part)
    if any(part.problem for part in parts):
        return _show(request, context, status=422)
    given = [material for part in parts if (material := _given(part)) is not None]
    try:
        answer_correction(actor, ref=case.ref, materials=given, answer=context["answer"], now=timezone.now())
    except Invalid as invalid:
        for part in parts:
            part.problem = invalid.fields.get(part.target, "")
        if not any(part.problem for part in parts):
            context["problem"] = invalid.message
        return _show(request, context, status=422)
    messages.success(request, "补正已提交，办理计时继续。")
    return redirect("portal:application", ref=case.application.ref)


def _take(request: HttpRequest, actor: Actor, case: Case, part: Part) -> None:
    """What the form holds for one part: a new file, a file stored by an earlier try, or a signature."""
    part.stated = request.POST.get(f"signed_{part.target}") == "yes"
    sent, earlier = request.FILES.get(f"file_{part.target}"), request.POST.get(f"kept_{part.target}", "")
    with region_context(case.region_id):
        if sent is not None:
            try:
                stored = store_upload(actor, case.region_id, sent, now=timezone.now())
            except Invalid as invalid:
                part.problem = invalid.message
            else:
                part.file_uuid, part.file_name = str(stored.uuid), stored.name
                return
        if earlier:
            try:
                stored = access_file(actor, UUID(earlier))
            except (NotFound, ValueError):
                return
            part.file_uuid, part.file_name = str(stored.uuid), stored.name


def _given(part: Part) -> GivenMaterial | None:
    if part.file_uuid:
        return GivenMaterial(part.target, part.title, "C", "申请人上传", file_uuid=part.file_uuid)
    if part.stated:
        return GivenMaterial(part.target, part.title, "D", "申请人重新签署", statement=COMMITMENT)
    return None


def _parts(case: Case, correction: Correction) -> list[Part]:
    specs = {spec.code: spec for spec in case.room.materials(facts_of(case.record))}
    parts: dict[str, Part] = {}
    for item in correction.items:
        spec = specs.get(item["target"])
        kind = "text" if spec is None else "sign" if spec.source == "generated" else "file"
        part = parts.setdefault(item["target"], Part(item["target"], spec.title if spec else item["target"], kind, []))
        part.items.append(item)
    return list(parts.values())


def _show(request: HttpRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    parts: list[Part] = context["parts"]
    context["done"] = len([part for part in parts if part.done])
    return render(request, "portal/correct.html", context, status=status)
