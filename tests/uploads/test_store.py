"""Uploads: what is taken, what is refused and with which words, what stays on the disk, how it goes out again."""

import hashlib
import io
import os
import signal
import socket
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pi_heif
import pikepdf
import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from PIL import Image

from cases import upload_check, upload_child, uploads
from cases.models import StoredFile
from cases.uploads import FileRefused
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid, NotAllowed, NotFound
from tests.uploads import samples
from tests.world import JINCHUAN, YONGCHANG, at

GPS = 0x8825
PDF, JPEG, PNG, HEIC = "application/pdf", "image/jpeg", "image/png", "image/heic"


def store(world, name, content, declared=PDF, who="zhao", region=YONGCHANG):
    return uploads.store_upload(
        world.enter(world.actors[who]), region, samples.an_upload(name, content, declared), now=at()
    )


def files_on_disk() -> list[str]:
    root = Path(default_storage.path(""))
    return sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file())


def test_a_pdf_is_kept_byte_for_byte_with_its_hash(world):
    content = samples.a_pdf(pages=3)
    stored = store(world, "缴款凭证.pdf", content)
    assert (stored.media_type, stored.pages, stored.size, stored.scan) == (PDF, 3, len(content), "not_run")
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    assert stored.path == f"{YONGCHANG}/{stored.uuid}"
    assert uploads.read_file(stored) == content
    assert files_on_disk() == [stored.path]


def test_nothing_declared_by_the_browser_is_no_contradiction(world):
    assert store(world, "a.JPG", samples.an_image(), "application/octet-stream").media_type == JPEG


@pytest.mark.parametrize(
    ("name", "content", "declared", "code"),
    [
        ("a.pdf", b"", PDF, "file_empty"),
        ("a.pdf", b"MZ" + bytes(600), PDF, "file_not_this_type"),
        ("a.pdf", b"<html><script>", PDF, "file_not_this_type"),
        ("a.pdf", b" " + samples.a_pdf(), PDF, "file_not_this_type"),
        ("a.jpg", samples.a_pdf(), JPEG, "file_not_this_type"),
        ("a.pdf", samples.a_pdf(), PNG, "file_not_this_type"),
        ("a.pdf.exe", samples.a_pdf(), PDF, "file_not_accepted"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", "file_not_accepted"),
        ("a.pdf", samples.a_pdf(), "text/html", "file_not_accepted"),
        ("a", samples.a_pdf(), PDF, "file_not_accepted"),
        ("a.pdf", samples.a_pdf()[:-300], PDF, "file_cut_off"),
        ("a.pdf", b"%PDF-1.7\n%%EOF", PDF, "file_damaged"),
        ("a.pdf", samples.a_pdf(pages=501), PDF, "file_too_many_pages"),
        ("a.pdf", samples.a_pdf(encryption=pikepdf.Encryption(user="a", owner="b")), PDF, "file_encrypted"),
        ("a.png", samples.animated_png(), PNG, "file_animated"),
        ("a.jpg", samples.an_image(size=(900, 900))[:4000], JPEG, "file_cut_off"),
        ("a.heic", b"\0\0\0\x18ftypheic" + bytes(600), HEIC, "file_damaged"),
    ],
)
@pytest.mark.fault("B40", "B42", "B43")
def test_what_is_refused_leaves_neither_row_nor_file(world, name, content, declared, code):
    store(world, "honest.pdf", samples.a_pdf())
    before = files_on_disk()
    with pytest.raises(Invalid) as refusal:
        store(world, name, content, declared)
    assert refusal.value.code == code
    assert f"文件“{name}”" in refusal.value.fields["file"]
    assert refusal.value.fields["file"].endswith("其他文件已保存。")
    assert files_on_disk() == before
    with region_context(YONGCHANG):
        assert StoredFile.objects.count() == 1


@pytest.mark.fault("B41")
def test_one_byte_over_the_limit_is_refused_and_the_limit_is_named(world, settings):
    content = samples.a_pdf()
    settings.UPLOAD_MAX_BYTES = len(content)
    assert store(world, "a.pdf", content).size == len(content)
    with pytest.raises(Invalid) as refusal:
        store(world, "a.pdf", content + b"\n")
    assert refusal.value.code == "file_too_big"


@pytest.mark.fault("B45")
def test_a_stream_that_unfolds_to_200_mb_is_refused(world):
    with pytest.raises(Invalid) as refusal:
        store(world, "a.pdf", samples.a_pdf(samples.unfolds_to_200_mb))
    assert refusal.value.code == "file_too_complex"


@pytest.mark.fault("B45")
def test_a_check_that_works_without_end_is_stopped_by_the_processor_time_it_took(world, settings, monkeypatch):
    monkeypatch.setattr(upload_child, "MODULE", "tests.uploads.stubborn")
    settings.UPLOAD_CHECK_CPU_SECONDS, settings.UPLOAD_CHECK_WALL_SECONDS = 1, 600
    with pytest.raises(Invalid) as refusal:
        store(world, "a.pdf", samples.a_pdf())
    assert refusal.value.code == "file_too_complex"
    assert files_on_disk() == []


@pytest.mark.fault("B45")
def test_a_check_that_a_busy_machine_does_not_finish_says_nothing_against_the_file(world, settings, monkeypatch):
    monkeypatch.setattr(upload_child, "MODULE", "tests.uploads.stubborn")
    settings.UPLOAD_CHECK_WALL_SECONDS = 1
    with pytest.raises(FileRefused) as refusal:
        store(world, "a.pdf", samples.a_pdf() + b"% WAITS\n")
    assert (refusal.value.code, refusal.value.again) == ("file_not_now", True)
    assert refusal.value.fields["file"] == (
        "文件“a.pdf”暂时未能完成安全检查，并非文件有问题。请稍后重试；其他文件已保存。"
    )
    assert files_on_disk() == []


def test_a_check_that_is_killed_from_outside_says_nothing_against_the_file(tmp_path, monkeypatch):
    killed = subprocess.CompletedProcess([], -signal.SIGKILL, b"", b"")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: killed)
    with pytest.raises(upload_child.Unfit, match="not_now"):
        upload_child.look_into(tmp_path / "original", tmp_path / "view", "pdf")


