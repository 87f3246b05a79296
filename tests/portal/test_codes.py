"""Progress by code, verification of papers, and the page of a record: what is public and not a word more."""

import pytest
from django.utils import timezone

from cases import snapshot
from cases.models import FailureRecord
from cases.progress import WRONG_BY_ADDRESS
from creditrepair.tenancy.context import region_context
from notices import services
from tests.world import FIRM_A, YONGCHANG


@pytest.fixture
def notice_page(world, repairable):
    """Path of `/q/` on the 告知书 of the repairable record."""
    with region_context(YONGCHANG):
        notice = services.request(snapshot.of_notice(repairable, timezone.now()), at=timezone.now())
    return "/q/" + notice.snapshot["verify_url"].rsplit("/", 1)[1]


def ask(visitor, code, last_four=FIRM_A[-4:]):
    return visitor.post("/progress", {"code": code, "last_four": last_four})


def test_the_code_shows_state_and_dates_and_no_names(visitor, world):
    receipt = world.files("zhao", world.a_record())
    page = ask(visitor, receipt.query_code).content.decode()
    assert receipt.filing_no in page
    assert "已提交，待受理" in page
    assert "祁连山" not in page
    assert "赵申" not in page
    assert FIRM_A not in page


def test_wrong_factor_and_unknown_code_get_the_same_answer(visitor, world):
    code = world.files("zhao", world.a_record()).query_code
    wrong, unknown = ask(visitor, code, "0000"), ask(visitor, "AAAA-BBBB-CCCC-DDDD", "0000")
    assert wrong.status_code == unknown.status_code == 200
    assert "没有找到对应的办件" in wrong.content.decode()
    assert "没有找到对应的办件" in unknown.content.decode()


def test_guessing_is_stopped_and_even_the_right_code_waits(visitor, world):
    code = world.files("zhao", world.a_record()).query_code
    for _ in range(WRONG_BY_ADDRESS.allowed):
        assert ask(visitor, "AAAA-BBBB-CCCC-DDDD").status_code == 200
    answer = ask(visitor, code)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0


def test_browsers_may_post_from_the_progress_page(visitor, world):
    """Under `no-referrer` they send Origin: null, which the CSRF check refuses."""
    assert visitor.get("/progress")["Referrer-Policy"] == "same-origin"


def test_the_page_of_a_record_shows_the_way_while_it_is_published(visitor, repairable, notice_page):
    page = visitor.get(notice_page)
    assert page["Referrer-Policy"] == "no-referrer"
    assert repairable.doc_no in page.content.decode()
    assert "履行法定义务" in page.content.decode()


def test_before_publication_the_page_has_neither_name_nor_number(visitor, repairable, notice_page):
    with region_context(YONGCHANG):
        FailureRecord.objects.filter(pk=repairable.pk).update(published_on=None)
    page = visitor.get(notice_page).content.decode()
    assert "该信息尚未公示" in page
    assert repairable.doc_no not in page
    assert repairable.subject_name not in page


def test_once_ended_the_page_shows_nothing_else(visitor, repairable, notice_page):
    with region_context(YONGCHANG):
        FailureRecord.objects.filter(pk=repairable.pk).update(status="ended")
    page = visitor.get(notice_page).content.decode()
    assert "该信息已不再公示" in page
    assert repairable.doc_no not in page
    assert repairable.department.name not in page


def test_a_paper_proves_itself_without_naming_the_firm(visitor, world):
    case = world.a_case("approved")
    with region_context(case.region_id):
        paper = next(n for n in services.notices_of(case.region_id, case_ref=case.ref) if n.kind == "approval")
    token = paper.snapshot["verify_url"].rsplit("/", 1)[1]
    page = visitor.get(f"/v/{token}").content.decode()
    assert paper.number in page
    assert paper.snapshot_sha256 in page
    assert "祁连山" not in page
    assert visitor.get(f"/q/{token}").status_code == 404


def test_a_wrong_token_is_not_found_and_guessing_is_stopped(visitor, world):
    answers = [visitor.get("/v/k1.AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA").status_code for _ in range(21)]
    assert answers == [404] * 20 + [429]
