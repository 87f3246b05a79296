"""XLSX sheets to tables, safely: sizes summed before unpacking, markup looked at before any library reads it.

Plain sheets go through calamine. Sheets with formulas or error values go through openpyxl, opened twice (formula and
value), because calamine shows those cells as empty.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from defusedxml.ElementTree import fromstring
from openpyxl import load_workbook
from openpyxl.utils import column_index_from_string, get_column_letter
from python_calamine import CalamineWorkbook

from cases.collection.cells import Cell, Unreadable
from cases.collection.encodings import FileRefused
from cases.collection.tables import HEAD, HEADER_ROOM, Limits, Row, Table, within

_SAVE_AS: Final = "请另存为 xlsx 后上传"
_RELATION: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
# Strict OOXML uses other namespaces, so local names are compared.
_ROW_HIDDEN: Final = re.compile(rb"<(?:\w+:)?row\b(?=[^>]*\bhidden=[\"'](?:1|true)[\"'])[^>]*?\br=[\"'](\d+)[\"']")
_ROW: Final = re.compile(rb"<(?:\w+:)?row\b[^>]*?\br=[\"'](\d+)[\"']")
_COL_HIDDEN: Final = re.compile(rb"<(?:\w+:)?col\b(?=[^>]*\bhidden=[\"'](?:1|true)[\"'])[^>]*>")
_MERGED: Final = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]*?\bref=[\"']([A-Z]+)(\d+):([A-Z]+)(\d+)[\"']")
_FORMULA: Final = re.compile(rb"<(?:\w+:)?f[\s/>]")
_ERROR: Final = re.compile(rb"<(?:\w+:)?c\b[^>]*?\bt=[\"']e[\"']")
# A cell with content (not self-closed) right of column AZ, and right of column GR (200).
_WIDE: Final = re.compile(rb"\br=[\"'](?:[B-Z][A-Z]|[A-Z]{3})\d+[\"'][^>]*[^/>]>")
_TOO_WIDE: Final = re.compile(rb"\br=[\"'](?:G[S-Z]|[H-Z][A-Z]|[A-Z]{3})\d+[\"'][^>]*[^/>]>")
_WIDE_ROWS: Final = 20_000


@dataclass(frozen=True, slots=True)
class _Sheet:
    name: str
    path: str
    state: str


def read_workbook(data: bytes, wanted: str | None, limits: Limits) -> Table:
    """The table of one sheet. Raises FileRefused."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = _checked_parts(archive, limits)
            sheets, base_1904 = _sheets(archive, parts)
            visible = [sheet for sheet in sheets if sheet.state == "visible"] or sheets
            for sheet in _candidates(sheets, visible, wanted):
                markup = archive.read(sheet.path)
                told = _hidden_in(markup)
                plan = _plan(sheet, markup, limits)
                # The markup of a large sheet is the largest thing here; rows are read without it.
                del markup
                more = _guarded(_rows(data, sheet, plan, limits))
                rows = list(islice(more, HEAD))
                if rows or wanted is not None or sheet is visible[-1]:
                    break
    except BaseException as error:
        raise _refusal(error) from error
    hidden = [f"工作表“{one.name}”" for one in sheets if one.state != "visible"]
    return Table(
        "xlsx",
        rows,
        sheet=sheet.name,
        sheets=tuple(one.name for one in visible),
        hidden=(*hidden, *told),
        base_1904=base_1904,
        more=more,
    )


def _guarded(rows: Iterator[Row]) -> Iterator[Row]:
    try:
        yield from rows
    except GeneratorExit:
        raise
    except BaseException as error:
        raise _refusal(error) from error


def _refusal(error: BaseException) -> BaseException:
    """What to raise instead. Four parsers read what strangers made, and the one in Rust panics with a BaseException."""
    if isinstance(error, FileRefused) or not (isinstance(error, Exception) or type(error).__name__ == "PanicException"):
        return error
    return FileRefused("broken_workbook", f"工作簿已损坏或加了密码，打不开：{_SAVE_AS}")


def _candidates(sheets: list[_Sheet], visible: list[_Sheet], wanted: str | None) -> list[_Sheet]:
    if wanted is None:
        return visible
    chosen = [sheet for sheet in sheets if sheet.name == wanted]
    if not chosen:
        names = "、".join(sheet.name for sheet in visible)
        raise FileRefused("no_such_sheet", f"没有工作表“{wanted}”：请从 {names} 中选择")
    return chosen


