"""Materials in the wizard: several files at once, words for what is refused, the safety check, and the telephone."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from cases.models import StoredFile, UploadTicket
from cases.portal import uploading
from cases.portal.phone import masked
from cases.services import rescan
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Representation
from tests.portal.test_wizard import filings, fill, save, stored
from tests.uploads.samples import a_pdf, an_image
from tests.world import YONGCHANG

QUIET = {"X-Upload": "1"}


def a_photo(name="缴款凭证.jpg", content=None):
    return SimpleUploadedFile(name, content or an_image(), content_type="image/jpeg")


@pytest.fixture
def draft(sign_in, repairable, draft_of):
    """Zhao's browser, her draft with one record chosen, and the key of its proof of duties."""
    zhao = sign_in("zhao")
    ref = draft_of(zhao, repairable.ref)
    save(zhao, ref, "records", records=[repairable.ref])
    return zhao, ref, f"proof_of_duties:{repairable.ref}"


def files_of(ref, key):
    return [one["name"] for one in stored(ref).content.get("materials", {}).get(key, {}).get("files", [])]


def test_several_photos_at_once_are_one_material(draft):
    zhao, ref, key = draft
    answer = zhao.post(f"/apply/{ref}/upload", {"key": key, "file": [a_photo("1.jpg"), a_photo("2.jpg")]})
    assert answer.status_code == 302
    assert files_of(ref, key) == ["1.jpg", "2.jpg"]
    assert "格式已检查，未接入病毒扫描" in zhao.get(f"/apply/{ref}/materials").content.decode()


@pytest.mark.fault("B42")
def test_a_refused_file_is_named_with_reason_and_remedy_and_the_others_stay(draft):
    zhao, ref, key = draft
    sent = [a_photo("1.jpg"), SimpleUploadedFile("票据.exe", b"MZ", content_type="application/octet-stream")]
    answer = zhao.post(f"/apply/{ref}/upload", {"key": key, "file": sent}, headers=QUIET)
    assert answer.status_code == 422
    assert answer.json()["fault"] == (
        "文件“票据.exe”不是可接受的格式（PDF、JPG、PNG、HEIC）。请用手机重新拍照，或另存为PDF后上传；其他文件已保存。"
    )
    assert "1.jpg" in answer.json()["html"]
    assert files_of(ref, key) == ["1.jpg"]


def test_a_file_that_could_not_be_checked_may_be_sent_again_and_the_others_stay(draft, settings):
    zhao, ref, key = draft
    zhao.post(f"/apply/{ref}/upload", {"key": key, "file": a_photo("1.jpg")})
    settings.UPLOAD_CHECK_WALL_SECONDS = 0
    answer = zhao.post(f"/apply/{ref}/upload", {"key": key, "file": a_photo("2.jpg")}, headers=QUIET)
    assert (answer.status_code, answer.json()["again"], answer.json()["stored"]) == (422, True, "")
    assert "“2.jpg”暂时未能完成安全检查，并非文件有问题" in answer.json()["fault"]
    settings.UPLOAD_CHECK_WALL_SECONDS = 600
    answer = zhao.post(f"/apply/{ref}/upload", {"key": key, "file": a_photo("2.jpg")}, headers=QUIET)
    assert (answer.status_code, answer.json()["again"], answer.json()["fault"]) == (200, False, "")
    assert files_of(ref, key) == ["1.jpg", "2.jpg"]


def test_a_turned_photo_keeps_its_place_and_what_was_stored_first_stays_stored(draft, settings):
    zhao, ref, key = draft
    settings.UPLOAD_MAX_FILES = 2
    numbers = [
        zhao.post(f"/apply/{ref}/upload", {"key": key, "file": a_photo(name)}, headers=QUIET).json()["stored"]
        for name in ("1.jpg", "2.jpg")
    ]
    sent = {"key": key, "file": a_photo("1 turned.jpg"), "replaces": numbers[0]}
    assert zhao.post(f"/apply/{ref}/upload", sent, headers=QUIET).status_code == 200
    assert files_of(ref, key) == ["1 turned.jpg", "2.jpg"]
    again = zhao.post(f"/apply/{ref}/upload", {**sent, "file": a_photo()}, headers=QUIET)
    assert (again.status_code, again.json()["fault"][:13]) == (422, "要替换的照片已不在这一项材")
    assert files_of(ref, key) == ["1 turned.jpg", "2.jpg"]
    with region_context(YONGCHANG):
        assert StoredFile.objects.filter(uuid=numbers[0]).exists()


