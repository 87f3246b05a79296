"""Every list that has a room is read by the common columns and its own, from CSV, XLSX and JSON alike."""

import datetime as dt
import json
from typing import Any

import pytest

from cases.categories import room, rooms
from cases.collection.rows import CleanRow
from cases.collection.templates import ALWAYS, Field, Template, templates_for
from examples.story import ORGANS, SUBJECT_A
from sync.messages import record_key
from tests.collection.files import as_csv, as_xlsx, check, only, rules_of

LISTS = [one.code for one in rooms() if templates_for(one.code)[0].shape == "listing"]
every_list = pytest.mark.parametrize("category", LISTS)
VALUES = {
    "XDR_MC": SUBJECT_A.name, "XDR_LB": "法人及非法人组织", "XDR_SHXYM": SUBJECT_A.code, "FRDB": "赵文祥",
    "WSH": "永示〔2026〕3号", "SY": "严重失信", "YJ": "有关规定", "LRRQ": "2026-03-02", "GSRQ": "2026-03-05",
    "GSJZQ": "2029-03-02", "ZT": "在列", "BZ": "",
}  # fmt: skip
NUMBERED = [code for code in LISTS if not any(f.instead_of == "doc_no" for f in templates_for(code)[0].fields)]


def template_of(category: str) -> Template:
    return templates_for(category)[0]


def good(category: str, **change: Any) -> dict[str, Any]:
    """A good row by the headers the template prints; changes by code."""
    organ = ORGANS[room(category).annex1_departments[0]]
    named = {"RDJG": organ.name, "RDJGDM": organ.credit_code, "SJLY": organ.name, "SJLYDM": organ.credit_code}
    row = {field.name: {**VALUES, **named}.get(field.code, plausible(field)) for field in template_of(category).fields}
    names = {field.code: field.name for field in template_of(category).fields}
    return {**row, **{names[code]: value for code, value in change.items()}}


def plausible(field: Field) -> str:
    if not field.code.startswith("X_"):
        return ""
    if field.choices:
        return field.choices[0][1]
    words = {"date": "2026-04-07", "horizon": "2026-04-07", "bool": "否", "told_amount": "拖欠9人工资共计86000元"}
    return words.get(field.kind, "3人" if field.kind == "headcount" else f"{field.name}所载内容")


def read(category: str, **change: Any):
    row = good(category, **change)
    return only(check(as_csv([list(row), list(row.values())]), category=category))


@every_list
def test_a_good_row_is_read_alike_from_csv_workbook_and_json(category: str):
    row = good(category)
    table = [list(row), list(row.values())]
    found = [
        only(check(as_csv(table, "gb18030"), category=category)).values,
        only(check(as_xlsx(table), "a.xlsx", category=category)).values,
        only(check(json.dumps([row], ensure_ascii=False).encode(), "a.json", category=category)).values,
    ]
    first = found[0]
    assert first is not None
    assert found[1] == found[2] == first
    assert (first.listed_on, first.published_on) == (dt.date(2026, 3, 2), dt.date(2026, 3, 5))
    assert first.doc_no == "永示〔2026〕3号"


@every_list
def test_every_column_of_the_room_arrives_where_the_room_expects_it(category: str):
    values = read(category).values
    assert values is not None
    for field in room(category).extra_fields:
        own = field.fact in ("ground", "corrected_on", "published_on", "decided_on", "listed_on")
        found = getattr(values, field.fact) if own else values.extra.get(field.name)
        assert found not in (None, ""), field.label


@every_list
def test_codes_and_other_headers_name_the_same_columns(category: str):
    row, fields = good(category), template_of(category).fields
    by_code = [list(f.code for f in fields), list(row.values())]
    by_alias = [list(next(iter(f.aliases), f.name) for f in fields), list(row.values())]
    assert only(check(as_csv(by_code), category=category)).values == read(category).values
    assert only(check(as_csv(by_alias), category=category)).values == read(category).values


@every_list
@pytest.mark.parametrize(("state", "outcome"), [("在列", "ok"), ("已移出", "out_of_scope"), ("已撤销", "out_of_scope")])
def test_only_what_still_stands_on_the_list_becomes_a_record(category: str, state: str, outcome: str):
    assert read(category, ZT=state).outcome == outcome


@every_list
def test_each_column_that_the_list_always_prints_is_asked_for(category: str):
    for field in template_of(category).fields:
        if field.required == ALWAYS:
            row = read(category, **{field.code: ""})
            assert row.outcome == "error", field.name
            assert rules_of(row)[field.code] == "required"


@every_list
def test_a_natural_person_is_left_out_and_not_repeated(category: str):
    row = read(category, XDR_LB="自然人", XDR_MC="王某")
    assert (row.outcome, row.values) == ("out_of_scope", None)
    assert "王某" not in str(row.problems)


def key_of(values: CleanRow) -> str:
    """The key of a clean row on the wire, as the register asks for it."""
    return record_key(
        values.category, values.authority_code, values.doc_no, values.subject_code,
        listed_on=values.listed_on, ground=values.ground_text,
    )  # fmt: skip


