"""我要办: five steps over a draft. Every step saves; one may leave and come back anywhere."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods, require_POST

from cases.access import access_draft
from cases.models import Draft, FailureRecord
from cases.portal import receipts
from cases.portal.materials import Slot, given_materials, slots_of
from cases.portal.queries import Choice, applicant_of, open_drafts, records_to_choose, subject_of, text_of, today
from cases.promise import promised_day
from cases.services.apply import COMMITMENT, Filing, submit_application
from cases.services.drafts import (
    StaleDraft,
    attach_file,
    close_draft,
    detach_file,
    refile_draft,
    save_draft,
    start_draft,
)
from cases.uploads import store_upload
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid, NotFound, WrongMoment

STEPS: Final = {
    "records": "选择失信信息",
    "identity": "核对单位与经办人",
    "materials": "上传材料",
    "commitment": "签署承诺",
    "confirm": "确认提交",
}
ORDER: Final = tuple(STEPS)
IDENTITY: Final = {"agent_name": 50, "agent_phone": 20, "urgent_reason": 200, "bid_on": 10}


@dataclass(slots=True)
class Page:
    """A step as it is about to be shown: the draft, what can be chosen, what was chosen, and what is missing."""

    actor: Actor
    draft: Draft
    name: str
    choices: list[Choice]
    faults: dict[str, str]
    stale: bool = False

    @property
    def chosen(self) -> list[FailureRecord]:
        refs = set(self.draft.content.get("records", []))
        return [choice.record for choice in self.choices if choice.record.ref in refs and choice.may_choose]

    @property
    def slots(self) -> list[Slot]:
        return slots_of(self.chosen, self.draft.content)

    def gaps(self) -> list[tuple[str, str]]:
        """What still keeps the filing from being handed in: (step, sentence)."""
        content, missing = self.draft.content, []
        identity = content.get("identity", {})
        if not self.chosen:
            missing.append(("records", "请至少选择一条失信信息。"))
        missing += [("identity", text) for text in identity_faults(identity).values()]
        for slot in self.slots:
            if not slot.satisfied:
                where = slot.record.doc_no if slot.record else "全部信息"
                missing.append(("materials", f"{where}：缺少“{slot.spec.title}”。"))
        if not content.get("committed"):
            missing.append(("commitment", "请阅读并签署信用承诺。"))
        return missing


def identity_faults(identity: dict[str, Any]) -> dict[str, str]:
    """What is wrong with name and telephone, per field."""
    faults = {}
    if not identity.get("agent_name"):
        faults["agent_name"] = "请填写经办人姓名。"
    phone = identity.get("agent_phone", "")
    if not (phone.isascii() and phone.isdigit() and len(phone) == 11 and phone.startswith("1")):
        faults["agent_phone"] = "请填写11位手机号码，用于接收办理通知。"
    if identity.get("bid_on") and _date(identity["bid_on"]) is None:
        faults["bid_on"] = "请按“年-月-日”填写投标日期，例如2026-12-01；没有可以不填。"
    return faults


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Begin a filing, take up one that was left, or file again what was withdrawn (`again`: a case)."""
    actor = applicant_of(request)
    record = text_of(request.POST if request.method == "POST" else request.GET, "record", 32)
    if request.method == "POST":
        again = text_of(request.POST, "again", 32)
        if again:
            return redirect("portal:wizard", ref=refile_draft(actor, ref=again, now=timezone.now()).ref, step="records")
        draft = start_draft(actor, records=[record] if record else [], now=timezone.now())
        return redirect("portal:wizard", ref=draft.ref, step="records")
    choices = records_to_choose(actor, today())
    context = {
        "drafts": [(one, _resume_at(one)) for one in open_drafts(actor)],
        "choices": choices,
        "ready": [choice for choice in choices if choice.may_choose],
        "record": record,
        "subject": subject_of(actor),
    }
    return render(request, "portal/apply.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, ref: str, step: str) -> HttpResponse:
    """Show or save one step. `then` says where to go: next, back, leave, or stay (saved while typing)."""
    actor = applicant_of(request)
    if step not in STEPS:
        raise NotFound
    with region_context(actor.region):
        draft = access_draft(actor, ref)
    if draft.application_ref:
        return redirect("portal:application", ref=draft.application_ref)
    page = Page(actor, draft, step, records_to_choose(actor, today()), {})
    if request.method != "POST":
        return _show(request, page)
    if step == "confirm":
        return _submit(request, page)
    return _save(request, page)


def _save(request: HttpRequest, page: Page) -> HttpResponse:
    changes = READERS[page.name](request, page)
    quiet = request.headers.get("X-Autosave") == "1"
    try:
        version = int(request.POST.get("version", ""))
    except ValueError:
        raise Invalid("页面不完整，请刷新后再填写。") from None
    try:
        draft = save_draft(page.actor, ref=page.draft.ref, version=version, changes=changes, now=timezone.now())
    except StaleDraft as stale:
        if quiet:
            return JsonResponse({"message": stale.message}, status=409)
        page.draft, page.stale = stale.draft, True
        page.draft.content = {**page.draft.content, **changes}
        return _show(request, page, status=409)
    except Invalid as invalid:
        if quiet:
            return JsonResponse({"message": invalid.message}, status=422)
        page.draft.content, page.faults = {**page.draft.content, **changes}, invalid.fields
        return _show(request, page, status=422)
    if quiet:
        return JsonResponse({"version": draft.version, "saved_at": f"{timezone.localtime(draft.saved_at):%H:%M}"})
    page.draft = draft
    then = request.POST.get("then", "next")
    if then == "leave":
        return redirect("portal:apply")
    if then == "next":
        page.faults = _faults(page)
        if page.faults:
            return _show(request, page, status=422)
    place = ORDER.index(page.name) + (1 if then == "next" else -1)
    return redirect("portal:wizard", ref=draft.ref, step=ORDER[max(0, place)])


def _faults(page: Page) -> dict[str, str]:
    """What must be right before the next step; leaving and going back never ask."""
    content = page.draft.content
    if page.name == "records" and not page.chosen:
        return {"records": "请至少选择一条可以申请的失信信息。"}
    if page.name == "identity":
        return identity_faults(content.get("identity", {}))
    if page.name == "materials":
        return {
            slot.key: f"请上传“{slot.spec.title}”，或者选择由认定单位核实。"
            for slot in page.slots
            if not slot.satisfied
        }
    if page.name == "commitment" and not content.get("committed"):
        return {"committed": "请阅读并勾选承诺。"}
    return {}


def _read_records(request: HttpRequest, page: Page) -> dict[str, Any]:
    offered = {choice.record.ref for choice in page.choices if choice.may_choose}
    return {"records": [ref for ref in request.POST.getlist("records") if ref in offered]}


def _read_identity(request: HttpRequest, page: Page) -> dict[str, Any]:
    return {"identity": {name: text_of(request.POST, name, limit) for name, limit in IDENTITY.items()}}


def _read_materials(request: HttpRequest, page: Page) -> dict[str, Any]:
    stated = set(request.POST.getlist("stated"))
    held = {key: dict(slot) for key, slot in page.draft.content.get("materials", {}).items()}
    for slot in page.slots:
        if slot.may_state:
            held.setdefault(slot.key, {})["stated"] = slot.key in stated
    return {"materials": held}


def _read_commitment(request: HttpRequest, page: Page) -> dict[str, Any]:
    return {"committed": request.POST.get("committed") == "yes"}


READERS: Final[dict[str, Callable[[HttpRequest, Page], dict[str, Any]]]] = {
    "records": _read_records,
    "identity": _read_identity,
    "materials": _read_materials,
    "commitment": _read_commitment,
}


def _show(request: HttpRequest, page: Page, *, status: int = 200) -> HttpResponse:
    here = ORDER.index(page.name)
    chosen = page.chosen
    context = {
        "draft": page.draft,
        "content": page.draft.content,
        "identity_form": _identity_of(page),
        "step": page.name,
        "title": STEPS[page.name],
        "steps": [
            (name, text, "done" if at < here else "here" if at == here else "")
            for at, (name, text) in enumerate(STEPS.items())
        ],
        "number": here + 1,
        "choices": page.choices,
        "chosen": chosen,
        "chosen_refs": {record.ref for record in chosen},
        "cards": [choice.card for choice in page.choices if choice.record in chosen],
        "common": [slot for slot in page.slots if slot.record is None],
        "by_record": [(record, [slot for slot in page.slots if slot.record == record]) for record in chosen],
        "slots": page.slots,
        "gaps": [(name, STEPS[name], text) for name, text in page.gaps()] if page.name == "confirm" else [],
        "promised": promised_day(chosen, today()) if page.name == "confirm" and chosen else None,
        "commitment": commitment_lines(),
        "subject": subject_of(page.actor),
        "faults": page.faults,
        "stale": page.stale,
        "many_regions": len({record.region_id for record in chosen}) > 1,
    }
    return render(request, f"portal/wizard_{page.name}.html", context, status=status)


def commitment_lines() -> list[str]:
    """The commitment in its parts, for reading; the stored text is the whole."""
    head, _, rest = COMMITMENT.partition("：")
    return [f"{head}：", *(part if part.endswith("。") else f"{part}；" for part in rest.split("；"))]


def _identity_of(page: Page) -> dict[str, str]:
    held = page.draft.content.get("identity", {})
    return {
        name: held.get(name, page.actor.name if name == "agent_name" and "identity" not in page.draft.content else "")
        for name in IDENTITY
    }


@require_POST
def upload(request: HttpRequest, ref: str) -> HttpResponse:
    """Take one file into a material of the draft, or out of it; the page shows what was refused and why."""
    actor = applicant_of(request)
    with region_context(actor.region):
        draft = access_draft(actor, ref)
    page = Page(actor, draft, "materials", records_to_choose(actor, today()), {})
    key = text_of(request.POST, "key", 80)
    slot = next((one for one in page.slots if one.key == key and one.uploads), None)
    if slot is None:
        raise NotFound
    now = timezone.now()
    gone = text_of(request.POST, "remove", 40)
    if gone:
        detach_file(actor, ref=ref, key=key, uuid=gone, now=now)
        return redirect(_materials_at(ref, key))
    sent = request.FILES.get("file")
    if sent is None:
        page.faults = {key: "请先选择要上传的文件。"}
        return _show(request, page, status=422)
    try:
        stored = []
        for region in _regions_of(slot, page.chosen):
            sent.seek(0)
            with region_context(region):
                stored.append(store_upload(actor, region, sent, now=now))
        attach_file(actor, ref=ref, key=key, files=stored, now=now)
    except Invalid as invalid:
        page.faults = {key: invalid.message}
        return _show(request, page, status=422)
    return redirect(_materials_at(ref, key))


def _regions_of(slot: Slot, chosen: list[FailureRecord]) -> list[str]:
    if slot.record is not None:
        return [slot.record.region_id]
    return sorted({record.region_id for record in chosen})


def _materials_at(ref: str, key: str) -> str:
    return reverse("portal:wizard", args=[ref, "materials"]) + f"#slot-{key.replace(':', '-')}"


def _submit(request: HttpRequest, page: Page) -> HttpResponse:
    """Hand in, once: the form token of the draft makes a doubled submit find the first filing."""
    gaps = page.gaps()
    if gaps:
        return _show(request, page, status=422)
    content, actor, now = page.draft.content, page.actor, timezone.now()
    identity = content["identity"]
    filing = Filing(
        form_token=page.draft.form_token,
        subject_code=actor.subject or "",
        record_refs=tuple(record.ref for record in page.chosen),
        agent_name=identity["agent_name"],
        agent_phone=identity["agent_phone"],
        committed=True,
        materials=given_materials(page.slots, page.chosen),
        urgent_reason=identity.get("urgent_reason", ""),
        bid_on=_date(identity.get("bid_on", "")),
    )
    try:
        done = submit_application(actor, filing, now=now)
    except Invalid as invalid:
        page.faults = invalid.fields or {"form": invalid.message}
        return _show(request, page, status=422)
    except WrongMoment as wrong:
        page.faults = {"form": wrong.message}
        return _show(request, page, status=409)
    close_draft(actor, ref=page.draft.ref, application_ref=done.applications[0].ref)
    return receipts.show(request, actor, done.applications[0].ref, query_code=done.query_code)


def _resume_at(draft: Draft) -> str:
    """The first step that still wants something, for 「继续填写」."""
    content = draft.content
    if not content.get("records"):
        return "records"
    if identity_faults(content.get("identity", {})):
        return "identity"
    return "confirm" if content.get("committed") else "materials"


def _date(text: str) -> date | None:
    try:
        return parse_date(text) if text else None
    except ValueError:
        return None
