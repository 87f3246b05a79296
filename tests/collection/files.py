"""Files made in memory for the tests: one good row, and every way to wrap it."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from openpyxl import Workbook

from cases.collection.builders import DepartmentMatch
from cases.collection.checks import FileReport, RowResult, check_file
from cases.collection.templates import PENALTY_2018
from examples.story import NEIGHBOUR, ORGANS, SUBJECT_A, Organ

TODAY = date(2026, 11, 23)
MARKET = ORGANS["scjgj"]
NAMES = {field.code: field.name for field in PENALTY_2018.fields[:30]}
GOOD = {
    "CF_XDR_MC": SUBJECT_A.name, "CF_XDR_LB": "法人及非法人组织", "CF_XDR_SHXYM": SUBJECT_A.code, "CF_FRDB": "赵文祥",
    "CF_WSH": "永市监罚〔2026〕12号", "CF_WFXW": "标签不符合规定", "CF_SY": "3批次标签未标明贮存条件",
    "CF_YJ": "《中华人民共和国食品安全法》第一百二十五条", "CF_CFLB": "罚款", "CF_NR": "处罚款2000元。",
    "CF_NR_FK": "0.2",
    "CF_JDRQ": "2026-07-16", "CF_YXQ": "2099/12/31", "CF_GSJZQ": "2027-07-16", "CF_CFJG": MARKET.name,
    "CF_CFJGDM": MARKET.credit_code, "CF_SJLY": MARKET.name, "CF_SJLYDM": MARKET.credit_code,
}  # fmt: skip
LISTED = {
    "主体名称": SUBJECT_A.name, "主体类别": "法人及非法人组织", "统一社会信用代码": SUBJECT_A.code,
    "列入决定文书号": "永市监列异〔2026〕3号", "列入事由": "未按期公示年度报告",
    "列入依据": "《企业经营异常名录管理暂行办法》",
    "列入日期": "2026-07-08", "列入机关": MARKET.name, "列入机关代码": MARKET.credit_code, "当前状态": "在列",
    "数据来源单位": MARKET.name, "数据来源单位代码": MARKET.credit_code, "列入（标记）经营异常原因": "未按期年报",
}  # fmt: skip


def match(organ: Organ, own: bool = True, region: str = "永昌县") -> DepartmentMatch:
    """An organ as the directory of departments gives it."""
    return DepartmentMatch(organ.code, organ.name, organ.market, own, region, organ.credit_code)


DIRECTORY = {organ.credit_code: match(organ) for organ in ORGANS.values()}
DIRECTORY[NEIGHBOUR.credit_code] = match(NEIGHBOUR, own=False, region="金川区")
BY_NAME = {organ.name: match(organ) for organ in ORGANS.values()}


def rows_with(*changes: dict[str, Any]) -> list[list[Any]]:
    """Header (Chinese names) and one good row per change; a change of None takes the value away."""
    return [list(NAMES.values()), *([{**GOOD, **change}.get(code) for code in NAMES] for change in changes)]


def as_csv(rows: Iterable[Sequence[Any]], encoding: str = "utf-8", separator: str = ",") -> bytes:
    """Rows as CSV bytes."""
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows(["" if cell is None else cell for cell in row] for row in rows)
    return out.getvalue().encode(encoding)


def as_json(*changes: dict[str, Any]) -> bytes:
    """Good rows with changes as a JSON array of objects keyed by code."""
    return json.dumps([{**GOOD, **change} for change in changes], ensure_ascii=False).encode()


def as_xlsx(rows: Iterable[Sequence[Any]], touch: Callable[[Workbook], None] | None = None) -> bytes:
    """Rows as a workbook, changed by `touch` before it is saved."""
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(list(row))
    if touch is not None:
        touch(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_part(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """A workbook with one of its parts changed or, if absent, added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.namelist():
            new.writestr(one, change(old.read(one)) if one == name else old.read(one))
        if name not in old.namelist():
            new.writestr(name, change(b""))
    return out.getvalue()


def check(content: bytes, name: str = "a.csv", category: str = "administrative_penalty", **more: Any) -> FileReport:
    """The report of a file on TODAY, with the departments of the two regions."""
    return check_file(content, name, category, TODAY, {**DIRECTORY, **BY_NAME}.get, **more)


def only(report: FileReport) -> RowResult:
    """The only row of a report that was not refused."""
    assert report.refused == ""
    (row,) = report.rows
    return row


def row_of(**change: Any) -> RowResult:
    """The result of one penalty row with changes, read from a workbook so that cells keep their types."""
    return only(check(as_xlsx(rows_with(change)), "a.xlsx"))


def rules_of(row: RowResult) -> dict[str, str]:
    """Field → rule of a row's problems."""
    return {problem.field: problem.rule for problem in row.problems}
