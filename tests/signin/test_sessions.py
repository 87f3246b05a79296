"""How long a session lasts, what ends it, and that one comes back to the page one was on. Passwords of accounts."""

import pytest
from django.test import Client
from django.utils import timezone

from cases.models import Draft
from cases.services.accounts import phone_key
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid
from creditrepair.tenancy.models import FormerPassword, User
from creditrepair.tenancy.passwords import fault_of, give_password
from tests.routes_signin import latest_code
from tests.signin.test_sign_in import OTHER, PASSWORD, PHONE, give_phone, prove
from tests.world import YONGCHANG, at

SECOND = "Another-password-2"


def older_by(browser: Client, seconds: int, *names: str) -> None:
    session = browser.session
    for name in names:
        session[name] = session[name] - seconds
    session.save()


def is_in(browser: Client) -> bool:
    return browser.get("/my/").status_code == 200


@pytest.fixture
def twice(world, visit) -> tuple[Client, Client]:
    """Zhao, signed in on two devices by a code to the telephone."""
    give_phone(world.people["zhao"])
    browsers = visit(), visit()
    for browser in browsers:
        prove(browser)
        assert is_in(browser)
    return browsers


def at_second(monkeypatch, moment: float) -> None:
    monkeypatch.setattr("creditrepair.tenancy.middleware.clock", lambda: moment)


@pytest.mark.parametrize(("seconds", "lasts"), [(1799, True), (1800, True), (1801, False)])
@pytest.mark.fault("T33")
def test_an_applicant_may_be_idle_for_thirty_minutes(twice, monkeypatch, seconds, lasts):
    at_second(monkeypatch, twice[0].session["seen_at"] + seconds)
    assert is_in(twice[0]) is lasts


@pytest.mark.parametrize(("seconds", "lasts"), [(43199, True), (43200, True), (43201, False)])
@pytest.mark.fault("T33")
def test_no_session_lasts_longer_than_twelve_hours_whatever_is_done(twice, monkeypatch, seconds, lasts):
    session = twice[0].session
    session["seen_at"] = session["began_at"] + seconds
    session.save()
    at_second(monkeypatch, session["began_at"] + seconds)
    assert is_in(twice[0]) is lasts


def test_one_press_keeps_an_idle_session(twice, monkeypatch):
    seen = twice[0].session["seen_at"]
    at_second(monkeypatch, seen + 1700)
    assert twice[0].post("/stay").status_code == 200
    at_second(monkeypatch, seen + 3400)
    assert is_in(twice[0])
    at_second(monkeypatch, seen + 5300)
    assert not is_in(twice[0])


def test_who_was_idle_is_told_so_and_comes_back_to_the_page(world, twice):
    browser = twice[0]
    older_by(browser, 1805, "seen_at")
    sent = browser.get("/firms/")["Location"]
    page = browser.get(sent).content.decode()
    assert "登录已过期" in page
    assert 'name="next" value="/firms/"' in page
    assert prove(browser, next="/firms/")["Location"] == "/firms/"
    assert "登录已过期" not in Client(SERVER_NAME="127.0.0.1").get("/login").content.decode()


def test_what_was_posted_too_late_is_not_done_and_its_page_is_found_again(twice):
    browser = twice[0]
    older_by(browser, 1805, "seen_at")
    answer = browser.post("/account/everywhere", headers={"referer": "http://127.0.0.1/account"})
    assert answer.status_code == 302
    assert is_in(twice[1])
    assert 'name="next" value="/account"' in browser.get("/login").content.decode()


def test_a_page_of_somebody_signed_in_carries_the_warning_and_of_a_visitor_none(twice, visit):
    assert 'data-idle="1800" data-warning="120"' in twice[0].get("/my/").content.decode()
    assert "data-idle" not in visit().get("/").content.decode()


@pytest.mark.fault("T33")
def test_signing_out_everywhere_leaves_the_own_session_and_ends_all_others(twice):
    assert twice[0].post("/account/everywhere")["Location"] == "/account"
    assert is_in(twice[0])
    assert not is_in(twice[1])


@pytest.mark.fault("T33")
def test_a_new_password_ends_the_other_sessions(twice):
    """No old password is asked of whoever has just proved the telephone; later it is."""
    form = {"password": SECOND, "again": SECOND}
    older_by(twice[0], 601, "proved_at")
    assert twice[0].post("/account/password", form).status_code == 422
    assert is_in(twice[1])
    assert twice[1].post("/account/password", form).status_code == 302
    assert is_in(twice[1])
    assert not is_in(twice[0])


def test_who_has_no_password_is_told_how_to_get_one_and_meets_no_field_to_fill(world, twice):
    browser = twice[0]
    assert 'name="password"' in browser.get("/account").content.decode()
    older_by(browser, 601, "proved_at")
    page = browser.get("/account").content.decode()
    assert "用手机验证码重新登录" in page
    assert 'name="present"' not in page


