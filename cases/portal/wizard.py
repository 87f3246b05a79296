"""我要办: five steps over a draft. Every step saves; one may leave and come back anywhere."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from cases.access import access_draft
from cases.models import Draft
from cases.portal import keeping, receipts
from cases.portal.materials import given_materials
from cases.portal.queries import actor_of, applicant_of, open_drafts, records_to_choose, subject_of, text_of, today
from cases.portal.wizard_page import (
    ORDER,
    SHOWN,
    STEPS,
    Page,
    base_of,
    control_of,
    date_of,
    identity_faults,
    label_of,
    show,
)
from cases.portal.wizard_read import base_of as shown_to
from cases.portal.wizard_read import changes_of, unsettled, version_of
from cases.services.apply import submit_application
from cases.services.drafts import StaleDraft, close_draft, refile_draft, save_draft, start_draft
from cases.services.filing import Filing
from cases.services.merge import Conflict, content_with, fields_of
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid, NotFound, WrongMoment


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


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, ref: str, step: str) -> HttpResponse:
    """Show or save one step. `then` says where to go: next, back, leave, or stay (saved while typing)."""
    if actor_of(request).user_id is None:
        return keeping.sign_in_first(request)
    actor = applicant_of(request)
    page = page_of(actor, ref, step)
    if page.draft.application_ref:
        return redirect("portal:application", ref=page.draft.application_ref)
    if request.method != "POST":
        return show(request, page)
    if step == "confirm":
        return _submit(request, page)
    return _save(request, page, request.POST)


def page_of(actor: Actor, ref: str, step: str) -> Page:
    """A step over the own draft. Raises NotFound."""
    if step not in STEPS:
        raise NotFound
    with region_context(actor.region):
        draft = access_draft(actor, ref)
    return Page(actor, draft, step, records_to_choose(actor, today()))


def save_kept(request: HttpRequest, ref: str, step: str, form: QueryDict) -> HttpResponse:
    """Save what was typed before the session ended, and come back to its page. Raises NotFound."""
    page = page_of(applicant_of(request), ref, step)
    if page.draft.application_ref or step == "confirm":
        return redirect("portal:wizard", ref=ref, step=step)
    form["then"] = "stay"
    return _save(request, page, form)


def _save(request: HttpRequest, page: Page, form: QueryDict) -> HttpResponse:
    quiet = request.headers.get("X-Autosave") == "1"
    changes, version = changes_of(form, page), version_of(form)
    try:
        page.draft = _stored(page, changes, version, form)
    except StaleDraft as stale:
        return _ask(request, page, stale, form, quiet=quiet)
    except Invalid as invalid:
        if quiet:
            return JsonResponse({"message": invalid.message}, status=422)
        page.draft.content, page.faults = {**page.draft.content, **changes}, invalid.fields
        return show(request, page, status=422)
    if quiet:
        return JsonResponse(_told(page, changes))
    then = form.get("then", "next")
    if then == "leave":
        return redirect("portal:apply")
    if then == "stay":
        messages.success(request, "您填写的内容已存为草稿，可以接着填写。")
        return redirect("portal:wizard", ref=page.draft.ref, step=page.name)
    if then == "next":
        page.faults = page.missing_here()
        if page.faults:
            return show(request, page, status=422)
    place = ORDER.index(page.name) + (1 if then == "next" else -1)
    return redirect("portal:wizard", ref=page.draft.ref, step=ORDER[max(0, place)])


def _stored(page: Page, changes: dict[str, object], version: int, form: QueryDict) -> Draft:
    """Save, unless the person was asked to choose between two pages and has not yet chosen."""
    asked = unsettled(form, page)
    if asked:
        mine, held = fields_of(changes, set(changes)), fields_of(page.draft.content, set(changes))
        open_still = [Conflict(name, mine.get(name, ""), held.get(name, "")) for name in sorted(asked)]
        raise StaleDraft(page.draft, open_still, {**mine, **{one.field: one.theirs for one in open_still}})
    return save_draft(
        page.actor, ref=page.draft.ref, version=version, changes=changes, base=shown_to(form), now=timezone.now()
    )


def _ask(request: HttpRequest, page: Page, stale: StaleDraft, form: QueryDict, *, quiet: bool) -> HttpResponse:
    """Save what only one page changed, and show side by side what both did: the person chooses."""
    sections = SHOWN[page.name]
    page.draft, page.stale, page.conflicts = stale.draft, True, stale.conflicts
    together = content_with(stale.draft.content, stale.fields)
    if fields_of(together, sections) != fields_of(stale.draft.content, sections):
        changes = {key: together[key] for key in sections if key in together}
        page.draft = save_draft(
            page.actor, ref=page.draft.ref, version=stale.draft.version, changes=changes, now=timezone.now()
        )
    if quiet:
        named = "、".join(f"“{label_of(page, one.field)}”" for one in stale.conflicts) or "所选信息"
        message = f"另一页面已修改{named}，您填写的内容仍在本页；点击“下一步”后选择用哪一个"
        return JsonResponse({"message": message}, status=409)
    page.base = base_of(page.draft, page.name)
    page.draft.content = content_with(page.draft.content, {one.field: one.mine for one in stale.conflicts})
    return show(request, page, status=409)


def _told(page: Page, changes: dict[str, object]) -> dict[str, object]:
    """The answer to a save while typing; `taken`: controls that another page had changed and this one had not."""
    mine, held = fields_of(changes, set(changes)), fields_of(page.draft.content, set(changes))
    taken = [control_of(name, held.get(name, False)) for name in {*mine, *held} if mine.get(name) != held.get(name)]
    return {
        "version": page.draft.version,
        "base": base_of(page.draft, page.name),
        "saved_at": f"{timezone.localtime(page.draft.saved_at):%H:%M}",
        "taken": taken,
    }


def _submit(request: HttpRequest, page: Page) -> HttpResponse:
    """Hand in, once: the form token of the draft makes a doubled submit find the first filing."""
    if page.gaps():
        return show(request, page, status=422)
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
        bid_on=date_of(identity.get("bid_on", "")),
    )
    try:
        done = submit_application(actor, filing, now=now)
    except Invalid as invalid:
        page.faults = invalid.fields or {"form": invalid.message}
        return show(request, page, status=422)
    except WrongMoment as wrong:
        page.faults = {"form": wrong.message}
        return show(request, page, status=409)
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
