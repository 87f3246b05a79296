"""Numbers of papers: no gap and no double under parallel acts and a rollback; the year is that of Shanghai."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction

from cases.snapshot import notice_paper
from creditrepair.tenancy.context import region_context, set_local
from notices import services
from notices.kinds.snapshot import BadSnapshot
from notices.models import Notice, NumberCounter
from tests.test_races import house, together
from tests.world import YONGCHANG, at

__all__ = ["house"]
BEFORE_MIDNIGHT = datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)


class Abandoned(Exception):
    """The act that took a number comes to nothing."""


@pytest.mark.django_db(transaction=True, databases=["default", "sender"])
def test_eight_at_once_of_which_three_roll_back_leave_neither_gap_nor_double(house):
    with transaction.atomic():
        asked = [notice_paper.of_notice(house.a_record(), at()) for _ in range(8)]

    def issue(place: int):
        def act() -> int:
            set_local("app.region", YONGCHANG)
            serial = services.request(asked[place], at=at()).serial
            if place % 3 == 0:
                raise Abandoned
            return serial

        return act

    results = together(*(issue(place) for place in range(8)))
    assert sum(isinstance(result, Abandoned) for result in results) == 3
    assert sorted(result for result in results if isinstance(result, int)) == [1, 2, 3, 4, 5]
    with transaction.atomic(), region_context(YONGCHANG):
        assert sorted(Notice.objects.values_list("serial", flat=True)) == [1, 2, 3, 4, 5]
        assert NumberCounter.objects.get(region_id=YONGCHANG, kind="notice").last == 5


@pytest.mark.fault("F22")
def test_the_year_of_a_number_turns_at_midnight_in_shanghai(world):
    before = decided(world, BEFORE_MIDNIGHT)
    after = decided(world, BEFORE_MIDNIGHT + timedelta(seconds=1))
    assert (before.number, before.issued_on) == ("永文旅信告〔2026〕1号", date(2026, 12, 31))
    assert (after.number, after.issued_on) == ("永文旅信告〔2027〕1号", date(2027, 1, 1))
    assert after.snapshot["issued_on"] == "2027-01-01"


@pytest.mark.fault("F22")
@pytest.mark.parametrize(("day", "decided_on"), [(date(2028, 2, 29), "2028-02-29"), (date(2027, 2, 28), "2027-02-28")])
def test_the_last_day_of_february_is_a_day_like_any_other(world, day, decided_on):
    notice = decided(world, at(day, 23))
    assert (notice.year, notice.snapshot["issued_on"]) == (day.year, decided_on)


def test_each_kind_and_each_unit_counts_for_itself(world):
    first, second = decided(world, at()), decided(world, at())
    other = decided(world, at(), unit="scjgj")
    listed = {"category": "market_violation", "decided_on": None, "listed_on": date(2026, 5, 6)}
    on_list = decided(world, at(), unit="scjgj", **listed)
    assert [one.number for one in (first, second, other, on_list)] == [
        "永文旅信告〔2026〕1号", "永文旅信告〔2026〕2号", "永市监信告〔2026〕1号", "永市监信列告〔2026〕1号",
    ]  # fmt: skip


def test_a_paper_that_does_not_fit_its_kind_takes_no_number(world):
    good = notice_paper.of_notice(world.a_record(), at())
    with region_context(YONGCHANG):
        with pytest.raises(BadSnapshot), transaction.atomic():
            services.request(replace(good, fields={**good.fields, "materials": "none"}), at=at())
        assert services.request(good, at=at()).serial == 1


def decided(world, moment: datetime, unit: str = "wlj", **facts) -> Notice:
    """A 告知书 asked for at this moment."""
    record = world.a_record(unit=unit, **facts)
    with region_context(YONGCHANG):
        return services.request(notice_paper.of_notice(record, moment), at=moment)
