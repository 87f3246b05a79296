"""Many papers: batches of 告知书 in portions, the presses that print them, and what becomes of a paper that fails."""

import io
import zipfile
from datetime import timedelta

import pikepdf
import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from cases.access_papers import access_paper_batch
from cases.services import notify, notify_many
from creditrepair.audit.models import Event
from creditrepair.tenancy.errors import Invalid, NotAllowed, NotFound, WrongMoment
from notices import batches, force, glyphs, press, printing, seals
from notices.models import Notice, NumberCounter
from notices.press import Reply
from notices.render import embedded_fonts
from tests.papers.conftest import running_text
from tests.papers.test_press import FAULTY
from tests.world import FIRM_B, YONGCHANG, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def he(world):
    return world.enter(world.actors["he"])


@pytest.fixture
def unpressed(settings):
    """Papers are made in this process only."""
    settings.PAPER_PRESSES = 0


def test_a_batch_numbers_in_portions_without_gaps_and_says_what_it_left_out(world, he, monkeypatch):
    monkeypatch.setattr(notify_many, "PORTION", 2)
    records = [world.a_record() for _ in range(3)]
    unset, told = world.a_record(severity="unset"), world.a_record()
    foreign = world.a_record(unit="scjgj")
    notify.issue_notice(he, ref=told.ref, now=at())
    refs = [*(r.ref for r in records), unset.ref, told.ref, foreign.ref, records[0].ref]
    batch = notify_many.ask_for_notices(he, refs=refs, now=at())
    assert (batch.total, batch.finished_at) == (6, None)
    notify_many._portion(YONGCHANG, batch.ref)
    batch.refresh_from_db()
    assert (len(batch.waiting), batches.progress(batch).numbered) == (4, 2)
    assert notify_many.number_waiting(seconds=5)
    assert notify_many.number_waiting(seconds=5)  # a second worker finds nothing to do
    batch.refresh_from_db()
    made = Notice.objects.filter(batch=batch).order_by("serial")
    assert [notice.serial for notice in made] == [2, 3, 4]
    assert {notice.record_ref for notice in made} == {r.ref for r in records}
    why = {one["ref"]: one["why"] for one in batch.refused}
    assert "失信程度" in why[unset.ref]
    assert why[told.ref] == "已有有效的告知书。"
    assert set(why) == {unset.ref, told.ref, foreign.ref}
    assert NumberCounter.objects.get(kind="notice", department=batch.department).last == 4


def test_a_batch_has_a_limit_and_an_owner(world, he):
    with pytest.raises(Invalid, match="没有需要"):
        notify_many.ask_for_notices(he, refs=[], now=at())
    with pytest.raises(Invalid, match="最多1000份"):
        notify_many.ask_for_notices(he, refs=[str(n) for n in range(1001)], now=at())
    batch = notify_many.ask_for_notices(he, refs=[world.a_record().ref], now=at())
    assert access_paper_batch(world.enter(world.actors["wang"]), batch.ref).pk == batch.pk
    with pytest.raises(NotFound):
        access_paper_batch(world.enter(world.actors["zhang"]), batch.ref)
    with pytest.raises(NotAllowed):
        notify_many.ask_for_notices(world.enter(world.actors["wang"]), refs=["x"], now=at())


