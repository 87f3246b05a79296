"""What must never happen, asked from outside: foreign rights, forged forms, wrong files, old sessions, half a write."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings as house
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from cases.desk import decisions
from cases.models import Application, Case, Draft, FailureRecord, StoredFile
from cases.query_codes import query_code_of
from cases.services import apply, intake
from creditrepair.audit.models import Event
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Membership, Representation, Role
from tests.routes_objects import PASSWORD, Visit, a_scan, authority_form, header_faults, long_ago, page_faults
from tests.uploads.samples import a_pdf
from tests.world import FIRM_A, FIRM_B, YONGCHANG, World, history

PHONE, MASKED = "13800000000", "138****0000"


@pytest.fixture
def visit(world: World) -> Callable[..., Visit]:
    """`visit("qian")` is a browser in which Qian is signed in, `visit()` one of nobody."""

    def open_browser(who: str = "", **how: object) -> Visit:
        client = Visit(SERVER_NAME="127.0.0.1", **how)
        if who:
            client.force_login(world.people[who], backend="django.contrib.auth.backends.ModelBackend")
        return client

    return open_browser


@pytest.fixture
def with_password(world: World) -> str:
    """The password of all applicants and of Qian."""
    for who in ("zhao", "qian"):
        world.people[who].set_password(PASSWORD)
        world.people[who].save()
    return PASSWORD


def a_case(world: World, at_state: str = "submitted", **facts: object) -> Case:
    """A case that the law lets be decided on the day of the test."""
    return world.a_case(at_state, decided_on=long_ago(), published_on=long_ago(), now=timezone.now(), **facts)


def decision(world: World, case: Case, act: str = "approve", **more: object) -> dict[str, object]:
    return {"act": act, "step": world.step(case), "version": world.fresh(case).version, "comment": "材料齐全"} | more


def decide_url(case: Case) -> str:
    return reverse("desk:decide", args=[case.ref])


# ── whose case it is ───────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("who", "status"), [("zheng", 404), ("lv", 404), ("sun", 403), ("wang", 403), ("zhao", 403), ("chen", 404)]
)
def test_a_decision_is_only_taken_by_the_tier_that_holds_the_case(world, visit, who, status):
    """zheng: next region; lv: other unit; sun: the tier above (jump); wang: supervision; zhao: the applicant herself."""
    case = a_case(world, "in_review")
    before, form = history(case), decision(world, case)
    assert visit(who).post(decide_url(case), form).status_code == status
    assert (history(case), world.fresh(case).state) == (before, "in_review")
    assert visit("qian").post(decide_url(case), form).status_code == 302


def test_the_head_cannot_be_skipped_by_deciding_the_handlers_step_twice(world, visit):
    case = a_case(world, "in_review")
    form = decision(world, case)
    assert visit("qian").post(decide_url(case), form).status_code == 302
    later = decision(world, case)  # the head's step, as Qian might read it from a colleague's screen
    assert visit("qian").post(decide_url(case), later).status_code == 403
    assert world.fresh(case).state == "in_review"
    assert visit("sun").post(decide_url(case), later).status_code == 302


def test_nobody_decides_two_tiers_of_one_case(world, visit):
    case = a_case(world, "in_review")
    assert visit("qian").post(decide_url(case), decision(world, case)).status_code == 302
    with region_context(YONGCHANG):
        Membership.objects.filter(user=world.people["qian"]).update(tiers=["handler", "head"])
    before = history(case)
    answer = visit("qian").post(decide_url(case), decision(world, case))
    assert answer.status_code == 403
    assert "另一环节" in answer.content.decode()
    assert history(case) == before


@pytest.mark.fault("F45")
def test_a_clerk_who_is_also_an_officer_does_not_decide_what_she_filed(world, visit):
    """Four eyes: the same person, with both roles at one desk."""
    record = world.a_record(FIRM_B, "scjgj", decided_on=long_ago(), published_on=long_ago())
    with region_context(YONGCHANG):
        Membership.objects.create(
            region_id=YONGCHANG, user=world.people["qian"], role=Role.CLERK, from_on=long_ago()
        )  # fmt: skip
    qian = visit("qian")
    url = qian.post(reverse("counter:subject"), authority_form())["Location"]
    form = {
        "record": record.ref, "agent_name": "吴申", "agent_phone": PHONE, "committed": "on",
        f"statement.proof_of_duties.{record.ref}": "on",
    }  # fmt: skip
    assert qian.post(url, form).status_code == 200
    with region_context(YONGCHANG):
        case = Case.objects.get(record=record)
    before = history(case)
    answer = qian.post(decide_url(case), decision(world, case, "accept"))
    assert answer.status_code == 403
    assert "须由他人审核" in answer.content.decode()
    assert history(case) == before


@pytest.mark.fault("F39")
def test_a_second_decision_is_told_who_was_first_and_keeps_its_text(world, visit):
    case = a_case(world, "in_review")
    form = decision(world, case)
    assert visit("qian").post(decide_url(case), form).status_code == 302
    before = history(case)
    answer = visit("qian").post(decide_url(case), form | {"comment": "现场核查照片三张齐全"})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "钱多已于" in text and "现场核查照片三张齐全" in text
    assert (page_faults(text), header_faults(answer, decide_url(case))) == ([], [])
    assert history(case) == before


@pytest.mark.parametrize("who", ["wu", "qian", "zheng", "li"])
def test_an_applicants_pages_are_for_the_firm_alone(world, visit, who):
    case = a_case(world)
    pages = [
        reverse("portal:application", args=[case.application.ref]),
        reverse("portal:receipt", args=[case.application.ref]),
    ]
    for url in pages:
        assert visit("zhao").get(url).status_code == 200
        assert visit(who).get(url).status_code == (404 if who == "wu" else 403)


@pytest.mark.parametrize("who", ["zhao", "wu"])
def test_an_applicant_opens_nothing_of_the_desk(world, visit, who):
    case = a_case(world)
    for url in ("/desk/", "/desk/queue/office/", f"/desk/case/{case.ref}/", "/desk/records/", "/counter/"):
        assert visit(who).get(url).status_code == 403
    assert visit(who).post("/desk/next").status_code == 403


def test_a_firm_cannot_file_for_the_record_of_another(world, visit):
    """A reference of firm A, typed into the draft of firm B, is not chosen; the verb would refuse it too."""
    theirs = world.a_record(FIRM_A, "zjj", decided_on=long_ago(), published_on=long_ago())
    wu = visit("wu")
    ref = wu.post("/apply", {"record": theirs.ref})["Location"].split("/")[2]
    page = wu.post(f"/apply/{ref}/records", {"version": 1, "records": [theirs.ref], "then": "next"})
    assert page.status_code in {409, 422}
    assert theirs.doc_no not in page.content.decode()
    wu.post(f"/apply/{ref}/confirm", {})
    with region_context(YONGCHANG):
        assert not Application.objects.filter(subject_id=FIRM_B).exists()


def test_a_file_of_one_firm_is_not_handed_in_by_another(world, visit):
    """Its number under the own filing: not found; attached to the own correction: not taken."""
    own, theirs = a_case(world, "correction"), a_case(world, "correction", who="wu")
    zhao, wu = visit("zhao"), visit("wu")
    assert zhao.post(reverse("portal:correct", args=[own.ref]), {"file_proof_of_duties": a_scan()}).status_code == 302
    with region_context(YONGCHANG):
        uuid = str(StoredFile.objects.get(owner=world.people["zhao"]).uuid)
    assert zhao.get(reverse("portal:file", args=[own.application.ref, uuid])).status_code == 200
    assert wu.get(reverse("portal:file", args=[theirs.application.ref, uuid])).status_code == 404
    answer = wu.post(reverse("portal:correct", args=[theirs.ref]), {"kept_proof_of_duties": uuid})
    assert answer.status_code == 422
    assert world.fresh(theirs).state == "correction"


def test_a_counter_filing_waits_for_the_clerk_who_began_it_and_for_nobody_else(world, visit):
    world.a_record(FIRM_B, "zjj", decided_on=long_ago(), published_on=long_ago())
    li = visit("li")
    url = li.post(reverse("counter:subject"), authority_form())["Location"]
    assert li.get(url).status_code == 200
    assert visit("li").get(url).status_code == 200  # signed in anew: nothing typed is lost
    assert [visit(who).get(url).status_code for who in ("wang", "qian")] == [403, 403]


# ── forged and smuggled ────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.fault("B32")
def test_a_form_without_its_secret_changes_nothing(world, visit):
    case = a_case(world, "in_review")
    before, form = history(case), decision(world, case)
    strict = visit("qian", enforce_csrf_checks=True)
    answer = strict.post(decide_url(case), form)
    assert answer.status_code == 403
    assert "页面已过期" in answer.content.decode()
    assert (page_faults(answer.content.decode()), header_faults(answer, decide_url(case))) == ([], [])
    assert history(case) == before
    page = strict.get(f"/desk/case/{case.ref}/").content.decode()
    secret = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert secret
    assert strict.post(decide_url(case), form | {"csrfmiddlewaretoken": secret[1]}).status_code == 302


@pytest.mark.parametrize(
    "url", ["/login", "/logout", "/switch", "/apply", "/progress", "/desk/next", "/counter/window"]
)
def test_no_form_goes_without_its_secret(world, visit, url):
    strict = visit("qian", enforce_csrf_checks=True)
    assert strict.post(url, {"choice": "x"}).status_code == 403
    assert strict.get("/desk/").status_code == 200  # still signed in


SMUGGLED = {
    "region_id": "620302", "region": "620302", "state": "approved", "role": "region_admin", "tiers": "bureau",
    "holder": "1", "subject": FIRM_B, "subject_code": FIRM_B, "department_id": "1", "verdict": "now", "id": "1",
}  # fmt: skip


@pytest.mark.fault("B24")
def test_what_the_form_does_not_ask_is_not_read(world, visit):
    case = a_case(world)
    form = decision(world, case, "accept") | SMUGGLED
    assert visit("qian").post(decide_url(case), form).status_code == 302
    after = world.fresh(case)
    assert (after.state, after.region_id, after.subject_id, after.department.code) == (
        "in_review", YONGCHANG, FIRM_A, "scjgj",
    )  # fmt: skip
    with region_context(YONGCHANG):
        held = Membership.objects.get(user=world.people["qian"])
    assert (held.role, held.region_id, held.tiers) == (Role.REVIEWER, YONGCHANG, ["handler"])


def test_a_draft_keeps_only_what_its_steps_ask(world, visit):
    zhao = visit("zhao")
    ref = zhao.post("/apply", SMUGGLED)["Location"].split("/")[2]
    sent = {"version": 1, "then": "leave", "agent_name": "赵申", "agent_phone": PHONE} | SMUGGLED
    assert zhao.post(f"/apply/{ref}/identity", sent).status_code == 302
    with region_context(YONGCHANG):
        draft = Draft.objects.get(ref=ref)
    assert (draft.region_id, draft.subject_id) == (YONGCHANG, FIRM_A)
    assert set(draft.content["identity"]) == {"agent_name", "agent_phone", "urgent_reason", "bid_on"}


@pytest.mark.parametrize("choice", [f"firm:{FIRM_B}", "desk:620321:1", "", "firm:", "x" * 500])
def test_nobody_switches_to_what_is_not_held(world, visit, choice):
    zhao = visit("zhao")
    assert zhao.post("/switch", {"choice": choice}).status_code == 403
    assert zhao.get("/desk/").status_code == 403
    assert zhao.get("/my/").status_code == 200


@pytest.mark.parametrize("query", ["?region=620302", "?code=A&last_four=1&debug=1", "?code=A&code=B&last_four=1"])
@pytest.mark.fault("B28")
def test_the_api_ignores_no_parameter(world, visit, query):
    answer = visit().get(f"/api/v1/progress{query}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["reference"] == answer["X-Reference"]


# ── files ──────────────────────────────────────────────────────────────────────────────────────────────────────────
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
HOSTILE = [
    ("缴款凭证.exe", b"MZ" + bytes(600), "application/x-msdownload"),
    ("缴款凭证.svg", SVG, "image/svg+xml"),
    ("缴款凭证.pdf", b"<!doctype html><script>alert(1)</script>", "application/pdf"),
    ("缴款凭证.png", SVG, "image/png"),
    ("缴款凭证.pdf.exe", a_pdf(), "application/pdf"),
]


@pytest.mark.parametrize(
    ("name", "content", "declared"), HOSTILE, ids=lambda part: part if isinstance(part, str) else ""
)
def test_a_wrong_file_is_refused_by_its_name_and_not_kept(world, visit, name, content, declared):
    case = a_case(world, "correction")
    url, zhao = reverse("portal:correct", args=[case.ref]), visit("zhao")
    sent = SimpleUploadedFile(name, content, content_type=declared)
    answer = zhao.post(url, {"file_proof_of_duties": sent})
    assert answer.status_code == 422
    assert name in answer.content.decode()
    with region_context(YONGCHANG):
        assert not StoredFile.objects.exists()
    assert world.fresh(case).state == "correction"
    assert zhao.post(url, {"file_proof_of_duties": a_scan()}).status_code == 302


# ── what pages show ────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_telephone_number_is_masked_wherever_it_is_not_being_typed(world, visit):
    """Whole only in the applicant's own wizard, where it was typed a moment ago and is checked before handing in."""
    case = a_case(world, "in_review")
    seen = {
        "zhao": ["/my/", f"/my/{case.application.ref}", f"/my/{case.application.ref}/receipt"],
        "qian": [f"/desk/case/{case.ref}/", "/desk/queue/office/"],
        "wang": [f"/desk/case/{case.ref}/", "/desk/"],
        "li": [
            f"/counter/receipt/{case.application.ref}",
            f"/counter/subject?code={FIRM_A}",
            f"/desk/case/{case.ref}/",
        ],
        "feng": ["/desk/events/"],
    }
    for who, pages in seen.items():
        for url in pages:
            answer = visit(who).get(url)
            assert (answer.status_code, PHONE in answer.content.decode()) == (200, False), f"{who} {url}"
    assert MASKED in visit("qian").get(f"/desk/case/{case.ref}/").content.decode()


