"""A file to its report: header found, every row checked, duplicates named. The register is not asked here."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Final

from cases.collection.builders import ERROR, OK, OUT_OF_SCOPE, Builder, Built, DepartmentMatch, Departments
from cases.collection.cells import is_blank, shown
from cases.collection.encodings import FileRefused
from cases.collection.headers import HeaderMap, find_header, guessed_columns, headers_hash
from cases.collection.readers import open_table, read_table
from cases.collection.reports import FileReport, RowResult
from cases.collection.rows import HIDDEN_VALUE, CleanRow, Problem, RowReader
from cases.collection.tables import LIMITS, Limits, Row, Table
from cases.collection.templates import PENALTY_2016, templates_for
from sync.messages import norm_doc_no

__all__ = [
    "ERROR",
    "OK",
    "OUT_OF_SCOPE",
    "Begun",
    "CleanRow",
    "DepartmentMatch",
    "Departments",
    "FileReport",
    "Problem",
    "RowResult",
    "annotated_xlsx",
    "begin",
    "check_file",
    "check_table",
    "problems_xlsx",
]

_FOOTERS: Final = ("表格说明", "填表说明", "填报说明", "说明：", "说明:", "注：", "注:", "备注：", "备注:")
_TOTALS: Final = ("合计", "总计", "小计", "填报人", "审核人", "填表人", "制表")
_SAMPLE_ROWS: Final = 5


def check_file(
    source: bytes | Path,
    filename: str,
    category: str,
    today: date,
    departments: Departments,
    *,
    sheet: str | None = None,
    header_map: Mapping[str, str] | None = None,
    limits: Limits = LIMITS,
) -> FileReport:
    """Read a file and check its rows, all of it in memory. Never raises for what a file contains: see `refused`.

    today        local date; nothing may have happened after it
    departments  department by 统一社会信用代码 (by name for the template of 2016), None if unknown
    header_map   a saved map (`HeaderMap.to_saved`), which wins over the template's own headers
    Raises KeyError for a category without a room.
    """
    begun = begin(
        source, filename, category, today, departments, sheet=sheet, header_map=header_map, limits=limits, whole=True
    )
    return begun.report if begun.report.refused else begun.finished()


def check_table(table: Table, filename: str, category: str, today: date, departments: Departments) -> FileReport:
    """As `check_file`, for rows that came as values under field codes (`typed.table_of`), with no file to be read."""
    begun = _begun(table, filename, category, today, departments, None, LIMITS)
    return begun.report if begun.report.refused else begun.finished()


@dataclass(slots=True)
class Begun:
    """A file whose header is found. `report` has no rows yet; `results` gives them one by one, in bounded memory.

    `notes` and `sample` grow while `results` is read; reading it raises FileRefused.
    """

    report: FileReport
    results: Iterator[RowResult]
    notes: list[str]
    sample: list[tuple[str, ...]]
    counts: Counter[str] = field(default_factory=Counter)

    def finished(self) -> FileReport:
        """The whole report, every row of it held."""
        try:
            rows = tuple(self.results)
        except FileRefused as refused:
            return replace(self.report, refused=refused.message, refused_code=refused.code)
        return replace(self.report, rows=rows, notes=tuple(self.notes), sample=tuple(self.sample))


def begin(
    source: bytes | Path,
    filename: str,
    category: str,
    today: date,
    departments: Departments,
    *,
    sheet: str | None = None,
    header_map: Mapping[str, str] | None = None,
    saved_maps: Mapping[str, Mapping[str, str]] | None = None,
    limits: Limits = LIMITS,
    whole: bool = False,
) -> Begun:
    """Open a file and find its header; its rows are checked as they are asked for.

    saved_maps  maps by the hash of the headers they belong to (`headers_hash`): the one that fits is used
    whole       hold the table in memory, so that `annotate` can print it
    """
    templates = templates_for(category)

    def opened(wanted: str | None) -> tuple[Table, HeaderMap | None]:
        table = (read_table if whole else open_table)(source, filename, wanted, limits)
        header = find_header(table.rows, templates, header_map)
        return table, header

    try:
        table, header = opened(sheet)
        for other in table.sheets if sheet is None and header is None else ():
            if other != table.sheet:
                another, found = opened(other)
                if found is not None:
                    table, header = another, found
                    break
    except FileRefused as refused:
        return _refused(FileReport(filename, category, refused.message, refused.code))
    saved = header_map
    if saved is None and saved_maps:
        columns = header.columns if header else guessed_columns(table.rows)
        saved = saved_maps.get(headers_hash(columns))
    return _begun(table, filename, category, today, departments, saved, limits)


def _refused(report: FileReport) -> Begun:
    return Begun(report, iter(()), [], list(report.sample))


def _begun(
    table: Table,
    filename: str,
    category: str,
    today: date,
    departments: Departments,
    saved: Mapping[str, str] | None,
    limits: Limits,
) -> Begun:
    templates = templates_for(category)
    header = find_header(table.rows, templates, saved)
    wrong = _header_refusal(header, table, templates[0].title)
    if wrong is not None or header is None:
        code, message = wrong or ("", "")
        sample = _sample(table.rows[header.body :], header) if header else ()
        return _refused(FileReport(filename, category, message, code, table, header, sample=sample))
    notes = [f"第 {line} 行是填表提示，已跳过" for line in header.notes]
    sample_rows: list[tuple[str, ...]] = []
    body = _body(chain(table.rows[header.body :], table.more), notes, limits)
    results = _check_rows(body, header, category, today, departments, table.base_1904, sample_rows)
    return Begun(FileReport(filename, category, table=table, header=header), results, notes, sample_rows)


def annotated_xlsx(report: FileReport) -> bytes:
    """The table of a report as XLSX with its problems marked in place; all text inert. Empty for a refused file."""
    from cases.collection.annotate import annotate  # loads openpyxl

    return annotate(report)


def problems_xlsx(rows: Iterable[tuple[int, str, str, Sequence[Mapping[str, str]]]]) -> bytes:
    """Problems as a list in XLSX: (line, outcome, label, problems as dicts)."""
    from cases.collection.annotate import listing  # loads openpyxl

    return listing(rows)


def _header_refusal(header: HeaderMap | None, table: Table, title: str) -> tuple[str, str] | None:
    if header is None:
        where = f"工作表“{table.sheet}”的" if table.sheet else ""
        guess = f"（按 {table.encoding} 编码读取）" if table.encoding else ""
        return "no_header", f"在{where}前 20 行里没有找到“{title}”的表头{guess}：请核对模板和类别，或另存为 xlsx 后上传"
    if header.twice:
        named = "；".join(f"“{name}”在第 {'、'.join(map(str, places))} 列" for name, places in header.twice)
        return "header_twice", f"同一字段出现在两列：{named}。请删去一列，或指定使用哪一列"
    if header.missing:
        names = "、".join(f"{one.name}（{one.code}）" for one in header.missing)
        return "header_missing", f"缺少必填列：{names}。请按模板“{header.template.title}”补充"
    return None


def _body(rows: Iterable[Row], notes: list[str], limits: Limits) -> Iterator[Row]:
    """Data rows under the header, without totals, ending before a block of notes; what was left out goes to `notes`."""
    count = 0
    for row in rows:
        filled = [cell for cell in row.cells if not is_blank(cell)]
        first = filled[0]
        if len(filled) <= 4 and isinstance(first, str):
            text = first.strip()
            if text.startswith(_FOOTERS):
                notes.append(f"第 {row.line} 行起是“{text[:10]}”，不作为数据")
                break
            if text.startswith(_TOTALS):
                notes.append(f"第 {row.line} 行是“{text[:10]}”，已跳过")
                continue
        count += 1
        if count > limits.rows:
            raise FileRefused("too_many_rows", f"超过 {limits.rows} 行：请分成几个文件上传")
        yield row


def _check_rows(
    body: Iterable[Row],
    header: HeaderMap,
    category: str,
    today: date,
    departments: Departments,
    base_1904: bool,
    sample: list[tuple[str, ...]],
) -> Iterator[RowResult]:
    reader = RowReader(header, today, base_1904)
    builder = Builder(category, reader, departments, lenient=header.template is PENALTY_2016)
    build = builder.penalty if header.template.shape == "penalty" else builder.listing
    seen: dict[bytes, tuple[int, bytes]] = {}
    for row in body:
        built = build(row.cells)
        if len(sample) < _SAMPLE_ROWS and built.outcome != OUT_OF_SCOPE:
            sample += _sample([row], header)
        if built.values is None:
            yield RowResult(row.line, built.outcome, None, built.problems)
        else:
            yield _beside(seen, row.line, built, built.values)


def _beside(seen: dict[bytes, tuple[int, bytes]], line: int, built: Built, values: CleanRow) -> RowResult:
    """A good row beside the rows before it: the same record twice is one; with other content, a person must choose."""
    paper = values.doc_no_norm or f"{values.listed_on}|{norm_doc_no(values.ground_text or '')}"
    # Digests, not texts: a hundred thousand rows are remembered to the end of the file.
    named = hashlib.blake2b(f"{values.authority_code}|{paper}|{values.subject_code}".encode(), digest_size=16).digest()
    content = bytes.fromhex(values.content_hash)
    first, content_before = seen.setdefault(named, (line, content))
    if first == line:
        return RowResult(line, OK, values, built.problems)
    same = content_before == content
    field, label = ("CF_WSH", "行政处罚决定书文号") if values.decided_on else ("WSH", "文书号")
    problem = Problem(
        field,
        label,
        "",
        shown(values.doc_no or paper),
        f"与第 {first} 行重复" if same else f"与第 {first} 行是同一份决定，内容却不同",
        "只归集一次，无需处理" if same else "请只保留正确的一行",
        "warning" if same else "error",
        "duplicate_row" if same else "same_document_differs",
    )
    if same:
        return RowResult(line, OK, replace(values), (*built.problems, problem), first)
    return RowResult(line, ERROR, None, (*built.problems, problem), first)


def _sample(rows: Sequence[Row], header: HeaderMap) -> tuple[tuple[str, ...], ...]:
    """The first rows as text; identity numbers are not repeated."""
    kept = {one.index: one.field for one in header.columns if one.field is not None}
    return tuple(
        tuple(
            HIDDEN_VALUE if not field.kept and not is_blank(cell) else shown(cell, 40)
            for index, field in kept.items()
            for cell in (row.cells[index] if index < len(row.cells) else None,)
        )
        for row in rows[:_SAMPLE_ROWS]
    )
