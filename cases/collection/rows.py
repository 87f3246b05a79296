"""One row of cells to one clean row or its problems: compiled once per header, run once per line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, Final, Self

from cases.collection.cells import Bad, Cell, has_unseen, is_blank, shown, text_of
from cases.collection.codes import credit_code
from cases.collection.dates import LONG_TERM, date_within, read_date
from cases.collection.headers import HeaderMap
from cases.collection.money import FEN_IN_WAN, FEN_IN_YUAN, read_amount
from cases.collection.templates import ALWAYS, Field
from cases.collection.values import (
    choice,
    choice_by_label,
    headcount,
    listing_state,
    names_only,
    subject_word,
    yes_no,
)
from sync.messages import norm_doc_no

HIDDEN_VALUE: Final = "（不显示）"
Value = str | int | bool | date | None


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in one cell, and what to do.

    field     code of the template; label: its Chinese name; column: letter of the column ("" if the file has none)
    value     as the file has it, on one line, cut; never an identity number
    severity  error (the row is not imported) or warning (imported, shown); rule: stable English code
    """

    field: str
    label: str
    column: str
    value: str
    reason: str
    remedy: str
    severity: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanRow:
    """The values of a good row: local dates, whole 分, codes of the law; None where the source is silent.

    subject_code   18 characters, or "GSZC:<registration number>" for a trader with the customary placeholder
    subject_kind   organisation or trader
    extra          JSON-safe; keys are names of the template's or the room's further fields
    content_hash   SHA-256 of all other values: tells "same" from "changed"
    """

    category: str
    subject_code: str
    subject_name: str
    subject_kind: str
    legal_representative: str | None = None
    doc_no: str = ""
    doc_no_norm: str = ""
    decided_on: date | None = None
    published_on: date | None = None
    listed_on: date | None = None
    corrected_on: date | None = None
    ground: str | None = None
    ground_text: str | None = None
    penalty_kinds: tuple[str, ...] = ()
    amount_fen: int | None = None
    confiscated_fen: int | None = None
    content: str | None = None
    facts_text: str | None = None
    basis_text: str | None = None
    violation_type: str | None = None
    authority_code: str
    authority_name: str | None = None
    source_code: str | None = None
    source_name: str | None = None
    valid_until: date | None = None
    claimed_public_until: date | None = None
    market_hint: bool | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    content_hash: str = ""

    def as_json(self) -> dict[str, Any]:
        """All values, dates as YYYY-MM-DD, tuples as lists."""
        return {name: _plain(getattr(self, name)) for name in _NAMES}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The row that `as_json` gave these values of."""
        row = dict(values)
        for name in _DAYS:
            if row[name] is not None:
                row[name] = date.fromisoformat(row[name])
        row["penalty_kinds"] = tuple(row["penalty_kinds"])
        return cls(**row)

    def hashed(self) -> str:
        """The content hash that belongs to the values."""
        values = [(name, _plain(getattr(self, name))) for name in _NAMES if name != "content_hash"]
        return hashlib.sha256(json.dumps(values, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


_NAMES: Final = tuple(one.name for one in fields(CleanRow))
_ATTRIBUTES: Final = frozenset(_NAMES)
_DAYS: Final = (
    "decided_on", "published_on", "listed_on", "corrected_on", "valid_until", "claimed_public_until",
)  # fmt: skip


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


@dataclass(frozen=True, slots=True)
class Reader:
    """One compiled column: where it stands, what reads its cell, and how its problems are named."""

    index: int
    field: Field
    column: str
    read: Callable[[Cell], Value]


@dataclass(slots=True)
class Draft:
    """The values of one row by field code, with its problems so far; the row builders add theirs."""

    values: dict[str, Value]
    cells: list[Cell]
    problems: list[Problem]
    at: dict[str, Reader]
    labels: dict[str, str]

    def add(self, code: str, rule: str, reason: str, remedy: str, severity: str = "error") -> None:
        """Note a problem of a field; its value is taken from the cell."""
        reader = self.at.get(code)
        value = ""
        if reader is not None and reader.index < len(self.cells):
            cell = self.cells[reader.index]
            value = shown(cell) if reader.field.kept or cell is None else HIDDEN_VALUE
        label, column = self.labels.get(code, code), reader.column if reader else ""
        self.problems.append(Problem(code, label, column, value, reason, remedy, severity, rule))

    def require(self, code: str, when: str = "", severity: str = "error") -> None:
        """Note that a field must be filled, unless it is or already has a problem of its own."""
        if self.values.get(code) is None and not any(one.field == code for one in self.problems):
            self.add(code, "required", f"{when}必填，现为空" if when else "必填，现为空", "请补充后重新上传", severity)

    def text(self, *codes: str) -> str | None:
        """The first filled of some text fields."""
        for code in codes:
            value = self.values.get(code)
            if isinstance(value, str):
                return value
        return None

    def day(self, *codes: str) -> date | None:
        """The first filled of some date fields."""
        for code in codes:
            value = self.values.get(code)
            if isinstance(value, date):
                return value
        return None

    def fen(self, *codes: str) -> int | None:
        """The first filled of some amounts."""
        for code in codes:
            value = self.values.get(code)
            if isinstance(value, int):
                return value
        return None

    @property
    def failed(self) -> bool:
        """True if a problem keeps the row out."""
        return any(one.severity == "error" for one in self.problems)


class RowReader:
    """Reads the rows of one table: columns compiled once, then one loop over them a line."""

    def __init__(self, header: HeaderMap, today: date, base_1904: bool) -> None:
        self._readers = [
            Reader(one.index, one.field, letter(one.index), _reader_for(one.field, today, base_1904))
            for one in header.columns
            if one.field is not None
        ]
        self._at = {one.field.code: one for one in self._readers}
        self._labels = {one.code: one.name for one in header.template.fields}
        self._instead = [reader.field for reader in self._readers if reader.field.instead_of]
        self.fields = header.template.fields
        present = set(self._at)
        self._always = [one.code for one in header.template.fields if one.required == ALWAYS and one.code in present]

    def read(self, cells: list[Cell]) -> Draft:
        """The values of a row; what cannot be read becomes a problem of its field."""
        values: dict[str, Value] = {}
        draft = Draft(values, cells, [], self._at, self._labels)
        width = len(cells)
        for reader in self._readers:
            if reader.index >= width:
                continue
            cell = cells[reader.index]
            if cell is None or cell == "":
                continue
            try:
                value = reader.read(cell)
            except Bad as bad:
                draft.add(reader.field.code, bad.rule, bad.reason, bad.remedy)
                continue
            if value is not None:
                values[reader.field.code] = value
                if type(cell) is str and not cell.isprintable() and has_unseen(cell):
                    reason = "含有看不见的字符（零宽字符或书写方向标记），已去除"
                    draft.add(reader.field.code, "unseen_characters", reason, "请核对去除后的内容", "warning")
        return draft

    def require_all(self, draft: Draft) -> None:
        """Note every field that the template always wants and the row leaves empty."""
        for code in self._always:
            if code not in draft.values:
                draft.require(code)

    def row_values(self, draft: Draft) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the fields put into CleanRow: (attributes, extra). The first of two columns for one target wins."""
        attributes: dict[str, Any] = {}
        extra: dict[str, Any] = {}
        values = draft.values
        for reader in self._readers:
            one = reader.field
            if one.target and one.kept and one.code in values:
                if one.target in _ATTRIBUTES:
                    attributes.setdefault(one.target, values[one.code])
                else:
                    extra.setdefault(one.target.removeprefix("extra:"), _plain(values[one.code]))
        for one in self._instead:
            if one.code in values:
                attributes.setdefault(one.instead_of, values[one.code])
        if attributes.get("doc_no"):
            attributes["doc_no_norm"] = norm_doc_no(attributes["doc_no"])
        return attributes, extra


