"""待核实事项 as the desk shows them: each question with its matters, their present value, source and reach."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count

from cases.categories import room
from cases.desk.rule_words import GOVERNS_WORDS, STARTS, certainty_words, value_words, when_words
from cases.law import Rule
from cases.law.questions import QUESTIONS
from cases.models import FailureRecord, RegionRule
from cases.services.matters import Matter, matters

Reach = frozenset[tuple[str | None, bool | None]]
MOST_VALUES = 4
PERIODS = frozenset({GOVERNS_WORDS["display_min"], GOVERNS_WORDS["display_max"]})


@dataclass(frozen=True, slots=True)
class Line:
    """One national value: in words, what it is about, its paper and its certainty."""

    value: str
    about: str
    basis: str
    certainty: tuple[str, str, str]
    text: str
    governs: str
    start: str


@dataclass(frozen=True, slots=True)
class MatterShown:
    """One matter: `lines` what the nation says; `touched` how many published records it may be about."""

    matter: Matter
    lines: list[Line]
    touched: int

    @property
    def source(self) -> str:
        """own, national, or silent where no rule row says anything."""
        return "own" if self.matter.in_force else "national" if self.lines else "silent"

    @property
    def value(self) -> str:
        """What holds today, as one line."""
        if self.matter.in_force is not None:
            return self.matter.value_text
        kinds = list(dict.fromkeys(line.governs for line in self.lines))
        values = list(dict.fromkeys(line.value for line in self.lines))
        if STARTS.keys() >= {code for code, _ in self.matter.answer.choices} != set():
            values = list(dict.fromkeys(line.start for line in self.lines))
        elif PERIODS.issuperset(kinds):
            values = list(dict.fromkeys(f"{line.governs}{line.value}" for line in self.lines))
        elif len(kinds) > 1:
            more = "等" if len(kinds) > MOST_VALUES else ""
            return f"{len(self.lines)}项规定（{'、'.join(kinds[:MOST_VALUES])}{more}）"
        return "；".join(values[:MOST_VALUES]) + ("等" if len(values) > MOST_VALUES else "") if values else "没有规定"

    @property
    def certainty(self) -> tuple[str, str, str]:
        if self.matter.in_force is not None:
            return certainty_words("verified")
        sure = certainty_words("verified")
        doubtful = [line.certainty for line in self.lines if line.certainty != sure]
        return doubtful[0] if doubtful else sure if self.lines else certainty_words("unknown")

    @property
    def coming(self) -> RegionRule | None:
        """The latest version, where it holds only from a later day on."""
        versions = self.matter.versions
        latest = versions[-1] if versions else None
        return latest if latest is not None and latest != self.matter.in_force and not self._ended(latest) else None

    def _ended(self, latest: RegionRule) -> bool:
        """Whether the latest version is the end that already holds."""
        return latest.action == RegionRule.Action.END and self.matter.in_force is None


def lines_of(national: tuple[Rule, ...], today: date) -> list[Line]:
    """What the national rows of the day say; where none is in force that day, those of any day."""
    rows = tuple(row for row in national if row.in_force(today)) or national
    return [
        Line(
            value=value_words(row),
            about="，".join(part for part in (_category(row), when_words(row)) if part),
            basis=str(row.basis),
            certainty=certainty_words(row.certainty if row.certainty != "verified" else row.start_certainty),
            text=row.text_zh,
            governs=GOVERNS_WORDS.get(row.governs, row.governs),
            start=STARTS.get(row.counts_from or "", "待核实"),
        )
        for row in rows
    ]


def _category(row: Rule) -> str:
    return room(row.category).title if row.category else ""


def reach_of(matter: Matter) -> Reach:
    """Which records a matter may touch, as pairs (category, market field), None standing for all."""
    if matter.answer.category:
        return frozenset({(matter.answer.category, None)})
    if not matter.national:
        return frozenset({(None, None)})
    return frozenset((row.category, _market(row)) for row in matter.national)


def _market(row: Rule) -> bool | None:
    value = dict(row.when).get("market")
    return value if isinstance(value, bool) else None


def published_by_kind(region: str) -> dict[tuple[str, bool], int]:
    """How many records are published in the region, by category and field; one read for the page."""
    rows = FailureRecord.objects.published().filter(region_id=region).order_by()
    counted = rows.values_list("category", "market").annotate(count=Count("id"))
    return {(category, market): count for category, market, count in counted}


def touched_by(reach: Reach, published: dict[tuple[str, bool], int]) -> int:
    return sum(
        count
        for (category, market), count in published.items()
        if any(wanted in (None, category) and field in (None, market) for wanted, field in reach)
    )


@dataclass(frozen=True, slots=True)
class QuestionShown:
    """One open question with its matters."""

    code: str
    text: str
    matters: list[MatterShown]

    @property
    def settled(self) -> int:
        return sum(one.matter.in_force is not None for one in self.matters)


def questions(region: str, today: date) -> list[QuestionShown]:
    """All questions of the law, with what the region has settled of each."""
    published = published_by_kind(region)
    found = [shown_matter(one, published, today) for one in matters(region, today)]
    return [
        QuestionShown(code, text, [one for one in found if one.matter.answer.question == code])
        for code, text in QUESTIONS.items()
    ]


def shown_matter(matter: Matter, published: dict[tuple[str, bool], int], today: date) -> MatterShown:
    return MatterShown(matter, lines_of(matter.national, today), touched_by(reach_of(matter), published))
