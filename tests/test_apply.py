"""Filing: once for many records, all or nothing, by the subject itself or by a clerk on recorded authority."""

from datetime import date, timedelta

import pytest

from cases.models import Application, Case, FailureRecord
from cases.services.filing import Authority, GivenMaterial
from creditrepair.audit.models import Event
from creditrepair.tenancy.context import region_context, set_local
from creditrepair.tenancy.errors import Invalid, NotAllowed, WrongMoment
from tests.world import FIRM_B, JINCHUAN, TODAY, YONGCHANG, at

AUTHORITY = Authority(
    "授权委托书", "授权委托书及经办人证件，原件已核", TODAY + timedelta(days=30), "已发送验证码核对", "1号窗口"
)


def test_one_filing_for_three_records_of_two_units_makes_one_application(world):
    records = [
        world.a_record(), world.a_record(unit="scjgj"),
        world.a_record(unit="scjgj", category="abnormal_operation", penalty_kinds=[], decided_on=None,
                       listed_on=date(2026, 7, 3), corrected_on=date(2026, 9, 1), ground="annual_report"),
    ]  # fmt: skip
    receipt = world.files("zhao", *records)
    assert len(receipt.applications) == 1
    with region_context(YONGCHANG):
        assert {c.department.code for c in Case.objects.all()} == {"wlj", "scjgj"}
        assert Event.objects.filter(verb="submitted").count() == 3


def test_records_of_two_regions_share_a_filing_number_and_split_by_region(world):
    receipt = world.files("zhao", world.a_record(), world.a_record(region=JINCHUAN))
    assert {a.region_id for a in receipt.applications} == {YONGCHANG, JINCHUAN}
    assert {a.filing_no for a in receipt.applications} == {receipt.filing_no}


def test_if_one_record_cannot_be_filed_nothing_is(world):
    good, bad = world.a_record(), world.a_record(decided_on=TODAY - timedelta(days=10), published_on=TODAY)
    with pytest.raises(Invalid, match="起可以申请"):
        world.files("zhao", good, bad)
    assert not Application.objects.exists()
    assert world.files("zhao", good).filing_no


@pytest.mark.parametrize(("days", "accepted"), [(-1, False), (0, True), (1, True)])
def test_filing_opens_on_the_first_day_after_the_minimum(world, days, accepted):
    """2026-04-15 + 3 months = 2026-07-15; that last day itself is in doubt (Q9) and refuses nobody, the day before does."""
    record = world.a_record(decided_on=date(2026, 4, 15), published_on=date(2026, 4, 16))
    day = at(date(2026, 7, 15) + timedelta(days=days))
    if accepted:
        assert world.files("zhao", record, now=day).filing_no
    else:
        with pytest.raises(Invalid):
            world.files("zhao", record, now=day)


def test_the_same_form_sent_twice_shows_the_first_receipt(world):
    record = world.a_record()
    first = world.files("zhao", record, form_token="same")
    second = world.files("zhao", record, form_token="same")
    assert (second.repeated, second.filing_no, second.query_code) == (True, first.filing_no, first.query_code)
    with region_context(YONGCHANG):
        assert Case.objects.count() == 1


def test_a_record_under_way_cannot_be_filed_again_until_withdrawn(world):
    case = world.a_case()
    with pytest.raises(WrongMoment, match="办理中"):
        world.files("zhao", case.record)
    world._to_withdrawn(case, at())
    assert world.files("zhao", case.record).filing_no


def test_the_record_of_another_firm_is_as_good_as_absent(world):
    theirs = world.a_record(FIRM_B)
    assert world.files("wu", theirs).filing_no
    with pytest.raises(NotAllowed):
        world.files("zhao", theirs)
    with pytest.raises(Invalid, match="不属于该单位"):
        world.files("zhao", theirs, subject_code=world.actors["zhao"].subject)


@pytest.mark.parametrize(
    "broken", [{"committed": False}, {"agent_name": " "}, {"agent_phone": "12345"}, {"record_refs": ()}]
)
def test_a_form_without_what_it_needs_says_which_field(world, broken):
    record = world.a_record()
    with pytest.raises(Invalid) as refusal:
        world.files("zhao", record, **broken)
    assert next(iter(broken)).replace("record_refs", "records") in refusal.value.fields
    assert not Application.objects.exists()


def test_a_missing_material_is_named_with_its_record(world):
    record = world.a_record()
    with pytest.raises(Invalid, match="履行法定义务") as refusal:
        world.files("zhao", record, materials=())
    assert record.doc_no in str(refusal.value)


def test_a_clerk_files_on_authority_and_never_as_the_subject(world):
    record = world.a_record(FIRM_B)
    with pytest.raises(Invalid, match="授权"):
        world.files("li", record)
    receipt = world.files("li", record, authority=AUTHORITY)
    with region_context(YONGCHANG):
        event = Event.objects.get(verb="submitted")
    assert (event.user_name, event.on_behalf_of) == ("李窗", FIRM_B)
    assert "授权委托书" in event.authority
    assert receipt.applications[0].channel == "counter"


def test_reviewers_cannot_file(world):
    with pytest.raises(NotAllowed):
        world.files("qian", world.a_record(unit="scjgj"), authority=AUTHORITY)


def test_an_unset_class_and_other_doubts_keep_nobody_from_filing(world):
    assert world.files("zhao", world.a_record(severity="unset", penalty_kinds=["other"])).filing_no


def test_only_a_hash_of_the_query_code_is_kept(world):
    receipt = world.files("zhao", world.a_record())
    compact = receipt.query_code.replace("-", "")
    assert len(compact) == 16
    row = Application.objects.filter(pk=receipt.applications[0].pk).values_list()[0]
    assert not any(compact in str(value) for value in row)


def test_a_statement_counts_as_a_material_of_level_d(world):
    receipt = world.files("zhao", world.a_record())
    set_local("app.region", YONGCHANG)
    material = receipt.applications[0].materials.get()
    assert (material.level, material.file) == ("D", None)
    assert isinstance(GivenMaterial("x", "y", "D", "z"), GivenMaterial)


def test_after_approval_our_own_register_no_longer_shows_the_record(world):
    case = world.a_case("approved")
    with region_context(YONGCHANG):
        record = FailureRecord.objects.get(pk=case.record_id)
    assert (record.status, record.ended_on) == ("ended", TODAY)
