"""Step 9: every case with its state, pushes, papers and time; the chain of events checked."""

from django.utils import timezone

from cases.deadlines import clock_of
from cases.services.upward import UPWARD
from creditrepair.audit.chain import verify
from creditrepair.audit.checkpoints import last_sealed, seal_head
from creditrepair.tenancy.context import region_context
from examples.stage import REGION, A, B, Stage
from notices.models import Notice
from notices.services import notices_of
from sync.models import Delivery


def play(stage: Stage) -> None:
    stage.ledger.step(9, "收尾：每件案件的状态、两条推送、文书、用时；事件链核验")
    for name, case in stage.cases.items():
        fresh = stage.fresh(name)
        with region_context(REGION):
            pushed = Delivery.objects.filter(region_id=REGION, kind="repair", thing=case.ref)
            legs = {d.target: d.get_state_display() for d in pushed}
            papers = [n.number for n in notices_of(REGION, case_ref=case.ref)]
            clock = clock_of(fresh, stage.today)
        stage.ledger.say(
            f"{case.record.doc_no:<18} {fresh.get_state_display():<8} 信用中国 {legs.get(A, '—')}  "
            f"公示系统 {legs.get(B, '—')}  用时{clock.used_working_days}个工作日  文书 {'、'.join(papers)}"
        )
    with region_context(REGION):
        seal_head(REGION, now=timezone.now())
        chain = verify(REGION, sealed=last_sealed(REGION))
        waiting = Delivery.objects.filter(region_id=REGION, done_at__isnull=True)
        stuck = waiting.exclude(target__in=UPWARD).count()
        upward = waiting.filter(target__in=UPWARD).count()  # no interface: they wait for the export as a file
        failed = Notice.objects.filter(region_id=REGION).exclude(status="issued").count()
    stage.ledger.check(f"事件链完整：{chain.rows}条，链头{chain.head[:16]}", chain.ok, chain.fault)
    stage.ledger.say(f"向上级和省平台报告移出：{upward}条等待导出文件，不影响修复")
    stage.ledger.check("没有滞留的推送，没有未生成的文书", not stuck and not failed, (stuck, failed))
