"""人工报送: where a platform has no interface an officer exports, carries over, enters the receipt and proves the result."""

import hashlib
from datetime import date, datetime
from typing import Final

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from cases import uploads
from cases.models import StoredFile
from cases.services.lane import require_exchange
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid, NotFound, WrongMoment
from sync import handover
from sync.claims import EXPORTED
from sync.models import Attempt, Delivery, DeliveryExport, RegionLane
from sync.tasks import tell_verified

S = Delivery.State
EXPORT_ROWS: Final = 5000
RECEIPT_LENGTH, NOTE_LENGTH = 60, 300


@transaction.atomic
def export_messages(actor: Actor, *, target: str, file_format: str, now: datetime) -> DeliveryExport:
    """Put all messages of a file lane that no file holds yet into one file; each is `sent` from now on.

    A message is exported once: the file can be made again (`export_file`), a second one with it cannot.
    Raises NotAllowed, NotFound (no file lane), Invalid (`file_format`), WrongMoment (nothing new to export).
    """
    require_exchange(actor)
    if not RegionLane.objects.filter(region_id=actor.region, target=target, mode=RegionLane.Mode.FILE).exists():
        raise NotFound
    if file_format not in handover.FORMATS:
        raise Invalid(fields={"file_format": "请选择文件格式。"})
    rows = list(
        Delivery.objects.select_for_update()
        .filter(region_id=actor.region, target=target, done_at__isnull=True, export__isnull=True)
        .exclude(state__in=[S.PARKED, S.DISAGREED, S.ACKED])
        .exclude(lease_until__gt=timezone.now())
        .order_by("id")[:EXPORT_ROWS]
    )
    if not rows:
        raise WrongMoment("没有新的报文可以导出；已导出的文件可在下方重新下载。", code="nothing_to_export")
    content = handover.write(_messages(rows, now), file_format)
    export = DeliveryExport.objects.create(
        region_id=actor.region,
        target=target,
        file_format=file_format,
        file_sha256=hashlib.sha256(content).hexdigest(),
        count=len(rows),
        made_by_id=actor.person_id,
        made_at=now,
    )
    Delivery.objects.filter(region_id=actor.region, pk__in=[row.pk for row in rows]).update(
        state=S.SENT, export=export, last_error=""
    )
    _attempted(rows, "file", EXPORTED, f"导出文件 {export.ref[:8]}", now)
    data = {"target": target, "count": len(rows), "format": file_format, "sha256": export.file_sha256}
    record_event(actor, "messages_exported", kind="export", thing=export.ref, at=now, data=data)
    return export


@transaction.atomic
def export_file(actor: Actor, *, ref: str, now: datetime) -> tuple[DeliveryExport, bytes]:
    """The file of an export, made again and equal to the first byte for byte; each handing out is an Event.

    Raises NotAllowed, NotFound, WrongMoment (its bytes are no longer the same: somebody changed what was signed).
    """
    require_exchange(actor)
    export = DeliveryExport.objects.filter(region_id=actor.region, ref=ref).first()
    if export is None:
        raise NotFound
    rows = list(Delivery.objects.filter(region_id=actor.region, export=export).order_by("id"))
    content = handover.write(_messages(rows, export.made_at), export.file_format)
    if hashlib.sha256(content).hexdigest() != export.file_sha256:
        raise WrongMoment("重新生成的文件与原文件不一致，已停止下载，请联系技术人员核查。", code="export_differs")
    record_event(actor, "export_handed_out", kind="export", thing=ref, at=now, data={"target": export.target})
    return export, content


@transaction.atomic
def record_receipt(actor: Actor, *, number: str, receipt: str, received_on: date | None, now: datetime) -> Delivery:
    """The platform has taken the message, says its receipt: `acked`, and waits for the proof of what it shows.

    Raises NotAllowed, NotFound, WrongMoment (not exported, or further already), Invalid (`receipt`, `received_on`).
    """
    row = _locked(actor, number)
    if row.export_id is None or row.state not in (S.SENT, S.UNKNOWN):
        raise WrongMoment("只有已导出、尚未登记回执的报文可以登记。", code="no_receipt_now")
    problems = {}
    receipt = " ".join(receipt.split())
    if not receipt or len(receipt) > RECEIPT_LENGTH:
        problems["receipt"] = f"请填写平台的受理编号或回执号，不超过{RECEIPT_LENGTH}字。"
    if received_on is None or not timezone.localdate(row.queued_at) <= received_on <= timezone.localdate(now):
        problems["received_on"] = "请填写平台接收日期，不早于报文生成日，不晚于今天。"
    if problems or received_on is None:
        raise Invalid(fields=problems)
    row.state, row.acked_at, row.officer_id = S.ACKED, now, actor.person_id
    row.officer_note = f"平台回执 {receipt}，{received_on:%Y-%m-%d} 接收"
    row.lease_until = row.lease_token = None  # a lane that asks just now loses the row: a person holds the receipt
    row.save(update_fields=["state", "acked_at", "officer", "officer_note", "lease_until", "lease_token"])
    _attempted([row], "file", "receipt", row.officer_note, now)
    data = {"target": row.target, "receipt": receipt, "received_on": received_on.isoformat()}
    record_event(actor, "receipt_recorded", kind="delivery", thing=number, at=now, data=data)
    return row


