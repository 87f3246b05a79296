"""安全生产严重失信主体名单信息: the serious list of work safety; early removal after a year.

安全生产严重失信主体名单管理办法（应急管理部令第11号）, beside it 22号文 for all serious lists.
The organ that made the penalty decides (谁处罚、谁决定、谁负责).
"""

from __future__ import annotations

from datetime import date
from typing import Final

from cases.law import Reason, RecordFacts, RowMaker, Rule
from cases.law.regimes import MEM_11, STATE_22

from .base import (
    APPLICATION_FORM,
    BUREAU,
    COMMITMENT,
    GENERAL_DEFECTS,
    GUIDE_ANNEX,
    HANDLER,
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

CODE: Final = "work_safety"

# --- extra fields ---------------------------------------------------------------------------------------------------

EXTRA_FIELDS: Final = (
    ExtraField("principal", "主要负责人"),
    ExtraField("registered_address", "注册地址"),
    ExtraField("conduct", "失信行为简况", required=True),
    ExtraField("listing_reason", "纳入理由", required=True),
    ExtraField("reported_by", "信息报送机关", required=True),
    ExtraField("accident_grade", "事故等级"),
    ExtraField("restriction_until", "行业禁入截止日期", "date", fact="restriction_until"),
    ExtraField("new_violation", "列入后有新的严重失信行为", "bool", fact="new_violation"),
)

# --- rules by date --------------------------------------------------------------------------------------------------

_m11 = RowMaker(MEM_11, category=CODE)
# The class `serious` of the frame stands beside the order: same lengths, another start, another certainty.
_frame = RowMaker(MEM_11, category=CODE, basis=STATE_22.basis(), in_force_from=STATE_22.in_force_from)
_SERIOUS: Final = {"variant": "serious", "counts_from": "document"}
# Stands beside the general limits of its field, which hold for market False.
_ours: Final = {"market": False}

RULES: Final[tuple[Rule, ...]] = (
    *superior_rows(CODE),
    _m11(
        "list.min", "display_min", 12, "列入安全生产严重失信主体名单满一年可申请提前移出（待核实）",
        counts_from="listing", variant="listing", certainty="unverified", question="Q6",
    ),
    _m11(
        "list.max", "display_max", 36, "列入安全生产严重失信主体名单满三年由认定机关移出（待核实）",
        counts_from="listing", variant="listing", certainty="unverified", question="Q6",
    ),
    _frame("serious.min", "display_min", 12, "严重失信信息最短公示期为一年", **_SERIOUS),
    _frame("serious.max", "display_max", 36, "严重失信信息最长公示期为三年", **_SERIOUS),
    _frame("duties", "condition", True, "已履行行政处罚等决定规定义务、纠正失信行为的证明材料", unit="bool"),
    _frame("promise", "condition", True, "公开作出信用承诺的信用承诺书", unit="bool"),
    *(
        _m11(key, "condition", True, text, unit="bool", certainty="unverified", question="Q6")
        for key, text in (
            ("order.duties", "已履行行政处罚等决定规定的义务（待核实）"),
            ("harm", "已消除危害后果和不良影响（待核实）"),
            ("again", "列入后没有新的严重失信行为（待核实）"),
            ("ban", "没有仍在执行的行业禁入措施（待核实）"),
        )
    ),
    *(
        _m11(
            f"material.{code}", "material", code, f"{text}（待核实）", unit="text", certainty="unverified", question="Q6"
        )
        for code, text in (
            ("application_form", "移出申请书"),
            ("commitment", "信用承诺书"),
            ("proof_of_duties", "履行义务、消除影响的证明材料"),
        )
    ),
    _m11(
        "decider", "decider", "谁处罚、谁决定、谁负责", "由作出行政处罚等决定的应急管理部门决定移出", unit="text",
        basis=MEM_11.basis("第四条"),
    ),
    _m11(
        "accept", "accept_days", 5, "自收到申请之日起五个工作日内决定是否受理（与三个工作日的一般要求以何为准待核实）",
        unit="WD", counts_from="pushed", certainty="unverified", question="Q6", when=_ours,
    ),
    _m11(
        "decide", "decide_days", 20,
        "自受理之日起二十个工作日内作出决定（与自申请起十个工作日反馈的一般要求以何为准待核实）",
        unit="WD", counts_from="accepted", certainty="unverified", question="Q6", when=_ours,
    ),
    _m11(
        "stop", "stop_days", 10, "自决定移出之日起十个工作日内更新信息、停止公示、解除管理措施（待核实）", unit="WD",
        counts_from="decided", certainty="unverified", question="Q6",
    ),
    _m11(
        "report", "report_removal", True, "提前移出的，报上一级应急管理部门（待核实）", unit="bool",
        certainty="unverified", question="Q6",
    ),
    _m11(
        "false", "false_material", "restored", "提供虚假材料的，撤销提前移出决定、恢复列入，管理期限重新计算（待核实）",
        unit="text", certainty="unverified", question="Q6",
    ),
)  # fmt: skip

# --- why not --------------------------------------------------------------------------------------------------------


def why_not(facts: RecordFacts, today: date) -> tuple[Reason, ...]:
    """Open duties block; the bars of the order are unverified, so an officer judges them."""
    reasons = [*open_duties(facts, today, order=MEM_11)]
    if facts.restriction_until is not None and facts.restriction_until >= today:
        reasons.append(_bar(f"行业禁入措施至{facts.restriction_until}尚未届满"))
    if facts.new_violation:
        reasons.append(_bar("列入后有新的严重失信行为"))
    return tuple(reasons)


def _bar(what: str) -> Reason:
    text = f"{what}，是否影响移出待核实，由认定单位判断"
    return Reason(text, MEM_11.basis(), certainty="unverified", effect="officer", question="Q6")


# --- guide ----------------------------------------------------------------------------------------------------------

GUIDE: Final = (GUIDE_ANNEX,)

# --- the room -------------------------------------------------------------------------------------------------------


def _tiers(facts: RecordFacts) -> tuple[Tier, ...]:
    return (HANDLER, SECTION, BUREAU)


def _materials(facts: RecordFacts) -> tuple[MaterialSpec, ...]:
    return (PROOF_OF_DUTIES, COMMITMENT, APPLICATION_FORM)


CATEGORY: Final = Category(
    code=CODE,
    title="安全生产严重失信主体名单信息",
    annex1_row=7,
    annex1_departments=("yjj",),
    extra_fields=EXTRA_FIELDS,
    rules=RULES,
    why_not=why_not,
    guide=GUIDE,
    tiers=_tiers,
    materials=_materials,
    effect=lambda facts: REMOVE_FROM_LIST,
    market=False,
    reason_codes=(
        *GENERAL_DEFECTS,
        # What is asked for on an unverified bar is a statement, never a refusal.
        DefectCode("harm_unexplained", "缺少已消除危害后果和不良影响的说明（待核实）", MEM_11.title, ("correction",)),
        DefectCode("ban_unexplained", "行业禁入措施执行情况不明，需补充说明（待核实）", MEM_11.title, ("correction",)),
        DefectCode("not_our_listing", "不是本单位作出的行政处罚等决定", str(MEM_11.basis("第四条")), ("not_accepted",)),
    ),
)
