"""试算和重算: what the forecast says is what happens; chunks, resumption, two workers; nothing decided is touched."""

from datetime import date, timedelta

import pytest

from cases.facts import judge_record
from cases.models import Case, FailureRecord, RegionRule, RuleRun
from cases.services import recompute, rules
from creditrepair.audit.models import Event
from creditrepair.tenancy.context import region_context
from tests.world import FIRM_B, TODAY, YONGCHANG, at

PAPER = {
    "basis_name": "关于信用修复有关问题的复函",
    "basis_number": "发改办财金〔2026〕88号",
    "basis_rank": "reply",
    "basis_from": date(2026, 5, 1),
    "reason": "上级机关已答复",
}


def tried(world, answer, value, *, action="set", from_on=TODAY, now=None):
    wang = world.enter(world.actors["wang"])
    run = rules.ask_what_if(wang, answer=answer, value=value, action=action, in_force_from=from_on, now=now or at())
    finish(run, now)
    return RuleRun.objects.get(pk=run.pk)


def finish(run, now=None):
    while not recompute.advance(run.ref, region=YONGCHANG, seconds=5, now=now or at()):
        pass


def settled(world, answer, value, *, from_on=TODAY, now=None, **changes):
    forecast = tried(world, answer, value, from_on=from_on, now=now)
    wang = world.enter(world.actors["wang"])
    words = PAPER | {"answer": answer, "value": value, "in_force_from": from_on, "forecast_ref": forecast.ref} | changes
    version = rules.set_answer(wang, now=now or at(), **words)
    run = RuleRun.objects.get(what="recompute", proposal__until=version.pk)
    finish(run, now)
    return forecast, version, RuleRun.objects.get(pk=run.pk)


def mixed(world):
    """Records old and new, of both fields, of every class, some without dates, and open cases beside decided ones."""
    days = (date(2025, 6, 30), date(2025, 12, 20), date(2026, 2, 10), date(2026, 6, 1), date(2026, 11, 1), None)
    for n, day in enumerate(days):
        for severity in ("minor", "general", "serious", "unset"):
            shown = day + timedelta(days=20) if day else None
            world.a_record(
                unit=("wlj", "scjgj")[n % 2], severity=severity, decided_on=day, published_on=shown, subject=FIRM_B
            )
    for n in range(3):
        world.a_case("in_review", unit=("wlj", "scjgj", "wlj")[n], who="wu", now=at(date(2026, 11, 10 + n)))
    world.a_case("approved", who="wu")
    world.a_case("refused", who="wu", unit="wlj")


@pytest.mark.parametrize(
    ("answer", "value"),
    [("older_records", "new"), ("decide_wd", 3), ("start_107", "document"), ("minor_stops_107", "yes")],
)
def test_a_forecast_equals_its_result(world, answer, value):
    mixed(world)
    forecast, _, result = settled(world, answer, value)
    assert forecast.counts == result.counts
    assert forecast.sample == result.sample
    assert (forecast.pack_before, forecast.done) == (result.pack_before, result.done)
    assert result.counts["records"] == FailureRecord.objects.published().count() > 20
    assert any(result.counts[name] for name in ("dates_changed", "status_changed", "cases_changed"))


def test_the_register_says_what_the_new_rules_say(world):
    mixed(world)
    _, _, run = settled(world, "older_records", "new")
    with region_context(YONGCHANG):
        for record in FailureRecord.objects.published():
            fresh = judge_record(record, TODAY)
            assert (record.eligible_on, record.public_until) == (fresh.earliest, fresh.publication_ends)
            assert (record.eligibility, record.judge_again_on) == (fresh.status, fresh.changes_on)
            assert record.eligible_pack == run.pack_after == fresh.pack_hash[:16]