@pytest.mark.fault("T37", "F48")
def test_a_batch_is_printed_by_presses_and_one_bad_paper_stops_only_itself(world, he, settings, monkeypatch):
    settings.PAPER_PRESSES = 2
    monkeypatch.setattr(press, "PROGRAM", FAULTY)
    monkeypatch.setattr(printing, "MANY", 4)
    monkeypatch.setattr(printing, "BACK_OFF_SECONDS", 0)
    names = ["永昌县堃喆昇垚镕祎翀赟商贸有限公司", "永昌县" + "祁连山" * 20 + "食品有限公司", "永昌县崩溃商贸有限公司"]
    names += [f"永昌县第{n}商贸有限公司" for n in range(4)]
    batch = notify_many.ask_for_notices(he, refs=[world.a_record(subject_name=name).ref for name in names], now=at())
    assert notify_many.number_waiting(seconds=5)
    assert printing.render_waiting() == 6
    bad = Notice.objects.get(batch=batch, snapshot__subject_name=names[2])
    assert (bad.status, bad.tries) == ("failed", printing.TRIES)
    assert "SIGSEGV" in bad.problem
    batch.refresh_from_db()
    told = batches.progress(batch)
    assert (told.printed, told.stopped, told.finished) == (6, 1, True)
    papers = batches.printed(batch)
    for paper in papers:
        with default_storage.open(paper.pdf_path) as file:
            text = running_text(file.read())
        assert paper.snapshot["subject_name"] in text
        assert paper.number in text
    with zipfile.ZipFile(io.BytesIO(b"".join(batches.zipped(papers)))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [f"{paper.number}.pdf" for paper in papers]
    whole = batches.merged(papers)
    with pikepdf.open(io.BytesIO(whole)) as document:
        assert len(document.pages) == sum(paper.pages or 0 for paper in papers)
    assert len(whole) < sum(default_storage.size(paper.pdf_path) for paper in papers) * 0.75
    assert papers[0].number in running_text(whole)


@pytest.mark.fault("F48")
def test_a_paper_whose_printer_always_dies_is_parked_with_its_number(world, he, unpressed):
    notice = notify.issue_notice(he, ref=world.a_record().ref, now=at())
    Notice.objects.filter(pk=notice.pk).update(tries=printing.TRIES, held_until=timezone.now() - timedelta(seconds=1))
    assert printing.render_waiting() == 0
    notice.refresh_from_db()
    assert (notice.status, notice.number) == ("failed", notice.number)
    assert "异常中断" in notice.problem
    assert [stuck.pk for stuck in force.needing_a_person(YONGCHANG, now=timezone.now())] == [notice.pk]


def test_a_paper_in_another_hand_is_left_alone(world, he, unpressed):
    notice = notify.issue_notice(he, ref=world.a_record().ref, now=at())
    assert [held.pk for held in printing._take(YONGCHANG, 5)] == [notice.pk]
    assert printing._take(YONGCHANG, 5) == []
    assert printing.render_waiting() == 0
    Notice.objects.filter(pk=notice.pk).update(held_until=timezone.now() - timedelta(seconds=1))
    assert printing.render_waiting() == 1


@pytest.mark.fault("F49")
def test_missing_fonts_stop_all_papers_loudly_and_burn_no_try(world, he, unpressed, tmp_path, monkeypatch, caplog):
    notice = notify.issue_notice(he, ref=world.a_record().ref, now=at())
    genuine = glyphs.FONTS
    (tmp_path / "fonts.conf").write_bytes((genuine / "fonts.conf").read_bytes())
    monkeypatch.setattr(glyphs, "FONTS", tmp_path)
    monkeypatch.setattr(printing, "BACK_OFF_SECONDS", 0)
    assert printing.render_waiting() == 0
    notice.refresh_from_db()
    assert (notice.status, notice.tries, notice.pdf_path) == ("requested", 0, "")
    assert "文书字体缺失" in notice.problem
    assert "no paper can be made" in caplog.text
    monkeypatch.setattr(glyphs, "FONTS", genuine)
    assert printing.render_waiting() == 1


@pytest.mark.fault("F49")
def test_a_lacking_character_names_itself_and_a_dropped_in_face_mends_it(world, he, unpressed, settings, tmp_path):
    settings.PAPER_FONTS_DIR = tmp_path
    record = world.a_record(subject_name="永昌县𠮷祥商贸有限公司")
    notice = notify.issue_notice(he, ref=record.ref, now=at())
    assert printing.render_waiting() == 0
    notice.refresh_from_db()
    assert (notice.status, notice.problem) == ("failed", "字体缺少字符：𠮷（U+20BB7）")
    own = tmp_path / YONGCHANG
    own.mkdir()
    (own / "region.ttf").write_bytes(face_with("𠮷"))
    assert notify.retry_paper(he, ref=notice.ref, now=at()).status == "requested"
    assert printing.render_waiting() == 1
    notice.refresh_from_db()
    with default_storage.open(notice.pdf_path) as file:
        pdf = file.read()
    assert "永昌县𠮷祥商贸有限公司" in running_text(pdf)
    assert "Rare" in "".join(embedded_fonts(pdf))
    with pytest.raises(WrongMoment):
        notify.retry_paper(he, ref=notice.ref, now=at())


class SignedSeal:
    """A provider of the tests: it appends a mark and counts its calls."""

    code, mark = "test-seal", ""

    def sign(self, pdf, snapshot):
        return pdf + b"\n% sealed " + snapshot["number"].encode()


class BrokenSeal(SignedSeal):
    def sign(self, pdf, snapshot):
        raise ConnectionError("the seal service is away")


def test_a_seal_provider_seals_the_file_and_the_place_is_no_longer_marked(world, he, unpressed, settings):
    plain, sealed = (notify.issue_notice(he, ref=world.a_record().ref, now=at()) for _ in range(2))
    assert printing.render_waiting(limit=1) == 1
    settings.PAPER_SEALS = {"default": "notices.seals.Placeholder", YONGCHANG: f"{__name__}.SignedSeal"}
    assert printing.render_waiting() == 1
    for notice, seal, marked in ((plain, "placeholder", True), (sealed, "test-seal", False)):
        notice.refresh_from_db()
        with default_storage.open(notice.pdf_path) as file:
            pdf = file.read()
        assert notice.seal == seal
        assert (seals.Placeholder.mark in running_text(pdf)) is marked
        assert pdf.endswith(b"% sealed " + notice.number.encode()) is not marked


def test_a_paper_that_cannot_be_sealed_waits_and_never_goes_out_bare(world, he, unpressed, settings, monkeypatch):
    settings.PAPER_SEALS = {"default": f"{__name__}.BrokenSeal"}
    monkeypatch.setattr(printing, "BACK_OFF_SECONDS", 0)
    monkeypatch.setattr(press, "make", lambda job: Reply(sha256="0" * 64, pages=1, pdf=b"%PDF-"))
    notice = notify.issue_notice(he, ref=world.a_record().ref, now=at())
    assert [printing.render_waiting(limit=1) for _ in range(printing.TRIES)] == [0] * printing.TRIES
    notice.refresh_from_db()
    assert (notice.status, notice.pdf_path) == ("failed", "")
    assert "电子印章未加盖" in notice.problem


def test_a_voided_notice_keeps_its_number_and_the_next_one_takes_its_place(world, he):
    record = world.a_record()
    first = notify.issue_notice(he, ref=record.ref, now=at())
    with pytest.raises(Invalid):
        notify.void_notice(he, ref=record.ref, reason=" ", now=at())
    notify.void_notice(he, ref=record.ref, reason="当事人名称有误", now=at())
    assert notify.notice_of(record) is None
    with pytest.raises(WrongMoment):
        notify.void_notice(he, ref=record.ref, reason="再作废", now=at())
    second = notify.issue_notice(he, ref=record.ref, now=at())
    third = notify.reissue_notice(he, ref=record.ref, reason="地址变更", now=at())
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, first.ended_at, first.replaced_by) == ("void", at(), second.ref)
    assert (second.status, second.replaced_by, third.serial) == ("superseded", third.ref, first.serial + 2)
    verbs = Event.objects.filter(thing=record.ref).values_list("verb", flat=True)
    assert {"paper_voided", "paper_superseded", "notice_made"} <= set(verbs)
    with pytest.raises(NotAllowed):
        notify.void_notice(world.enter(world.actors["wang"]), ref=record.ref, reason="越权", now=at())


