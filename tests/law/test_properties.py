"""What holds for any record on any day: an answer always, the same one, and no refusal that rests on a doubt."""

import json
import time
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from cases.categories import judge, registry
from cases.law import FIELDS, GROUNDS, PENALTY_KINDS, STATUSES, RecordFacts, evaluate

maybe_date = st.none() | st.dates()
life = st.dates(date(2019, 1, 1), date(2035, 12, 31))
maybe = st.none() | st.booleans()


def facts(days: st.SearchStrategy = maybe_date) -> st.SearchStrategy[RecordFacts]:
    return st.builds(
        RecordFacts,
        category=st.sampled_from([*registry, "no_such_category"]),
        market=maybe,
        severity=st.sampled_from(["minor", "general", "serious", "unset", "nonsense"]),
        penalty_kinds=st.lists(st.sampled_from([*PENALTY_KINDS, "nonsense"]), max_size=4).map(tuple),
        field=st.sampled_from([None, *FIELDS, "nonsense"]),
        summary_procedure=maybe,
        decided_on=days, published_on=days, listed_on=days, corrected_on=days, restriction_until=days, ended_on=days,
        duties_done=maybe,
        ground=st.sampled_from([None, *GROUNDS, "nonsense"]),
        amount_fen=st.none() | st.integers(-1, 10**15),
        listed_elsewhere=maybe,
        subject_is_trader=st.booleans(),
        term=st.sampled_from([None, "none", "two_years", "extended", "court_plan", "contribution", "nonsense"]),
        new_violation=maybe, repeated=maybe, prosecuted=maybe, court_plan_on=days,
    )  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(facts(), st.dates())
def test_every_record_gets_an_explained_answer_on_every_day(record, today):
    verdict = judge(record, today)
    assert verdict.status in STATUSES
    assert verdict.reasons
    assert all(reason.text for reason in verdict.reasons)
    json.dumps(verdict.to_json(), ensure_ascii=False)


@settings(max_examples=200, deadline=None)
@given(facts(), st.dates())
def test_the_same_question_gets_the_same_answer_also_after_a_journey_through_json(record, today):
    again = RecordFacts.from_json(json.loads(json.dumps(record.to_json())))
    assert again == record
    assert judge(again, today) == judge(record, today)


@settings(max_examples=300, deadline=None)
@given(facts(st.none() | life), life)
def test_a_date_that_is_named_is_kept_and_nobody_who_may_file_is_given_a_later_one(record, today):
    verdict = judge(record, today)
    if verdict.status == "from_date" and verdict.earliest is not None:
        assert verdict.earliest > today
        assert judge(record, verdict.earliest - timedelta(days=2)).status != "now"
    if verdict.status == "now" and verdict.earliest is not None:
        assert verdict.earliest <= today


@settings(max_examples=300, deadline=None)
@given(facts(st.none() | life), life)
def test_a_record_is_kept_from_filing_only_by_verified_law(record, today):
    verdict = judge(record, today)
    if verdict.status != "from_date":
        return
    stops = [r for r in verdict.reasons if r.effect == "blocks"]
    assert all(reason.certainty == "verified" for reason in stops)
    if not stops:
        assert {c.answer for c in verdict.candidates} == {"before"}


@settings(max_examples=200, deadline=None)
@given(facts(st.none() | life), life)
def test_silence_about_duties_never_keeps_anybody_from_filing_more_than_duties_done(record, today):
    silent, done = (judge(replace(record, duties_done=value), today) for value in (None, True))
    assert silent.may_file or not done.may_file


@given(facts(), st.dates())
def test_without_a_pack_the_law_still_answers_and_refuses_nobody(record, today):
    verdict = evaluate(record, today)
    assert verdict.status in ("needs_officer", "ends_by_itself")


def test_a_verdict_is_quick_enough_for_a_million_records_a_night():
    record = RecordFacts(
        "administrative_penalty",
        market=False,
        severity="general",
        penalty_kinds=("fine",),
        decided_on=date(2026, 4, 15),
    )
    judge(record, date(2026, 11, 23))
    started = time.process_time()
    for _ in range(500):
        judge(record, date(2026, 11, 23))
    assert (time.process_time() - started) / 500 < 0.001  # twenty times the goal: only a lost cache gets there


@settings(max_examples=400, deadline=None)
@given(facts(st.none() | life), life, st.integers(1, 400))
def test_an_answer_holds_until_the_day_on_which_it_says_it_may_change(record, today, ahead):
    verdict = judge(record, today)
    later = today + timedelta(days=ahead)
    if verdict.changes_on is not None:
        assert verdict.changes_on > today
        later = min(later, verdict.changes_on - timedelta(days=1))
    same = judge(record, later)
    assert (same.status, same.earliest, same.regime) == (verdict.status, verdict.earliest, verdict.regime)


@settings(max_examples=200, deadline=None)
@given(facts(st.none() | life), life)
def test_every_reason_can_be_followed(record, today):
    for reason in judge(record, today).reasons:
        assert reason.certainty in ("verified", "unverified", "unknown")
        assert (reason.start_on is None) == (reason.start_event == "")
        assert not reason.arithmetic or reason.start_on is not None
        if reason.effect == "blocks":
            assert reason.certainty == "verified"
            assert reason.basis is not None