def test_the_memory_of_the_check_stays_bounded_however_much_time_it_has(tmp_path):
    greedy = "from cases.upload_check import confine; confine(60); bytearray(512 * 1024 * 1024)"
    done = subprocess.run([sys.executable, "-c", greedy], cwd=settings.BASE_DIR, capture_output=True, check=False)
    assert b"MemoryError" in done.stderr


@pytest.mark.fault("B46")
def test_a_picture_of_400_megapixels_is_refused_before_it_is_decoded(world):
    with pytest.raises(Invalid) as refusal:
        store(world, "a.png", samples.an_image("PNG", "1", (20000, 20000)), PNG)
    assert refusal.value.code == "file_too_many_pixels"
    assert "4000万像素" in refusal.value.fields["file"]


@pytest.mark.parametrize(
    ("change", "flag"),
    [
        (samples.opens_a_script, "script"),
        (samples.starts_a_program, "launch"),
        (samples.carries_a_file, "embedded_file"),
        (samples.links_out, "link"),
        (samples.goes_to_another_file, "link"),
        (samples.has_an_xfa_form, "xfa_form"),
    ],
)
@pytest.mark.fault("B44")
def test_active_content_stays_in_the_original_and_out_of_the_copy(world, change, flag):
    content = samples.a_pdf(change)
    with pikepdf.open(io.BytesIO(content)) as original:
        assert flag in upload_check.active_content(original)
    stored = store(world, "a.pdf", content)
    assert uploads.has_active_content(stored)
    assert uploads.attachment(stored).content == content
    with pikepdf.open(io.BytesIO(uploads.attachment(stored, original=False).content)) as copy:
        assert upload_check.active_content(copy) == set()
        assert len(copy.pages) == 1


def test_a_plain_pdf_has_no_second_copy(world):
    stored = store(world, "a.pdf", samples.a_pdf())
    assert not uploads.has_active_content(stored)
    assert uploads.attachment(stored, original=False).content == uploads.read_file(stored)


def test_the_copy_of_a_photo_is_upright_and_says_nothing_about_where_it_was_taken(world):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90°
    exif.get_ifd(0x8825)[1] = "N"  # a GPS block
    stored = store(world, "照片.jpeg", samples.an_image(size=(60, 40), exif=exif), JPEG)
    answer = uploads.attachment(stored, original=False)
    copy = Image.open(io.BytesIO(answer.content))
    assert copy.size == (40, 60)
    assert dict(copy.getexif()) == {}
    assert answer["Content-Type"] == JPEG


@pytest.mark.fault("B46")
def test_a_heic_photo_of_a_telephone_is_kept_as_sent_and_shown_as_a_jpeg_that_names_no_place(world):
    content = samples.a_heic_photo()
    pi_heif.register_heif_opener()
    sent = Image.open(io.BytesIO(content)).getexif()
    assert dict(sent.get_ifd(GPS)) == {1: "N", 2: (38.0, 14.0, 0.0), 3: "E", 4: (101.0, 58.0, 0.0)}
    stored = store(world, "IMG_0001.HEIC", content, HEIC)
    assert (stored.media_type, stored.pages, uploads.read_file(stored)) == (HEIC, 1, content)
    answer = uploads.attachment(stored, original=False)
    copy = Image.open(io.BytesIO(answer.content))
    assert (copy.format, copy.mode, copy.size) == ("JPEG", "RGB", (96, 64))
    assert dict(copy.getexif()) == {}
    assert b"Exif" not in answer.content
    red, white = copy.getpixel((10, 32)), copy.getpixel((80, 32))
    assert red[0] > 150 > red[1]
    assert min(white) > 240
    assert "IMG_0001.jpg" in answer["Content-Disposition"]


