"""市场监督管理严重违法失信名单信息: the serious list of the market field; early removal after a year.

市场监督管理严重违法失信名单管理办法（44令）, 107令 (before 2025-12-25: 国市监信规〔2021〕3号).
The bureau that listed decides.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from cases.law import Reason, RecordFacts, RowMaker, Rule
from cases.law.regimes import SAMR_44, SAMR_107, SAMR_2021, STATE_22

from .base import (
    APPLICATION_FORM,
    BUREAU,
    GENERAL_DEFECTS,
    GUIDE_ANNEX,
    HANDLER,
    LICENCE,
    MARKET_COMMITMENT,
    PROOF_OF_DUTIES,
    REMOVE_FROM_LIST,
    SECTION,
    Category,
    DefectCode,
    ExtraField,
    MaterialSpec,
    Tier,
    open_duties,
    superior_rows,
)  # fmt: skip

CODE: Final = "market_violation"

# --- extra fields ---------------------------------------------------------------------------------------------------

EXTRA_FIELDS: Final = (
    ExtraField("list_kind", "类别"),
    ExtraField("penalty_doc_no", "所依据的处罚决定书文号", required=True),
    ExtraField("new_violation", "列入后又受到较重行政处罚", "bool", fact="new_violation"),
    ExtraField("restriction_until", "限制措施截止日期", "date", fact="restriction_until"),
)

# --- rules by date --------------------------------------------------------------------------------------------------

_m21 = RowMaker(SAMR_2021, category=CODE)
_m107 = RowMaker(SAMR_107, category=CODE)
_m44 = RowMaker(SAMR_44, category=CODE)


def _periods(row: RowMaker) -> tuple[Rule, ...]:
    """One and three years, verified; whether from the listing or from the listing decision is not."""
    rows = []
    frame = STATE_22 if row is _m107 else SAMR_44
    for start, basis in (("listing", SAMR_44.basis()), ("document", frame.basis())):
        same = {
            "counts_from": start, "variant": start, "basis": basis, "start_certainty": "unverified", "question": "Q4",
        }  # fmt: skip
        # Each start speaks in the words of its own paper.
        least, most = (
            ("严重失信信息最短公示期为一年", "严重失信信息最长公示期为三年")
            if basis == STATE_22.basis()
            else ("列入严重违法失信名单满一年可申请提前移出", "列入严重违法失信名单满三年自动移出")
        )
        rows += [
            row(f"list.min.{start}", "display_min", 12, least, **same),
            row(f"list.max.{start}", "display_max", 36, most, **same),
        ]
    return tuple(rows)


RULES: Final[tuple[Rule, ...]] = (
    *_periods(_m107),
    *_periods(_m21),
    *superior_rows(CODE),
    *(
        _m44(f"{key}.frame", "condition", True, text, unit="bool", basis=STATE_22.basis(), in_force_from=STATE_22.in_force_from)
        for key, text in (
            ("duties", "已履行行政处罚决定（行政裁决）规定义务的证明材料"), ("promise", "公开作出信用承诺的守信承诺书")
        )
    ),
    _m44(
        "duties", "condition", True, "已履行行政处罚决定（行政裁决）规定的义务（待核实）", unit="bool",
        certainty="unverified", question="Q6", in_force_to=date(2025, 6, 21),
    ),
    *(
        _m44(f"material.{key}", "material", key, f"{text}（待核实）", unit="text", certainty="unverified", question="Q6")
        for key, text in (
            ("application_form", "信用修复申请书"), ("licence", "营业执照和身份证明"), ("commitment", "守信承诺书"),
            ("proof_of_duties", "履行义务、消除影响的证明材料"),
        )
    ),
    _m44("decider", "decider", "listed", "由作出列入决定的市场监督管理部门决定移出", unit="text"),
    _m44(
        "list.accept", "accept_days", 5, "自收到申请之日起五个工作日内决定是否受理（待核实）", unit="WD",
        counts_from="pushed", certainty="unverified", variant="order", in_force_to=SAMR_2021.in_force_to,
    ),
    _m44(
        "list.untraced", "stop_days", None, "移出后公示系统是否不再显示列入和移出记录、办理期限均待核实", unit="WD",
        counts_from="decided", certainty="unknown", question="Q6",
    ),
    _m44(
        "list.false", "false_material", "restored", "提供虚假材料的，撤销移出决定、恢复列入，期限重新计算（待核实）",
        unit="text", certainty="unverified", question="Q4",
    ),
    *(
        _m44(key, "condition", True, text, unit="bool", certainty="unverified", question="Q6")
        for key, text in (
            ("harm", "已主动消除危害后果和不良影响（待核实）"),
            ("again", "未再受到较重行政处罚（待核实）"),
            ("measures", "没有仍在执行的法定限制措施（待核实）"),
        )
    ),
    _m107("list.accept", "accept_days", None, "受理期限待核实", unit="WD", certainty="unknown", question="Q4"),
    _m107("list.decide", "decide_days", 7, "自受理之日起七个工作日内作出决定", unit="WD", counts_from="accepted"),
    _m21(
        "list.accept", "accept_days", 2, "自收到申请之日起二个工作日内决定是否受理（待核实）", unit="WD",
        counts_from="pushed", certainty="unverified",
    ),
    _m21("list.decide", "decide_days", 15, "自受理之日起十五个工作日内作出决定", unit="WD", counts_from="accepted"),
)  # fmt: skip

# --- why not --------------------------------------------------------------------------------------------------------


def why_not(facts: RecordFacts, today: date) -> tuple[Reason, ...]:
    """Open duties block; a measure still running is unverified as a bar, so an officer judges it."""
    reasons = [*open_duties(facts, today, order=SAMR_44)]
    if facts.new_violation:
        text = "列入后又受到较重行政处罚，是否影响移出待核实，由认定单位判断"
        reasons.append(Reason(text, SAMR_44.basis(), certainty="unverified", effect="officer", question="Q6"))
    if facts.restriction_until is not None and facts.restriction_until >= today:
        text = f"限制措施至{facts.restriction_until}尚未届满，是否影响移出待核实，由认定单位判断"
        reasons.append(Reason(text, SAMR_44.basis(), certainty="unverified", effect="officer", question="Q6"))
    return tuple(reasons)


# --- guide ----------------------------------------------------------------------------------------------------------

GUIDE: Final = (GUIDE_ANNEX,)

# --- the room -------------------------------------------------------------------------------------------------------


def _tiers(facts: RecordFacts) -> tuple[Tier, ...]:
    return (HANDLER, SECTION, BUREAU)


def _materials(facts: RecordFacts) -> tuple[MaterialSpec, ...]:
    return (PROOF_OF_DUTIES, MARKET_COMMITMENT, APPLICATION_FORM, LICENCE)


CATEGORY: Final = Category(
    code=CODE,
    title="市场监督管理严重违法失信名单信息",
    annex1_row=3,
    annex1_departments=("scjgj",),
    extra_fields=EXTRA_FIELDS,
    rules=RULES,
    why_not=why_not,
    guide=GUIDE,
    tiers=_tiers,
    materials=_materials,
    effect=lambda facts: REMOVE_FROM_LIST,
    market=True,
    reason_codes=(
        *GENERAL_DEFECTS,
        DefectCode("listed_under_a_year", "列入未满一年", SAMR_44.title, ("not_accepted",)),
    ),
)
