"""What every reader makes of a file: rows with line numbers as the sender sees them, within limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from cases.collection.cells import Cell, is_blank
from cases.collection.encodings import FileRefused


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds of a file (ours): sizes in bytes, cells in characters."""

    file_bytes: int = 20 * 1024 * 1024
    rows: int = 100_000
    columns: int = 200
    cell_characters: int = 32_767
    unpacked_bytes: int = 200 * 1024 * 1024
    archive_entries: int = 2000


LIMITS: Final = Limits()
# Rows above the data (titles, headers, notes) do not count against `rows`.
HEADER_ROOM: Final = 24


@dataclass(frozen=True, slots=True)
class Row:
    """One filled line. `line` as the sender counts: row of the sheet, first line of a CSV record, item."""

    line: int
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """What one sheet (or text file) holds, blank lines left out.

    rows       all rows (`read_table`), or the first ones, with the rest to come from `more` (`open_table`)
    format     xlsx, csv or json; encoding and separator are guesses, shown before import ("" for xlsx)
    sheet      the sheet read; sheets: all sheets that can be chosen, in order
    hidden     what the sender may not see in the sheet: names of hidden rows, columns and sheets, in Chinese
    """

    format: str
    rows: list[Row]
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    base_1904: bool = False
    more: Iterator[Row] = field(default=iter(()), repr=False, compare=False)


HEAD: Final = HEADER_ROOM + 24


def within(rows: Iterable[Row], limits: Limits) -> Iterator[Row]:
    """The filled rows. Raises FileRefused, naming the limit, for too many of them."""
    count = 0
    for row in rows:
        if not all(is_blank(cell) for cell in row.cells):
            count += 1
            check_size(count, row, limits)
            yield row


def check_size(count: int, row: Row, limits: Limits) -> None:
    """Raise FileRefused, naming the limit, for too many rows, columns, or characters in a cell of the last row."""
    if count > limits.rows + HEADER_ROOM:
        raise FileRefused("too_many_rows", f"超过 {limits.rows} 行：请分成几个文件上传")
    if len(row.cells) > limits.columns and any(not is_blank(cell) for cell in row.cells[limits.columns :]):
        raise FileRefused("too_many_columns", f"第 {row.line} 行超过 {limits.columns} 列：请删除无关的列")
    for n, cell in enumerate(row.cells):
        if isinstance(cell, str) and len(cell) > limits.cell_characters:
            message = f"第 {row.line} 行第 {n + 1} 列超过 {limits.cell_characters} 字：请检查引号是否闭合、内容是否有误"
            raise FileRefused("cell_too_long", message)
