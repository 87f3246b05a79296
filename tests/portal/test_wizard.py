"""The wizard: nothing typed is lost, two tabs see each other, one filing for one form."""

import pytest

from cases.access import visible_applications
from cases.models import Draft
from cases.services.drafts import StaleDraft, save_draft, start_draft
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import NotFound
from tests.world import JINCHUAN, YONGCHANG, at

PERSON = {"agent_name": "赵申", "agent_phone": "13800000000"}


def stored(ref):
    with region_context(YONGCHANG):
        return Draft.objects.get(ref=ref)


def save(client, ref, step, then="next", **fields):
    return client.post(f"/apply/{ref}/{step}", {"version": stored(ref).version, "then": then, **fields})


def fill(client, ref, *records):
    """All steps up to the last page, the proof left to the penalising unit."""
    save(client, ref, "records", records=[r.ref for r in records])
    save(client, ref, "identity", **PERSON)
    save(client, ref, "materials", stated=[f"proof_of_duties:{r.ref}" for r in records])
    return save(client, ref, "commitment", committed="yes")


def filings(world):
    return visible_applications(world.enter(world.actors["zhao"])).count()


def test_five_steps_make_one_filing_and_show_the_query_code_once(sign_in, world, repairable, draft_of):
    zhao = sign_in("zhao")
    ref = draft_of(zhao)
    assert fill(zhao, ref, repairable)["Location"].endswith("/confirm")
    receipt = zhao.post(f"/apply/{ref}/confirm", {})
    assert receipt.status_code == 200
    assert "只显示这一次" in receipt.content.decode()
    assert filings(world) == 1
    again = zhao.post(f"/apply/{ref}/confirm", {})
    assert again.status_code == 302
    assert "只显示这一次" not in zhao.get(again["Location"] + "/receipt").content.decode()
    assert filings(world) == 1


def test_records_of_two_regions_become_one_filing(sign_in, world, repairable, draft_of):
    theirs = world.a_record(region=JINCHUAN, decided_on=repairable.decided_on)
    zhao = sign_in("zhao")
    ref = draft_of(zhao)
    fill(zhao, ref, repairable, theirs)
    assert zhao.post(f"/apply/{ref}/confirm", {}).status_code == 200
    rows = visible_applications(world.enter(world.actors["zhao"]))
    assert {row.region_id for row in rows} == {YONGCHANG, JINCHUAN}
    assert len({row.filing_no for row in rows}) == 1


@pytest.mark.fault("F38")
def test_a_second_tab_overwrites_nothing_and_keeps_what_it_typed(sign_in, repairable, draft_of):
    zhao = sign_in("zhao")
    ref = draft_of(zhao)
    old = stored(ref).version
    save(zhao, ref, "identity", **PERSON)
    answer = zhao.post(
        f"/apply/{ref}/identity", {"version": old, "then": "next", "agent_name": "钱代", "agent_phone": "1"}
    )
    assert answer.status_code == 409
    assert "钱代" in answer.content.decode()
    assert stored(ref).content["identity"]["agent_name"] == "赵申"


def test_saving_while_typing_answers_in_json_and_asks_nothing(sign_in, repairable, draft_of):
    zhao = sign_in("zhao")
    ref = draft_of(zhao)
    typed = {"version": stored(ref).version, "agent_name": "赵"}
    answer = zhao.post(f"/apply/{ref}/identity", typed, headers={"X-Autosave": "1"})
    assert answer.json()["version"] == stored(ref).version
    assert stored(ref).content["identity"] == {"agent_name": "赵", "agent_phone": "", "urgent_reason": "", "bid_on": ""}


def test_a_record_too_early_is_shown_with_its_day_and_cannot_be_chosen(sign_in, too_early, draft_of):
    zhao = sign_in("zhao")
    ref = draft_of(zhao, too_early.ref)
    answer = save(zhao, ref, "records", records=[too_early.ref])
    assert answer.status_code == 422
    assert too_early.doc_no in answer.content.decode()
    assert stored(ref).content["records"] == []


def test_what_is_missing_keeps_the_filing_back_and_is_named(sign_in, world, repairable, draft_of):
    zhao = sign_in("zhao")
    ref = draft_of(zhao)
    fill(zhao, ref, repairable)
    save(zhao, ref, "materials", then="back")
    answer = zhao.post(f"/apply/{ref}/confirm", {})
    assert answer.status_code == 422
    assert "缺少“履行法定义务" in answer.content.decode()
    assert filings(world) == 0


def test_other_records_take_the_commitment_back(sign_in, world, repairable, draft_of):
    other = world.a_record(decided_on=repairable.decided_on)
    zhao = sign_in("zhao")
    ref = draft_of(zhao)
    fill(zhao, ref, repairable)
    assert stored(ref).content["committed"] is True
    save(zhao, ref, "records", records=[repairable.ref, other.ref])
    assert stored(ref).content["committed"] is False


def test_a_draft_is_found_by_its_own_person_only(sign_in, repairable, draft_of):
    zhao = sign_in("zhao")
    ref = draft_of(zhao)
    before = stored(ref).content
    assert zhao.get(f"/apply/{ref}/identity").status_code == 200
    assert sign_in("wu").get(f"/apply/{ref}/identity").status_code == 404
    assert sign_in("wu").post(f"/apply/{ref}/identity", {"version": 1, **PERSON}).status_code == 404
    assert stored(ref).content == before


