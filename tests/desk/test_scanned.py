"""The one box: what scanners and hands type into it, and what it leads to."""

import pytest
from django.urls import reverse

from cases.desk.scanned import read_scanned
from cases.snapshot import notice_paper
from creditrepair.tenancy.context import region_context
from notices import services as notices
from tests.world import FIRM_A, FIRM_B, JINCHUAN, YONGCHANG, at, firm_code

WRONG = FIRM_A[:-1] + ("1" if FIRM_A[-1] != "1" else "2")


@pytest.mark.parametrize(
    "text",
    [
        FIRM_A,
        FIRM_A.lower(),
        "".join(chr(ord(sign) + 0xFEE0) for sign in FIRM_A),  # full width, by an input method
        f"https://example.cn/licence?uniscid={FIRM_A}&entname=x",
        f"统一社会信用代码：{FIRM_A};名称：永昌县祁连山食品有限公司",
        f" {FIRM_A}\r\n",
    ],
)
def test_the_code_is_taken_out_of_whatever_holds_it(text):
    assert read_scanned(text).codes == (FIRM_A,)


def test_a_code_with_a_wrong_check_digit_is_told_apart_and_never_used():
    seen = read_scanned(f"uniscid={WRONG}")
    assert (seen.codes, seen.wrong_code) == ((), WRONG)
    assert read_scanned("9" * 40).wrong_code == ""


def test_numbers_tokens_and_brackets_are_read():
    assert read_scanned("http://127.0.0.1:8620/progress#XF20261130ABCDEF").filing_no == "XF20261130ABCDEF"
    assert read_scanned("a012").ticket == "A012"
    assert read_scanned("永市监信受[2026]1号").paper_no == "永市监信受〔2026〕1号"
    token = "k1." + "A" * 22 + "." + "B" * 21 + "A"
    seen = read_scanned(f"https://x/v/{token}")
    assert (seen.purpose, seen.token) == ("v", token)
    assert read_scanned("\x00\x1b" + "甲" * 5000).text == "甲" * 1998


@pytest.fixture
def box(sign_in):
    client = sign_in("li")
    return lambda text: client.get(reverse("counter:home"), {"q": text})


def test_one_box_leads_from_filing_paper_document_and_references_to_the_case(world, box):
    case = world.a_case("in_review")
    with region_context(YONGCHANG):
        paper = notices.notices_of(YONGCHANG, case_ref=case.ref)[0]
    address = paper.snapshot["verify_url"]
    for text in (case.application.filing_no, f"https://x/progress#{case.application.filing_no}", paper.number,
                 paper.number.replace("〔", "[").replace("〕", "]"), address, case.ref, case.application.ref):  # fmt: skip
        page = box(text).content.decode()
        assert case.application.filing_no in page, text
    for text in (case.record.doc_no, case.record.ref):
        assert box(text)["Location"].endswith(f"?code={FIRM_A}"), text


def test_the_qr_of_a_notice_leads_to_the_subject_or_its_case(world, box):
    record = world.a_record(FIRM_B, "zjj")
    with region_context(YONGCHANG):
        told = notices.request(notice_paper.of_notice(record, at()), at=at())
    assert box(told.snapshot["verify_url"])["Location"].endswith(f"?code={FIRM_B}")
    assert "没有找到" in box(told.snapshot["verify_url"][:-1] + "_").content.decode()


def test_another_regions_records_and_papers_are_not_found(world, box):
    record = world.a_record(FIRM_B, "scjgj", region=JINCHUAN)
    with region_context(JINCHUAN):
        told = notices.request(notice_paper.of_notice(record, at()), at=at())
    for text in (told.snapshot["verify_url"], told.number, record.ref, record.doc_no):
        assert "没有找到" in box(text).content.decode(), text
    assert "在本行政区没有登记的失信信息" in box(FIRM_B).content.decode()


def test_a_misread_and_an_unknown_code_are_two_answers(box):
    assert "校验位不对" in box(WRONG).content.decode()
    assert "没有登记的失信信息" in box(firm_code(99)).content.decode()
