"""Amounts: 万元 or 元 to whole 分, and the amounts that a sentence names, in figures or 大写, to catch a wrong unit."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

from cases.collection.cells import Bad, Cell, Unreadable, text_of

FEN_IN_YUAN: Final = 100
FEN_IN_WAN: Final = 1_000_000
# 1000 万元: above it the sender has more likely typed 元 than imposed such a fine in a county.
SUSPICIOUS_FEN: Final = 1000 * FEN_IN_WAN
_LARGEST: Final = Decimal(10) ** 9
_PLAIN: Final = re.compile(r"-?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?")
_NAMED: Final = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*(亿|万|千|百)?\s*元")
_WRITTEN: Final = re.compile("[零〇壹贰贰叁参肆伍陆柒捌玖拾佰仟万萬亿億一二两三四五六七八九十百千]+[元圆圓]")
_SCALE: Final = {"": 1, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
_DIGIT: Final = {
    **{c: n for n, c in enumerate("零壹贰叁肆伍陆柒捌玖")},
    **{c: n for n, c in enumerate("〇一二三四五六七八九")},
    "两": 2,
    "参": 3,
}
_TEN: Final = {"拾": 10, "十": 10, "佰": 100, "百": 100, "仟": 1000, "千": 1000}
_MYRIAD: Final = {"万": 10_000, "萬": 10_000, "亿": 100_000_000, "億": 100_000_000}


def read_amount(cell: Cell, fen_in_unit: int) -> int | None:
    """Whole 分 of an amount given in 万元 (FEN_IN_WAN) or 元 (FEN_IN_YUAN); None if empty.

    Raises Bad: not_an_amount, wrong_unit, negative_amount, amount_too_large, below_one_fen.
    """
    amount = _decimal(cell, fen_in_unit)
    if amount is None:
        return None
    if not amount.is_finite():
        raise Bad("not_an_amount", "不是金额", "请填写数字")
    if amount < 0:
        raise Bad("negative_amount", "金额不能为负数", "请核对后填写")
    if amount > _LARGEST:
        raise Bad("amount_too_large", "金额过大", "请核对金额和单位")
    fen = amount * fen_in_unit
    if fen != int(fen):
        raise Bad("below_one_fen", "金额不足一分的部分无法保存", "金额最小到分（0.000001 万元）")
    return int(fen)


def _decimal(cell: Cell, fen_in_unit: int) -> Decimal | None:
    if isinstance(cell, bool):
        raise Bad("not_an_amount", "不是金额", "请填写数字")
    if isinstance(cell, int | Decimal):
        return Decimal(cell)
    if isinstance(cell, float):
        # A spreadsheet shows 15 digits of its binary number; the rest is noise of its arithmetic.
        return Decimal(format(cell, ".15g"))
    if isinstance(cell, str) or cell is None or isinstance(cell, Unreadable):
        text = text_of(cell)
        return None if text is None else _parse(text, fen_in_unit)
    raise Bad("not_an_amount", "日期不能读作金额", "请把该列设为数值或文本格式后重新录入")


@lru_cache(maxsize=16384)
def _parse(text: str, fen_in_unit: int) -> Decimal:
    plain = "".join(unicodedata.normalize("NFKC", text).split()).lstrip("¥").removeprefix("人民币").removesuffix("整")
    unit = "万元" if plain.endswith(("万元", "万")) else "元" if plain.endswith("元") else ""
    wanted = "万元" if fen_in_unit == FEN_IN_WAN else "元"
    if unit and unit != wanted:
        raise Bad("wrong_unit", f"该列单位为{wanted}，填写的是{unit}", f"请换算成{wanted}后填写")
    plain = plain.removesuffix("元").removesuffix("万")
    if not _PLAIN.fullmatch(plain):
        raise Bad(
            "not_an_amount", "不是金额", "请填写数字，例如 0.2 表示 2000 元" if wanted == "万元" else "请填写数字"
        )
    try:
        return Decimal(plain.replace(",", ""))
    except InvalidOperation:
        raise Bad("not_an_amount", "不是金额", "请填写数字") from None


def amounts_named(text: str) -> frozenset[int]:
    """Amounts in 分 that a sentence names: 2000元, 1.2万元, 2,000.00 元, 贰仟元整, 三万元."""
    if "元" not in text and "圆" not in text and "圓" not in text:
        return frozenset()
    found = set()
    # NFKC would turn no 大写 character into another, so both searches may share it.
    plain = unicodedata.normalize("NFKC", text)
    for number, scale in _NAMED.findall(plain):
        fen = Decimal(number.replace(",", "")) * _SCALE[scale] * FEN_IN_YUAN
        if fen == int(fen):
            found.add(int(fen))
    for words in _WRITTEN.findall(plain):
        value = _written(words[:-1])
        if value:
            found.add(value * FEN_IN_YUAN)
    return frozenset(found)


def sums_told(text: str) -> set[int]:
    """Sums in 分 that a column headed 元 tells: those named as money, else its only plain number."""
    named = amounts_named(text)
    if named:
        return set(named)
    plain = _PLAIN.fullmatch("".join(unicodedata.normalize("NFKC", text).split()))
    fen = Decimal(plain.group().replace(",", "")) * FEN_IN_YUAN if plain else Decimal(0)
    return {int(fen)} if fen > 0 and fen == int(fen) else set()


def _written(words: str) -> int:
    """The number that Chinese numerals write, 0 if they write none: 壹万贰仟 = 12000, 十五 = 15."""
    total = part = digit = 0
    for character in words:
        if character in _DIGIT:
            digit = _DIGIT[character]
        elif character in _TEN:
            part += (digit or (1 if character in "拾十" else 0)) * _TEN[character]
            digit = 0
        else:
            total = (
                (total + part + digit) * _MYRIAD[character]
                if character in "亿億"
                else total + (part + digit) * _MYRIAD[character]
            )
            part = digit = 0
    return total + part + digit


def unit_doubt(fen: int, content: str) -> str | None:
    """Why an amount looks typed in the wrong unit, or None: ten thousand times (or a ten-thousandth of) what the
    decision itself names, or above 1000 万元."""
    named = amounts_named(content)
    if fen and fen not in named:
        for other in named:
            if fen == other * 10_000 or fen * 10_000 == other:
                return f"处罚内容载明 {yuan(other)} 元，填报折合 {yuan(fen)} 元，相差一万倍"
    if fen > SUSPICIOUS_FEN and fen not in named:
        return f"填报折合 {yuan(fen)} 元，超过 1000 万元"
    return None


def yuan(fen: int) -> str:
    """分 as 元 without superfluous zeros: 200000 → 2000, 250050 → 2500.5."""
    return format((Decimal(fen) / FEN_IN_YUAN).normalize(), "f")