def look_at_archive(data: bytes, limits: Limits) -> int:
    """The unpacked size in bytes as stated, after what can be refused without unpacking anything. Raises FileRefused."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _look(archive, limits)
    except (zipfile.BadZipFile, ValueError, EOFError, OSError, NotImplementedError) as error:
        raise _refusal(error) from error


def _look(archive: zipfile.ZipFile, limits: Limits) -> int:
    infos = archive.infolist()
    names = [info.filename for info in infos]
    if len(infos) > limits.archive_entries or sum(info.file_size for info in infos) > limits.unpacked_bytes:
        raise FileRefused(
            "unpacks_too_large",
            f"展开后超过 {limits.unpacked_bytes // 1048576} MB 或部件过多：请只保留数据，{_SAVE_AS}",
        )
    if len(set(names)) != len(names):
        raise FileRefused("broken_workbook", f"工作簿内部有重名部件：{_SAVE_AS}")
    lower = {name.lower() for name in names}
    if any(name.endswith(("vbaproject.bin", ".bin.macro")) for name in lower):
        raise FileRefused("macros", f"不接收带宏的工作簿：{_SAVE_AS}（不含宏）")
    if any("externallinks/" in name for name in lower):
        raise FileRefused("external_links", f"工作簿引用了其他文件：请在“数据—编辑链接”中断开链接，{_SAVE_AS}")
    if "xl/workbook.xml" not in names or "[Content_Types].xml" not in names:
        what = "二进制工作簿 .xlsb" if "xl/workbook.bin" in names else "压缩包或其他文档"
        raise FileRefused("not_a_workbook", f"这是{what}，不是 xlsx 工作簿：{_SAVE_AS}")
    return sum(info.file_size for info in infos)


def _checked_parts(archive: zipfile.ZipFile, limits: Limits) -> frozenset[str]:
    """Names in the archive, after everything that must be refused before a spreadsheet library sees the file."""
    _look(archive, limits)
    infos = archive.infolist()
    if b"macroEnabled" in archive.read("[Content_Types].xml"):
        raise FileRefused("macros", f"不接收带宏的工作簿：{_SAVE_AS}（不含宏）")
    for info in infos:
        if info.filename.endswith((".xml", ".rels")):
            _check_markup(archive, info)
    return frozenset(info.filename for info in infos)


def _check_markup(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    """Read one part through to its end (a wrong stated size shows here) and refuse what no spreadsheet needs."""
    with archive.open(info) as part:
        head = part.read(4096)
        # An entity can only be declared in a DTD, and a DTD only stands before the first element.
        if b"<!DOCTYPE" in head.upper() or b"<!ENTITY" in head.upper() or b"\x00" in head:
            raise FileRefused("dangerous_markup", f"工作簿内部含有不允许的声明：{_SAVE_AS}")
        while part.read(1 << 20):
            pass


def _sheets(archive: zipfile.ZipFile, parts: frozenset[str]) -> tuple[list[_Sheet], bool]:
    book = fromstring(archive.read("xl/workbook.xml"), forbid_dtd=True)
    relations = {
        one.get("Id"): str(one.get("Target"))
        for one in fromstring(archive.read("xl/_rels/workbook.xml.rels"), forbid_dtd=True)
    }
    sheets, base_1904 = [], False
    for node in book.iter():
        tag = _local(node.tag)
        if tag == "workbookPr":
            base_1904 = node.get("date1904") in ("1", "true")
        elif tag == "sheet":
            key = node.get(_RELATION) or next((v for k, v in node.attrib.items() if _local(k) == "id"), None)
            target = relations.get(key, "").lstrip("/")
            path = target if target.startswith("xl/") else f"xl/{target}"
            if path in parts and "worksheets/" in path:
                sheets.append(_Sheet(str(node.get("name")), path, node.get("state") or "visible"))
    if not sheets:
        raise FileRefused("broken_workbook", f"工作簿里没有工作表：{_SAVE_AS}")
    return sheets, base_1904


def _local(tag: Any) -> str:
    return str(tag).rpartition("}")[2]


@dataclass(frozen=True, slots=True)
class _Plan:
    """How to read a sheet: `careful` where calamine must not, and its ranges merged downwards (top, bottom, column)."""

    careful: bool
    merged: tuple[tuple[int, int, int], ...]


def _plan(sheet: _Sheet, markup: bytes, limits: Limits) -> _Plan:
    if _TOO_WIDE.search(markup):
        raise FileRefused("too_many_columns", f"工作表“{sheet.name}”超过 {limits.columns} 列：请删除无关的列")
    last = max((int(found[1]) for found in _ROW.finditer(markup)), default=0)
    # calamine lays a sheet out densely: two far-apart cells would take the memory of all between them.
    sparse = last > limits.rows + 2 * HEADER_ROOM or (last > _WIDE_ROWS and _WIDE.search(markup) is not None)
    merged = tuple(
        (int(top), int(bottom), column_index_from_string(left.decode()) - 1)
        for left, top, _, bottom in _MERGED.findall(markup)
        if bottom != top
    )
    return _Plan(bool(sparse or _FORMULA.search(markup) or _ERROR.search(markup)), merged)


def _rows(data: bytes, sheet: _Sheet, plan: _Plan, limits: Limits) -> Iterator[Row]:
    lines = _by_openpyxl(data, sheet.name) if plan.careful else _by_calamine(data, sheet.name)
    yield from within(_filled(lines, plan.merged), limits)


def _by_calamine(data: bytes, name: str) -> Iterator[Row]:
    table = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name(name)
    # iter_rows gives the lines above the first filled one, but not the columns left of it.
    left = [None] * (table.start[1] if table.start else 0)
    for n, cells in enumerate(table.iter_rows(), start=1):
        yield Row(n, [*left, *cells])


def _by_openpyxl(data: bytes, name: str) -> Iterator[Row]:
    """Rows with, for a formula, its cached value; without one, or with an error value, the cell is Unreadable."""
    formulas = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)[name]
    values = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)[name]
    # The stored extent is often wrong; without it the sheet is read as far as it goes.
    formulas.reset_dimensions()
    values.reset_dimensions()
    for n, (written, cached) in enumerate(zip(formulas.iter_rows(), values.iter_rows(), strict=True), start=1):
        yield Row(n, [_cell(one, two) for one, two in zip(written, cached, strict=True)])


def _cell(written: Any, cached: Any) -> Cell:
    value: Cell = cached.value
    if written.data_type == "f" and value is None:
        return Unreadable(str(written.value), "公式没有保存计算结果", "请选中该列，复制后“选择性粘贴—数值”")
    if cached.data_type == "e":
        return Unreadable(str(value), f"单元格是错误值 {value}", "请改正公式或直接录入")
    return value


def _filled(rows: Iterator[Row], merged: Sequence[tuple[int, int, int]]) -> Iterator[Row]:
    """Give each line of a merged range the range's value: in its first column, inside the range, never below it."""
    if not merged:
        yield from rows
        return
    open_ranges: dict[int, tuple[int, Cell]] = {}
    starts: dict[int, list[tuple[int, int]]] = {}
    for top, bottom, column in merged:
        starts.setdefault(top, []).append((bottom, column))
    for row in rows:
        for column, (bottom, value) in list(open_ranges.items()):
            if row.line > bottom:
                del open_ranges[column]
            elif value is not None:
                row.cells.extend([None] * (column + 1 - len(row.cells)))
                row.cells[column] = value
        for bottom, column in starts.get(row.line, ()):
            open_ranges[column] = (bottom, row.cells[column] if column < len(row.cells) else None)
        yield row


def _hidden_in(markup: bytes) -> list[str]:
    found = []
    lines = sorted({int(number) for number in _ROW_HIDDEN.findall(markup)})
    if lines:
        found.append(f"隐藏行 {_spans(lines)}")
    columns: list[str] = []
    for tag in _COL_HIDDEN.findall(markup):
        low, high = (re.search(rb"\b" + side + rb"=[\"'](\d+)[\"']", tag) for side in (b"min", b"max"))
        if low and high:
            first, last = (min(int(one.group(1)), 16384) for one in (low, high))
            columns.append(get_column_letter(first) + (f"–{get_column_letter(last)}" if last > first else ""))
    if columns:
        found.append(f"隐藏列 {'、'.join(columns)}")
    return found


def _spans(numbers: list[int]) -> str:
    """3、5–8、12 …: runs of numbers, at most twenty of them named."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    text = "、".join(f"{low}" if low == high else f"{low}–{high}" for low, high in runs[:20])
    return text if len(runs) <= 20 else f"{text} 等共 {len(numbers)} 行"
