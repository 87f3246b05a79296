"""Words of closed lists, read as files write them: penalty kinds, kinds of subject, grounds, states of a listing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from cases.collection.cells import Bad, fold
from cases.law import PENALTY_KINDS

# --- 处罚类别, 行政处罚法 (2021) 第九条 and the words of before ---

_KIND_WORDS: Final[dict[str, str]] = {
    **{fold(text): code for code, text in PENALTY_KINDS.items()},
    "没收非法所得": "confiscate_income",
    "没收违法所得款": "confiscate_income",
    "没收非法财产": "confiscate_goods",
    "非法财物": "confiscate_goods",
    "暂扣许可证": "suspend_licence",
    "吊销许可证": "revoke_licence",
    "吊销执照": "revoke_business_licence",
    "降低资质": "lower_grade",
    "停产停业": "stop_production",
    "责令停产": "stop_production",
    "责令停业": "stop_production",
    "关闭": "close_down",
    "限制生产经营活动": "restrict_activity",
    "拘留": "detention",
    "其他": "other",
    "其它": "other",
    "其他行政处罚": "other",
}
# The wording of 1996 and 2009: which of the two it was stands in 处罚内容 only.
_EITHER: Final = re.compile("暂扣(?:或者|或|、|和|/)?吊销(?:许可证件?|营业执照|执照)?")
_OTHER_IN_FULL: Final = fold(PENALTY_KINDS["other"])  # its own name holds a separator
_SPLIT: Final = re.compile("[;；、,，+|]")


class Kinds(NamedTuple):
    """codes as in 行政处罚法 第九条, in order; unknown: words taken as "other"; unclear: either-or wording."""

    codes: tuple[str, ...]
    unknown: tuple[str, ...]
    unclear: bool


def penalty_kinds(text: str, content: str = "") -> Kinds:
    """Codes of the kinds named in 处罚类别; `content` (处罚内容) says which of 暂扣/吊销 an either-or wording meant."""
    plain = fold(text)
    either = _EITHER.search(plain)
    if either is None:
        return _listed(plain)
    rest = _listed(_EITHER.sub("、", plain))
    meant = _which(fold(content), either.group())
    return Kinds(tuple(dict.fromkeys((*rest.codes, *(meant or ("other",))))), rest.unknown, not meant)


@lru_cache(maxsize=4096)
def _listed(plain: str) -> Kinds:
    codes, unknown = [], []
    for word in _SPLIT.split(plain.replace(_OTHER_IN_FULL, "其他")):
        if not word:
            continue
        code = _KIND_WORDS.get(word.removeprefix("并处"))
        if code is None:
            unknown.append(word)
        codes.append(code or "other")
    return Kinds(tuple(dict.fromkeys(codes)), tuple(unknown), False)


def _which(content: str, wording: str) -> tuple[str, ...]:
    codes = []
    if "暂扣" in content:
        codes.append("suspend_licence")
    if "吊销" in content:
        business = "营业执照" in content or (wording.endswith("执照") and "许可证" not in content)
        codes.append("revoke_business_licence" if business else "revoke_licence")
    return tuple(codes)


# --- 行政相对人类别, 主体类别 ---

NATURAL_PERSON: Final = "person"
_SUBJECTS: Final[dict[str, str]] = {
    **dict.fromkeys(
        ("法人及非法人组织", "法人和非法人组织", "法人", "法人及其他组织", "法人和其他组织", "法人或其他组织",
         "法人或者其他组织", "非法人组织", "其他组织", "企业", "企业法人", "单位", "农民专业合作社", "社会组织",
         "事业单位"),
        "organisation",
    ),
    **dict.fromkeys(("自然人", "个人", "公民"), NATURAL_PERSON),
    **dict.fromkeys(("个体工商户", "个体", "个体户"), "trader"),
}  # fmt: skip


def subject_word(text: str) -> str:
    """organisation, trader or person. Raises Bad: not_in_list."""
    found = _SUBJECTS.get(fold(text))
    if found is None:
        raise Bad("not_in_list", "不是规定的类别", "请填写：法人及非法人组织、自然人、个体工商户 之一")
    return found


# --- choices of the rooms ---

# Words by which lists print a choice besides its label; by the name of the room's extra field. Rooms that share a
# name share the table, and each knows its own codes only.
CHOICE_WORDS: Final[Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]] = {
    "ground": (
        ("annual_report", ("年报", "年度报告")),
        ("instant_information", ("即时信息", "有关企业信息", "责令的期限")),
        ("false_information", ("隐瞒", "弄虚作假")),
        ("address_unreachable", ("无法联系", "无法取得联系", "查无")),
        ("inactive_two_years", ("活动异常名录",)),
        ("registration_revoked", ("吊销", "撤销登记", "撤销成立登记", "撤销设立登记")),
    ),
    "term": (
        ("two_years_again", ("再次", "重新")),
        ("extended", ("延长",)),
        ("one_year", ("1年", "一年", "12个月")),
        ("two_years", ("2年", "二年", "两年", "24个月")),
    ),
}
# A list whose order knows further cases says so in words of its own; its own column of the reason keeps them.
_ANYTHING_ELSE: Final = "other_situation"


def choice(text: str, name: str, choices: tuple[tuple[str, str], ...]) -> str:
    """The value of a room's choice by value, label or the words lists use. Raises Bad: not_in_list."""
    found = choice_by_label(text, choices)
    if found is not None:
        return found
    plain, known = fold(text), {value for value, _ in choices}
    for value, words in CHOICE_WORDS.get(name, ()):
        if value in known and any(word in plain for word in words):
            return value
    if _ANYTHING_ELSE in known:
        return _ANYTHING_ELSE
    labels = "；".join(label for _, label in choices)
    raise Bad("not_in_list", "不是规定的选项", f"请填写其中之一：{labels}")


