"""Files of a draft: into a material, and out of it again; the page shows what was refused and why."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from cases.models import FailureRecord
from cases.portal.lookup import too_many
from cases.portal.materials import Slot, scans_of
from cases.portal.queries import applicant_of, text_of
from cases.portal.wizard import page_of
from cases.portal.wizard_page import Page, show
from cases.services.drafts import attach_file, detach_file
from cases.throttle import Limit, take
from cases.uploads import FileRefused, store_upload
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid, NotFound

UPLOADS: Final = Limit("upload", 90, 600)  # each one costs a process of its own
NOTHING_SENT: Final = "请先选择要上传的文件。"
SCRIPT: Final = "X-Upload"  # sent by the page's script, which wants the slot back and not a page


@dataclass(slots=True)
class Taken:
    """What became of the files of one request: `refused` are sentences for people, `stored` the numbers of the others.

    again   a file was refused though nothing was found against it: it may be sent once more as it is
    """

    refused: list[str] = field(default_factory=list)
    stored: list[str] = field(default_factory=list)
    again: bool = False

    @property
    def fault(self) -> str:
        return " ".join(dict.fromkeys(self.refused))

    def answer(self, html: str) -> JsonResponse:
        """For the page's script: the material as it is now, and the number by which a photo can be turned."""
        said = {"html": html, "fault": self.fault, "again": self.again, "stored": "".join(self.stored[-1:])}
        return JsonResponse(said, status=422 if self.refused else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest, ref: str) -> HttpResponse:
    """Take files into a material of the draft, or one out of it. GET is where a sign-in in between comes back to."""
    actor = applicant_of(request)
    page = page_of(actor, ref, "materials")
    if request.method != "POST":
        return redirect("portal:wizard", ref=ref, step="materials")
    key = text_of(request.POST, "key", 80)
    slot = slot_of(page, key)
    now = timezone.now()
    gone = text_of(request.POST, "remove", 40)
    if gone:
        detach_file(actor, ref=ref, key=key, uuid=gone, now=now)
        return redirect(materials_at(ref, key))
    used = take(UPLOADS, str(actor.user_id))
    if not used.ok:
        return too_many(request, used.wait_seconds)
    replaces = text_of(request.POST, "replaces", 40)
    taken = take_files(page, slot, request.FILES.getlist("file"), now=now, replaces=replaces)
    if request.headers.get(SCRIPT) == "1":
        return taken.answer(slot_html(request, page, key))
    if taken.refused:
        page.faults = {key: taken.fault}
        return show(request, page, status=422)
    return redirect(materials_at(ref, key))


def slot_of(page: Page, key: str) -> Slot:
    """The material of this key that takes files. Raises NotFound."""
    slot = next((one for one in page.slots if one.key == key and one.uploads), None)
    if slot is None:
        raise NotFound
    return slot


def take_files(
    page: Page, slot: Slot, sent: list[UploadedFile], *, now: datetime, by_phone: bool = False, replaces: str = ""
) -> Taken:
    """Store each file and add it to the material; of what is refused the others stay.

    replaces    number of the file in whose place the first one goes: the same photo, turned
    """
    taken = Taken() if sent else Taken([NOTHING_SENT])
    for one in sent:
        try:
            stored = []
            for region in _regions_of(slot, page.chosen):
                one.seek(0)
                with region_context(region):
                    stored.append(store_upload(page.actor, region, one, now=now))
            page.draft = attach_file(
                page.actor,
                ref=page.draft.ref,
                key=slot.key,
                files=stored,
                now=now,
                by_phone=by_phone,
                replaces=replaces,
            )
            taken.stored.append(str(stored[0].uuid))
            replaces = ""
        except Invalid as invalid:
            taken.refused.append(invalid.message)
            taken.again |= isinstance(invalid, FileRefused) and invalid.again
    return taken


def slot_html(request: HttpRequest, page: Page, key: str, template: str = "portal/_slot_state.html") -> str:
    """What a material's part of the page says now."""
    slot = slot_of(page, key)
    context: dict[str, Any] = {"slot": slot, "draft": page.draft, "scans": scans_of([slot])}
    return render_to_string(template, context, request)


def _regions_of(slot: Slot, chosen: list[FailureRecord]) -> list[str]:
    """Where a file is stored: a file of one region cannot be attached in another."""
    if slot.record is not None:
        return [slot.record.region_id]
    return sorted({record.region_id for record in chosen})


def materials_at(ref: str, key: str) -> str:
    return reverse("portal:wizard", args=[ref, "materials"]) + f"#slot-{key.replace(':', '-')}"
