"""确定待核实事项: who may, with what paper, after which forecast; what would refuse people or serve oneself is refused."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from cases.categories import local_rows, national_pack
from cases.facts import judge_record, limits_for
from cases.law import Basis
from cases.law.answer import faults_of, outside_the_frame, refuses
from cases.models import RegionRule, ReviewStep, RuleRun
from cases.overrides import overrides_of
from cases.questions import all_answers
from cases.services import matters, rules
from cases.services.notify import issue_notice
from creditrepair.audit.models import Event
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid, NotAllowed, NotFound, WrongMoment
from creditrepair.tenancy.models import Membership, Representation, Role
from tests.test_apply import AUTHORITY
from tests.test_recompute import PAPER, finish, settled, tried
from tests.world import FIRM_A, FIRM_B, JINCHUAN, TODAY, YONGCHANG, at

BEFORE = date(2025, 12, 1)  # decided before 36令: its answer hangs on Q1


def put(world, answer="older_records", value="new", *, who="wang", forecast=None, from_on=TODAY, now=None, **changes):
    forecast = forecast or tried(world, answer, value, from_on=from_on)
    words = PAPER | {"answer": answer, "value": value, "in_force_from": from_on, "forecast_ref": forecast.ref} | changes
    return rules.set_answer(world.enter(world.actors[who]), now=now or at(), **words)


def end(world, answer="older_records", *, from_on=TODAY, forecast=None, **changes):
    forecast = forecast or tried(world, answer, None, action="end", from_on=from_on)
    words = PAPER | {"answer": answer, "in_force_from": from_on, "forecast_ref": forecast.ref} | changes
    return rules.end_answer(world.enter(world.actors["wang"]), now=at(), **words)


def test_an_answer_is_a_dated_cited_version_with_its_event_and_its_recompute(world):
    version = put(world, basis_article="第三条")
    assert (version.question, version.number, version.action, version.value) == ("Q1", 1, "set", "new")
    shipped = local_rows(YONGCHANG)
    assert overrides_of(YONGCHANG)[: len(shipped)] == shipped
    (row,) = overrides_of(YONGCHANG)[len(shipped) :]
    assert (row.key, row.region, row.certainty, row.question) == (
        "620321.older_records.1.1", YONGCHANG, "verified", None,
    )  # fmt: skip
    assert row.basis == Basis(PAPER["basis_name"], PAPER["basis_number"], "第三条")
    assert (row.in_force_from, row.supersedes) == (TODAY, "state22.older")
    event = Event.objects.get(verb="answer_set")
    assert (
        event.thing == version.ref
        and event.data["basis"] == "《关于信用修复有关问题的复函》（发改办财金〔2026〕88号）第三条"
    )
    assert event.data["forecast"] == version.forecast.ref
    run = RuleRun.objects.get(what="recompute")
    assert (run.asked_by, run.finished_at) == (world.people["wang"], None)
    assert overrides_of(JINCHUAN) == ()


def test_the_answer_settles_the_doubt_from_its_day_and_in_its_region_only(world):
    here = world.a_record(decided_on=BEFORE, published_on=BEFORE, severity="serious")
    there = world.a_record(region=JINCHUAN, unit="wlj", decided_on=BEFORE, published_on=BEFORE, severity="serious")
    assert judge_record(here, TODAY).status == "needs_officer"
    put(world, value="old", from_on=TODAY)
    assert judge_record(here, TODAY).status == "now"
    assert judge_record(here, TODAY - timedelta(days=1)).status == "needs_officer"
    assert judge_record(there, TODAY).status == "needs_officer"


def test_a_later_version_replaces_the_earlier_from_its_own_day(world):
    put(world, "decide_wd", 5, from_on=date(2026, 6, 1))
    second = put(world, "decide_wd", 9, from_on=date(2026, 12, 1))
    assert second.number == 2
    record = world.a_record()
    days = [limits_for(record, day).decide_wd for day in (date(2026, 5, 31), date(2026, 6, 1), date(2026, 12, 1))]
    assert days == [7, 5, 9]


def test_an_end_gives_the_matter_back_to_the_nation(world):
    put(world, value="old")
    version = end(world, from_on=TODAY + timedelta(days=1))
    assert (version.action, version.number, version.rows) == ("end", 2, [])
    record = world.a_record(decided_on=BEFORE, published_on=BEFORE, severity="serious")
    assert judge_record(record, TODAY).status == "now"
    assert judge_record(record, TODAY + timedelta(days=1)).status == "needs_officer"
    assert Event.objects.get(verb="answer_ended").thing == version.ref
    with pytest.raises(WrongMoment, match="无需停止适用"):
        end(world, from_on=TODAY + timedelta(days=2))


def test_nobody_else_may(world):
    forecast = tried(world, "older_records", "new")
    for who in ("qian", "sun", "li", "zhou", "feng", "chen", "he", "zhao"):
        with pytest.raises(NotAllowed):
            put(world, who=who, forecast=forecast)
        with pytest.raises(NotAllowed):
            rules.ask_what_if(
                world.enter(world.actors[who]), answer="older_records", value="new", in_force_from=TODAY, now=at()
            )
    elsewhere = replace(world.actors["wang"], department="scjgj")
    with pytest.raises(NotAllowed):
        rules.ask_what_if(elsewhere, answer="older_records", value="new", in_force_from=TODAY, now=at())
    assert not RegionRule.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"basis_name": " "}, "basis_name"), ({"basis_number": ""}, "basis_number"),
        ({"basis_name": "信用修复管理办法（征求意见稿）"}, "basis_name"), ({"basis_number": "待核实"}, "basis_number"),
        ({"basis_rank": "hearsay"}, "basis_rank"), ({"reason": "\t"}, "reason"),
        ({"basis_from": TODAY + timedelta(days=1)}, "in_force_from"), ({"value": "both of them"}, "value"),
    ],
)  # fmt: skip
def test_what_is_not_cited_or_dated_is_refused_and_nothing_is_written(world, changes, field):
    forecast = tried(world, "older_records", "new")
    with pytest.raises(Invalid) as refused:
        put(world, forecast=forecast, **changes)
    assert set(refused.value.fields) == {field}
    assert not RegionRule.objects.exists() and not Event.objects.filter(verb="answer_set").exists()


@pytest.mark.parametrize("value", [0, 61, -3, "许多", 7.5, True, None, ""])
def test_a_number_of_days_has_its_bounds(world, value):
    with pytest.raises(Invalid) as refused:
        rules.ask_what_if(
            world.enter(world.actors["wang"]), answer="decide_wd", value=value, in_force_from=TODAY, now=at()
        )
    assert set(refused.value.fields) == {"value"}


def test_only_a_law_or_a_regulation_sets_other_periods_than_the_frame(world):
    for rank in RegionRule.Rank.values:
        if rank in ("law", "regulation"):
            continue
        with pytest.raises(Invalid) as refused:
            put(world, "field_minimum", "on", basis_rank=rank)
        assert set(refused.value.fields) == {"basis_rank"}
    put(world, "field_minimum", "off", basis_rank="reply")
    put(world, "field_minimum", "on", basis_rank="regulation")
    record = world.a_record(extra={}, field="food")
    assert judge_record(record, TODAY).earliest == date(2027, 5, 7)
    assert judge_record(world.a_record(), TODAY).earliest == date(2026, 8, 7)


def test_nothing_below_verified_can_be_set_to_refuse():
    """The rows of every answer are verified; a row that is not, and would turn somebody away, is named."""
    national = national_pack().rules
    answer = all_answers()["no_early_stop_107"]
    rows = answer.make(
        "yes", national=national, region=YONGCHANG, number=1, basis=Basis("甲", "乙"), in_force_from=TODAY
    )  # fmt: skip
    assert refuses(rows[0]) and faults_of(rows, "reply", national) == {}
    for certainty in ("unverified", "unknown"):
        assert set(faults_of([replace(rows[0], certainty=certainty)], "reply", national)) == {"value"}
    short = next(row for row in national if row.key == "ndrc36.general.min")
    longer = replace(short, value=12, certainty="unverified", region=YONGCHANG)
    assert outside_the_frame(longer) and set(faults_of([longer], "law", national)) == {"value"}
    shorter = replace(short, value=2, certainty="unverified", region=YONGCHANG)
    assert not refuses(shorter, national) and faults_of([shorter], "law", national) == {}


def test_a_forecast_comes_first_and_is_of_exactly_this_on_the_rules_of_now(world):
    forecast = tried(world, "older_records", "new")
    for other in ({"value": "old"}, {"from_on": TODAY + timedelta(days=1)}, {"answer": "misprint", "value": "yes"}):
        words = {"answer": "older_records", "value": "new"} | other
        with pytest.raises(Invalid) as refused:
            put(world, forecast=forecast, **words)
        assert set(refused.value.fields) == {"forecast"}
    with pytest.raises(Invalid):
        put(world, forecast=RuleRun(ref="NOTHING"))
    running = rules.ask_what_if(
        world.enter(world.actors["wang"]), answer="older_records", value="old", in_force_from=TODAY, now=at()
    )
    with pytest.raises(WrongMoment, match="尚未完成"):
        put(world, value="old", forecast=running)
    finish(running)
    put(world, "decide_wd", 5)  # the rules have moved on
    with pytest.raises(WrongMoment, match="规则已变化，请重新试算"):
        put(world, forecast=forecast)
    with pytest.raises(WrongMoment, match="重新试算"):
        put(world, value="old", forecast=running)
    assert RegionRule.objects.count() == 1


def test_a_forecast_of_yesterday_is_stale(world):
    forecast = tried(world, "older_records", "new")
    with pytest.raises(WrongMoment) as refused:
        put(world, forecast=forecast, now=at(TODAY + timedelta(days=1)))
    assert refused.value.code == "forecast_stale"


def test_two_periods_of_one_list_are_not_set_beside_each_other(world):
    put(world, "period.market_violation", "frame")
    revised = {"min": 12, "max": 36, "counts_from": "listing"}
    with pytest.raises(WrongMoment) as refused:
        tried(world, "revised.market_violation", revised)
    assert refused.value.code == "excluded"
    end(world, "period.market_violation")
    assert put(world, "revised.market_violation", revised).number == 1


def own_interest(world, **changes):
    with pytest.raises(NotAllowed) as refused:
        put(world, **changes)
    assert refused.value.code == "own_interest"
    assert not RegionRule.objects.exists()


def test_who_acts_for_a_firm_that_would_gain_or_lose_does_not_set_the_rule(world):
    record = world.a_record(FIRM_A, decided_on=BEFORE, published_on=BEFORE, severity="serious")
    held = {"subject_code": FIRM_A, "subject_name": "甲", "basis": "agent", "evidence": "委托书"}
    with region_context(JINCHUAN):
        mandate = Representation.objects.create(
            region_id=JINCHUAN, user=world.people["wang"], from_on=BEFORE, **held
        )  # fmt: skip
    own_interest(world)
    put(world, "misprint", "yes")  # it touches nobody's record
    with region_context(JINCHUAN):
        Representation.objects.filter(pk=mandate.pk).update(subject_code=FIRM_B)
    assert put(world).number == 1
    assert record.subject_id == FIRM_A


def also(world, role, **more):
    """Wang takes on another role beside the supervision."""
    with region_context(YONGCHANG):
        Membership.objects.create(
            region_id=YONGCHANG, user=world.people["wang"], role=role, from_on=BEFORE, **more
        )  # fmt: skip
    wang = world.actors["wang"]
    world.actors["wang"] = replace(wang, roles=wang.roles | {role}, tiers=wang.tiers | set(more.get("tiers", ())))


def test_who_filed_an_affected_case_at_the_counter_does_not_set_the_rule(world):
    also(world, Role.CLERK)
    record = world.a_record(FIRM_A, decided_on=BEFORE, published_on=BEFORE, severity="serious")
    world.files("wang", record, authority=AUTHORITY)
    own_interest(world)


def test_who_settled_or_holds_a_step_of_an_affected_case_does_not_set_the_rule(world):
    case = world.a_case("in_review", unit="wlj", decided_on=BEFORE, published_on=BEFORE, severity="serious")
    with region_context(YONGCHANG):
        settled_step = ReviewStep.objects.filter(case=case, settled_at__isnull=False)
        settled_step.update(settled_by=world.people["wang"])
    own_interest(world)
    with region_context(YONGCHANG):
        settled_step.update(settled_by=world.people["lv"])
        ReviewStep.objects.filter(case=case, status="open").update(claimed_by=world.people["wang"])
    own_interest(world)
    with region_context(YONGCHANG):
        ReviewStep.objects.filter(case=case, status="open").update(claimed_by=world.people["lv"])
    assert put(world).number == 1


def test_the_due_day_of_an_own_case_is_an_interest_too(world):
    case = world.a_case("in_review", unit="wlj", now=at(date(2026, 11, 20)))
    with region_context(YONGCHANG):
        ReviewStep.objects.filter(case=case, status="open").update(claimed_by=world.people["wang"])
    own_interest(world, answer="decide_wd", value=5, from_on=date(2026, 5, 2))
    assert put(world, "objection_wd", 5).number == 1


def test_a_page_finds_every_matter_with_what_is_in_force(world):
    put(world, value="old")
    put(world, "decide_wd", 9, from_on=TODAY + timedelta(days=30))
    world.enter(world.actors["wang"])
    found = {matter.answer.code: matter for matter in matters.matters(YONGCHANG, TODAY)}
    assert list(found) == list(all_answers())
    assert found["older_records"].value_text == "适用原规定" and len(found["older_records"].versions) == 1
    assert found["decide_wd"].in_force is None and found["decide_wd"].versions
    later = matters.matter_of(YONGCHANG, "decide_wd", TODAY + timedelta(days=30))
    assert later.value_text == "9个工作日" and later.national[0].key == "ndrc36.decide"
    with pytest.raises(NotFound):
        matters.matter_of(YONGCHANG, "nothing", TODAY)


def test_runs_are_seen_by_the_bureau_and_the_auditor_only(world):
    run = tried(world, "older_records", "new")
    for who in ("wang", "feng"):
        assert matters.access_run(world.enter(world.actors[who]), run.ref).pk == run.pk
    for who in ("qian", "li", "chen", "zhao"):
        with pytest.raises(NotAllowed):
            matters.access_run(world.enter(world.actors[who]), run.ref)
    foreign = replace(world.actors["wang"], region=JINCHUAN)
    with pytest.raises(NotFound):
        matters.access_run(world.enter(foreign), run.ref)


def test_the_recompute_after_an_answer_is_the_forecast_come_true(world):
    record = world.a_record(decided_on=BEFORE, published_on=BEFORE, severity="serious")
    forecast, version, run = settled(world, "older_records", "old")
    record.refresh_from_db()
    assert (record.eligibility, forecast.counts["becomes_now"], run.counts) == ("now", 1, forecast.counts)
    event = Event.objects.get(verb="recomputed")
    assert event.thing == run.ref and event.data["counts"]["becomes_now"] == 1
    assert version.forecast_id == forecast.pk


def test_the_wording_of_the_notice_follows_the_answers(world):
    def printed():
        record = world.a_record(decided_on=date(2026, 2, 3))
        paper = issue_notice(world.enter(world.actors["he"]), ref=record.ref, now=at())
        return paper.snapshot["misprint_corrected"], paper.snapshot["wording_confirmed"]

    assert printed() == (False, None)
    put(world, "misprint", "yes")
    put(world, "wording", "confirmed")
    assert printed() == (True, f"《{PAPER['basis_name']}》（{PAPER['basis_number']}）")
    end(world, "misprint")
    assert printed()[0] is False
