"""Rules between the fields of a row: who it is about, who decided, what must be filled when, what is doubted."""

import datetime as dt
import json

import pytest

from examples.story import NEIGHBOUR, ORGANS, firm_code
from tests.collection.files import GOOD, LISTED, as_csv, as_xlsx, check, only, row_of, rows_with, rules_of

TRADER = firm_code(7, "92")
PLACEHOLDER = "00000000000000000X"


def listed(**change: str):
    """The result of one abnormal listing with changes by header."""
    row = {**LISTED, **change}
    return only(check(as_csv([list(row), list(row.values())]), category="abnormal_operation"))


def test_a_good_row_becomes_values_with_the_original_kept_and_a_matching_form():
    row = row_of(CF_WSH="永市监罚字 [２０２６] 第12号", CF_XDR_MC="永昌（集团）公司")
    values = row.values
    assert (row.outcome, row.problems) == ("ok", ())
    assert values.doc_no == "永市监罚字 [２０２６] 第12号"
    assert values.doc_no_norm == "永市监罚字〔2026〕第12号"
    assert values.subject_name == "永昌（集团）公司"
    assert (values.amount_fen, values.penalty_kinds, values.market_hint) == (200_000, ("fine",), True)
    assert values.decided_on == dt.date(2026, 7, 16)


def test_a_row_goes_to_json_and_its_hash_follows_its_values_only():
    one, same, other = row_of(), row_of(CF_JDRQ="2026年7月16日"), row_of(CF_NR="处罚款2000元整。")
    assert json.loads(json.dumps(one.values.as_json()))["decided_on"] == "2026-07-16"
    assert one.values.content_hash == same.values.content_hash != other.values.content_hash
    assert one.values.content_hash == one.values.hashed()


@pytest.mark.parametrize("code", [code for code in GOOD if code not in ("CF_NR_FK", "CF_FRDB", "CF_XDR_SHXYM")])
def test_a_required_field_left_empty_is_named(code: str):
    row = row_of(**{code: "\u3000"})
    assert (row.outcome, rules_of(row)) == ("error", {code: "required"})


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        ({"CF_NR_FK": ""}, {"CF_NR_FK": "required"}),
        ({"CF_CFLB": "罚款；没收违法所得"}, {"CF_NR_WFFF": "required"}),
        ({"CF_CFLB": "罚款；吊销许可证件"}, {"CF_NR_ZKDX": "required"}),
        ({"CF_FRDB": "无"}, {"CF_FRDB": "required"}),
        ({"CF_XDR_SHXYM": "/"}, {"CF_XDR_SHXYM": "required"}),
        ({"CF_XDR_MC": "甲" * 201}, {"CF_XDR_MC": "too_long"}),
        ({"CF_SY": "a\x0cb"}, {"CF_SY": "control_character"}),
        ({"CF_XDR_LB": "其他类"}, {"CF_XDR_LB": "not_in_list"}),
        ({"CF_YXQ": "9999-12-31"}, {"CF_YXQ": "date_out_of_range"}),
    ],
)
def test_a_row_error_keeps_the_row_out(change: dict[str, str], problems: dict[str, str]):
    row = only(check(as_csv(rows_with(change))))
    assert (row.outcome, row.values, rules_of(row)) == ("error", None, problems)
    assert all(one.severity == "error" and one.reason and one.remedy for one in row.problems)


def test_a_fine_may_lack_what_only_other_kinds_need():
    row = row_of(CF_CFLB="警告", CF_NR="给予警告。", CF_NR_FK="")
    assert (row.outcome, row.values.amount_fen, row.values.penalty_kinds) == ("ok", None, ("warning",))


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"CF_NR_FK": "2000"}, "CF_NR_FK", "unit_doubt"),
        ({"CF_XDR_MC": "永昌\u200b公司"}, "CF_XDR_MC", "unseen_characters"),
        ({"CF_CFLB": "罚款；责令赔礼"}, "CF_CFLB", "unknown_kind"),
        ({"CF_CFLB": "罚款；暂扣或者吊销许可证"}, "CF_CFLB", "unclear_kind"),
        ({"CF_GSJZQ": "2026-07-01"}, "CF_GSJZQ", "before_start"),
        ({"CF_XDR_LB": "个体工商户"}, "CF_XDR_LB", "kind_mismatch"),
    ],
)
def test_a_doubt_is_shown_and_keeps_nobody_out(change: dict[str, str], field: str, rule: str):
    row = row_of(**change)
    assert row.outcome == "ok"
    assert rules_of(row) == {field: rule}
    assert row.problems[0].severity == "warning"


def test_unseen_characters_are_gone_and_words_outside_the_list_are_kept():
    assert row_of(CF_XDR_MC="永昌\u200b公司").values.subject_name == "永昌公司"
    assert row_of(CF_CFLB="罚款；责令赔礼").values.extra["penalty_kinds_text"] == "罚款；责令赔礼"


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "{{7*7}}", "x' OR 1=1--", "=HYPERLINK(1)", "@SUM(1)", "＝1+1"]
)
def test_hostile_text_is_text(name: str):
    row = only(check(as_csv(rows_with({"CF_XDR_MC": name}))))
    assert row.values.subject_name == name


# --- who ---


def test_a_trader_has_its_own_kind_and_needs_no_representative():
    row = row_of(CF_XDR_LB="个体工商户", CF_XDR_SHXYM=TRADER, CF_FRDB="")
    assert (row.outcome, row.values.subject_kind, row.values.subject_code) == ("ok", "trader", TRADER)


