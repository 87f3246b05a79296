"""What an answer to an open question is made of: the value somebody gives, and the rule rows it puts in force. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from .regimes import REGIMES
from .rules import Basis, Rule

NUMBERS: Final = ("WD", "CD", "month", "year", "yuan")
# 国办发〔2025〕22号: shortest and longest time shown, in months, by class; being put on a serious list is 严重.
FRAME: Final[dict[str, tuple[int, int]]] = {"minor": (0, 3), "general": (3, 12), "serious": (12, 36)}
RANKS_ABOVE_THE_FRAME: Final = frozenset({"law", "regulation"})
_REFUSING: Final = frozenset({"not_repairable", "no_early_stop", "condition", "reapply_ban", "subject_scope"})
_DRAFTS: Final = ("待核实", "征求意见", "草案", "讨论稿")
MAX_MATTERS: Final = 50


class ValueFault(ValueError):
    """The value is none that this matter can have; the text is a Chinese sentence for the person."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a composed value. kind: number (months, low to high), text, or choice of (value, label)."""

    name: str
    label: str
    kind: str = "text"
    choices: tuple[tuple[str, str], ...] = ()
    low: int = 0
    high: int = 120
    required: bool = False


RowsOf = Callable[[Any, tuple[Rule, ...]], Iterable[Rule]]


@dataclass(frozen=True, slots=True)
class Answer:
    """One matter that the supervising bureau can settle, under one question Q1–Q12.

    unit       choice (one of `choices`), WD, CD, month, year, yuan (whole numbers, low to high), text, parts (an
               object of `parts`), or list (several such objects)
    picks      which rows of the nation, or of the region's own papers, it is about; rows: those a value puts in force
    keeps_start  the answer says nothing of the day from which a period counts
    excludes   codes of answers that may not be in force beside it
    open_row   the row that says the question is open, where the rows an answer builds on are others
    """

    code: str
    question: str
    title_zh: str
    unit: str
    picks: Callable[[Rule], bool]
    rows: RowsOf
    choices: tuple[tuple[str, str], ...] = ()
    parts: tuple[Part, ...] = ()
    low: int = 1
    high: int = 120
    help: str = ""
    category: str | None = None
    keeps_start: bool = False
    excludes: tuple[str, ...] = ()
    open_row: Callable[[Rule], bool] | None = None

    def present(self, rules: Iterable[Rule]) -> tuple[Rule, ...]:
        """The rows a page shows as what holds now: the open one where the question has a row of its own."""
        given = tuple(rules)
        if self.open_row is None:
            return self.current(given)
        return tuple(rule for rule in given if self.open_row(rule))

    def current(self, rules: Iterable[Rule], category: str | None = None) -> tuple[Rule, ...]:
        """The rows this is about, out of `rules` (those before any answer); with `category`, those that reach that room.

        Of a national row and the region's row that takes its place, only the latter.
        """
        given = tuple(rules)
        replaced = {rule.supersedes for rule in given if rule.supersedes}
        return tuple(
            rule
            for rule in given
            if rule.key not in replaced and self.picks(rule) and (category is None or rule.category in (None, category))
        )

    def check(self, value: Any) -> Any:
        """The value as it is stored. Raises ValueFault with a sentence when it is none of this matter's."""
        if self.unit == "choice":
            if value not in [known for known, _ in self.choices]:
                raise ValueFault("请选择所列选项之一。")
            return value
        if self.unit in NUMBERS:
            return _number(value, self.low, self.high)
        if self.unit == "text":
            return _text(value)
        if self.unit == "parts":
            return _parts(value, self.parts)
        if not isinstance(value, list | tuple) or not value or len(value) > MAX_MATTERS:
            raise ValueFault(f"请列明1至{MAX_MATTERS}项。")
        return [_parts(one, self.parts) for one in value]

    def make(
        self,
        value: Any,
        *,
        national: Sequence[Rule],
        region: str,
        number: int,
        basis: Basis,
        in_force_from: date,
        text: str = "",
    ) -> tuple[Rule, ...]:
        """The rows of version `number` of this answer: verified, cited, of the region. Raises ValueFault.

        national   the rows that hold before any answer, of the nation and of the region's own papers
        text       the sentence to show instead of the one each row would have
        """
        made = self.rows(self.check(value), self.current(national))
        return tuple(
            replace(
                row,
                key=f"{region}.{self.code}.{number}.{n}",
                region=region,
                basis=basis,
                in_force_from=in_force_from,
                in_force_to=None,
                certainty="verified",
                start_certainty=row.start_certainty if self.keeps_start else "verified",
                question=None,
                text_zh=text.strip() or sure(row.text_zh),
            )
            for n, row in enumerate(made, start=1)
        )

    def label(self, value: Any) -> str:
        """The value in words."""
        if self.unit == "choice":
            return dict(self.choices).get(value, str(value))
        if self.unit in NUMBERS:
            words = {"WD": "个工作日", "CD": "日", "month": "个月", "year": "年", "yuan": "元"}
            return f"{value}{words[self.unit]}"
        if self.unit == "text":
            return str(value)
        values = value if isinstance(value, list | tuple) else [value]
        return "；".join(self._words(one) for one in values if isinstance(one, dict))

    def _words(self, value: dict[str, Any]) -> str:
        told = []
        for part in self.parts:
            given = value.get(part.name)
            if given in (None, ""):
                continue
            shown = f"{given}个月" if part.kind == "number" else dict(part.choices).get(given, given)
            told.append(f"{part.label}：{shown}")
        return "，".join(told)