def letter(index: int) -> str:
    """The letter of a column, from 0: A, B … Z, AA."""
    text, number = "", index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text


def _reader_for(one: Field, today: date, base_1904: bool) -> Callable[[Cell], Value]:
    length, kind = one.length, one.kind
    if not one.kept:
        # Identity numbers: only that there is one is known from here on.
        return lambda cell: None if is_blank(cell) else True

    def text(cell: Cell) -> Value:
        value = text_of(cell)
        if value is not None and len(value) > length:
            raise Bad("too_long", f"超过 {length} 字（现为 {len(value)} 字），不会自动截断", "请精简后重新上传")
        return value

    def in_list(read: Callable[[str], Value]) -> Callable[[Cell], Value]:
        def reader(cell: Cell) -> Value:
            value = text_of(cell)
            return None if value is None else read(value)

        return reader

    def horizon(cell: Cell) -> Value:
        try:
            return read_date(cell, latest=LONG_TERM, base_1904=base_1904)
        except Bad:
            found = date_within(cell) if isinstance(cell, str) and len(cell) > 10 else None
            if found is None or found > LONG_TERM or one.required == ALWAYS:
                raise
            return found

    def chosen(cell: Cell) -> Value:
        # A label may be a word that elsewhere means an empty cell, such as 无.
        found = choice_by_label(cell, one.choices) if isinstance(cell, str) else None
        value = text_of(cell) if found is None else None
        return found if value is None else choice(value, one.code.removeprefix("X_").lower(), one.choices)

    readers: dict[str, Callable[[Cell], Value]] = {
        "text": text,
        "code": credit_code,
        "date": lambda cell: read_date(cell, latest=today, base_1904=base_1904),
        "horizon": horizon,
        "wan": lambda cell: read_amount(cell, FEN_IN_WAN),
        "yuan": lambda cell: read_amount(cell, FEN_IN_YUAN),
        "subject_word": in_list(subject_word),
        "choice": chosen,
        "told_amount": text,
        "names": in_list(names_only),
        "headcount": in_list(headcount),
        "bool": in_list(yes_no),
        "state": in_list(listing_state),
    }
    return readers[kind]
