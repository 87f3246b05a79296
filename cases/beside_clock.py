"""The days of objections and withdrawn penalties, by the rules; where no rule that we know names one, there is none."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from cases.categories import pack_for
from cases.deadlines import calendar_between
from cases.facts import facts_of, limits_for
from cases.law import Deadline, Rule
from cases.models import FailureRecord, Objection
from cases.overrides import overrides_of

_FAR = timedelta(days=200)  # longer than any answer may take in working days, with its holidays


@dataclass(frozen=True, slots=True)
class AnswerClock:
    """Until when an objection is to be answered. `deadline` None: nobody has told us; `doubt` says so (待核实)."""

    deadline: Deadline | None
    doubt: str
    left_working_days: int | None

    @property
    def due(self) -> date | None:
        return self.deadline.day if self.deadline else None


def answer_deadline(record: FailureRecord, filed_on: date) -> tuple[Deadline | None, str]:
    """The last day for an answer by the rules in force when the objection came, and the sentence with 待核实 beside it."""
    limits = limits_for(record, filed_on)
    if limits.objection_wd is None:
        return None, limits.objection_doubt or "异议答复期限待核实"
    calendar = calendar_between(filed_on, filed_on + _FAR, record.region_id)
    return calendar.add_working_days(filed_on, limits.objection_wd), limits.objection_doubt


def clock_of_objection(objection: Objection, today: date) -> AnswerClock:
    """The clock as it stands today; once the objection is settled no day is left."""
    filed_on = timezone.localdate(objection.filed_at)
    deadline, doubt = answer_deadline(objection.record, filed_on)
    if deadline is None or objection.state != Objection.State.OPEN:
        return AnswerClock(deadline, doubt, None)
    calendar = calendar_between(filed_on, max(today, deadline.day) + _FAR, objection.region_id)
    return AnswerClock(deadline, doubt, calendar.working_days_between(today, deadline.day))


def removal_rule(record: FailureRecord, today: date) -> Rule | None:
    """The rule that an annulled decision is taken down (行政处罚法 art. 48); None where no rule that we know says so."""
    facts = facts_of(record)
    pack = pack_for(overrides_of(record.region_id))
    rows = pack.rows("stop_days", record.category, today, market=pack.market_of(facts))
    return next((rule for rule in reversed(rows) if rule.variant == "annulled"), None)


def removal_due(record: FailureRecord, decided_on: date, today: date) -> date | None:
    """Until when it is to be taken down, counted from the paper that annulled it."""
    rule = removal_rule(record, today)
    if rule is None or rule.unit != "WD" or not isinstance(rule.value, int):
        return None
    return (
        calendar_between(decided_on, decided_on + _FAR, record.region_id).add_working_days(decided_on, rule.value).day
    )


def removal_basis(record: FailureRecord, today: date) -> list[dict[str, str]]:
    """The same as platforms are told; empty where no rule is known."""
    rule = removal_rule(record, today)
    if rule is None:
        return []
    basis = rule.basis
    return [{"rule": rule.regime, "order": basis.name, "number": basis.number, "article": basis.article or ""}]
