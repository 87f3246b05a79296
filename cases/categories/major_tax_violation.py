"""重大税收违法失信主体信息: the tax authority's list; display may be stopped early on one of three grounds.

税务总局令第54号. The tax organ that determined decides, with the approval of the city's bureau (debts paid and six
months shown) or the province's (bankruptcy plan, emergency contribution): the county bureau forwards.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from cases.law import Reason, RecordFacts, RowMaker, Rule
from cases.law.regimes import STATE_22, TAX_54

from .base import (
    COMMITMENT,
    GENERAL_DEFECTS,
    GUIDE_ANNEX,
    HANDLER,
    HEAD,
    REMOVE_FROM_LIST,
    Category,
    DefectCode,
    ExtraField,
    GuideBlock,
    MaterialSpec,
    Tier,
    open_duties,
    superior_rows,
)  # fmt: skip

CODE: Final = "major_tax_violation"

# --- extra fields ---------------------------------------------------------------------------------------------------

# On which of the three grounds display is to be stopped; the record says it, or its ruling does, else the first.
PAID: Final = "paid"
GROUNDS_TO_STOP: Final[dict[str, str]] = {
    PAID: "已缴清税款、滞纳金和罚款",
    "court_plan": "重整计划或者和解协议已经人民法院裁定批准、认可",
    "contribution": "应急处置等工作中有突出贡献",
}

EXTRA_FIELDS: Final = (
    ExtraField("taxpayer_no", "纳税人识别号", required=True),
    ExtraField("registered_address", "注册地址"),
    ExtraField("case_nature", "案件性质", required=True),
    ExtraField("main_facts", "主要违法事实", required=True),
    ExtraField("tax_decisions", "相关法律依据及税务处理处罚情况", required=True),
    ExtraField("report_period", "案件上报期"),
    ExtraField("superior_organ", "上级决定机关"),
    ExtraField("responsible_names", "负有直接责任的财务负责人、中介机构"),
    ExtraField("stop_ground", "申请停止公布的情形", "choice", False, tuple(GROUNDS_TO_STOP.items()), fact="term"),
    ExtraField("court_plan_on", "重整计划、和解协议裁定日期", "date", fact="court_plan_on"),
    ExtraField("new_violation", "公布后有新的税收违法行为", "bool", fact="new_violation"),
    ExtraField("repeated", "五年内被确定为失信主体两次以上", "bool", fact="repeated"),
)

# --- rules by date --------------------------------------------------------------------------------------------------

_t54 = RowMaker(TAX_54, category=CODE, certainty="unverified", question="Q6")
# The frame's class `serious` stands beside the order: 只有法律、行政法规可以另定期限, and the order is neither.
_serious = RowMaker(
    TAX_54, category=CODE, variant="serious", counts_from="document", basis=STATE_22.basis(),
    in_force_from=STATE_22.in_force_from,
)  # fmt: skip
_special: Final = {"term": ("court_plan", "contribution")}
# Stands beside the general limits of its field, which hold for market False.
_ours: Final = {"market": False}

RULES: Final[tuple[Rule, ...]] = (
    *superior_rows(CODE),
    _t54(
        "min", "display_min", 6, "缴清税款、滞纳金和罚款，且失信信息公布满六个月的，可申请提前停止公布（待核实）",
        counts_from="publication", variant="order",
    ),
    _t54(
        "min.special", "display_min", 0, "重整计划、和解协议已经裁定，或者有突出贡献的，没有最短公布期限（待核实）",
        counts_from="publication", variant="order", when=_special,
    ),
    _t54(
        "max", "display_max", 36, "失信信息公布满三年的停止公布（待核实）", counts_from="publication", variant="order"
    ),
    _serious("serious.min", "display_min", 12, "严重失信信息最短公示期为一年"),
    _serious("serious.min.special", "display_min", 12, "严重失信信息最短公示期为一年", when=_special),
    _serious("serious.max", "display_max", 36, "严重失信信息最长公示期为三年"),
    _t54(
        "publish", "publish_days", "15th_of_next_month", "自告知文书送达之次月十五日前公布（待核实）", unit="text"
    ),
    _t54(
        "grounds", "condition", True,
        "符合停止公布情形之一：已缴清税款、滞纳金和罚款；重整计划或者和解协议已经裁定并依法清偿税款；"
        "应急处置等工作中有突出贡献并经省级人民政府认定（待核实）",
        unit="bool",
    ),
    _t54("again", "condition", True, "公布后没有新的税收违法行为（待核实）", unit="bool"),
    _t54("twice", "condition", True, "五年内没有被确定为失信主体两次以上，裁定重整、和解的除外（待核实）", unit="bool"),
    _serious(
        "duties", "condition", True, "法定责任义务履行完毕、失信行为已纠正的证明材料", unit="bool", counts_from=None,
        variant="",
    ),
    _serious(
        "promise", "condition", True, "公开作出信用承诺的诚信纳税承诺书", unit="bool", counts_from=None, variant="",
    ),
    _t54("material.form", "material", "application_form", "停止公布失信信息申请表（待核实）", unit="text"),
    _t54("material.promise", "material", "commitment", "诚信纳税承诺书（待核实）", unit="text"),
    _t54(
        "material.ruling", "material", "proof_of_duties", "人民法院批准重整计划或者认可和解协议的裁定书（待核实）",
        unit="text", when={"term": "court_plan"},
    ),
    _t54(
        "material.paper", "material", "proof_of_duties", "省级人民政府出具的突出贡献证明材料（待核实）", unit="text",
        when={"term": "contribution"},
    ),
    _t54(
        "decider", "decider", "city", "由作出确定的税务机关办理，经市（州）税务局局长或者以上批准（待核实）", unit="text"
    ),
    _t54("decider.special", "decider", "province", "经省税务局局长批准（待核实）", unit="text", when=_special),
    _t54(
        "accept", "accept_days", 2, "自收到申请之日起二个工作日内决定是否受理（待核实）", unit="WD",
        counts_from="pushed", when=_ours,
    ),
    _t54(
        "decide", "decide_days", 15, "自受理之日起十五个工作日内作出是否停止公布的决定（待核实）", unit="WD",
        counts_from="accepted", when=_ours,
    ),
    _t54(
        "stop", "stop_days", 5, "自决定或者公布期满之日起五个工作日内停止公布（待核实）", unit="WD",
        counts_from="decided",
    ),
    _t54("share", "share_days", None, "停止公布后共享的期限待核实", unit="WD", counts_from="decided",
         certainty="unknown"),
    _t54("false", "false_material", None, "提供虚假材料的后果待核实", unit="text", certainty="unknown"),
)  # fmt: skip

# --- why not --------------------------------------------------------------------------------------------------------


def why_not(facts: RecordFacts, today: date) -> tuple[Reason, ...]:
    """Open debts block; a new violation or a second determination are unverified bars, so an officer judges them."""
    reasons = [*open_duties(facts, today, order=TAX_54)]
    if facts.new_violation:
        reasons.append(_bar("公布后有新的税收违法行为"))
    if facts.repeated and facts.term != "court_plan":
        reasons.append(_bar("五年内被确定为失信主体两次以上"))
    if facts.court_plan_on is not None and facts.term is None:
        reasons.append(_bar(f"人民法院已于{facts.court_plan_on}裁定重整计划或者和解协议，适用哪一种停止公布情形"))
    return tuple(reasons)


def _bar(what: str) -> Reason:
    text = f"{what}，是否影响停止公布待核实，由税务机关判断"
    return Reason(text, TAX_54.basis(), certainty="unverified", effect="officer", question="Q6")


# --- guide ----------------------------------------------------------------------------------------------------------

GUIDE: Final = (GuideBlock("常见问题", f"{GUIDE_ANNEX.text}纳税信用修复是另一项程序，请向主管税务机关申请。"),)

# --- the room -------------------------------------------------------------------------------------------------------

CITY_BUREAU: Final = "国家税务总局金昌市税务局"
PROVINCE_BUREAU: Final = "国家税务总局甘肃省税务局"


def _tiers(facts: RecordFacts) -> tuple[Tier, ...]:
    organ = PROVINCE_BUREAU if facts.term in ("court_plan", "contribution") else CITY_BUREAU
    return (HANDLER, HEAD, Tier("superior", "上级税务机关决定（登记结果）", external=True, organ=organ))


_PROOFS: Final[dict[str, tuple[str, str]]] = {
    PAID: ("税款、滞纳金和罚款缴纳凭证", "完税证明、缴款书等；由税务机关核实的无需重复提供"),
    "court_plan": ("人民法院裁定书", "批准重整计划或者认可和解协议的裁定书，以及依法清偿税款的证明"),
    "contribution": ("省级人民政府的证明材料", "应急处置等工作中突出贡献的书面材料"),
}


def _materials(facts: RecordFacts) -> tuple[MaterialSpec, ...]:
    title, description = _PROOFS.get(facts.term or PAID, _PROOFS[PAID])
    proof = MaterialSpec("proof_of_duties", title, description, core=True)
    promise = MaterialSpec(
        "commitment", "诚信纳税承诺书", COMMITMENT.description, common=True, source="generated", core=True
    )
    form = MaterialSpec(
        "application_form",
        "停止公布失信信息申请表",
        "由系统按填报内容生成，确认签署即可",
        common=True,
        source="generated",
    )
    return (proof, promise, form)


CATEGORY: Final = Category(
    code=CODE,
    title="重大税收违法失信主体信息",
    annex1_row=5,
    annex1_departments=("swj",),
    extra_fields=EXTRA_FIELDS,
    rules=RULES,
    why_not=why_not,
    guide=GUIDE,
    tiers=_tiers,
    materials=_materials,
    effect=lambda facts: REMOVE_FROM_LIST,
    market=False,
    remedy="b",
    after_approval="决定后停止公布，两平台同步更新，无需再次申请；纳税信用修复另行向主管税务机关申请",
    reason_codes=(
        *GENERAL_DEFECTS,
        # What is asked for on an unverified bar is a statement, never a refusal.
        DefectCode("ground_unclear", "申请停止公布的情形不明确，需补充说明（待核实）", TAX_54.title, ("correction",)),
        DefectCode("tax_unpaid", "税款、滞纳金或者罚款尚未缴清", str(STATE_22.basis()), ("not_accepted", "refused")),
    ),
)
