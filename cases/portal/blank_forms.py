"""空表和样表 of the papers that the system itself makes: printable, for those who come with paper. Nothing is stored."""

from dataclasses import dataclass
from typing import Final

from stdnum.cn import uscc

from cases.categories.base import Category, MaterialSpec
from cases.law import RecordFacts

FORMS: Final = {"commitment": "commitment", "application_form": "application"}  # code of the material → its layout
_BODY: Final = "91620321MA0000099"


@dataclass(frozen=True, slots=True)
class Sample:
    """What the sample is filled with: a firm that does not exist. The blank form has none of it."""

    name: str = ""
    code: str = ""
    address: str = ""
    representative: str = ""
    agent: str = ""
    phone: str = ""
    doc_no: str = ""
    unit: str = ""
    day: str = ""
    done: str = ""
    signed: str = ""


FILLED: Final = Sample(
    name="永昌县示例商贸有限公司",
    code=_BODY + str(uscc.calc_check_digit(_BODY)),
    address="永昌县城关镇示例路1号",
    representative="张示例",
    agent="李示例",
    phone="0935-0000000",
    doc_no="示例〔2026〕1号",
    unit="作出决定的单位全称",
    day="2026年5月6日",
    done="已于2026年5月20日缴清罚款，问题已整改，附缴款凭证和整改照片。",
    signed="2026年9月1日",
)


def form_of(room: Category, code: str) -> MaterialSpec | None:
    """The material of this code in a room, if it is one that the system makes a form for."""
    if code not in FORMS:
        return None
    fields = (False, True) if room.market is None else (room.market,)
    specs = [spec for market in fields for spec in room.materials(RecordFacts(room.code, market=market))]
    return next((spec for spec in specs if spec.code == code), None)