def test_the_placeholder_of_a_trader_needs_the_registration_number_and_takes_its_place():
    assert rules_of(row_of(CF_XDR_LB="个体工商户", CF_XDR_SHXYM=PLACEHOLDER)) == {"CF_XDR_GSZC": "required"}
    row = row_of(CF_XDR_LB="个体工商户", CF_XDR_SHXYM=PLACEHOLDER, CF_XDR_GSZC="620321600000001", CF_FRDB="")
    assert row.values.subject_code == "GSZC:620321600000001"
    assert rules_of(row_of(CF_XDR_SHXYM=PLACEHOLDER)) == {"CF_XDR_SHXYM": "placeholder"}


def test_a_natural_person_is_counted_and_nothing_of_the_row_is_repeated():
    person = {"CF_XDR_MC": "李某某", "CF_XDR_LB": "自然人", "CF_XDR_SHXYM": "", "CF_XDR_ZJHM": "000000000000000000"}
    report = check(as_csv(rows_with(person)))
    assert (only(report).outcome, only(report).values) == ("out_of_scope", None)
    assert report.counts["out_of_scope"] == 1
    assert "李某某" not in repr((report.rows, report.sample))


def test_identity_numbers_are_read_and_neither_kept_nor_shown():
    secret = "000000190001010000"
    report = check(as_csv(rows_with({"CF_FR_ZJHM": secret, "CF_FR_ZJLX": "身份证"})))
    assert only(report).outcome == "ok"
    assert secret not in repr((report.rows, report.about()))
    assert "（不显示）" in report.sample[0]


# --- by whom ---


def test_a_department_of_another_region_and_an_unknown_one_are_told_apart():
    foreign = row_of(CF_CFJGDM=NEIGHBOUR.credit_code)
    assert rules_of(foreign) == {"CF_CFJGDM": "foreign_department"}
    assert "金川区" in foreign.problems[0].reason
    assert rules_of(row_of(CF_CFJGDM=firm_code(99))) == {"CF_CFJGDM": "unknown_department"}
    assert rules_of(row_of(CF_CFJGDM="11620321000000002A")) == {"CF_CFJGDM": "check_digit"}


def test_the_department_tells_whether_the_record_is_of_the_market_field():
    assert row_of(CF_CFJGDM=ORGANS["wlj"].credit_code).values.market_hint is False
    assert row_of().values.market_hint is True


# --- twice ---


def test_the_same_row_twice_is_one_record_even_if_it_is_written_otherwise():
    changes = ({"CF_JDRQ": "2026/7/16"}, {"CF_JDRQ": "20260716", "CF_WSH": "永市监罚〔2026〕12号"})
    first, second = check(as_csv(rows_with(*changes))).rows
    assert first.duplicate_of is None
    assert (second.outcome, second.duplicate_of, rules_of(second)) == ("ok", 2, {"CF_WSH": "duplicate_row"})


def test_one_document_with_two_contents_is_an_error_that_names_the_other_line():
    first, second = check(as_csv(rows_with({}, {"CF_WSH": "永市监罚【2026】12号", "CF_NR_FK": "0.3"}))).rows
    assert first.outcome == "ok"
    assert (second.outcome, second.values, second.duplicate_of) == ("error", None, 2)
    assert "与第 2 行是同一份决定，内容却不同" in second.problems[-1].reason


def test_half_a_file_of_errors_leaves_the_other_half_good():
    report = check(as_csv(rows_with({}, {"CF_WSH": ""}, {"CF_WSH": "永市监罚〔2026〕13号"}, {"CF_JDRQ": "昨天"})))
    assert [row.outcome for row in report.rows] == ["ok", "error", "ok", "error"]
    assert check(as_csv(rows_with({}))).rows == check(as_csv(rows_with({}))).rows


# --- lists ---


def test_a_listing_carries_ground_days_and_its_rooms_own_fields():
    values = listed(年报年度="2025", 纠正日期="2026年10月9日", 公示日期="2026-07-09").values
    assert (values.ground, values.ground_text) == ("annual_report", "未按期公示年度报告")
    assert (values.listed_on, values.corrected_on) == (dt.date(2026, 7, 8), dt.date(2026, 10, 9))
    assert (values.published_on, values.extra["report_year"]) == (dt.date(2026, 7, 9), "2025")


@pytest.mark.parametrize(
    ("state", "outcome"), [("在列", "ok"), ("已移出", "out_of_scope"), ("已撤销", "out_of_scope"), ("？", "error")]
)
def test_only_a_listing_that_still_stands_becomes_a_record(state: str, outcome: str):
    assert listed(当前状态=state).outcome == outcome


def test_two_listings_without_number_are_told_apart_by_day_and_ground():
    rows = [
        list(LISTED),
        *({**LISTED, "列入决定文书号": "", "列入日期": day}.values() for day in ("2026-07-08", "2026-07-09")),
    ]
    report = check(as_csv([list(row) for row in rows]), category="abnormal_operation")
    assert [row.duplicate_of for row in report.rows] == [None, None]
    twice = check(as_csv([*map(list, rows), list(rows[-1])]), category="abnormal_operation")
    assert [row.duplicate_of for row in twice.rows] == [None, None, 3]


def test_a_problem_names_the_letter_of_its_column_and_the_chinese_field():
    row = only(check(as_xlsx(rows_with({"CF_NR_FK": "2000"})), "a.xlsx"))
    (problem,) = row.problems
    assert (problem.column, problem.value, problem.label) == ("T", "2000", "罚款金额（万元）")
