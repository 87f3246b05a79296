"""`evaluate`: weigh every plausible reading of the law for one record on one day. Pure, total, no clock of its own."""

from __future__ import annotations

from datetime import date
from typing import Final

from .contradictions import ended_before_it_began, impossible, odd_words
from .explain import certainty_of, doubts_of, reason_of
from .facts import RecordFacts
from .pack import RoomLaw, RulePack, general_pack
from .plans import Kind
from .readings import Reading, Starts, after, next_day, read, starts_of, surely_before
from .rules import Rule
from .severity import Suggestion
from .verdict import Reason, Verdict

# What every reading answers alike is the answer; anything else is for an officer.
_ALIKE: Final = {
    frozenset({"open"}): "now",
    frozenset({"before"}): "from_date",
    frozenset({"self"}): "ends_by_itself",
    frozenset({"never"}): "not_repairable",
    frozenset({"over"}): "ends_by_itself",
    frozenset({"self", "over"}): "ends_by_itself",
}
_FOR_OFFICERS: Final = frozenset({"officer", "prolongs"})
_OPENING: Final = frozenset({"open", "before", "edge"})


def evaluate(facts: RecordFacts, today: date, pack: RulePack | None = None) -> Verdict:
    """Say whether a record may be repaired on `today` and, if not, from which day.

    Pure and total: equal arguments give equal verdicts, and no facts make it raise. What the law leaves unverified
    or the source leaves blank ends in `needs_officer` where it changes today's answer, never in a refusal; so do
    facts that contradict each other, and then no date is named.

    facts    local dates (Asia/Shanghai), None where the source is silent; amounts in fen; category as a room's code
    pack     the region's rows and rooms; without one only the rows that no room owns are known
    returns  `earliest`: first day an application is accepted, inclusive, or None when no day can be named;
             `reasons`: never empty, each with article, start event, arithmetic and certainty
    source   the rule pack in force; months and days as in 民法典 200–204
    """
    pack = pack or general_pack()
    suggestion = pack.suggest(facts, today)
    room = pack.rooms.get(facts.category)
    starts = starts_of(facts, listing=room is None or room.listing)
    if facts.ended_on is not None and facts.ended_on <= today:
        contradiction = ended_before_it_began(facts)
        if contradiction:
            return _bare("needs_officer", contradiction, facts, today, pack, suggestion, starts)
        said = Reason(f"该信息已于{facts.ended_on}停止公示")
        return _bare("ends_by_itself", (said,), facts, today, pack, suggestion, starts)
    kind = pack.kind(facts, today, suggestion.severity if suggestion.certainty == "verified" else "")
    governing = kind.governing
    if room is None or governing is None or not kind.frames:
        text = "该类别或该日期没有已载入的规则，由认定单位判断（待核实）"
        none = Reason(text, certainty="unknown", effect="officer")
        return _bare("needs_officer", (none,), facts, today, pack, suggestion, starts)
    contradiction = impossible(facts, today, kind.counts_from, listing=room.listing)
    if contradiction:
        status = "decided_elsewhere" if room.decided == "elsewhere" else "needs_officer"
        return _bare(status, contradiction, facts, today, pack, suggestion, starts, kind)

    first_day = pack.setting("first_application_day", facts.category, today)
    rolls = pack.setting("publication_rolls", facts.category, today)
    readings = [read(frame, starts, facts, today, first_day, rolls, pack.calendar) for frame in kind.frames]
    answers = frozenset([reading.candidate.answer for reading in readings])
    conditions = _conditions(facts, today, room, kind)
    status, blocked = _status(facts, today, readings, answers, conditions, kind, starts)
    must_act = any(r.start_on is None and r.frame.counts_from == "correction" for r in readings)
    earliest, ends = _days(status, readings, blocked and (answers != {"before"} or must_act))
    corrected = _corrected(facts, today)
    doubts, questions = doubts_of(kind, readings, facts, conditions, answers, corrected)
    if (room.decided == "elsewhere" or _not_served_here(governing.scope)) and status != "ends_by_itself":
        status = "decided_elsewhere"
    return Verdict(
        status=status,
        earliest=earliest,
        publication_ends=ends,
        regime=governing.regime,
        certainty=certainty_of(readings, answers),
        reasons=_ordered(readings, conditions, facts, first=earliest is None),
        candidates=tuple([reading.candidate for reading in readings]),
        to_show=() if status in ("ends_by_itself", "not_repairable") else governing.to_show,
        doubts=doubts,
        questions=questions,
        pack_hash=pack.hash,
        suggested_severity=suggestion.severity,
        judged_on=today,
        changes_on=_changes_on(facts, today, pack, starts, kind, readings),
    )


def _conditions(facts: RecordFacts, today: date, room: RoomLaw, kind: Kind) -> tuple[Reason, ...]:
    """All that is no plain period: the room's own conditions, what the rows add in words, and odd words."""
    found = room.why_not(facts, today)
    if kind.said:
        found = (*found, *kind.said)
    if kind.classes:
        odd = odd_words(facts)
        found = (*found, *odd) if odd else found
    return found


