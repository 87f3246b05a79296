"""What is known of one failure record, in the words of the law engine. No database, no defaults beyond "not stated"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Final

FIELDS: Final[dict[str, str]] = {
    "food": "食品",
    "drug": "药品",
    "special_equipment": "特种设备",
    "work_safety": "安全生产",
    "fire": "消防",
}
GROUNDS: Final[dict[str, str]] = {
    "annual_report": "未按期公示年度报告",
    "instant_information": "未按期公示即时信息",
    "false_information": "公示信息隐瞒真实情况、弄虚作假",
    "address_unreachable": "通过登记的住所（经营场所）无法联系",
}
_DATES: Final = (
    "decided_on", "published_on", "listed_on", "corrected_on", "restriction_until", "court_plan_on", "ended_on"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """Facts of a record; None means that the source is silent, which is a third answer and never a no.

    category   code of a room; dates are local (Asia/Shanghai); amounts in fen
    market     True 市场监管领域, False other fields, None not stated (matters only to rooms that have both kinds)
    severity   minor, general, serious, or unset until the department has set it
    duties_done        False only where the record says that duties are open; None = to be shown in the filing
    listed_elsewhere   the subject stands on 经营异常名录 or 严重违法失信名单 at the same time
    term               code of a room's own kinds of period (for example how long a court shows an entry)
    new_violation      a new violation, or a new situation that lists, since this one
    repeated           the same subject was determined or listed more than once within the time a list looks back
    prosecuted         a criminal case for the same conduct is open, or has ended in a conviction
    court_plan_on      day of the court's ruling on a 重整计划 or 和解协议
    ended_on           the day on which publication has already ended or was withdrawn
    """

    category: str
    market: bool | None = None
    severity: str = "unset"
    penalty_kinds: tuple[str, ...] = ()
    field: str | None = None
    summary_procedure: bool | None = None
    decided_on: date | None = None
    published_on: date | None = None
    listed_on: date | None = None
    corrected_on: date | None = None
    duties_done: bool | None = None
    ground: str | None = None
    amount_fen: int | None = None
    restriction_until: date | None = None
    listed_elsewhere: bool | None = None
    term: str | None = None
    new_violation: bool | None = None
    repeated: bool | None = None
    prosecuted: bool | None = None
    court_plan_on: date | None = None
    subject_is_trader: bool = False
    ended_on: date | None = None

    def __post_init__(self) -> None:
        # A datetime is a date to the type checker but does not compare with one; lists come from JSON.
        for name in _DATES:
            value = getattr(self, name)
            if type(value) is datetime:
                object.__setattr__(self, name, value.date())
        if type(self.penalty_kinds) is not tuple:
            object.__setattr__(self, "penalty_kinds", tuple(self.penalty_kinds))

    def to_json(self) -> dict[str, Any]:
        """All fields, dates as YYYY-MM-DD, ready for json.dumps; `from_json` gives equal facts back."""
        out: dict[str, Any] = {}
        for one in fields(self):
            value = getattr(self, one.name)
            if isinstance(value, date):
                value = value.isoformat()
            elif isinstance(value, tuple):
                value = list(value)
            out[one.name] = value
        return out

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RecordFacts:
        """Read what `to_json` wrote; unknown keys are ignored. Raises KeyError without a category, ValueError for
        a date that is not YYYY-MM-DD."""
        known = {one.name: data[one.name] for one in fields(cls) if one.name in data}
        for name in _DATES:
            if isinstance(known.get(name), str):
                known[name] = date.fromisoformat(known[name])
        known["category"] = data["category"]
        return cls(**known)
