"""Which 失信程度 a penalty suggests by its kinds (行政处罚法 第九条). The department sets it; this only suggests."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

PENALTY_KINDS: Final[dict[str, str]] = {
    "warning": "警告",
    "criticism": "通报批评",
    "fine": "罚款",
    "confiscate_income": "没收违法所得",
    "confiscate_goods": "没收非法财物",
    "suspend_licence": "暂扣许可证件",
    "lower_grade": "降低资质等级",
    "revoke_licence": "吊销许可证件",
    "revoke_business_licence": "吊销营业执照",
    "restrict_activity": "限制开展生产经营活动",
    "stop_production": "责令停产停业",
    "close_down": "责令关闭",
    "restrict_employment": "限制从业",
    "detention": "行政拘留",
    "other": "法律、行政法规规定的其他行政处罚",
}
SEVERITIES: Final[dict[str, str]] = {"minor": "轻微", "general": "一般", "serious": "严重", "unset": "未定"}

_WEIGHT: Final = {"minor": 1, "general": 2, "serious": 3}
_BY_KIND: Final[dict[str, tuple[str, str]]] = {
    "warning": ("minor", "verified"),
    "criticism": ("minor", "unverified"),
    "fine": ("general", "unverified"),
    "confiscate_income": ("general", "unverified"),
    "confiscate_goods": ("general", "unverified"),
    "revoke_licence": ("serious", "verified"),
    "restrict_employment": ("serious", "verified"),
    "suspend_licence": ("serious", "unverified"),
    "lower_grade": ("serious", "unverified"),
    "revoke_business_licence": ("serious", "unverified"),
    "stop_production": ("serious", "unverified"),
    "close_down": ("serious", "unverified"),
    "restrict_activity": ("serious", "unverified"),
}
# 行政处罚法 第五十一条: 简易程序 reaches an organisation with a warning or a fine of at most 3,000 yuan.
_SUMMARY_KINDS: Final = frozenset({"warning", "fine"})
_SUMMARY_FINE_FEN: Final = 300_000


class Suggestion(NamedTuple):
    """severity: minor, general, serious or unset; certainty: verified, unverified, unknown; text: one sentence."""

    severity: str
    certainty: str
    text: str


@lru_cache(maxsize=4096)
def suggest_severity(
    penalty_kinds: tuple[str, ...],
    summary_procedure: bool | None = None,
    amount_fen: int | None = None,
    huge_fen: int | None = None,
) -> Suggestion:
    """Suggest the class of a penalty; the heaviest kind of one decision wins (itself unverified under 36令).

    amount_fen   fine in fen, None where the decision names none; a negative one is no amount and settles nothing
    huge_fen     from which a fine is 数额巨大, None while nobody has told us (Q5)
    source       国办发〔2025〕22号, 信用修复管理办法（国家发展改革委令第36号）, 行政处罚法 第九条、第五十一条
    """
    kinds = tuple(dict.fromkeys(penalty_kinds))
    impossible = amount_fen is not None and amount_fen < 0
    small = not impossible and (amount_fen is None or amount_fen <= _SUMMARY_FINE_FEN)
    if summary_procedure and kinds and small and _SUMMARY_KINDS.issuperset(kinds):
        return Suggestion("minor", "verified", "适用简易程序作出的行政处罚，建议定为轻微")
    known = [_BY_KIND[kind] for kind in kinds if kind in _BY_KIND]
    huge = "fine" in kinds and amount_fen is not None and huge_fen is not None and amount_fen >= huge_fen
    if huge:
        known = [("serious", "verified") if kind == "fine" else _BY_KIND[kind] for kind in kinds if kind in _BY_KIND]
    if not known:
        return Suggestion("unset", "unknown", "处罚种类为空或不在可推定范围，失信程度由认定单位确定")
    heaviest = max((severity for severity, _ in known), key=_WEIGHT.__getitem__)
    # That the heaviest of several kinds wins is not verified, so only kinds that all say the same are sure.
    sure = len(known) == len(kinds) and all(one == (heaviest, "verified") for one in known)
    contradictory = bool(summary_procedure) or impossible
    certainty = "verified" if sure and not contradictory else "unverified"
    names = "、".join(PENALTY_KINDS.get(kind, kind) for kind in kinds)
    mark = "" if certainty == "verified" else "（待核实）"
    amount = "；罚款是否属较大数额、数额巨大，标准待核实" if "fine" in kinds and heaviest != "serious" else ""
    return Suggestion(heaviest, certainty, f"处罚种类为{names}，建议定为{SEVERITIES[heaviest]}{mark}{amount}")