@pytest.mark.fault("B39")
def test_public_pages_name_no_person_of_the_filing(world, visit):
    case = a_case(world, "in_review")
    code = query_code_of("form-1", YONGCHANG)
    progress = visit().post("/progress", {"code": code, "last_four": FIRM_A[-4:]}).content.decode()
    assert "审核" in progress
    searched = visit().get("/search", {"q": FIRM_A}).content.decode()
    assert case.record.doc_no in searched
    for text in (progress, searched):
        assert not any(word in text for word in ("赵申", "钱多", PHONE, MASKED))


# ── headers ────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.fault("T22")
def test_every_kind_of_answer_carries_the_headers(world, visit, monkeypatch):
    case = a_case(world, "correction")
    form = {"act": "not_accept", "step": "", "version": "0"}
    qian = visit("qian", raise_request_exception=False)
    asked = {
        200: lambda: visit().get("/"),
        302: lambda: visit().get("/my/"),
        400: lambda: qian.get("/desk/queue/office/", {"at": "%%%"}),
        403: lambda: visit("zhao").get("/desk/"),
        404: lambda: visit().get("/nowhere"),
        405: lambda: visit().get("/logout"),
        409: lambda: qian.post(decide_url(case), form),
        422: lambda: visit().post("/login", {"username": "x", "password": "y"}),
    }
    for status, ask in asked.items():
        answer = ask()
        assert (answer.status_code, header_faults(answer, "/")) == (status, [])
        if status >= 400 and status != 405:
            assert page_faults(answer.content.decode()) == []
    answer = visit().get("/v/nonsense")
    assert (answer.status_code, header_faults(answer, "/v/nonsense")) == (404, [])
    monkeypatch.setattr("cases.portal.pages.rooms", lambda: 1 / 0)
    answer = visit(raise_request_exception=False).get("/about")
    assert (answer.status_code, header_faults(answer, "/about"), page_faults(answer.content.decode())) == (500, [], [])


