"""A simulated year: what was told equals what should have been told, message by message. `REMIND_FIRMS`, `REMIND_SEED`,
`REMIND_DAYS` ask for a bigger or another year, e.g. `REMIND_FIRMS=300 REMIND_SEED=7 make test ARGS=tests/test_remind_year.py`.
"""

import os
import time
from collections import Counter

import pytest

from cases.services import remind
from creditrepair.tenancy.context import region_context
from sync.models import Delivery
from tests.remind_truth import Truth
from tests.remind_year import FIRST, Year, what_was_told
from tests.world import YONGCHANG, World

FIRMS = int(os.environ.get("REMIND_FIRMS", "70"))
SEED = int(os.environ.get("REMIND_SEED", "20261201"))
DAYS = int(os.environ.get("REMIND_DAYS", "365"))


@pytest.fixture
def year(world: World, monkeypatch) -> Year:
    return Year(world, SEED, FIRMS, DAYS, monkeypatch)


def differences(year: Year) -> tuple[list, list]:
    """(should have been told and was not, was told and should not have been)."""
    wanted = Counter(Truth(year.log, year.up, FIRST, year.last).all())
    was = Counter(what_was_told())
    return sorted((wanted - was).elements(), key=str), sorted((was - wanted).elements(), key=str)


@pytest.mark.fault("B58")
def test_through_a_year_each_firm_is_told_once_an_occasion_in_time_and_nobody_wrongly(year: Year):
    year.play()
    assert differences(year) == ([], [])
    told = what_was_told()
    if DAYS >= 365:
        happened = Counter(act.what for act in year.log)
        assert min(
            happened[w] for w in ("arrives", "severity", "files", "withdraws", "ends", "number", "rule", "province")
        )
        assert {one.occasion for one in told} == {"soon", "today"} and {one.by_sms for one in told} == {True, False}
        assert any(len(one.records) > 1 for one in told)
        assert any(one.occasion == "soon" and (one.first_on - one.day).days < 7 for one in told)  # caught up
    with region_context(YONGCHANG):
        assert Delivery.objects.filter(key__startswith="T01").count() == sum(one.by_sms for one in told)
    print(
        f"{sum(act.what == 'arrives' for act in year.log)} records, {len(told)} told, {len(year.up)} days, {time.process_time():.1f} s CPU here"
    )


def test_the_checker_notices_a_reminder_that_comes_a_day_late(world: World, monkeypatch):
    monkeypatch.setattr(remind, "SOON_DAYS", 6)
    year = Year(world, 1, 40, 60, monkeypatch)
    year.play()
    missing, wrong = differences(year)
    assert missing and wrong
