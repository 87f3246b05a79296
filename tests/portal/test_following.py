"""The applicant's own pages: what to do now, what is open to mend, and nobody else's eyes."""

import re
from io import BytesIO

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from creditrepair.tenancy.context import region_context
from notices.services import notices_of
from tests.world import history


@pytest.mark.parametrize("page", ["/my/{application}", "/my/{application}/receipt"])
def test_a_filing_is_found_by_its_firm_only(sign_in, world, page):
    case = world.a_case("in_review")
    address = page.format(application=case.application.ref)
    assert sign_in("zhao").get(address).status_code == 200
    assert sign_in("wu").get(address).status_code == 404
    assert sign_in("qian").get(address).status_code == 403


def test_the_page_names_the_tier_and_says_that_nothing_was_verified(sign_in, world):
    case = world.a_case("in_review")
    page = sign_in("zhao").get(f"/my/{case.application.ref}").content.decode()
    assert "审核中（第1级，共2级）" in page
    assert page.count("尚未核验") == len(case.room.targets)
    assert "钱多" not in page


def test_a_platform_that_was_not_looked_at_is_not_said_to_agree(sign_in, world):
    case = world.a_case("approved")
    page = sign_in("zhao").get(f"/my/{case.application.ref}").content.decode()
    assert "正在向公示平台同步" in page
    assert page.count("尚未核验") == len(case.room.targets)
    assert "已核验，不再公示" not in page


def test_only_flagged_parts_open_for_correction(sign_in, world):
    case = world.a_case("correction")
    page = sign_in("zhao").get(f"/my/case/{case.ref}/correct").content.decode()
    assert "缴款凭证不清晰" in page
    assert 'name="file_proof_of_duties"' in page
    assert page.count('type="file"') == 1


def test_an_answer_without_a_file_is_refused_and_one_in_words_goes_on(sign_in, world):
    case = world.a_case("correction")
    zhao, address = sign_in("zhao"), f"/my/case/{case.ref}/correct"
    assert zhao.post(address, {"answer": ""}).status_code == 422
    assert world.fresh(case).state == "correction"
    assert zhao.post(address, {"answer": "凭证已在窗口补交"}).status_code == 302
    assert world.fresh(case).state == "submitted"


def test_another_firm_can_neither_mend_nor_withdraw(sign_in, world):
    case = world.a_case("correction")
    before = history(case)
    assert sign_in("zhao").get(f"/my/case/{case.ref}/correct").status_code == 200
    assert sign_in("wu").get(f"/my/case/{case.ref}/correct").status_code == 404
    assert sign_in("wu").post(f"/my/case/{case.ref}/withdraw", {"reason": ""}).status_code == 404
    assert history(case) == before


def test_a_withdrawal_ends_the_case_once(sign_in, world):
    case = world.a_case()
    zhao, address = sign_in("zhao"), f"/my/case/{case.ref}/withdraw"
    assert zhao.post(address, {"reason": "材料再准备"}).status_code == 302
    assert world.fresh(case).state == "withdrawn"
    assert zhao.post(address, {"reason": ""}).status_code == 409


def test_an_uploaded_file_goes_to_its_own_firm_only(sign_in, world, draft_of, repairable):
    zhao = sign_in("zhao")
    ref = draft_of(zhao, repairable.ref)
    pdf = BytesIO()
    with pikepdf.new() as blank:
        blank.add_blank_page()
        blank.save(pdf)
    sent = SimpleUploadedFile("缴款凭证.pdf", pdf.getvalue(), "application/pdf")
    key = f"proof_of_duties:{repairable.ref}"
    assert zhao.post(f"/apply/{ref}/upload", {"key": key, "file": sent}).status_code == 302
    for step, fields in {
        "records": {"records": [repairable.ref]},
        "identity": {"agent_name": "赵申", "agent_phone": "13800000000"},
        "commitment": {"committed": "yes"},
    }.items():
        version = re.search(r'name="version" value="(\d+)"', zhao.get(f"/apply/{ref}/{step}").content.decode())
        assert zhao.post(f"/apply/{ref}/{step}", {"version": version[1], "then": "next", **fields}).status_code == 302
    page = zhao.post(f"/apply/{ref}/confirm", {}).content.decode()
    application = re.search(r'href="(/my/\w+)"', page)[1]
    address = re.search(r'href="(/my/\w+/file/[0-9a-f-]+)"', zhao.get(application).content.decode())[1]
    answer = zhao.get(address)
    assert answer.content == pdf.getvalue()
    assert answer["Content-Disposition"].startswith("attachment")
    assert sign_in("wu").get(address).status_code == 404


def test_a_paper_being_made_says_so_and_is_nobody_elses(sign_in, world):
    case = world.a_case("in_review")
    with region_context(case.region_id):
        paper = notices_of(case.region_id, case_ref=case.ref)[0]
    address = f"/my/{case.application.ref}/paper/{paper.ref}"
    answer = sign_in("zhao").get(address)
    assert answer.status_code == 409
    assert "文书生成中" in answer.content.decode()
    assert sign_in("wu").get(address).status_code == 404
