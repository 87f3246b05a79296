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
