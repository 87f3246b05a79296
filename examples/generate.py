"""Write the example files: python -m examples.generate --today 2026-11-23 --out DIR. Equal days give equal bytes."""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import pikepdf
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from examples.lists import ABNORMAL_HEADERS, VIOLATION_HEADERS, abnormal_rows, violation_rows
from examples.penalties import HEADERS, Fault, penalty_rows
from examples.serious_lists import ListFile, serious_lists
from examples.story import Paper, story

_EXPLANATION: Final = ("表格说明", "一、金额单位为万元，保留六位小数。", "二、日期格式为YYYY/MM/DD，长期填2099/12/31。")


@dataclass(frozen=True, slots=True)
class Example:
    """One file: its name, the category it is imported as, its bytes, and the faults planted in it."""

    name: str
    category: str
    content: bytes
    faults: tuple[Fault, ...]


def examples(today: date) -> tuple[Example, ...]:
    """The nine files as of a local date, in the order of 附件1."""
    penalties, penalty_faults = penalty_rows(today)
    abnormal, abnormal_faults = abnormal_rows(today)
    serious, serious_faults = violation_rows(today)
    title = (
        "永昌县行政处罚信息归集表（示例，均为虚构）",
        f"填报日期：{today.year}年{today.month}月{today.day}日　金额单位：万元",
    )
    return (
        Example(
            "penalties.xlsx", "administrative_penalty", _xlsx(HEADERS, penalties, title, _EXPLANATION),
            tuple(penalty_faults),
        ),
        Example(
            "abnormal.xlsx", "abnormal_operation",
            _xlsx(ABNORMAL_HEADERS, abnormal, ("经营异常名录（示例，均为虚构）",), ()), tuple(abnormal_faults),
        ),
        Example("serious.csv", "market_violation", _csv(VIOLATION_HEADERS, serious), tuple(serious_faults)),
        *(Example(one.name, one.category, _list_file(one), one.faults) for one in serious_lists(today)),
    )  # fmt: skip


def _list_file(one: ListFile) -> bytes:
    headers = {header: header for header in one.rows[0]}
    if one.form == "xlsx":
        return _xlsx(headers, one.rows, (one.title,), ())
    if one.form == "json":
        rows = [{header: str(value) for header, value in row.items() if value != ""} for row in one.rows]
        return json.dumps({"title": one.title, "rows": rows}, ensure_ascii=False, indent=1).encode()
    return _csv(headers, one.rows, "gb18030" if one.form == "csv-gb18030" else "utf-8-sig")


def decisions(today: date) -> list[tuple[Paper, str, bytes]]:
    """The decision documents of the story: (paper, file name, PDF)."""
    return [(paper, f"{n}.pdf", decision_pdf(paper)) for n, paper in enumerate(story(today).papers, start=1)]


def write_all(today: date, out: Path) -> list[Path]:
    """Write the files, decisions/*.pdf and decisions.csv (文号 → file) below `out`; returns what was written."""
    (out / "decisions").mkdir(parents=True, exist_ok=True)
    written = []
    for example in examples(today):
        (out / example.name).write_bytes(example.content)
        written.append(out / example.name)
    index = io.StringIO()
    table = csv.writer(index)
    table.writerow(["文号", "主体名称", "文件"])
    for paper, name, content in decisions(today):
        (out / "decisions" / name).write_bytes(content)
        written.append(out / "decisions" / name)
        table.writerow([paper.doc_no, paper.firm.name, f"decisions/{name}"])
    (out / "decisions.csv").write_text(index.getvalue(), encoding="utf-8-sig", newline="")
    return [*written, out / "decisions.csv"]


def _xlsx(
    headers: Mapping[str, str], rows: Sequence[Mapping[str, Any]], above: Sequence[str], below: Sequence[str]
) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "归集表"
    for n, title in enumerate(above, start=1):
        sheet.cell(n, 1, title).font = Font(bold=n == 1, size=16 if n == 1 else 11)
        sheet.merge_cells(start_row=n, start_column=1, end_row=n, end_column=len(headers))
    top = len(above) + 1
    for n, header in enumerate(headers.values(), start=1):
        cell = sheet.cell(top, n, header)
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="center")
        sheet.column_dimensions[get_column_letter(n)].width = 22
    for line, row in enumerate(rows, start=top + 1):
        for column, code in enumerate(headers, start=1):
            value = row.get(code, "")
            if value != "":
                sheet.cell(line, column, value)
                if isinstance(value, date):
                    sheet.cell(line, column).number_format = "yyyy/m/d"
    for extra, text in enumerate(below, start=2):
        sheet.cell(top + len(rows) + extra, 1, text)
    sheet.freeze_panes = sheet.cell(top + 1, 1)
    codes = book.create_sheet("代码表")
    codes.sheet_state = "hidden"
    codes.append(["法人及非法人组织", "自然人", "个体工商户"])
    out = io.BytesIO()
    book.save(out)
    return _without_clock(out.getvalue())


def _without_clock(data: bytes) -> bytes:
    """The archive with fixed times, so that the same day gives the same bytes (an import is known by its hash)."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT[\d:.]+Z", b"2026-01-01T00:00:00Z", content)
            target.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _csv(headers: Mapping[str, str], rows: Sequence[Mapping[str, Any]], encoding: str = "gb18030") -> bytes:
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(headers.values())
    table.writerows([row.get(code, "") for code in headers] for row in rows)
    return out.getvalue().encode(encoding)


def decision_pdf(paper: Paper) -> bytes:
    """One page with the day, the subject's code and the document number; the number in Chinese stands in the title."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(595, 842))
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=pdf.make_indirect(font)))
    lines = (
        "EXAMPLE - FICTITIOUS DECISION",
        f"Decided on {paper.decided_on.isoformat()}",
        f"Subject {paper.firm.code}   Authority {paper.organ.credit_code}",
        f"Document number (UTF-16): {paper.doc_no.encode('utf-16-be').hex(' ', 2)}",
    )
    text = "".join(f"BT /F1 11 Tf 60 {760 - 24 * n} Td ({line}) Tj ET\n" for n, line in enumerate(lines))
    page.Contents = pdf.make_stream(text.encode("ascii"))
    pdf.docinfo["/Title"] = pikepdf.String(paper.doc_no)
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True)
    return out.getvalue()


def main() -> None:
    """Command line: --today and --out."""
    parser = argparse.ArgumentParser(description="Write example exchange files (all made up).")
    parser.add_argument("--today", type=date.fromisoformat, required=True, help="local date, YYYY-MM-DD")
    parser.add_argument("--out", type=Path, required=True, help="folder, made if absent")
    chosen = parser.parse_args()
    for path in write_all(chosen.today, chosen.out):
        print(path)


if __name__ == "__main__":
    main()
