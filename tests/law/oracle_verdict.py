"""A second, slow reading of the law: status and earliest day of a record, from plain tables and a walk day by day.

Written from the orders and the fact book alone. It shares only the names of the facts with the engine: no row, no
arithmetic, no room of the product is used here, so an error would have to be made twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Final

from cases.law.facts import RecordFacts

DAY: Final = timedelta(days=1)
D = date

# When an order is in force, both days included; the application decides which one is asked.
OPEN: Final = D(9999, 12, 31)
NDRC_527: Final = (D(2019, 7, 1), D(2023, 4, 30))
NDRC_58: Final = (D(2023, 5, 1), D(2026, 3, 31))
NDRC_36: Final = (D(2026, 4, 1), OPEN)
STATE_22: Final = (D(2025, 6, 22), OPEN)
SAMR_2021: Final = (D(2021, 9, 1), D(2025, 12, 24))
SAMR_107: Final = (D(2025, 12, 25), OPEN)
SAIC_68: Final = (D(2014, 10, 1), OPEN)
# Whom the platform serves is open for all since 22号文; in 永昌县 since 63号文, whose day of issue is not given.
NOTICE_63: Final = D(2024, 1, 1)
OF_NOTICE_63: Final = "620321"

CLASSES: Final = {"minor": (0, 3), "general": (3, 12), "serious": (12, 36)}
CLASSES_527: Final = {"general": (3, 12), "serious": (6, 36)}
FIVE_FIELDS: Final = ("food", "drug", "special_equipment", "work_safety", "fire")
THREE_FIELDS: Final = ("food", "drug", "special_equipment")
NOT_EARLY: Final = (
    "stop_production", "restrict_activity", "restrict_employment", "lower_grade", "revoke_licence",
    "revoke_business_licence",
)  # fmt: skip
# Classes that a kind of penalty settles beyond doubt.
SURE_MINOR: Final = ("warning",)
SURE_SERIOUS: Final = ("revoke_licence", "restrict_employment")

# The own orders of the lists: in force, minimum, its certainty, its start, maximum (None = none known), its start.
OWN_ORDERS: Final[dict[str, list[tuple[tuple[date, date], int, bool, str, int | None, str]]]] = {
    "major_tax_violation": [((D(2022, 2, 1), OPEN), 6, False, "publication", 36, "publication")],
    "wage_arrears": [((D(2022, 1, 1), OPEN), 6, True, "correction", 36, "listing")],
    "work_safety": [((D(2023, 10, 1), OPEN), 12, False, "listing", 36, "listing")],
    "statistics_violation": [
        ((D(2019, 1, 1), D(2022, 5, 18)), 6, True, "publication", 12, "publication"),
        ((D(2022, 5, 19), OPEN), 6, False, "publication", 12, "publication"),
    ],
    "social_organisation": [((D(2018, 1, 24), OPEN), 24, False, "listing", None, "listing")],
}
CATEGORIES: Final = (
    "administrative_penalty", "abnormal_operation", "market_violation", "judgment_defaulter", *OWN_ORDERS
)  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """One plausible reading: lengths in months, what they count from, how sure, and whether it stops by itself.

    low        minimum, with `low_sure`; None = nobody has told us
    high       maximum, None = none known; early: may be stopped early (True, False or None = unknown)
    itself     stops without application: True, False, or None = unverified
    longer     a restriction beyond the maximum prolongs the display: True, False, None = unknown
    """

    low: int | None
    low_sure: bool
    start: str
    high: int | None
    high_start: str
    early: bool | None = True
    itself: bool | None = False
    longer: bool | None = False
    start_sure: bool = True


@dataclass(frozen=True)
class Answer:
    """What the oracle says: a status of the Verdict, and the earliest day for `from_date`.

    must_act   the subject has to do something first, so that no day is firm
    """

    status: str
    earliest: date | None = None
    must_act: bool = False


def within(period: tuple[date, date], day: date) -> bool:
    return period[0] <= day <= period[1]


@cache
def last_day(start: date, months: int) -> date:
    """Walk forward one day at a time to the day with the same number in the month wanted, or to that month's end."""
    year, month = start.year, start.month
    for _ in range(months):
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    day = start
    while (day.year, day.month) != (year, month):
        day += DAY
    while day.day != start.day and (day + DAY).month == month:
        day += DAY
    return day


