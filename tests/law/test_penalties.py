"""行政处罚信息, both kinds: boundary days, change of regime, competing readings, doubts that do and do not block."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from cases.categories import judge
from cases.law import RecordFacts

D, DAY = date, timedelta(days=1)
FINE = RecordFacts(
    "administrative_penalty", market=False, severity="general", penalty_kinds=("fine",), decided_on=D(2026, 4, 15)
)
MARKET_FINE = replace(FINE, market=True, published_on=D(2026, 4, 25))
FOOD_FINE = replace(FINE, field="food", decided_on=D(2025, 6, 30))


def statuses(facts: RecordFacts, *days: date) -> list[str]:
    return [judge(facts, day).status for day in days]


@pytest.mark.parametrize(
    ("severity", "decided_on", "earliest", "ends"),
    [
        ("general", D(2026, 4, 15), D(2026, 7, 16), D(2027, 4, 15)),
        ("serious", D(2026, 5, 31), D(2027, 6, 1), D(2029, 5, 31)),
        ("general", D(2026, 11, 30), D(2027, 3, 1), D(2027, 11, 30)),
        ("serious", D(2028, 2, 29), D(2029, 3, 1), D(2031, 2, 28)),
    ],
)
def test_the_days_before_at_and_after_the_end_of_the_minimum(severity, decided_on, earliest, ends):
    facts = replace(FINE, severity=severity, decided_on=decided_on)
    before, last, first, after = (judge(facts, earliest + n * DAY) for n in (-2, -1, 0, 1))
    assert (before.status, before.earliest, before.publication_ends) == ("from_date", earliest, ends)
    assert (last.status, last.may_file, last.questions) == ("needs_officer", True, ("Q9",))
    assert (first.status, first.earliest, after.status) == ("now", earliest, "now")


def test_the_reason_names_article_start_and_arithmetic():
    reason = judge(FINE, D(2026, 5, 1)).reasons[0]
    assert reason.arithmetic == "2026-04-15 起算，加3个月，至2026-07-15届满，2026-07-16起可申请"
    assert (reason.basis.number, reason.start_on, reason.certainty) == (
        "国家发展改革委令第36号",
        D(2026, 4, 15),
        "verified",
    )


def test_publication_ends_by_itself_only_for_a_record_known_to_be_corrected():
    done = replace(FINE, duties_done=True)
    assert statuses(done, D(2027, 4, 15), D(2027, 4, 16)) == ["now", "ends_by_itself"]
    assert statuses(FINE, D(2027, 4, 15), D(2027, 4, 16)) == ["now", "needs_officer"]


def test_a_minor_failure_may_be_repaired_at_once_when_duties_are_done():
    verdict = judge(replace(FINE, severity="minor"), D(2026, 4, 15))
    assert (verdict.status, verdict.earliest, verdict.publication_ends) == ("now", D(2026, 4, 15), D(2026, 7, 15))
    assert any("履行" in one for one in verdict.to_show)


def test_the_same_record_is_judged_by_order_58_until_march_and_weighed_under_both_from_april():
    march, april = judge(FOOD_FINE, D(2026, 3, 31)), judge(FOOD_FINE, D(2026, 4, 1))
    assert (march.regime, march.status, march.earliest) == ("ndrc-58", "from_date", D(2026, 7, 1))
    assert (april.regime, april.status, april.earliest) == ("ndrc-36", "needs_officer", None)


def test_an_older_fine_has_the_dates_of_both_orders_as_the_fact_book_computes_them():
    verdict = judge(FOOD_FINE, D(2026, 4, 1))
    dates = {c.regime: (c.first_on - DAY, c.ends_on, c.answer) for c in verdict.candidates}
    assert dates == {
        "ndrc-36": (D(2025, 9, 30), D(2026, 6, 30), "open"),
        "ndrc-58": (D(2026, 6, 30), D(2028, 6, 30), "before"),
    }
    assert "Q1" in verdict.questions


def test_two_orders_that_agree_today_decide():
    verdict = judge(replace(FINE, decided_on=D(2025, 11, 30)), D(2026, 4, 1))
    assert (verdict.status, {c.regime for c in verdict.candidates}) == ("now", {"ndrc-36", "ndrc-58"})


def test_order_36_alone_governs_what_is_decided_from_its_first_day():
    regimes = [
        {c.regime for c in judge(replace(FINE, decided_on=day), D(2026, 5, 1)).candidates}
        for day in (D(2026, 3, 31), D(2026, 4, 1))
    ]
    assert regimes == [{"ndrc-36", "ndrc-58"}, {"ndrc-36"}]


def test_before_both_dates_of_two_orders_the_earlier_one_is_given():
    facts = replace(FOOD_FINE, decided_on=D(2026, 3, 20))
    verdict = judge(facts, D(2026, 4, 10))
    assert (verdict.status, verdict.earliest) == ("from_date", D(2026, 6, 21))


def test_a_class_not_yet_set_is_for_the_officer_with_a_date_for_each_class():
    verdict = judge(replace(FINE, severity="unset"), D(2026, 5, 1))
    assert (verdict.status, verdict.suggested_severity) == ("needs_officer", "general")
    assert [(c.severity, c.first_on) for c in verdict.candidates] == [
        ("minor", D(2026, 4, 15)), ("general", D(2026, 7, 16)), ("serious", D(2027, 4, 16)),
    ]  # fmt: skip
    assert "Q5" in verdict.questions


def test_a_class_that_the_kind_of_penalty_settles_is_no_doubt_that_blocks():
    warned = replace(FINE, severity="unset", penalty_kinds=("warning",))
    revoked = replace(FINE, severity="unset", penalty_kinds=("revoke_licence",))
    assert statuses(warned, D(2026, 5, 1)) == ["now"]
    assert judge(revoked, D(2026, 5, 1)).earliest == D(2027, 4, 16)


def test_duties_that_the_record_calls_open_block_and_silence_does_not():
    open_duties = judge(replace(FINE, duties_done=False), D(2026, 8, 1))
    assert (open_duties.status, open_duties.earliest, open_duties.may_file) == ("from_date", None, False)
    assert open_duties.reasons[0].effect == "blocks"
    assert statuses(replace(FINE, duties_done=None), D(2026, 8, 1)) == ["now"]


def test_the_old_one_year_minimum_of_the_five_fields_is_a_hint_and_blocks_nobody():
    verdict = judge(replace(FINE, field="food"), D(2026, 8, 1))
    assert (verdict.status, verdict.questions) == ("now", ("Q7",))


def test_a_market_penalty_waits_for_the_officer_only_between_its_two_starts():
    before, between_first, between_last, after = (
        judge(MARKET_FINE, day) for day in (D(2026, 7, 14), D(2026, 7, 16), D(2026, 7, 25), D(2026, 7, 26))
    )
    assert (before.status, before.earliest, before.regime) == ("from_date", D(2026, 7, 16), "samr-107")
    assert (between_first.status, between_last.status) == ("needs_officer", "needs_officer")
    assert {c.first_on for c in between_first.candidates} == {D(2026, 7, 16), D(2026, 7, 26)}
    assert (after.status, after.questions) == ("now", ("Q4",))


def test_a_market_penalty_published_on_the_day_of_decision_has_one_date():
    facts = replace(MARKET_FINE, published_on=D(2026, 4, 15))
    assert statuses(facts, D(2026, 7, 14), D(2026, 7, 16)) == ["from_date", "now"]
    assert judge(facts, D(2026, 7, 16)).doubts == ()


def test_a_minor_market_penalty_may_stop_by_itself_so_an_officer_answers():
    verdict = judge(replace(MARKET_FINE, severity="minor"), D(2026, 5, 1))
    assert (verdict.status, verdict.may_file) == ("needs_officer", True)
    assert any("自动停止" in doubt for doubt in verdict.doubts)


def test_standing_on_a_list_blocked_under_the_document_of_2021_and_only_warns_under_order_107():
    facts = replace(
        MARKET_FINE, penalty_kinds=("confiscate_goods",), decided_on=D(2025, 3, 1), published_on=D(2025, 3, 1),
        listed_elsewhere=True,
    )  # fmt: skip
    old, new = judge(facts, D(2025, 12, 24)), judge(facts, D(2025, 12, 26))
    assert (old.regime, old.status, old.may_file) == ("samr-2021", "from_date", False)
    assert (new.regime, new.status, new.may_file) == ("samr-107", "now", True)
    assert any(r.effect == "warns" for r in new.reasons)


def test_a_revoked_licence_was_never_stopped_early_and_is_for_the_officer_since_order_107():
    facts = replace(
        MARKET_FINE, severity="serious", penalty_kinds=("revoke_licence",), decided_on=D(2025, 3, 1),
        published_on=D(2025, 3, 1),
    )  # fmt: skip
    assert statuses(facts, D(2025, 12, 24), D(2025, 12, 25), D(2026, 6, 1)) == [
        "not_repairable", "needs_officer", "needs_officer",
    ]  # fmt: skip


def test_open_duties_promise_no_repair_where_none_is_possible():
    facts = replace(
        MARKET_FINE, severity="serious", penalty_kinds=("revoke_licence",), decided_on=D(2025, 3, 1),
        published_on=D(2025, 3, 1), duties_done=False,
    )  # fmt: skip
    assert statuses(facts, D(2025, 12, 24)) == ["not_repairable"]


def test_a_market_penalty_whose_publication_is_unknown_is_too_early_only_counted_from_its_decision():
    facts = replace(MARKET_FINE, published_on=None)
    early, later = judge(facts, D(2026, 7, 14)), judge(facts, D(2026, 7, 16))
    assert (early.status, early.earliest, later.status) == ("from_date", D(2026, 7, 16), "needs_officer")
    assert any("公示日期" in doubt for doubt in later.doubts)


def test_criticism_alone_stopped_by_itself_after_three_months_under_the_document_of_2021():
    facts = replace(MARKET_FINE, penalty_kinds=("criticism",), decided_on=D(2025, 9, 1), published_on=D(2025, 9, 3))
    verdict = judge(facts, D(2025, 11, 1))
    assert (verdict.status, verdict.publication_ends, verdict.may_file) == ("ends_by_itself", D(2025, 12, 3), False)


def test_a_ban_longer_than_three_years_was_shown_as_long_as_it_lasted():
    facts = replace(
        MARKET_FINE, severity="serious", penalty_kinds=("restrict_employment",), decided_on=D(2021, 10, 1),
        published_on=D(2021, 10, 8), restriction_until=D(2026, 9, 30),
    )  # fmt: skip
    verdict = judge(facts, D(2025, 1, 10))
    assert (verdict.status, verdict.publication_ends) == ("not_repairable", D(2026, 9, 30))


def test_a_market_warning_that_was_shown_by_mistake_goes_to_an_officer():
    verdict = judge(replace(MARKET_FINE, penalty_kinds=("warning",)), D(2026, 8, 1))
    assert verdict.status == "needs_officer"
    assert "不予公示" in verdict.reasons[-1].text


def test_a_record_silent_about_its_field_is_read_both_ways():
    unsure = judge(replace(MARKET_FINE, market=None), D(2026, 7, 20))
    assert {c.market for c in unsure.candidates} == {True, False}
    assert unsure.status == "needs_officer"
    assert statuses(replace(MARKET_FINE, market=None), D(2026, 8, 1)) == ["now"]


def test_a_penalty_without_a_date_of_decision_is_for_an_officer():
    verdict = judge(replace(FINE, decided_on=None), D(2026, 8, 1))
    assert (verdict.status, verdict.earliest) == ("needs_officer", None)
    assert any("决定日期" in doubt for doubt in verdict.doubts)


def test_a_record_already_taken_down_needs_no_application():
    verdict = judge(replace(FINE, ended_on=D(2026, 6, 1)), D(2026, 6, 1))
    assert (verdict.status, verdict.publication_ends, verdict.may_file) == ("ends_by_itself", D(2026, 6, 1), False)


def test_a_trader_is_not_refused_but_handed_to_an_officer():
    verdict = judge(replace(FINE, subject_is_trader=True), D(2026, 8, 1))
    assert (verdict.status, verdict.questions) == ("needs_officer", ("Q12",))


def test_a_day_before_any_loaded_order_is_for_an_officer():
    assert judge(replace(FINE, decided_on=D(2022, 1, 1)), D(2022, 6, 1)).status == "needs_officer"
