"""The demo has somebody for every tier of every category, and no name twice."""

import pytest

from cases.categories import rooms
from cases.law import RecordFacts
from creditrepair.tenancy.models import Role
from creditrepair.tenancy.seed import DEPARTMENTS
from examples.people import STAFF, UNITS, unit_staff, username_of
from examples.story import ORGANS

EVERYBODY = {**STAFF, **unit_staff()}


@pytest.mark.parametrize("room", [one for one in rooms() if one.decided == "here"], ids=lambda room: room.code)
def test_every_tier_has_its_person_and_what_a_superior_decides_its_recorder(room):
    for market in (True, False):
        for tier in room.tiers(RecordFacts(room.code, market=market)):
            unit = room.annex1_departments[-1] if market else next(iter(set(room.annex1_departments) - {"fgj"}))
            name, staff_unit, role, tiers, _ = EVERYBODY[username_of(unit, tier.code)]
            assert (role, tier.code in tiers) == (Role.REVIEWER, True), name
            assert staff_unit == (unit if tier.department == "own" else tier.department)


def test_no_two_people_share_a_name_and_nobody_holds_two_tiers():
    names = [name for name, *_ in EVERYBODY.values()]
    assert len(set(names)) == len(names)
    assert all(len(tiers) <= 1 for _, _, _, tiers, _ in EVERYBODY.values())


def test_the_court_only_records_and_the_bureau_has_two_supervisors():
    court = [role for _, unit, role, _, _ in EVERYBODY.values() if unit == "fy"]
    assert court == [Role.RECORDER]
    supervisors = [unit for _, unit, role, _, _ in EVERYBODY.values() if role is Role.SUPERVISOR]
    assert supervisors == ["fgj", "fgj"]


def test_units_of_the_demo_are_those_of_the_seed_and_of_the_story():
    assert set(UNITS) | {"fgj"} == set(DEPARTMENTS)
    assert set(ORGANS) == set(UNITS)
