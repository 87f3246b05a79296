"""Progress by code, verification of papers, and the page of a record: what is public and not a word more."""

from datetime import date, timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from cases import throttle
from cases.models import FailureRecord
from cases.progress import WRONG_BY_ADDRESS
from cases.snapshot import case_papers, notice_paper
from creditrepair.audit.models import Event
from creditrepair.tenancy.actor import system_actor
from creditrepair.tenancy.context import region_context
from notices import force, services
from tests.world import FIRM_A, YONGCHANG, at


@pytest.fixture
def notice_page(world, repairable):
    """Path of `/q/` on the 告知书 of the repairable record."""
    with region_context(YONGCHANG):
        notice = services.request(notice_paper.of_notice(repairable, timezone.now()), at=timezone.now())
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


def paper_of(case, kind):
    with region_context(case.region_id):
        return next(one for one in services.notices_of(case.region_id, case_ref=case.ref) if one.kind == kind)


def shown(visitor, paper):
    return visitor.get("/v/" + paper.snapshot["verify_url"].rsplit("/", 1)[1]).content.decode()


def test_a_paper_in_force_tells_what_it_did_and_nothing_of_the_firm_or_the_case(visitor, world):
    case = world.a_case("refused")
    paper = paper_of(case, "refusal")
    page = shown(visitor, paper)
    for told in ("有效", "不予修复决定书", "不予信用修复", paper.number, "永昌县市场监督管理局", paper.snapshot_sha256):
        assert told in page
    for hidden in (
        FIRM_A,
        "祁连山",
        case.ref,
        case.record.doc_no,
        case.application.filing_no,
        "罚款尚未缴清",
        "13800000000",
    ):
        assert hidden not in page
    assert "失效情况" not in page


def test_a_superseded_paper_says_by_whom_since_when_and_leads_to_the_new_one(visitor, world):
    case = world.a_case("approved")
    old, system = paper_of(case, "approval"), system_actor(YONGCHANG)
    with region_context(YONGCHANG):
        force.supersede(system, old, reason="文书内容有误", now=at(date(2026, 11, 24)))
        new = services.request(case_papers.of_approval(world.fresh(case), at()), at=at())
        force.replaced(new)
    page = shown(visitor, old)
    assert "已被替代（新文书）" in page
    assert '永昌县市场监督管理局于<span class="num">2026年11月24日</span>以新文书替代' in page
    assert f'<a href="{new.snapshot["verify_url"].removeprefix(settings.PUBLIC_URL)}">{new.number}</a>' in page
    assert "文书内容有误" not in page  # why is for the desk
    assert "失效情况" not in shown(visitor, new)


def test_a_void_paper_says_so_and_leads_nowhere(visitor, world):
    paper = paper_of(world.a_case("approved"), "approval")
    with region_context(YONGCHANG):
        force.void(system_actor(YONGCHANG), paper, reason="误发", now=at(date(2026, 11, 24)))
    page = shown(visitor, paper)
    assert "已撤销" in page
    assert '于<span class="num">2026年11月24日</span>撤销' in page
    assert "新文书" not in page


def test_the_code_of_a_list_decision_opens_its_record_as_that_of_a_penalty_does(visitor, world):
    listed = timezone.localdate() - timedelta(days=200)
    facts = {"category": "market_violation", "decided_on": None, "listed_on": listed, "published_on": listed}
    record = world.a_record(unit="scjgj", severity="serious", **facts)
    with region_context(YONGCHANG):
        told = services.request(notice_paper.of_notice(record, timezone.now()), at=timezone.now())
    token = told.snapshot["verify_url"].rsplit("/", 1)[1]
    page = visitor.get(f"/q/{token}")
    assert (told.kind, page.status_code) == ("listing_notice", 200)
    assert record.doc_no in page.content.decode()
    assert visitor.get(f"/v/{token}").status_code == 404
    with region_context(YONGCHANG):
        force.supersede(system_actor(YONGCHANG), told, reason="重新认定", now=timezone.now())
    assert "已被新的告知书替代" in visitor.get(f"/q/{token}").content.decode()
    with region_context(YONGCHANG):
        FailureRecord.objects.filter(pk=record.pk).update(status="ended")
    assert record.doc_no not in visitor.get(f"/q/{token}").content.decode()


def test_an_opening_is_an_event_once_an_hour_and_address(visitor, world, monkeypatch):
    monkeypatch.setattr(throttle, "clock", lambda: 1_800_000_000.0)
    paper = paper_of(world.a_case("approved"), "approval")
    for _ in range(3):
        shown(visitor, paper)
    with region_context(YONGCHANG):
        opened = Event.objects.filter(region_id=YONGCHANG, verb="paper_opened", thing=paper.ref)
        assert [(event.user_name, event.data["number"]) for event in opened] == [("访客", paper.number)]
