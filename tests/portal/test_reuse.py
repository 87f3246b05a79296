"""Materials the register already has are used again while valid, and nobody can make one up."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cases.models import Material
from cases.services.apply import submit_application
from cases.services.filing import Filing, GivenMaterial
from cases.uploads import store_upload
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid
from tests.portal.test_wizard import PERSON, fill
from tests.routes_objects import a_scan
from tests.world import FIRM_A, YONGCHANG

LICENCE = "licence"


@pytest.fixture
def checked(world, repairable):
    """A licence of firm A, seen in the original by clerk Li in an earlier filing; `change` alters its row."""

    def make(who="zhao", **change):
        earlier = world.a_record(
            world.actors[who].subject, decided_on=repairable.decided_on, published_on=repairable.published_on
        )
        application = world.files(who, earlier, now=timezone.now()).applications[0]
        with region_context(YONGCHANG):
            file = store_upload(world.enter(world.actors["li"]), YONGCHANG, a_scan("营业执照.pdf"), now=timezone.now())
            return Material.objects.create(
                **{
                    "region_id": YONGCHANG, "application": application, "code": LICENCE, "title": "营业执照和身份证明",
                    "file": file, "level": "B", "source": "窗口核验原件", "verified_by": world.people["li"],
                    "added_at": timezone.now(), **change,
                }
            )  # fmt: skip

    return make


def market(world, repairable):
    """A record of 市监局, whose filing asks for the licence."""
    return world.a_record(unit="scjgj", decided_on=repairable.decided_on, published_on=repairable.published_on)


def test_a_licence_checked_at_the_window_is_used_again_with_its_level_and_verifier(
    sign_in, world, repairable, draft_of, checked
):
    earlier, record = checked(), market(world, repairable)
    zhao = sign_in("zhao")
    ref = draft_of(zhao, record.ref)
    fill(zhao, ref, record)
    page = zhao.get(f"/apply/{ref}/materials").content.decode()
    assert "已有窗口核验的材料，本次直接使用，无需再传" in page
    done = zhao.post(f"/apply/{ref}/confirm", {})
    assert done.status_code == 200
    with region_context(YONGCHANG):
        used = Material.objects.get(application=done.context["application"], code=LICENCE)
    assert (used.level, used.file_id, used.verified_by_id) == ("B", earlier.file_id, world.people["li"].pk)


@pytest.mark.parametrize(
    ("change", "offered"),
    [
        ({"valid_until": 0}, True),
        ({"valid_until": -1}, False),
        ({"level": "A"}, True),
        ({"level": "C"}, False),
        ({"added_at": 365}, True),
        ({"added_at": 366}, False),
        ({"file": None}, False),
        ({"code": "application_form"}, False),
    ],
)
def test_it_is_offered_only_while_valid_and_of_a_level_that_was_checked(
    sign_in, world, repairable, draft_of, checked, change, offered
):
    if "valid_until" in change:
        change = {"valid_until": timezone.localdate() + timedelta(days=change["valid_until"])}
    if "added_at" in change:
        change = {"added_at": timezone.now() - timedelta(days=change["added_at"])}
    checked(**change)
    zhao, record = sign_in("zhao"), market(world, repairable)
    ref = draft_of(zhao, record.ref)
    zhao.post(f"/apply/{ref}/records", {"version": 1, "records": [record.ref]})
    assert ("本次直接使用" in zhao.get(f"/apply/{ref}/materials").content.decode()) is offered


def test_what_belongs_to_another_firm_or_is_no_more_valid_is_refused_by_the_verb(world, repairable, checked):
    foreign, old = checked("wu"), checked(valid_until=timezone.localdate() - timedelta(days=1))
    record = market(world, repairable)
    for material in (foreign, old):
        with pytest.raises(Invalid) as refusal:
            hand_in(world, record, material)
        assert LICENCE in refusal.value.fields
    assert hand_in(world, record, checked()).filing_no


def hand_in(world, record, material):
    proof = GivenMaterial("proof_of_duties", "履行证明", "D", "申请人声明", record.ref, statement="请核实")
    used = GivenMaterial(LICENCE, "营业执照", "A", "自称", reuse=str(material.uuid))
    filing = Filing(
        form_token=f"reuse-{material.pk}", subject_code=FIRM_A, record_refs=(record.ref,), committed=True,
        agent_name=PERSON["agent_name"], agent_phone=PERSON["agent_phone"], materials=(proof, used),
    )  # fmt: skip
    return submit_application(world.enter(world.actors["zhao"]), filing, now=timezone.now())
