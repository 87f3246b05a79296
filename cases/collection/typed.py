"""Rows that come as values under field codes (typed into the form, sent to the API): the same table as from a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from cases.collection.cells import Cell
from cases.collection.tables import Row, Table
from cases.collection.templates import ALWAYS, templates_for

FORMAT: Final = "typed"


def table_of(category: str, rows: Sequence[Mapping[str, Cell]]) -> Table:
    """A table with the codes as its header; row n of `rows` is line n.

    The template is the one that knows most of the codes, the newest of equals. Fields that it always wants are columns
    even if no row has them, so that each row says what it lacks; unknown codes are columns that the report names.
    Raises KeyError for a category without a room.
    """
    given = {code: None for row in rows for code in row}
    template = max(templates_for(category), key=lambda one: len({field.code for field in one.fields} & given.keys()))
    codes = [field.code for field in template.fields if field.required == ALWAYS or field.code in given]
    codes += [code for code in given if code not in set(codes)]
    lines = [Row(n, [row.get(code) for code in codes]) for n, row in enumerate(rows, start=1)]
    return Table(FORMAT, [Row(0, list(codes)), *lines])
