"""`evaluate`: weigh every plausible reading of the law for one record on one day. Pure, total, no clock of its own."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final, NamedTuple

from .calendar import add_months
from .facts import RecordFacts
from .pack import Governing, Plan, RoomLaw, RulePack, general_pack
from .regimes import REGIMES
from .rules import Rule
from .severity import SEVERITIES, Suggestion, suggest_severity
from .verdict import Candidate, Reason, Verdict

_DAY: Final = timedelta(days=1)
_CLASSES: Final = ("minor", "general", "serious")
_EVENTS: Final = {
    "document": "作出决定之日", "publication": "公示之日", "listing": "列入之日", "correction": "纠正之日",
}  # fmt: skip
_MISSING: Final = {
    "document": "决定日期未提供，无法计算期限，待核实", "publication": "公示日期未提供，无法确定期限，待核实",
    "listing": "列入日期未提供，无法计算期限，待核实", "correction": "纠正日期未提供，由认定单位核实（待核实）",
}  # fmt: skip
# What every reading answers alike is the answer; anything else is for an officer.
_ALIKE: Final = {
    frozenset({"open"}): "now",
    frozenset({"before"}): "from_date",
    frozenset({"self"}): "ends_by_itself",
    frozenset({"never"}): "not_repairable",
    frozenset({"over"}): "ends_by_itself",
}
_OPENING: Final = frozenset({"open", "before", "edge"})


class _Reading(NamedTuple):
    plan: Plan
    candidate: Candidate
    start_on: date | None
    last_on: date | None
    skipped: tuple[date, ...]


def evaluate(facts: RecordFacts, today: date, pack: RulePack | None = None) -> Verdict:
    """Say whether a record may be repaired on `today` and, if not, from which day.

    Pure and total: equal arguments give equal verdicts, and no facts make it raise. What the law leaves unverified
    or the source leaves blank ends in `needs_officer` where it changes today's answer, never in a refusal.

    facts    local dates (Asia/Shanghai), None where the source is silent; amounts in fen; category as a room's code
    pack     the region's rows and rooms; without one only the rows that no room owns are known
    returns  `earliest`: first day an application is accepted, inclusive, or None when no day can be named;
             `reasons`: never empty, each with article, start event, arithmetic and certainty
    source   the rule pack in force; months and days as in 民法典 200–204
    """
    pack = pack or general_pack()
    suggestion = suggest_severity(facts.penalty_kinds, facts.summary_procedure, facts.amount_fen)
    room = pack.rooms.get(facts.category)
    if facts.ended_on is not None and facts.ended_on <= today:
        return _bare("ends_by_itself", f"该信息已于{facts.ended_on}停止公示", facts, today, pack, suggestion)
    readings, governing = _read_all(facts, today, pack, room, suggestion)
    if room is None or governing is None or not readings:
        text = "该类别或该日期没有已载入的规则，由认定单位判断（待核实）"
        return _bare("needs_officer", text, facts, today, pack, suggestion)

    answers = frozenset(reading.candidate.answer for reading in readings)
    status = _ALIKE.get(answers, "needs_officer")
    conditions = (*room.why_not(facts, today), *governing.not_shown)
    if status == "from_date" and not _earliest_is_sure(readings, facts):
        status = "needs_officer"
    if "over" in answers and status == "ends_by_itself" and not _corrected(facts, today):
        status = "needs_officer"
    blocked = answers <= _OPENING and any(reason.effect == "blocks" for reason in conditions)
    if blocked and status != "from_date":
        status = "from_date"
    elif status == "now" and any(reason.effect == "officer" for reason in conditions):
        status = "needs_officer"
    must_act = any(r.start_on is None and r.plan.minimum.counts_from == "correction" for r in readings)
    earliest, ends = _days(status, readings, blocked and (answers != {"before"} or must_act))
    doubts, questions = _doubts(facts, readings, conditions, answers, today)
    if room.decided == "elsewhere" and status != "ends_by_itself":
        status = "decided_elsewhere"
    ordered = tuple([_reason(reading) for reading in readings])
    if len(ordered) > 1:
        ordered = tuple(dict.fromkeys(ordered))
    if conditions:
        urgent = tuple(reason for reason in conditions if reason.effect == "blocks")
        rest = tuple(reason for reason in conditions if reason.effect != "blocks")
        ordered = urgent + ordered + rest if earliest is None else ordered + urgent + rest
    return Verdict(
        status=status,
        earliest=earliest,
        publication_ends=ends,
        regime=governing.regime,
        certainty=_certainty(readings, answers),
        reasons=ordered,
        candidates=tuple([reading.candidate for reading in readings]),
        to_show=() if status in ("ends_by_itself", "not_repairable") else governing.to_show,
        doubts=doubts,
        questions=questions,
        pack_hash=pack.hash,
        suggested_severity=suggestion.severity,
        judged_on=today,
        changes_on=_changes_on(facts, today, pack, readings),
    )


def _changes_on(facts: RecordFacts, today: date, pack: RulePack, readings: list[_Reading]) -> date | None:
    """The next day on which a period ends, a fact begins to hold or other rules come into force; None = no such day."""
    days = {pack.next_era(today), facts.ended_on, facts.corrected_on, _next(facts.restriction_until)}
    for reading in readings:
        candidate = reading.candidate
        days |= {candidate.first_on, reading.last_on, _next(candidate.ends_on)}
        months = reading.plan.minimum.value
        days.add(_after(facts.decided_on, months))
    later = [day for day in days if day is not None and day > today]
    return min(later) if later else None


def _next(day: date | None) -> date | None:
    return day + _DAY if day is not None and day < date.max else None


def _bare(status: str, text: str, facts: RecordFacts, today: date, pack: RulePack, suggestion: Suggestion) -> Verdict:
    over = status == "ends_by_itself"
    certainty = "verified" if over else "unknown"
    reason = Reason(text, certainty=certainty, effect="explains" if over else "officer")
    return Verdict(
        status=status, earliest=None, publication_ends=facts.ended_on if over else None, regime="",
        certainty=certainty, reasons=(reason,), candidates=(), to_show=(), doubts=() if over else (text,),
        questions=(), pack_hash=pack.hash, suggested_severity=suggestion.severity, judged_on=today,
        changes_on=None if over else _changes_on(facts, today, pack, []),
    )  # fmt: skip


def _read_all(
    facts: RecordFacts, today: date, pack: RulePack, room: RoomLaw | None, suggestion: Suggestion
) -> tuple[list[_Reading], Governing | None]:
    """Every reading once, the regime of today first: by field where the record is silent, class, regime, variant."""
    if room is None:
        return [], None
    markets: tuple[bool | None, ...] = (facts.market,) if room.market is None else (room.market,)
    if markets == (None,):
        markets = (False, True)
    if facts.severity in _CLASSES or not pack.depends_on_severity(facts.category):
        severities: tuple[str, ...] = (facts.severity,)
    elif suggestion.certainty == "verified":
        severities = (suggestion.severity,)
    else:
        severities = _CLASSES
    first_day = pack.setting("first_application_day", facts.category, today)
    rolls = pack.setting("publication_rolls", facts.category, today)
    readings: dict[tuple[str, str], _Reading] = {}
    leading: Governing | None = None
    for market in markets:
        for severity in severities:
            governing = pack.governing(facts, today, market=market, severity=severity)
            if leading is None or not leading.plans:
                leading = governing
            for plan in governing.plans:
                key = (plan.minimum.key, plan.maximum.key if plan.maximum else "")
                if key not in readings:
                    readings[key] = _read(plan, facts, today, market, severity, first_day, rolls, pack)
    return list(readings.values()), leading


def _read(
    plan: Plan,
    facts: RecordFacts,
    today: date,
    market: bool | None,
    severity: str,
    first_day: Rule | None,
    rolls: Rule | None,
    pack: RulePack,
) -> _Reading:
    minimum, maximum = plan.minimum, plan.maximum
    start = _start(minimum.counts_from, facts)
    months = minimum.value if type(minimum.value) is int else None
    last = _after(start, months)
    # A list may count its minimum from the correction and its maximum from the listing.
    ends = _after(_start(maximum.counts_from, facts), maximum.value) if maximum is not None else None
    skipped: tuple[date, ...] = ()
    if rolls is not None and rolls.value is True and last is not None and months:
        rolled = pack.calendar.roll_forward(last)
        last, skipped = rolled.day, rolled.skipped
    same_day = not months or (first_day is not None and first_day.value == "last_day")
    first = last if same_day or last is None or last >= date.max else last + _DAY
    longer = facts.restriction_until if plan.until_restriction and ends else None
    longer = longer if longer and ends and longer > ends else None
    if longer and plan.until_restriction and plan.until_restriction.certainty == "verified":
        ends, longer = longer, None
    in_doubt = first_day is not None and first_day.certainty != "verified"
    answer = _answer(plan, facts, today, months, start, last, first, ends, longer, in_doubt)
    reads_class = any(fact == "severity" for fact, _ in minimum.when)
    certainty = minimum.certainty if minimum.start_certainty == "verified" else "unverified"
    candidate = Candidate(
        first_on=None if answer in ("self", "never") else first,
        ends_on=ends,
        regime=plan.regime,
        basis=minimum.basis,
        severity=severity if reads_class else "",
        market=market,
        counts_from=minimum.counts_from or "",
        certainty="unknown" if months is None else certainty,
        answer=answer,
        text=minimum.text_zh,
    )
    return _Reading(plan, candidate, start, last, skipped)


def _answer(
    plan: Plan,
    facts: RecordFacts,
    today: date,
    months: int | None,
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
    for row, word in ((plan.auto_stop, "self"), (plan.no_early_stop, "never")):
        if row is not None and row.value is not False:
            return word if row.certainty == "verified" and start is not None else "unknown"
    if months is None:
        return "unknown"
    if start is None:
        return _answer_without_start(plan, facts, today, months)
    if last is None or first is None:
        return "before"
    if today >= first:
        return "open"
    return "edge" if in_doubt and today == last else "before"


def _answer_without_start(plan: Plan, facts: RecordFacts, today: date, months: int) -> str:
    if months == 0 and plan.maximum is None:
        return "open"
    if plan.minimum.counts_from == "correction" and facts.duties_done is False:
        return "before"  # the record says that nothing is corrected, so the period has not begun
    if plan.minimum.counts_from in ("publication", "listing"):
        # Nothing is published or listed before it is decided, so the decision gives a day that is surely too early.
        too_early = _after(facts.decided_on, months)
        if too_early is not None and today < too_early:
            return "before"
    return "unknown"


def _start(counts_from: str | None, facts: RecordFacts) -> date | None:
    if counts_from == "document":
        return facts.decided_on or facts.listed_on  # a listing decision is the document of its record
    if counts_from == "publication":
        return facts.published_on
    if counts_from == "listing":
        return facts.listed_on
    if facts.corrected_on is not None and facts.listed_on is not None:
        return max(facts.corrected_on, facts.listed_on)  # no time runs on a list before the listing
    return facts.corrected_on


def _after(start: date | None, months: int | str | bool | None) -> date | None:
    if start is None or type(months) is not int:
        return None
    try:
        return add_months(start, months)
    except OverflowError:
        return date.max


def _corrected(facts: RecordFacts, today: date) -> bool:
    if facts.duties_done is None:
        return facts.corrected_on is not None and facts.corrected_on <= today
    return facts.duties_done


def _earliest_is_sure(readings: list[_Reading], facts: RecordFacts) -> bool:
    """Whether "not yet" rests on verified law: a verified length from the earliest day it can start.

    A doubt about the start can only move the day later where the period already counts from the document. That a
    correction before the listing counts from the listing is our reading, so it never holds anybody back.
    """
    moved = facts.corrected_on is not None and facts.listed_on is not None and facts.corrected_on < facts.listed_on
    days = [r.candidate.first_on for r in readings if r.candidate.first_on is not None]
    return bool(days) and any(
        reading.candidate.first_on == min(days)
        and reading.plan.minimum.certainty == "verified"
        and (reading.plan.minimum.start_certainty == "verified" or reading.plan.minimum.counts_from == "document")
        and not (moved and reading.plan.minimum.counts_from == "correction")
        for reading in readings
    )


def _days(status: str, readings: list[_Reading], after_acting: bool) -> tuple[date | None, date | None]:
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


def _certainty(readings: list[_Reading], answers: frozenset[str]) -> str:
    if "unknown" in answers:
        return "unknown"
    first = readings[0].candidate
    sure = all(
        r.candidate.certainty == "verified"
        and (r.candidate.first_on, r.candidate.ends_on) == (first.first_on, first.ends_on)
        for r in readings
    )
    return "verified" if sure and "edge" not in answers else "unverified"


def _reason(reading: _Reading) -> Reason:
    plan, candidate = reading.plan, reading.candidate
    row, last, arithmetic = plan.minimum, reading.last_on, ""
    start, first, ends = reading.start_on, candidate.first_on, candidate.ends_on
    text, basis, certainty = row.text_zh, row.basis, candidate.certainty
    special = plan.no_early_stop if candidate.answer != "over" else None
    special = plan.auto_stop or special
    if special is not None and special.value is not False:
        text, basis, certainty = special.text_zh, special.basis, special.certainty
    elif candidate.answer == "over" and plan.maximum is not None:
        text, basis = plan.maximum.text_zh, plan.maximum.basis
    if start is not None:
        if candidate.answer in ("over", "self") or first is None:
            length = plan.maximum.value if plan.maximum is not None else None
            if ends is not None:
                restricted = ends != _after(start, length)
                how = f"至限制期限{ends}止" if restricted else f"加{length}个月，至{ends}届满"
                arithmetic = f"{start} 起算，{how}后自动停止公示"
        elif row.value:
            arithmetic = f"{start} 起算，加{row.value}个月，至{last}届满，{first}起可申请"
        else:
            arithmetic = f"{start} 起，义务履行完毕、失信行为纠正后即可申请"
    event = _EVENTS.get(row.counts_from or "", "")
    return Reason(text, basis, event, start, arithmetic, certainty, reading.skipped, "explains", row.question)


def _doubts(
    facts: RecordFacts,
    readings: list[_Reading],
    conditions: tuple[Reason, ...],
    answers: frozenset[str],
    today: date,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(sentences with 待核实, open questions), each once, in the order a reader needs them."""
    found: dict[str, str | None] = {}
    regimes = dict.fromkeys([reading.plan.regime for reading in readings])
    days = {(r.candidate.first_on, r.candidate.ends_on, r.candidate.answer) for r in readings}
    classes = [r.candidate.severity for r in readings if r.candidate.severity]
    if len(regimes) > 1 and len(days) > 1:
        names = "与".join(_title(key) for key in regimes)
        found[f"本信息适用{names}中的哪一项待核实"] = "Q1"
    if facts.severity not in _CLASSES and classes:
        presumed = "、".join(SEVERITIES[one] for one in dict.fromkeys(classes))
        found[f"失信程度未由认定单位确定，按{presumed}计算（待核实）"] = "Q5"
    if len({reading.candidate.market for reading in readings}) > 1:
        found["是否属市场监管领域未说明，按两种情形计算（待核实）"] = None
    for regime in regimes:
        of_regime = [reading for reading in readings if reading.plan.regime == regime]
        unsure = [r for r in of_regime if r.plan.minimum.start_certainty != "verified"]
        # Two starts that give the same days are no question to anybody.
        starts = {(r.candidate.counts_from, r.start_on) for r in unsure}
        if unsure and (len(starts) == 1 or len({start for _, start in starts}) > 1):
            events = "、".join(dict.fromkeys(_EVENTS.get(r.candidate.counts_from, "") for r in unsure))
            found[f"{_title(regime)}公示期自{events}起算待核实"] = unsure[0].plan.minimum.question
    for reading in readings:
        row = reading.plan.minimum
        if row.certainty != "verified":
            found[_marked(row.text_zh)] = row.question
        if reading.start_on is None and (row.value != 0 or reading.plan.maximum is not None):
            found[_MISSING.get(row.counts_from or "", "起算日未提供，待核实")] = None
        for special in (reading.plan.auto_stop, reading.plan.no_early_stop):
            if special is not None and special.certainty != "verified" and reading.candidate.answer != "over":
                found[_marked(special.text_zh)] = special.question
    if "edge" in answers:
        found["最短公示期届满当日能否申请待核实"] = "Q9"
    if "over" in answers and not _corrected(facts, today):
        found["最长公示期已届满，是否已纠正并履行义务待核实"] = None
    for reason in conditions:
        if reason.certainty != "verified" or reason.effect in ("officer", "warns"):
            found[_marked(reason.text)] = reason.question
    if not found:
        return (), ()
    return tuple(found), tuple(sorted({question for question in found.values() if question}))


def _marked(text: str) -> str:
    return text if "待核实" in text else f"{text}（待核实）"


def _title(regime: str) -> str:
    known = REGIMES.get(regime)
    return known.title if known else regime
