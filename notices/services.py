"""Verbs of papers: request (numbered, in the deciding transaction), serve, verify. Rendering is in `notices.printing`."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone

from creditrepair import failpoint
from creditrepair.celery import app
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import NotFound, WrongMoment
from creditrepair.tenancy.models import Department, Region
from notices import kinds, qr
from notices.kinds.notice import template_for as notice_template
from notices.kinds.snapshot import as_snapshot
from notices.models import Notice, NumberCounter, PaperBatch
from notices.numbers import paper_number


@dataclass(frozen=True, slots=True)
class PaperRequest:
    """What a verb hands over: the kind, whose paper it is, and `fields` of the kind except number, code and host.

    The *_ref are public references, strings only: papers know nothing of cases.
    """

    kind: str
    department: Department
    subject_code: str
    fields: Mapping[str, Any]
    case_ref: str = ""
    record_ref: str = ""
    application_ref: str = ""


def canonical(snapshot: Mapping[str, Any]) -> bytes:
    return json.dumps(snapshot, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def prints_severity(paper: PaperRequest) -> bool:
    """Whether the wording that would govern this 告知书 names the class (Annex 2 of 2024 and that of a list do not)."""
    if paper.kind != "notice":
        return False
    return not notice_template(paper.fields["decided_on"], market=paper.fields["market"]).official


@transaction.atomic
def request(paper: PaperRequest, *, at: datetime, batch: PaperBatch | None = None) -> Notice:
    """Number a paper and keep its snapshot; the PDF is rendered after the commit.

    The counter row is locked until the caller's transaction ends: no gap, no reuse. Raises BadSnapshot (a caller's
    fault) before a number is taken for good.
    """
    kind, department = kinds.get(paper.kind), paper.department
    region = Region.objects.get(pk=department.region_id)
    issued_on = timezone.localdate(at)
    serial = _next_serial(department, paper.kind, issued_on.year)
    ident = qr.new_id()
    kid, key = next(iter(qr_keys(kind.purpose).items()))
    token = qr.sign(kind.purpose, ident, kid=kid, key=key)
    host = settings.PUBLIC_URL.split("://", 1)[1]
    fields = {
        **paper.fields,
        "region_name": region.name,
        "department_name": department.name,
        "number": paper_number(region.short_name, department.short_form, kind.word, issued_on.year, serial),
        "issued_on": issued_on,
        "verify_url": f"{settings.PUBLIC_URL}/{kind.purpose.value}/{token}",
        "host": host,
        "window": department.window or region.identity.get("window"),
        "address": department.address or region.identity.get("address"),
        "phone": department.phone or region.identity.get("phone"),
        "hours": region.identity.get("hours"),
    }
    fields["decision_sha256"] = hashlib.sha256(canonical(as_snapshot_of(fields))).hexdigest()
    typed = kind.read(as_snapshot_of(fields))
    kind.words(typed)  # what does not fit its kind is refused now, not by the renderer at night
    failpoint.reach("paper.after_number")
    return Notice.objects.create(
        region_id=department.region_id,
        kind=paper.kind,
        department=department,
        number=fields["number"],
        year=issued_on.year,
        serial=serial,
        case_ref=paper.case_ref,
        record_ref=paper.record_ref,
        application_ref=paper.application_ref,
        subject_code=paper.subject_code,
        snapshot=as_snapshot(typed),
        snapshot_sha256=fields["decision_sha256"],
        template=kind.template_for(typed).code,
        token_id=ident.hex(),
        issued_on=issued_on,
        requested_at=at,
        batch=batch,
    )


def qr_keys(purpose: qr.Purpose) -> dict[str, bytes]:
    """Keys of one purpose by key id, the signing one first: derived, so that a token of one never opens the other."""
    return {
        kid: hashlib.sha256(f"{purpose.value}|{secret}".encode()).digest() for kid, secret in settings.QR_KEYS.items()
    }


def as_snapshot_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Plain JSON values of loose fields: dates as ISO text."""
    plain: dict[str, Any] = json.loads(
        json.dumps(fields, ensure_ascii=False, default=lambda v: v.isoformat() if isinstance(v, date) else str(v))
    )
    return plain


def _next_serial(department: Department, kind: str, year: int) -> int:
    NumberCounter.objects.bulk_create(
        [NumberCounter(region_id=department.region_id, department=department, kind=kind, year=year)],
        ignore_conflicts=True,
    )
    counter = NumberCounter.objects.select_for_update().get(
        region_id=department.region_id, department=department, kind=kind, year=year
    )
    counter.last += 1
    counter.save(update_fields=["last"])
    return counter.last


def wake() -> None:
    """Tell the paper worker to look. Called on commit and robustly; the sweeper looks as well."""
    app.send_task("notices.tasks.render_waiting", queue="papers", retry=False)


def names_severity(notice: Notice) -> bool:
    """Whether this issued 告知书 printed a class and days that a new class makes wrong."""
    printed: dict[str, Any] = notice.snapshot
    return bool(printed.get("severity_text") or printed.get("earliest_on") or printed.get("ends_on"))


def notices_of(region: str, **refs: str) -> list[Notice]:
    """Papers by case_ref, record_ref or application_ref, oldest first."""
    return list(Notice.objects.filter(region_id=region, **refs).order_by("requested_at", "id"))


def access_token(purpose: qr.Purpose, token: str) -> Notice:
    """The paper behind a QR token. A wrong mac is refused before any query, with the same answer as an unknown id."""
    ident = qr.verify(token, purpose, keys=qr_keys(purpose))
    if ident is None:
        raise NotFound
    with connection.cursor() as cursor:
        cursor.execute("SELECT notice_region(%s)", [ident.hex()])
        row = cursor.fetchone()
    if row is None or row[0] is None:
        raise NotFound
    with region_context(row[0]):
        notice = Notice.objects.select_related("department").filter(region_id=row[0], token_id=ident.hex()).first()
    if notice is None:
        raise NotFound
    return notice


def pdf_of(notice: Notice) -> bytes:
    """The stored file. Raises WrongMoment while it is being made or when a person has to help."""
    if not notice.pdf_path:
        raise WrongMoment("文书生成中，完成后短信通知。", code="paper_not_ready")
    with default_storage.open(notice.pdf_path) as file:
        content: bytes = file.read()
    return content
