"""What the scene of the routes needs of the doors beside repair: all of firm A, at 市监局."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from cases.access_beside import files_of
from cases.models import FailureRecord, Objection, PenaltyWithdrawal, Restructuring, StoredFile
from cases.services.objection_answer import answer_objection
from creditrepair.tenancy.context import region_context
from tests import beside_world
from tests.beside_world import outside, ruling
from tests.uploads.samples import a_pdf
from tests.world import YONGCHANG, World

ANSWER = {"result": "rejected", "findings": "公示内容与决定书一致", "article": "《信用修复管理办法》", "measures": ""}
FILING = {
    "matter": "content", "request": "金额应为3000元", "text": "与决定书不一致", "agent_name": "赵申",
    "agent_phone": "13800000000", "form_token": "routes",
}  # fmt: skip


@dataclass(frozen=True)
class Beside:
    """One of each, waiting; `answered` with its printed paper is made by the caller's round of printing."""

    objection: Objection
    answered: Objection
    report: PenaltyWithdrawal
    track: Restructuring
    file: StoredFile
    record: FailureRecord  # published, nothing said about it yet


def make(world: World, records: list[FailureRecord], now: datetime) -> Beside:
    first, second, third, fourth, free = records
    scan = beside_world.a_scan(world, "zhao", now=now)
    objection = beside_world.an_objection(world, first, now=now, file_uuids=(scan,))
    answered = beside_world.an_objection(world, second, now=now)
    answer_objection(world.enter(world.actors["qian"]), ref=answered.ref, now=now, **ANSWER)
    today = timezone.localdate(now)
    report = beside_world.a_report(
        world, third, now=now, paper=outside(beside_world.a_scan(world, "zhao", now=now), decided_on=today)
    )
    court = ruling(beside_world.a_scan(world, "zhang", now=now), decided_on=today)
    track = beside_world.a_track(world, fourth, who="zhang", now=now, paper=court)
    with region_context(YONGCHANG):
        (file,) = files_of(objection)
    return Beside(objection, answered, report, track, file, free)


def scan() -> SimpleUploadedFile:
    return SimpleUploadedFile("文书.pdf", a_pdf(), content_type="application/pdf")


def paper_form(**more: Any) -> dict[str, Any]:
    day = f"{timezone.localdate():%Y-%m-%d}"
    return {"organ": "永昌县人民政府", "paper_no": "永政复决〔2026〕9号", "decided_on": day, "file": scan(), **more}