@pytest.mark.parametrize("category", NUMBERED)
def test_without_a_document_day_and_reason_make_the_key(category: str):
    first, again, other = (read(category, WSH="", LRRQ=day).values for day in ("2026-03-02", "20260302", "2026-03-03"))
    assert first is not None and again is not None and other is not None
    assert first.doc_no == ""
    assert key_of(first) == key_of(again) != key_of(other)


@every_list
def test_an_authority_of_nowhere_or_of_the_neighbour_is_refused(category: str):
    assert rules_of(read(category, RDJGDM="11620321000000003K")) != {}
    foreign = read(category, RDJGDM=good("market_violation")["列入机关代码"].replace("620321", "620302"))
    assert foreign.outcome == "error"


# --- one list after the other ---


@pytest.mark.parametrize(
    ("text", "term"),
    [("一年", "one_year"), ("1年", "one_year"), ("二年", "two_years"), ("两年", "two_years"), ("", None),
     ("二年（再次违法）", "two_years_again")],
)  # fmt: skip
def test_statistics_say_how_long_they_show(text: str, term: str | None):
    values = read("statistics_violation", X_TERM=text).values
    assert values is not None
    assert values.extra.get("term") == term


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("被列入活动异常名录之日起满两年", "inactive_two_years"),
        ("被登记管理机关吊销登记证书", "registration_revoked"),
        ("受到限期停止活动的行政处罚", "other_situation"),
    ],
)
def test_a_social_organisation_is_listed_in_a_situation_the_room_knows(text: str, ground: str):
    values = read("social_organisation", X_GROUND=text).values
    assert values is not None
    assert (values.ground, values.ground_text) == (ground, "严重失信")


def test_a_trade_ban_lies_ahead_and_a_rectification_does_not():
    ban = read("work_safety", X_RESTRICTION_UNTIL="2028年3月1日").values
    assert ban is not None
    assert ban.extra["restriction_until"] == "2028-03-01"
    assert rules_of(read("statistics_violation", X_CORRECTED_ON="2028-03-01")) == {"X_CORRECTED_ON": "date_in_future"}


def test_a_court_case_is_known_by_its_number_where_the_list_has_none():
    values = read("judgment_defaulter", WSH="", X_CASE_NO="(2025)甘0321执88号").values
    assert values is not None
    assert (values.doc_no, values.doc_no_norm) == ("(2025)甘0321执88号", "〔2025〕甘0321执88号")
    again = read("judgment_defaulter", WSH="", X_CASE_NO="（2025）甘0321执88号").values
    assert again is not None
    assert key_of(again) == key_of(values)
    assert read("judgment_defaulter", WSH="永示〔2026〕3号").values.doc_no == "永示〔2026〕3号"


@pytest.mark.parametrize(
    ("text", "term"), [("无", "none"), ("二年", "two_years"), ("2年", "two_years"), ("延长一年", "extended")]
)
def test_no_fixed_period_is_an_answer_of_the_court_and_no_empty_cell(text: str, term: str):
    values = read("judgment_defaulter", X_TERM=text).values
    assert values is not None
    assert values.extra["term"] == term


def test_the_day_a_court_published_stands_for_the_day_of_publication():
    values = read("judgment_defaulter", GSRQ="", X_RELEASED_ON="2026-03-09").values
    assert values is not None
    assert values.published_on == dt.date(2026, 3, 9)
    assert read("judgment_defaulter", X_RELEASED_ON="2026-03-09").values.published_on == dt.date(2026, 3, 5)


@pytest.mark.parametrize(
    ("text", "fen", "warned"),
    [
        ("拖欠23名农民工工资共计356,000.50元", 35_600_050, False),
        ("拖欠工资叁拾伍万陆仟元整", 35_600_000, False),
        ("356000", 35_600_000, False),
        ("拖欠张某等工资", None, True),
        ("欠薪12万元，其中8人9万元", None, True),
    ],
)
def test_arrears_are_kept_in_fen_where_the_list_names_one_sum(text: str, fen: int | None, warned: bool):
    row = read("wage_arrears", X_ARREARS=text)
    assert row.values is not None
    assert (row.values.amount_fen, row.values.extra["arrears"]) == (fen, text)
    assert (rules_of(row) == {"X_ARREARS": "amount_untold"}) is warned


@pytest.mark.parametrize(("text", "count"), [("3", "3人"), ("2人", "2人"), ("王某、李某，赵某", "3人")])
def test_people_listed_beside_the_firm_are_counted_and_not_named(text: str, count: str):
    values = read("wage_arrears", X_CO_LISTED=text).values
    assert values is not None
    assert values.extra["co_listed"] == count
    assert "王某" not in json.dumps(values.as_json(), ensure_ascii=False)


def test_whoever_answers_for_the_taxes_is_named_without_a_number():
    values = read("major_tax_violation", X_RESPONSIBLE_NAMES="钱某（620321********1234）、某税务师事务所").values
    assert values is not None
    assert values.extra["responsible_names"] == "钱某、某税务师事务所"
