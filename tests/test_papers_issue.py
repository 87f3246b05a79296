"""Papers as verbs: numbered without gaps in the deciding transaction, rendered afterwards, verifiable by anybody."""

from datetime import date

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from cases.models import StoredFile
from cases.services import notify, severity
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid, NotAllowed, NotFound, WrongMoment
from notices import kinds, printing, qr
from notices.models import Notice, Service
from notices.services import access_token, notices_of
from tests.world import TODAY, YONGCHANG, at


def serve(world, record, **changes):
    values = {
        "way": "direct", "served_on": TODAY, "receiver": "赵申", "phone": "13800000000", "proof": "签收回执",
    } | changes  # fmt: skip
    return notify.serve_both_papers(world.enter(world.actors["he"]), ref=record.ref, now=at(), **values)


def a_file(world, record):
    with region_context(YONGCHANG):
        return StoredFile.objects.create(
            region_id=YONGCHANG, name="决定书.pdf", media_type="application/pdf", size=9, sha256="0" * 64, path="x",
            owner=world.people["he"], uploaded_at=at(),
        )  # fmt: skip


def test_one_notice_a_penalty_however_often_it_is_asked_for(world):
    record = world.a_record()
    he = world.enter(world.actors["he"])
    first = notify.issue_notice(he, ref=record.ref, now=at())
    assert notify.issue_notice(he, ref=record.ref, now=at()).pk == first.pk
    assert first.number == "永文旅信告〔2026〕1号"


def test_the_notice_of_another_unit_is_not_for_me_to_make(world):
    record = world.a_record(unit="scjgj")
    assert notify.issue_notice(world.enter(world.actors["zhang"]), ref=record.ref, now=at())
    with pytest.raises(NotFound):
        notify.issue_notice(world.enter(world.actors["he"]), ref=record.ref, now=at())
    with pytest.raises(NotAllowed):
        notify.issue_notice(world.enter(world.actors["wang"]), ref=record.ref, now=at())


def test_both_papers_are_served_together_or_not_at_all(world):
    record = world.a_record()
    he = world.enter(world.actors["he"])
    notify.issue_notice(he, ref=record.ref, now=at())
    with pytest.raises(Invalid, match="处罚决定书"):
        serve(world, record)
    notify.attach_decision(he, ref=record.ref, file=a_file(world, record), now=at())
    assert serve(world, record).both_papers
    with pytest.raises(WrongMoment, match="已登记"):
        serve(world, record)
    assert Service.objects.count() == 1


def test_numbers_have_no_gap_and_no_double(world):
    he = world.enter(world.actors["he"])
    made = [notify.issue_notice(he, ref=world.a_record().ref, now=at()).serial for _ in range(3)]
    assert made == [1, 2, 3]


def test_a_paper_is_rendered_after_the_decision_and_found_by_its_code(world):
    case = world.a_case("approved")
    with region_context(YONGCHANG):
        paper = notices_of(YONGCHANG, case_ref=case.ref)[-1]
        assert (paper.kind, paper.status) == ("approval", "requested")
    assert printing.render_waiting() == 2  # 受理 and 准予
    paper = Notice.objects.get(pk=paper.pk)
    assert paper.status == "issued"
    with default_storage.open(paper.pdf_path) as file:
        assert file.read(5) == b"%PDF-"
    token = paper.snapshot["verify_url"].rsplit("/", 1)[1]
    assert access_token(qr.Purpose.PAPER, token).pk == paper.pk
    with pytest.raises(NotFound):
        access_token(qr.Purpose.RECORD, token)
    with pytest.raises(NotFound):
        access_token(qr.Purpose.PAPER, token[:-4] + "AAAA")


def test_a_name_that_no_font_can_draw_stops_the_paper_and_says_which_character(world):
    record = world.a_record(subject_name="永昌县𠮷祥商贸有限公司")
    notify.issue_notice(world.enter(world.actors["he"]), ref=record.ref, now=at())
    assert printing.render_waiting() == 0
    notice = Notice.objects.get(record_ref=record.ref)
    assert notice.status == "failed"
    assert "𠮷" in notice.problem