def choice_by_label(text: str, choices: tuple[tuple[str, str], ...]) -> str | None:
    """The value whose code or label the text is, word for word; None if it is neither."""
    plain = fold(text)
    return next((value for value, label in choices if plain in (value, fold(label))), None)


# --- people beside a subject ---

_NUMBER_OF_A_PERSON: Final = re.compile(r"[（(【\[]?\d{6}[\dXx*＊]{8,12}[）)】\]]?")
_BETWEEN_NAMES: Final = re.compile(r"[、,，;；/\s]+")
_HEADS: Final = re.compile(r"(?:共|计)?(\d{1,4})(?:人|名)?")


def names_only(text: str) -> str:
    """Names as they stand, without identity numbers (whole or masked)."""
    return _NUMBER_OF_A_PERSON.sub("", text).strip()


def headcount(text: str) -> str:
    """How many people a cell speaks of, as "3人": its number, or its names counted. The names are not kept."""
    found = _HEADS.fullmatch(fold(text))
    count = int(found.group(1)) if found else len([name for name in _BETWEEN_NAMES.split(text.strip()) if name])
    return f"{count}人"


_YES_NO: Final = {"是": True, "有": True, "1": True, "Y": True, "否": False, "0": False, "N": False}


def yes_no(text: str) -> bool:
    """True for 是, False for 否. Raises Bad: not_in_list."""
    found = _YES_NO.get(fold(text).upper())
    if found is None:
        raise Bad("not_in_list", "应填“是”或“否”", "请填写“是”或“否”")
    return found


# --- 当前状态 of a listing ---

_STATES: Final = {
    **dict.fromkeys(("在列", "列入", "公示中", "有效", "正常公示"), "listed"),
    **dict.fromkeys(("已移出", "移出", "已恢复"), "removed"),
    **dict.fromkeys(("已撤销", "撤销"), "annulled"),
}


def listing_state(text: str) -> str:
    """listed, removed or annulled. Raises Bad: not_in_list."""
    found = _STATES.get(fold(text))
    if found is None:
        raise Bad("not_in_list", "不是规定的状态", "请填写：在列、已移出、已撤销 之一")
    return found
