"""及时率: the last day in time and the day after, over a holiday; no rule or no day says nothing."""

from datetime import date

import pytest

from cases.models import RegionDay
from cases.timeliness import late_by, reporting_time, timeliness_text
from tests.world import JINCHUAN, TODAY, YONGCHANG, at

PENALTY = "administrative_penalty"
# 2026: off are 25 to 27 September and 1 to 7 October; Saturday 10 October is worked.
DECIDED = date(2026, 9, 24)


@pytest.mark.parametrize(
    ("category", "market", "received", "late"),
    [
        (PENALTY, False, date(2026, 9, 24), 0),
        (PENALTY, False, date(2026, 10, 10), 0),  # d−1, a worked Saturday
        (PENALTY, False, date(2026, 10, 11), 0),  # a Sunday off adds nothing
        (PENALTY, False, date(2026, 10, 12), 0),  # d: the seventh, the day of the decision not counted
        (PENALTY, False, date(2026, 10, 13), 1),  # d+1
        (PENALTY, True, date(2026, 10, 28), 0),
        (PENALTY, True, date(2026, 10, 29), 0),  # the twentieth
        (PENALTY, True, date(2026, 10, 30), 1),
        (PENALTY, True, date(2026, 11, 1), 1),  # a weekend makes it no later
        (PENALTY, True, date(2026, 11, 2), 2),
        ("social_organisation", False, date(2026, 10, 9), 0),
        ("social_organisation", False, date(2026, 10, 10), 1),
        ("wage_arrears", False, date(2026, 11, 20), None),  # no order sets a time
    ],
)
def test_the_working_days_past_the_rule(world, category, market, received, late):
    found = late_by(category, market, decided_on=DECIDED, listed_on=None, received_on=received, region=YONGCHANG)
    assert found == late


def test_a_listing_day_stands_for_the_decision_and_without_any_day_nothing_is_said(world):
    days = {"received_on": date(2026, 10, 12), "region": YONGCHANG}
    assert late_by("social_organisation", False, decided_on=None, listed_on=DECIDED, **days) == 2
    assert late_by(PENALTY, False, decided_on=None, listed_on=None, **days) is None


def test_a_decision_older_than_the_rule_has_no_time_to_keep(world):
    assert (
        late_by(PENALTY, False, decided_on=date(2018, 6, 29), listed_on=None, received_on=TODAY, region=YONGCHANG)
        is None
    )


def test_the_measure_is_read_once_for_a_thousand_rows_and_cites_its_rule(world, django_assert_max_num_queries):
    with django_assert_max_num_queries(13):
        measure = reporting_time(YONGCHANG, TODAY)
        late = [
            measure.late_by(PENALTY, False, decided_on=DECIDED, listed_on=None, received_on=TODAY) for _ in range(1000)
        ]
    assert set(late) == {30}
    rule = measure.rule(PENALTY, False, DECIDED)
    assert (rule.value, rule.certainty, rule.basis.number) == (7, "unverified", "发改办财金〔2018〕424号")
    market = measure.rule(PENALTY, True, DECIDED)
    assert (market.value, market.certainty, market.basis.article) == (20, "verified", "第九条")
    with pytest.raises(ValueError, match="calendar"):
        measure.late_by(PENALTY, False, decided_on=DECIDED, listed_on=None, received_on=date(2026, 12, 1))


def test_a_day_the_county_takes_off_counts_in_its_own_region_only(world):
    world.enter(world.actors["chen"])
    RegionDay.objects.create(
        region_id=YONGCHANG,
        day=date(2026, 10, 12),
        works=False,
        source="停电",
        set_by=world.people["chen"],
        set_at=at(),
    )
    days = {"decided_on": DECIDED, "listed_on": None, "received_on": date(2026, 10, 13)}
    assert late_by(PENALTY, False, **days, region=YONGCHANG) == 0
    assert late_by(PENALTY, False, **days, region=JINCHUAN) == 1


def test_the_words():
    assert [timeliness_text(late) for late in (None, 0, 3)] == ["没有归集期限", "及时", "迟报3个工作日"]
