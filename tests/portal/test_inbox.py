"""收件箱: papers and messages of the firm alone, unread until somebody of it opened them; 签收 once."""

import re
from urllib.parse import urlencode

import pytest

from cases.models import InboxMark
from cases.portal.inbox_items import SIZE
from cases.services.objection_answer import answer_objection
from cases.services.penalty_withdrawal import confirm_withdrawal
from creditrepair.audit.models import Event
from creditrepair.tenancy.context import region_context
from notices import printing
from notices.models import Notice
from notices.services import notices_of
from sync.models import Delivery
from tests.beside_world import a_report, an_objection
from tests.world import FIRM_A, YONGCHANG, at


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


def pages(client):
    """References of the papers and numbers of the messages, page by page, from the newest on."""
    found, address = [], "/inbox/"
    while address:
        page = client.get(address).context["page"]
        found.append([item.thing for item in page.items])
        address = page.older and f"/inbox/?{urlencode({'at': page.older})}"
    return found


def a_full_box(world, cases=10):
    """Many things of one moment: only their references put them in order."""
    for _ in range(cases):
        world.a_case("in_review")
    with region_context(YONGCHANG):
        papers = Notice.objects.filter(region_id=YONGCHANG, subject_code=FIRM_A).values_list("ref", flat=True)
        sent = Delivery.objects.filter(region_id=YONGCHANG, kind="sms").values_list("message_no", flat=True)
        return {*papers, *sent}


def test_page_by_page_everything_comes_exactly_once_and_the_way_back_is_the_same(world, sign_in):
    things, zhao = a_full_box(world), sign_in("zhao")
    found = pages(zhao)
    assert [len(page) for page in found[:-1]] == [SIZE] * (len(found) - 1)
    assert len(found) > 1
    assert sorted(sum(found, [])) == sorted(things)
    second = zhao.get(f"/inbox/?{urlencode({'at': zhao.get('/inbox/').context['page'].older})}").context["page"]
    back = zhao.get(f"/inbox/?{urlencode({'at': second.newer})}").context["page"]
    assert [item.thing for item in back.items] == found[0]
    assert back.newer == ""


def test_what_comes_in_while_one_reads_on_moves_no_page(world, sign_in):
    a_full_box(world)
    zhao = sign_in("zhao")
    before, older = pages(zhao)[1], zhao.get("/inbox/").context["page"].older
    world.a_case("in_review", now=at(hour=18))
    page = zhao.get(f"/inbox/?{urlencode({'at': older})}").context["page"]
    assert [item.thing for item in page.items] == before


def test_the_count_and_marking_all_reach_beyond_the_page(world, sign_in):
    things, zhao = a_full_box(world), sign_in("zhao")
    assert zhao.get("/inbox/").context["unread"] == str(len(things))
    zhao.post("/inbox/read")
    with region_context(YONGCHANG):
        assert set(InboxMark.objects.filter(mark="read").values_list("thing", flat=True)) == things
    assert zhao.get("/inbox/").context["unread"] == ""


@pytest.mark.parametrize(
    "text",
    ["x", "older~2026-11-23T10:00:00~A", "older~2026-13-23T10:00:00+08:00~A", "later~2026-11-23T10:00:00+08:00~A",
     "older~2026-11-23T10:00:00+08:00~A'"],
)  # fmt: skip
def test_an_altered_place_is_a_bad_request(world, sign_in, text):
    assert sign_in("zhao").get("/inbox/", {"at": text}).status_code == 400
    assert sign_in("zhao").get("/inbox/", {"at": "older~2026-11-23T10:00:00+08:00~A"}).status_code == 200


def answered(world):
    found = an_objection(world)
    answer_objection(
        world.enter(world.actors["lv"]), ref=found.ref, result="rejected", findings="与决定书一致", article="第十条",
        measures="", now=at(hour=15),
    )  # fmt: skip
    with region_context(YONGCHANG):
        printing.render_waiting()
        found.refresh_from_db()
    return found


def test_an_objection_brings_its_messages_and_its_answer_each_with_the_way_to_its_page(world, sign_in):
    found = answered(world)
    items = sign_in("zhao").get("/inbox/").context["page"].items
    assert [(one.what, one.title, one.page) for one in items if one.what == "paper"] == [
        ("paper", "异议答复书", f"/my/objections/{found.ref}")
    ]
    told = [one for one in items if one.what == "message"]
    assert len(told) == 2
    assert all(found.objection_no in one.detail and one.page == f"/my/objections/{found.ref}" for one in told)
    assert sign_in("wu").get("/inbox/").context["page"].items == []


def test_the_answer_is_the_objectors_alone_and_is_read_where_it_is_opened(world, sign_in):
    found, zhao = answered(world), sign_in("zhao")
    paper = f"/inbox/paper/{found.paper_ref}"
    assert [sign_in("wu").get(paper).status_code, zhao.get(paper).status_code] == [404, 200]
    with region_context(YONGCHANG):
        assert InboxMark.objects.filter(thing=found.paper_ref, mark="read").count() == 1


@pytest.mark.parametrize("address", ["/inbox/paper/{paper}", "/my/objections/{ref}/paper"])
def test_asking_for_the_head_of_a_paper_reads_nothing(world, sign_in, address):
    found, zhao = answered(world), sign_in("zhao")
    before, paper = unread(zhao), address.format(paper=found.paper_ref, ref=found.ref)
    assert zhao.head(paper).status_code == 200
    assert unread(zhao) == before
    assert zhao.get(paper).status_code == 200
    assert unread(zhao) == before - 1


def test_a_withdrawn_penalty_is_told_with_the_way_to_its_page(world, sign_in):
    found = a_report(world)
    confirm_withdrawal(world.enter(world.actors["lv"]), ref=found.ref, note="复议决定已生效", now=at(hour=15))
    items = sign_in("zhao").get("/inbox/").context["page"].items
    assert [one.page for one in items if one.what == "message"] == [f"/my/withdrawn/{found.ref}"]
