"""The frame of all pages: one h1, nothing inline, display settings by cookie, signing in, the flowchart."""

import re

import pytest

from cases import flowchart
from cases.flowchart import Position, Stage, draw
from cases.states import CaseState

PUBLIC = [
    "/", "/about", "/search", "/search?q=祁连山食品", "/calculator", "/calculator?category=administrative_penalty",
    "/guide/", "/guide/administrative_penalty/", "/guide/abnormal_operation/", "/login", "/progress", "/nowhere",
]  # fmt: skip
INLINE = re.compile(r"<[^>]+\s(style|on[a-z]+)\s*=|<style|<script(?![^>]*\ssrc=)", re.IGNORECASE)
PASSWORD = "right-password-1"


@pytest.mark.parametrize("address", PUBLIC)
@pytest.mark.parametrize("mode", ["normal", "elder"])
def test_every_public_page_has_one_h1_the_free_line_and_nothing_inline(visitor, world, repairable, address, mode):
    visitor.cookies["page_mode"] = mode
    page = visitor.get(address).content.decode()
    assert len(re.findall(r"<h1[ >]", page)) == 1
    assert "全程免费" in page
    assert INLINE.search(page) is None


def test_elder_mode_comes_back_to_the_same_address_and_stays(visitor, world):
    answer = visitor.get("/display", {"mode": "elder", "next": "/guide/?a=1"})
    assert answer["Location"] == "/guide/?a=1"
    assert 'class="size-m elder"' in visitor.get("/guide/").content.decode()
    refused = visitor.get("/no-such-page")
    assert refused.status_code == 404
    assert 'class="size-m elder"' in refused.content.decode()


@pytest.mark.parametrize("following", ["//evil.example/", "https://evil.example/", "javascript:alert(1)"])
def test_display_and_login_never_lead_to_another_host(visitor, world, following):
    assert visitor.get("/display", {"size": "l", "next": following})["Location"] == "/"
    user = world.people["zhao"]
    user.set_password(PASSWORD)
    user.save()
    sent = {"username": "zhao", "password": PASSWORD, "next": following}
    assert visitor.post("/login", sent)["Location"] == "/my/"


@pytest.mark.parametrize(("who", "lands"), [("zhao", "/my/"), ("qian", "/desk/")])
def test_signing_in_gives_a_new_session_and_lands_where_one_works(visitor, world, who, lands):
    user = world.people[who]
    user.set_password(PASSWORD)
    user.save()
    assert visitor.post("/login", {"username": who, "password": "wrong"}).status_code == 422
    answer = visitor.post("/login", {"username": who, "password": PASSWORD})
    assert answer["Location"] == lands
    assert visitor.cookies["__Host-session"]["httponly"]


def test_the_fifth_wrong_password_locks_and_says_for_how_long(visitor, world):
    for _ in range(5):
        answer = visitor.post("/login", {"username": "zhao", "password": "wrong"})
    assert answer.status_code == 429
    assert "15分钟" in answer.content.decode()


def test_an_unset_identity_prints_nothing(visitor, world):
    page = visitor.get("/").content.decode()
    assert "ICP" not in page
    assert "None" not in page


def test_a_calendar_file_holds_the_day_and_nothing_else(visitor, world):
    answer = visitor.get("/reminder.ics", {"day": "2027-01-21"})
    assert "DTSTART;VALUE=DATE:20270121" in answer.content.decode()
    assert visitor.get("/reminder.ics", {"day": "soon"}).status_code == 404


def test_a_move_that_nobody_has_drawn_stops_the_start(monkeypatch):
    flowchart.check()
    monkeypatch.setattr(flowchart, "SAID", frozenset())
    with pytest.raises(ValueError, match="withdrawn"):
        flowchart.check()


def test_the_picture_marks_one_place_and_the_path_to_it():
    stages = [Stage("经办"), Stage("负责人")]
    for upright in (False, True):
        assert "here" not in draw(stages, upright=upright)
        assert draw(stages, Position("in_review", 1), upright=upright).count('class="here"') == 1
    marked = draw(stages, Position("in_review", 2, frozenset({"submitted"})))
    assert marked.count('class="here"') == 1
    assert marked.count('<g class="walked"') == 2  # 提交 and the first tier
    assert {state for state in CaseState if state not in flowchart.LABELS} == {CaseState.IN_REVIEW}