def sure(text: str) -> str:
    """A rule's sentence without its mark of doubt."""
    return text.replace("（待核实）", "").replace("待核实", "").strip("，；")


def faults_of(rows: Sequence[Rule], rank: str, national: Sequence[Rule] = ()) -> dict[str, str]:
    """What forbids these rows, by field; empty when nothing does.

    rank   of the cited paper: law, regulation, ministry, local, paper, reply
    Rules: only 法律 and 行政法规 may set periods other than those of 国办发〔2025〕22号 (its own text); nothing below
    verified may refuse anybody.
    """
    faults: dict[str, str] = {}
    for row in rows:
        if refuses(row, national) and "unverified" in (row.certainty, row.start_certainty):
            faults["value"] = "会导致不予办理的规定须已核实，待核实的内容不能据以拒绝任何人。"
        elif refuses(row, national) and "unknown" in (row.certainty, row.start_certainty):
            faults["value"] = "会导致不予办理的规定须已核实，内容不明的不能据以拒绝任何人。"
        if outside_the_frame(row) and rank not in RANKS_ABOVE_THE_FRAME:
            faults["basis_rank"] = (
                "与国办发〔2025〕22号不同的公示期限，只能由法律、行政法规规定；请核对依据的效力层级。"
            )
    return faults


def citation_faults(basis: Basis) -> dict[str, str]:
    """Name and number of a paper are needed, and a draft is not law."""
    faults = {}
    if not basis.name.strip():
        faults["basis_name"] = "请填写依据名称。"
    elif any(word in basis.name for word in _DRAFTS):
        faults["basis_name"] = "征求意见稿、草案等未施行的文件不能作为依据。"
    if not basis.number.strip():
        faults["basis_number"] = "请填写文号。"
    elif any(word in basis.number for word in _DRAFTS):
        faults["basis_number"] = "文号待核实的，不能作为依据。"
    return faults


def refuses(row: Rule, national: Sequence[Rule] = ()) -> bool:
    """Whether a row can turn somebody away who would be served without it."""
    if row.governs in _REFUSING:
        return row.value not in (False, None, 0) if row.governs != "subject_scope" else row.value is False
    if row.governs == "display_min" and type(row.value) is int:
        known = [
            one.value
            for one in national
            if one.governs == "display_min" and one.category in (None, row.category) and one.regime == row.regime
            and set(one.when) <= set(row.when) and type(one.value) is int
        ]  # fmt: skip
        return not known or row.value > min(known)
    return False


def outside_the_frame(row: Rule) -> bool:
    """Whether a row sets a period other than those of 国办发〔2025〕22号 for its class, in a regime still in force."""
    if row.governs not in ("display_min", "display_max") or type(row.value) is not int:
        return False
    regime = REGIMES.get(row.regime)
    if regime is not None and regime.in_force_to is not None:
        return False
    which = 0 if row.governs == "display_min" else 1
    classes = _classes_of(row)
    return any(row.value != FRAME[one][which] for one in classes)


def _classes_of(row: Rule) -> tuple[str, ...]:
    """Classes a row is for; one that names none is of a list, and a listing is 严重."""
    named = dict(row.when).get("severity", ("serious",))
    return tuple(str(one) for one in named) if isinstance(named, tuple) else (str(named),)


def in_place(rows: Iterable[Rule], value: Any = None, **change: Any) -> list[Rule]:
    """Each row once more with another value (None: its own), in the place of the national one."""
    return [replace(row, value=row.value if value is None else value, supersedes=row.key, **change) for row in rows]


def _number(value: Any, low: int, high: int) -> int:
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        value = int(value.strip())
    if type(value) is not int or not low <= value <= high:
        raise ValueFault(f"请填写{low}至{high}之间的整数。")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or len(value.strip()) > 200:
        raise ValueFault("请填写内容，不超过200字。")
    if any(word in value for word in _DRAFTS):
        raise ValueFault("内容仍为待核实，不能确定。")
    return value.strip()


def _parts(value: Any, parts: tuple[Part, ...]) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) - {part.name for part in parts}:
        raise ValueFault("请按所列各项填写。")
    clean: dict[str, Any] = {}
    for part in parts:
        given = value.get(part.name)
        if given in (None, ""):
            if part.required:
                raise ValueFault(f"请填写“{part.label}”。")
            continue
        if part.kind == "number":
            clean[part.name] = _number(given, part.low, part.high)
        elif part.kind == "choice":
            if given not in [known for known, _ in part.choices]:
                raise ValueFault(f"“{part.label}”不是所列选项之一。")
            clean[part.name] = given
        else:
            clean[part.name] = _text(given)
    if not clean:
        raise ValueFault("请按所列各项填写。")
    return clean
