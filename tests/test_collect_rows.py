"""Rows typed into the form or sent by a machine client: the same checks as a file, imported at once."""

import pytest

from cases.models import CollectionBatch, FailureRecord
from cases.services import collect
from creditrepair.tenancy.errors import Invalid, NotAllowed, NotFound
from examples.story import ORGANS
from sync.models import Delivery
from tests.world import FIRM_A, at

PENALTY = "administrative_penalty"


def a_row(**values):
    organ = ORGANS["wlj"]
    row = {
        "CF_XDR_MC": "永昌县祁连山食品有限公司", "CF_XDR_LB": "法人及非法人组织", "CF_XDR_SHXYM": FIRM_A,
        "CF_FRDB": "赵申", "CF_WSH": "永文旅罚〔2026〕901号", "CF_WFXW": "未按规定悬挂许可证", "CF_SY": "未悬挂许可证。",
        "CF_YJ": "《娱乐场所管理条例》有关规定", "CF_CFLB": "罚款", "CF_NR": "处罚款5000元。", "CF_NR_FK": "0.5",
        "CF_JDRQ": "2026-11-18", "CF_YXQ": "2099/12/31", "CF_GSJZQ": "2027-11-18", "CF_CFJG": organ.name,
        "CF_CFJGDM": organ.credit_code, "CF_SJLY": organ.name, "CF_SJLYDM": organ.credit_code,
    }  # fmt: skip
    return row | values


def send(world, *rows, who="he", way="form", **more):
    return collect.collect_rows(world.enter(world.actors[who]), category=PENALTY, rows=rows, way=way, now=at(), **more)


def test_a_typed_row_becomes_a_record_with_its_batch_and_reports_in_one_step(world):
    batch = send(world, a_row())
    record = FailureRecord.objects.get(batch=batch)
    assert (batch.way, batch.stage, batch.counts) == ("form", "imported", {"new": 1})
    assert (record.doc_no, record.amount_fen, record.late_by, record.stock) == (
        "永文旅罚〔2026〕901号",
        500000,
        0,
        False,
    )
    assert Delivery.objects.filter(record_key=record.record_key, kind="report").count() == 2


def test_the_same_rows_again_are_the_same_batch(world):
    first = send(world, a_row())
    assert send(world, a_row()).pk == first.pk
    assert FailureRecord.objects.count() == 1


def test_a_wrong_row_is_told_in_its_batch_and_the_others_are_imported(world):
    batch = send(world, a_row(), a_row(CF_WSH="永文旅罚〔2026〕902号", CF_JDRQ="2026-13-01", CF_SY=""), way="api")
    wrong = batch.rows.get(outcome="error")
    assert batch.counts == {"new": 1, "error": 1}
    assert (wrong.line, {p["field"] for p in wrong.problems}) == (2, {"CF_JDRQ", "CF_SY"})
    assert FailureRecord.objects.get().doc_no == "永文旅罚〔2026〕901号"


def test_a_row_that_was_wrong_for_an_unknown_office_is_checked_again(world):
    batch = send(world, a_row(CF_CFJGDM="11620321000000999X"))
    assert batch.counts == {"error": 1}
    assert send(world, a_row(CF_CFJGDM="11620321000000999X")).pk == batch.pk


def test_an_amount_in_doubt_waits_for_a_person_on_the_page(world):
    batch = send(world, a_row(CF_NR_FK="5000"))
    assert (batch.counts, FailureRecord.objects.count()) == ({"doubt": 1}, 0)
    done = collect.import_batch(world.enter(world.actors["he"]), ref=batch.ref, now=at(), confirmed_lines=[1])
    assert (done.counts, FailureRecord.objects.get().amount_fen) == ({"new": 1}, 5_000_000_000)


def test_old_data_is_kept_apart_and_late_data_are_counted(world):
    send(world, a_row(CF_JDRQ="2026-10-20"))
    send(world, a_row(CF_WSH="永文旅罚〔2026〕903号", CF_JDRQ="2026-10-20"), stock=True)
    late, stock = FailureRecord.objects.order_by("id")
    assert (late.stock, late.late_by > 0) == (False, True)
    assert (stock.stock, stock.late_by) == (True, None)
    assert CollectionBatch.objects.get(stock=False).tally["late"] == 1


def test_only_recorders_send_rows_and_not_too_many(world):
    with pytest.raises(NotAllowed):
        send(world, a_row(), who="qian")
    with pytest.raises(NotFound):
        collect.collect_rows(world.enter(world.actors["he"]), category="none", rows=[a_row()], way="form", now=at())
    with pytest.raises(Invalid):
        send(world)
    with pytest.raises(Invalid):
        send(world, *[a_row()] * 1001)