def _status(
    facts: RecordFacts,
    today: date,
    readings: list[Reading],
    answers: frozenset[str],
    conditions: tuple[Reason, ...],
    kind: Kind,
    starts: Starts,
) -> tuple[str, bool]:
    """(status, whether verified law and the record itself block it until the subject acts)."""
    status = "needs_officer" if kind.gap else _ALIKE.get(answers, "needs_officer")
    if status == "from_date" and not _earliest_is_sure(readings, facts, starts, kind.regimes[0]):
        status = "needs_officer"
    if status == "ends_by_itself" and "over" in answers and not _corrected(facts, today):
        status = "needs_officer"
    if not conditions:
        return status, False
    effects = {reason.effect for reason in conditions}
    if "hides" in effects or (status == "ends_by_itself" and "prolongs" in effects):
        return "needs_officer", False
    if "blocks" in effects and answers <= _OPENING and not kind.gap:
        return "from_date", True
    if status == "now" and not effects.isdisjoint(_FOR_OFFICERS):
        status = "needs_officer"
    return status, False


def _not_served_here(scope: Rule | None) -> bool:
    """Whether a verified row says that such subjects are not served on this platform."""
    return scope is not None and scope.value is False and scope.certainty == "verified"


def _ordered(
    readings: list[Reading], conditions: tuple[Reason, ...], facts: RecordFacts, *, first: bool
) -> tuple[Reason, ...]:
    """The reasons of the readings, each once; what blocks before them where it is the first thing to be told."""
    ordered = tuple([reason_of(reading, facts) for reading in readings])
    if len(ordered) > 1:
        ordered = tuple(dict.fromkeys(ordered))
    if not conditions:
        return ordered
    urgent = tuple([reason for reason in conditions if reason.effect == "blocks"])
    rest = tuple([reason for reason in conditions if reason.effect != "blocks"])
    return urgent + ordered + rest if first else ordered + urgent + rest


def _changes_on(
    facts: RecordFacts, today: date, pack: RulePack, starts: Starts, kind: Kind | None, readings: list[Reading]
) -> date | None:
    """The next day on which a period ends, a fact begins to hold or other rules come into force; None = no such day."""
    days = {
        pack.next_era(today), facts.ended_on, facts.corrected_on, facts.decided_on, facts.published_on,
        facts.listed_on, facts.court_plan_on, next_day(facts.restriction_until),
    }  # fmt: skip
    for reading in readings:
        candidate, frame = reading.candidate, reading.frame
        days.add(candidate.first_on)
        days.add(reading.last_on)
        days.add(next_day(candidate.ends_on))
        if reading.start_on is None:
            days.add(after(starts.decided, frame.months))
            days.add(next_day(after(starts.decided, frame.max_months)))
    later = [day for day in days if day is not None and day > today]
    return min(later) if later else None


def _bare(
    status: str,
    reasons: tuple[Reason, ...],
    facts: RecordFacts,
    today: date,
    pack: RulePack,
    suggestion: Suggestion,
    starts: Starts,
    kind: Kind | None = None,
) -> Verdict:
    """A Verdict without readings: ended already, without rules, or on facts that cannot be."""
    over = status == "ends_by_itself"
    governing = kind.governing if kind is not None else None
    return Verdict(
        status=status,
        earliest=None,
        publication_ends=facts.ended_on if over else None,
        regime=governing.regime if governing is not None else "",
        certainty="verified" if over else "unknown",
        reasons=reasons,
        candidates=(),
        to_show=governing.to_show if governing is not None else (),
        doubts=() if over else tuple(reason.text for reason in reasons),
        questions=(),
        pack_hash=pack.hash,
        suggested_severity=suggestion.severity,
        judged_on=today,
        changes_on=None if over else _changes_on(facts, today, pack, starts, kind, []),
    )


def _corrected(facts: RecordFacts, today: date) -> bool:
    if facts.duties_done is None:
        return facts.corrected_on is not None and facts.corrected_on <= today
    return facts.duties_done


def _earliest_is_sure(readings: list[Reading], facts: RecordFacts, starts: Starts, regime: str) -> bool:
    """Whether "not yet" rests on verified law: a verified length from the earliest day on which any reading can open.

    Where only a former regime is verified, the present one may be shorter. A doubt about the start can only move the
    day later where the period already counts from the document. That a correction before the listing counts from the
    listing is our reading, so it never holds anybody back.

    regime   the one in force today
    """
    moved = facts.corrected_on is not None and facts.listed_on is not None and facts.corrected_on < facts.listed_on
    days = [day for day in (surely_before(reading, starts) for reading in readings) if day is not None]
    sure = [
        reading.frame.plan.minimum.certainty == "verified"
        and (reading.frame.start_certainty == "verified" or reading.frame.counts_from == "document")
        and not (moved and reading.frame.counts_from == "correction")
        for reading in readings
    ]
    at_first = [n for n, reading in enumerate(readings) if days and reading.candidate.first_on == min(days)]
    present = [n for n in at_first if readings[n].frame.plan.regime == regime]
    return any(sure[n] for n in present or at_first)


def _days(status: str, readings: list[Reading], after_acting: bool) -> tuple[date | None, date | None]:
    """(earliest, publication_ends): one day only where one can be named."""
    firsts = {reading.candidate.first_on for reading in readings}
    ends = {reading.candidate.ends_on for reading in readings}
    if status == "from_date":
        named = [day for day in firsts if day is not None]
        earliest = None if after_acting or not named else min(named)
    elif status == "now":
        earliest = readings[0].candidate.first_on
    else:
        earliest = next(iter(firsts)) if status == "needs_officer" and len(firsts) == 1 else None
    if status == "needs_officer" and len(ends) > 1:
        return earliest, None
    if status == "ends_by_itself":
        known = [day for day in ends if day is not None]
        return earliest, max(known) if known else None
    return earliest, readings[0].candidate.ends_on
