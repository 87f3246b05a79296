"""代为提交 on one page: records, materials with originals seen, the commitment read out, and the receipt."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from cases.desk.counter_desk import RecordShown, authority_of, kept_filing, records_of, remember_file, subject_here
from cases.desk.counter_views import receipt_page
from cases.desk.doors import require
from cases.models import Subject
from cases.services.apply import COMMITMENT, Filing, GivenMaterial, submit_application
from cases.uploads import store_upload
from creditrepair.tenancy.errors import Invalid, WrongMoment
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Role

PAID_STATEMENT = "申请由处罚单位核实缴款和履行情况。"


@dataclass(frozen=True, slots=True)
class Slot:
    """One material on the page: `key` names its fields; `file` what was uploaded already."""

    key: str
    code: str
    title: str
    description: str
    required: bool
    record_ref: str
    file: dict[str, str] | None
    seen: bool
    statement: bool


@dataclass(frozen=True, slots=True)
class Offered:
    """A record with its materials, as chosen so far. Materials common to all stand apart, with `row` None."""

    row: RecordShown | None
    chosen: bool
    slots: list[Slot]


@require_http_methods(["GET", "HEAD", "POST"])
def file(request: PortalRequest, token: str) -> HttpResponse:
    """Show the page; POST hands in. A fault keeps everything typed and every file uploaded."""
    actor, now = request.actor, timezone.now()
    require(actor, Role.CLERK)
    kept = kept_filing(request, token)
    subject = subject_here(actor, kept["subject"])
    rows = records_of(actor, subject, timezone.localdate(now))
    if request.method != "POST":
        return _page(request, token, subject, rows, QueryDict())
    errors = _take_files(request, token, rows)
    if errors:
        return _page(request, token, subject, rows, request.POST, errors=errors, status=422)
    try:
        receipt = submit_application(actor, _filing(token, kept, subject, rows, request.POST), now=now)
    except Invalid as refusal:
        found = refusal.fields or {"form": refusal.message}
        return _page(request, token, subject, rows, request.POST, errors=found, status=422)
    except WrongMoment as refusal:
        found = {"form": refusal.message}
        return _page(request, token, subject, rows, request.POST, errors=found, status=409)
    application = receipt.applications[0]
    if receipt.repeated:
        return HttpResponseRedirect(reverse("counter:receipt", args=[application.ref]))
    return receipt_page(request, application, receipt.query_code)


def _offered(kept: dict[str, Any], rows: list[RecordShown], typed: QueryDict) -> tuple[list[Slot], list[Offered]]:
    """Materials common to all records once, then each record with its own."""
    chosen = set(typed.getlist("record"))
    common: dict[str, Slot] = {}
    offered: list[Offered] = []
    for row in rows:
        own = []
        for wanted in row.materials if row.may_choose else ():
            ref = "" if wanted.common else row.record.ref
            key = f"{wanted.code}.{ref or 'all'}"
            slot = Slot(
                key=key,
                code=wanted.code,
                title=wanted.title,
                description=wanted.description,
                required=wanted.required,
                record_ref=ref,
                file=kept["files"].get(key),
                seen=f"seen.{key}" in typed,
                statement=f"statement.{key}" in typed,
            )
            if wanted.common:
                common.setdefault(key, slot)
            else:
                own.append(slot)
        offered.append(Offered(row, row.record.ref in chosen, own))
    return list(common.values()), offered


def _take_files(request: PortalRequest, token: str, rows: list[RecordShown]) -> dict[str, str]:
    """Store what was uploaded and remember it; returns refusals by slot key."""
    common, offered = _offered(kept_filing(request, token), rows, request.POST)
    errors = {}
    for slot in [*common, *(slot for one in offered for slot in one.slots)]:
        upload = request.FILES.get(f"file.{slot.key}")
        if upload is None:
            continue
        try:
            stored = store_upload(request.actor, request.actor.region, upload, now=timezone.now(), field=slot.key)
        except Invalid as refusal:
            errors[slot.key] = refusal.message
        else:
            remember_file(request, token, slot.key, str(stored.uuid), stored.name)
    return errors


def _filing(token: str, kept: dict[str, Any], subject: Subject, rows: list[RecordShown], typed: QueryDict) -> Filing:
    common, offered = _offered(kept, rows, typed)
    slots = [*common, *(slot for one in offered if one.chosen for slot in one.slots)]
    evidence = GivenMaterial("authority", "授权依据材料", "B", "窗口核验原件", file_uuid=kept["evidence"]["uuid"])
    return Filing(
        form_token=token,
        subject_code=subject.pk,
        record_refs=tuple(one.row.record.ref for one in offered if one.chosen and one.row),
        agent_name=typed.get("agent_name", ""),
        agent_phone=typed.get("agent_phone", ""),
        committed="committed" in typed,
        materials=(evidence, *(material for slot in slots if (material := _material(slot)))),
        urgent_reason=typed.get("urgent_reason", "")[:200],
        authority=authority_of(kept),
    )


def _material(slot: Slot) -> GivenMaterial | None:
    """Original seen: B; a copy only: C; the applicant's word, to be checked by the unit: D."""
    if slot.file:
        level, source = ("B", "窗口核验原件") if slot.seen else ("C", "窗口收取复印件")
        return GivenMaterial(slot.code, slot.title, level, source, slot.record_ref, file_uuid=slot.file["uuid"])
    if slot.statement:
        return GivenMaterial(slot.code, slot.title, "D", "申请人声明", slot.record_ref, statement=PAID_STATEMENT)
    return None


def _page(
    request: PortalRequest,
    token: str,
    subject: Subject,
    rows: list[RecordShown],
    typed: QueryDict,
    *,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    kept = kept_filing(request, token)
    common, offered = _offered(kept, rows, typed)
    context = {
        "subject": subject,
        "authority": authority_of(kept),
        "evidence": kept["evidence"],
        "common": common,
        "offered": offered,
        "typed": typed,
        "errors": errors or {},
        "commitment": COMMITMENT,
        "paid": PAID_STATEMENT,
        "token": token,
    }
    return render(request, "counter/file.html", context, status=status)
