"""代为补正: the clerk answers a correction for a firm, on authority recorded for this very act; for filings not made online."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from cases.access import access_case, access_file, require_state
from cases.desk.counter_forms import AuthorityForm
from cases.desk.counter_frame import show
from cases.desk.doors import require
from cases.desk.forms import described, put_errors
from cases.facts import facts_of
from cases.models import Case, Correction
from cases.services.filing import COMMITMENT, Authority, GivenMaterial
from cases.services.intake import answer_correction
from cases.states import CaseState
from cases.uploads import store_upload
from creditrepair.tenancy.errors import Invalid, NotFound
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Role

ANSWER_LENGTH = 2000


@dataclass(slots=True)
class Flagged:
    """One flagged part with its defects, and what the clerk has taken in for it so far."""

    target: str
    title: str
    kind: str  # file, sign or text
    items: list[dict[str, Any]]
    file_uuid: str = ""
    file_name: str = ""
    signed: bool = False
    problem: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: PortalRequest, ref: str) -> HttpResponse:
    """Show what was asked for; POST answers. A fault keeps everything typed and every file taken in."""
    actor = request.actor
    require(actor, Role.CLERK)
    case = access_case(actor, ref, to="correct")
    require_state(case, CaseState.CORRECTION)
    correction = Correction.objects.get(region_id=case.region_id, case=case, answered_at__isnull=True)
    parts = _parts(case, correction)
    form = AuthorityForm(request.POST or None, request.FILES or None)
    answer = request.POST.get("answer", "")[:ANSWER_LENGTH]
    if request.method == "POST":
        for part in parts:
            _take(request, part)
        if form.is_valid() and not any(part.problem for part in parts):
            try:
                _answer(request, case, parts, form, answer)
            except Invalid as refusal:
                for part in parts:
                    part.problem = refusal.fields.get(part.target, "")
                put_errors(form, {k: v for k, v in refusal.fields.items() if k in form.fields}, refusal.message)
            else:
                messages.success(request, "补正已提交，办理计时继续。")
                return HttpResponseRedirect(reverse("counter:home"))
    context = {
        "case": case,
        "correction": correction,
        "parts": parts,
        "form": described(form),
        "answer": answer,
    }
    return show(request, "counter/correct.html", context, status=422 if request.method == "POST" else 200)


def _parts(case: Case, correction: Correction) -> list[Flagged]:
    specs = {spec.code: spec for spec in case.room.materials(facts_of(case.record))}
    parts: dict[str, Flagged] = {}
    for item in correction.items:
        spec = specs.get(item["target"])
        kind = "text" if spec is None else "sign" if spec.source == "generated" else "file"
        part = Flagged(item["target"], spec.title if spec else item["target"], kind, [])
        parts.setdefault(item["target"], part).items.append(item)
    return list(parts.values())


def _take(request: PortalRequest, part: Flagged) -> None:
    """A new file, one that an earlier try has stored, or a signature given at the window."""
    part.signed = f"signed.{part.target}" in request.POST
    upload, kept = request.FILES.get(f"file.{part.target}"), request.POST.get(f"kept.{part.target}", "")
    try:
        if upload is not None:
            stored = store_upload(request.actor, request.actor.region, upload, now=timezone.now(), field=part.target)
        elif kept:
            stored = access_file(request.actor, UUID(kept))
        else:
            return
    except Invalid as refusal:
        part.problem = refusal.message
        return
    except (NotFound, ValueError):
        return
    part.file_uuid, part.file_name = str(stored.uuid), stored.name


def _answer(request: PortalRequest, case: Case, parts: list[Flagged], form: AuthorityForm, answer: str) -> None:
    actor, now, data = request.actor, timezone.now(), form.cleaned_data
    scan = store_upload(actor, actor.region, data["scan"], now=now, field="scan")
    authority = Authority(
        data["basis"], data["evidence"], data["valid_until"], form.phone_words, actor.window, data["scope"]
    )
    evidence = GivenMaterial("authority", "代为补正的授权依据", "B", "窗口核验原件", file_uuid=str(scan.uuid))
    given = [material for part in parts if (material := _given(part)) is not None]
    answer_correction(
        actor, ref=case.ref, materials=given, answer=answer, now=now, authority=authority, evidence=evidence
    )


def _given(part: Flagged) -> GivenMaterial | None:
    if part.file_uuid:
        return GivenMaterial(part.target, part.title, "C", "窗口收取复印件", file_uuid=part.file_uuid)
    if part.kind == "sign" and part.signed:
        return GivenMaterial(part.target, part.title, "D", "申请人在窗口签署", statement=COMMITMENT)
    return None
