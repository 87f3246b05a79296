"""Signing in by telephone, by password with a second step, by a provider; what everybody is told alike."""

import re
from threading import Barrier, Thread

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connections, transaction
from django.test import Client

from cases.services.accounts import PHONE as SEALED
from cases.services.accounts import phone_key, phone_of
from creditrepair.audit.models import Event
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import SignIn, User
from creditrepair.tenancy.personal import seal
from sync.models import Delivery
from tests import world as the_world
from tests.routes_signin import latest_code
from tests.world import YONGCHANG, at

PHONE, OTHER, PASSWORD = "13800000001", "13800000002", "Right-password-1"
SECRET = re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]+')


def give_phone(user: User, phone: str = PHONE) -> None:
    user.phone_hash, user.phone_sealed, user.phone_confirmed_at = phone_key(phone), seal(SEALED, phone), at()
    user.save()


def signed_in(browser: Client) -> bool:
    return browser.get("/account").status_code == 200


def other_code(step: int = 1) -> str:
    return f"{(int(latest_code()) + step) % 10**6:06d}"


def prove(browser: Client, phone: str = PHONE, **more: str) -> object:
    assert browser.post("/signin/phone", {"phone": phone, **more})["Location"] == "/signin/code"
    return browser.post("/signin/code", {"code": latest_code()})


def test_a_new_number_registers_and_signs_in_at_once_the_next_time(world, visit):
    browser = visit()
    assert prove(browser)["Location"] == "/register"
    assert not signed_in(browser)
    answer = browser.post("/register", {"full_name": "钱新", "agreed": "yes"})
    assert answer["Location"] == "/firms/"
    made = User.objects.get(phone_hash=phone_key(PHONE))
    assert (made.full_name, made.has_usable_password(), phone_of(made)) == ("钱新", False, PHONE)
    assert PHONE not in f"{made.username} {made.phone_sealed} {made.phone_hash}"
    later = visit()
    give_phone(world.people["zhao"], OTHER)
    assert prove(later, OTHER)["Location"] == "/my/"
    assert SignIn.objects.get(user=world.people["zhao"]).way == "phone"


def test_who_comes_from_a_page_goes_back_to_it_and_nowhere_else(world, visit):
    give_phone(world.people["zhao"])
    assert prove(visit(), next="/apply")["Location"] == "/apply"
    give_phone(world.people["wu"], OTHER)
    assert prove(visit(), OTHER, next="https://elsewhere.example/")["Location"] == "/my/"


@pytest.mark.fault("B57")
def test_a_number_with_an_account_and_one_without_are_answered_alike_and_cost_the_same(world, visit):
    """Nothing tells them apart before the code came back; for both a code was made and queued."""
    give_phone(world.people["zhao"])
    told = []
    for phone in (PHONE, OTHER):
        browser = visit()
        answer = browser.post("/signin/phone", {"phone": phone})
        page = SECRET.sub(r"\1", browser.get("/signin/code").content.decode()).replace(f"****{phone[-4:]}", "LAST")
        wrong = SECRET.sub(r"\1", browser.post("/signin/code", {"code": other_code()}).content.decode())
        told.append((answer.status_code, answer["Location"], page, wrong.replace(f"****{phone[-4:]}", "LAST")))
    assert told[0] == told[1]
    with region_context(YONGCHANG):
        assert Delivery.objects.filter(thing_kind="code").count() == 2


@pytest.mark.fault("B59")
def test_five_wrong_codes_end_the_code_for_the_page_too(world, visit):
    browser = visit()
    browser.post("/signin/phone", {"phone": PHONE})
    right = latest_code()
    for step in range(1, 6):
        assert browser.post("/signin/code", {"code": other_code(step)}).status_code == 422
    assert "重新获取" in browser.post("/signin/code", {"code": right}).content.decode()
    assert browser.post("/signin/code", {"again": "1"}).status_code == 302
    assert browser.post("/signin/code", {"code": latest_code()})["Location"] == "/register"


@pytest.mark.fault("B58")
def test_the_sixth_code_of_a_day_is_answered_with_429_and_a_time(world, visit):
    for _n in range(5):
        assert visit().post("/signin/phone", {"phone": PHONE}).status_code == 302
    answer = visit().post("/signin/phone", {"phone": PHONE})
    assert (answer.status_code, int(answer["Retry-After"]) > 0) == (429, True)
    assert visit().post("/signin/phone", {"phone": OTHER}).status_code == 302


@pytest.mark.parametrize("typed", ["0935-0000000", "1380000", "138****0001", "", "\0", "1" * 5000])
@pytest.mark.fault("B16")
def test_what_is_no_mobile_number_is_refused_beside_the_field(world, visit, typed):
    answer = visit().post("/signin/phone", {"phone": typed})
    assert (answer.status_code, "手机号码" in answer.content.decode()) == (422, True)


@pytest.fixture
def zhao(world) -> User:
    """Zhao has a password and a confirmed telephone."""
    user = world.people["zhao"]
    user.set_password(PASSWORD)
    give_phone(user)
    return user


@pytest.mark.parametrize("account", ["zhao", PHONE, "138 0000 0001"])
def test_a_password_alone_does_not_do_where_a_telephone_is_known(world, visit, zhao, account):
    browser = visit()
    answer = browser.post("/login", {"username": account, "password": PASSWORD, "next": "/apply"})
    assert answer["Location"] == "/signin/code"
    assert not signed_in(browser)
    assert browser.post("/signin/code", {"code": other_code()}).status_code == 422
    assert not signed_in(browser)
    assert browser.post("/signin/code", {"code": latest_code()})["Location"] == "/apply"
    assert SignIn.objects.get(user=zhao).way == "both"


