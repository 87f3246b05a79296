"""Finding the header: codes, names, both, titles above, notes below; duplicates, missing and unknown columns named."""

import pytest

from cases.collection.headers import find_header
from cases.collection.tables import Row
from cases.collection.templates import PENALTY_2018, header_key, templates_for
from tests.collection.files import GOOD, LISTED, NAMES, as_csv, as_xlsx, check, only, rows_with, rules_of

CODES = list(NAMES)
VALUES = [GOOD.get(code, "") for code in NAMES]
NOTES = ["必填，200字以内", "必填，填写类别", *["选填，文本格式"] * 28]


@pytest.mark.parametrize(
    "above",
    [
        [CODES],
        [list(NAMES.values())],
        [["永昌县行政处罚信息公示表"], ["填报单位：永昌县市场监督管理局"], [], list(NAMES.values())],
        [CODES, list(NAMES.values())],
        [list(NAMES.values()), CODES],
        [CODES, list(NAMES.values()), NOTES],
        [[f"{name}（{code}）" for code, name in NAMES.items()]],
        [[f"* {name[:3]} \n{name[3:]}（必填）".replace("代码_", "代码＿") for name in NAMES.values()]],
        [[code.lower() for code in CODES]],
    ],
)
def test_the_header_is_found_in_every_form_in_which_it_arrives(above: list[list[str]]):
    report = check(as_csv([*above, VALUES]))
    row = only(report)
    assert row.outcome == "ok"
    assert row.values.amount_fen == 200_000
    assert report.header.ignored == ()


def test_a_row_of_filling_notes_is_skipped_and_said_so():
    report = check(as_csv([CODES, list(NAMES.values()), NOTES, VALUES]))
    assert report.about()["header_lines"] == [1, 2]
    assert report.notes == ("第 3 行是填表提示，已跳过",)


def test_what_stands_below_the_table_is_no_data():
    below = [["合计", "1"], VALUES[:13] + ["永市监罚〔2026〕13号"] + VALUES[14:], ["表格说明", "请如实填写"], VALUES]
    report = check(as_csv([CODES, VALUES, *below]))
    assert [row.line for row in report.rows] == [2, 4]
    assert report.notes == ("第 3 行是“合计”，已跳过", "第 5 行起是“表格说明”，不作为数据")


def test_a_header_below_the_twentieth_row_is_not_looked_for():
    assert check(as_csv([*[["标题"]] * 19, CODES, VALUES])).counts["ok"] == 1
    assert check(as_csv([*[["标题"]] * 20, CODES, VALUES])).refused_code == "no_header"


def test_missing_required_columns_are_named_with_their_codes():
    rows = [[one for n, one in enumerate(row) if n not in (13, 22)] for row in (CODES, VALUES)]
    refused = check(as_csv(rows)).refused
    assert "行政处罚决定书文号（CF_WSH）、处罚决定日期（CF_JDRQ）" in refused


def test_a_field_in_two_columns_is_refused_with_both_places_and_settled_by_a_saved_map():
    rows = [[*CODES, "处罚决定书文号"], [*VALUES, "另一号"]]
    assert "“CF_WSH”在第 14、31 列" in check(as_csv(rows)).refused
    saved = {header_key("处罚决定书文号"): ""}
    assert only(check(as_csv(rows), header_map=saved)).values.doc_no == GOOD["CF_WSH"]


def test_unknown_columns_are_ignored_and_listed():
    rows = [["ID", *CODES, "CHECK_FLAG", "CREATE_DEPT_NAME"], ["7", *VALUES, "1", "x"]]
    report = check(as_csv(rows))
    assert only(report).outcome == "ok"
    assert report.about()["ignored"] == ["ID", "CHECK_FLAG", "CREATE_DEPT_NAME"]


def test_a_saved_map_names_columns_that_the_template_does_not_know():
    rows = [["被罚单位", *CODES[1:]], VALUES]
    assert "行政相对人名称" in check(as_csv(rows)).refused
    report = check(as_csv(rows), header_map={header_key("被罚单位"): "CF_XDR_MC"})
    assert only(report).values.subject_name == GOOD["CF_XDR_MC"]
    again = check(as_csv(rows), header_map=report.header.to_saved())
    assert again.rows == report.rows


@pytest.mark.parametrize(
    ("alias", "code"),
    [
        ("CF_FDDB", "CF_FRDB"), ("CF_FR", "CF_FRDB"), ("CF_XDR", "CF_XDR_MC"), ("处罚金额（万元）", "CF_NR_FK"),
        ("CF_FR_SFZH", "CF_FR_ZJHM"), ("法定代表人身份证号", "CF_FR_ZJHM"),
        ("没收违法所得、没收非法财务的金额（万元）", "CF_NR_WFFF"),
    ],
)  # fmt: skip
def test_the_other_headers_that_have_been_seen_mean_the_same(alias: str, code: str):
    header = find_header([Row(1, [alias if one == code else one for one in CODES])], [PENALTY_2018])
    assert {one.field.code for one in header.columns} == set(CODES)


@pytest.mark.parametrize("header", ["罚款金额（元）", "罚款金额（元）CF_NR_FK"])
def test_a_header_in_yuan_is_read_in_yuan_and_not_in_wan(header: str):
    values = ["2000" if value == "0.2" else value for value in VALUES]
    rows = [[header if one == "CF_NR_FK" else one for one in CODES], values]
    row = only(check(as_csv(rows)))
    assert (row.values.amount_fen, row.problems) == (200_000, ())


def test_a_listing_needs_no_ground_text_where_the_reason_stands_in_its_own_column():
    listed = {name: value for name, value in LISTED.items() if name != "列入事由"}
    row = only(check(as_csv([list(listed), list(listed.values())]), category="abnormal_operation"))
    assert row.values.ground == "annual_report"
    assert row.values.ground_text == "未按期公示年度报告"


def test_a_list_template_follows_its_room():
    names = {field.name for field in templates_for("market_violation")[0].fields}
    assert {"主体名称", "列入日期", "所依据的处罚决定书文号"} <= names
    with pytest.raises(KeyError):
        templates_for("no_such_category")


def test_the_wrong_category_is_refused_with_the_name_of_the_template_looked_for():
    refused = check(as_xlsx(rows_with({})), "a.xlsx", category="abnormal_operation").refused
    assert "经营异常名录信息" in refused
    assert rules_of(only(check(as_xlsx(rows_with({})), "a.xlsx"))) == {}
