"""Signed out in the middle: what was typed comes along through the sign-in, for the same person only."""

import json

import pytest
from django.test import Client

from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Representation
from tests.portal.test_wizard import PERSON, filings, stored
from tests.world import FIRM_B, YONGCHANG

PASSWORD = "right-password-1"


@pytest.fixture
def in_the_middle(world, sign_in, repairable, draft_of):
    """Zhao's draft, and what her page was shown before the session ended."""
    for who in ("zhao", "wu"):
        world.people[who].set_password(PASSWORD)
        world.people[who].save()
    zhao = sign_in("zhao")
    ref = draft_of(zhao, repairable.ref)
    context = zhao.get(f"/apply/{ref}/identity").context
    return ref, {"version": context["draft"].version, "base": context["base"]}


def sign_in_with(client, page, who="zhao"):
    """Fill in the sign-in form as it was shown."""
    kept = {"next": page.context["next"], "kept": page.context["kept"]}
    return client.post("/login", {**kept, "username": who, "password": PASSWORD})


def test_what_a_signed_out_person_posts_is_saved_after_signing_in_and_the_page_comes_back(visitor, in_the_middle):
    ref, page = in_the_middle
    answer = visitor.post(f"/apply/{ref}/identity", {**page, **PERSON, "then": "next"})
    assert answer.status_code == 401
    assert "登录已过期" in answer.content.decode()
    assert "identity" not in stored(ref).content
    back = sign_in_with(visitor, answer)
    assert back["Location"] == f"/apply/{ref}/identity"
    assert stored(ref).content["identity"]["agent_phone"] == PERSON["agent_phone"]
    assert PERSON["agent_phone"] in visitor.get(back["Location"]).content.decode()


def test_a_wrong_password_loses_nothing_and_another_person_saves_nothing(visitor, in_the_middle):
    ref, page = in_the_middle
    answer = visitor.post(f"/apply/{ref}/identity", {**page, **PERSON})
    sent = {"next": answer.context["next"], "kept": answer.context["kept"]}
    again = visitor.post("/login", {**sent, "username": "zhao", "password": "wrong"})
    assert json.loads(again.context["kept"])["agent_phone"] == [PERSON["agent_phone"]]
    assert sign_in_with(visitor, again, "wu").status_code == 302
    assert "identity" not in stored(ref).content


def test_what_another_page_saved_meanwhile_is_not_overwritten_by_the_sign_in(visitor, sign_in, in_the_middle):
    ref, page = in_the_middle
    sign_in("zhao").post(f"/apply/{ref}/identity", {**page, **PERSON, "agent_name": "钱代"})
    answer = visitor.post(f"/apply/{ref}/identity", {**page, **PERSON, "agent_name": "孙代"})
    asked = sign_in_with(visitor, answer)
    assert asked.status_code == 409
    assert "钱代" in asked.content.decode() and "孙代" in asked.content.decode()
    assert stored(ref).content["identity"]["agent_name"] == "钱代"


def test_the_firm_of_the_draft_is_chosen_if_the_person_still_represents_it(visitor, world, in_the_middle):
    ref, page = in_the_middle
    with region_context(YONGCHANG):
        own = Representation.objects.get(user=world.people["zhao"])
        Representation.objects.create(
            region_id=YONGCHANG, user=own.user, subject_code=FIRM_B, subject_name="乙", basis=own.basis,
            evidence="授权委托书", from_on=own.from_on,
        )  # fmt: skip
        code, ends = own.subject_code, own.from_on
    visitor.post("/login", {"username": "zhao", "password": PASSWORD})
    visitor.post("/switch", {"choice": f"firm:{FIRM_B}"})
    visitor.post("/logout")
    answer = visitor.post(f"/apply/{ref}/identity", {**page, **PERSON})
    assert sign_in_with(visitor, answer)["Location"] == f"/apply/{ref}/identity"
    assert visitor.get(f"/apply/{ref}/identity").status_code == 200
    with region_context(YONGCHANG):
        Representation.objects.filter(subject_code=code).update(until_on=ends)
    visitor.post("/logout")
    changed = {**page, **PERSON, "agent_name": "钱代"}
    assert sign_in_with(visitor, visitor.post(f"/apply/{ref}/identity", changed)).status_code == 302
    assert stored(ref).content["identity"]["agent_name"] == "赵申"


@pytest.mark.fault("B24")
def test_only_fields_of_the_step_come_through_the_sign_in(visitor, world, in_the_middle):
    ref, page = in_the_middle
    before = stored(ref)
    answer = visitor.post(
        f"/apply/{ref}/identity",
        {**page, **PERSON, "region_id": "620302", "committed": "yes", "form_token": "x", "application_ref": "x"},
    )
    sign_in_with(visitor, answer)
    after = stored(ref)
    assert (after.region_id, after.form_token, after.application_ref) == (before.region_id, before.form_token, "")
    assert set(after.content) == {"records", "identity"}


@pytest.mark.parametrize("kept", ["{", "[]", "[" * 100_000, '{"version": 1}', '{"version": [1]}', "null"])
def test_a_kept_form_that_is_none_only_signs_in(visitor, in_the_middle, kept):
    ref, _ = in_the_middle
    answer = visitor.post(
        "/login", {"next": f"/apply/{ref}/identity", "kept": kept, "username": "zhao", "password": PASSWORD}
    )
    assert answer["Location"] == f"/apply/{ref}/identity"
    assert "identity" not in stored(ref).content


def test_saving_while_typing_is_told_and_the_text_stays_in_the_page(visitor, in_the_middle):
    ref, page = in_the_middle
    answer = visitor.post(f"/apply/{ref}/identity", {**page, **PERSON}, headers={"X-Autosave": "1"})
    assert answer.status_code == 401
    assert "登录已过期" in answer.json()["message"]


@pytest.mark.fault("B32")
def test_a_form_of_an_earlier_session_is_offered_for_saving_and_saves_nothing_by_itself(world, in_the_middle):
    ref, page = in_the_middle
    client = Client(SERVER_NAME="127.0.0.1", enforce_csrf_checks=True)
    client.force_login(world.people["zhao"], backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post(f"/apply/{ref}/identity", {**page, **PERSON})
    assert answer.status_code == 403
    assert PERSON["agent_phone"] in answer.content.decode()
    assert "identity" not in stored(ref).content
    form = dict(answer.context["fields"]) | {"csrfmiddlewaretoken": str(answer.context["csrf_token"]), "then": "stay"}
    assert client.post(answer.context["to"], form)["Location"] == f"/apply/{ref}/identity"
    assert stored(ref).content["identity"]["agent_phone"] == PERSON["agent_phone"]


@pytest.mark.fault("B32")
def test_a_form_from_another_site_is_not_offered_at_all(world, in_the_middle):
    ref, page = in_the_middle
    client = Client(SERVER_NAME="127.0.0.1", enforce_csrf_checks=True)
    client.force_login(world.people["zhao"], backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post(f"/apply/{ref}/identity", {**page, **PERSON}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert PERSON["agent_phone"] not in answer.content.decode()
    assert filings(world) == 0
