"""统一社会信用代码 (GB 32100-2015) as files bring it: normalised, checked by the library, its three gaps closed."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from cases.collection.cells import Bad, Cell, fold, text_of

ALPHABET: Final = frozenset("0123456789ABCDEFGHJKLMNPQRTUWXY")
PLACEHOLDER: Final = "0" * 17 + "X"
_LOOSE: Final = str.maketrans("", "", "-‐‑‒–—―－·.")
_FLOATED: Final = re.compile(r"\d(\.\d+)?E\+?\d+", re.IGNORECASE)
_AS_TEXT: Final = "请把该列设为文本格式，按证照重新录入 18 位代码"


def is_number(cell: Cell) -> bool:
    """True for a numeric cell; a code that was one has lost its last digits or its leading zeros."""
    return isinstance(cell, int | float) or type(cell).__name__ == "Decimal"


def credit_code(cell: Cell) -> str | None:
    """The 18 characters, upper case, or None if empty. The placeholder of traders comes back as it is.

    Raises Bad: number_not_text, code_length, code_characters, check_digit.
    """
    if is_number(cell):
        raise Bad("number_not_text", "该列须为文本格式：代码以数字保存，末几位已丢失", _AS_TEXT)
    text = text_of(cell)
    return None if text is None else _checked(text)


@lru_cache(maxsize=16384)
def _checked(text: str) -> str:
    code = fold(text).translate(_LOOSE).upper() if not (len(text) == 18 and text.isascii()) else text.upper()
    if code == PLACEHOLDER:
        return code
    if _FLOATED.fullmatch(fold(text)):
        raise Bad("number_not_text", "该列须为文本格式：代码被存成科学计数法，末几位已丢失", _AS_TEXT)
    if len(code) != 18:
        raise Bad("code_length", _wrong_length(code), "请填写营业执照（登记证书）上的 18 位统一社会信用代码")
    strange = sorted({character for character in code if character not in ALPHABET})
    if strange:
        marks = "、".join(strange)
        raise Bad(
            "code_characters",
            f"含有代码不使用的字符：{marks}（代码中没有 I、O、Z、S、V）",
            "请对照证照核对，注意 0 与 O、1 与 I、2 与 Z",
        )
    if not _check_digit_holds(code):
        raise Bad("check_digit", "统一社会信用代码校验位不符，至少有一位录入有误", "请对照证照逐位核对后重新录入")
    return code


def _wrong_length(code: str) -> str:
    if len(code) == 15 and code.isdigit():
        return "这是 15 位注册号，不是统一社会信用代码"
    if len(code) == 9:
        return "这是 9 位组织机构代码，不是统一社会信用代码"
    return f"统一社会信用代码应为 18 位，现为 {len(code)} 位"


def _check_digit_holds(code: str) -> bool:
    # The library wants eight leading digits and so refuses 农村集体经济组织 (N1–N3) and other codes led by a letter.
    if not code[:8].isdigit():
        return str(uscc.calc_check_digit(code[:17])) == code[17]
    try:
        uscc.validate(code)
    except ValidationError:
        return False
    return True


def subject_kind(code: str) -> str:
    """ "trader" for a 个体工商户 (92…), else "organisation"."""
    return "trader" if code.startswith("92") else "organisation"
