"""撤销修复: proposed by one, decided by another; the record comes back where it may, and the papers lose their force."""

import json
from datetime import timedelta

import pytest

from cases.access_revocations import access_revocation
from cases.models import FailureRecord, Revocation, Task
from cases.portal.queries import search_published
from cases.services import proof, repair
from cases.services.revocation import confirm_revocation, decline_revocation, propose_revocation
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import AlreadyDecided, Invalid, NotAllowed, NotFound, WrongMoment
from notices.models import Notice
from sync.models import Delivery
from tests.test_repaired import read_back
from tests.world import FIRM_A, TODAY, YONGCHANG, at, history

WORDS = {"ground": "false_material", "found": "缴款凭证经银行核对为伪造", "file_uuid": ""}


def propose(world, case, who="lv", **changes):
    actor = world.enter(world.actors[who])
    return propose_revocation(actor, case_ref=case.ref, now=at(hour=14), **WORDS | changes)


def confirm(world, row, who="shi"):
    return confirm_revocation(world.enter(world.actors[who]), ref=row.ref, note="同意", now=at(hour=15))


def told(case):
    with region_context(YONGCHANG):
        rows = Delivery.objects.filter(region_id=YONGCHANG, kind="repair", thing=case.ref, state="queued").order_by(
            "id"
        )
        return [json.loads(bytes(row.body))["message"] for row in rows]


def record_of(case):
    with region_context(YONGCHANG):
        return FailureRecord.objects.get(pk=case.record_id)


@pytest.fixture
def repaired(world):
    case = world.a_case("approved", unit="wlj", who="zhao")
    read_back(case)
    repair.settle_verified(at(hour=11))
    return world.fresh(case)


def test_a_proposal_changes_nothing_and_waits_for_somebody_else(world, repaired):
    row = propose(world, repaired)
    assert (world.fresh(repaired).state, record_of(repaired).status, told(repaired)) == ("repaired", "ended", [])
    with region_context(YONGCHANG):
        task = Task.objects.get(thing=row.ref)
    assert (task.kind, task.department.code) == ("revocation", "wlj")
    with pytest.raises(WrongMoment):
        propose(world, repaired)


def test_decided_the_record_is_shown_again_and_both_platforms_are_told_why(world, repaired):
    case = confirm(world, propose(world, repaired))
    record = record_of(case)
    assert (world.fresh(case).state, record.status, record.ended_on) == ("revoked", "published", None)
    messages = told(case)
    assert {one["target"] for one in messages} == {"creditchina_jinchang", "gsxt_gansu"}
    for message in messages:
        assert (message["outcome"], message["effect"], message["version"]) == ("revoked", "restore", record.version)
        assert message["reason_code"] == "false_material"
        assert "伪造" not in message["reason_text"]  # what was found is between the unit and the firm
    assert record.doc_no in [card.record.doc_no for card in search_published(YONGCHANG, FIRM_A, TODAY).cards]
    assert history(case)[-1] == "revoked"


def test_the_papers_of_the_repair_are_void_and_the_new_one_says_what_was_found(world, repaired):
    case = confirm(world, propose(world, repaired))
    with region_context(YONGCHANG):
        kept = {one.kind: one for one in Notice.objects.filter(case_ref=case.ref)}
    assert {kept[kind].status for kind in ("approval", "correction_letter")} == {"void"}
    paper = kept["revocation"]
    assert paper.status == "requested"
    assert "缴款凭证经银行核对为伪造" in json.dumps(paper.snapshot, ensure_ascii=False)
    assert kept["approval"].number in json.dumps(paper.snapshot, ensure_ascii=False)


def test_a_granted_case_that_is_not_yet_repaired_can_be_taken_back_too(world):
    case = world.a_case("approved", unit="wlj")
    assert confirm(world, propose(world, case)).state == "revoked"
    assert record_of(case).status == "published"


@pytest.mark.parametrize("state", ["submitted", "in_review", "refused", "withdrawn"])
def test_what_was_not_granted_cannot_be_taken_back(world, state):
    case = world.a_case(state, unit="wlj")
    with pytest.raises(WrongMoment):
        propose(world, case)
    granted = world.a_case("approved", unit="wlj")
    assert propose(world, granted).state == "proposed"


@pytest.mark.parametrize(("ends", "status"), [(-1, "ended"), (0, "published"), (1, "published")])
def test_what_would_have_ended_by_now_anyway_is_not_shown_again(world, repaired, ends, status):
    with region_context(YONGCHANG):
        FailureRecord.objects.filter(pk=repaired.record_id).update(public_until=TODAY + timedelta(days=ends))
    case = confirm(world, propose(world, repaired))
    assert (case.state, record_of(case).status, len(told(case))) == ("revoked", status, 0 if status == "ended" else 2)


