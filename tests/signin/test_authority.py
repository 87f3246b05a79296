"""单位授权: asked with evidence, checked by an officer, granted and revoked by a legal representative, ended by its day."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.models import AuthorityRequest, Draft, Task, UploadTicket
from cases.services import authority, task
from cases.services.drafts import start_draft
from cases.services.upload_ticket import holder_of
from creditrepair.audit.models import Event
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import NotAllowed, NotFound, WrongMoment
from creditrepair.tenancy.models import Representation, User
from tests.routes_objects import a_scan
from tests.routes_signin import FOURTH, THIRD, request_form
from tests.signin.test_sign_in import OTHER, PHONE, give_phone, prove
from tests.world import FIRM_A, FIRM_B, YONGCHANG, World


def lines(verb: str) -> list[Event]:
    with region_context(YONGCHANG):
        return list(Event.objects.filter(region_id=YONGCHANG, verb=verb).order_by("seq"))


def held(**about) -> list[Representation]:
    with region_context(YONGCHANG):
        return list(Representation.objects.filter(region_id=YONGCHANG, **about).order_by("id"))


def request_of(**about) -> AuthorityRequest:
    with region_context(YONGCHANG):
        return AuthorityRequest.objects.get(region_id=YONGCHANG, **about)


def asks(browser, **changes) -> AuthorityRequest:
    answer = browser.post("/firms/ask", request_form(a_scan("授权委托书.pdf")) | changes)
    assert answer.status_code == 302, answer.content.decode()
    return request_of(outcome="")


def grants(browser, phone: str = OTHER, **changes) -> Representation:
    today = timezone.localdate()
    form = {
        "agent_name": "孙办",
        "phone": phone,
        "scope": "all",
        "from_on": today.isoformat(),
        "until_on": (today + timedelta(days=30)).isoformat(),
    }
    assert browser.post("/firms/grant", form | changes).status_code == 302
    return held(granted_by__isnull=False)[-1]


# ── asking and checking ────────────────────────────────────────────────────────────────────────────────────────────
def test_a_request_is_a_task_of_the_window_and_holds_once_it_was_checked(world, visit):
    zhao, li = visit("zhao"), visit("li")
    row = asks(zhao)
    with region_context(YONGCHANG):
        todo = Task.objects.get(kind="authority", thing=row.ref)
    assert (todo.department.code, todo.closed_at) == ("fgj", None)
    assert zhao.post("/switch", {"choice": f"firm:{FOURTH}"}).status_code == 403
    assert f"/desk/authorities/{row.ref}/" in li.get(reverse("desk:task", args=[todo.ref])).content.decode()
    assert li.get(f"/desk/authorities/{row.ref}/file/letter")["Content-Disposition"].startswith("attachment")
    assert li.post(f"/desk/authorities/{row.ref}/confirm").status_code == 302
    assert zhao.post("/switch", {"choice": f"firm:{FOURTH}"}).status_code == 302
    assert "永昌县焦家庄建材有限公司" in zhao.get("/my/").content.decode()
    with region_context(YONGCHANG):
        assert Task.objects.get(pk=todo.pk).closed_by == world.people["li"]
    made = held(subject_code=FOURTH)[0]
    assert (made.checked_by, made.basis, request_of(ref=row.ref).representation) == (
        world.people["li"], "agent", made.ref,
    )  # fmt: skip
    asked, settled = lines("authority_asked")[0], lines("authority_settled")[0]
    assert (asked.user, asked.on_behalf_of, settled.user, settled.on_behalf_of) == (
        world.people["zhao"], FOURTH, world.people["li"], FOURTH,
    )  # fmt: skip


def test_a_refused_request_tells_its_reason_and_can_be_made_again(world, visit):
    zhao, li = visit("zhao"), visit("li")
    row = asks(zhao)
    assert li.post(f"/desk/authorities/{row.ref}/refuse", {"reason": " "}).status_code == 422
    assert li.post(f"/desk/authorities/{row.ref}/refuse", {"reason": "公章不清晰"}).status_code == 302
    assert "公章不清晰" in zhao.get("/firms/").content.decode()
    assert held(subject_code=FOURTH) == []
    assert li.post(f"/desk/authorities/{row.ref}/confirm").status_code == 409
    assert asks(zhao).ref != row.ref


def test_one_open_request_a_firm_and_the_asker_may_take_it_back(world, visit):
    zhao = visit("zhao")
    row = asks(zhao)
    assert zhao.post("/firms/ask", request_form(a_scan())).status_code == 409
    assert visit("wu").post(f"/firms/asked/{row.ref}/withdraw").status_code == 404
    assert zhao.post(f"/firms/asked/{row.ref}/withdraw").status_code == 302
    assert request_of(ref=row.ref).outcome == "withdrawn"
    with region_context(YONGCHANG):
        assert Task.objects.get(kind="authority").closed_at is not None


def test_nobody_checks_the_own_request_and_a_task_of_it_is_not_closed_past_it(world, visit):
    row = asks(visit("zhao"))
    with region_context(YONGCHANG):
        AuthorityRequest.objects.filter(pk=row.pk).update(user=world.people["li"])
        todo = Task.objects.get(kind="authority")
    li = world.enter(world.actors["li"])
    with pytest.raises(NotAllowed):
        authority.confirm_authority(li, ref=row.ref, note="", end_former=False, now=timezone.now())
    with pytest.raises(WrongMoment):
        task.close_task(li, ref=todo.ref, answer="看过了", now=timezone.now())
    wang = world.enter(world.actors["wang"])
    authority.confirm_authority(wang, ref=row.ref, note="", end_former=False, now=timezone.now())
    assert held(subject_code=FOURTH)[0].checked_by == world.people["wang"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"subject_code": FOURTH[:-1] + ("1" if FOURTH[-1] != "1" else "2")}, "统一社会信用代码"),
        ({"subject_code": "\0" * 18}, "统一社会信用代码"),
        ({"subject_code": FIRM_A}, "名称不一致"),
        ({"subject_name": ""}, "单位名称"),
        ({"basis": "owner"}, "身份"),
        ({"scope": "everything"}, "权限"),
        ({"from_on": "2026-02-30"}, "开始日期"),
        ({"until_on": ""}, "截止日期"),
        ({"until_on": "2020-01-01"}, "截止日期已过"),
        ({"until_on": "2099-01-01"}, "三年"),
        ({"letter": ""}, "授权证明"),
    ],
)
def test_what_is_missing_or_wrong_in_a_request_is_said_and_nothing_is_kept(world, visit, changes, field):
    answer = visit("zhao").post("/firms/ask", request_form(a_scan()) | changes)
    assert (answer.status_code, field in answer.content.decode()) == (422, True)
    with region_context(YONGCHANG):
        assert not AuthorityRequest.objects.exists()
        assert not Task.objects.exists()


def test_an_upload_is_not_lost_over_another_fault(world, visit):
    zhao = visit("zhao")
    page = zhao.post("/firms/ask", request_form(a_scan("授权委托书.pdf")) | {"until_on": ""}).content.decode()
    kept = page.partition('name="letter_kept" value="')[2][:36]
    form = request_form("") | {"letter_kept": kept}
    assert visit("wu").post("/firms/ask", form).status_code == 422  # another's file is no evidence
    assert zhao.post("/firms/ask", form).status_code == 302
    with region_context(YONGCHANG):
        assert str(AuthorityRequest.objects.get().letter.uuid) == kept


# ── from–to ────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("from_day", "until_day", "status"), [(-9, -1, 403), (-9, 0, 200), (0, 0, 200), (1, 9, 403)])
def test_an_authority_holds_from_its_first_through_its_last_day(world, visit, from_day, until_day, status):
    zhao, today = visit("zhao"), timezone.localdate()
    assert zhao.get("/my/").status_code == 200
    with region_context(YONGCHANG):
        Representation.objects.filter(user=world.people["zhao"]).update(
            from_on=today + timedelta(days=from_day), until_on=today + timedelta(days=until_day)
        )
    assert zhao.get("/my/").status_code == status


def test_an_authority_to_look_lets_nobody_file_correct_or_withdraw(world, visit):
    zhao = visit("zhao")
    case = world.a_case(now=timezone.now(), decided_on=timezone.localdate() - timedelta(days=200),
                        published_on=timezone.localdate() - timedelta(days=200))  # fmt: skip
    with region_context(YONGCHANG):
        Representation.objects.filter(user=world.people["zhao"]).update(scope="view")
    assert zhao.get(f"/my/{case.application.ref}").status_code == 200
    assert zhao.post("/apply").status_code == 403
    assert zhao.post(f"/my/case/{case.ref}/withdraw", {"reason": "撤回"}).status_code == 403
    assert zhao.post(f"/my/case/{case.ref}/evidence").status_code == 409  # taking evidence is looking: only too early
    assert world.fresh(case).state == "submitted"
    with region_context(YONGCHANG):
        assert not Draft.objects.exists()
        Representation.objects.filter(user=world.people["zhao"]).update(scope="all")
    assert zhao.post(f"/my/case/{case.ref}/withdraw", {"reason": "撤回"}).status_code == 302


def test_a_telephone_that_stands_in_for_somebody_may_no_more_than_that_person(world, visit):
    zhao = world.enter(world.actors["zhao"])
    draft = start_draft(zhao, records=[world.a_record(FIRM_A, "zjj").ref], now=timezone.now())
    with region_context(YONGCHANG):
        ticket = UploadTicket.objects.create(
            region_id=YONGCHANG, draft=draft, user=world.people["zhao"], key="x", token_hash="x",
            opened_at=timezone.now(), expires_at=timezone.now() + timedelta(minutes=10),
        )  # fmt: skip
        assert holder_of(ticket).may_file
        Representation.objects.filter(user=world.people["zhao"]).update(scope="view")
        assert not holder_of(ticket).may_file


# ── granting, claiming, revoking ───────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def agent(world: World, visit):
    """Somebody new to whom Zhao granted firm A, signed in by telephone; with the grant."""
    made = grants(visit("zhao"))
    browser = visit()
    prove(browser, OTHER)
    assert browser.post("/register", {"full_name": "孙办", "agreed": "yes"})["Location"] == "/my/"
    return browser, made


def test_a_grant_is_claimed_by_whoever_holds_the_number_at_the_first_sign_in(world, agent):
    browser, made = agent
    page = browser.get("/my/").content.decode()
    assert "正在为 <strong>永昌县祁连山食品有限公司</strong> 办理" in page
    now = held(ref=made.ref)[0]
    assert (now.user, now.claimed_at is not None, now.granted_by) == (
        User.objects.get(full_name="孙办"), True, world.people["zhao"],
    )  # fmt: skip
    granted, claimed = lines("authority_granted")[0], lines("authority_claimed")[0]
    assert (granted.on_behalf_of, granted.authority.split("；")[0]) == (FIRM_A, "法定代表人")
    assert (claimed.user, claimed.on_behalf_of, claimed.thing) == (now.user, FIRM_A, made.ref)


def test_a_grant_waits_for_its_number_and_for_nobody_elses(world, visit):
    made = grants(visit("zhao"))
    give_phone(world.people["wu"], PHONE)
    prove(visit(), PHONE)
    assert held(ref=made.ref)[0].user is None
    page = visit("zhao").get("/firms/").content.decode()
    assert "待对方登录领受" in page
    assert OTHER not in page and "138****0002" in page


def test_what_an_agent_does_is_kept_with_firm_and_authority(world, agent):
    browser, made = agent
    days = timezone.localdate() - timedelta(days=200)
    case = world.a_case(now=timezone.now(), decided_on=days, published_on=days)
    assert browser.post(f"/my/case/{case.ref}/withdraw", {"reason": "撤回"}).status_code == 302
    line = lines("withdrawn")[0]
    assert (line.user, line.on_behalf_of) == (held(ref=made.ref)[0].user, FIRM_A)
    assert line.authority.startswith("经办人（授权委托书）；法定代表人赵申于")


def test_a_revoked_agent_is_refused_by_the_next_request_also_in_the_middle_of_a_filing(world, visit, agent):
    browser, made = agent
    ref = browser.post("/apply")["Location"].split("/")[2]
    form = {"version": 1, "then": "leave", "agent_name": "孙办", "agent_phone": OTHER}
    assert browser.get(f"/apply/{ref}/identity").status_code == 200
    assert visit("zhao").post(f"/firms/{made.ref}/revoke", {"reason": "离职"}).status_code == 302
    assert browser.post(f"/apply/{ref}/identity", form).status_code == 403
    assert browser.post("/apply").status_code == 403
    assert browser.get("/my/").status_code == 403
    with region_context(YONGCHANG):
        assert "identity" not in Draft.objects.get(ref=ref).content
        assert Draft.objects.count() == 1
    line = lines("authority_revoked")[0]
    assert (line.user, line.on_behalf_of, line.thing, line.data["reason"]) == (
        world.people["zhao"], FIRM_A, made.ref, "离职",
    )  # fmt: skip
    assert browser.get("/firms/").status_code == 200


def test_with_one_firm_gone_nothing_is_done_for_the_other_unasked(world, visit, agent):
    """A page of firm A, pressed after A was revoked, must not begin a filing of firm B."""
    browser, made = agent
    grants(visit("wu"))
    prove(browser, OTHER)
    assert browser.post("/switch", {"choice": f"firm:{FIRM_A}"}).status_code == 302
    visit("zhao").post(f"/firms/{made.ref}/revoke")
    assert browser.post("/apply").status_code == 403
    with region_context(YONGCHANG):
        assert not Draft.objects.exists()
    assert browser.post("/switch", {"choice": f"firm:{FIRM_B}"}).status_code == 302
    assert browser.post("/apply").status_code == 302


def test_only_the_firms_legal_representative_of_today_grants_and_revokes(world, visit, agent):
    browser, made = agent
    today = timezone.localdate()
    assert browser.get("/firms/grant").status_code == 403
    assert visit("wu").post(f"/firms/{made.ref}/revoke").status_code == 404
    with region_context(YONGCHANG):
        Representation.objects.filter(user=world.people["zhao"]).update(until_on=today - timedelta(days=1))
    assert visit("zhao").post(f"/firms/{made.ref}/revoke").status_code == 404
    assert held(ref=made.ref)[0].revoked_at is None
    assert browser.post(f"/firms/{made.ref}/revoke").status_code == 302  # one's own may be laid down
    assert held(ref=made.ref)[0].revoked_by == User.objects.get(full_name="孙办")


def test_a_later_legal_representative_ends_what_the_former_granted_and_the_former_too(world, visit, agent):
    browser, made = agent
    wu, li = visit("wu"), visit("li")
    changes = {"subject_code": FIRM_A, "subject_name": "永昌县祁连山食品有限公司", "basis": "legal_representative"}
    row = asks(wu, **changes)
    assert li.post(f"/desk/authorities/{row.ref}/confirm", {"end_former": "yes"}).status_code == 302
    assert visit("zhao").get("/my/").status_code == 403
    assert browser.get("/my/").status_code == 200  # the firm's agent stays until the firm says otherwise
    assert wu.post("/switch", {"choice": f"firm:{FIRM_A}"}).status_code == 302
    assert wu.post(f"/firms/{made.ref}/revoke").status_code == 302
    assert browser.get("/my/").status_code == 403
    assert [line.user for line in lines("authority_revoked")] == [world.people["li"], world.people["wu"]]


def test_the_window_ends_an_authority_on_a_paper_with_a_reason(world, visit, agent):
    browser, made = agent
    li = visit("li")
    assert li.post(f"/desk/authorities/{made.ref}/end", {"reason": ""}).status_code == 422
    assert browser.get("/my/").status_code == 200
    assert li.post(f"/desk/authorities/{made.ref}/end", {"reason": "单位书面申请"}).status_code == 302
    assert browser.get("/my/").status_code == 403
    assert li.post(f"/desk/authorities/{made.ref}/end", {"reason": "再次"}).status_code == 409


@pytest.mark.parametrize(
    "changes", [{"phone": "0935-0000000"}, {"until_on": ""}, {"agent_name": "\u200b"}, {"scope": "x"}]
)
def test_a_faulty_grant_is_none(world, visit, changes):
    today = timezone.localdate()
    form = {"agent_name": "孙办", "phone": OTHER, "scope": "all", "from_on": today.isoformat(),
            "until_on": today.isoformat()}  # fmt: skip
    assert visit("zhao").post("/firms/grant", form | changes).status_code == 422
    assert held(granted_by__isnull=False) == []
    assert visit("zhao").post("/firms/grant", form).status_code == 302
    assert visit("zhao").post("/firms/grant", form).status_code == 409


def test_a_stranger_finds_neither_request_nor_authority(world, visit):
    row = asks(visit("zhao"), subject_code=THIRD, subject_name="永昌县东寨粮油有限公司")
    wu = world.enter(world.actors["wu"])
    with pytest.raises(NotFound):
        authority.withdraw_request(wu, ref=row.ref, now=timezone.now())
    with pytest.raises(NotFound):
        authority.revoke_authority(wu, ref=held(user=world.people["zhao"])[0].ref, reason="", now=timezone.now())
    with pytest.raises(NotAllowed):
        authority.grant_authority(
            world.enter(world.actors["li"]), agent_name="x", phone=OTHER, scope="all", from_on=None, until_on=None,
            now=timezone.now(),
        )  # fmt: skip
