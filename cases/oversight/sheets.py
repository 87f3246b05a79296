"""The bulletin's data as XLSX: every text a text cell, so that nothing in a name is ever a formula."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from cases.oversight.bulletin import Bulletin, Duty
from cases.oversight.shares import Share

_BOLD: Final = Font(bold=True)
_CELL_LIMIT: Final = 32_000
_HEAD: Final = (
    "单位", "准确率", "准确率n", "及时率", "及时率n", "迟报条数", "完整率", "应归集数", "已归集（有申报的）",
    "两书同达率", "两书同达n", "在办件", "其中超期",
)  # fmt: skip
_DUTY_HEAD: Final = ("单位", "类别", "事项", "已完成", "应完成", "期限", "期限依据", "状态")
_CERTAIN: Final = {"verified": "已核实", "unverified": "待核实", "unknown": "没有规定"}


def bulletin_xlsx(draft: Bulletin, duties: Sequence[Duty], region_name: str) -> bytes:
    """Two sheets: the month's table with n, and the list of duties."""
    book = Workbook(write_only=True)
    period = f"{region_name}归集情况 {draft.first:%Y-%m-%d} 至 {draft.last:%Y-%m-%d}，数据截至 {draft.made_on:%Y-%m-%d}"
    table: list[Sequence[Any]] = [
        [
            row.department.name, *_share(row.accuracy), *_share(row.timeliness), row.late, row.completeness.text,
            row.completeness.n, row.completeness.part, *_share(row.served), row.in_hand, row.overdue,
        ]
        for row in draft.rows
    ]  # fmt: skip
    total = draft.total
    table.append(
        [
            "合计", *_share(total.accuracy), *_share(total.timeliness), total.late, total.completeness.text,
            total.completeness.n, total.completeness.part, "", "", draft.in_hand, draft.overdue,
        ]
    )  # fmt: skip
    _sheet(book, "通报数据", [[period], _HEAD], table)
    _sheet(
        book,
        "任务清单",
        [_DUTY_HEAD],
        [
            [
                duty.department.name, duty.category_title, duty.title, duty.done, "" if duty.wanted is None else duty.wanted,
                f"{duty.due:%Y-%m-%d}" if duty.due else "", _CERTAIN[duty.certainty], duty.state,
            ]
            for duty in duties
        ],
    )  # fmt: skip
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _share(share: Share) -> tuple[str, int]:
    return share.text, share.n


def _sheet(book: Workbook, title: str, heads: Iterable[Sequence[Any]], rows: Iterable[Sequence[Any]]) -> None:
    sheet = book.create_sheet(title)
    for line in heads:
        sheet.append([_cell(sheet, value, bold=True) for value in line])
    for line in rows:
        sheet.append([_cell(sheet, value) for value in line])


def _cell(sheet: Any, value: Any, *, bold: bool = False) -> Any:
    """A number as a number; anything else as text that no spreadsheet evaluates."""
    if isinstance(value, int):
        return WriteOnlyCell(sheet, value)
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("�", str(value))[:_CELL_LIMIT])
    cell.data_type = "s"  # after the value: text that begins with "=" would be a formula
    if bold:
        cell.font = _BOLD
    return cell
