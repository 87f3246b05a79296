"""One reading of the law for one record: its dates, and what it would answer today. Pure arithmetic over a `Frame`."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from .calendar import WorkCalendar, add_months
from .facts import RecordFacts
from .plans import Frame
from .rules import Rule
from .verdict import Candidate

DAY: Final = timedelta(days=1)
_RESTRICTED_OVER: Final = 36


class Reading(NamedTuple):
    """A frame with the dates of a record.

    start_on, last_on          first and last day of the minimum; ends_from: the day the maximum counts from
    skipped                    days off a rolled minimum passed over
    """

    frame: Frame
    candidate: Candidate
    start_on: date | None
    last_on: date | None
    ends_from: date | None
    skipped: tuple[date, ...]


class Starts(NamedTuple):
    """The days from which the periods of a record count, in the words of `Rule.counts_from`."""

    document: date | None
    publication: date | None
    listing: date | None
    correction: date | None
    decided: date | None

    def of(self, counts_from: str | None, months: int | None) -> date | None:
        """The start of a period of so many months; None where it is not known."""
        if counts_from == "document":
            return self.document
        if counts_from == "publication":
            return self.publication
        if counts_from == "listing":
            return self.listing
        # No time runs on a list before the listing; where there is no time to run, its day does not matter.
        if self.correction is None or self.listing is None:
            return None if months else self.correction
        return max(self.correction, self.listing)


def starts_of(facts: RecordFacts, *, listing: bool) -> Starts:
    """Of a list, the listing decision is the document; a penalty never borrows the day of a listing."""
    document = facts.decided_on or (facts.listed_on if listing else None)
    return Starts(document, facts.published_on, facts.listed_on, facts.corrected_on, document)


@lru_cache(maxsize=1 << 14)
def after(start: date | None, months: int | None) -> date | None:
    """Last day of a period; the end of the calendar where it would lie beyond it."""
    if start is None or months is None:
        return None
    try:
        return add_months(start, months)
    except OverflowError:
        return date.max


def next_day(day: date | None) -> date | None:
    return day + DAY if day is not None and day < date.max else None


def read(
    frame: Frame,
    starts: Starts,
    facts: RecordFacts,
    today: date,
    first_day: Rule | None,
    rolls: Rule | None,
    calendar: WorkCalendar,
) -> Reading:
    """The dates of one reading, and its answer for `today`.

    first_day, rolls   the rows of `first_application_day` and `publication_rolls` in force today
    """
    plan, months = frame.plan, frame.months
    start = starts.of(frame.counts_from, months)
    last = after(start, months)
    # A list may count its minimum from the correction and its maximum from the listing.
    ends_from = starts.of(frame.ends_from, frame.max_months) if plan.maximum is not None else None
    ends = after(ends_from, frame.max_months)
    skipped: tuple[date, ...] = ()
    if rolls is not None and rolls.value is True and last is not None and months:
        rolled = calendar.roll_forward(last)
        last, skipped = rolled.day, rolled.skipped
    same_day = not months or (first_day is not None and first_day.value == "last_day")
    first = last if same_day or last is None or last >= date.max else last + DAY
    longer = None
    if plan.until_restriction is not None and ends is not None and facts.restriction_until is not None:
        longer = _longer(facts.restriction_until, ends, ends_from)
        if longer is not None and plan.until_restriction.certainty == "verified":
            ends, longer = longer, None
    in_doubt = first_day is not None and first_day.certainty != "verified"
    answer = _answer(frame, starts, facts, today, start, last, first, ends, longer, in_doubt)
    candidate = Candidate(
        None if answer in ("self", "never") else first,
        ends,
        plan.regime,
        plan.minimum.basis,
        frame.severity,
        frame.market,
        frame.counts_from or "",
        frame.certainty,
        answer,
        plan.minimum.text_zh,
    )
    return Reading(frame, candidate, start, last, ends_from, skipped)


def _longer(until: date, ends: date, ends_from: date | None) -> date | None:
    """The end of a restriction that prolongs the display: it lasts longer than three years (45令 art. 13)."""
    three_years = after(ends_from, _RESTRICTED_OVER)
    return until if until > ends and three_years is not None and until > three_years else None


def _answer(
    frame: Frame,
    starts: Starts,
    facts: RecordFacts,
    today: date,
    start: date | None,
    last: date | None,
    first: date | None,
    ends: date | None,
    longer: date | None,
    in_doubt: bool,
) -> str:
    """What one reading says of today; see Candidate.answer."""
    if ends is not None and today > ends:
        return "unknown" if longer is not None and today <= longer else "over"
    if frame.special is not None:
        row, word = frame.special
        return word if row.certainty == "verified" and start is not None else "unknown"
    if frame.months is None:
        return "unknown"
    if start is None:
        return _answer_without_start(frame, starts, facts, today, ends)
    if last is None or first is None:
        return "before"
    if today >= first:
        return "open"
    return "edge" if in_doubt and today == last else "before"


def _surely_shown(frame: Frame, starts: Starts, today: date) -> bool:
    """Whether the longest display cannot be over yet, whatever the unknown start is: it lies on or after the decision."""
    earliest_end = after(starts.decided, frame.max_months)
    return earliest_end is not None and today <= earliest_end


def _answer_without_start(frame: Frame, starts: Starts, facts: RecordFacts, today: date, ends: date | None) -> str:
    if frame.months == 0 and frame.plan.maximum is None:
        return "open"
    if frame.counts_from == "correction" and facts.duties_done is False:
        # The record says that nothing is corrected, so the period has not begun; the maximum may still have run out.
        shown = frame.plan.maximum is None or ends is not None or _surely_shown(frame, starts, today)
        return "before" if shown else "unknown"
    if frame.counts_from in ("publication", "listing"):
        # Nothing is published or listed before it is decided, so the decision gives a day that is surely too early.
        too_early = after(starts.decided, frame.months)
        if too_early is not None and today < too_early:
            return "before"
    return "unknown"


def surely_before(reading: Reading, starts: Starts) -> date | None:
    """The first day on which a reading can open: its own, or where its start is not known that of the decision."""
    if reading.candidate.first_on is not None or reading.start_on is not None:
        return reading.candidate.first_on
    return next_day(after(starts.decided, reading.frame.months))
