"""Step 2: the penalty decision and the notice on credit repair are served together (两书同达)."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from cases.models import FailureRecord
from cases.services import notify, severity
from cases.uploads import store_upload
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context
from examples.checks import fetch
from examples.generate import decision_pdf
from examples.stage import PHONE, REGION, Stage
from notices.models import Notice, Service


def play(stage: Stage) -> None:
    stage.ledger.step(2, "告知：处罚决定书与信用修复告知书同时送达（两书同达）")
    for paper in stage.story.papers:
        if paper.category != "administrative_penalty":
            continue
        actor, record, now = stage.actor(f"{paper.organ.code}_gz"), stage.record(paper), timezone.now()
        stage.act(
            actor, severity.set_severity, ref=record.ref, severity="general",
            reason="一般程序、罚款数额一般，未造成严重后果", now=now,
        )  # fmt: skip
        stage.act(actor, _attach, record=record, content=decision_pdf(paper))
        notice = stage.act(actor, notify.issue_notice, ref=record.ref, now=timezone.now())
        again = stage.act(actor, notify.issue_notice, ref=record.ref, now=timezone.now())
        stage.ledger.check(f"一处罚一告知：{notice.number}（{notice.template}）", again.pk == notice.pk)
        stage.act(
            actor, notify.serve_both_papers, ref=record.ref, way="direct", served_on=stage.today,
            receiver=paper.firm.person, phone=PHONE, proof="送达回证（当事人签收）", now=timezone.now(),
        )  # fmt: skip
    stage.ledger.wait("告知书均已生成PDF", lambda: not stage.waiting_papers())
    with region_context(REGION):
        served = Service.objects.filter(region_id=REGION, both_papers=True, phone=PHONE).count()
        templates = set(Notice.objects.filter(region_id=REGION, record_ref__gt="").values_list("template", flat=True))
    stage.ledger.check(f"两书同达已登记{served}件，留有联系电话", served == 7, served)
    stage.ledger.check(f"按决定日期选用告知书文本：{'、'.join(sorted(templates))}", len(templates) >= 2, templates)
    sample = stage.notice_of(stage.record(stage.story.a_culture))
    status, _ = fetch(sample.snapshot["verify_url"])
    stage.ledger.check(f"告知书二维码打开本条信息：{sample.snapshot['verify_url']}", status == 200, status)


def _attach(actor: Actor, *, record: FailureRecord, content: bytes) -> None:
    upload = SimpleUploadedFile("处罚决定书.pdf", content, "application/pdf")
    file = store_upload(actor, REGION, upload, now=timezone.now())
    notify.attach_decision(actor, ref=record.ref, file=file, now=timezone.now())