@transaction.atomic
def record_verification(
    actor: Actor, *, number: str, agrees: bool, note: str, proof: UploadedFile | None, now: datetime
) -> Delivery:
    """What an officer saw on the platform, with a screenshot: `verified` by the officer, or `disagreed`.

    Counts for 「已修复」 as a read-back does, and says so (`verified_how`). For messages that the platform confirmed.
    Raises NotAllowed, NotFound, WrongMoment (not confirmed, or done), Invalid (`proof` or its file, `note`).
    """
    row = _locked(actor, number)
    if row.kind == "sms" or row.done_at is not None or row.state not in (S.ACKED, S.DISAGREED):
        raise WrongMoment("只有对方已接收、尚未核验的报文可以登记核验结果。", code="no_proof_now")
    note = " ".join(note.split())
    if len(note) > NOTE_LENGTH or not (note or agrees):
        raise Invalid(fields={"note": f"请说明平台显示的内容，不超过{NOTE_LENGTH}字。"})
    if proof is None:
        raise Invalid(fields={"proof": "请上传平台页面的截图。"})
    stored = uploads.store_upload(actor, actor.region, proof, now=now, field="proof")
    row.state = S.VERIFIED if agrees else S.DISAGREED
    row.looked_at = now
    row.officer_id, row.officer_note = actor.person_id, note or row.officer_note
    row.proof_path, row.proof_sha256 = str(stored.uuid), stored.sha256
    row.last_error = "" if agrees else note
    if agrees:
        row.verified_at, row.verified_how, row.done_at = now, "officer", now
    row.lease_until = row.lease_token = None  # a lane that looks just now loses the row: a person has seen it
    row.save()
    _attempted([row], "look", "agrees" if agrees else "differs", f"人工核验 {note}".strip(), now)
    data = {"target": row.target, "agrees": agrees, "note": note, "proof_sha256": stored.sha256}
    record_event(actor, "delivery_verified", kind="delivery", thing=number, at=now, data=data)
    if agrees:
        transaction.on_commit(lambda: tell_verified(1), robust=True)
    return row


def proof_of(actor: Actor, number: str) -> StoredFile:
    """The screenshot of an officer's verification. Raises NotAllowed, NotFound."""
    require_exchange(actor)
    row = Delivery.objects.filter(region_id=actor.region, message_no=number).exclude(proof_path="").first()
    stored = StoredFile.objects.filter(region_id=actor.region, uuid=row.proof_path).first() if row else None
    if stored is None:
        raise NotFound
    return stored


def _locked(actor: Actor, number: str) -> Delivery:
    require_exchange(actor)
    row = Delivery.objects.select_for_update().filter(region_id=actor.region, message_no=number).first()
    if row is None:
        raise NotFound
    return row


def _messages(rows: list[Delivery], made_at: datetime) -> list[handover.Message]:
    """As they stood when the file was made: what was sent by interface before carries a warning, later sendings do not."""
    mine = Attempt.objects.filter(region_id__in={row.region_id for row in rows}, delivery__in=rows)
    sent = mine.filter(what="send", at__lt=made_at).exclude(outcome="later")
    tried = set(sent.values_list("delivery_id", flat=True))
    return [
        handover.Message(
            message_no=row.message_no,
            kind=row.kind,
            key=row.key,
            record_key=row.record_key,
            version=row.version,
            queued_at=row.queued_at,
            body=bytes(row.body),
            tried=row.pk in tried,
        )
        for row in rows
    ]


def _attempted(rows: list[Delivery], what: str, outcome: str, detail: str, now: datetime) -> None:
    Attempt.objects.bulk_create(
        Attempt(
            region_id=row.region_id,
            delivery=row,
            what=what,
            at=now,
            milliseconds=0,
            outcome=outcome,
            detail=detail[:500],
        )
        for row in rows
    )
