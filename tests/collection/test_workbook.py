"""XLSX: what stands in a sheet besides plain cells, and what must never reach a spreadsheet library."""

import datetime as dt
import io
import random
import subprocess
import sys
import zipfile

import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from cases.collection.tables import Limits
from tests.collection.files import NAMES, as_xlsx, check, only, rows_with, rules_of, with_part

COLUMN = {code: n for n, code in enumerate(NAMES, start=1)}
SHEET = "xl/worksheets/sheet1.xml"


def test_hidden_rows_columns_and_sheets_are_read_and_named():
    def hide(book: Workbook) -> None:
        book.active.row_dimensions[2].hidden = True
        book.active.column_dimensions["D"].hidden = True
        book.create_sheet("底稿").sheet_state = "veryHidden"

    report = check(as_xlsx(rows_with({}), hide), "a.xlsx")
    assert only(report).outcome == "ok"
    assert report.about()["hidden"] == ["工作表“底稿”", "隐藏行 2", "隐藏列 D"]


def test_only_the_chosen_sheet_is_read():
    def second(book: Workbook) -> None:
        other = book.create_sheet("第二张")
        for row in rows_with({"CF_WSH": "永市监罚〔2026〕77号"}):
            other.append(row)

    data = as_xlsx(rows_with({}), second)
    assert only(check(data, "a.xlsx")).values.doc_no == "永市监罚〔2026〕12号"
    assert only(check(data, "a.xlsx", sheet="第二张")).values.doc_no == "永市监罚〔2026〕77号"
    assert "没有工作表“第三张”" in check(data, "a.xlsx", sheet="第三张").refused


def test_a_cover_sheet_without_header_does_not_hide_the_table():
    def cover(book: Workbook) -> None:
        book.create_sheet("封面", 0)["A1"] = "永昌县行政处罚信息"

    report = check(as_xlsx(rows_with({}), cover), "a.xlsx")
    assert only(report).outcome == "ok"
    assert report.about()["sheet"] == "Sheet"


def test_a_merged_range_fills_its_own_lines_and_not_the_line_below():
    def merge(book: Workbook) -> None:
        sheet = book.active
        for line in (3, 4):
            sheet.cell(line, COLUMN["CF_XDR_MC"]).value = None
        sheet.merge_cells("A2:A3")

    changes = [{"CF_WSH": f"永市监罚〔2026〕{n}号"} for n in range(3)]
    inside, filled, below = check(as_xlsx(rows_with(*changes), merge), "a.xlsx").rows
    assert inside.values.subject_name == filled.values.subject_name
    assert rules_of(below) == {"CF_XDR_MC": "required"}


def test_a_formula_counts_by_its_cached_value_and_is_an_error_without_one():
    data = as_xlsx(rows_with({"CF_NR_FK": "=0.1+0.1"}))
    row = only(check(data, "a.xlsx"))
    (problem,) = row.problems
    assert (problem.field, problem.value, problem.column) == ("CF_NR_FK", "=0.1+0.1", "T")
    assert "公式没有保存计算结果" in problem.reason
    cached = with_part(data, SHEET, lambda xml: xml.replace(b"<v></v>", b"<v>0.2</v>").replace(b"<v/>", b"<v>0.2</v>"))
    assert only(check(cached, "a.xlsx")).values.amount_fen == 200_000


def test_an_error_value_is_reported_and_not_taken_for_an_empty_cell():
    row = only(check(as_xlsx(rows_with({"BZ": "#REF!"})), "a.xlsx"))
    assert rules_of(row) == {"BZ": "unreadable_cell"}


def test_text_that_begins_like_a_formula_stays_text():
    def inert(book: Workbook) -> None:
        book.active.cell(2, COLUMN["BZ"]).data_type = "s"

    data = as_xlsx(rows_with({"BZ": '=HYPERLINK("http://example.invalid")'}), inert)
    assert only(check(data, "a.xlsx")).values.extra["remark"] == '=HYPERLINK("http://example.invalid")'


def test_a_wrong_stored_extent_loses_no_rows():
    changes = [{"CF_WSH": f"永市监罚〔2026〕{n}号"} for n in range(5)]
    for formula in (None, "=1"):
        data = as_xlsx([*rows_with(*changes), [formula]])
        wrong = with_part(
            data, SHEET, lambda xml: xml.replace(b'ref="A1:AD6"', b'ref="A1"').replace(b'"A1:AD7"', b'"A1"')
        )
        assert wrong != data
        assert check(wrong, "a.xlsx").counts["ok"] == 5