def test_a_record_whose_penalty_was_withdrawn_never_comes_back(world, repaired):
    with region_context(YONGCHANG):
        FailureRecord.objects.filter(pk=repaired.record_id).update(status="withdrawn")
    case = confirm(world, propose(world, repaired))
    assert (case.state, record_of(case).status, told(case)) == ("revoked", "withdrawn", [])


def test_nobody_decides_the_own_proposal_and_only_the_last_tier_decides(world, repaired):
    row = propose(world, repaired, who="shi")
    for who in ("shi", "lv", "wang"):
        with pytest.raises(NotAllowed):
            confirm(world, row, who)
    with pytest.raises(NotFound):
        confirm(world, row, "qian")  # another unit
    with region_context(YONGCHANG):
        Revocation.objects.filter(pk=row.pk).update(proposed_by=world.people["lv"])
    assert confirm(world, row).state == "revoked"
    with pytest.raises(AlreadyDecided):
        confirm(world, row)


def test_declined_the_repair_stands_and_it_may_be_proposed_again(world, repaired):
    row = propose(world, repaired)
    shi = world.enter(world.actors["shi"])
    with pytest.raises(Invalid):
        decline_revocation(shi, ref=row.ref, reason=" ", now=at(hour=15))
    assert decline_revocation(shi, ref=row.ref, reason="凭证核实为真", now=at(hour=15)).state == "declined"
    assert (world.fresh(repaired).state, record_of(repaired).status) == ("repaired", "ended")
    assert propose(world, repaired).state == "proposed"


@pytest.mark.parametrize("wrong", [{"ground": "other"}, {"found": " "}, {"found": "字" * 1001}])
def test_a_proposal_says_which_ground_and_what_was_found(world, repaired, wrong):
    with pytest.raises(Invalid) as refused:
        propose(world, repaired, **wrong)
    assert list(refused.value.fields) == list(wrong)
    assert propose(world, repaired).found == WORDS["found"]


def test_the_firm_reads_the_decision_and_no_suspicion(world, repaired, sign_in):
    page = f"/my/{repaired.application.ref}"
    row = propose(world, repaired)
    assert "撤销修复" not in sign_in("zhao").get(page).content.decode().partition("办理流程")[0]
    with pytest.raises(NotFound):
        access_revocation(world.enter(world.actors["zhao"]), row.ref)
    confirm(world, row)
    told_now = sign_in("zhao").get(page).content.decode()
    assert "修复决定已撤销" in told_now
    assert "缴款凭证经银行核对为伪造" in told_now


def test_a_taken_back_repair_may_be_filed_for_again_since_no_verified_rule_bars_it(world, repaired):
    case = confirm(world, propose(world, repaired))
    receipt = world.files("zhao", record_of(case), now=at(hour=16))
    assert len(receipt.applications) == 1


def test_every_revoked_case_has_its_end_once_both_platforms_show_the_record_again(world, repaired, sign_in):
    case = confirm(world, propose(world, repaired))
    before = proof.count_fates(YONGCHANG, now=at(hour=16), today=TODAY)["case"]
    read_back(case)
    after = proof.count_fates(YONGCHANG, now=at(hour=16), today=TODAY)["case"]
    assert (before["waiting"], before["silent"], after["ended"], after["silent"]) == (1, 0, 1, 0)
    page = sign_in("zhao").get(f"/my/{repaired.application.ref}").content.decode()
    assert (page.count("已核验，公示中"), page.count("不再公示")) == (2, 0)


def test_the_desk_leads_from_the_case_to_the_decision(world, repaired, sign_in):
    lv, shi = sign_in("lv"), sign_in("shi")
    assert f"/desk/case/{repaired.ref}/revoke" in lv.get(f"/desk/case/{repaired.ref}/").content.decode()
    assert lv.post(f"/desk/case/{repaired.ref}/revoke", {"ground": "false_material", "found": ""}).status_code == 422
    sent = lv.post(f"/desk/case/{repaired.ref}/revoke", {"ground": "false_material", "found": "凭证为伪造"})
    assert sent.status_code == 302
    page = sent["Location"]
    assert lv.post(page, {"act": "confirm", "note": ""}).status_code == 403
    assert shi.post(page, {"act": "", "note": ""}).status_code == 422
    assert shi.post(page, {"act": "confirm", "note": ""}).status_code == 302
    assert shi.post(page, {"act": "confirm", "note": ""}).status_code == 409
    shown = shi.get(page).content.decode()
    assert "已撤销修复决定" in shown
    assert shown.count("待推送") == 2
