"""Finding the header of a table: which template, which lines, which column means what, and what was ignored."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cases.collection.cells import Cell, is_blank, shown
from cases.collection.tables import Row
from cases.collection.templates import ALWAYS, Field, Template, header_key, headers_of

WITHIN: Final = 20
_LEAST: Final = 3
_CODE: Final = re.compile(r"[A-Z][A-Z0-9_]+")
_NOTE_WORDS: Final = ("必填", "选填", "填写", "格式", "示例", "长度", "字符", "说明")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the file: index from 0, header as printed, and the field it fills or None if it is ignored."""

    index: int
    header: str
    field: Field | None


@dataclass(frozen=True, slots=True)
class HeaderMap:
    """Where the data begin and what the columns mean.

    lines      of the header, first to last; body: index into the rows of the first data row
    notes      lines of filling notes under the header, skipped
    twice      (header, column numbers from 1) of fields that two columns claim
    missing    required fields without a column
    """

    template: Template
    lines: tuple[int, ...]
    body: int
    columns: tuple[Column, ...]
    notes: tuple[int, ...] = ()
    twice: tuple[tuple[str, tuple[int, ...]], ...] = ()
    missing: tuple[Field, ...] = ()

    @property
    def ignored(self) -> tuple[str, ...]:
        """Headers that mean nothing to the template."""
        return tuple(column.header for column in self.columns if column.field is None)

    def to_saved(self) -> dict[str, str]:
        """The map as saved per department: header in compared form → field code, "" = ignore."""
        return {header_key(one.header): one.field.code if one.field else "" for one in self.columns}


def find_header(
    rows: Sequence[Row], templates: Sequence[Template], saved: Mapping[str, str] | None = None
) -> HeaderMap | None:
    """The best header among the first twenty rows, over all templates; None if no row names three fields.

    saved   header in compared form → field code ("" = ignore); it wins over the template's own headers
    """
    head = rows[:WITHIN]
    best: tuple[int, int, Template, dict[str, Field]] | None = None
    for template in templates:
        known = _known(template, saved)
        for n, row in enumerate(head):
            # A field counts once, so that a row of one word repeated is no header.
            score = len({field.code for field in (_field_of(cell, known) for cell in row.cells) if field})
            if score >= _LEAST and (best is None or score > best[0]):
                best = (score, n, template, known)
    if best is None:
        return None
    score, first, template, known = best
    above, last = first, first
    # Codes and names may stand in two rows, one over the other.
    while above > 0 and _names(head[above - 1], known) * 2 >= score:
        above -= 1
    while last + 1 < len(head) and _names(head[last + 1], known) * 2 >= score:
        last += 1
    body, notes = last + 1, []
    while body < len(head) and _is_note(head[body]):
        notes.append(head[body].line)
        body += 1
    columns = _columns(head[above : last + 1], known, saved or {})
    return HeaderMap(
        template,
        tuple(row.line for row in head[above : last + 1]),
        body,
        columns,
        tuple(notes),
        _twice(columns),
        _missing(template, columns),
    )


def guessed_columns(rows: Sequence[Row]) -> tuple[Column, ...]:
    """The columns of a table in which no header was recognised: the row with the most short texts, for a person to map."""
    texts = [
        [(n, shown(cell, 200)) for n, cell in enumerate(row.cells) if isinstance(cell, str) and not is_blank(cell)]
        for row in rows[:WITHIN]
    ]
    best = max(texts, key=len, default=[])
    return tuple(Column(index, text, None) for index, text in best)


def headers_hash(columns: Sequence[Column]) -> str:
    """What a saved map is found by: SHA-256 of the headers in compared form, whatever their order."""
    return hashlib.sha256("\n".join(sorted({header_key(one.header) for one in columns})).encode()).hexdigest()


def _known(template: Template, saved: Mapping[str, str] | None) -> dict[str, Field]:
    known = dict(headers_of(template))
    by_code = {field.code: field for field in template.fields}
    for key, code in (saved or {}).items():
        if code in by_code:
            known[key] = by_code[code]
        elif not code:
            known.pop(key, None)
    return known


def _field_of(cell: Cell, known: Mapping[str, Field]) -> Field | None:
    if not isinstance(cell, str) or not cell or len(cell) > 200:
        return None
    found = known.get(header_key(cell))
    if found is None:
        # Code and name in one cell: 行政相对人名称(CF_XDR_MC).
        words = _CODE.findall(unicodedata.normalize("NFKC", cell).upper())
        found = next((known[key] for key in map(header_key, words) if key in known), None)
    if found is not None and found.kind == "wan" and "元" in cell and "万" not in cell:
        # The header states another unit than its code.
        return known.get(header_key(f"{found.code}_YUAN"), found)
    return found


def _names(row: Row, known: Mapping[str, Field]) -> int:
    return len({field.code for field in (_field_of(cell, known) for cell in row.cells) if field})


def _is_note(row: Row) -> bool:
    """A row of filling notes: in at least two cells and a third of the filled ones, words about how to fill in."""
    filled = [cell for cell in row.cells if not is_blank(cell)]
    noted = sum(isinstance(cell, str) and any(word in cell for word in _NOTE_WORDS) for cell in filled)
    return noted >= 2 and noted * 3 >= len(filled)


def _columns(rows: Sequence[Row], known: Mapping[str, Field], saved: Mapping[str, str]) -> tuple[Column, ...]:
    columns = []
    for index in range(max(len(row.cells) for row in rows)):
        cells = [row.cells[index] for row in rows if index < len(row.cells) and not is_blank(row.cells[index])]
        if not cells:
            continue
        found = [(cell, field) for cell in cells if (field := _field_of(cell, known))]
        cell, field = found[0] if found else (cells[-1], None)
        if any(saved.get(header_key(shown(one, 200))) == "" for one in cells):
            field = None
        columns.append(Column(index, shown(cell, 200), field))
    return tuple(columns)


def _twice(columns: Sequence[Column]) -> tuple[tuple[str, tuple[int, ...]], ...]:
    places: dict[str, list[Column]] = {}
    for column in columns:
        if column.field is not None:
            places.setdefault(column.field.code, []).append(column)
    return tuple((same[0].header, tuple(one.index + 1 for one in same)) for same in places.values() if len(same) > 1)


def _missing(template: Template, columns: Sequence[Column]) -> tuple[Field, ...]:
    present = {column.field.code for column in columns if column.field}
    filled = {column.field.target for column in columns if column.field and column.field.target}
    # A listing's ground may stand in the room's own column alone.
    if "ground" in filled:
        filled.add("ground_text")
    return tuple(
        field
        for field in template.fields
        if field.required == ALWAYS and field.code not in present and field.target not in (filled - {""})
    )
