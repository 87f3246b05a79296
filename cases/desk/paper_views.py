"""Papers of a unit: those that need a person, batches of up to 1,000 with their progress, and their files."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from cases.access import visible_records
from cases.access_papers import access_paper_batch, visible_paper_batches
from cases.desk.doors import RECORDERS, require
from cases.desk.record_lists import found, to_notify, wanted
from cases.services.notify import retry_paper
from cases.services.notify_many import ask_for_notices
from creditrepair.tenancy.errors import Invalid, NotFound
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Role
from notices import batches, force
from notices.models import PaperBatch

FIRST = 50  # papers and batches of one page: a unit that has more mends these first


@require_safe
def papers(request: PortalRequest) -> HttpResponse:
    """Papers that stopped or wait too long, with the reason and one verb, and the unit's batches."""
    actor, now = request.actor, timezone.now()
    require(actor, *RECORDERS)
    stuck = force.needing_a_person(actor.region, now=now)
    if not actor.has(Role.SUPERVISOR):
        stuck = stuck.filter(department_id=actor.department_id) if actor.department_id else stuck.none()
    return TemplateResponse(
        request,
        "desk/papers.html",
        {
            "title": "文书制作",
            "stuck": list(stuck[:FIRST]),
            "own": actor.department_id,
            "batches": [(one, batches.progress(one)) for one in visible_paper_batches(actor).order_by("-id")[:FIRST]],
        },
    )


@require_POST
def paper_retry(request: PortalRequest, ref: str) -> HttpResponse:
    paper = retry_paper(request.actor, ref=ref, now=timezone.now())
    messages.success(request, f"{paper.number} 已重新排队制作。")
    return HttpResponseRedirect(reverse("desk:papers"))


@require_POST
def notice_batch(request: PortalRequest) -> HttpResponse:
    """告知书 for the ticked records of the list, or for all of the list that have none, oldest decision first."""
    actor = request.actor
    require(actor, *RECORDERS)
    refs = request.POST.getlist("ref")
    if request.POST.get("act") == "all":
        view, text = request.POST.get("view", ""), wanted(request.POST.get("q", ""))
        rows = found(to_notify(actor, view), text)
        refs = list(rows.order_by("decided_on", "listed_on", "id").values_list("ref", flat=True)[: batches.MOST])
    try:
        batch = ask_for_notices(actor, refs=refs, now=timezone.now())
    except Invalid as refusal:
        messages.error(request, refusal.message)
        return HttpResponseRedirect(reverse("desk:records"))
    return HttpResponseRedirect(reverse("desk:paper_batch", args=[batch.ref]))


@require_safe
def paper_batch(request: PortalRequest, ref: str) -> HttpResponse:
    """How far a batch is; reloads itself and can be left. When papers are there, their files."""
    batch = access_paper_batch(request.actor, ref)
    told = batches.progress(batch)
    why = {one["ref"]: one["why"] for one in batch.refused}
    known = visible_records(request.actor).filter(region_id=batch.region_id, ref__in=list(why))
    labels = {record.ref: (record.doc_no, record.subject_name) for record in known}
    return TemplateResponse(
        request,
        "desk/paper_batch.html",
        {
            "title": f"批量制作告知书　{batch.total}份",
            "batch": batch,
            "progress": told,
            "leaves": _leaves(batch) if told.printed else [],
            "refused": [(ref, *labels.get(ref, ("", "")), text) for ref, text in why.items()],
        },
    )


@require_safe
def paper_batch_zip(request: PortalRequest, ref: str) -> HttpResponseBase:
    """All papers of a batch under their numbers, sent as they are read: one in memory at a time."""
    papers = batches.printed(access_paper_batch(request.actor, ref))
    if not papers:
        raise NotFound
    answer = StreamingHttpResponse(batches.zipped(papers), content_type="application/zip")
    answer["Content-Disposition"] = content_disposition_header(True, f"告知书{len(papers)}份.zip") or ""
    return answer


@require_safe
def paper_batch_pdf(request: PortalRequest, ref: str, leaf: int) -> HttpResponse:
    """One part of a batch as one file, to be opened and printed."""
    parts = batches.leaves(batches.printed(access_paper_batch(request.actor, ref)))
    if not 1 <= leaf <= len(parts):
        raise NotFound
    answer = HttpResponse(batches.merged(parts[leaf - 1]), content_type="application/pdf")
    answer["Content-Disposition"] = content_disposition_header(False, f"告知书第{leaf}册.pdf") or ""
    return answer


def _leaves(batch: PaperBatch) -> list[tuple[int, int, str, str]]:
    """Each part: its number, how many papers, the first and last number of a paper."""
    parts = batches.leaves(batches.printed(batch))
    return [(at, len(part), part[0].number, part[-1].number) for at, part in enumerate(parts, start=1)]
