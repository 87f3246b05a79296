"""Verdicts as people read them: one label, one tone, one countdown. Search, calculator, wizard and `/q/` share it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final

from cases.categories import judge, room
from cases.categories.base import REMOVE_FROM_LIST
from cases.facts import facts_of
from cases.law import REGIMES, Candidate, Deadline, Reason, RecordFacts, Rule, Verdict
from cases.models import FailureRecord

TONES: Final = {
    "now": ("good", "check"),
    "from_date": ("info", "calendar"),
    "needs_officer": ("warn", "person"),
    "not_repairable": ("quiet", "stop"),
    "ends_by_itself": ("info", "clock"),
    "decided_elsewhere": ("quiet", "info"),
}
CERTAINTY: Final = {"verified": "依据已核实", "unverified": "待核实", "unknown": "待核实"}


@dataclass(frozen=True, slots=True)
class VerdictCard:
    """A Verdict ready for a page. `unit` decides; `days_left` until the first day, None where no day is awaited.

    `why_not_yet` is empty exactly where a filing is accepted today. `promise` is the day by which a filing of the day
    of the question would be decided, counted in working days, None where it is not told.
    """

    verdict: Verdict
    unit: str
    tone: str
    icon: str
    label: str
    days_left: int | None
    why_not_yet: str
    ends_text: str
    record: FailureRecord | None = None
    promise: Deadline | None = None

    @property
    def regime_text(self) -> str:
        """The paper that governs on the day of the question."""
        regime = REGIMES.get(self.verdict.regime)
        return regime.title if regime else "待核实"

    @property
    def earliest_text(self) -> str:
        """What stands where no single day can be named."""
        if self.verdict.status == "now":
            return "随时可以申请"
        return "待核实" if self.verdict.status == "needs_officer" else "—"

    @property
    def certainty_text(self) -> str:
        return CERTAINTY.get(self.verdict.certainty, "待核实")

    @property
    def ends_in_doubt(self) -> bool:
        """Whether a named last day is not the last day of every reading, so that it must carry the mark."""
        ends = {one.ends_on for one in self.verdict.candidates}
        return self.verdict.publication_ends is not None and bool(ends - {self.verdict.publication_ends})

    @property
    def readings(self) -> tuple[Candidate, ...]:
        """The readings as a table lists them: two that say the same to a reader are one row."""
        told = {(one.text, one.first_on, one.ends_on, str(one.basis)): one for one in self.verdict.candidates}
        return tuple(told.values())

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The reasons, each once: readings of several rules may rest on the same sentence and the same days."""
        told = {(one.text, one.arithmetic, one.basis, one.certainty): one for one in self.verdict.reasons}
        return tuple(told.values())

    @property
    def over(self) -> bool:
        """Whether publication has ended by law: such a record is shown nowhere in public."""
        ends = self.verdict.publication_ends
        return self.verdict.status == "ends_by_itself" and ends is not None and ends < self.verdict.judged_on


def card_of(
    verdict: Verdict,
    facts: RecordFacts,
    unit: str,
    record: FailureRecord | None = None,
    promise: Deadline | None = None,
) -> VerdictCard:
    """The card of a verdict on `facts`; `unit` is the department that decides, or a general word for it."""
    listed = room(facts.category).effect(facts) == REMOVE_FROM_LIST
    tone, icon = TONES[verdict.status]
    label = label_of(verdict, unit)
    waits = verdict.status == "from_date" and verdict.earliest is not None
    return VerdictCard(
        verdict=verdict,
        unit=unit,
        tone=tone,
        icon=icon,
        label=label,
        days_left=(verdict.earliest - verdict.judged_on).days if waits and verdict.earliest else None,
        why_not_yet="" if verdict.may_file else f"{label}。{verdict.reasons[0].text.rstrip('。')}。",
        ends_text=_ends_text(verdict, listed),
        record=record,
        promise=promise,
    )


def _ends_text(verdict: Verdict, listed: bool) -> str:
    """The last day shown. A list is shown until removal only where that is verified and no reading names an end."""
    if verdict.publication_ends is not None:
        return chinese(verdict.publication_ends)
    open_ended = verdict.certainty == "verified" and all(one.ends_on is None for one in verdict.candidates)
    return "移出前一直公示" if listed and open_ended else "待核实"


def card_of_record(
    record: FailureRecord, today: date, overrides: tuple[Rule, ...], listed: Collection[str] | None = None
) -> VerdictCard:
    """The card of a stored record (with its department and subject loaded).

    overrides   the rows of the record's region (`overrides_of`), read once a page
    listed      codes of the subjects known to stand on a list, for many records at once; None asks the register
    """
    facts = facts_of(record, listed_subjects=listed)
    return card_of(judge(facts, today, overrides), facts, record.department.name, record)


def label_of(verdict: Verdict, unit: str) -> str:
    """The one line that answers: the labels of the interface, with day and unit filled in."""
    if verdict.status == "from_date" and verdict.earliest is not None:
        return f"{chinese(verdict.earliest)}起可以申请"
    if verdict.status == "needs_officer":
        return f"需由{unit}人工判断"
    if verdict.status == "ends_by_itself" and verdict.publication_ends is not None:
        if verdict.publication_ends < verdict.judged_on:
            return f"公示已于{chinese(verdict.publication_ends)}届满，无需申请"
        return f"{chinese(verdict.publication_ends)}自动停止公示，无需申请"
    if verdict.status == "decided_elsewhere":
        return f"由{unit}办理，本平台同步结果"
    return verdict.headline


def chinese(day: date) -> str:
    """A date as running text prints it, e.g. 2026年11月3日."""
    return f"{day.year}年{day.month}月{day.day}日"
