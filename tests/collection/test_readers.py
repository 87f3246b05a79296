"""What a file is, in which encoding and with which separator; what is refused, and how its refusal is worded."""

import json
from pathlib import Path

import pytest

from cases.collection.encodings import FileRefused, decode
from cases.collection.readers import read_table
from cases.collection.tables import Limits
from tests.collection.files import GOOD, NAMES, SUBJECT_A, as_csv, as_json, as_xlsx, check, only, row_of, rows_with

GOOD_ROWS = rows_with({"CF_XDR_MC": "永昌县祎堃商贸有限公司"})


@pytest.mark.parametrize(
    ("encoding", "guess"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8（带 BOM）"),
        ("gbk", "GB18030（GBK、GB2312）"),
        ("gb18030", "GB18030（GBK、GB2312）"),
        ("utf-16", "UTF-16 LE（带 BOM）"),
        ("utf-16-le", "UTF-16 LE"),
        ("utf-16-be", "UTF-16 BE"),
    ],
)
def test_the_encoding_is_found_and_named(encoding: str, guess: str):
    report = check(as_csv(GOOD_ROWS, encoding))
    assert report.about()["encoding"] == guess
    assert only(report).values.subject_name == "永昌县祎堃商贸有限公司"


def test_a_short_utf8_text_that_is_also_valid_gb18030_is_read_as_utf8():
    data = "信用修复".encode()
    assert data.decode("gb18030").startswith("淇＄敤")
    assert decode(data) == ("信用修复", "UTF-8")


def test_gb18030_private_use_code_points_become_the_han_characters_they_stand_for():
    assert b"\xfe\x59".decode("gb18030") == "\ue81e"
    assert decode(b"\xfe\x59\xfe\x61\xfe\xa0")[0] == "\u9fb4\u9fb5\u9fbb"


@pytest.mark.parametrize(("separator", "name"), [(",", "逗号"), (";", "分号"), ("\t", "制表符")])
def test_the_separator_is_found_though_cells_hold_others(separator: str, name: str):
    rows = rows_with({"CF_SY": "一,二;三\t四，\n五"})
    report = check(as_csv([["标题，一行"], *rows], separator=separator))
    assert report.about()["separator"] == name
    assert only(report).values.facts_text == "一,二;三\t四，\n五"


def test_lines_are_counted_as_the_sender_sees_them_though_cells_hold_line_breaks():
    report = check(as_csv(rows_with({"CF_SY": "第一行\n第二行"}, {"CF_WSH": "永市监罚〔2026〕13号"})))
    assert [row.line for row in report.rows] == [2, 4]


def test_json_is_read_with_item_numbers_and_exact_decimals():
    report = check(as_json({"CF_NR_FK": 0.2}, {"CF_WSH": "永市监罚〔2026〕13号", "CF_NR_FK": "0.3"}), "a.json")
    assert [(row.line, row.values.amount_fen) for row in report.rows] == [(1, 200_000), (2, 300_000)]
    wrapped = b'{"data":' + as_json({}) + b"}"
    assert only(check(wrapped, "a.json")).values.amount_fen == 200_000


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b'[{"a": 1,}]', "JSON 格式有误（第 1 行）"),
        (b'[{"a": 1, "a": 2}]', "键“a”出现两次"),
        (b'[{"CF_NR_FK": NaN}]', "JSON 格式有误"),
        (b"[" * 100_000, "JSON 格式有误"),
        (b'["a"]', "对象的数组"),
    ],
)
def test_broken_json_is_refused_with_what_is_wrong(content: bytes, word: str):
    assert word in check(content, "a.json").refused


def test_json_numbers_in_a_code_column_and_nested_values_are_row_errors():
    row = only(check(as_json({"CF_XDR_SHXYM": 916203210000000018, "CF_SY": {"a": 1}}), "a.json"))
    assert {one.field: one.rule for one in row.problems} == {
        "CF_XDR_SHXYM": "number_not_text",
        "CF_SY": "unreadable_cell",
    }