@pytest.mark.parametrize(
    ("fmt", "mode"), [("PNG", "RGBA"), ("PNG", "I;16"), ("PNG", "P"), ("JPEG", "CMYK"), ("JPEG", "L")]
)
def test_every_colour_model_of_scanners_and_phones_is_readable(world, fmt, mode):
    declared = {"PNG": PNG, "JPEG": JPEG}[fmt]
    stored = store(world, f"a.{fmt.lower()}", samples.an_image(fmt, mode), declared)
    copy = Image.open(io.BytesIO(uploads.attachment(stored, original=False).content))
    assert (copy.format, copy.mode, copy.size) == ("JPEG", "RGB", (60, 40))


@pytest.mark.fault("B49")
def test_a_download_is_never_opened_in_our_origin(world):
    answer = uploads.attachment(store(world, "缴款 凭证.pdf", samples.a_pdf()))
    assert answer["Content-Disposition"] == (
        "attachment; filename=\"file.pdf\"; filename*=UTF-8''%E7%BC%B4%E6%AC%BE%20%E5%87%AD%E8%AF%81.pdf"
    )
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../x.pdf", "x.pdf"),
        ("C:\\x\\y.pdf", "y.pdf"),
        ("a%00.pdf", "a_00.pdf"),
        ("evil\u202efdp.pdf", "evilfdp.pdf"),
        ("a\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
        ('a";x=".pdf', "a__x=_.pdf"),
        ("照" * 300 + ".pdf", "照" * 114 + ".pdf"),
        ("😀.pdf", "😀.pdf"),
        (".", "文件"),
    ],
)
@pytest.mark.fault("B47")
def test_hostile_names_become_harmless(sent, shown):
    assert uploads.shown_name(sent) == shown
    header = uploads.disposition(shown)
    assert header.isascii()
    assert "\n" not in header


def test_the_path_never_holds_the_senders_name(world):
    stored = store(world, "../../etc/秘密.pdf", samples.a_pdf())
    assert (stored.name, stored.path) == ("秘密.pdf", f"{YONGCHANG}/{stored.uuid}")


def test_staff_store_files_in_their_own_region_only(world):
    assert store(world, "a.pdf", samples.a_pdf(), who="he").region_id == YONGCHANG
    before = files_on_disk()
    with pytest.raises(NotAllowed):
        store(world, "a.pdf", samples.a_pdf(), who="he", region=JINCHUAN)
    assert files_on_disk() == before


def test_a_file_changed_behind_our_back_is_not_handed_out(world):
    stored = store(world, "a.pdf", samples.a_pdf())
    Path(default_storage.path(stored.path)).write_bytes(samples.a_pdf(pages=2))
    with pytest.raises(NotFound) as answer:
        uploads.read_file(stored)
    assert answer.value.code == "file_changed"


@pytest.mark.fault("F46")
def test_only_old_files_without_a_row_are_swept(world):
    kept = store(world, "a.jpg", samples.an_image(), JPEG)
    folder = Path(default_storage.path(YONGCHANG))
    for name in ("old", "old.view", "young"):
        (folder / name).write_bytes(b"x")
    two_days_ago = (at() - timedelta(days=2)).timestamp()
    for path in folder.iterdir():
        if path.name != "young":
            os.utime(path, (two_days_ago, two_days_ago))
    (folder / "young").touch()
    os.utime(folder / "young", (at().timestamp(), at().timestamp()))
    assert uploads.remove_orphans(YONGCHANG, now=at()) == 2
    assert files_on_disk() == sorted([kept.path, f"{kept.path}.view", f"{YONGCHANG}/young"])


@pytest.fixture
def clamd(tmp_path, settings):
    """A clamd of ten lines on a unix socket: FOUND for files with the test signature in them."""
    path = str(tmp_path / "clamd.sock")
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen()
    server.settimeout(20)

    def serve() -> None:
        with server, server.accept()[0] as link, link.makefile("rb") as stream:
            assert stream.read(10) == b"zINSTREAM\0"
            content = b""
            while size := int.from_bytes(stream.read(4)):
                content += stream.read(size)
            link.sendall(b"stream: Eicar-Test-Signature FOUND\0" if b"EICAR" in content else b"stream: OK\0")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    settings.CLAMD_SOCKET = path
    yield
    thread.join(timeout=20)


def test_a_clean_file_says_so(world, clamd):
    assert store(world, "a.pdf", samples.a_pdf()).scan == "clean"


@pytest.mark.fault("B48")
def test_a_found_virus_is_refused(world, clamd):
    with pytest.raises(Invalid) as refusal:
        store(world, "a.pdf", samples.a_pdf() + b"% EICAR\n")
    assert refusal.value.code == "file_virus"
    assert files_on_disk() == []


@pytest.mark.fault("F47")
def test_a_scanner_that_is_away_leaves_the_file_waiting(world, settings, tmp_path):
    settings.CLAMD_SOCKET = str(tmp_path / "nobody.sock")
    assert store(world, "a.pdf", samples.a_pdf()).scan == "waiting"
