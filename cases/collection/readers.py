"""A file becomes a table: recognised by its content, within limits, with line numbers as the sender sees them.

CSV and JSON are read here. XLSX is read by `workbook`, imported on first use: the web processes should not carry it.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, Final

from cases.collection.cells import Cell, Unreadable
from cases.collection.encodings import FileRefused, decode
from cases.collection.tables import HEAD, LIMITS, Limits, Row, Table, check_size, within

_SAVE_AS: Final = "请用 Excel 或 WPS 打开，另存为 xlsx 后上传"
_KNOWN_BINARY: Final = (
    (b"\xd0\xcf\x11\xe0", "old_excel", f"这是旧版 .xls 文件或加了密码的工作簿：{_SAVE_AS}（请另存为 xlsx，不设密码）"),
    (b"%PDF-", "not_a_table", "这是 PDF，不是数据文件：请上传 xlsx、csv 或 json"),
    (b"\x89PNG", "not_a_table", "这是图片，不是数据文件：请上传 xlsx、csv 或 json"),
    (b"\xff\xd8\xff", "not_a_table", "这是图片，不是数据文件：请上传 xlsx、csv 或 json"),
    (b"Rar!", "not_a_table", "这是压缩包：请解压后逐个上传"),
    (b"7z\xbc\xaf", "not_a_table", "这是压缩包：请解压后逐个上传"),
)


def read_table(source: bytes | Path, filename: str, sheet: str | None = None, limits: Limits = LIMITS) -> Table:
    """Read a file by what it contains; its name only has to agree.

    sheet     name of the sheet to read; None = the first visible one with something in it
    Raises FileRefused.
    """
    table = open_table(source, filename, sheet, limits)
    return replace(table, rows=[*table.rows, *table.more], more=iter(()))


def open_table(source: bytes | Path, filename: str, sheet: str | None = None, limits: Limits = LIMITS) -> Table:
    """As `read_table`, with the rows under the head still to be read; reading them may raise FileRefused too."""
    data = _bytes_of(source, limits)
    suffix = _suffix(filename)
    if _is_archive(data, suffix):
        from cases.collection.workbook import read_workbook  # loads calamine and openpyxl

        return read_workbook(data, sheet, limits)
    text, encoding = decode(data)
    start = text.lstrip()[:200].lower()
    if start.startswith("<"):
        raise FileRefused("markup", f"这是网页（HTML/XML），不是工作簿：{_SAVE_AS}（请另存为 xlsx）")
    if suffix in (".xls", ".xlsx", ".xlsm", ".et"):
        raise FileRefused("name_and_content", f"文件内容是文本，扩展名却是 {suffix}：{_SAVE_AS}（请另存为 xlsx）")
    if "\x00" in text[:4096] and text.count("\x00", 0, 4096) > 3:
        raise FileRefused("not_a_table", "不是文本，也不是工作簿：请上传 xlsx、csv 或 json")
    if suffix == ".json" or (suffix not in (".csv", ".txt", ".tsv") and start[:1] in ("{", "[")):
        return _read_json(text, encoding, limits)
    return _read_csv(text, encoding, limits)


def _bytes_of(source: bytes | Path, limits: Limits) -> bytes:
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    if size > limits.file_bytes:
        raise FileRefused("file_too_large", f"文件超过 {limits.file_bytes // 1048576} MB：请分成几个文件上传")
    data = source if isinstance(source, bytes) else source.read_bytes()
    if not data.strip():
        raise FileRefused("empty_file", "文件是空的：请检查后重新上传")
    return data


def look(data: bytes, filename: str, limits: Limits = LIMITS) -> int:
    """How many bytes there are to read once unpacked: what a look without reading can say. Raises FileRefused."""
    _bytes_of(data, limits)
    if not _is_archive(data, _suffix(filename)):
        return len(data)
    from cases.collection.workbook import look_at_archive  # loads calamine and openpyxl

    return look_at_archive(data, limits)


def _suffix(filename: str) -> str:
    return Path(filename.replace("\\", "/").replace("\x00", "")).suffix.lower()


def _is_archive(data: bytes, suffix: str) -> bool:
    """Whether it is to be read as a workbook. Raises FileRefused for what is no table, or not what its name says."""
    for magic, code, message in _KNOWN_BINARY:
        if data.startswith(magic):
            raise FileRefused(code, message)
    if not data.startswith(b"PK\x03\x04"):
        return False
    if suffix == ".xlsm":
        raise FileRefused("macros", f"不接收带宏的 .xlsm：{_SAVE_AS}（请另存为 xlsx）")
    if suffix not in (".xlsx", ""):
        raise FileRefused("name_and_content", f"文件内容是工作簿，扩展名却是 {suffix}：{_SAVE_AS}")
    return True


# --- CSV ---

_SEPARATORS: Final = {",": "逗号", ";": "分号", "\t": "制表符"}


def _read_csv(text: str, encoding: str, limits: Limits) -> Table:
    separator = _separator_of(text)
    rows = within(_csv_rows(text, separator, limits), limits)
    return Table("csv", list(islice(rows, HEAD)), encoding, _SEPARATORS[separator], more=rows)


def _csv_rows(text: str, separator: str, limits: Limits) -> Iterator[Row]:
    """Rows with the line on which each starts. A quoted cell may hold line breaks."""
    reader = csv.reader(_lines(text), delimiter=separator)
    line = 1
    try:
        for cells in reader:
            yield Row(line, list(cells))
            line = reader.line_num + 1
    except csv.Error:
        message = f"第 {line} 行起读不下去：可能有未闭合的引号，或一格超过 {limits.cell_characters} 字"
        raise FileRefused("broken_csv", message) from None


def _lines(text: str) -> Iterator[str]:
    """Lines with their ends, cut at CR LF, LF and CR only: str.splitlines would also cut at U+2028 and form feeds."""
    start = 0
    for end in re.finditer("\r\n|\n|\r", text):
        yield text[start : end.end()]
        start = end.end()
    if start < len(text):
        yield text[start:]


def _separator_of(text: str) -> str:
    """The separator that gives the widest row among the first twenty records; a comma if none separates."""
    head = text[:65536]

    def width(separator: str) -> int:
        widest = 0
        try:
            for n, cells in enumerate(csv.reader(_lines(head), delimiter=separator)):
                widest = max(widest, len(cells))
                if n == 20:
                    break
        except csv.Error:
            pass
        return widest

    return max(_SEPARATORS, key=width)


# --- JSON ---

_WRAPPERS: Final = ("data", "rows", "records", "items", "list")


class _Twice(ValueError):
    """An object names a key twice."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Twice(next(key for key, n in Counter(key for key, _ in pairs).items() if n > 1))
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _read_json(text: str, encoding: str, limits: Limits) -> Table:
    try:
        data = json.loads(text, object_pairs_hook=_object, parse_float=Decimal, parse_constant=_no_constant)
    except _Twice as twice:
        raise FileRefused("broken_json", f"JSON 中同一对象的键“{twice}”出现两次：请改正后上传") from None
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        where = f"（第 {line} 行）" if line else ""
        raise FileRefused("broken_json", f"JSON 格式有误{where}：请改正后上传") from None
    if isinstance(data, dict):
        data = next((data[key] for key in _WRAPPERS if isinstance(data.get(key), list)), [data])
    if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
        raise FileRefused("not_a_table", "JSON 应为对象的数组，每个对象一条记录：请改正后上传")
    if len(data) > limits.rows:
        raise FileRefused("too_many_rows", f"超过 {limits.rows} 行：请分成几个文件上传")
    keys: dict[str, int] = {}
    for item in data:
        for key in item:
            keys.setdefault(key, len(keys))
    if len(keys) > limits.columns:
        raise FileRefused("too_many_columns", f"超过 {limits.columns} 个不同的键：请删除无关的键")
    return Table("json", [Row(0, list(keys))], encoding, more=_json_rows(data, list(keys), limits))


def _json_rows(data: list[dict[str, Any]], keys: list[str], limits: Limits) -> Iterator[Row]:
    for n, item in enumerate(data, start=1):
        row = Row(n, [_json_cell(item.get(key)) for key in keys])
        check_size(n, row, limits)
        yield row


def _json_cell(value: Any) -> Cell:
    if isinstance(value, dict | list):
        shown = json.dumps(value, ensure_ascii=False, default=str)
        return Unreadable(shown, "值是嵌套的对象或数组", "请改为文字、数字或日期")
    assert value is None or isinstance(value, str | int | Decimal)
    return value
