"""收件箱: papers and messages of the firm alone, unread until somebody of it opened them; 签收 once."""

import re

import pytest

from cases.models import InboxMark
from creditrepair.audit.models import Event
from creditrepair.tenancy.context import region_context
from notices import printing
from notices.services import notices_of
from tests.world import YONGCHANG, at


def printed(case, kind):
    with region_context(YONGCHANG):
        printing.render_waiting()
        return next(paper for paper in notices_of(YONGCHANG, case_ref=case.ref) if paper.kind == kind)


def unread(client):
    return client.get("/inbox/").content.decode().count('<li class="unread">')


def test_papers_and_messages_come_in_unread_and_only_to_their_firm(world, sign_in):
    world.a_case("in_review")
    page = sign_in("zhao").get("/inbox/").content.decode()
    assert "受理通知书" in page
    assert "短信" in page
    assert unread(sign_in("zhao")) > 1
    assert unread(sign_in("wu")) == 0
    assert "还没有文书和短信" in sign_in("wu").get("/inbox/").content.decode()


def test_opening_a_paper_reads_it_and_marking_all_reads_the_rest(world, sign_in):
    paper, zhao = printed(world.a_case("in_review"), "acceptance"), sign_in("zhao")
    before = unread(zhao)
    assert sign_in("wu").get(f"/inbox/paper/{paper.ref}").status_code == 404
    assert unread(zhao) == before
    assert zhao.get(f"/inbox/paper/{paper.ref}")["Content-Type"] == "application/pdf"
    assert unread(zhao) == before - 1
    assert zhao.post("/inbox/read").status_code == 302
    assert unread(zhao) == 0
    zhao.post("/inbox/read")
    with region_context(YONGCHANG):
        assert InboxMark.objects.filter(mark="read").count() == before


def test_the_same_paper_opened_on_the_page_of_the_filing_is_read_too(world, sign_in):
    case = world.a_case("in_review")
    paper, zhao = printed(case, "acceptance"), sign_in("zhao")
    before = unread(zhao)
    assert zhao.get(f"/my/{case.application.ref}/paper/{paper.ref}").status_code == 200
    assert unread(zhao) == before - 1


def test_a_decision_asks_for_its_receipt_until_it_was_confirmed_once(world, sign_in):
    case = world.fresh(world.a_case("refused"))
    paper, zhao, page = printed(case, "refusal"), sign_in("zhao"), f"/my/{case.application.ref}"
    assert "请签收" in zhao.get(page).content.decode()
    receive = f"{page}/paper/{paper.ref}/receive"
    assert sign_in("wu").post(receive).status_code == 404
    assert [zhao.post(receive).status_code for _ in range(2)] == [302, 302]
    assert "请签收" not in zhao.get(page).content.decode()
    with region_context(YONGCHANG):
        assert Event.objects.filter(verb="paper_received", thing=paper.ref).count() == 1


def test_a_paper_still_being_made_cannot_be_received(world, sign_in):
    case = world.fresh(world.a_case("refused"))
    with region_context(YONGCHANG):
        paper = next(one for one in notices_of(YONGCHANG, case_ref=case.ref) if one.kind == "refusal")
    receive = f"/my/{case.application.ref}/paper/{paper.ref}/receive"
    assert sign_in("zhao").post(receive).status_code == 409
    printed(case, "refusal")
    assert sign_in("zhao").post(receive).status_code == 302


@pytest.mark.parametrize("who", ["qian", "li"])
def test_staff_have_no_inbox(world, sign_in, who):
    assert sign_in(who).get("/inbox/").status_code == 403
    assert sign_in(who).post("/inbox/read").status_code == 403


def test_the_newest_comes_first(world, sign_in):
    world.a_case("in_review", now=at(hour=9))
    world.a_case("in_review", now=at(hour=15))
    times = re.findall(r"2026-11-23 \d\d:\d\d", sign_in("zhao").get("/inbox/").content.decode())
    assert len(times) > 1
    assert times == sorted(times, reverse=True)
