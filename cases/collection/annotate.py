"""The file back to its sender: the same lines and columns, problems marked in place, every text cell inert."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill

from cases.collection.cells import Cell, is_blank, shown
from cases.collection.reports import FileReport, RowResult
from cases.collection.rows import HIDDEN_VALUE, Problem, letter

_ERROR: Final = PatternFill("solid", fgColor="FFF4CCCC")
_WARNING: Final = PatternFill("solid", fgColor="FFFFF2CC")
_HEAD: Final = PatternFill("solid", fgColor="FFD9E2F3")
_BOLD: Final = Font(bold=True)
_WRAP: Final = Alignment(wrap_text=True, vertical="top")
_OUTCOMES: Final = {"ok": "通过", "error": "有错误", "out_of_scope": "不在范围"}
_CELL_LIMIT: Final = 32_000


def annotate(report: FileReport) -> bytes:
    """Workbook bytes. Line n of the file is row n of the sheet (an item of JSON is row n + 1); two columns are added.

    Identity numbers and rows of natural persons are not repeated.
    """
    if report.table is None or report.header is None:
        return b""
    table, header = report.table, report.header
    offset = 1 if table.format == "json" else 0
    width = max(len(row.cells) for row in table.rows)
    hidden = {one.index for one in header.columns if one.field is not None and not one.field.kept}
    results = {row.line: row for row in report.rows}
    book = Workbook(write_only=True)
    sheet = book.create_sheet("核对结果")
    sheet.freeze_panes = f"A{header.lines[-1] + offset + 1}"
    sheet.column_dimensions[letter(width)].width = 12
    sheet.column_dimensions[letter(width + 1)].width = 80
    written = 0
    for row in table.rows:
        while written + 1 < row.line + offset:
            sheet.append([])
            written += 1
        result = results.get(row.line)
        masked = result is not None and any(one.rule == "natural_person" for one in result.problems)
        marks = {one.column: one for one in reversed(result.problems) if one.column} if result else {}
        cells: list[Any] = []
        for index in range(width):
            cell = row.cells[index] if index < len(row.cells) else None
            if (masked or (index in hidden and result is not None)) and not is_blank(cell):
                cell = HIDDEN_VALUE
            cells.append(_marked(sheet, cell, marks.get(letter(index))))
        if row.line == header.lines[0]:
            cells += [_head(sheet, "核对结果"), _head(sheet, "问题和处理办法")]
        elif result is not None:
            cells += [_marked(sheet, _OUTCOMES[result.outcome], None), _told(sheet, result)]
        sheet.append(cells)
        written += 1
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def listing(rows: Iterable[tuple[int, str, str, Sequence[Mapping[str, str]]]]) -> bytes:
    """Problems as a list, for a file too large to be marked in place: (line, outcome, label, problems as dicts)."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("问题清单")
    sheet.freeze_panes = "A2"
    for n, width in enumerate((8, 12, 48, 28, 8, 30, 48, 48)):
        sheet.column_dimensions[letter(n)].width = width
    sheet.append([_head(sheet, text) for text in ("行", "结果", "主体、文号", "字段", "列", "原值", "原因", "怎样改")])
    for line, outcome, label, problems in rows:
        for one in problems or ({},):
            told = [one.get(name, "") for name in ("label", "column", "value", "reason", "remedy")]
            sheet.append([line, *(_inert(sheet, text) for text in (outcome, label, *told))])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _marked(sheet: Any, cell: Cell, problem: Problem | None) -> Any:
    made = _inert(sheet, cell)
    if problem is not None:
        made = made if made is not None else WriteOnlyCell(sheet, None)
        made.fill = _ERROR if problem.severity == "error" else _WARNING
        made.comment = Comment(shown(f"{problem.reason}。{problem.remedy}", 500), "核对")
    return made


def _inert(sheet: Any, cell: Cell) -> Any:
    """A cell that is only shown: numbers and dates as such, all else as text, whatever it begins with."""
    if is_blank(cell):
        return None
    if isinstance(cell, bool | date | datetime | int | float | Decimal):
        return WriteOnlyCell(sheet, cell)
    text = shown(cell, _CELL_LIMIT) if not isinstance(cell, str) or not cell.isprintable() else cell[:_CELL_LIMIT]
    made = WriteOnlyCell(sheet, text)
    made.data_type = "s"
    return made


def _head(sheet: Any, text: str) -> Any:
    made = _inert(sheet, text)
    made.fill, made.font = _HEAD, _BOLD
    return made


def _told(sheet: Any, result: RowResult) -> Any:
    text = "\n".join(
        f"{'错误' if one.severity == 'error' else '提示'}　{one.label or one.field}"
        f"{f'（{one.column} 列）' if one.column else ''}：{one.reason}。{one.remedy}"
        for one in result.problems
    )
    if not text:
        return None
    made = WriteOnlyCell(sheet, text[:_CELL_LIMIT])
    made.data_type, made.alignment = "s", _WRAP
    return made