def test_a_code_for_signing_in_is_no_second_step(world, visit, zhao):
    thief, owner = visit(), visit()
    thief.post("/login", {"username": "zhao", "password": PASSWORD})
    owner.post("/signin/phone", {"phone": PHONE})
    assert thief.post("/signin/code", {"code": latest_code()}).status_code == 422
    assert owner.post("/signin/code", {"code": latest_code()})["Location"] == "/my/"


def test_staff_sign_in_by_password_and_not_by_telephone(world, visit):
    give_phone(world.people["qian"])
    browser = visit()
    assert prove(browser).status_code == 422
    assert not signed_in(browser)
    world.people["qian"].set_password(PASSWORD)
    world.people["qian"].save()
    assert browser.post("/login", {"username": "qian", "password": PASSWORD})["Location"] == "/desk/"


def test_a_disabled_account_is_told_so_only_to_whoever_holds_its_number(world, visit, zhao):
    zhao.is_active = False
    zhao.save()
    answer = prove(visit())
    assert (answer.status_code, "已停用" in answer.content.decode()) == (422, True)
    wrong = visit().post("/login", {"username": "zhao", "password": PASSWORD})
    unknown = visit().post("/login", {"username": "nobody", "password": PASSWORD})
    pages = [SECRET.sub(r"\1", one.content.decode()).replace("nobody", "zhao") for one in (wrong, unknown)]
    assert pages[0] == pages[1]


def test_signing_in_is_one_line_of_the_chain_without_number_or_address(world, visit, zhao):
    prove(visit())
    with region_context(YONGCHANG):
        line = Event.objects.filter(verb="signed_in").get()
    assert (line.user_id, line.kind, line.thing, line.data) == (zhao.pk, "account", "zhao", {"way": "phone"})


def test_a_registration_waits_ten_minutes_and_needs_name_and_consent(world, visit):
    browser = visit()
    prove(browser)
    assert browser.post("/register", {"full_name": "钱新"}).status_code == 422
    assert browser.post("/register", {"full_name": " \u3000\u200b", "agreed": "yes"}).status_code == 422
    session = browser.session
    session["proved"] = {**session["proved"], "at": session["proved"]["at"] - 601}
    session.save()
    assert browser.post("/register", {"full_name": "钱新", "agreed": "yes"})["Location"] == "/login"
    assert not User.objects.filter(phone_hash=phone_key(PHONE)).exists()


# ── providers ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_without_a_provider_the_page_says_nothing_of_one(world, visit):
    assert "其他方式" not in visit().get("/login").content.decode()
    assert visit().get("/signin/with/sample").status_code == 404


def test_a_provider_vouches_for_a_number_and_only_after_its_own_state(world, visit, settings):
    settings.SIGNIN_PROVIDERS = ["tests.signin.sample_provider.Sample"]
    give_phone(world.people["zhao"])
    browser = visit()
    assert "示例统一身份认证" in browser.get("/login").content.decode()
    sent = browser.get("/signin/with/sample", {"next": "/apply"})["Location"]
    state = sent.rpartition("state=")[2]
    assert browser.get("/signin/back/sample", {"state": "guessed", "phone": PHONE}).status_code == 422
    assert browser.get("/signin/back/sample", {"state": state, "phone": PHONE}).status_code == 422  # used up
    state = browser.get("/signin/with/sample", {"next": "/apply"})["Location"].rpartition("state=")[2]
    assert browser.get("/signin/back/sample", {"state": state, "phone": PHONE})["Location"] == "/apply"
    assert SignIn.objects.get(user=world.people["zhao"]).way == "provider"


# ── a thousand at once ─────────────────────────────────────────────────────────────────────────────────────────────
class CountingHasher(PBKDF2PasswordHasher):
    """A real hasher that counts how many passwords were looked at."""

    algorithm, iterations = "counting", 1
    looked = 0

    def verify(self, password: str, encoded: str) -> bool:
        type(self).looked += 1
        return super().verify(password, encoded)


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault("T20")
def test_of_a_thousand_parallel_attempts_five_are_looked_at(settings, monkeypatch):
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    monkeypatch.setattr("cases.throttle.clock", lambda: 1_800_000_100.0)
    with transaction.atomic():
        world = the_world.build()
        world.people["zhao"].set_password(PASSWORD)
        world.people["zhao"].save()
    CountingHasher.looked, start, told = 0, Barrier(8), []

    def guess() -> None:
        start.wait()
        try:
            for _n in range(125):
                browser = Client(SERVER_NAME="127.0.0.1", raise_request_exception=False)
                told.append(browser.post("/login", {"username": "zhao", "password": "wrong"}).status_code)
        finally:
            connections.close_all()

    threads = [Thread(target=guess) for _n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert CountingHasher.looked <= 5
    assert len(told) == 1000
    assert set(told) <= {422, 429}
    assert told.count(422) <= 5


def test_a_right_password_begins_the_count_anew(world, visit, monkeypatch):
    monkeypatch.setattr("cases.throttle.clock", lambda: 1_800_000_100.0)
    world.people["qian"].set_password(PASSWORD)
    world.people["qian"].save()
    for _round in range(2):
        browser = visit()
        for _n in range(4):
            assert browser.post("/login", {"username": "qian", "password": "wrong"}).status_code == 422
        assert browser.post("/login", {"username": "qian", "password": PASSWORD}).status_code == 302
