"""Bytes to text: which encoding a file is in, found by rule and never by chance; and the refusal of a whole file."""

from __future__ import annotations

import re
from typing import Final


class FileRefused(Exception):
    """The file as a whole cannot be read; `message` says in Chinese why and what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


_BOMS: Final = (
    (b"\xef\xbb\xbf", "utf-8", "UTF-8（带 BOM）"),
    (b"\xff\xfe", "utf-16-le", "UTF-16 LE（带 BOM）"),
    (b"\xfe\xff", "utf-16-be", "UTF-16 BE（带 BOM）"),
)
# Python's gb18030 codec gives private-use code points for eight Han characters that have had real ones
# since Unicode 4.1.
_PRIVATE_HAN: Final = dict(
    zip((0xE81E, 0xE826, 0xE82B, 0xE82C, 0xE832, 0xE843, 0xE854, 0xE864), range(0x9FB4, 0x9FBC), strict=True)
)

_PRIVATE: Final = re.compile("[\ue81e-\ue864]")


def decode(data: bytes) -> tuple[str, str]:
    """Text and the name of its encoding: BOM, strict UTF-8, UTF-16 by its NULs, strict GB18030, in this order.

    UTF-8 comes before GB18030, as short UTF-8 texts also decode as GB18030, to rubbish. Raises FileRefused.
    """
    for bom, codec, name in _BOMS:
        if data.startswith(bom):
            return _strict(data[len(bom) :], codec, name), name
    wide = _utf16_guess(data[:65536])
    attempts = [("utf-8", "UTF-8"), ("gb18030", "GB18030（GBK、GB2312）")]
    if wide:
        # ASCII in UTF-16 is valid UTF-8 full of NULs, so the pattern goes first where there is one.
        attempts.insert(0, (wide, wide.upper().replace("UTF-16-", "UTF-16 ")))
    for codec, name in attempts:
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        # Looked for first: translating millions of characters to change none is slow.
        private = codec == "gb18030" and _PRIVATE.search(text) is not None
        return (text.translate(_PRIVATE_HAN) if private else text), name
    raise FileRefused("unknown_encoding", "认不出文字编码：请另存为 UTF-8 编码的 CSV，或者另存为 xlsx")


def _strict(data: bytes, codec: str, name: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        raise FileRefused("broken_encoding", f"文件标明编码为 {name}，内容却不是：请另存为 xlsx 后上传") from None


def _utf16_guess(data: bytes) -> str | None:
    even, odd = data[0::2].count(0), data[1::2].count(0)
    if even + odd < max(2, len(data) // 50):
        return None
    if odd > 4 * even:
        return "utf-16-le"
    return "utf-16-be" if even > 4 * odd else None