def oracle(facts: RecordFacts, today: date, region: str = "") -> Answer:
    """Status and earliest day by the letter of the law, in a region or ("") by what the nation says alone.

    Days are local dates, both ends included.
    """
    if facts.category not in CATEGORIES:
        return Answer("needs_officer")
    if facts.ended_on is not None and facts.ended_on <= today:
        return Answer("ends_by_itself")
    if facts.category == "judgment_defaulter":
        return court(facts, today)
    if impossible(facts, today):
        return Answer("needs_officer")
    readings = list(all_readings(facts, today))
    if not readings:
        return Answer("needs_officer")
    outcomes: set[str] = set()
    firsts: list[tuple[date, bool]] = []
    for one in readings:
        for name, first, sure in outcomes_of(one, facts, today):
            outcomes.add(name)
            if name == "wait" and first is not None:
                firsts.append((first, sure))
    return conclude(facts, today, region, outcomes, firsts)


def former_term(facts: RecordFacts, today: date) -> bool:
    """Two years, which only the order of 2019 knew, on a record judged under the present one."""
    return facts.term in ("two_years", "two_years_again") and today >= D(2022, 5, 19)


def court(facts: RecordFacts, today: date) -> Answer:
    """The court decides; only a fixed period that has certainly run out ends without it."""
    longest = {"two_years": 24, "extended": 60}.get(facts.term or "")
    listed = facts.listed_on
    done = facts.duties_done is not False and (facts.duties_done or known(facts.corrected_on, today))
    if longest and listed and not impossible(facts, today) and done and today > last_day(listed, longest):
        return Answer("ends_by_itself")
    return Answer("decided_elsewhere")


def known(day: date | None, today: date) -> bool:
    return day is not None and day <= today


def conclude(
    facts: RecordFacts, today: date, region: str, outcomes: set[str], firsts: list[tuple[date, bool]]
) -> Answer:
    """One answer where all readings agree and no condition stands against it, else the officer."""
    if should_not_be_shown(facts, today):
        return Answer("needs_officer")
    if outcomes == {"never"}:
        return Answer("not_repairable")
    if outcomes <= {"itself", "ends"}:
        # A new violation may have begun the period anew, and a former term of two years may still run.
        anew = facts.new_violation and facts.category in ("statistics_violation", "social_organisation")
        anew = anew or (facts.category == "statistics_violation" and former_term(facts, today))
        return Answer("needs_officer" if anew else "ends_by_itself")
    duties = bar_of_duties(facts, today)
    bars = set(other_bars(facts, today, region)) | ({duties} if duties else set())
    if "blocks" in bars and outcomes <= {"now", "wait"}:
        return Answer("from_date", must_act=True)
    if outcomes == {"wait"}:
        first = min(one for one, _ in firsts)
        if any(sure for one, sure in firsts if one == first):
            return Answer("from_date", first)
        return Answer("needs_officer")
    if outcomes == {"now"} and "officer" not in bars:
        return Answer("now")
    return Answer("needs_officer")


# --- contradictions --------------------------------------------------------------------------------------------------