def test_the_verb_refuses_a_stale_version_and_a_foreign_actor(world, repairable):
    zhao, wu = world.actors["zhao"], world.actors["wu"]
    draft = start_draft(zhao, now=at())
    save_draft(zhao, ref=draft.ref, version=1, changes={"committed": False}, now=at())
    with pytest.raises(StaleDraft):
        save_draft(zhao, ref=draft.ref, version=1, changes={"committed": True}, now=at())
    with pytest.raises(NotFound):
        save_draft(wu, ref=draft.ref, version=2, changes={"committed": True}, now=at())
    assert stored(draft.ref).content["committed"] is False


@pytest.fixture
def two_pages(sign_in, repairable, draft_of):
    """One draft open in two browsers, each with what its page was shown: `page(step)` reads it anew."""
    first, second = sign_in("zhao"), sign_in("zhao")
    ref = draft_of(first, repairable.ref)
    save(first, ref, "identity", then="back", **PERSON)

    def shown(step, client=first):
        context = client.get(f"/apply/{ref}/{step}").context
        return {"version": context["draft"].version, "base": context["base"]}

    return first, second, ref, shown


@pytest.mark.fault("F38")
def test_fields_that_only_one_page_changed_are_taken_from_that_page(two_pages):
    first, second, ref, shown = two_pages
    page = shown("identity")
    one = first.post(f"/apply/{ref}/identity", {**page, **PERSON, "urgent_reason": "参加投标"})
    other = second.post(f"/apply/{ref}/identity", {**page, **PERSON, "agent_phone": "13800000009"})
    assert (one.status_code, other.status_code) == (302, 302)
    held = stored(ref).content["identity"]
    assert (held["urgent_reason"], held["agent_phone"], held["agent_name"]) == ("参加投标", "13800000009", "赵申")


@pytest.mark.fault("F38")
def test_a_field_that_both_pages_changed_is_shown_side_by_side_and_the_person_chooses(two_pages):
    first, second, ref, shown = two_pages
    page = shown("identity")
    first.post(f"/apply/{ref}/identity", {**page, **PERSON, "agent_name": "钱代"})
    answer = second.post(
        f"/apply/{ref}/identity", {**page, **PERSON, "agent_name": "孙代", "urgent_reason": "参加投标"}
    )
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "钱代" in text and "孙代" in text and "请选择" in text
    held = stored(ref).content["identity"]
    assert (held["agent_name"], held["urgent_reason"]) == ("钱代", "参加投标")
    asked = {**shown("identity"), **PERSON, "agent_name": "孙代", "ask": "identity/agent_name"}
    assert second.post(f"/apply/{ref}/identity", asked).status_code == 409  # pressed on without choosing
    assert stored(ref).content["identity"]["agent_name"] == "钱代"
    asked |= shown("identity")
    assert second.post(f"/apply/{ref}/identity", {**asked, "take:identity/agent_name": "mine"}).status_code == 302
    assert stored(ref).content["identity"]["agent_name"] == "孙代"


@pytest.mark.fault("F38")
def test_the_other_pages_value_may_be_chosen_too(two_pages):
    first, second, ref, shown = two_pages
    page = shown("identity")
    first.post(f"/apply/{ref}/identity", {**page, **PERSON, "agent_name": "钱代"})
    chosen = {"ask": "identity/agent_name", "take:identity/agent_name": "theirs", "urgent_reason": "参加投标"}
    answer = second.post(f"/apply/{ref}/identity", {**shown("identity"), **PERSON, "agent_name": "孙代", **chosen})
    assert answer.status_code == 302
    held = stored(ref).content["identity"]
    assert (held["agent_name"], held["urgent_reason"]) == ("钱代", "参加投标")


@pytest.mark.fault("F38")
def test_records_chosen_on_two_pages_add_up(two_pages, world, repairable):
    first, second, ref, shown = two_pages
    others = [world.a_record(decided_on=repairable.decided_on) for _ in range(2)]
    page = shown("records")
    first.post(f"/apply/{ref}/records", {**page, "records": [repairable.ref, others[0].ref]})
    second.post(f"/apply/{ref}/records", {**page, "records": [others[1].ref]})
    assert set(stored(ref).content["records"]) == {others[0].ref, others[1].ref}


def test_a_commitment_is_not_signed_for_records_that_its_page_did_not_list(two_pages, world, repairable):
    first, second, ref, shown = two_pages
    other = world.a_record(decided_on=repairable.decided_on)
    page = shown("commitment")
    first.post(f"/apply/{ref}/records", {**shown("records"), "records": [repairable.ref, other.ref]})
    answer = second.post(f"/apply/{ref}/commitment", {**page, "committed": "yes"})
    assert answer.status_code == 409
    assert other.doc_no in answer.content.decode()
    assert not stored(ref).content.get("committed")
    assert second.post(f"/apply/{ref}/commitment", {**shown("commitment"), "committed": "yes"}).status_code == 302
    assert stored(ref).content["committed"] is True


def test_saving_while_typing_brings_what_the_other_page_changed_and_names_what_both_did(two_pages):
    first, second, ref, shown = two_pages
    page, quiet = shown("identity"), {"X-Autosave": "1"}
    first.post(f"/apply/{ref}/identity", {**page, **PERSON, "urgent_reason": "参加投标"})
    told = second.post(f"/apply/{ref}/identity", {**page, **PERSON, "agent_name": "钱代"}, headers=quiet).json()
    assert told["taken"] == [{"name": "urgent_reason", "text": "参加投标"}]
    clash = second.post(f"/apply/{ref}/identity", {**page, **PERSON, "urgent_reason": "贷款"}, headers=quiet)
    assert clash.status_code == 409
    assert "另一页面已修改“加急原因”" in clash.json()["message"]
    assert stored(ref).content["identity"]["urgent_reason"] == "参加投标"
