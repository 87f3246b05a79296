"""What a scanner, a card reader or a hand typed into the one box, taken apart: codes, numbers, tokens, references.

A licence's QR holds a whole address or a line of fields; only a 统一社会信用代码 whose check digit is right counts.
"""

import re
from dataclasses import dataclass
from typing import Final
from unicodedata import normalize

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from notices.qr import Purpose

LONGEST: Final = 2000
_USCC: Final = re.compile(r"(?<![0-9A-Z])[0-9A-HJ-NPQRTUWXY]{18}(?![0-9A-Z])")
_FILING: Final = re.compile(r"(?<![0-9A-Z])XF[0-9]{8}[0-9A-Z]{6}(?![0-9A-Z])")
_REFERENCE: Final = re.compile(r"(?<![0-9A-Z])[0-9A-HJKMNP-TV-Z]{20}(?![0-9A-Z])")
_TICKET: Final = re.compile(r"[A-D][0-9]{3}")
_TOKEN: Final = re.compile(r"/([qv])/([A-Za-z0-9]{1,8}\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{22})")
_BRACKETS: Final = str.maketrans(
    {"[": "〔", "]": "〕", "【": "〔", "】": "〕", "﹝": "〔", "﹞": "〕", "（": "〔", "）": "〕", "(": "〔", ")": "〕"}
)


@dataclass(frozen=True, slots=True)
class Scanned:
    """`text` as typed; each of the rest empty where the text holds none of it.

    wrong_code   looks like a 统一社会信用代码 and its check digit is wrong: misread, or miscopied
    paper_no     a document number with 六角括号 however it was typed, e.g. 永市监信受〔2026〕1号
    """

    text: str
    codes: tuple[str, ...] = ()
    wrong_code: str = ""
    filing_no: str = ""
    reference: str = ""
    ticket: str = ""
    paper_no: str = ""
    purpose: Purpose | None = None
    token: str = ""


def read_scanned(raw: str) -> Scanned:
    """Total: anything gives an answer, at worst the bare text, to be looked for as a name."""
    given = "".join(ch for ch in raw[:LONGEST] if ch.isprintable()).strip()
    token = _TOKEN.search(given)
    text = normalize("NFKC", given).strip()
    upper = text.upper()
    alike = [found for found in dict.fromkeys(_USCC.findall(upper))]
    codes = tuple(one for one in alike if _is_code(one))
    filing, reference = _FILING.search(upper), _REFERENCE.search(upper)
    paper = given.translate(_BRACKETS).replace(" ", "")
    return Scanned(
        text=text,
        codes=codes,
        wrong_code="" if codes or not alike else alike[0],
        filing_no=filing[0] if filing else "",
        reference=reference[0] if reference else "",
        ticket=upper if _TICKET.fullmatch(upper) else "",
        paper_no=paper if "〔" in paper and "号" in paper and len(paper) <= 64 else "",
        purpose=Purpose(token[1]) if token else None,
        token=token[2] if token else "",
    )


def _is_code(text: str) -> bool:
    try:
        uscc.validate(text)
    except ValidationError:
        return False
    return True
