"""归集: upload, dry-run report by row, import, and the same file back with its problems marked."""

from typing import Any

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

from cases.access_collection import access_batch
from cases.collection.checks import annotated_xlsx, check_file, problems_xlsx
from cases.collection.templates import templates_for
from cases.desk.doors import require
from cases.desk.forms import CollectForm, described, put_errors
from cases.desk.record_lists import batches_of, records_by_key
from cases.models import CollectionBatch, CollectionRow
from cases.services import portions
from cases.services.collect import confirm_mapping, departments_by_code, import_batch, receive_file
from cases.services.take_back import take_back
from creditrepair.tenancy.errors import Invalid, WrongMoment
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Role

Stage = CollectionBatch.Stage
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
                stock=bool(form.cleaned_data["stock"]),
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
    """The report of what came, row by row, by keyset on the line; while it is worked on, how far that is."""
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
    recorder, working = request.actor.has(Role.RECORDER), portions.is_at_work(shown)
    checked = shown.stage == Stage.CHECKED
    return TemplateResponse(
        request,
        "desk/batch.html",
        {
            "title": shown.file_name,
            "batch": shown,
            "working": working,
            "doing": _doing(shown),
            "stalled": portions.is_stalled(shown, timezone.now()),
            "outcome": outcome,
            "outcomes": [(code, label, shown.counts.get(code, 0)) for code, label in CollectionRow.Outcome.choices],
            "lines": lines,
            "records": records_by_key(request.actor, [line.record_key for line in lines]),
            "after": lines[-1].line if more else 0,
            "errors": shown.counts.get(CollectionRow.Outcome.ERROR, 0),
            "writes": shown.counts.get("new", 0) + shown.counts.get("changed", 0),
            "may_import": recorder and checked and shown.imported_at is None,
            "may_confirm": recorder and not working and shown.taken_back_at is None,
            "mapping": _mapping(shown) if recorder and not working else [],
            "may_take_back": recorder and shown.imported_at is not None and shown.taken_back_at is None and not working,
        },
    )


def _doing(shown: CollectionBatch) -> str:
    if shown.taken_back_at is not None:
        return "正在撤回"
    if shown.stage == Stage.ASKED:
        return "正在入库"
    return "正在与已有信息比对" if "staged" in shown.about else "正在读取和核对文件"


def _mapping(shown: CollectionBatch) -> list[dict[str, Any]]:
    """Each column of the file with the fields it could mean, as long as nothing of the file has been imported."""
    headers = shown.about.get("headers")
    if not headers or shown.imported_at is not None or shown.taken_back_at is not None:
        return []
    templates = templates_for(shown.category)
    template = next((one for one in templates if one.code == shown.about.get("template")), templates[0])
    fields = [(field.code, field.name) for field in template.fields]
    return [{**column, "choices": fields} for column in headers["columns"]]


@require_POST
def import_rows(request: PortalRequest, ref: str) -> HttpResponse:
    confirmed = {int(line) for line in request.POST.getlist("line") if line.isascii() and line.isdigit()}
    done = import_batch(request.actor, ref=ref, now=timezone.now(), confirmed_lines=confirmed)
    if done.stage == Stage.ASKED:
        messages.success(request, f"已开始入库，共{done.total}行。可以离开本页，稍后再来查看。")
    else:
        written = done.counts.get("new", 0) + done.counts.get("changed", 0)
        messages.success(request, f"已入库{written}条，正在向两个平台报送。")
    return HttpResponseRedirect(reverse("desk:batch", args=[ref]))


@require_POST
def map_columns(request: PortalRequest, ref: str) -> HttpResponse:
    """Which field each column means, as a person says; kept for the department's next files with these headers."""
    fields = {name.removeprefix("col-"): code for name, code in request.POST.items() if name.startswith("col-")}
    try:
        confirm_mapping(request.actor, ref=ref, fields={k: str(v) for k, v in fields.items()}, now=timezone.now())
        messages.success(request, "列对应已保存，文件已重新核对；以后相同表头的文件沿用。")
    except Invalid as refusal:
        messages.error(request, refusal.message)
    return HttpResponseRedirect(reverse("desk:batch", args=[ref]))


@require_POST
def take_back_batch(request: PortalRequest, ref: str) -> HttpResponse:
    """Take back what the batch brought, with a reason; a page of its own names the records that stand against it."""
    try:
        done = take_back(request.actor, ref=ref, reason=request.POST.get("reason", ""), now=timezone.now())
        ended = done.stage == Stage.TAKEN_BACK
        messages.success(
            request, "批次已撤回，正在告知两个平台。" if ended else "已开始撤回，可以离开本页，稍后再来查看。"
        )
    except Invalid as refusal:
        messages.error(request, refusal.message)
    return HttpResponseRedirect(reverse("desk:batch", args=[ref]))


@require_safe
def batch_errors(request: PortalRequest, ref: str) -> HttpResponse:
    """The problems as XLSX: marked in place in a light file, as a list for a large one and for rows without a file."""
    shown = access_batch(request.actor, ref)
    if shown.total > portions.LIGHT_ROWS or not shown.file_path:
        rows = shown.rows.filter(region_id=shown.region_id).exclude(problems=[]).order_by("line")
        labels = dict(CollectionRow.Outcome.choices)
        told = rows.values_list("line", "outcome", "label", "problems").iterator(chunk_size=2000)
        marked = problems_xlsx((line, str(labels[outcome]), label, problems) for line, outcome, label, problems in told)
    else:
        with default_storage.open(shown.file_path) as file:
            content = file.read()
        report = check_file(
            content,
            shown.file_name,
            shown.category,
            timezone.localdate(),
            departments_by_code(request.actor),
            header_map=shown.mapping or None,
        )
        marked = annotated_xlsx(report)
    if not marked:
        raise WrongMoment("该文件现在读不出来，请重新上传。")
    response = HttpResponse(marked, content_type=XLSX)
    stem = shown.file_name.rsplit(".", 1)[0]
    response["Content-Disposition"] = content_disposition_header(True, f"{stem}-问题标注.xlsx") or "attachment"
    return response
