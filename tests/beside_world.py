"""The doors beside repair in the named world: filings, reports and rulings as the tests need them, by the real verbs."""

from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from cases.models import FailureRecord, Objection, PenaltyWithdrawal, Restructuring, StoredFile
from cases.services import objections, penalty_withdrawal, restructuring
from cases.services.beside import OutsidePaper
from cases.services.objections import ObjectionFiling
from cases.services.penalty_withdrawal import WithdrawalReport
from creditrepair.tenancy.context import region_context
from tests.uploads.samples import a_pdf
from tests.world import YONGCHANG, World, at

COURT = "金昌市中级人民法院"


def a_scan(world: World, who: str, name: str = "文书.pdf", now: datetime | None = None) -> str:
    """Reference of a file that this person has uploaded in 永昌县: stored as the upload stores it, without the child
    process that looks into it, so that no test here waits for one (tests/uploads has those)."""
    content, ident = a_pdf(), uuid4()
    path = default_storage.save(f"{YONGCHANG}/{ident}", ContentFile(content))
    with region_context(YONGCHANG):
        StoredFile.objects.create(
            region_id=YONGCHANG, uuid=ident, name=name, media_type="application/pdf", size=len(content), pages=1,
            sha256=sha256(content).hexdigest(), path=path, owner=world.people[who], uploaded_at=now or at(),
        )  # fmt: skip
    world.enter(world.actors[who])
    return str(ident)


def filing(record: FailureRecord, **changes: Any) -> ObjectionFiling:
    values: dict[str, Any] = {
        "form_token": f"objection-{record.ref}",
        "record_ref": record.ref,
        "matter": "content",
        "request": "处罚金额应为3000元",
        "text": "决定书载明罚款3000元，公示为5000元。",
        "agent_name": "赵申",
        "agent_phone": "13800000000",
    } | changes
    return ObjectionFiling(**values)


def an_objection(
    world: World, record: FailureRecord | None = None, *, who: str = "zhao", now: datetime | None = None, **changes: Any
) -> Objection:
    """An open objection of firm A to a record of 文旅局 (or the given one)."""
    record = record or world.a_record()
    actor = world.enter(world.actors[who])
    return objections.file_objection(actor, filing(record, **changes), now=now or at())


def outside(file_uuid: str, **changes: Any) -> OutsidePaper:
    values: dict[str, Any] = {
        "organ": "永昌县人民政府", "paper_no": "永政复决〔2026〕7号", "decided_on": date(2026, 11, 20),
        "file_uuid": file_uuid,
    } | changes  # fmt: skip
    return OutsidePaper(**values)


def a_report(
    world: World, record: FailureRecord | None = None, *, who: str = "zhao", now: datetime | None = None, **changes: Any
) -> PenaltyWithdrawal:
    """Firm A reports that reconsideration annulled a decision of 文旅局 (or the given one)."""
    record = record or world.a_record()
    values: dict[str, Any] = {
        "record_ref": record.ref, "kind": "annulled", "by": "review",
        "paper": changes.get("paper") or outside(a_scan(world, who, "复议决定书.pdf", now)),
        "agent_name": "赵申", "agent_phone": "13800000000",
    } | changes  # fmt: skip
    actor = world.enter(world.actors[who])
    return penalty_withdrawal.report_withdrawal(actor, WithdrawalReport(**values), now=now or at())


def ruling(file_uuid: str, **changes: Any) -> OutsidePaper:
    return outside(
        file_uuid,
        **{"organ": COURT, "paper_no": "（2026）甘03破1号", "decided_on": date(2026, 11, 18)} | changes,
    )


def a_track(
    world: World,
    record: FailureRecord | None = None,
    *,
    who: str = "he",
    paper: OutsidePaper | None = None,
    now: datetime | None = None,
) -> Restructuring:
    """A ruling on the plan of firm A, recorded at 文旅局."""
    record = record or world.a_record()
    given = paper or ruling(a_scan(world, who, "裁定书.pdf", now))
    actor = world.enter(world.actors[who])
    return restructuring.record_ruling(
        actor, record_ref=record.ref, plan="plan", paper=given, note="管理人提交", now=now or at()
    )