def test_page_and_server_have_their_limits_from_one_setting(draft, settings):
    zhao, ref, key = draft
    settings.UPLOAD_MAX_FILES, settings.UPLOAD_MAX_BYTES = 2, 3 * 1024**2
    page = zhao.get(f"/apply/{ref}/materials").content.decode()
    assert f'data-max="{3 * 1024**2}" data-files="2"' in page
    assert "每个不超过3MB" in page
    sent = [a_photo(f"{n}.jpg") for n in range(3)]
    answer = zhao.post(f"/apply/{ref}/upload", {"key": key, "file": sent})
    assert "同一项材料最多2个文件" in answer.content.decode()
    assert files_of(ref, key) == ["0.jpg", "1.jpg"]


def test_uploads_are_throttled_by_person(draft, monkeypatch):
    zhao, ref, key = draft
    cache.clear()
    monkeypatch.setattr(uploading, "UPLOADS", uploading.Limit("upload", 1, 600))
    assert zhao.post(f"/apply/{ref}/upload", {"key": key, "file": a_photo()}).status_code == 302
    assert zhao.post(f"/apply/{ref}/upload", {"key": key, "file": a_photo()}).status_code == 429


@pytest.mark.fault("F47")
def test_a_file_that_waits_for_the_scanner_is_saved_and_not_handed_in_until_it_passed(
    draft, world, repairable, settings, tmp_path, monkeypatch
):
    zhao, ref, key = draft
    settings.CLAMD_SOCKET = str(tmp_path / "nobody.sock")
    zhao.post(f"/apply/{ref}/upload", {"key": key, "file": a_photo()})
    fill(zhao, ref, repairable)
    save(zhao, ref, "materials", then="back")
    answer = zhao.post(f"/apply/{ref}/confirm", {})
    assert answer.status_code == 422
    assert "文件“缴款凭证.jpg”待安全检查，可先保存，检查通过后提交。" in answer.content.decode()
    assert rescan.scan_waiting(seconds=5) == 0  # still away
    monkeypatch.setattr("cases.virus_scan.ClamdScanner.scan", lambda self, path: "clean")
    assert rescan.scan_waiting(seconds=5) == 1
    assert "已通过安全检查" in zhao.get(f"/apply/{ref}/materials").content.decode()
    assert zhao.post(f"/apply/{ref}/confirm", {}).status_code == 200
    assert filings(world) == 1


@pytest.mark.fault("B48")
def test_what_a_later_scan_finds_is_quarantined_and_neither_handed_in_nor_out(
    draft, world, repairable, settings, tmp_path, monkeypatch
):
    from cases import uploads
    from creditrepair.tenancy.errors import NotFound

    zhao, ref, key = draft
    settings.CLAMD_SOCKET = str(tmp_path / "nobody.sock")
    zhao.post(f"/apply/{ref}/upload", {"key": key, "file": a_photo()})
    monkeypatch.setattr("cases.virus_scan.ClamdScanner.scan", lambda self, path: "found")
    assert rescan.scan_waiting(seconds=5) == 1
    fill(zhao, ref, repairable)
    answer = zhao.post(f"/apply/{ref}/confirm", {})
    assert (answer.status_code, filings(world)) == (422, 0)
    assert "未通过安全检查" in answer.content.decode()
    with region_context(YONGCHANG):
        file = StoredFile.objects.get()
    for original in (True, False):
        with pytest.raises(NotFound):
            uploads.attachment(file, original=original)