@pytest.mark.fault("T33")
def test_a_new_number_has_to_be_proved_and_ends_the_other_sessions(world, twice):
    assert twice[0].post("/account/phone", {"phone": OTHER})["Location"] == "/signin/code"
    assert User.objects.get(username="zhao").phone_hash == phone_key(PHONE)
    assert twice[0].post("/signin/code", {"code": latest_code()})["Location"] == "/account"
    assert User.objects.get(username="zhao").phone_hash == phone_key(OTHER)
    assert is_in(twice[0])
    assert not is_in(twice[1])


def test_a_number_of_another_account_is_not_taken_over(world, twice):
    give_phone(world.people["wu"], OTHER)
    twice[0].post("/account/phone", {"phone": OTHER})
    assert twice[0].post("/signin/code", {"code": latest_code()}).status_code == 409
    assert User.objects.get(username="wu").phone_hash == phone_key(OTHER)
    assert User.objects.get(username="zhao").phone_hash == phone_key(PHONE)


@pytest.mark.fault("T33")
def test_a_disabled_applicants_sessions_end_with_the_next_request(world, twice):
    User.objects.filter(username="zhao").update(is_active=False)
    assert [is_in(one) for one in twice] == [False, False]


# ── passwords ──────────────────────────────────────────────────────────────────────────────────────────────────────
NAMES = ("zhao", "赵申", PHONE)


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("Aa1-xyz", "至少8"),
        ("Aa1-xyzw", ""),
        ("Aa1-" * 16, ""),
        ("Aa1-" * 16 + "x", ""),
        ("Aa1-" * 32, ""),
        ("Aa1-" * 32 + "x", "最长128"),
        ("Aa1-" * 250, "最长128"),
        ("aaaaaaaa1", "至少三类"),
        ("长城长城长城Aa", ""),
        ("P@ssw0rd", "常见"),
        ("Zhao-2026-x", "账号、姓名"),
        ("赵申-Aa-2026", "账号、姓名"),
        ("Tel13800000001", "账号、姓名"),
    ],
)
@pytest.mark.fault("B60")
def test_the_rules_for_passwords(password, fault):
    found = fault_of(password, names=NAMES)
    assert fault in found
    assert bool(found) is bool(fault)


@pytest.mark.parametrize(("password", "fine"), [("Aa1-xyzwv", False), ("Aa1-xyzwvu", True)])
@pytest.mark.fault("B60")
def test_staff_need_ten_characters(password, fine):
    assert (fault_of(password, names=(), staff=True) == "") is fine


@pytest.mark.fault("B60")
def test_the_last_five_passwords_do_not_come_back_and_the_sixth_may(world):
    user = world.people["zhao"]
    given = [f"Changing-words-{n}" for n in range(6)]
    for password in given[:5]:
        give_password(user, password, now=at())
    for password in given[:5]:
        with pytest.raises(Invalid) as refused:
            give_password(user, password, now=at())
        assert set(refused.value.fields) == {"password"}
    give_password(user, given[5], now=at())
    give_password(user, given[0], now=at())
    assert user.check_password(given[0])
    assert FormerPassword.objects.filter(user=user).count() == 6


def test_a_wrong_present_password_changes_nothing(world, visit):
    user = world.people["zhao"]
    user.set_password(PASSWORD)
    user.save()
    browser = visit("zhao")
    form = {"password": SECOND, "again": SECOND}
    assert browser.post("/account/password", {**form, "present": "wrong"}).status_code == 422
    assert browser.post("/account/password", {**form, "present": PASSWORD, "again": "x"}).status_code == 422
    assert User.objects.get(pk=user.pk).check_password(PASSWORD)
    assert browser.post("/account/password", {**form, "present": PASSWORD}).status_code == 302
    changed = User.objects.get(pk=user.pk)
    assert changed.check_password(SECOND)
    assert (timezone.now() - changed.password_changed_at).total_seconds() < 3600
    assert is_in(browser)


@pytest.mark.parametrize("new", [False, True], ids=["known", "new"])
def test_what_was_typed_when_the_session_ended_travels_through_a_sign_in_by_code(world, twice, visit, new):
    """Known: it is saved into the own draft. New: somebody else registers in between, and the draft stays closed."""
    browser = twice[0]
    ref = browser.post("/apply")["Location"].split("/")[2]
    older_by(browser, 1805, "seen_at")
    form = {"version": "1", "then": "next", "agent_name": "赵代", "agent_phone": PHONE}
    page = browser.post(f"/apply/{ref}/identity", form)
    kept = {"kept": '{"version": ["1"], "agent_name": ["赵代"], "agent_phone": ["13800000001"]}'}
    assert (page.status_code, 'name="kept"' in page.content.decode()) == (401, True)
    phone = OTHER if new else PHONE
    code = browser.post("/signin/phone", {"phone": phone, "next": f"/apply/{ref}/identity", **kept})
    assert (code.status_code, "赵代" in code.content.decode()) == (200, True)
    assert "赵代" not in str(dict(browser.session))  # strangers store nothing with us
    told = browser.post("/signin/code", {"code": latest_code(), **kept})
    if new:
        assert "登记账号" in told.content.decode()
        browser.post("/register", {"full_name": "钱新", "agreed": "yes", **kept})
    with region_context(YONGCHANG):
        assert Draft.objects.get(ref=ref).content.get("identity", {}).get("agent_name") == (None if new else "赵代")