def impossible(facts: RecordFacts, today: date) -> bool:
    """Days that cannot be, among those the category counts from: in the future, or before the decision."""
    events = [facts.decided_on]
    published, listed = facts.published_on, facts.listed_on
    if facts.category == "administrative_penalty":
        later = [] if facts.market is False else [published]
    elif facts.category in ("major_tax_violation", "statistics_violation"):
        # Two years after a new violation count from the finding alone.
        from_finding = facts.category == "statistics_violation" and facts.term == "two_years_again"
        later = [] if from_finding and today <= D(2022, 5, 18) else [published]
    else:
        later = [listed]
    if facts.category in ("abnormal_operation", "wage_arrears"):
        events.append(facts.corrected_on)
    uses_listing = facts.category not in ("administrative_penalty", "major_tax_violation", "statistics_violation")
    if (
        facts.decided_on is None
        and (uses_listing or today >= STATE_22[0])
        and facts.category != "administrative_penalty"
    ):
        events.append(facts.listed_on)
    if any(day is not None and day > today for day in (*events, *later)):
        return True
    return facts.decided_on is not None and any(day is not None and day < facts.decided_on for day in later)


# --- what is read ----------------------------------------------------------------------------------------------------


def all_readings(facts: RecordFacts, today: date) -> Iterator[Reading]:
    if facts.category == "administrative_penalty":
        for market in (True, False) if facts.market is None else (facts.market,):
            found = list(market_penalty(facts, today) if market else other_penalty(facts, today))
            # Where only one of two fields has a rule that day, nobody can say what the other would be.
            yield from found or [Reading(None, False, "document", None, "document")]
    elif facts.category == "abnormal_operation":
        if within(SAMR_2021, today) or within(SAMR_107, today):
            yield Reading(0, True, "cure", None, "cure")
    elif facts.category == "market_violation":
        if within(SAMR_2021, today) or within(SAMR_107, today):
            yield Reading(12, True, "listing", 36, "listing", start_sure=False)
            yield Reading(12, True, "document", 36, "document", start_sure=False)
    else:
        yield from own_list(facts, today)


def own_list(facts: RecordFacts, today: date) -> Iterator[Reading]:
    """The order of the list, and since 22号文 the class of serious records beside it."""
    found = False
    for force, low, sure, start, high, high_start in OWN_ORDERS[facts.category]:
        if not within(force, today):
            continue
        found = True
        low_now: int | None = low
        if facts.category == "major_tax_violation" and facts.term in ("court_plan", "contribution"):
            low_now = 0
        if force[1] != OPEN and facts.term in ("two_years", "two_years_again"):
            low_now, sure, high = None, False, 24
            start = high_start = "document" if facts.term == "two_years_again" else "publication"
        yield Reading(low_now, sure, start, high, high_start)
    if found and within(STATE_22, today):
        yield Reading(12, True, "document", 36, "document")


def other_penalty(facts: RecordFacts, today: date) -> Iterator[Reading]:
    if within(NDRC_36, today):
        for severity in classes_of(facts):
            low, high = CLASSES[severity]
            yield Reading(low, True, "document", high, "document")
        if facts.decided_on is None or facts.decided_on < NDRC_36[0]:
            yield order_58(facts)
    elif within(NDRC_58, today):
        yield order_58(facts)
    elif within(NDRC_527, today):
        yield from order_527()


def order_58(facts: RecordFacts) -> Reading:
    return Reading(12 if facts.field in FIVE_FIELDS else 3, True, "document", 36, "document")


def order_527() -> Iterator[Reading]:
    """Its words 一般 and 严重 are not the classes of today, so either may be meant."""
    for low, high in CLASSES_527.values():
        yield Reading(low, True, "document", high, "document")


def market_penalty(facts: RecordFacts, today: date) -> Iterator[Reading]:
    if within(SAMR_107, today):
        for severity in classes_of(facts):
            low, high = CLASSES[severity]
            for start in ("publication", "document"):
                yield Reading(
                    low, True, start, high, start,
                    early=None if any(kind in NOT_EARLY for kind in facts.penalty_kinds) else True,
                    itself=None if severity == "minor" else False,
                    longer=None, start_sure=False,
                )  # fmt: skip
        if facts.decided_on is None or facts.decided_on < SAMR_107[0]:
            yield from document_of_2021(facts)
    elif within(SAMR_2021, today):
        yield from document_of_2021(facts)


