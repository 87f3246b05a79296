"""Compare the engine with the slow oracle on generated records: `python -m tests.law.compare --cases 100000 --seed 1`.

Prints how many cases differ, by category and kind of difference, and the smallest example of each.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from cases.categories import judge, local_rows
from cases.law import RecordFacts

from .oracle_verdict import CATEGORIES, FIVE_FIELDS, NOT_EARLY, Answer, impossible, last_day, oracle

DAY: Final = timedelta(days=1)
KINDS: Final = (
    "warning", "criticism", "fine", "confiscate_income", "confiscate_goods", "suspend_licence", "close_down",
    "detention", "other", *NOT_EARLY,
)  # fmt: skip
GROUNDS: Final = (
    None, "annual_report", "address_unreachable", "false_information", "tax_paid", "inactive_two_years", "nonsense"
)  # fmt: skip
TERMS: Final = (
    None, None, "one_year", "two_years", "two_years_again", "extended", "none", "paid", "court_plan", "contribution",
    "nonsense",
)  # fmt: skip
# The days on which an order begins, or the day after one ends.
TURNS: Final = tuple(
    date(*parts)
    for parts in (
        (2019, 7, 1), (2021, 9, 1), (2022, 1, 1), (2022, 2, 1), (2022, 5, 19), (2023, 5, 1), (2023, 10, 1), (2025, 6, 22),
        (2025, 12, 25), (2026, 4, 1),
    )
)  # fmt: skip
FIRST, LAST = date(2019, 1, 1), date(2030, 12, 31)


class Difference(NamedTuple):
    """One case on which engine and oracle do not agree; what: the field, theirs: the engine's answer."""

    facts: RecordFacts
    today: date
    what: str
    theirs: str
    ours: str
    region: str = ""

    @property
    def kind(self) -> tuple[str, str, str, str]:
        shown = (self.theirs, self.ours) if self.what == "status" else ("", "")
        return self.facts.category, self.what, *shown


def cases(count: int, seed: int) -> Iterator[tuple[RecordFacts, date]]:
    """Records of all nine categories and days from 2019 to 2030, half of them on or beside a day that matters.

    A third are penalties, which have most rules; of all, half are plain records and half have gaps and oddities.
    """
    pick = random.Random(seed)
    drawn = (*CATEGORIES, *(3 * CATEGORIES[:1]))
    for n in range(count):
        facts = record(pick, drawn[n % len(drawn)])
        if pick.random() < 0.5:
            facts = plain(pick, facts)
        yield facts, day_of_question(pick, facts)


def plain(pick: random.Random, facts: RecordFacts) -> RecordFacts:
    """The same record as an office would keep it: field, class and days told, and nothing unusual."""
    decided = facts.decided_on or any_day(pick)
    later = decided + pick.choice((0, 0, 5, 20)) * DAY
    return replace(
        facts,
        market=bool(pick.getrandbits(1)) if facts.category == "administrative_penalty" else facts.market,
        severity=pick.choice(("minor", "general", "general", "serious")),
        decided_on=decided,
        published_on=later,
        listed_on=later,
        corrected_on=None if facts.corrected_on is None else later + pick.choice((0, 1, 30, 200)) * DAY,
        listed_elsewhere=None,
        new_violation=None,
        repeated=None,
        prosecuted=None,
        court_plan_on=None,
        subject_is_trader=False,
        ended_on=None,
    )


def record(pick: random.Random, category: str) -> RecordFacts:
    """One invented record; a tenth of them has a gap or a contradiction."""
    decided = any_day(pick)
    listed = decided + pick.choice((0, 0, 0, 1, 7, 20, 45, 400)) * DAY
    published = decided + pick.choice((0, 0, 1, 10, 28, 60, 500)) * DAY
    corrected = None if pick.random() < 0.5 else listed + pick.choice((-60, -1, 0, 1, 30, 170, 800)) * DAY
    if pick.random() < 0.05:
        listed, published = decided - pick.choice((1, 40)) * DAY, decided - pick.choice((1, 40)) * DAY
    penalty = category == "administrative_penalty"
    return RecordFacts(
        category,
        market=pick.choice((True, False, None)) if penalty else pick.choice((None, None, True, False)),
        severity=pick.choice(("minor", "general", "serious", "unset", "unset", "nonsense")),
        penalty_kinds=tuple(pick.choice(KINDS) for _ in range(pick.choice((0, 1, 1, 1, 2, 3)))),
        field=pick.choice((None, None, *FIVE_FIELDS, "nonsense")),
        summary_procedure=pick.choice((None, None, False, True)),
        decided_on=None if pick.random() < 0.08 else decided,
        published_on=None if pick.random() < 0.1 else published,
        listed_on=None if pick.random() < 0.1 else listed,
        corrected_on=corrected,
        duties_done=pick.choice((None, None, True, True, False)),
        ground=pick.choice(GROUNDS),
        amount_fen=pick.choice((None, 0, 300_000, 300_001, 10**9)),
        restriction_until=None if pick.random() < 0.8 else decided + pick.randint(-100, 2500) * DAY,
        listed_elsewhere=pick.choice((None, None, None, False, True)),
        term=pick.choice(TERMS),
        new_violation=pick.choice((None, None, None, False, True)),
        repeated=pick.choice((None, None, None, False, True)),
        prosecuted=pick.choice((None, None, None, False, True)),
        court_plan_on=None if pick.random() < 0.9 else decided + pick.randint(0, 900) * DAY,
        subject_is_trader=pick.random() < 0.06,
        ended_on=None if pick.random() < 0.93 else decided + pick.randint(0, 1500) * DAY,
    )