def test_the_decision_prints_what_was_found_and_its_basis(world):
    case = world.a_case("approved", unit="wlj")
    with region_context(YONGCHANG):
        paper = notices_of(YONGCHANG, case_ref=case.ref)[-1]
    assert paper.snapshot["basis"].startswith("《信用修复管理办法》")
    assert "三个月" in paper.snapshot["findings"][0]["text"]
    assert paper.snapshot["effect"] == "终止公示"


def test_a_notice_that_must_name_the_class_waits_until_it_is_set(world):
    record = world.a_record(severity="unset")
    he = world.enter(world.actors["he"])
    with pytest.raises(Invalid, match="先认定失信程度"):
        notify.issue_notice(he, ref=record.ref, now=at())
    severity.set_severity(he, ref=record.ref, severity="general", reason="一般程序", now=at())
    assert notify.issue_notice(he, ref=record.ref, now=at()).snapshot["severity_text"] == "一般"


def test_a_new_class_puts_the_old_notice_out_of_force_and_asks_for_a_new_one(world):
    record = world.a_record()
    he = world.enter(world.actors["he"])
    old = notify.issue_notice(he, ref=record.ref, now=at())
    severity.set_severity(he, ref=record.ref, severity="general", reason="复核无变化", now=at())
    assert notify.notice_of(record).pk == old.pk
    severity.set_severity(he, ref=record.ref, severity="serious", reason="情节严重", now=at())
    assert notify.notice_of(record) is None
    new = notify.issue_notice(he, ref=record.ref, now=at())
    old.refresh_from_db()
    assert (old.status, new.serial, new.snapshot["severity_text"]) == ("superseded", old.serial + 1, "严重")


LISTED = {
    "category": "market_violation", "decided_on": None, "listed_on": date(2026, 5, 6), "severity": "unset",
}  # fmt: skip


def test_a_list_decision_has_its_own_notice_with_its_own_word_and_needs_no_class(world):
    record = world.a_record(unit="scjgj", **LISTED)
    zhang = world.enter(world.actors["zhang"])
    told = notify.issue_notice(zhang, ref=record.ref, now=at())
    assert (told.kind, told.number) == ("listing_notice", "永市监信列告〔2026〕1号")
    assert (told.snapshot["list_name"], told.snapshot["decision_title"]) == (
        "市场监督管理严重违法失信名单",
        "列入决定书",
    )
    assert told.snapshot["listing_basis"].startswith("《市场监督管理严重违法失信名单管理办法》")
    assert told.snapshot["flow"].startswith("<svg ")
    assert notify.issue_notice(zhang, ref=record.ref, now=at()).pk == told.pk == notify.notice_of(record).pk


def test_the_database_holds_one_valid_notice_a_record_over_both_kinds(world):
    record = world.a_record(unit="scjgj", **LISTED)
    told = notify.issue_notice(world.enter(world.actors["zhang"]), ref=record.ref, now=at())
    other = {"kind": "notice", "number": "永市监信告〔2026〕1号", "ref": "other", "token_id": "0" * 32}
    values = {
        field.attname: getattr(told, field.attname) for field in Notice._meta.concrete_fields if field.name != "id"
    }
    with region_context(YONGCHANG), pytest.raises(IntegrityError, match="one_notice_a_penalty"), transaction.atomic():
        Notice.objects.create(**values | other)
    assert Notice.objects.filter(record_ref=record.ref).count() == 1


def test_a_notice_says_that_an_abnormal_entry_may_be_lifted_once_it_is_cured(world):
    listed = LISTED | {"category": "abnormal_operation"}
    record = world.a_record(unit="scjgj", **listed)
    told = notify.issue_notice(world.enter(world.actors["zhang"]), ref=record.ref, now=at())
    assert (told.snapshot["earliest_on"], told.snapshot["once_corrected"]) == (None, True)
    assert kinds.get("listing_notice").compose(told.snapshot)[1]["earliest_on"] == "改正后即可申请"