def test_a_waiting_file_says_not_run_once_no_scanner_is_set_any_more(draft, settings, tmp_path):
    zhao, ref, key = draft
    settings.CLAMD_SOCKET = str(tmp_path / "nobody.sock")
    zhao.post(f"/apply/{ref}/upload", {"key": key, "file": a_photo()})
    settings.CLAMD_SOCKET = ""
    assert rescan.scan_waiting(seconds=5) == 1
    assert "未接入病毒扫描" in zhao.get(f"/apply/{ref}/materials").content.decode()


@pytest.mark.fault("B49", "B44")
def test_a_person_downloads_the_harmless_copy_and_the_original_only_by_asking(world, draft, repairable):
    from tests.uploads import samples

    zhao, ref, key = draft
    pdf = a_pdf(samples.opens_a_script)
    zhao.post(f"/apply/{ref}/upload", {"key": key, "file": SimpleUploadedFile("a.pdf", pdf, "application/pdf")})
    fill(zhao, ref, repairable)
    done = zhao.post(f"/apply/{ref}/confirm", {})
    application = done.context["application"].ref
    uuid = next(iter(stored(ref).content["materials"][key]["files"][0]["copies"].values()))
    copy = zhao.get(f"/my/{application}/file/{uuid}")
    original = zhao.get(f"/my/{application}/file/{uuid}?original=1")
    assert b"JavaScript" not in copy.content and copy.content != pdf
    assert original.content == pdf
    for answer in (copy, original):
        assert answer["Content-Disposition"].startswith("attachment;")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]


# ── the telephone ──────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def code(draft):
    """Where the telephone is sent by the picture on the desktop."""
    zhao, ref, key = draft
    page = zhao.post(f"/apply/{ref}/phone", {"key": key})
    assert page.status_code == 200
    return re.search(r"/u/[^/]+$", page.context["address"]).group()


@pytest.fixture
def telephone():
    return Client(SERVER_NAME="127.0.0.1")


def test_photos_of_a_telephone_arrive_at_the_desktop_and_the_code_is_then_used_up(draft, code, telephone):
    zhao, ref, key = draft
    page = telephone.get(code).content.decode()
    assert "履行法定义务" in page and "永昌****有限公司" in page
    assert "祁连山" not in page and "赵申" not in page
    assert telephone.post(code, {"file": [a_photo("1.jpg"), a_photo("2.jpg")]})["Location"] == code
    seen = zhao.get(f"/apply/{ref}/arrived", {"key": key}).json()
    assert "1.jpg" in seen["html"] and "手机上传" in seen["html"] and seen["open"] is True
    assert "已收到2个文件" in telephone.post(code, {"done": "1"}).content.decode()
    gone = telephone.get(code)
    assert gone.status_code == 404
    assert "上传链接已失效" in gone.content.decode() and "重新查询" not in gone.content.decode()
    assert telephone.post(code, {"file": a_photo()}).status_code == 404
    assert zhao.get(f"/apply/{ref}/arrived", {"key": key}).json()["open"] is False
    assert files_of(ref, key) == ["1.jpg", "2.jpg"]


def test_the_telephone_has_all_checks_of_an_upload(draft, code, telephone):
    _, ref, key = draft
    telephone.get(code)
    answer = telephone.post(code, {"file": [SimpleUploadedFile("a.pdf", b"MZ", "application/pdf")]}, headers=QUIET)
    assert answer.status_code == 422
    assert "文件“a.pdf”的内容与扩展名不一致" in answer.json()["fault"]
    assert files_of(ref, key) == []


def test_a_telephone_replaces_what_telephones_sent_and_nothing_else(draft, code, telephone):
    zhao, ref, key = draft
    mine = zhao.post(f"/apply/{ref}/upload", {"key": key, "file": a_photo("desk.jpg")}, headers=QUIET).json()["stored"]
    telephone.get(code)
    theirs = telephone.post(code, {"file": a_photo("phone.jpg")}, headers=QUIET).json()["stored"]
    assert telephone.post(code, {"file": a_photo("x.jpg"), "replaces": mine}, headers=QUIET).status_code == 422
    assert telephone.post(code, {"file": a_photo("turned.jpg"), "replaces": theirs}, headers=QUIET).status_code == 200
    assert files_of(ref, key) == ["desk.jpg", "turned.jpg"]