def test_cookies_belong_to_this_host_over_tls_and_no_script(world, visit, with_password):
    browser = visit()
    browser.get("/login")
    browser.post("/login", {"username": "zhao", "password": PASSWORD})
    for name in ("__Host-session", "__Host-csrf"):
        cookie = browser.cookies[name]
        assert cookie["secure"] and cookie["httponly"]
        assert (cookie["samesite"], cookie["path"], cookie["domain"]) == ("Lax", "/", "")
    assert visit().get("/", secure=True)["Strict-Transport-Security"] == "max-age=31536000"


# ── signing in ─────────────────────────────────────────────────────────────────────────────────────────────────────
def wrong_page(client: Visit, username: str, password: str = "wrong-password") -> tuple[int, str]:
    answer = client.post("/login", {"username": username, "password": password})
    text = re.sub(r'(name="csrfmiddlewaretoken" value=")[^"]+', r"\1", answer.content.decode())
    return answer.status_code, text.replace(username, "NAME")


@pytest.mark.fault("B57")
def test_a_wrong_password_and_an_unknown_name_are_one_answer(world, visit, with_password):
    assert wrong_page(visit(), "zhao") == wrong_page(visit(), "nobody-at-all")


def test_five_wrong_passwords_lock_the_name_also_for_the_right_one(world, visit, with_password):
    browser = visit()
    answers = [wrong_page(browser, "zhao")[0] for _ in range(5)]
    assert answers == [422, 422, 422, 422, 429]
    assert wrong_page(browser, "zhao", PASSWORD)[0] == 429
    assert browser.get("/my/").status_code == 302
    assert wrong_page(browser, "qian", PASSWORD)[0] == 302  # nobody else is locked out