def document_of_2021(facts: RecordFacts) -> Iterator[Reading]:
    low = 12 if facts.field in THREE_FIELDS else 6
    kinds = set(facts.penalty_kinds)
    early = not any(kind in NOT_EARLY for kind in facts.penalty_kinds)
    short = Reading(0, True, "publication", 3, "publication", itself=True, longer=True)
    usual = Reading(low, True, "publication", 36, "publication", early=early, longer=True)
    if kinds == {"criticism"}:
        yield short
    elif kinds == {"fine"}:
        # What a lower fine is, nobody has told us: the fine may be one, or not.
        yield short
        yield replace(usual, low_sure=False)
    else:
        yield usual


def classes_of(facts: RecordFacts) -> tuple[str, ...]:
    """The class set, the one a kind of penalty settles beyond doubt, or all three."""
    if facts.severity in CLASSES:
        return (facts.severity,)
    kinds = set(facts.penalty_kinds)
    small = facts.amount_fen is None or facts.amount_fen <= 300_000
    if kinds and facts.summary_procedure and small and kinds <= {"warning", "fine"}:
        return ("minor",)
    if kinds and not facts.summary_procedure:
        if kinds <= set(SURE_MINOR):
            return ("minor",)
        if kinds <= set(SURE_SERIOUS):
            return ("serious",)
    return ("minor", "general", "serious")


# --- what a reading says today ---------------------------------------------------------------------------------------


def start_of(kind: str, facts: RecordFacts) -> tuple[date | None, date | None]:
    """(the day, else None; the earliest day it can have been, else None)."""
    decided = facts.decided_on
    if facts.category != "administrative_penalty" and decided is None:
        decided = facts.listed_on  # a list is joined by a decision: where only the listing is told, it is of that day
    if kind == "document":
        return decided, decided
    if kind == "publication":
        return facts.published_on, facts.published_on or decided
    if kind == "listing":
        return facts.listed_on, facts.listed_on or decided
    if facts.listed_on is None or facts.corrected_on is None:
        return None, facts.listed_on or decided
    day = max(facts.listed_on, facts.corrected_on)
    return day, day


def outcomes_of(one: Reading, facts: RecordFacts, today: date) -> Iterator[tuple[str, date | None, bool]]:
    """(now, wait, itself, ends, never, over; first day; whether the law makes "not yet" sure), each plausible one."""
    if one.start == "cure":
        yield "now", None, True
        return
    start, earliest_start = start_of(one.start, facts)
    high_start, earliest_high = start_of(one.high_start, facts)
    listed = facts.listed_on or facts.decided_on
    if one.start == "correction" and facts.duties_done is False and listed:
        yield from of_days(one, OPEN, listed, facts, today)  # not corrected: the period has not begun
        if facts.listed_on is None:
            yield from of_days(one, OPEN, OPEN, facts, today)
        return
    starts = [start] if start else [earliest_start, OPEN]
    highs = [high_start] if high_start else [earliest_high, OPEN]
    if one.start == one.high_start and start is None:
        pairs = [(earliest_start, earliest_start), (OPEN, OPEN)]
    else:
        pairs = [(low, high) for low in starts for high in highs]
    found: list[tuple[str, date | None, bool]] = []
    for low, high in pairs:
        if low is None or (high is None and one.high is not None):
            found.append(("missing", None, False))
        else:
            found += of_days(one, low, high or OPEN, facts, today)
    names = {name for name, *_ in found}
    if start is None and names == {"wait"}:
        # The day is missing, but none that is possible opens today; a day not told makes no sure date.
        found = [(name, first, False) for name, first, _ in found]
    elif len(pairs) > 1 and not (len(names) == 1 and names <= {"ends", "over"}):
        found.append(("missing", None, False))
    yield from found


def start_is_sure(one: Reading, facts: RecordFacts) -> bool:
    """That a correction before the listing counts from the listing is our reading, and nobody waits for that."""
    if one.start != "correction":
        return True
    since = facts.listed_on or facts.decided_on
    return facts.corrected_on is not None and since is not None and facts.corrected_on >= since


