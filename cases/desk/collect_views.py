"""归集: upload, dry-run report by row, import, and the same file back with its problems marked."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.files.storage import default_storage
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases.access import access_batch
from cases.collection.checks import annotated_xlsx, check_file
from cases.desk.doors import require
from cases.desk.forms import CollectForm, described, put_errors
from cases.desk.record_lists import batches_of
from cases.models import CollectionRow
from cases.services.collect import departments_by_code, import_batch, receive_file
from creditrepair.tenancy.errors import Invalid, WrongMoment
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Role

LINES = 50
LATEST = 20
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_http_methods(["GET", "HEAD", "POST"])
def collect(request: PortalRequest) -> HttpResponse:
    """Upload a file; what cannot be read says why beside the field."""
    actor = request.actor
    require(actor, Role.RECORDER)
    form = CollectForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            if upload.size > settings.UPLOAD_MAX_BYTES:
                raise Invalid(fields={"file": f"文件“{upload.name}”超过20MB。请分成几个文件上传。"})
            received = receive_file(
                actor,
                category=form.cleaned_data["category"],
                file_name=upload.name,
                content=upload.read(),
                now=timezone.now(),
            )
            return HttpResponseRedirect(reverse("desk:batch", args=[received.ref]))
        except Invalid as refusal:
            put_errors(form, refusal.fields, refusal.message)
    return TemplateResponse(
        request,
        "desk/collect.html",
        {"title": "数据归集", "form": described(form), "batches": list(batches_of(actor)[:LATEST])},
        status=422 if form.errors else 200,
    )


@require_safe
def batch(request: PortalRequest, ref: str) -> HttpResponse:
    """The report of a received file, row by row; errors first, by keyset on the line."""
    shown = access_batch(request.actor, ref)
    outcome = request.GET.get("outcome", "")
    if outcome and outcome not in CollectionRow.Outcome.values:
        raise BadRequest("outcome")
    after = request.GET.get("after", "0")
    if not (after.isascii() and after.isdigit() and len(after) < 9):
        raise BadRequest("after")
    rows = shown.rows.filter(region_id=shown.region_id, line__gt=int(after)).order_by("line")
    if outcome:
        rows = rows.filter(outcome=outcome)
    lines = list(rows[: LINES + 1])
    more, lines = len(lines) > LINES, lines[:LINES]
    return TemplateResponse(
        request,
        "desk/batch.html",
        {
            "title": shown.file_name,
            "batch": shown,
            "outcome": outcome,
            "outcomes": [(code, label, shown.counts.get(code, 0)) for code, label in CollectionRow.Outcome.choices],
            "lines": lines,
            "after": lines[-1].line if more else 0,
            "errors": shown.counts.get(CollectionRow.Outcome.ERROR, 0),
            "writes": shown.counts.get("new", 0) + shown.counts.get("changed", 0),
            "may_import": request.actor.has(Role.RECORDER) and shown.imported_at is None,
            "may_confirm": request.actor.has(Role.RECORDER),
        },
    )


@require_POST
def import_rows(request: PortalRequest, ref: str) -> HttpResponse:
    confirmed = {int(line) for line in request.POST.getlist("line") if line.isascii() and line.isdigit()}
    done = import_batch(request.actor, ref=ref, now=timezone.now(), confirmed_lines=confirmed)
    written = done.counts.get("new", 0) + done.counts.get("changed", 0)
    messages.success(request, f"已入库{written}条，正在向两个平台报送。")
    return HttpResponseRedirect(reverse("desk:batch", args=[ref]))


@require_safe
def batch_errors(request: PortalRequest, ref: str) -> HttpResponse:
    """The received file as XLSX with its problems marked in place, as of today's check."""
    shown = access_batch(request.actor, ref)
    with default_storage.open(shown.file_path) as file:
        content = file.read()
    report = check_file(
        content, shown.file_name, shown.category, timezone.localdate(), departments_by_code(request.actor)
    )
    marked = annotated_xlsx(report)
    if not marked:
        raise WrongMoment("该文件现在读不出来，请重新上传。")
    response = HttpResponse(marked, content_type=XLSX)
    stem = shown.file_name.rsplit(".", 1)[0]
    response["Content-Disposition"] = content_disposition_header(True, f"{stem}-问题标注.xlsx") or "attachment"
    return response