def test_a_number_with_a_monstrous_exponent_is_an_error_and_not_a_stall():
    content = json.dumps([GOOD]).replace('"0.2"', "1e999999999").replace('"2026-07-16"', "1e999999999").encode()
    rules = {one.field: one.rule for one in only(check(content, "a.json")).problems}
    assert rules == {"CF_NR_FK": "amount_too_large", "CF_JDRQ": "not_a_date"}


@pytest.mark.parametrize(
    ("name", "content", "code", "word"),
    [
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, "old_excel", "请另存为 xlsx"),
        ("a.xls", b"<html><table><tr><td>1</td></tr></table></html>", "markup", "请另存为 xlsx"),
        ("a.xls", as_csv(GOOD_ROWS), "name_and_content", "请另存为 xlsx"),
        ("a.xlsx", as_csv(GOOD_ROWS), "name_and_content", "另存为 xlsx"),
        ("a.xlsm", as_xlsx(GOOD_ROWS), "macros", "请另存为 xlsx"),
        ("a.csv", as_xlsx(GOOD_ROWS), "name_and_content", "扩展名"),
        ("a.csv", b"%PDF-1.7 ...", "not_a_table", "PDF"),
        ("a.csv", b"\x89PNG\r\n\x1a\n", "not_a_table", "图片"),
        ("a.csv", bytes(range(256)) * 4, "unknown_encoding", "编码"),
        ("a.csv", b"", "empty_file", "空"),
        ("a.csv", b" \r\n \n", "empty_file", "空"),
        ("a.csv", "随便写的一段话，不是表格".encode(), "no_header", "没有找到"),
        ("a.xlsx", b"PK\x03\x04 but broken", "broken_workbook", "损坏"),
    ],
)
def test_a_file_is_known_by_its_content_and_refused_in_clear_words(name: str, content: bytes, code: str, word: str):
    report = check(content, name)
    assert report.refused_code == code
    assert word in report.refused
    assert report.rows == ()


def test_limits_are_named_when_they_are_passed(tmp_path: Path):
    rows = rows_with({}, {"CF_WSH": "永市监罚〔2026〕13号"}, {"CF_WSH": "永市监罚〔2026〕14号"})
    assert "超过 2 行" in check(as_csv(rows), limits=Limits(rows=2)).refused
    assert check(as_csv(rows), limits=Limits(rows=3)).counts["ok"] == 3
    wide = [[*row, *["x"] * 171] for row in rows]
    assert "超过 200 列" in check(as_csv(wide)).refused
    assert check(as_csv([row[:200] for row in wide])).counts["ok"] == 3
    assert "超过 32767 字" in check(as_csv(rows_with({"CF_SY": "违" * 32_768}))).refused
    assert "32767" in check(as_csv(rows_with({"CF_SY": "x" * 2_000_000}))).refused
    big = tmp_path / "big.csv"
    big.write_bytes(b"x" * (20 * 1024 * 1024 + 1))
    with pytest.raises(FileRefused, match="超过 20 MB"):
        read_table(big, "big.csv")


def test_a_quote_left_open_is_refused_or_found_not_swallowed():
    text = as_csv(rows_with(*({"CF_WSH": f"永市监罚〔2026〕{n}号"} for n in range(400)))).decode()
    assert "32767 字" in check(text.replace(SUBJECT_A.name, f'"{SUBJECT_A.name}', 1).encode()).refused


def test_a_path_is_read_like_bytes(tmp_path: Path):
    path = tmp_path / "x"
    path.write_bytes(as_xlsx(GOOD_ROWS))
    assert read_table(path, "a.xlsx").rows[1].cells[0] == "永昌县祎堃商贸有限公司"


def test_rare_characters_arrive_unchanged():
    row = row_of(CF_XDR_MC="永昌县𠮷䶮商行")
    assert row.values.subject_name == "永昌县𠮷䶮商行"


def test_the_thirty_names_are_the_thirty_of_the_template():
    assert len(NAMES) == 30