def of_days(
    one: Reading, start: date, high: date, facts: RecordFacts, today: date
) -> Iterator[tuple[str, date | None, bool]]:
    for last in ends_of(one, high, facts):
        if today > last:
            corrected = facts.duties_done is not False and (facts.duties_done or known(facts.corrected_on, today))
            yield ("ends" if corrected else "over"), None, True
            continue
        if one.itself is not False:
            yield "itself", None, True
            if one.itself:
                continue
        if one.early is not True:
            yield "never", None, True
            if one.early is False:
                continue
        for name, first, sure in of_minimum(one, start, today):
            yield name, first, sure and start_is_sure(one, facts)


def ends_of(one: Reading, start: date, facts: RecordFacts) -> Iterator[date]:
    if one.high is None or start == OPEN:
        yield OPEN
        return
    last = last_day(start, one.high)
    until = facts.restriction_until
    if one.longer is not False and until is not None and until > max(last, last_day(start, 36)):
        yield until
        if one.longer:
            return
    yield last


def of_minimum(one: Reading, start: date, today: date) -> Iterator[tuple[str, date | None, bool]]:
    if one.low is None:
        yield "missing", None, False
        return
    if start == OPEN:
        yield "wait", OPEN, False
        return
    if one.low == 0:
        yield ("now" if today >= start else "wait"), start, one.low_sure
        return
    last = last_day(start, one.low)
    # Whether the last day itself opens is not told.
    if today >= last:
        yield "now", last + DAY, True
    if today <= last:
        yield "wait", last + DAY, one.low_sure


# --- conditions ------------------------------------------------------------------------------------------------------


def should_not_be_shown(facts: RecordFacts, today: date) -> bool:
    """Warnings alone, in the market field; that order 58 left out criticism too is not verified and holds up nobody."""
    if facts.category != "administrative_penalty" or not facts.penalty_kinds:
        return False
    return facts.market is not False and today >= SAMR_2021[0] and set(facts.penalty_kinds) == {"warning"}


def bar_of_duties(facts: RecordFacts, today: date) -> str | None:
    """Open duties block where the law that asks for them is verified; else the officer judges."""
    if facts.duties_done is not False:
        return None
    verified = {
        "administrative_penalty": today >= (NDRC_58[0] if facts.market is not True else SAMR_2021[0]),
        "abnormal_operation": True,
        "wage_arrears": True,
        "statistics_violation": today <= D(2022, 5, 18),
    }.get(facts.category, False)
    return "blocks" if verified or within(STATE_22, today) else "officer"


def other_bars(facts: RecordFacts, today: date, region: str) -> Iterator[str]:
    code = facts.category
    if facts.subject_is_trader and today >= (NOTICE_63 if region == OF_NOTICE_63 else STATE_22[0]):
        yield "officer"
    if code == "administrative_penalty" and facts.market:
        # On a list, or a new penalty for the same act: verified until order 107, then only a hint for the first.
        if facts.listed_elsewhere and within(SAMR_2021, today):
            yield "blocks"
        if facts.new_violation:
            yield "blocks" if within(SAMR_2021, today) else "officer"
    running = facts.restriction_until is not None and facts.restriction_until >= today
    if running and code in ("market_violation", "work_safety"):
        yield "officer"
    if facts.new_violation and code not in ("administrative_penalty", "abnormal_operation"):
        yield "officer"
    if facts.repeated and code == "major_tax_violation" and facts.term != "court_plan":
        yield "officer"
    if facts.court_plan_on is not None and code == "major_tax_violation" and facts.term is None:
        yield "officer"  # who handles bankruptcy cases, and so on which ground, is open (Q12)
    if facts.prosecuted and code == "wage_arrears":
        yield "officer"
    if code == "statistics_violation" and former_term(facts, today):
        yield "officer"