@pytest.mark.fault("B33", "T33")
def test_signing_in_and_switching_give_a_new_key_and_end_the_old_one(world, visit, with_password):
    browser = visit()
    session = browser.session
    session["planted"] = "by somebody else"
    session.save()
    planted = session.session_key
    browser.cookies[house.SESSION_COOKIE_NAME] = planted
    assert wrong_page(browser, "zhao", PASSWORD)[0] == 302
    signed_in = browser.cookies[house.SESSION_COOKIE_NAME].value
    assert signed_in != planted
    assert not Session.objects.filter(pk=planted).exists()
    assert browser.post("/switch", {"choice": f"firm:{FIRM_A}"}).status_code == 302
    switched = browser.cookies[house.SESSION_COOKIE_NAME].value
    assert switched not in {planted, signed_in}
    assert not Session.objects.filter(pk=signed_in).exists()
    browser.post("/logout")
    assert not Session.objects.filter(pk=switched).exists()


@pytest.mark.fault("B60")
def test_a_password_is_never_cut_to_fit(world, visit):
    """Longer than what is kept is refused, not shortened (reliability 2.4)."""
    longest = "Aa1-" * 32
    world.people["zhao"].set_password(longest)
    world.people["zhao"].save()
    assert wrong_page(visit(), "zhao", longest + "x")[0] == 422
    assert wrong_page(visit(), "zhao", longest)[0] == 302


