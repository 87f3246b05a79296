"""决定书压缩包: upload a ZIP of decision documents, and read what became of each file in it."""

from typing import Final

from django import forms
from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from cases.access_collection import access_bundle, visible_bundles
from cases.desk.doors import require
from cases.desk.forms import described, put_errors
from cases.services.bundle import ATTACHED, DONE, FATES, KEPT, REPLACED, receive_bundle
from creditrepair.tenancy.errors import Invalid
from creditrepair.tenancy.middleware import PortalRequest
from creditrepair.tenancy.models import Role

LATEST: Final = 20


class BundleForm(forms.Form):
    file = forms.FileField(
        label="压缩包（.zip）",
        help_text="不超过20MB、60个文件，解开后不超过200MB；文件名里写上决定书文号，例如 永文旅罚〔2026〕12号.pdf",
        widget=forms.ClearableFileInput(attrs={"accept": ".zip"}),
    )
    replace_existing = forms.BooleanField(
        label="替换已有的决定书", required=False, help_text="不勾选时，已有决定书的信息不改动"
    )


@require_http_methods(["GET", "HEAD", "POST"])
def bundles(request: PortalRequest) -> HttpResponse:
    """Take a ZIP; what keeps it out is said beside the field."""
    actor = request.actor
    require(actor, Role.RECORDER)
    form = BundleForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            if upload.size > settings.UPLOAD_MAX_BYTES:
                raise Invalid(fields={"file": "压缩包超过20MB，请分成几个压缩包上传。"})
            bundle = receive_bundle(
                actor,
                file_name=upload.name or "",
                content=upload.read(),
                replace_existing=form.cleaned_data["replace_existing"],
                now=timezone.now(),
            )
            return HttpResponseRedirect(reverse("desk:bundle", args=[bundle.ref]))
        except Invalid as refusal:
            put_errors(form, refusal.fields, refusal.message)
    context = {
        "title": "成批上传决定书",
        "form": described(form),
        "bundles": [
            (one, sum(row["fate"] in (ATTACHED, REPLACED) for row in one.results))
            for one in visible_bundles(actor)[:LATEST]
        ],
    }
    return TemplateResponse(request, "desk/bundles.html", context, status=422 if form.errors else 200)


@require_safe
def bundle(request: PortalRequest, ref: str) -> HttpResponse:
    """Each file with its fate, what needs a person first."""
    shown = access_bundle(request.actor, ref)
    rows = [
        (
            row,
            FATES.get(row["fate"], row["fate"]),
            "good" if row["fate"] in DONE else "warn" if row["fate"] == KEPT else "danger",
        )
        for row in shown.results
    ]
    context = {
        "title": shown.file_name,
        "bundle": shown,
        "rows": sorted(rows, key=lambda row: ("danger", "warn", "good").index(row[2])),
        "attached": sum(row["fate"] in (ATTACHED, REPLACED) for row in shown.results),
        "open": sum(tone != "good" for _, _, tone in rows),
    }
    return TemplateResponse(request, "desk/bundle.html", context)
