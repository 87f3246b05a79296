"""Dated cases with the answer the fact book gives, by hand: statuses on three days, dates of all readings, limits.

`first_wrong` asks them of any rule pack, so that a changed row can be tried without the rest of the suite.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from cases.law import RecordFacts, RulePack, evaluate, limits_of

D: Final = date
DAY: Final = timedelta(days=1)
OFFICER, WAIT, NOW, ENDS, NEVER = "needs_officer", "from_date", "now", "ends_by_itself", "not_repairable"
ELSEWHERE: Final = "decided_elsewhere"

PENALTY: Final = RecordFacts(
    "administrative_penalty", market=False, severity="general", penalty_kinds=("confiscate_goods",), duties_done=True
)
MARKET: Final = replace(PENALTY, market=True)
# Decision and publication five weeks apart, both after the order of the day had come into force.
NEW: Final = replace(MARKET, decided_on=D(2026, 1, 5), published_on=D(2026, 2, 10))
OLD: Final = replace(MARKET, decided_on=D(2021, 9, 10), published_on=D(2021, 9, 30))
LIST: Final = RecordFacts("market_violation", decided_on=D(2026, 1, 5), listed_on=D(2026, 2, 10), duties_done=True)
OLD_LIST: Final = replace(LIST, decided_on=D(2021, 9, 10), listed_on=D(2021, 9, 30))
ABNORMAL: Final = RecordFacts("abnormal_operation", ground="annual_report", listed_on=D(2026, 1, 5))
COURT: Final = RecordFacts("judgment_defaulter", listed_on=D(2020, 3, 31), duties_done=True)
TAX: Final = RecordFacts(
    "major_tax_violation", decided_on=D(2026, 4, 10), published_on=D(2026, 5, 15), duties_done=True
)
WAGES: Final = RecordFacts(
    "wage_arrears", decided_on=D(2026, 4, 10), listed_on=D(2026, 4, 20), corrected_on=D(2026, 5, 20)
)
SAFETY: Final = RecordFacts("work_safety", decided_on=D(2026, 5, 10), listed_on=D(2026, 5, 20), duties_done=True)
STATISTICS: Final = RecordFacts(
    "statistics_violation", decided_on=D(2026, 4, 10), published_on=D(2026, 5, 15), duties_done=True
)
OLD_STATISTICS: Final = replace(STATISTICS, decided_on=D(2020, 4, 10), published_on=D(2020, 5, 15))
SOCIAL: Final = RecordFacts(
    "social_organisation", decided_on=D(2026, 4, 10), listed_on=D(2026, 5, 15), duties_done=True
)

# (record, last day of a period, answers of the day before, the day, and the day after)
ANSWERS: Final[tuple[tuple[RecordFacts, date, tuple[str, str, str]], ...]] = (
    # Order 36: classes from the document
    (replace(PENALTY, severity="minor", decided_on=D(2026, 4, 30)), D(2026, 7, 30), (NOW, NOW, ENDS)),
    (replace(PENALTY, decided_on=D(2026, 4, 30)), D(2026, 7, 30), (WAIT, OFFICER, NOW)),
    (replace(PENALTY, decided_on=D(2026, 4, 30)), D(2027, 4, 30), (NOW, NOW, ENDS)),
    (replace(PENALTY, severity="serious", decided_on=D(2026, 4, 30)), D(2027, 4, 30), (WAIT, OFFICER, NOW)),
    (replace(PENALTY, severity="serious", decided_on=D(2026, 4, 30)), D(2029, 4, 30), (NOW, NOW, ENDS)),
    # Order 58: three months, a year in five fields, three years
    (replace(PENALTY, decided_on=D(2025, 7, 10)), D(2025, 10, 10), (WAIT, OFFICER, NOW)),
    (replace(PENALTY, field="fire", decided_on=D(2024, 11, 30)), D(2025, 11, 30), (WAIT, OFFICER, NOW)),
    (replace(PENALTY, decided_on=D(2023, 1, 15)), D(2026, 1, 15), (NOW, NOW, ENDS)),
    (replace(PENALTY, penalty_kinds=("criticism",), decided_on=D(2025, 7, 10)), D(2025, 9, 1), (WAIT, WAIT, WAIT)),
    # The notice of 2019: which of its two words is meant is open
    (replace(PENALTY, decided_on=D(2020, 4, 30)), D(2020, 7, 30), (WAIT, OFFICER, OFFICER)),
    (replace(PENALTY, decided_on=D(2020, 4, 30)), D(2020, 10, 30), (OFFICER, OFFICER, NOW)),
    (replace(PENALTY, decided_on=D(2020, 4, 30)), D(2021, 4, 30), (NOW, NOW, OFFICER)),
    (replace(PENALTY, decided_on=D(2019, 10, 30)), D(2022, 10, 30), (OFFICER, OFFICER, ENDS)),
    # The first day of an order
    (replace(PENALTY, field="drug", decided_on=D(2025, 12, 1)), D(2026, 3, 31), (WAIT, WAIT, OFFICER)),
    (replace(PENALTY, field="drug", decided_on=D(2022, 12, 1)), D(2023, 4, 30), (OFFICER, OFFICER, WAIT)),
    (replace(MARKET, decided_on=D(2025, 8, 1), published_on=D(2025, 8, 1)), D(2025, 12, 24), (WAIT, WAIT, OFFICER)),
    (replace(OLD, decided_on=D(2021, 2, 1), published_on=D(2021, 2, 1)), D(2021, 8, 31), (OFFICER, OFFICER, NOW)),
    (replace(TAX, decided_on=D(2021, 6, 1), published_on=D(2021, 6, 1)), D(2022, 1, 31), (OFFICER, OFFICER, NOW)),
    (replace(TAX, decided_on=D(2024, 8, 1), published_on=D(2024, 8, 1)), D(2025, 6, 21), (NOW, NOW, OFFICER)),
    # Order 107: both starts
    (NEW, D(2026, 4, 5), (WAIT, OFFICER, OFFICER)),
    (NEW, D(2026, 5, 10), (OFFICER, OFFICER, NOW)),
    (NEW, D(2027, 1, 5), (NOW, NOW, OFFICER)),
    (NEW, D(2027, 2, 10), (OFFICER, OFFICER, ENDS)),
    (replace(NEW, severity="serious"), D(2027, 1, 5), (WAIT, OFFICER, OFFICER)),
    (replace(NEW, severity="serious"), D(2027, 2, 10), (OFFICER, OFFICER, NOW)),
    (replace(NEW, severity="serious"), D(2029, 1, 5), (NOW, NOW, OFFICER)),
    (replace(NEW, severity="serious"), D(2029, 2, 10), (OFFICER, OFFICER, ENDS)),
    (replace(NEW, severity="minor"), D(2026, 5, 10), (OFFICER, OFFICER, ENDS)),
    (replace(NEW, penalty_kinds=("lower_grade",)), D(2026, 6, 1), (OFFICER, OFFICER, OFFICER)),
    (replace(NEW, restriction_until=D(2029, 6, 30)), D(2029, 6, 30), (OFFICER, OFFICER, ENDS)),
    (replace(NEW, penalty_kinds=("warning",)), D(2026, 6, 1), (OFFICER, OFFICER, OFFICER)),
    # The document of 2021
    (replace(OLD, decided_on=D(2025, 3, 1), published_on=D(2025, 3, 10)), D(2025, 9, 10), (WAIT, OFFICER, NOW)),
    (
        replace(OLD, field="food", decided_on=D(2024, 8, 1), published_on=D(2024, 8, 10)),
        D(2025, 8, 10), (WAIT, OFFICER, NOW),
    ),
    (OLD, D(2024, 9, 30), (NOW, NOW, ENDS)),
    (replace(OLD, penalty_kinds=("criticism",)), D(2021, 12, 30), (ENDS, ENDS, ENDS)),
    (replace(OLD, penalty_kinds=("criticism",), duties_done=None), D(2021, 12, 30), (ENDS, ENDS, OFFICER)),
    (
        replace(OLD, penalty_kinds=("criticism",), field="drug", duties_done=None),
        D(2021, 12, 30), (ENDS, ENDS, OFFICER),
    ),
    (replace(OLD, penalty_kinds=("fine",)), D(2021, 12, 30), (OFFICER, OFFICER, OFFICER)),
    (replace(OLD, penalty_kinds=("fine",)), D(2024, 9, 30), (OFFICER, OFFICER, ENDS)),
    (replace(OLD, penalty_kinds=("revoke_licence",)), D(2024, 9, 30), (NEVER, NEVER, ENDS)),
    (replace(OLD, restriction_until=D(2025, 6, 30)), D(2025, 6, 30), (NOW, NOW, ENDS)),
    # The serious list of the market field, both starts, both regimes
    (LIST, D(2027, 1, 5), (WAIT, OFFICER, OFFICER)),
    (LIST, D(2027, 2, 10), (OFFICER, OFFICER, NOW)),
    (LIST, D(2029, 1, 5), (NOW, NOW, OFFICER)),
    (LIST, D(2029, 2, 10), (OFFICER, OFFICER, ENDS)),
    (OLD_LIST, D(2022, 9, 30), (OFFICER, OFFICER, NOW)),
    (OLD_LIST, D(2024, 9, 10), (NOW, NOW, OFFICER)),
    (OLD_LIST, D(2024, 9, 30), (OFFICER, OFFICER, ENDS)),
    # The abnormal list
    (replace(ABNORMAL, corrected_on=D(2026, 5, 6)), D(2026, 5, 7), (NOW, NOW, NOW)),
    (replace(ABNORMAL, listed_on=D(2022, 5, 6), corrected_on=D(2023, 5, 6)), D(2024, 5, 7), (NOW, NOW, NOW)),
    # The court
    (replace(COURT, term="two_years"), D(2022, 3, 31), (ELSEWHERE, ELSEWHERE, ENDS)),
    (replace(COURT, term="extended"), D(2025, 3, 31), (ELSEWHERE, ELSEWHERE, ENDS)),
    (replace(COURT, term="none"), D(2030, 3, 31), (ELSEWHERE, ELSEWHERE, ELSEWHERE)),
    (COURT, D(2030, 3, 31), (ELSEWHERE, ELSEWHERE, ELSEWHERE)),
    # Lists with orders of their own beside the frame of 2025
    (TAX, D(2026, 11, 15), (OFFICER, OFFICER, OFFICER)),
    (TAX, D(2027, 4, 10), (OFFICER, OFFICER, NOW)),
    (TAX, D(2029, 4, 10), (NOW, NOW, OFFICER)),
    (TAX, D(2029, 5, 15), (OFFICER, OFFICER, ENDS)),
    (replace(TAX, decided_on=D(2023, 4, 10), published_on=D(2023, 5, 15)), D(2023, 11, 15), (OFFICER, OFFICER, NOW)),
    (replace(TAX, term="court_plan"), D(2027, 4, 10), (OFFICER, OFFICER, NOW)),
    (WAGES, D(2026, 11, 20), (WAIT, OFFICER, OFFICER)),
    (WAGES, D(2027, 4, 10), (OFFICER, OFFICER, NOW)),
    (WAGES, D(2029, 4, 10), (NOW, NOW, OFFICER)),
    (WAGES, D(2029, 4, 20), (OFFICER, OFFICER, ENDS)),
    (SAFETY, D(2027, 5, 10), (WAIT, OFFICER, OFFICER)),
    (SAFETY, D(2027, 5, 20), (OFFICER, OFFICER, NOW)),
    (SAFETY, D(2029, 5, 10), (NOW, NOW, OFFICER)),
    (SAFETY, D(2029, 5, 20), (OFFICER, OFFICER, ENDS)),
    (STATISTICS, D(2026, 11, 15), (OFFICER, OFFICER, OFFICER)),
    (STATISTICS, D(2027, 4, 10), (OFFICER, OFFICER, NOW)),
    (STATISTICS, D(2027, 5, 15), (NOW, NOW, OFFICER)),
    (STATISTICS, D(2029, 4, 10), (OFFICER, OFFICER, ENDS)),
    (OLD_STATISTICS, D(2021, 5, 15), (NOW, NOW, ENDS)),
    (replace(OLD_STATISTICS, term="two_years"), D(2022, 5, 15), (OFFICER, OFFICER, ENDS)),
    (replace(OLD_STATISTICS, term="two_years_again"), D(2022, 4, 10), (OFFICER, OFFICER, ENDS)),
    (SOCIAL, D(2027, 4, 10), (WAIT, OFFICER, OFFICER)),
    (SOCIAL, D(2028, 5, 15), (OFFICER, OFFICER, NOW)),
    (SOCIAL, D(2029, 4, 10), (NOW, NOW, OFFICER)),
)  # fmt: skip

# (record, day, first day and last day shown of every reading)
READINGS: Final[tuple[tuple[RecordFacts, date, frozenset[tuple[date | None, date | None]]], ...]] = tuple(
    (facts, day, frozenset(dates))
    for facts, day, dates in (
        (replace(PENALTY, severity="minor", decided_on=D(2026, 4, 30)), D(2026, 5, 1), [(D(2026, 4, 30), D(2026, 7, 30))]),
        (
            replace(PENALTY, decided_on=D(2026, 3, 20)),
            D(2026, 4, 2), [(D(2026, 6, 21), D(2027, 3, 20)), (D(2026, 6, 21), D(2029, 3, 20))],
        ),
        (
            replace(PENALTY, decided_on=D(2020, 4, 30)),
            D(2020, 6, 1), [(D(2020, 7, 31), D(2021, 4, 30)), (D(2020, 10, 31), D(2023, 4, 30))],
        ),
        (
            replace(NEW, severity="minor"),
            D(2026, 3, 1), [(D(2026, 1, 5), D(2026, 4, 5)), (D(2026, 2, 10), D(2026, 5, 10))],
        ),
        (OLD_LIST, D(2022, 1, 1), [(D(2022, 9, 11), D(2024, 9, 10)), (D(2022, 10, 1), D(2024, 9, 30))]),
        (replace(ABNORMAL, listed_on=D(2023, 1, 5), corrected_on=D(2023, 5, 6)), D(2023, 6, 1), [(D(2023, 5, 6), None)]),
        (NEW, D(2026, 3, 1), [(D(2026, 4, 6), D(2027, 1, 5)), (D(2026, 5, 11), D(2027, 2, 10))]),
        (
            replace(OLD, penalty_kinds=("fine",)),
            D(2021, 11, 1), [(None, D(2021, 12, 30)), (D(2022, 3, 31), D(2024, 9, 30))],
        ),
        (
            replace(OLD, penalty_kinds=("fine",), field="food"),
            D(2021, 11, 1), [(None, D(2021, 12, 30)), (D(2022, 10, 1), D(2024, 9, 30))],
        ),
        (replace(ABNORMAL, corrected_on=D(2026, 5, 6)), D(2026, 6, 1), [(D(2026, 5, 6), None)]),
        (
            replace(COURT, term="extended"),
            D(2021, 1, 1), [(D(2020, 3, 31), D(2023, 3, 31)), (D(2020, 3, 31), D(2025, 3, 31))],
        ),
        (replace(COURT, term="two_years"), D(2021, 1, 1), [(D(2020, 3, 31), D(2022, 3, 31))]),
        (replace(COURT, listed_on=D(2016, 3, 31)), D(2017, 4, 30), [(D(2016, 3, 31), None)]),
        (TAX, D(2026, 6, 1), [(D(2026, 11, 16), D(2029, 5, 15)), (D(2027, 4, 11), D(2029, 4, 10))]),
        (
            replace(TAX, term="contribution"),
            D(2026, 6, 1), [(D(2026, 5, 15), D(2029, 5, 15)), (D(2027, 4, 11), D(2029, 4, 10))],
        ),
        (WAGES, D(2026, 6, 1), [(D(2026, 11, 21), D(2029, 4, 20)), (D(2027, 4, 11), D(2029, 4, 10))]),
        (SAFETY, D(2026, 6, 1), [(D(2027, 5, 21), D(2029, 5, 20)), (D(2027, 5, 11), D(2029, 5, 10))]),
        (STATISTICS, D(2026, 6, 1), [(D(2026, 11, 16), D(2027, 5, 15)), (D(2027, 4, 11), D(2029, 4, 10))]),
        (OLD_STATISTICS, D(2020, 6, 1), [(D(2020, 11, 16), D(2021, 5, 15))]),
        (replace(OLD_STATISTICS, term="two_years"), D(2020, 6, 1), [(None, D(2022, 5, 15))]),
        (replace(OLD_STATISTICS, term="two_years_again"), D(2020, 6, 1), [(None, D(2022, 4, 10))]),
        (SOCIAL, D(2026, 6, 1), [(D(2028, 5, 16), None), (D(2027, 4, 11), D(2029, 4, 10))]),
    )
)  # fmt: skip

# (record, day of the filing, working days to accept, to decide, in all; what each counts from)
LIMITS: Final[tuple[tuple[RecordFacts, date, tuple[int | None, int | None, int | None], tuple[str, str, str]], ...]] = (
    (PENALTY, D(2026, 4, 1), (3, 7, 10), ("pushed", "accepted", "submitted")),
    (PENALTY, D(2026, 3, 31), (3, 7, 10), ("pushed", "accepted", "submitted")),
    (MARKET, D(2025, 12, 24), (2, 15, None), ("pushed", "accepted", "submitted")),
    (MARKET, D(2025, 12, 25), (None, 7, None), ("pushed", "accepted", "submitted")),
    (MARKET, D(2026, 4, 1), (None, 7, 10), ("pushed", "accepted", "submitted")),
    (ABNORMAL, D(2025, 12, 24), (None, 5, None), ("pushed", "submitted", "submitted")),
    (replace(ABNORMAL, ground="instant_information"), D(2025, 12, 24), (None, 5, None), ("pushed", "submitted", "submitted")),
    (replace(ABNORMAL, ground="false_information"), D(2025, 12, 24), (None, 5, None), ("pushed", "accepted", "submitted")),
    (replace(ABNORMAL, ground="address_unreachable"), D(2025, 12, 24), (None, 5, None), ("pushed", "accepted", "submitted")),
    (ABNORMAL, D(2025, 12, 25), (None, None, None), ("pushed", "accepted", "submitted")),
    (LIST, D(2025, 12, 24), (2, 15, None), ("pushed", "accepted", "submitted")),
    (LIST, D(2025, 12, 25), (None, 7, None), ("pushed", "accepted", "submitted")),
    (SAFETY, D(2026, 4, 1), (3, 7, 10), ("pushed", "accepted", "submitted")),
    (STATISTICS, D(2026, 4, 1), (3, 7, 10), ("pushed", "accepted", "submitted")),
    (SOCIAL, D(2026, 4, 1), (3, 7, 10), ("pushed", "accepted", "submitted")),
    (WAGES, D(2026, 4, 1), (3, 7, 10), ("pushed", "accepted", "submitted")),
    (TAX, D(2026, 4, 1), (3, 7, 10), ("pushed", "accepted", "submitted")),
    (replace(PENALTY, market=None), D(2026, 4, 1), (None, None, None), ("pushed", "accepted", "submitted")),
    (replace(PENALTY, market=None), D(2025, 6, 1), (None, None, None), ("pushed", "accepted", "submitted")),
    (replace(ABNORMAL, ground=None), D(2025, 12, 24), (None, None, None), ("pushed", "accepted", "submitted")),
    # Order 58 speaks of penalties only: of a list its own order alone
    (STATISTICS, D(2024, 6, 1), (None, None, None), ("pushed", "accepted", "submitted")),
    (SOCIAL, D(2026, 3, 31), (None, 10, None), ("pushed", "accepted", "submitted")),
    (TAX, D(2026, 3, 31), (2, 15, None), ("pushed", "accepted", "submitted")),
    (TAX, D(2023, 4, 30), (2, 15, None), ("pushed", "accepted", "submitted")),
    (WAGES, D(2023, 4, 30), (None, 15, None), ("pushed", "submitted", "submitted")),
    (SOCIAL, D(2023, 4, 30), (None, 10, None), ("pushed", "accepted", "submitted")),
)  # fmt: skip


def first_wrong(pack: RulePack) -> str | None:
    """The first dated case a pack answers otherwise than the fact book, as a sentence; None where all are right."""
    return next(wrong(pack), None)


def wrong(pack: RulePack) -> Iterator[str]:
    """Every dated case that a pack answers otherwise."""
    for facts, last, expected in ANSWERS:
        for day, status in zip((last - DAY, last, last + DAY), expected, strict=True):
            said = evaluate(facts, day, pack).status
            if said != status:
                yield f"{facts.category} on {day}: {said}, not {status}"
    for facts, day, dates in READINGS:
        found = frozenset((c.first_on, c.ends_on) for c in evaluate(facts, day, pack).candidates)
        if found != dates:
            yield f"{facts.category} on {day}: readings {sorted(map(str, found))}"
    for facts, day, counts, starts in LIMITS:
        one = limits_of(pack, facts, day)
        if (one.accept_wd, one.decide_wd, one.total_wd) != counts:
            yield f"{facts.category} filed on {day}: {one.accept_wd}, {one.decide_wd}, {one.total_wd} working days"
        if (one.accept_from, one.decide_from, one.total_from) != starts:
            yield f"{facts.category} filed on {day}: counted from {one.accept_from}, {one.decide_from}, {one.total_from}"
