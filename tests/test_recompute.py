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
    days = (date(2025, 6, 30), date(2025, 12, 20), date(2026, 2, 10), date(2026, 10, 20), date(2026, 11, 1), None)
    for n, day in enumerate(days):
        for severity in ("minor", "general", "serious", "unset"):
            shown = day + timedelta(days=20) if day else None
            world.a_record(
                unit=("wlj", "scjgj")[n % 2], severity=severity, decided_on=day, published_on=shown, subject=FIRM_B
            )
    for n in range(3):
        world.a_case("in_review", unit=("wlj", "scjgj", "wlj")[n], who="wu", now=at(date(2026, 11, (13, 16, 17)[n])))
    world.a_case("approved", who="wu")
    world.a_case("refused", who="wu", unit="wlj")


@pytest.mark.parametrize(
    ("answer", "value", "from_on"),
    [
        ("older_records", "new", TODAY), ("decide_wd", 3, date(2026, 5, 10)), ("start_107", "document", TODAY),
        ("minor_stops_107", "yes", TODAY), ("first_application_day", "last_day", TODAY + timedelta(days=90)),
    ],
)  # fmt: skip
def test_a_forecast_equals_its_result(world, answer, value, from_on):
    mixed(world)
    forecast, _, result = settled(world, answer, value, from_on=from_on)
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


def test_shorter_days_make_open_cases_late_and_each_says_why(world):
    mixed(world)
    with region_context(YONGCHANG):
        before = dict(Case.objects.filter(state="in_review").values_list("ref", "due_on"))
        decided = list(Case.objects.exclude(state="in_review").order_by("id").values())
    _, _, run = settled(world, "decide_wd", 3, from_on=date(2026, 5, 10))
    assert run.counts["cases_open"] == 3 and run.counts["cases_become_late"] == run.counts["cases_changed"] > 0
    with region_context(YONGCHANG):
        moved = {ref: due for ref, due in Case.objects.filter(state="in_review").values_list("ref", "due_on")}
        changed = {ref for ref, due in moved.items() if due != before[ref]}
        events = {event.thing: event.data for event in Event.objects.filter(verb="deadline_recomputed")}
        assert len(changed) == run.counts["cases_changed"] and set(events) == changed
        for ref, data in events.items():
            assert (data["from"], data["to"]) == (before[ref].isoformat(), moved[ref].isoformat())
            assert "核查期限" in data["reason"] and "88号" in data["reason"]
        assert list(Case.objects.exclude(state="in_review").order_by("id").values()) == decided


def test_a_what_if_writes_nothing_but_itself(world):
    mixed(world)
    with region_context(YONGCHANG):
        before = list(FailureRecord.objects.order_by("id").values()), list(Case.objects.order_by("id").values())
        events = Event.objects.count()
    run = tried(world, "older_records", "new")
    assert run.counts["dates_changed"] and run.sample
    with region_context(YONGCHANG):
        after = list(FailureRecord.objects.order_by("id").values()), list(Case.objects.order_by("id").values())
        assert (before, events, 0) == (after, Event.objects.count(), RegionRule.objects.count())


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(recompute, "CHUNK", 5)
    monkeypatch.setattr(recompute, "CASE_CHUNK", 1)


def test_a_killed_run_goes_on_where_it_stopped(world, small):
    """Each call does one chunk, as though its worker died after it: nothing is done twice, nothing left out."""
    mixed(world)
    wang = world.enter(world.actors["wang"])
    run = rules.ask_what_if(wang, answer="older_records", value="new", in_force_from=TODAY, now=at())
    seen = []
    while not recompute.advance(run.ref, region=YONGCHANG, seconds=0, now=at()):
        run.refresh_from_db()
        seen.append((run.done, run.total))
        assert len(seen) < 50
    run.refresh_from_db()
    assert len(seen) > 8 and sorted(seen) == seen and seen[0] == (5, run.total)
    assert run.done == run.total == run.counts["records"] + run.counts["cases_open"]
    whole = tried(world, "older_records", "new")
    assert (whole.counts, whole.sample) == (run.counts, run.sample)


