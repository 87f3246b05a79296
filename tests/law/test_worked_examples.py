"""The worked examples and tables of the fact book, one by one, as dated cases: the day before, the day, the day after."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cases.categories import judge, registry, room
from cases.law import RecordFacts, WorkCalendar, add_months
from cases.law.calendar_seed import seed_days

D, DAY = date, timedelta(days=1)
PENALTY = RecordFacts("administrative_penalty", market=False, severity="general", penalty_kinds=("fine",))
MARKET = replace(PENALTY, market=True)


def status_on(facts: RecordFacts, *days: date) -> list[str]:
    return [judge(facts, day).status for day in days]


def around(facts: RecordFacts, day: date) -> list[str]:
    """The answers of the day before, the day, and the day after."""
    return status_on(facts, day - DAY, day, day + DAY)


# --- counting time ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "months", "last", "first"),
    [
        (D(2024, 11, 30), 3, D(2025, 2, 28), D(2025, 3, 1)),
        (D(2023, 11, 30), 3, D(2024, 2, 29), D(2024, 3, 1)),
        (D(2024, 2, 29), 12, D(2025, 2, 28), D(2025, 3, 1)),
        (D(2025, 1, 31), 3, D(2025, 4, 30), D(2025, 5, 1)),
        (D(2026, 4, 15), 3, D(2026, 7, 15), D(2026, 7, 16)),
        (D(2026, 4, 15), 12, D(2027, 4, 15), D(2027, 4, 16)),
        (D(2026, 5, 31), 12, D(2027, 5, 31), D(2027, 6, 1)),
        (D(2026, 5, 31), 36, D(2029, 5, 31), D(2029, 6, 1)),
    ],
)
def test_months_end_on_the_day_of_the_table_and_the_next_day_is_the_first_after(start, months, last, first):
    assert add_months(start, months) == last
    assert add_months(start, months) + DAY == first


def test_three_months_are_never_ninety_days():
    assert add_months(D(2026, 4, 15), 3) == D(2026, 7, 15) != D(2026, 4, 15) + timedelta(days=90)
    fine = replace(PENALTY, decided_on=D(2026, 4, 15))
    assert judge(fine, D(2026, 5, 1)).earliest == D(2026, 7, 16)


def test_months_are_one_step_from_the_start_and_never_chained():
    chained = add_months(add_months(add_months(D(2025, 1, 31), 1), 1), 1)
    assert (chained, add_months(D(2025, 1, 31), 3)) == (D(2025, 4, 28), D(2025, 4, 30))
    fine = replace(PENALTY, decided_on=D(2028, 1, 31))
    assert judge(fine, D(2028, 3, 1)).earliest == D(2028, 5, 1)


@pytest.fixture(scope="module")
def calendar() -> WorkCalendar:
    return WorkCalendar(dict(seed_days(2026).days))


@pytest.mark.parametrize(
    ("event", "n", "day"),
    [
        (D(2026, 2, 13), 3, D(2026, 2, 25)),
        (D(2026, 2, 13), 7, D(2026, 3, 2)),
        (D(2026, 2, 13), 10, D(2026, 3, 5)),
        (D(2026, 4, 30), 3, D(2026, 5, 8)),
        (D(2026, 4, 30), 7, D(2026, 5, 13)),
        (D(2026, 4, 30), 10, D(2026, 5, 18)),
        (D(2026, 9, 30), 3, D(2026, 10, 10)),
    ],
)
def test_working_days_of_2026_leave_out_the_day_of_the_event_and_count_worked_saturdays(calendar, event, n, day):
    assert calendar.add_working_days(event, n).day == day


@pytest.mark.parametrize(
    ("worked", "off"),
    [
        ((D(2026, 2, 14), D(2026, 2, 28)), (D(2026, 2, 15), D(2026, 2, 23))),
        ((D(2026, 5, 9),), (D(2026, 5, 1), D(2026, 5, 5))),
    ],
)
def test_the_calendar_of_2026_knows_its_worked_saturdays_and_its_holidays(calendar, worked, off):
    assert all(calendar.is_workday(day) and day.weekday() == 5 for day in worked)
    days = [off[0] + n * DAY for n in range((off[1] - off[0]).days + 1)]
    assert not any(calendar.is_workday(day) for day in days)
    assert not any(calendar.is_workday(day) for day in (off[0] - DAY, off[1] + DAY) if day.weekday() == 6)


def test_the_time_for_reconsideration_rolls_over_the_holiday_to_the_eighth_of_october(calendar):
    last = D(2026, 8, 5) + timedelta(days=60)
    assert (last, last.weekday()) == (D(2026, 10, 4), 6)
    assert calendar.roll_forward(last).day == D(2026, 10, 8)


def test_half_past_four_in_the_afternoon_utc_is_already_the_next_day_and_the_new_order():
    instant = datetime(2026, 3, 31, 16, 30, tzinfo=UTC)
    local = instant.astimezone(ZoneInfo("Asia/Shanghai"))
    fine = replace(PENALTY, decided_on=D(2025, 11, 30))
    assert judge(fine, local.date()).regime == "ndrc-36"
    assert judge(fine, (local - timedelta(minutes=31)).date()).regime == "ndrc-58"


# --- which rule governs which date -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("market", "day", "regime"),
    [
        (False, D(2023, 5, 1), "ndrc-58"),
        (False, D(2025, 12, 24), "ndrc-58"),
        (False, D(2025, 12, 25), "ndrc-58"),
        (False, D(2026, 3, 31), "ndrc-58"),
        (False, D(2026, 4, 1), "ndrc-36"),
        (True, D(2021, 9, 1), "samr-2021"),
        (True, D(2025, 12, 24), "samr-2021"),
        (True, D(2025, 12, 25), "samr-107"),
        (True, D(2026, 3, 31), "samr-107"),
        (True, D(2026, 4, 1), "samr-107"),
    ],
)
def test_the_regime_of_a_penalty_follows_the_day_of_the_application(market, day, regime):
    facts = replace(PENALTY, market=market, decided_on=day, published_on=day)
    assert judge(facts, day).regime == regime


@pytest.mark.parametrize("code", ["abnormal_operation", "market_violation"])
def test_the_lists_of_the_market_field_change_their_order_on_the_25th_of_december(code):
    facts = RecordFacts(code, listed_on=D(2025, 1, 10), decided_on=D(2025, 1, 10), ground="annual_report")
    assert [judge(facts, day).regime for day in (D(2025, 12, 24), D(2025, 12, 25))] == ["samr-2021", "samr-107"]


# --- the example of the old regime (Q1) ------------------------------------------------------------------------------

FOOD = replace(PENALTY, field="food", decided_on=D(2025, 6, 30), amount_fen=5_000_000)


def test_the_food_fine_of_june_2025_has_the_dates_of_both_orders():
    verdict = judge(FOOD, D(2026, 4, 1))
    assert {c.regime: (c.first_on - DAY, c.ends_on) for c in verdict.candidates} == {
        "ndrc-58": (D(2026, 6, 30), D(2028, 6, 30)),
        "ndrc-36": (D(2025, 9, 30), D(2026, 6, 30)),
    }


def test_the_food_fine_waits_under_order_58_and_is_for_the_officer_while_two_orders_differ():
    assert status_on(FOOD, D(2026, 3, 30), D(2026, 3, 31), D(2026, 4, 1), D(2026, 4, 2)) == [
        "from_date", "from_date", "needs_officer", "needs_officer",
    ]  # fmt: skip
    assert judge(FOOD, D(2026, 3, 31)).earliest == D(2026, 7, 1)


def test_the_food_fine_under_both_orders_from_july_has_ended_in_one_and_opened_in_the_other():
    verdict = judge(replace(FOOD, duties_done=True), D(2026, 7, 1))
    assert (verdict.status, {c.answer for c in verdict.candidates}) == ("needs_officer", {"over", "open"})


# --- competing values: before the earlier date, between the two, from the later ---------------------------------------


def test_two_verified_orders_give_the_earlier_day_then_the_officer_then_now():
    facts = replace(PENALTY, field="fire", decided_on=D(2026, 3, 20))
    verdict = judge(facts, D(2026, 4, 10))
    assert (verdict.status, verdict.earliest) == ("from_date", D(2026, 6, 21))
    assert status_on(facts, D(2026, 6, 19), D(2026, 6, 20), D(2026, 6, 21)) == [
        "from_date", "needs_officer", "needs_officer",
    ]  # fmt: skip
    long = replace(facts, severity="serious")
    assert around(long, D(2027, 3, 20)) == ["from_date", "needs_officer", "now"]


TAX = RecordFacts("major_tax_violation", decided_on=D(2026, 4, 10), published_on=D(2026, 5, 15))
WAGES = RecordFacts("wage_arrears", decided_on=D(2026, 4, 10), listed_on=D(2026, 4, 10), corrected_on=D(2026, 5, 20))
SAFETY = RecordFacts("work_safety", decided_on=D(2026, 5, 10), listed_on=D(2026, 5, 20))
STATISTICS = RecordFacts("statistics_violation", decided_on=D(2026, 4, 10), published_on=D(2026, 5, 15))
SOCIAL = RecordFacts("social_organisation", decided_on=D(2026, 4, 10), listed_on=D(2026, 4, 10))
COURT = RecordFacts("judgment_defaulter", decided_on=D(2026, 4, 10), listed_on=D(2026, 4, 10))
OFFICER, WAIT, NOW = "needs_officer", "from_date", "now"

LIST_CASES = [
    # six unverified months from publication against twelve verified ones: nobody is refused before the earlier date
    (TAX, D(2026, 11, 15), [OFFICER, OFFICER, OFFICER]),
    (TAX, D(2027, 4, 10), [OFFICER, OFFICER, NOW]),
    (TAX, D(2029, 4, 10), [NOW, NOW, OFFICER]),
    # six verified months from the correction against twelve
    (WAGES, D(2026, 11, 20), [WAIT, OFFICER, OFFICER]),
    (WAGES, D(2027, 4, 10), [OFFICER, OFFICER, NOW]),
    # twelve against twelve, from the document and from the listing
    (SAFETY, D(2027, 5, 10), [WAIT, OFFICER, OFFICER]),
    (SAFETY, D(2027, 5, 20), [OFFICER, OFFICER, NOW]),
    # six to twelve against twelve to thirty-six
    (STATISTICS, D(2026, 11, 15), [OFFICER, OFFICER, OFFICER]),
    (STATISTICS, D(2027, 4, 10), [OFFICER, OFFICER, NOW]),
    (STATISTICS, D(2027, 5, 15), [NOW, NOW, OFFICER]),
    # twenty-four unverified ones against twelve, and no end against thirty-six
    (SOCIAL, D(2027, 4, 10), [WAIT, OFFICER, OFFICER]),
    (SOCIAL, D(2028, 4, 10), [OFFICER, OFFICER, NOW]),
    (SOCIAL, D(2029, 4, 10), [NOW, NOW, OFFICER]),
    (COURT, D(2027, 4, 10), ["decided_elsewhere"] * 3),
    (COURT, D(2028, 4, 10), ["decided_elsewhere"] * 3),
]


@pytest.mark.parametrize(("facts", "day", "expected"), LIST_CASES, ids=lambda v: getattr(v, "category", None))
def test_a_list_whose_own_order_differs_from_the_frame_is_weighed_on_each_day(facts, day, expected):
    assert around(facts, day) == expected


@pytest.mark.parametrize(
    ("facts", "last"), [(WAGES, D(2026, 11, 20)), (SAFETY, D(2027, 5, 10)), (SOCIAL, D(2027, 4, 10))]
)
def test_a_list_that_is_not_yet_open_names_the_earlier_of_its_two_days(facts, last):
    assert judge(facts, last - DAY).earliest == last + DAY


@pytest.mark.parametrize(
    ("facts", "last"), [(TAX, D(2029, 5, 15)), (WAGES, D(2029, 4, 10)), (SAFETY, D(2029, 5, 20)),
                        (STATISTICS, D(2029, 4, 10))]
)  # fmt: skip
def test_a_list_ends_by_itself_once_both_maxima_have_passed_and_duties_are_done(facts, last):
    assert status_on(replace(facts, duties_done=True), last + DAY) == ["ends_by_itself"]
    silent = replace(facts, corrected_on=None)
    assert status_on(silent, last + DAY) == ["needs_officer"]


def test_wages_corrected_before_the_listing_count_from_the_listing():
    facts = replace(WAGES, corrected_on=D(2026, 3, 1))
    answers = {c.first_on for c in judge(facts, D(2026, 6, 1)).candidates}
    assert D(2026, 10, 11) in answers
    assert D(2026, 9, 2) not in answers


# --- the rows of each category, dated --------------------------------------------------------------------------------

PERIODS = [
    ("minor", 0, 3),
    ("general", 3, 12),
    ("serious", 12, 36),
]


@pytest.mark.parametrize(("severity", "low", "high"), PERIODS)
def test_a_penalty_outside_the_market_field_opens_and_ends_as_its_class_says(severity, low, high):
    decided = D(2026, 4, 30)
    facts = replace(PENALTY, severity=severity, decided_on=decided, duties_done=True)
    opens = add_months(decided, low)
    assert around(facts, opens)[1:] == (["now", "now"] if low == 0 else ["needs_officer", "now"])
    assert around(facts, add_months(decided, high)) == ["now", "now", "ends_by_itself"]
    assert low == 0 or around(facts, opens)[0] == "from_date"


@pytest.mark.parametrize(
    ("field", "low"), [(None, 3), ("food", 12), ("drug", 12), ("special_equipment", 12), ("work_safety", 12), ("fire", 12)]
)  # fmt: skip
def test_order_58_had_three_months_and_a_year_in_five_fields(field, low):
    facts = replace(PENALTY, field=field, decided_on=D(2024, 5, 31), duties_done=True)
    last = add_months(D(2024, 5, 31), low)
    assert around(facts, last) == ["from_date", "needs_officer", "now"]
    old = replace(facts, decided_on=D(2023, 1, 15))
    assert around(old, D(2026, 1, 15)) == ["now", "now", "ends_by_itself"]


@pytest.mark.parametrize(("severity", "low", "high"), PERIODS[1:])
def test_a_market_penalty_of_order_107_opens_and_ends_as_its_class_says(severity, low, high):
    start = D(2026, 1, 31)
    facts = replace(MARKET, severity=severity, decided_on=start, published_on=start, duties_done=True)
    assert around(facts, add_months(start, low)) == ["from_date", "needs_officer", "now"]
    assert around(facts, add_months(start, high)) == ["now", "now", "ends_by_itself"]


@pytest.mark.parametrize(
    ("field", "low"), [(None, 6), ("food", 12), ("drug", 12), ("special_equipment", 12), ("fire", 6), ("work_safety", 6)]
)  # fmt: skip
def test_the_document_of_2021_had_six_months_and_a_year_in_three_fields(field, low):
    facts = replace(
        MARKET, field=field, penalty_kinds=("confiscate_goods",), decided_on=D(2021, 9, 10),
        published_on=D(2021, 9, 30), duties_done=True,
    )  # fmt: skip
    assert around(facts, add_months(D(2021, 9, 30), low)) == ["from_date", "needs_officer", "now"]
    assert around(facts, D(2024, 9, 30)) == ["now", "now", "ends_by_itself"]


def test_an_abnormal_entry_has_no_minimum_and_no_end():
    facts = RecordFacts("abnormal_operation", ground="address_unreachable", listed_on=D(2022, 1, 10))
    cured = replace(facts, corrected_on=D(2026, 5, 6), duties_done=True)
    assert status_on(cured, D(2026, 5, 6), D(2026, 5, 7), D(2030, 1, 1)) == ["now"] * 3
    assert judge(cured, D(2026, 5, 6)).publication_ends is None


@pytest.mark.parametrize("listed", [D(2022, 3, 31), D(2026, 5, 31)])
def test_the_serious_list_of_the_market_field_opens_after_twelve_and_ends_after_thirty_six_months(listed):
    facts = RecordFacts("market_violation", listed_on=listed, decided_on=listed, duties_done=True)
    assert around(facts, add_months(listed, 12)) == ["from_date", "needs_officer", "now"]
    assert around(facts, add_months(listed, 36)) == ["now", "now", "ends_by_itself"]


@pytest.mark.parametrize(
    ("facts", "listed", "low", "high"),
    [
        (TAX, "published_on", 6, 36),
        (WAGES, "listed_on", 6, 36),
        (SAFETY, "listed_on", 12, 36),
        (STATISTICS, "published_on", 6, 12),
        (SOCIAL, "listed_on", 24, None),
    ],
    ids=lambda v: getattr(v, "category", None),
)
def test_the_own_order_of_a_list_is_one_of_its_readings_with_the_dates_of_its_table(facts, listed, low, high):
    start = max(getattr(facts, listed), facts.corrected_on or date.min)
    ends = add_months(getattr(facts, listed), high) if high else None
    readings = {(c.first_on, c.ends_on) for c in judge(facts, D(2026, 6, 1)).candidates}
    assert (add_months(start, low) + DAY, ends) in readings
    assert (add_months(facts.decided_on, 12) + DAY, add_months(facts.decided_on, 36)) in readings


def test_the_nine_rooms_stand_in_the_order_and_the_words_of_annex_1():
    assert [one.title for one in list(registry.values())[:9]] == [
        "行政处罚信息",
        "经营异常名录信息",
        "市场监督管理严重违法失信名单信息",
        "失信被执行人信息",
        "重大税收违法失信主体信息",
        "拖欠农民工工资失信联合惩戒对象名单信息",
        "安全生产严重失信主体名单信息",
        "统计严重失信企业信息",
        "社会组织严重违法失信名单",
    ]
    wanted = [("fgj", "scjgj"), ("scjgj",), ("scjgj",), ("fy", "fgj"), ("swj",), ("rsj",), ("yjj",), ("tjj",), ("mzj",)]
    assert [one.annex1_departments for one in list(registry.values())[:9]] == wanted
    assert room("judgment_defaulter").decided == "elsewhere"
