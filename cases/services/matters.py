"""待核实事项 as they stand: what the nation says, which answers a region has set, what is in force. Reading only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from cases.categories import unanswered_rows
from cases.law import Rule
from cases.law.answer import Answer
from cases.law.questions import QUESTIONS
from cases.models import RegionRule, RuleRun
from cases.questions import all_answers
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import NotAllowed, NotFound
from creditrepair.tenancy.models import Role

BUREAU: Final = "fgj"


@dataclass(frozen=True, slots=True)
class Matter:
    """One matter as a page shows it: what the nation or the region's own paper says, all versions oldest first, and the one in force today."""

    answer: Answer
    question_text: str
    national: tuple[Rule, ...]
    versions: tuple[RegionRule, ...]
    in_force: RegionRule | None

    @property
    def value_text(self) -> str:
        """The value in force in words, "" while the matter is open."""
        return self.answer.label(self.in_force.value) if self.in_force else ""


def matters(region: str, today: date) -> list[Matter]:
    """Every matter of Q1–Q12 as it stands in `region` (its context is set), in the order of the questions."""
    versions: dict[str, list[RegionRule]] = {}
    for version in RegionRule.objects.filter(region_id=region).select_related("set_by", "forecast").order_by("id"):
        versions.setdefault(version.answer, []).append(version)
    return [_matter(region, answer, versions.get(code, []), today) for code, answer in all_answers().items()]


def matter_of(region: str, code: str, today: date) -> Matter:
    """One matter. Raises NotFound."""
    answer = all_answers().get(code)
    if answer is None:
        raise NotFound
    rows = RegionRule.objects.filter(region_id=region, answer=code).select_related("set_by", "forecast")
    return _matter(region, answer, list(rows.order_by("id")), today)


def access_run(actor: Actor, ref: str) -> RuleRun:
    """A run by its reference, for the supervising bureau and auditors. Raises NotFound, NotAllowed."""
    if not (is_supervisor(actor) or actor.has(Role.AUDITOR)):
        raise NotAllowed("规则的确定和试算由信用监管人员办理。")
    run = RuleRun.objects.filter(region_id=actor.region, ref=ref).first()
    if run is None:
        raise NotFound
    return run


def recent_runs(region: str, limit: int = 20) -> Sequence[RuleRun]:
    """The latest runs of a region, newest first."""
    return list(RuleRun.objects.filter(region_id=region).order_by("-id")[:limit])


def is_supervisor(actor: Actor) -> bool:
    """信用监管人员 of 发改局: nobody else confirms or sets a rule."""
    return actor.has(Role.SUPERVISOR) and actor.department == BUREAU


def _matter(region: str, answer: Answer, versions: list[RegionRule], today: date) -> Matter:
    reached = [version for version in versions if version.in_force_from <= today]
    # A later version holds from its own day on, and takes away what an earlier one had from that day.
    latest = reached[-1] if reached else None
    return Matter(
        answer,
        QUESTIONS[answer.question],
        answer.present(unanswered_rows(region)),
        tuple(versions),
        latest if latest is not None and latest.action == RegionRule.Action.SET else None,
    )
