"""How long the same matter usually takes: from twenty decided filings on, of this item, this region and this year."""

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from cases.models import Case
from cases.usual import Usual, usual_time
from creditrepair.tenancy.context import region_context
from tests.world import YONGCHANG, at

NOW = at(date(2026, 12, 1))
PENALTY = "administrative_penalty"


def usual(now: datetime = NOW) -> Usual:
    with region_context(YONGCHANG):
        return usual_time(YONGCHANG, PENALTY, now)


@pytest.fixture
def decided(world):
    """`n` decided cases, the i-th after i days, all filed on the same day."""

    def make(n: int, state: str = "not_accepted", **changes) -> None:
        filed_at = at(date(2026, 9, 1))
        for days in range(1, n + 1):
            case = world.a_case(state)
            facts = {"submitted_at": filed_at, "decided_at": filed_at + timedelta(days=days)} | changes
            with region_context(YONGCHANG):
                Case.objects.filter(pk=case.pk).update(**facts)

    return make


def test_nineteen_say_nothing_and_twenty_do(decided):
    decided(19)
    assert usual() == Usual(19, None, None)
    decided(1)
    assert usual().n == 20
    assert usual().half is not None


def test_half_and_nine_of_ten_are_days_that_really_occurred(decided):
    decided(20)
    assert usual() == Usual(20, 10, 18)


def test_withdrawn_ones_other_items_and_last_years_do_not_count(decided):
    decided(20)
    decided(1, state="withdrawn")
    decided(1, category="abnormal_operation")
    decided(1, submitted_at=at(date(2025, 9, 1)), decided_at=at(date(2025, 11, 30)))
    assert usual() == Usual(20, 10, 18)
    assert usual(NOW + timedelta(days=365)).half is None


def test_the_page_says_from_how_many_it_knows_or_that_it_does_not(world, decided, sign_in):
    case = world.fresh(world.a_case("in_review"))
    page = f"/my/{case.application.ref}"
    assert "样本不足" in sign_in("zhao").get(page).content.decode()
    now = timezone.now()
    decided(20, submitted_at=now - timedelta(days=17), decided_at=now - timedelta(days=10))
    shown = sign_in("zhao").get(page).content.decode()
    assert "半数在7天内、九成在7天内作出决定" in shown
    assert "样本不足" not in shown