@pytest.mark.parametrize(("seconds", "status"), [(-1, 200), (0, 404), (1, 404)])
def test_the_code_lasts_ten_minutes(code, telephone, settings, monkeypatch, seconds, status):
    with region_context(YONGCHANG):
        opened = UploadTicket.objects.get().opened_at
    moment = opened + timedelta(seconds=settings.UPLOAD_TICKET_SECONDS + seconds)
    monkeypatch.setattr("cases.portal.phone.timezone.now", lambda: moment)
    assert telephone.get(code).status_code == status


def test_only_the_first_telephone_may_use_the_code(draft, code, telephone):
    _, ref, key = draft
    other = Client(SERVER_NAME="127.0.0.1")
    other.get(code)
    telephone.get(code)
    assert telephone.post(code, {"file": a_photo()}).status_code == 302
    assert other.post(code, {"file": a_photo()}).status_code == 404
    assert other.get(code).status_code == 404
    assert files_of(ref, key) == ["缴款凭证.jpg"]


def test_a_new_code_ends_the_old_one_and_nothing_in_the_database_opens_either(draft, code, telephone):
    zhao, ref, key = draft
    zhao.post(f"/apply/{ref}/phone", {"key": key})
    assert telephone.get(code).status_code == 404
    with region_context(YONGCHANG):
        hashes = list(UploadTicket.objects.values_list("token_hash", flat=True))
    assert len(set(hashes)) == 2
    for held in hashes:
        assert telephone.get(f"/u/{YONGCHANG}.{held}").status_code == 404


def test_authority_that_ended_and_a_draft_handed_in_end_the_code(draft, code, telephone, world, repairable):
    zhao, ref, _ = draft
    assert telephone.get(code).status_code == 200
    with region_context(YONGCHANG):
        Representation.objects.filter(user=world.people["zhao"]).update(revoked_at=timezone.now())
    assert telephone.get(code).status_code == 404
    with region_context(YONGCHANG):
        Representation.objects.filter(user=world.people["zhao"]).update(revoked_at=None)
    assert telephone.get(code).status_code == 200
    fill(zhao, ref, repairable)
    zhao.post(f"/apply/{ref}/confirm", {})
    assert telephone.get(code).status_code == 404


@pytest.mark.parametrize(
    "token", ["x", "620321.", ".x", "999999.x", "620321.x" + "y" * 80, "620302.x", "%00.x", "620321.𠮷"]
)
def test_wrong_codes_are_one_and_the_same_answer(draft, code, telephone, token):
    cache.clear()
    text = telephone.get(f"/u/{token}")
    assert text.status_code == 404
    assert "上传链接已失效" in text.content.decode()


def test_who_guesses_codes_is_stopped(code, telephone):
    cache.clear()
    answers = [telephone.get(f"/u/620321.guess{n}").status_code for n in range(31)]
    assert (set(answers[:30]), answers[30]) == ({404}, 429)
    cache.clear()
    assert telephone.get(code).status_code == 200


def test_a_code_is_opened_for_the_own_draft_only(draft, sign_in):
    _, ref, key = draft
    assert sign_in("wu").post(f"/apply/{ref}/phone", {"key": key}).status_code == 404
    assert sign_in("wu").get(f"/apply/{ref}/arrived", {"key": key}).status_code == 404


@pytest.mark.parametrize(
    ("name", "shown"), [("永昌县祁连山食品有限公司", "永昌****有限公司"), ("甲乙丙丁商店", "甲****")]
)
def test_a_firm_is_masked_where_nobody_signed_in(name, shown):
    assert masked(name) == shown
