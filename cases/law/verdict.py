"""The explained answer to "may this record be repaired, and when?", and its parts. Data only."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final

from .rules import Basis

STATUSES: Final[dict[str, str]] = {
    "now": "现在可以申请",
    "from_date": "尚不能申请",
    "needs_officer": "需由认定单位人工判断",
    "not_repairable": "依法不能提前终止公示",
    "ends_by_itself": "自动停止公示，无需申请",
    "decided_elsewhere": "由其他机关办理，本平台同步结果",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason, as a Chinese sentence with its article, start event and arithmetic.

    effect   explains: it only tells; blocks: verified, and the record says it is not met; officer: a person has to
             judge; prolongs: the same, also where every period is over, for the display may have begun anew;
             hides: the record should not be public at all, whatever the dates; warns: shown as 待核实, changes nothing
    skipped_holidays   days off a rolled period passed over (empty unless the region lets periods roll)
    """

    text: str
    basis: Basis | None = None
    start_event: str = ""
    start_on: date | None = None
    arithmetic: str = ""
    certainty: str = "verified"
    skipped_holidays: tuple[date, ...] = ()
    effect: str = "explains"
    question: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values for json.dumps; the basis as an object plus `basis_text`."""
        out = _plain(self)
        out["basis"] = self.basis._asdict() if self.basis else None
        out["basis_text"] = str(self.basis) if self.basis else ""
        return out


@dataclass(frozen=True, slots=True)
class Candidate:
    """One plausible reading of the law: its dates, what they stand on, and what it would answer today.

    first_on   first day an application is accepted; ends_on: last day shown; None = this reading names no day
    answer     open, before, edge (the last day of the minimum), over, self, never, unknown
    """

    first_on: date | None
    ends_on: date | None
    regime: str
    basis: Basis
    severity: str
    market: bool | None
    counts_from: str
    certainty: str
    answer: str
    text: str

    def to_json(self) -> dict[str, Any]:
        """Plain values for json.dumps."""
        out = _plain(self)
        out["basis"], out["basis_text"] = self.basis._asdict(), str(self.basis)
        return out


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the law says of one record on one day.

    earliest           first day an application is accepted, inclusive; None when no single day can be named.
                       `from_date` without a day: open only after the subject has acted (the first reason says how)
    publication_ends   last day shown (until 24:00), None = no end known; judged_on: the day of the question
    changes_on         next day on which the answer may be another while facts and rules stay as they are; None = never
    reasons            never empty; to_show: what the applicant proves in the filing; doubts carry 待核实
    """

    status: str
    earliest: date | None
    publication_ends: date | None
    regime: str
    certainty: str
    reasons: tuple[Reason, ...]
    candidates: tuple[Candidate, ...]
    to_show: tuple[str, ...]
    doubts: tuple[str, ...]
    questions: tuple[str, ...]
    pack_hash: str
    suggested_severity: str
    judged_on: date
    changes_on: date | None = None

    @property
    def may_file(self) -> bool:
        """Whether a filing is accepted today: nobody is kept from it by a doubt."""
        return self.status in ("now", "needs_officer")

    @property
    def certain_from(self) -> date | None:
        """The first day on which every reading accepts an application; None where a reading names none, or a person has
        to judge whatever the day. Never before `earliest`, often the same."""
        if self.status not in ("now", "from_date", "needs_officer") or not self.candidates:
            return None
        if self.status == "from_date" and self.earliest is None:
            return None
        days = [one.first_on for one in self.candidates if one.answer in ("open", "before", "edge")]
        known = [day for day in days if day is not None]
        if len(known) < len(self.candidates):
            return None
        latest = max(known)
        return None if self.status == "needs_officer" and latest <= self.judged_on else latest

    @property
    def headline(self) -> str:
        """The answer as one short Chinese line, also where no day can be named."""
        if self.status == "from_date":
            if self.earliest is None:
                return "履行义务、纠正失信行为后可以申请"
            return f"{self.earliest.isoformat()}起可以申请"
        if self.status == "ends_by_itself" and self.publication_ends is not None:
            last = self.publication_ends.isoformat()
            if self.publication_ends < self.judged_on:
                return f"公示已于{last}届满，自动停止公示，无需申请"
            return f"公示至{last}，期满自动停止公示，无需申请"
        return STATUSES.get(self.status, self.status)

    def to_json(self) -> dict[str, Any]:
        """Plain values for json.dumps: the stored trace of a decision, and the body of the API."""
        out = _plain(self)
        out["reasons"] = [reason.to_json() for reason in self.reasons]
        out["candidates"] = [candidate.to_json() for candidate in self.candidates]
        out["may_file"], out["headline"] = self.may_file, self.headline
        return out


def _plain(one: Reason | Candidate | Verdict) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for part in fields(one):
        value = getattr(one, part.name)
        if isinstance(value, date):
            value = value.isoformat()
        elif isinstance(value, tuple):
            value = [item.isoformat() if isinstance(item, date) else item for item in value]
        out[part.name] = value
    return out
