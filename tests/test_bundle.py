"""决定书压缩包: documents find their records by number; hostile names and bombs stay outside."""

import io
import stat
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cases.collection.archive import MOST_ENTRIES, Archive, ArchiveRefused
from cases.models import DecisionBundle, FailureRecord, StoredFile
from cases.services.bundle import receive_bundle
from creditrepair.audit.models import Event
from creditrepair.tenancy.errors import Invalid, NotAllowed
from tests.uploads.samples import a_pdf, an_image
from tests.world import FIRM_B, at


def a_zip(*entries, method=zipfile.ZIP_DEFLATED):
    """(name or ZipInfo, bytes) as a ZIP."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, content in entries:
            file.writestr(name, content)
    return out.getvalue()


def bring(world, content, who="he", **more):
    return receive_bundle(world.enter(world.actors[who]), file_name="决定书.zip", content=content, now=at(), **more)


def fates(bundle):
    return [row["fate"] for row in bundle.results]


@pytest.fixture
def records(world):
    """文旅局's numbers 1 and 12, and one number that two of its records share."""
    one = world.a_record(doc_no="永文旅罚〔2026〕1号")
    twelve = world.a_record(doc_no="永文旅罚 [2026] 12号")
    world.a_record(doc_no="永文旅罚〔2026〕30号")
    world.a_record(FIRM_B, doc_no="永文旅罚〔2026〕30号")
    world.a_record(unit="scjgj", doc_no="永市监罚〔2026〕7号")
    return one, twelve


def test_each_file_finds_its_record_by_the_number_in_its_name(world, records):
    one, twelve = records
    bundle = bring(
        world,
        a_zip(
            ("决定书/永文旅罚【2026】1号.pdf", a_pdf()),
            ("永文旅罚〔２０２６〕12号 行政处罚决定书（盖章）.jpg", an_image()),
            ("永文旅罚〔2026〕30号.pdf", a_pdf()),
            ("永市监罚〔2026〕7号.pdf", a_pdf()),
            ("说明.pdf", a_pdf()),
            ("__MACOSX/._1.pdf", b"x"),
        ),
    )
    assert fates(bundle) == ["attached", "attached", "two_records", "no_record", "no_record"]
    for record, name in (
        (one, "永文旅罚【2026】1号.pdf"),
        (twelve, "永文旅罚〔２０２６〕12号 行政处罚决定书（盖章）.jpg"),
    ):
        assert FailureRecord.objects.select_related("decision_file").get(pk=record.pk).decision_file.name == name
    assert [row["record"] for row in bundle.results[:2]] == [one.ref, twelve.ref]
    assert Event.objects.filter(verb="decision_attached").count() == 2
    assert Event.objects.get(verb="bundle_received").data["attached"] == 2


def test_what_is_there_is_kept_unless_a_person_wants_it_replaced(world, records):
    one, _ = records
    bring(world, a_zip(("永文旅罚〔2026〕1号.pdf", a_pdf())))
    other = a_zip(("永文旅罚〔2026〕1号.pdf", a_pdf(pages=2)), ("永文旅罚〔2026〕1号(2).pdf", a_pdf(pages=3)))
    assert fates(bring(world, other)) == ["kept", "twice"]
    assert fates(bring(world, other, replace_existing=True)) == ["replaced", "twice"]
    assert FailureRecord.objects.select_related("decision_file").get(pk=one.pk).decision_file.pages == 2


@pytest.mark.fault("B54")
def test_the_same_zip_again_does_only_what_it_could_not_do_before(world, records):
    content = a_zip(("永文旅罚〔2026〕1号.pdf", a_pdf()), ("永文旅罚〔2026〕55号.pdf", a_pdf()))
    assert fates(bring(world, content)) == ["attached", "no_record"]
    world.a_record(doc_no="永文旅罚〔2026〕55号")
    second = bring(world, content)
    assert (fates(second), second.attempt) == (["same", "attached"], 2)
    assert bring(world, content).pk == second.pk
    assert StoredFile.objects.count() == 2