@pytest.mark.fault("F43", "T33")
def test_a_disabled_persons_session_ends_with_the_next_request(world, visit):
    qian = visit("qian")
    assert qian.get("/desk/").status_code == 200
    world.people["qian"].is_active = False
    world.people["qian"].save()
    answer = qian.get("/desk/")
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/login")


def test_a_new_password_ends_all_older_sessions(world, visit):
    zhao = visit("zhao")
    assert zhao.get("/my/").status_code == 200
    world.people["zhao"].set_password(PASSWORD)
    world.people["zhao"].save()
    assert zhao.get("/my/").status_code == 302


@pytest.mark.fault("F43")
def test_a_membership_that_ended_opens_nothing_any_more(world, visit):
    case = a_case(world, "in_review")
    qian, form, before = visit("qian"), decision(world, case), history(case)
    assert qian.get(f"/desk/case/{case.ref}/").status_code == 200
    with region_context(YONGCHANG):
        Membership.objects.filter(user=world.people["qian"]).update(until_on=timezone.localdate() - timedelta(days=1))
    assert qian.get(f"/desk/case/{case.ref}/").status_code == 403
    assert qian.post(decide_url(case), form).status_code == 403
    assert history(case) == before


def test_an_authorisation_that_ended_opens_nothing_any_more(world, visit):
    case = a_case(world)
    zhao = visit("zhao")
    assert zhao.get(f"/my/{case.application.ref}").status_code == 200
    with region_context(YONGCHANG):
        Representation.objects.filter(user=world.people["zhao"]).update(
            until_on=timezone.localdate() - timedelta(days=1)
        )
    assert zhao.get(f"/my/{case.application.ref}").status_code == 403
    assert zhao.post(reverse("portal:withdraw", args=[case.ref]), {"reason": "撤回"}).status_code == 403
    assert world.fresh(case).state == "submitted"


