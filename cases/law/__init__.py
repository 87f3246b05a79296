"""The law as dated data and pure functions: no Django, no database, no clock, nothing of ours imported."""

from .calendar import Deadline, WorkCalendar, add_months, default_calendar
from .clock import ClockEvent, ClockState, Limits, clock
from .days import limits_of
from .engine import evaluate
from .facts import FIELDS, GROUNDS, RecordFacts
from .local import LOCAL_ROWS
from .pack import RoomLaw, RulePack, WhyNot, general_pack
from .plans import Governing, Plan
from .regimes import GENERAL_ROWS, REGIMES, Regime, RowMaker
from .rules import Basis, Rule, conditions
from .severity import PENALTY_KINDS, SEVERITIES, Suggestion, suggest_severity
from .verdict import STATUSES, Candidate, Reason, Verdict

__all__ = [
    "FIELDS",
    "GENERAL_ROWS",
    "GROUNDS",
    "LOCAL_ROWS",
    "PENALTY_KINDS",
    "REGIMES",
    "SEVERITIES",
    "STATUSES",
    "Basis",
    "Candidate",
    "ClockEvent",
    "ClockState",
    "Deadline",
    "Governing",
    "Limits",
    "Plan",
    "Reason",
    "RecordFacts",
    "Regime",
    "RoomLaw",
    "RowMaker",
    "Rule",
    "RulePack",
    "Suggestion",
    "Verdict",
    "WhyNot",
    "WorkCalendar",
    "add_months",
    "clock",
    "conditions",
    "default_calendar",
    "evaluate",
    "general_pack",
    "limits_of",
    "suggest_severity",
]
