"""重新申请: what ended without a repair is filed again from what was handed in, by its firm only."""

import pytest

from cases.models import Draft
from creditrepair.tenancy.context import region_context
from tests.world import YONGCHANG


def again(client, case):
    return client.post("/apply", {"again": case.ref})


def drafts():
    with region_context(YONGCHANG):
        return list(Draft.objects.all())


@pytest.mark.parametrize("state", ["withdrawn", "refused", "not_accepted"])
def test_a_case_without_a_repair_becomes_a_filled_draft(world, sign_in, state):
    case = world.fresh(world.a_case(state))
    answer = again(sign_in("zhao"), case)
    (draft,) = drafts()
    assert answer["Location"] == f"/apply/{draft.ref}/records"
    assert draft.content["records"] == [case.record.ref]
    assert draft.content["identity"]["agent_name"] == "赵申"
    assert any(slot.get("stated") for slot in draft.content["materials"].values())
    assert not draft.content.get("committed")
    assert sign_in("zhao").get(answer["Location"]).status_code == 200


@pytest.mark.parametrize("state", ["submitted", "in_review", "correction", "approved"])
def test_what_is_under_way_or_granted_is_not_filed_again(world, sign_in, state):
    assert again(sign_in("zhao"), world.a_case(state)).status_code == 409
    assert drafts() == []


def test_nobody_else_files_it_again(world, sign_in):
    case = world.a_case("withdrawn")
    assert again(sign_in("wu"), case).status_code == 404
    assert again(sign_in("qian"), case).status_code == 403
    assert drafts() == []
    assert again(sign_in("zhao"), case).status_code == 302


def test_the_page_offers_it_where_it_is_allowed(world, sign_in):
    for state, offered in (("withdrawn", True), ("approved", False)):
        case = world.fresh(world.a_case(state))
        page = sign_in("zhao").get(f"/my/{case.application.ref}").content.decode()
        assert ("重新申请</button>" in page) is offered