def any_day(pick: random.Random) -> date:
    if pick.random() < 0.25:
        return pick.choice(TURNS) + pick.choice((-2, -1, 0, 1)) * DAY
    day = FIRST + pick.randint(0, (LAST - FIRST).days - 400) * DAY
    if pick.random() < 0.2:
        day = day.replace(day=28) + pick.choice((0, 1, 2, 3)) * DAY
    return day


def day_of_question(pick: random.Random, facts: RecordFacts) -> date:
    starts = [d for d in (facts.decided_on, facts.published_on, facts.listed_on, facts.corrected_on) if d is not None]
    luck = pick.random()
    if starts and luck < 0.6:
        months = pick.choice((0, 3, 6, 12, 24, 36))
        return last_day(pick.choice(starts), months) + pick.choice((-1, 0, 0, 1, 1, 2)) * DAY
    if luck < 0.7:
        return pick.choice(TURNS) + pick.choice((-1, 0)) * DAY
    if starts:
        return max(starts) + pick.randint(0, 1300) * DAY
    return FIRST + pick.randint(0, (LAST - FIRST).days) * DAY


def difference(facts: RecordFacts, today: date, region: str = "") -> Difference | None:
    """None where both agree on the status, and on the day a `from_date` names (where the subject must act first, none is firm)."""
    ours: Answer = oracle(facts, today, region)
    theirs = judge(facts, today, local_rows(region))
    if theirs.status != ours.status:
        return Difference(facts, today, "status", theirs.status, ours.status, region)
    if ours.status == "from_date" and not ours.must_act and theirs.earliest != ours.earliest:
        return Difference(facts, today, "earliest", str(theirs.earliest), str(ours.earliest), region)
    return None


def smallest(one: Difference) -> Difference:
    """Take facts away while the difference stays of the same kind."""
    blank = RecordFacts(one.facts.category)
    again = True
    while again:
        again = False
        for part in fields(RecordFacts):
            default: Any = getattr(blank, part.name)
            if getattr(one.facts, part.name) == default:
                continue
            less = difference(replace(one.facts, **{part.name: default}), one.today, one.region)
            if less is not None and less.kind == one.kind:
                one, again = less, True
    return one


def brief(facts: RecordFacts) -> str:
    """The facts that are stated, in one line."""
    blank = RecordFacts(facts.category)
    stated = {p.name: getattr(facts, p.name) for p in fields(RecordFacts)}
    told = [f"{name}={value}" for name, value in stated.items() if value != getattr(blank, name)]
    return f"{facts.category} " + " ".join(told)


def main() -> int:
    """Exit 1 where any case differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--region", default="", help="with the rows of this region's own papers")
    parser.add_argument("--only", help="one category")
    parser.add_argument("--possible", action="store_true", help="leave out records whose days contradict each other")
    asked = parser.parse_args()
    started, counts = time.monotonic(), Counter[tuple[str, ...]]()
    first: dict[tuple[str, ...], Difference] = {}
    statuses: Counter[tuple[str, str]] = Counter()
    for facts, today in cases(asked.cases, asked.seed):
        if asked.only and facts.category != asked.only:
            continue
        if asked.possible and impossible(facts, today):
            continue
        found = difference(facts, today, asked.region)
        statuses[facts.category, oracle(facts, today, asked.region).status] += 1
        if found is not None:
            counts[found.kind] += 1
            first.setdefault(found.kind, found)
    for kind, n in counts.most_common():
        least = smallest(first[kind])
        print(f"{n:6}  {' '.join(kind)}")
        print(f"        on {least.today}: {brief(least.facts)}")
        print(f"        engine {least.theirs}, oracle {least.ours}")
    seen = ", ".join(f"{code}/{status} {n}" for (code, status), n in sorted(statuses.items()))
    print(f"answers: {seen}")
    total = sum(counts.values())
    print(f"{sum(statuses.values())} cases, seed {asked.seed}: {total} differences, {time.monotonic() - started:.0f} s")
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
