"""Bad input at the wizard and its uploads: a Chinese word for it, nothing changed, never a server error."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from cases.models import StoredFile
from creditrepair.tenancy.context import region_context
from tests.portal.test_wizard import PERSON, save, stored
from tests.uploads import samples
from tests.world import YONGCHANG

PDF, PNG = "application/pdf", "image/png"


@pytest.fixture
def draft(sign_in, repairable, draft_of):
    zhao = sign_in("zhao")
    ref = draft_of(zhao, repairable.ref)
    save(zhao, ref, "records", records=[repairable.ref])
    return zhao, ref, f"proof_of_duties:{repairable.ref}"


def typed(zhao, ref, **fields):
    """The answer to the second step with these fields, and what the draft holds then."""
    answer = save(zhao, ref, "identity", **{**PERSON, **fields})
    return answer, stored(ref).content["identity"]


def upload(zhao, ref, key, name, content, declared=PDF):
    return zhao.post(f"/apply/{ref}/upload", {"key": key, "file": SimpleUploadedFile(name, content, declared)})


def rows():
    with region_context(YONGCHANG):
        return StoredFile.objects.count()


@pytest.mark.parametrize("nothing", ["", "   ", "\u3000\u3000", "\t\r\n"])
@pytest.mark.fault("B1")
def test_nothing_but_blanks_is_nothing(draft, nothing):
    zhao, ref, _ = draft
    answer, held = typed(zhao, ref, agent_name=nothing)
    assert answer.status_code == 422
    assert "请填写经办人姓名。" in answer.content.decode()
    assert held["agent_name"] == ""


@pytest.mark.fault("B2")
def test_ten_megabytes_of_text_are_refused_before_they_are_read(draft):
    zhao, ref, _ = draft
    before = stored(ref).content
    answer = zhao.post(f"/apply/{ref}/identity", {"version": 1, **PERSON, "urgent_reason": "字" * 3_500_000})
    assert answer.status_code in (400, 413)
    assert stored(ref).content == before
    assert typed(zhao, ref, urgent_reason="字" * 300)[1]["urgent_reason"] == "字" * 200


@pytest.mark.parametrize(
    ("sent", "kept"), [("赵\0申", "赵申"), ("赵\u202e申", "赵申"), ("赵\u200b申", "赵申"), ("𠮷䶮\ue000", "𠮷䶮\ue000")]
)
@pytest.mark.fault("B3", "B4", "B6")
def test_signs_that_nobody_sees_go_and_rare_characters_stay(draft, sent, kept):
    zhao, ref, _ = draft
    answer, held = typed(zhao, ref, agent_name=sent)
    assert answer.status_code == 302
    assert held["agent_name"] == kept
    assert kept in zhao.get(f"/apply/{ref}/identity").content.decode()


@pytest.mark.fault("B5")
def test_full_width_digits_of_a_telephone_number_become_plain_ones(draft):
    zhao, ref, _ = draft
    answer, held = typed(zhao, ref, agent_phone="１３８００００ ００００")
    assert (answer.status_code, held["agent_phone"]) == (302, "13800000000")
    answer, _ = typed(zhao, ref, agent_phone="１３８００００００")
    assert answer.status_code == 422


@pytest.mark.fault("B24")
def test_fields_that_the_form_does_not_have_change_nothing(draft):
    zhao, ref, _ = draft
    before = stored(ref)
    more = {"region_id": "620302", "user": "1", "subject_id": "x", "form_token": "x", "application_ref": "x"}
    asked = {"ask": ["identity/role", "committed/"], "take:identity/role": "theirs", "take:committed/": "mine"}
    answer, held = typed(zhao, ref, **more, **asked, base='{"identity/role": "x", "committed/": true}')
    after = stored(ref)
    assert answer.status_code == 302
    assert set(held) == {"agent_name", "agent_phone", "urgent_reason", "bid_on"}
    assert not after.content.get("committed")
    for field in ("region_id", "user_id", "subject_id", "form_token", "application_ref"):
        assert getattr(after, field) == getattr(before, field)


@pytest.mark.parametrize("base", ["{", "[1]", '{"identity/agent_name": 5}', "null", '"x"', "[" * 100_000])
def test_a_page_that_does_not_say_what_it_was_shown_overwrites_nothing(draft, base):
    zhao, ref, _ = draft
    old = stored(ref).version
    save(zhao, ref, "identity", **PERSON)
    answer = zhao.post(f"/apply/{ref}/identity", {"version": old, "base": base, **PERSON, "agent_name": "钱代"})
    assert answer.status_code == 409
    assert stored(ref).content["identity"]["agent_name"] == PERSON["agent_name"]


@pytest.mark.parametrize("path", ["identity", "upload", "phone"])
@pytest.mark.fault("B32")
def test_a_form_without_its_secret_or_with_one_of_another_session_changes_nothing(world, draft, path):
    _, ref, key = draft
    before = stored(ref).content
    strict = Client(SERVER_NAME="127.0.0.1", enforce_csrf_checks=True)
    strict.force_login(world.people["zhao"], backend="django.contrib.auth.backends.ModelBackend")
    for secret in ({}, {"csrfmiddlewaretoken": "x" * 64}):
        answer = strict.post(f"/apply/{ref}/{path}", {"version": 1, "key": key, **PERSON, **secret})
        assert answer.status_code == 403
    assert stored(ref).content == before


@pytest.mark.fault("B36")
def test_thousands_of_fields_or_files_are_refused(draft):
    zhao, ref, key = draft
    before = stored(ref).content
    many = {f"f{n}": "1" for n in range(5000)}
    assert zhao.post(f"/apply/{ref}/identity", {"version": 1, **PERSON, **many}).status_code == 400
    files = [SimpleUploadedFile(f"{n}.pdf", b"%PDF-", PDF) for n in range(1000)]
    assert zhao.post(f"/apply/{ref}/upload", {"key": key, "file": files}).status_code == 400
    assert (stored(ref).content, rows()) == (before, 0)


@pytest.mark.parametrize(
    ("name", "content", "declared", "said"),
    [
        ("空.pdf", b"", PDF, "是空文件"),
        ("a.pdf", b"MZ" + bytes(600), PDF, "的内容与扩展名不一致"),
        ("a.pdf", b"<html><script>alert(1)</script>", PDF, "的内容与扩展名不一致"),
        ("a.pdf", b"PK\x03\x04" + bytes(600), PDF, "的内容与扩展名不一致"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "image/svg+xml", "不是可接受的格式"),
        ("a.pdf", samples.a_pdf()[:-300], PDF, "不完整，可能上传或保存时中断"),
        ("a.png", samples.animated_png(), PNG, "是动态图片"),
        ("a.tiff", samples.an_image("TIFF", "I;16"), "image/tiff", "不是可接受的格式"),
    ],
)
@pytest.mark.fault("B40", "B42", "B43", "B45", "B46")
def test_the_page_names_file_reason_and_remedy(draft, name, content, declared, said):
    zhao, ref, key = draft
    answer = upload(zhao, ref, key, name, content, declared)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert f"文件“{name}”{said}" in text
    assert "其他文件已保存" in text
    assert rows() == 0


@pytest.mark.fault("B41")
def test_one_byte_more_than_the_limit_is_named_with_the_limit(draft, settings):
    zhao, ref, key = draft
    content = samples.a_pdf()
    settings.UPLOAD_MAX_BYTES = len(content)
    assert upload(zhao, ref, key, "a.pdf", content + b"\n").status_code == 422
    assert rows() == 0
    assert upload(zhao, ref, key, "a.pdf", content).status_code == 302


@pytest.mark.parametrize(
    "name", ["../../x.pdf", "CON.pdf", "照" * 200 + ".pdf", "evil\u202efdp.pdf", "<img src=x>.pdf"]
)
@pytest.mark.fault("B47")
def test_a_hostile_name_is_shown_harmless(draft, name):
    zhao, ref, key = draft
    assert upload(zhao, ref, key, name, samples.a_pdf()).status_code == 302
    page = zhao.get(f"/apply/{ref}/materials").content.decode()
    held = stored(ref).content["materials"][key]["files"][0]["name"]
    assert len(held) <= 120 and "/" not in held and "\u202e" not in held
    assert "<img src=x>" not in page


@pytest.mark.fault("F46")
def test_an_upload_cut_anywhere_leaves_no_row_and_can_begin_again(draft):
    zhao, ref, key = draft
    file = SimpleUploadedFile("a.pdf", samples.a_pdf(), PDF)
    body = encode_multipart(BOUNDARY, {"key": key, "file": file})
    for tenth in range(10):
        cut = body[: len(body) * tenth // 10]
        assert zhao.generic("POST", f"/apply/{ref}/upload", cut, MULTIPART_CONTENT).status_code in (400, 404, 422)
        assert rows() == 0
    assert zhao.generic("POST", f"/apply/{ref}/upload", body, MULTIPART_CONTENT).status_code == 302
    assert rows() == 1