@pytest.mark.fault("T33")
def test_a_session_left_alone_ends(world, visit, settings):
    qian = visit("qian")
    assert qian.get("/desk/").status_code == 200
    settings.SESSION_IDLE_SECONDS = {"staff": -1, "applicant": -1}
    assert qian.get("/desk/").status_code == 302
    settings.SESSION_IDLE_SECONDS = {"staff": 900, "applicant": 900}
    assert qian.get("/desk/").status_code == 302  # ended, not only hidden


# ── guessing ───────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.fault("B37")
def test_ten_wrong_query_codes_stop_an_address_and_say_until_when(world, visit, monkeypatch):
    monkeypatch.setattr("cases.throttle.clock", lambda: 1_800_000_100.0)
    a_case(world)
    right = {"code": query_code_of("form-1", YONGCHANG), "last_four": FIRM_A[-4:]}
    browser = visit()
    assert browser.post("/progress", right).status_code == 200
    for _ in range(10):
        assert browser.post("/progress", right | {"last_four": "0000"}).status_code == 200
    answer = browser.post("/progress", right)
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert header_faults(answer, "/progress") == page_faults(answer.content.decode()) == []
    cache.clear()
    assert browser.post("/progress", right).status_code == 200


@pytest.mark.fault("B38")
def test_a_wrong_code_and_a_wrong_factor_are_one_answer(world, visit):
    a_case(world)
    right, browser = {"code": query_code_of("form-1", YONGCHANG), "last_four": FIRM_A[-4:]}, visit()

    def told(**sent: str) -> str:
        text = browser.post("/progress", right | sent).content.decode()
        text = re.sub(r'(name="csrfmiddlewaretoken" value=")[^"]+', r"\1", text)
        for value in {*right.values(), *sent.values()}:
            text = text.replace(f'value="{value}"', 'value="SENT"')
        return text

    assert told(last_four="0000") == told(code="AAAA-BBBB-CCCC-DDDD")
    assert told() != told(last_four="0000")


# ── when it breaks ─────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.fault("T40")
def test_an_error_after_writing_keeps_nothing_and_names_a_reference(world, visit, monkeypatch):
    case = a_case(world)
    before, form = history(case), decision(world, case, "accept")
    real = intake.accept_case

    def writes_then_breaks(*args: object, **how: object) -> None:
        real(*args, **how)
        assert world.fresh(case).state == "in_review"  # written, in the transaction of the request
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(decisions.intake, "accept_case", writes_then_breaks)
    answer = visit("qian", raise_request_exception=False).post(decide_url(case), form)
    text = answer.content.decode()
    assert answer.status_code == 500
    assert re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", text)[0] == answer["X-Reference"]
    assert "disk is full" not in text and "Traceback" not in text
    assert (page_faults(text), header_faults(answer, decide_url(case))) == ([], [])
    assert (world.fresh(case).state, history(case)) == ("submitted", before)


def test_an_error_while_filing_leaves_no_half_filing(world, visit, monkeypatch):
    """Broken after application, case, step and event were written: none of them stays, the draft does."""
    record = world.a_record(FIRM_A, "zjj", decided_on=long_ago(), published_on=long_ago())
    zhao = visit("zhao", raise_request_exception=False)
    ref = zhao.post("/apply", {"record": record.ref})["Location"].split("/")[2]

    def save(step: str, **sent: object) -> None:
        with region_context(YONGCHANG):
            version = Draft.objects.get(ref=ref).version
        assert zhao.post(f"/apply/{ref}/{step}", {"version": version, "then": "next", **sent}).status_code == 302

    save("identity", agent_name="赵申", agent_phone=PHONE)
    save("materials", stated=[f"proof_of_duties:{record.ref}"])
    save("commitment", committed="yes")
    monkeypatch.setattr(apply.messages, "tell_submitted", lambda *args, **how: 1 / 0)
    assert zhao.post(f"/apply/{ref}/confirm", {}).status_code == 500
    with region_context(YONGCHANG):
        assert not Application.objects.exists() and not Case.objects.exists()
        assert not Event.objects.filter(verb="submitted").exists()
        assert FailureRecord.objects.get(ref=record.ref).status == "published"
    monkeypatch.undo()
    assert zhao.post(f"/apply/{ref}/confirm", {}).status_code == 200
