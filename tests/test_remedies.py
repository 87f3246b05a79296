"""Which remedies a refusal prints: by the room, by the organ told in the directory, by what the region has settled."""

from datetime import date

import pytest

from cases.deadlines import clock_of
from cases.models import Case
from cases.snapshot import case_papers
from cases.snapshot.remedies import remedy_row
from creditrepair.tenancy.context import region_context
from tests.test_recompute import settled
from tests.world import TODAY, YONGCHANG, at


@pytest.mark.parametrize(
    ("of_room", "organ", "row"),
    [
        ("a", "永昌县人民政府", "a"),
        ("a", "国家税务总局金昌市税务局", "b"),  # a tax bureau's own penalty
        ("a", "", "c"),  # centrally run, or nobody has told us
        ("b", "国家税务总局金昌市税务局", "b"),
        ("e", "", "e"),
    ],
)
def test_the_letter_follows_the_room_and_else_the_organ(of_room, organ, row):
    assert remedy_row(of_room, organ) == row


def test_a_refusal_prints_the_order_the_bureau_has_settled(world):
    case = world.a_case("in_review", unit="wlj")

    def asked():
        with region_context(YONGCHANG):
            return case_papers.of_refusal(case, "refusal", at()).fields["reconsideration_first"]

    assert asked() is False
    settled(world, "remedy_order", "first")
    assert asked() is True


def test_an_acceptance_says_that_its_day_is_provisional_where_the_clock_says_so(world):
    case = world.a_case("in_review", unit="wlj")
    with region_context(YONGCHANG):
        fields = case_papers.of_acceptance(case, at()).fields
        promised = clock_of(case, TODAY).promised
    assert promised is not None
    assert (fields["due_on"], fields["due_provisional"]) == (promised.day, promised.provisional_text)
    with region_context(YONGCHANG):
        Case.objects.filter(pk=case.pk).update(submitted_at=at(date(2026, 12, 28)))
        case.refresh_from_db()
        late = case_papers.of_acceptance(case, at(date(2026, 12, 28))).fields
    assert late["due_on"].year == 2027
    assert late["due_provisional"] == "2027年节假日安排尚未公布，此日期为暂定"
