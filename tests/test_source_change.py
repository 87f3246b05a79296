"""源信息已变更: a record changed while its case is open is compared by a person before anybody decides."""

import uuid
from datetime import date
from typing import Any

import pytest

from cases.models import FailureRecord, RecordVersion
from cases.services import review, settle
from cases.services.source_change import SourceChanged, compare_source, source_change_of
from creditrepair.tenancy.errors import Invalid, NotAllowed, NotFound, WrongMoment
from tests.world import YONGCHANG, at, history


def said(record: FailureRecord, number: int, **values: Any) -> None:
    """The source says this of the record: a version of it, and the columns as the import would leave them."""
    content = {"doc_no": record.doc_no, "content": record.content, "amount_fen": 500000, "extra": {}}
    content |= {name: f"{value}" if isinstance(value, date) else value for name, value in values.items()}
    RecordVersion.objects.create(
        region_id=record.region_id,
        record=record,
        number=number,
        content=content,
        content_hash=uuid.uuid5(uuid.NAMESPACE_OID, str(content)).hex,
        at=at(hour=8 + number),
    )
    columns = {name: value for name, value in values.items() if name != "extra"}
    FailureRecord.objects.filter(pk=record.pk).update(version=number, **columns)


@pytest.fixture
def case(world):
    """In review at 经办, its source changed since: another sum and another text."""
    case = world.a_case("in_review")
    world.enter(world.actors["qian"])
    said(case.record, 1)
    said(case.record, 2, amount_fen=800000, content="罚款8000元", extra={"licence_note": "食品经营许可证"})
    return world.fresh(case)


def approve(world, case, who="qian"):
    actor = world.enter(world.actors[who])
    return review.approve_step(actor, ref=case.ref, step=world.step(case), comment="材料齐全", now=at())


def test_the_differences_stand_in_words_by_the_order_of_the_template(world, case):
    change = source_change_of(case)
    assert change.number == 2
    assert [(one.label, one.before, one.after) for one in change.fields] == [
        ("处罚内容", "罚款5000元", "罚款8000元"),
        ("罚款金额", "5000.00元", "8000.00元"),
        ("暂扣或吊销证照名称及编号", "—", "食品经营许可证"),
    ]


@pytest.mark.fault("F40")
def test_nobody_decides_before_the_change_is_compared(world, case):
    before = history(case)
    with pytest.raises(SourceChanged) as refused:
        approve(world, case)
    assert "处罚内容、罚款金额" in refused.value.message
    reason = settle.Reason("duties_open", "罚款尚未缴清", "")
    with pytest.raises(SourceChanged):
        review.refuse_step(
            world.actors["qian"], ref=case.ref, step=world.step(case), reasons=[reason], comment="", now=at()
        )
    assert history(case) == before
    compare_source(world.actors["qian"], ref=case.ref, number=2, now=at())
    approve(world, case)
    assert history(case)[-2:] == ["source_compared", "step_approved"]
    approve(world, case, "sun")  # one person of the case has looked; the next tier sees that it was
    assert world.fresh(case).source_seen == 2


def test_a_later_change_has_to_be_compared_again(world, case):
    compare_source(world.actors["qian"], ref=case.ref, number=2, now=at())
    said(case.record, 3, amount_fen=900000)
    change = source_change_of(world.fresh(case))
    assert ("罚款金额", "8000.00元", "9000.00元") in [(f.label, f.before, f.after) for f in change.fields]
    with pytest.raises(WrongMoment):
        compare_source(world.actors["qian"], ref=case.ref, number=2, now=at())


def test_the_same_words_again_are_no_change(world, case):
    said(case.record, 3, content="罚款5000元")
    assert source_change_of(world.fresh(case)) is None
    approve(world, case)


def test_only_who_holds_the_step_compares(world, case):
    for who, refusal in (("sun", NotAllowed), ("wang", NotAllowed), ("zheng", NotFound), ("wu", NotFound)):
        with pytest.raises(refusal):
            compare_source(world.enter(world.actors[who]), ref=case.ref, number=2, now=at())
    assert world.fresh(case).source_seen == 0


def test_the_verified_facts_of_the_new_version_count_in_the_verdict(world, case):
    said(case.record, 3, decided_on=date(2026, 11, 2), published_on=date(2026, 11, 3))
    compare_source(world.enter(world.actors["qian"]), ref=case.ref, number=3, now=at())
    with pytest.raises(Invalid, match="现在不能准予修复"):
        approve(world, case)


def test_the_decision_page_answers_409_with_the_differences_and_what_was_typed(world, case, sign_in):
    qian = sign_in("qian")
    form = {"act": "agree", "step": world.step(case), "version": case.version, "comment": "缴款凭证与票据一致"}
    told = qian.post(f"/desk/case/{case.ref}/decide", form)
    page = told.content.decode()
    assert told.status_code == 409
    assert "罚款8000元" in page
    assert page.count("缴款凭证与票据一致") == 2  # in the list of what was typed, and still in its field
    kept = qian.post(f"/desk/case/{case.ref}/source", form | {"source": "2"})
    assert kept.status_code == 200
    assert "缴款凭证与票据一致" in kept.content.decode()
    assert "◆ 源信息已变更" not in kept.content.decode()
    again = form | {"version": world.fresh(case).version}
    assert qian.post(f"/desk/case/{case.ref}/decide", again).status_code == 302


def test_the_applicant_reads_a_plain_sentence_and_the_two_columns(world, case, sign_in):
    page = sign_in("zhao").get(f"/my/{case.application.ref}").content.decode()
    assert "您提交申请后，数据来源单位于" in page
    assert "您无需重新申请" in page
    assert "罚款8000元" in page
    assert sign_in("wu").get(f"/my/{case.application.ref}").status_code == 404


def test_a_closed_case_shows_no_change(world):
    case = world.a_case("refused", unit="wlj")
    world.enter(world.actors["lv"])
    said(case.record, 2, amount_fen=1)
    assert source_change_of(world.fresh(case)) is None
    assert case.region_id == YONGCHANG
