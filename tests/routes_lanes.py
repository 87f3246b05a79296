"""What the scene of the routes needs of the platforms' pages: an exported message, and the proof of one."""

import hashlib

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from cases.services import handover
from creditrepair.tenancy.context import region_context
from sync.handover import Message, write
from sync.models import Delivery, DeliveryExport
from tests.uploads.samples import a_pdf
from tests.world import YONGCHANG, World

TARGET, NUMBER, EXPORT = "creditchina_jinchang", "RP-620321-1", "EXPORTOFTHESCENE"
BODY = b'{"message":{},"signature":{"alg":"Ed25519","kid":"x","value":"y"}}'


def make(world: World) -> None:
    """A message of 永昌县 that lies in a file, waiting for the platform's receipt."""
    now = timezone.now()
    with region_context(YONGCHANG):
        message = Message(NUMBER, "report", "k-route", "0" * 32, 1, now, BODY)
        export = DeliveryExport.objects.create(
            region_id=YONGCHANG, ref=EXPORT, target=TARGET, file_format="json", count=1, made_at=now,
            file_sha256=hashlib.sha256(write([message], "json")).hexdigest(), made_by=world.people["wang"],
        )  # fmt: skip
        Delivery.objects.create(
            region_id=YONGCHANG, target=TARGET, kind="report", key="k-route", message_no=NUMBER, record_key="0" * 32,
            thing_kind="record", thing="x", version=1, expect="published", body=BODY, state="sent", queued_at=now,
            due_at=now, export=export,
        )  # fmt: skip


def scan() -> SimpleUploadedFile:
    return SimpleUploadedFile("截图.pdf", a_pdf(), content_type="application/pdf")


def confirmed() -> None:
    with region_context(YONGCHANG):
        Delivery.objects.filter(message_no=NUMBER).update(state="acked")


def proven(world: World) -> None:
    confirmed()
    wang = world.enter(world.actors["wang"])
    handover.record_verification(wang, number=NUMBER, agrees=False, note="仍显示", proof=scan(), now=timezone.now())