@pytest.mark.fault("B42", "B47")
def test_what_is_no_document_stays_out_and_the_rest_goes_on(world, records):
    link = zipfile.ZipInfo("永文旅罚〔2026〕12号链接.pdf")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    bundle = bring(
        world,
        a_zip(
            ("../../../永文旅罚〔2026〕1号.pdf", a_pdf()),
            (link, b"/etc/passwd"),
            ("C:\\windows\\永文旅罚〔2026〕12号.pdf.exe", b"MZ" + b"\0" * 600),
            ("永文旅罚〔2026〕12号.pdf", b"PK\x03\x04 no pdf"),
            ("永文旅罚〔2026〕12号\u202egpj.png", an_image("PNG")),
        ),
    )
    assert fates(bundle) == ["attached", "refused", "refused", "refused", "attached"]
    assert not any("/" in row["name"] or "\\" in row["name"] or "\u202e" in row["name"] for row in bundle.results)
    assert all(row["reason"] for row in bundle.results if row["fate"] == "refused")


@pytest.mark.fault("B53")
def test_a_bomb_is_refused_before_a_byte_is_unpacked(world, records, monkeypatch):
    bomb = a_zip(*((f"{n}.pdf", bytes(30 * 1024 * 1024)) for n in range(8)))
    assert len(bomb) < 1024 * 1024
    refused = (
        (bomb, "解开后超过200MB"),
        (a_zip(*((f"{n}.pdf", b"") for n in range(MOST_ENTRIES + 1))), "最多60个文件"),
        (a_zip(*((f"d{n}/", b"") for n in range(MOST_ENTRIES * 3 + 1))), "最多60个文件"),
        (b"%PDF-1.7 no zip", "不是完整的ZIP"),
        (a_zip(("a.pdf", a_pdf()))[:-30], "不是完整的ZIP"),
        (a_zip(), "没有文件"),
    )
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *a, **k: pytest.fail("unpacked"))
    for content, words in refused:
        with pytest.raises(Invalid, match=words):
            bring(world, content)
    assert not DecisionBundle.objects.exists()


@pytest.mark.fault("B53")
def test_an_entry_that_lies_about_its_size_or_is_locked_stays_out():
    honest = a_zip(("a.pdf", b"x" * 5000))
    for size in (10, 9_000):
        lying = honest.replace((5000).to_bytes(4, "little"), size.to_bytes(4, "little"))
        archive = Archive(lying)
        with pytest.raises(ArchiveRefused):
            archive.read(archive.entries[0])
    at_flags = honest.index(b"PK\x01\x02") + 8
    locked = honest[:at_flags] + b"\x01" + honest[at_flags + 1 :]
    assert "密码" in Archive(locked).entries[0].fault
    assert "压缩方式" in Archive(a_zip(("a.pdf", b"x"), method=zipfile.ZIP_LZMA)).entries[0].fault


def test_names_that_windows_wrote_in_gbk_are_read():
    named = a_zip(("AAAAAAAAAAAA.pdf", b"x")).replace(b"AAAAAAAAAAAA", "文旅罚一号书".encode("gb18030"))
    assert Archive(named).entries[0].name == "文旅罚一号书.pdf"


def test_only_recorders_bring_one_and_only_their_unit_and_the_supervisor_read_it(world, records, sign_in):
    with pytest.raises(NotAllowed):
        bring(world, a_zip(("a.pdf", a_pdf())), who="qian")
    bundle = bring(world, a_zip(("永文旅罚〔2026〕1号.pdf", a_pdf()), ("b.pdf", a_pdf())))
    url = f"/desk/bundle/{bundle.ref}/"
    assert {who: sign_in(who).get(url).status_code for who in ("he", "wang", "zhang", "qian", "zheng")} == {
        "he": 200, "wang": 200, "zhang": 404, "qian": 404, "zheng": 404,
    }  # fmt: skip
    page = sign_in("he").get(url).content.decode()
    assert page.index("没有找到这个文号的信息") < page.index("已附到该条信息")


def test_the_page_takes_a_zip_and_says_beside_the_field_why_not(world, records, sign_in):
    he = sign_in("he")
    wrong = he.post("/desk/bundle/", {"file": SimpleUploadedFile("x.zip", b"no")})
    assert wrong.status_code == 422
    assert 'id="id_file_error"' in wrong.content.decode()
    good = SimpleUploadedFile("x.zip", a_zip(("永文旅罚〔2026〕1号.pdf", a_pdf())))
    assert he.post("/desk/bundle/", {"file": good}).status_code == 302
