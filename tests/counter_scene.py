"""A morning in the service hall for tests and pictures: numbers drawn and called, a filing in hand, advice, a receipt."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from cases.models import CounterDraft, FailureRecord, Subject
from cases.services import advice, ticket
from cases.services.counter_draft import Evidence, begin_filing, hand_in
from cases.services.filing import Authority, Filing, GivenMaterial, PaperForm
from cases.uploads import store_upload
from creditrepair.tenancy.actor import Actor
from tests.uploads.samples import a_pdf
from tests.world import YONGCHANG, World

WINDOW = "3号窗口"


@dataclass(frozen=True, slots=True)
class Morning:
    """Public references of what was built."""

    draft: str
    application: str
    number: str


def clerk(world: World, who: str = "li", window: str = WINDOW) -> Actor:
    """The clerk at a window, with the region of the transaction set."""
    return replace(world.enter(world.actors[who]), window=window)


def authority(now: datetime, **changes: object) -> Authority:
    values = {
        "basis": "授权委托书及经办人证件",
        "evidence": "授权委托书2026年11月20日出具",
        "valid_until": timezone.localdate(now) + timedelta(days=30),
        "phone_check": "已核实：10:20与负责人核实",
        "window": WINDOW,
        "scope": "办理信用修复全部事项",
    }
    return Authority(**values | changes)  # type: ignore[arg-type]


def begun(world: World, subject: str, *, now: datetime, paper: PaperForm | None = None, **more: str) -> CounterDraft:
    """A filing of `subject` begun at the window, with a picture of its authority."""
    li = clerk(world)
    scan = SimpleUploadedFile("授权委托书.pdf", a_pdf(), content_type="application/pdf")
    stored = store_upload(li, YONGCHANG, scan, now=now)
    return begin_filing(
        li,
        subject=Subject.objects.get(pk=subject),
        authority=authority(now),
        evidence=[Evidence(str(stored.uuid), stored.name)],
        content={"agent_name": ["吴申"], "agent_phone": ["13800000000"]},
        paper=paper,
        now=now,
        **more,
    )


def handed_in(world: World, draft: CounterDraft, *records: FailureRecord, now: datetime) -> str:
    """Hand the draft in for these records with a statement for the proof; returns the application's reference."""
    kept = draft.paper
    proof = GivenMaterial(
        "proof_of_duties", "履行证明", "D", "申请人声明", statement="申请由处罚单位核实缴款和履行情况。"
    )
    picture = GivenMaterial("authority", "授权依据材料", "B", "窗口核验原件", file_uuid=draft.evidence[0]["uuid"])
    by_hand = replace(picture, code="paper_form", title="纸质申请表")
    filing = Filing(
        form_token=draft.ref,
        subject_code=draft.subject_id,
        record_refs=tuple(record.ref for record in records),
        agent_name="吴申",
        agent_phone="13800000000",
        committed=True,
        materials=(picture, proof, by_hand) if kept else (picture, proof),
        authority=authority(now),
        paper=PaperForm(datetime.fromisoformat(kept["received_at"]), kept["reason"]) if kept else None,
    )
    return hand_in(clerk(world), ref=draft.ref, filing=filing, now=now).applications[0].ref


def a_morning(world: World, subject: str, filed: FailureRecord, now: datetime) -> Morning:
    """Six numbers, two of them served or missed, one at the window; one filing handed in, one in hand; two talks."""
    li = clerk(world)
    for minutes, purpose in enumerate(("repair", "advice", "repair", "correction", "repair", "objection")):
        ticket.issue_ticket(li, purpose=purpose, now=now - timedelta(minutes=50 - 6 * minutes))
    first = ticket.call_next(li, now=now - timedelta(minutes=40))
    assert first is not None
    ticket.move_ticket(li, ref=first.ref, act="start", now=now - timedelta(minutes=39))
    application = handed_in(world, begun(world, subject, now=now, ticket_ref=first.ref), filed, now=now)
    ticket.call_next(clerk(world), now=now - timedelta(minutes=12))
    third = ticket.call_next(clerk(world), now=now - timedelta(minutes=4))
    assert third is not None
    draft = begun(world, subject, now=now)
    li = clerk(world)
    advice.give_advice(
        li, asked="罚款缴清了，为什么还在公示？", answered="缴清罚款不等于修复，修复需要申请或期满自动停止公示。已讲明条件和材料。",
        subject_code=subject, now=now,
    )  # fmt: skip
    advice.give_advice(
        li, asked="第三方网站还显示处罚怎么办？", answered="修复后可下载更正函，交第三方网站更新。", now=now
    )
    return Morning(draft.ref, application, third.ref)
