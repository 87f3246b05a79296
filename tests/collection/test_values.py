"""Single values: codes, dates, amounts, words of lists, empty marks; each refused form with its rule."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from cases.collection.cells import Bad, has_unseen, shown, text_of
from cases.collection.codes import PLACEHOLDER, credit_code, subject_kind
from cases.collection.dates import LONG_TERM, date_within, read_date
from cases.collection.money import FEN_IN_WAN, FEN_IN_YUAN, amounts_named, read_amount, unit_doubt
from cases.collection.values import choice, listing_state, penalty_kinds, subject_word
from cases.law import GROUNDS, PENALTY_KINDS

TODAY = dt.date(2026, 11, 23)


def rule_of(call, *arguments, **named) -> str:
    with pytest.raises(Bad) as caught:
        call(*arguments, **named)
    assert caught.value.reason
    assert caught.value.remedy
    return caught.value.rule


@pytest.mark.parametrize("mark", ["", " ", "\u3000", "/", "-", "—", "——", "无", "空", "null", "NULL", "\\N", "'", "' "])
@pytest.mark.fault("B1")
def test_empty_marks_are_empty(mark: str):
    assert text_of(mark) is None


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("'0123", "0123"), ("\u3000永昌县 ", "永昌县"), (12.0, "12"), (0.25, "0.25"), (True, "是"), (12, "12"),
        (dt.datetime(2026, 7, 16), "2026-07-16"), ("a\r\nb", "a\nb"), ("张\u200b三\u202e", "张三"), ("无锡", "无锡"),
    ],
)  # fmt: skip
def test_text_is_taken_without_what_only_the_spreadsheet_adds(cell, text: str):
    assert text_of(cell) == text


@pytest.mark.parametrize("cell", ["a\x00b", "\x07", "\x1b[1m", "\ud800", float("nan"), float("inf"), 9.16e17])
@pytest.mark.fault("B3")
def test_control_characters_and_inexact_numbers_are_refused(cell):
    assert rule_of(text_of, cell) in {"control_character", "number_not_text"}


@pytest.mark.fault("B4")
def test_unseen_characters_are_noticed_and_shown_as_replacement_in_reports():
    assert has_unseen("张\u200b三")
    assert not has_unseen("张三\n")
    assert shown("a\u202eb\x00c\nd") == "a\ufffdb\ufffdc d"
    assert shown("x" * 200) == "x" * 79 + "…"


# --- codes ---


@pytest.mark.parametrize(
    "code",
    [
        "91620321MA00000X02", "92620321MA00000014", "93620321MA00000024", "52620321MJ00000055", "11620321000000003J",
        "N2620321MF0000004A",
    ],
)  # fmt: skip
@pytest.mark.fault("B5", "B14")
def test_well_formed_codes_are_taken_in_every_spelling(code: str):
    wide = "".join(chr(ord(c) + 0xFEE0) for c in code)
    for written in (
        code,
        code.lower(),
        f" {code} ",
        f"{code[:8]}-{code[8:]}",
        wide,
        f"'{code}",
        f"{code[:9]}\u200b{code[9:]}",
    ):
        assert credit_code(written) == code


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ("91620321MA00000X03", "check_digit"),
        ("N2620321MF0000004B", "check_digit"),
        ("91620321MA00000X0", "code_length"),
        ("91620321MA00000X022", "code_length"),
        ("620321000000001", "code_length"),
        ("MA00000X0", "code_length"),
        ("91620321MA00O00X02", "code_characters"),
        ("9162032IMA00000X02", "code_characters"),
        (9.1620321e17, "number_not_text"),
        (916203210000000018, "number_not_text"),
        (Decimal(916203210000000018), "number_not_text"),
        ("9.16203E+17", "number_not_text"),
        ("1.23E+17", "number_not_text"),
    ],
)
@pytest.mark.fault("B13", "B14", "B15")
def test_a_code_that_cannot_be_right_is_refused_with_its_reason(cell, rule: str):
    assert rule_of(credit_code, cell) == rule


def test_the_messages_name_the_other_number_that_was_put_into_the_code_column():
    for text, word in (("620321000000001", "注册号"), ("MA00000X0", "组织机构代码"), ("9" * 17, "现为 17 位")):
        with pytest.raises(Bad, match=word):
            credit_code(text)


def test_the_placeholder_of_traders_passes_and_empty_is_none():
    assert credit_code("00000000000000000x") == PLACEHOLDER
    assert credit_code("/") is None
    assert subject_kind("92620321MA00000014") == "trader"
    assert subject_kind("93620321MA00000024") == "organisation"


@given(
    st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=17, max_size=17),
    st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"),
)
def test_exactly_the_check_character_of_the_library_is_accepted(body: str, last: str):
    code = "91620321" + body[8:] + last
    if uscc.is_valid(code):
        assert credit_code(code) == code
    else:
        assert rule_of(credit_code, code) == "check_digit"


# --- dates ---


@pytest.mark.parametrize(
    "cell",
    [
        "2026/11/23", "2026-11-23", "20261123", "2026年11月23日", "2026.11.23", "2026-11-23 10:30:00",
        "2026/11/23 9:05",
        "2026-11-23T10:30:00", "2026-11-22T16:30:00Z", "2026-11-23T23:59:59+08:00", "２０２６／１１／２３",
        "2026 年 11 月 23 日",
        "46349", 46349, 46349.75, 20261123, 20261123.0, dt.date(2026, 11, 23), dt.datetime(2026, 11, 23, 8, 0),
        "'2026-11-23",
    ],
)  # fmt: skip
def test_every_form_of_a_date_gives_the_same_day(cell):
    assert read_date(cell, latest=TODAY) == TODAY


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ("11/12/2026", "ambiguous_date"), ("26-11-23", "ambiguous_date"), ("1/2/26", "ambiguous_date"),
        ("2025-02-29", "impossible_date"), ("2026-13-01", "impossible_date"), ("0000-00-00", "impossible_date"),
        ("2026-00-10", "impossible_date"), ("1900-01-01", "date_out_of_range"), ("2026-11-24", "date_in_future"),
        ("9999-12-31", "date_in_future"), ("去年", "not_a_date"), ("2026-11", "not_a_date"), (19999, "not_a_date"),
        (80001, "not_a_date"), (float("nan"), "not_a_date"), (float("inf"), "not_a_date"), ("2026-11/23", "not_a_date"),
        (True, "not_a_date"), ("2026-11-23 25:00", "impossible_date"),
    ],
)  # fmt: skip
@pytest.mark.fault("B19")
def test_a_date_that_is_none_or_may_be_two_is_refused(cell, rule: str):
    assert rule_of(read_date, cell, latest=TODAY) == rule


def test_the_day_of_an_instant_is_that_of_shanghai():
    assert read_date("2026-03-31T16:30:00Z", latest=TODAY) == dt.date(2026, 4, 1)
    assert read_date("2026-03-31T15:59:59Z", latest=TODAY) == dt.date(2026, 3, 31)


def test_ends_of_periods_may_lie_ahead_and_long_term_has_one_spelling():
    assert read_date("2099/12/31", latest=LONG_TERM) == LONG_TERM
    assert read_date("长期", latest=LONG_TERM) == LONG_TERM
    assert rule_of(read_date, "9999-12-31", latest=LONG_TERM) == "date_out_of_range"


def test_a_date_within_a_sentence_is_taken_only_if_it_is_the_only_one():
    assert date_within("限制从业至2028年1月1日") == dt.date(2028, 1, 1)
    assert date_within("2026-01-01至2028-01-01") is None
    assert date_within("长期限制") is None


# --- money ---


@pytest.mark.parametrize(
    ("cell", "fen"),
    [
        ("0.2", 200_000), (0.2, 200_000), (0.1 + 0.2, 300_000), ("0.000001", 1), ("1,000.00", 1_000_000_000),
        ("￥0.5", 500_000),
        ("０．２", 200_000), ("0.2万元", 200_000), (Decimal("0.35"), 350_000), (2, 2_000_000), ("0", 0), ("/", None),
        ("",
        None),
        (0, 0),
    ],
)  # fmt: skip
def test_wan_becomes_whole_fen_without_rounding(cell, fen: int | None):
    assert read_amount(cell, FEN_IN_WAN) == fen


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        (-1, "negative_amount"), ("-0.1", "negative_amount"), ("1e309", "not_an_amount"), ("NaN", "not_an_amount"),
        ("Infinity", "not_an_amount"), (float("nan"), "not_an_amount"), (float("inf"), "not_an_amount"),
        ("0.0000005", "below_one_fen"), (1e-7, "below_one_fen"), ("2000元", "wrong_unit"), ("1,00.0", "not_an_amount"),
        ("两千", "not_an_amount"), (dt.date(2026, 1, 1), "not_an_amount"), (True, "not_an_amount"),
        (10**12, "amount_too_large"),
    ],
)  # fmt: skip
@pytest.mark.fault("B20")
def test_what_is_no_amount_is_refused(cell, rule: str):
    assert rule_of(read_amount, cell, FEN_IN_WAN) == rule


def test_yuan_knows_half_a_fen_too():
    assert read_amount("2000.5", FEN_IN_YUAN) == 200_050
    assert rule_of(read_amount, "0.005", FEN_IN_YUAN) == "below_one_fen"
    assert rule_of(read_amount, "0.2万元", FEN_IN_YUAN) == "wrong_unit"


@given(st.integers(0, 10**12))
def test_an_amount_in_wan_comes_back_to_the_fen(fen: int):
    assert read_amount(str(Decimal(fen) / FEN_IN_WAN) if fen >= 10 else f"0.00000{fen}", FEN_IN_WAN) == fen


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("处罚款2000元", {2000}), ("罚款2,000.00元", {2000}), ("罚款人民币贰仟元整（2000元）", {2000}),
        ("罚款1.2万元", {12000}),
        ("没收违法所得126元，罚款伍仟元", {126, 5000}), ("罚款壹拾贰万叁仟肆佰伍拾陆元整", {123456}),
        ("罚款十五万元", {150000}),
        ("罚款壹亿零伍万元", {100050000}), ("给予警告", set()), ("3批次产品", set()),
    ],
)  # fmt: skip
def test_amounts_named_in_a_decision_are_found_in_figures_and_in_words(text: str, yuan: set[int]):
    assert amounts_named(text) == {one * 100 for one in yuan}


@pytest.mark.parametrize(
    ("fen", "content", "doubted"),
    [
        (2000 * FEN_IN_WAN, "处罚款贰仟元整", True),
        (2000 * FEN_IN_WAN, "处罚款2000元", True),
        (200_000, "处罚款2000元", False),
        (200_000, "处罚款2000万元", True),
        (1001 * FEN_IN_WAN, "处罚款", True),
        (1000 * FEN_IN_WAN, "处罚款", False),
        (1001 * FEN_IN_WAN, "处罚款1001万元", False),
        (300_000, "处罚款2000元", False),
    ],
)
def test_yuan_typed_for_wan_is_doubted(fen: int, content: str, doubted: bool):
    assert (unit_doubt(fen, content) is not None) is doubted


# --- words ---


@pytest.mark.parametrize("code", PENALTY_KINDS)
def test_every_kind_of_the_law_is_known_by_its_own_words(code: str):
    assert penalty_kinds(PENALTY_KINDS[code]) == ((code,), (), False)


@pytest.mark.parametrize(
    ("text", "content", "codes"),
    [
        ("警告;罚款", "", ("warning", "fine")),
        ("警告；罚款、没收违法所得", "", ("warning", "fine", "confiscate_income")),
        ("罚款；罚款", "", ("fine",)),
        ("没收违法所得、没收非法财物", "", ("confiscate_income", "confiscate_goods")),
        ("罚款、法律、行政法规规定的其他行政处罚", "", ("fine", "other")),
        ("暂扣或者吊销许可证、暂扣或者吊销执照", "吊销营业执照", ("revoke_business_licence",)),
        ("罚款；暂扣或者吊销许可证", "暂扣食品经营许可证一个月", ("fine", "suspend_licence")),
        ("其他-责令改正", "", ("other",)),
    ],
)
def test_lists_of_kinds_are_split_and_read(text: str, content: str, codes: tuple[str, ...]):
    assert penalty_kinds(text, content).codes == codes


def test_an_either_or_wording_that_nothing_explains_goes_to_an_officer():
    kinds = penalty_kinds("暂扣或者吊销许可证", "责令改正")
    assert kinds.codes == ("other",)
    assert kinds.unclear
    assert penalty_kinds("责令赔礼").unknown == ("责令赔礼",)


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("未按期年报", "annual_report"), ("未公示即时信息", "instant_information"),
        ("登记住所无法联系", "address_unreachable"),
        ("公示信息隐瞒真实情况、弄虚作假", "false_information"),
        ("通过登记的住所或者经营场所无法取得联系", "address_unreachable"),
        ("annual_report", "annual_report"),
    ],
)  # fmt: skip
def test_grounds_are_read_in_the_words_lists_print(text: str, ground: str):
    assert choice(text, "ground", tuple(GROUNDS.items())) == ground


def test_words_outside_a_list_are_refused():
    assert rule_of(choice, "其他", "ground", tuple(GROUNDS.items())) == "not_in_list"
    assert rule_of(subject_word, "外星人") == "not_in_list"
    assert rule_of(listing_state, "不详") == "not_in_list"
    assert subject_word("法人及其他组织") == "organisation"