def test_a_chunk_that_fails_leaves_no_trace(world, small, monkeypatch):
    mixed(world)
    wang = world.enter(world.actors["wang"])
    run = rules.ask_what_if(wang, answer="older_records", value="new", in_force_from=TODAY, now=at())
    recompute.advance(run.ref, region=YONGCHANG, seconds=0, now=at())
    before = RuleRun.objects.values().get(pk=run.pk)

    def broken(*_):
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(recompute.compare, "count_record", broken)
        with pytest.raises(RuntimeError):
            recompute.advance(run.ref, region=YONGCHANG, seconds=0, now=at())
    assert RuleRun.objects.values().get(pk=run.pk) == before
    finish(run)
    assert tried(world, "older_records", "new").counts == RuleRun.objects.get(pk=run.pk).counts


def test_a_record_changed_meanwhile_is_left_to_who_changed_it(world, monkeypatch):
    record = world.a_record(severity="general")
    read = recompute.compare.read_records

    def overtaken(region, records):
        lines = read(region, records)
        FailureRecord.objects.filter(pk=record.pk).update(severity="serious", eligible_on=date(2027, 5, 7))
        return lines

    with monkeypatch.context() as patch:
        patch.setattr(recompute.compare, "read_records", overtaken)
        patch.setitem(recompute.PHASES, "all", ("records", "cases"))
        settled(world, "first_application_day", "last_day")
    record.refresh_from_db()
    assert (record.severity, record.eligible_on) == ("serious", date(2027, 5, 7))


def test_stragglers_written_by_the_old_rules_are_caught_at_the_end(world, monkeypatch):
    record = world.a_record(severity="general")
    write = recompute.compare.write_verdicts
    late = []

    def overtaken(region, judged, pack):
        found = write(region, judged, pack)
        if not late:  # an act that began before the answer commits after its chunk
            late.append(FailureRecord.objects.filter(pk=record.pk).update(eligible_pack="old"))
        return found

    monkeypatch.setattr(recompute.compare, "write_verdicts", overtaken)
    _, _, run = settled(world, "first_application_day", "last_day")
    record.refresh_from_db()
    assert late == [1] and record.eligible_pack == run.pack_after
    assert run.counts["records"] == run.done == 1


def test_every_waiting_run_is_done_forecasts_first_and_recomputes_in_order(world):
    mixed(world)
    wang = world.enter(world.actors["wang"])
    run = rules.ask_what_if(wang, answer="older_records", value="new", in_force_from=TODAY, now=at())
    with region_context(YONGCHANG):
        queued = recompute.queue_run(
            YONGCHANG, "recompute", cause="试", proposal={"since": 0}, judged_on=TODAY, by=None, now=at()
        )
        assert recompute._next_run(YONGCHANG) == run.ref
    assert recompute.recompute_waiting(seconds=20, now=at()) is True
    with region_context(YONGCHANG):
        assert not RuleRun.objects.filter(finished_at=None).exists()
        assert RuleRun.objects.get(pk=queued.pk).counts["records"] > 20
        assert recompute._next_run(YONGCHANG) is None


def test_records_are_judged_again_on_their_day_and_after_a_release(world):
    waiting = world.a_record(severity="serious")  # repairable from 2027-05-07
    with region_context(YONGCHANG):
        assert recompute.rejudge_due(now=at()) == []
        assert (waiting.eligibility, waiting.judge_again_on) == ("from_date", date(2027, 5, 6))
    later = at(date(2027, 5, 7))
    (run,) = recompute.rejudge_due(now=later)
    assert run.proposal["only"] == "due"
    assert recompute.rejudge_due(now=later) == []
    finish(run, later)
    with region_context(YONGCHANG):
        waiting.refresh_from_db()
        assert (waiting.eligibility, waiting.judge_again_on > later.date()) == ("now", True)
        assert RuleRun.objects.get(pk=run.pk).counts["becomes_now"] == 1
        FailureRecord.objects.update(eligible_pack="another release")
    (again,) = recompute.rejudge_due(now=later)
    assert again.proposal["only"] == "pack"
    finish(again, later)
    with region_context(YONGCHANG):
        waiting.refresh_from_db()
        assert waiting.eligible_pack == again.pack_after
    assert recompute.rejudge_due(now=later) == []
