"""Step 1: the exchange files of all nine categories become records, and are reported to both platforms."""

from datetime import date

from django.utils import timezone

from cases.categories import rooms
from cases.models import CollectionBatch, CollectionRow, FailureRecord
from cases.services import collect
from creditrepair.tenancy.context import region_context
from examples.checks import fetch
from examples.generate import Example, examples
from examples.penalties import Fault
from examples.stage import REGION, A, B, Stage


def play(stage: Stage) -> None:
    stage.ledger.step(1, "归集：九类失信信息的交换文件变成记录，并上报两个平台")
    for example in examples(stage.today):
        batch = _received(stage, example)
        batch = stage.act(stage.actor("guiji"), collect.import_batch, ref=batch.ref, now=timezone.now())
        stage.ledger.say(f"{example.name}：{_counts(batch)}  {stage.url}/desk/collect/{batch.ref}/")
        _check_faults(stage, batch, example.faults)
        again = _received(stage, example)
        stage.ledger.check("同一文件再次上传，不产生任何变化", again.ref == batch.ref)
    with region_context(REGION):
        mine = FailureRecord.objects.filter(region_id=REGION)
        records, before = mine.count(), mine.filter(decided_on__lt=date(2026, 4, 1)).count()
        known = set(mine.values_list("category", flat=True).distinct())
    stage.ledger.check(f"入库{records}条，其中2026年4月1日前决定的{before}条", records >= 90 and before > 0)
    stage.ledger.check(f"附件1的{len(known)}类信息都有", known == {one.code for one in rooms()}, known)
    stage.ledger.wait("每条信息都已上报两个平台并经核验可见", lambda: stage.all_verified("report"), 180)
    for paper in (stage.story.a_culture, stage.story.wages):
        shown = stage.record(paper)
        for target in (A, B):
            url = f"{stage.platform(target)}/p/{shown.record_key}"
            status, page = fetch(url)
            stage.ledger.check(f"公示页可见：{url}", status == 200 and shown.doc_no in page, status)


def _received(stage: Stage, example: Example) -> CollectionBatch:
    return stage.act(
        stage.actor("guiji"), collect.receive_file, category=example.category, file_name=example.name,
        content=example.content, now=timezone.now(),
    )  # fmt: skip


def _counts(batch: CollectionBatch) -> str:
    words: dict[str, str] = {outcome.value: str(outcome.label) for outcome in CollectionRow.Outcome}
    return "，".join(f"{words.get(k, k)}{v}" for k, v in sorted(batch.counts.items()))


def _check_faults(stage: Stage, batch: CollectionBatch, faults: tuple[Fault, ...]) -> None:
    with region_context(REGION):
        rows = {row.line: row for row in CollectionRow.objects.filter(region_id=REGION, batch=batch)}
    missed = []
    for fault in faults:
        row = rows.get(fault.line)
        rules = {p["rule"] for p in row.problems} if row else set()
        repeated = row is not None and fault.rule == "duplicate_row" and row.outcome == "same"
        if fault.rule not in rules and not repeated:
            missed.append(f"第{fault.line}行{fault.rule}")
    stage.ledger.check(f"预设的{len(faults)}处问题逐行查出（行、字段、值、原因、办法）", faults and not missed, missed)
