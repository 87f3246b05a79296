"""The file sent back: problems marked where they are, text inert, identity numbers gone, and good to be sent again."""

import io

from openpyxl import load_workbook

from cases.collection.checks import annotated_xlsx
from examples import generate
from tests.collection.files import TODAY, as_csv, as_json, check, only, rows_with


def opened(report):
    return load_workbook(io.BytesIO(annotated_xlsx(report)))["核对结果"]


def test_errors_are_marked_in_their_cell_on_their_line_and_told_at_the_end():
    report = check(as_csv([["标题"], [], *rows_with({}, {"CF_WSH": "永市监罚〔2026〕13号", "CF_JDRQ": "2026-02-30"})]))
    sheet = opened(report)
    assert [sheet.cell(n, 31).value for n in (3, 4, 5)] == ["核对结果", "通过", "有错误"]
    marked = sheet["W5"]
    assert marked.value == "2026-02-30"
    assert marked.fill.fgColor.rgb == "FFF4CCCC"
    assert "没有这一天" in marked.comment.text
    assert sheet["AF5"].value.startswith("错误　处罚决定日期（W 列）：没有这一天。")
    assert sheet["W4"].fill.fill_type is None


def test_formulas_in_text_come_back_as_text():
    for name in ("=1+1", "@SUM(A1)", "+1", "-1", '=HYPERLINK("http://example.invalid")', "\tx"):
        sheet = opened(check(as_csv(rows_with({"CF_XDR_MC": name, "BZ": "x\x00y"}))))
        assert (sheet["A2"].value, sheet["A2"].data_type) == (name.strip(), "s")
        assert sheet["AD2"].value == "x\ufffdy"


def test_identity_numbers_and_natural_persons_do_not_come_back():
    person = {"CF_XDR_MC": "李某某", "CF_XDR_LB": "自然人", "CF_XDR_SHXYM": ""}
    sheet = opened(check(as_csv(rows_with({"CF_FR_ZJHM": "000000190001010000"}, person))))
    text = repr([[cell.value for cell in row] for row in sheet.iter_rows()])
    assert "000000190001010000" not in text
    assert "李某某" not in text
    assert "（不显示）" in text


def test_a_corrected_copy_can_be_sent_again():
    example = generate.examples(TODAY)[0]
    report = check(example.content, example.name)
    again = check(annotated_xlsx(report), "again.xlsx")
    assert [(row.line, row.outcome) for row in again.rows] == [(row.line, row.outcome) for row in report.rows]
    assert [row.values for row in again.rows] == [row.values for row in report.rows]


def test_items_of_json_stand_one_row_below_their_number_and_a_refused_file_gives_nothing():
    sheet = opened(check(as_json({}, {"CF_WSH": ""}), "a.json"))
    assert [sheet.cell(n, len(rows_of(sheet)[0]) - 1).value for n in (1, 2, 3)] == ["核对结果", "通过", "有错误"]
    assert annotated_xlsx(check(b"", "a.csv")) == b""
    assert only(check(as_json({}), "a.json")).outcome == "ok"


def rows_of(sheet) -> list[list[object]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]
