"""The template of 2016: old codes to the new fields, its states and scopes, and the columns it lacks."""

from typing import Any

import pytest

from cases.collection.checks import RowResult
from examples.story import ORGANS, SUBJECT_A
from tests.collection.files import as_csv, check, only, rules_of

OLD = {
    "CF_WSH": "永市监罚〔2026〕12号", "CF_CFMC": "标签不符合规定", "CF_CFLB1": "罚款", "CF_CFLB2": "没收违法所得",
    "CF_SY": "标签未标明贮存条件", "CF_YJ": "《食品安全法》", "CF_XDR_MC": SUBJECT_A.name,
    "CF_XDR_SHXYM": SUBJECT_A.code,
    "CF_XDR_ZDM": "MA00000X0", "CF_XDR_GSDJ": "", "CF_XDR_SWDJ": "", "CF_XDR_SFZ": "", "CF_FR": "赵文祥",
    "CF_JG": "罚款2000元，没收违法所得126元。", "CF_JDRQ": "2026/07/16", "CF_XZJG": "永昌县市场监督管理局",
    "CF_ZT": "0",
    "DFBM": "620321", "SJC": "2026-07-17 10:00:00", "CF_BM": "620300001", "CF_SXYZCD": "一般", "CF_SYFW": "0",
    "GSQX": "2027/07/16", "CF_JZRQ": "2099/12/31", "BZ": "",
}  # fmt: skip


def old(**change: Any) -> RowResult:
    row = {**OLD, **change}
    return only(check(as_csv([list(row), list(row.values())])))


def test_old_codes_fill_the_new_fields_and_the_organ_is_found_by_its_name():
    report = check(as_csv([list(OLD), list(OLD.values())]))
    assert report.header.template.code == "penalty-2016"
    row = only(report)
    values = row.values
    assert (values.violation_type, values.content) == ("标签不符合规定", "罚款2000元，没收违法所得126元。")
    assert values.penalty_kinds == ("fine", "confiscate_income")
    assert (values.authority_code, values.authority_name) == (ORGANS["scjgj"].credit_code, "永昌县市场监督管理局")
    assert (values.subject_kind, values.legal_representative) == ("organisation", "赵文祥")
    assert str(values.claimed_public_until) == "2027-07-16"
    assert str(values.valid_until) == "2099-12-31"
    assert values.extra == {
        "organisation_code": "MA00000X0", "region_code": "620321", "source_time": "2026-07-17 10:00:00",
        "power_code": "620300001", "severity_hint": "一般",
    }  # fmt: skip


def test_amounts_that_the_template_lacks_are_flagged_and_keep_nothing_out():
    row = old()
    assert row.outcome == "ok"
    assert rules_of(row) == {"CF_NR_FK": "required", "CF_NR_WFFF": "required"}
    assert {one.severity for one in row.problems} == {"warning"}


@pytest.mark.parametrize(
    ("change", "outcome", "rule"),
    [
        ({"CF_ZT": ""}, "ok", None),
        ({"CF_ZT": "1"}, "error", "withdrawn"),
        ({"CF_ZT": "2"}, "error", "disputed"),
        ({"CF_ZT": "3"}, "error", "disputed"),
        ({"CF_SYFW": "1"}, "out_of_scope", "not_public"),
        ({"CF_SYFW": "2"}, "out_of_scope", "not_public"),
        ({"CF_XZJG": "永昌县某某局"}, "error", "unknown_department"),
        ({"CF_XDR_SHXYM": "", "CF_XDR_SFZ": "000000000000000000"}, "out_of_scope", "natural_person"),
    ],
)
def test_only_normal_public_rows_of_organisations_become_records(
    change: dict[str, str], outcome: str, rule: str | None
):
    row = old(**change)
    assert row.outcome == outcome
    assert rule is None or rule in rules_of(row).values()


def test_chinese_headers_of_the_old_template_are_known():
    names = {
        "CF_CFMC": "处罚名称",
        "CF_CFLB1": "处罚类别1",
        "CF_CFLB2": "处罚类别2",
        "CF_JG": "处罚结果",
        "CF_XZJG": "处罚机关",
    }
    report = check(as_csv([[names.get(code, code) for code in OLD], list(OLD.values())]))
    assert report.header.template.code == "penalty-2016"
    assert only(report).outcome == "ok"
