"""拖欠农民工工资失信联合惩戒对象名单信息: employers who owed wages; off the list half a year after paying them.

人社部令第45号, 保障农民工工资支付条例第四十八条. The HRSS bureau that listed decides (谁执法、谁认定、谁负责).
"""

from __future__ import annotations

from datetime import date
from typing import Final

from cases.law import Basis, Reason, RecordFacts, RowMaker, Rule
from cases.law.regimes import HRSS_45, STATE_22

from .base import (
    BUREAU,
    COMMITMENT,
    GENERAL_DEFECTS,
    GUIDE_ANNEX,
    HANDLER,
    REMOVE_FROM_LIST,
    SECTION,
    Category,
    DefectCode,
    ExtraField,
    GuideBlock,
    MaterialSpec,
    Tier,
    open_duties,
    superior_rows,
)  # fmt: skip

CODE: Final = "wage_arrears"
REGULATION: Final = Basis("保障农民工工资支付条例", "", "第四十八条")

# --- extra fields ---------------------------------------------------------------------------------------------------

EXTRA_FIELDS: Final = (
    ExtraField("arrears", "拖欠事实及数额（元）"),
    ExtraField("order_no", "责令限期支付文书号", required=True),
    # Whoever is listed today has not paid yet, so the column may be blank although the exchange file always has it.
    ExtraField("corrected_on", "改正日期", "date", fact="corrected_on"),
    ExtraField("co_listed", "同案人员人数"),
    ExtraField("new_arrears", "列入后发生新的拖欠", "bool", fact="new_violation"),
    ExtraField("prosecuted", "因拒不支付劳动报酬被立案或者判刑", "bool", fact="prosecuted"),
)

# --- rules by date --------------------------------------------------------------------------------------------------

_h45 = RowMaker(HRSS_45, category=CODE)
_open = RowMaker(HRSS_45, category=CODE, certainty="unverified", question="Q6")
# The frame's class `serious` stands beside the order: 只有法律、行政法规可以另定期限, and the order is neither.
_serious = RowMaker(
    HRSS_45, category=CODE, variant="serious", counts_from="document", basis=STATE_22.basis(),
    in_force_from=STATE_22.in_force_from,
)  # fmt: skip
# Stands beside the general limits of its field, which hold for market False.
_ours: Final = {"market": False}

RULES: Final[tuple[Rule, ...]] = (
    *superior_rows(CODE),
    _h45(
        "min", "display_min", 6, "改正拖欠行为后在列满六个月，可申请提前移出", counts_from="correction", variant="order",
        question="Q6",
    ),
    _h45(
        "max", "display_max", 36, "列入名单满三年移出", counts_from="listing", variant="order",
        start_certainty="unverified", question="Q6",
    ),
    _serious("serious.min", "display_min", 12, "严重失信信息最短公示期为一年", question="Q6"),
    _serious("serious.max", "display_max", 36, "严重失信信息最长公示期为三年", question="Q6"),
    _h45("duties", "condition", True, "已改正拖欠农民工工资行为的证明材料", unit="bool"),
    _h45("promise", "condition", True, "不再拖欠农民工工资的书面承诺", unit="bool"),
    _open("again", "condition", True, "列入名单期间没有发生新的拖欠（待核实）", unit="bool"),
    _open("crime", "condition", True, "没有因拒不支付劳动报酬被立案或者判刑（待核实）", unit="bool"),
    *(
        _open(f"material.{code}", "material", code, f"{text}（待核实）", unit="text")
        for code, text in (
            ("application_form", "移出申请书"),
            ("proof_of_duties", "改正拖欠行为的证明材料"),
            ("commitment", "不再拖欠的书面承诺"),
        )
    ),
    _h45(
        "decider", "decider", "谁执法、谁认定、谁负责", "由作出列入决定的人力资源社会保障部门决定移出", unit="text",
        basis=HRSS_45.basis("第四条"),
    ),
    _open(
        "decide", "decide_days", 15, "自收到申请之日起十五个工作日内核实并作出书面决定，说明理由（待核实）", unit="WD",
        counts_from="submitted", when=_ours,
    ),
    _open(
        "stop", "stop_days", 10, "自决定移出之日起十个工作日内移出名单、停止公示（待核实）", unit="WD",
        counts_from="decided",
    ),
    _open(
        "share", "share_days", 10, "自决定移出之日起十个工作日内告知联合惩戒单位，并共享至同级信用平台（待核实）",
        unit="WD", counts_from="decided",
    ),
    _open(
        "false", "false_material", "restored", "隐瞒事实、提供虚假材料的，撤销移出决定、恢复列入，期限重新计算（待核实）",
        unit="text",
    ),
)  # fmt: skip

# --- why not --------------------------------------------------------------------------------------------------------


def why_not(facts: RecordFacts, today: date) -> tuple[Reason, ...]:
    """Arrears still open block; the two bars are unverified, so an officer judges them."""
    reasons = [*open_duties(facts, today, order=HRSS_45, sure=True)]
    if facts.new_violation:
        reasons.append(_bar("列入名单期间发生新的拖欠"))
    if facts.prosecuted:
        reasons.append(_bar("因拒不支付劳动报酬被立案或者判刑"))
    if today >= STATE_22.in_force_from:
        text = "改正后满六个月与最短公示期一年以何为准待核实"
        reasons.append(Reason(text, STATE_22.basis(), certainty="unverified", effect="warns", question="Q6"))
    if facts.corrected_on is not None and facts.listed_on is not None and facts.corrected_on < facts.listed_on:
        text = "先改正、后列入的，六个月自列入之日起计算（待核实）"
        reasons.append(Reason(text, HRSS_45.basis(), certainty="unverified", effect="warns", question="Q6"))
    return tuple(reasons)


def _bar(what: str) -> Reason:
    text = f"{what}，是否影响移出待核实，由认定单位判断"
    return Reason(text, HRSS_45.basis(), certainty="unverified", effect="officer", question="Q6")


# --- guide ----------------------------------------------------------------------------------------------------------

GUIDE: Final = (GuideBlock("设定依据", str(REGULATION)), GUIDE_ANNEX)

# --- the room -------------------------------------------------------------------------------------------------------

_PROMISE: Final = MaterialSpec(
    "commitment", "不再拖欠农民工工资的书面承诺", COMMITMENT.description, common=True, source="generated", core=True
)
_PROOF: Final = MaterialSpec(
    "proof_of_duties",
    "改正拖欠行为的证明材料",
    "工资支付凭证、劳动者签收表等；凭证遗失的，可选择由认定单位核实",
    core=True,
)
_FORM: Final = MaterialSpec(
    "application_form", "移出名单申请书", "由系统按填报内容生成，确认签署即可", common=True, source="generated"
)


def _tiers(facts: RecordFacts) -> tuple[Tier, ...]:
    return (HANDLER, SECTION, BUREAU)


def _materials(facts: RecordFacts) -> tuple[MaterialSpec, ...]:
    return (_PROOF, _PROMISE, _FORM)


CATEGORY: Final = Category(
    code=CODE,
    title="拖欠农民工工资失信联合惩戒对象名单信息",
    annex1_row=6,
    annex1_departments=("rsj",),
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
        DefectCode("wages_unpaid", "拖欠的农民工工资尚未清偿", str(HRSS_45.basis()), ("not_accepted", "refused")),
        # What is asked for on an unverified bar is a statement, never a refusal.
        DefectCode(
            "new_arrears_unexplained", "列入期间是否发生新的拖欠需补充说明（待核实）", HRSS_45.title, ("correction",)
        ),
    ),
)
