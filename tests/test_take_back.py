"""撤回批次: new records go, changed ones return to their former words, cases stand against it; platforms are told."""

import json

import pytest
from django.utils import timezone

from cases.models import CollectionBatch, FailureRecord, RecordVersion
from cases.services import batch_work, collect, portions, register
from cases.services.take_back import take_back
from creditrepair.audit.models import Event
from creditrepair.tenancy.errors import Invalid, NotAllowed, WrongMoment
from sync.models import Delivery
from tests.test_collect_rows import PENALTY, a_row, send
from tests.world import FIRM_A, at

REASON = "文件上传有误，数据不是本单位的"


def csv_of(*rows):
    codes = list(rows[0])
    lines = [codes, *[[row[code] for code in codes] for row in rows]]
    return "\n".join(",".join(line) for line in lines).encode()


def bring(world, *rows, stock=False):
    actor = world.enter(world.actors["he"])
    batch = collect.receive_file(
        actor, category=PENALTY, file_name="处罚.csv", content=csv_of(*rows), now=at(), stock=stock
    )
    return collect.import_batch(actor, ref=batch.ref, now=at())


def undo(world, batch, who="he", reason=REASON):
    return take_back(world.enter(world.actors[who]), ref=batch.ref, reason=reason, now=at(hour=11))


def test_new_records_are_no_longer_shown_and_both_platforms_are_told(world, visitor):
    batch = bring(world, a_row(), a_row(CF_WSH="永文旅罚〔2026〕902号"))
    shown = visitor.get("/search", {"q": FIRM_A}).content.decode()
    assert "永文旅罚〔2026〕902号" in shown
    world.enter(world.actors["he"])
    done = undo(world, batch)
    assert (done.stage, done.taken_back_reason, done.taken_back_by_id) == ("taken_back", REASON, batch.received_by_id)
    assert set(FailureRecord.objects.values_list("status", "version")) == {("taken_back", 2)}
    told = Delivery.objects.filter(kind="repair", version=2)
    assert {(one.target, one.thing_kind, one.expect) for one in told} == {
        ("creditchina_jinchang", "record", "absent"), ("gsxt_gansu", "record", "absent"),
    }  # fmt: skip
    message = json.loads(bytes(told[0].body))["message"]
    assert (message["outcome"], message["effect"], message["reason_text"]) == (
        "withdrawn_by_authority", "end_publication", REASON,
    )  # fmt: skip
    assert Event.objects.filter(verb="record_taken_back").count() == 2
    assert "永文旅罚〔2026〕902号" not in visitor.get("/search", {"q": FIRM_A}).content.decode()


def test_a_changed_record_gets_its_former_words_as_a_new_version(world):
    bring(world, a_row())
    second = bring(world, a_row(CF_SY="另一种说法。", CF_NR="处罚款6000元。", CF_NR_FK="0.6"))
    assert second.counts == {"changed": 1}
    undo(world, second)
    record = FailureRecord.objects.get()
    assert (record.status, record.version, record.amount_fen, record.facts_text) == (
        "published", 3, 500000, "未悬挂许可证。",
    )  # fmt: skip
    first, changed, restored = RecordVersion.objects.order_by("number")
    assert restored.content == first.content != changed.content
    assert Delivery.objects.filter(kind="report", version=3).count() == 2


def test_the_same_file_may_be_brought_again_and_publishes_the_records_again(world):
    rows = a_row(), a_row(CF_WSH="永文旅罚〔2026〕902号")
    first = bring(world, *rows)
    undo(world, first)
    again = bring(world, *rows)
    assert (again.pk != first.pk, again.counts, again.stage) == (True, {"new": 2}, "imported")
    assert set(FailureRecord.objects.values_list("status", "version", "batch_id")) == {("published", 3, again.pk)}
    undo(world, again)
    assert set(FailureRecord.objects.values_list("status", "version")) == {("taken_back", 4)}


def test_a_case_on_one_record_keeps_the_whole_batch_and_is_named(world):
    batch = bring(world, a_row(), a_row(CF_WSH="永文旅罚〔2026〕902号"))
    case = world.a_case()
    world.enter(world.actors["he"])
    FailureRecord.objects.filter(pk=case.record_id).update(batch_id=batch.pk)
    with pytest.raises(WrongMoment) as refused:
        undo(world, batch)
    assert case.record.doc_no in refused.value.message
    assert not FailureRecord.objects.filter(status="taken_back").exists()
    assert CollectionBatch.objects.get(pk=batch.pk).taken_back_at is None


def test_what_another_batch_says_since_stays(world):
    first = bring(world, a_row(), a_row(CF_WSH="永文旅罚〔2026〕902号"))
    bring(world, a_row(CF_SY="另一种说法。"))
    undo(world, first)
    kept = FailureRecord.objects.get(doc_no="永文旅罚〔2026〕901号")
    assert (kept.status, kept.facts_text) == ("published", "另一种说法。")
    assert FailureRecord.objects.get(doc_no="永文旅罚〔2026〕902号").status == "taken_back"


def test_a_large_batch_is_taken_back_in_portions(world, monkeypatch):
    batch = bring(world, *[a_row(CF_WSH=f"永文旅罚〔2026〕{n}号") for n in range(901, 913)])
    monkeypatch.setattr(portions, "LIGHT_ROWS", 5)
    monkeypatch.setattr(portions, "PORTION", 5)
    assert undo(world, batch).stage == "imported"
    with pytest.raises(Invalid):
        bring(world, *[a_row(CF_WSH=f"永文旅罚〔2026〕{n}号") for n in range(901, 913)])
    assert batch_work.collect_waiting(seconds=10, now=timezone.now())
    world.enter(world.actors["he"])
    assert CollectionBatch.objects.get(pk=batch.pk).stage == "taken_back"
    assert FailureRecord.objects.filter(status="taken_back").count() == 12
    assert Delivery.objects.filter(kind="repair").count() == 24


def test_only_the_recorder_with_a_reason_and_only_once(world):
    batch = bring(world, a_row())
    with pytest.raises(NotAllowed):
        undo(world, batch, who="qian")
    with pytest.raises(Invalid):
        undo(world, batch, reason="  ")
    undo(world, batch)
    with pytest.raises(WrongMoment):
        undo(world, batch)


def test_the_page_takes_back_with_a_reason(world, sign_in):
    batch = send(world, a_row())
    client, url = sign_in("he"), f"/desk/collect/{batch.ref}/"
    assert "撤回本批次" in client.get(url).content.decode()
    assert client.post(f"{url}take-back", {"reason": REASON}).status_code == 302
    page = client.get(url).content.decode()
    assert f"已撤回：{REASON}" in page and "确认撤回" not in page
    world.enter(world.actors["he"])
    assert FailureRecord.objects.get().status == "taken_back"
    assert register.CHUNK >= portions.PORTION