@pytest.mark.parametrize("mac", [False, True])
def test_serial_dates_follow_the_epoch_of_the_workbook(mac: bool):
    def epoch(book: Workbook) -> None:
        if mac:
            book.epoch = CALENDAR_MAC_1904
        book.active.cell(2, COLUMN["CF_GSJZQ"]).value = dt.date(2027, 7, 16)

    serial = 46349 - (1462 if mac else 0)
    row = only(check(as_xlsx(rows_with({"CF_JDRQ": serial}), epoch), "a.xlsx"))
    assert row.values.decided_on == dt.date(2026, 11, 23)
    assert row.values.claimed_public_until == dt.date(2027, 7, 16)


def test_an_archive_that_would_unfold_too_far_is_refused_before_unfolding():
    bomb = with_part(as_xlsx(rows_with({})), "xl/media/pad.bin", lambda _: b"\0" * 3_000_000)
    assert len(bomb) < 50_000
    report = check(bomb, "a.xlsx", limits=Limits(unpacked_bytes=2_000_000))
    assert report.refused_code == "unpacks_too_large"
    many = io.BytesIO(as_xlsx(rows_with({})))
    with zipfile.ZipFile(many, "a") as archive:
        for n in range(2001):
            archive.writestr(f"x/{n}", b"")
    assert check(many.getvalue(), "a.xlsx").refused_code == "unpacks_too_large"


@pytest.mark.parametrize(
    ("part", "change", "code"),
    [
        ("xl/vbaProject.bin", lambda _: b"x", "macros"),
        ("[Content_Types].xml", lambda xml: xml.replace(b"spreadsheetml.sheet.main", b"macroEnabled.main"), "macros"),
        ("xl/externalLinks/externalLink1.xml", lambda _: b"<x/>", "external_links"),
        (SHEET, lambda xml: b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>' + xml, "dangerous_markup"),
        ("xl/workbook.xml", lambda xml: b'<!DOCTYPE x [<!ENTITY e "e">]>' + xml, "dangerous_markup"),
        (SHEET, lambda xml: xml.decode().encode("utf-16"), "dangerous_markup"),
    ],
)
def test_macros_links_to_other_files_and_document_types_are_refused(part, change, code: str):
    good = as_xlsx(rows_with({}))
    assert check(good, "a.xlsx").refused == ""
    report = check(with_part(good, part, change), "a.xlsx")
    assert report.refused_code == code
    assert report.rows == ()


def test_a_part_that_states_a_false_size_is_refused():
    data = bytearray(as_xlsx(rows_with({})))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        size = archive.getinfo(SHEET).file_size
    place = data.rindex(size.to_bytes(4, "little"))
    data[place : place + 4] = (10).to_bytes(4, "little")
    assert check(bytes(data), "a.xlsx").refused_code == "broken_workbook"


def test_damage_anywhere_in_a_workbook_ends_in_rows_or_a_refusal():
    dice, good = random.Random(7), as_xlsx(rows_with({"CF_NR_FK": "=1"}))
    parts = [name for name in zipfile.ZipFile(io.BytesIO(good)).namelist() if "theme" not in name]

    def damage(data: bytes) -> bytes:
        place = dice.randrange(len(data))
        return data[:place] + dice.randbytes(dice.randrange(3)) + data[place + dice.randrange(40) :]

    reports = [check(damage(good), "a.xlsx") for _ in range(20)]
    reports += [check(with_part(good, dice.choice(parts), damage), "a.xlsx") for _ in range(60)]
    assert {bool(report.refused) for report in reports} == {True, False}
    assert all(bool(report.refused) is not bool(report.rows) for report in reports)


def test_two_cells_far_apart_do_not_take_the_memory_between_them():
    def far(book: Workbook) -> None:
        book.active["GR1000000"] = "x"

    report = check(as_xlsx(rows_with({}), far), "a.xlsx")
    assert report.counts["ok"] == 1
    wide = as_xlsx(rows_with({}), lambda book: book.active.__setitem__("XFD1", "x"))
    assert "超过 200 列" in check(wide, "a.xlsx").refused


def test_importing_the_checks_does_not_load_the_spreadsheet_libraries():
    code = "import cases.collection.checks, sys; print({'openpyxl', 'python_calamine', 'django'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "set()"