def test_a_reissue_that_cannot_be_made_leaves_the_old_paper_in_force(world, he):
    record = world.a_record()
    old = notify.issue_notice(he, ref=record.ref, now=at())
    record.status = "ended"
    record.save(update_fields=["status"])
    with pytest.raises(WrongMoment):
        notify.reissue_notice(he, ref=record.ref, reason="更正", now=at())
    assert notify.notice_of(record).pk == old.pk


def test_single_papers_go_before_those_of_a_batch(world, he, unpressed):
    batch = notify_many.ask_for_notices(he, refs=[world.a_record().ref for _ in range(3)], now=at())
    assert notify_many.number_waiting(seconds=5)
    single = notify.issue_notice(he, ref=world.a_record(FIRM_B).ref, now=at() + timedelta(minutes=1))
    assert printing.render_waiting(limit=1) == 1
    single.refresh_from_db()
    assert single.status == "issued"
    assert batches.progress(batch).printed == 0


def face_with(char: str) -> bytes:
    """The smallest font that draws a box for one character: what a region may drop in."""
    pen = TTGlyphPen(None)
    pen.moveTo((100, 0))
    for point in ((100, 800), (900, 800), (900, 0)):
        pen.lineTo(point)
    pen.closePath()
    box = pen.glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "rare"])
    builder.setupCharacterMap({ord(char): "rare"})
    builder.setupGlyf({".notdef": box, "rare": box})
    builder.setupHorizontalMetrics({".notdef": (1000, 100), "rare": (1000, 100)})
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": "Rare Characters", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=880, usWinAscent=880, usWinDescent=120)
    builder.setupPost()
    out = io.BytesIO()
    builder.save(out)
    return out.getvalue()
