"""社会组织严重违法失信名单信息: social organisations; removal after two years without a new listing situation.

社会组织信用信息管理办法（民政部令第60号）, beside it 22号文 for all serious lists.
The organ that registered the organisation decides: 县民政局.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from cases.law import Reason, RecordFacts, RowMaker, Rule
from cases.law.regimes import MCA_60, STATE_22

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

CODE: Final = "social_organisation"

# --- extra fields ---------------------------------------------------------------------------------------------------

SITUATIONS: Final[dict[str, str]] = {
    "inactive_two_years": "列入活动异常名录满二年",
    "registration_revoked": "被撤销登记或者吊销登记证书",
    "other_situation": "其他列入情形",
}
EXTRA_FIELDS: Final = (
    ExtraField("certificate_no", "登记证号"),
    ExtraField("registry", "登记管理机关", required=True),
    ExtraField("ground", "列入情形", "choice", True, tuple(SITUATIONS.items()), fact="ground"),
    ExtraField("inactive_since", "关联的活动异常名录列入日期", "date"),
    ExtraField("new_violation", "列入后有新的列入情形", "bool", fact="new_violation"),
)

# --- rules by date --------------------------------------------------------------------------------------------------

_m60 = RowMaker(MCA_60, category=CODE)
_frame = RowMaker(MCA_60, category=CODE, basis=STATE_22.basis(), in_force_from=STATE_22.in_force_from)
_SERIOUS: Final = {"variant": "serious", "counts_from": "document"}
# Stands beside the general limits of its field, which hold for market False.
_ours: Final = {"market": False}

RULES: Final[tuple[Rule, ...]] = (
    *superior_rows(CODE),
    # No maximum is known under the order: nothing ends by itself on this reading.
    _m60(
        "list.min", "display_min", 24,
        "列入社会组织严重违法失信名单满二年可申请移出（与严重失信信息一年至三年的规定以何为准待核实）",
        counts_from="listing", variant="listing", certainty="unverified", question="Q6",
    ),
    _frame("serious.min", "display_min", 12, "严重失信信息最短公示期为一年", **_SERIOUS),
    _frame("serious.max", "display_max", 36, "严重失信信息最长公示期为三年", **_SERIOUS),
    _frame("duties", "condition", True, "法定责任义务履行完毕、失信行为已纠正的证明材料", unit="bool"),
    _frame("promise", "condition", True, "公开作出信用承诺的信用承诺书", unit="bool"),
    _m60(
        "again", "condition", True, "列入后二年内没有新的列入情形（待核实）", unit="bool", certainty="unverified",
        question="Q6",
    ),
    _m60(
        "inactive", "condition", True, "列入活动异常名录满二年的，已履行相关义务或者完成整改（待核实）", unit="bool",
        certainty="unverified", question="Q6", when={"ground": "inactive_two_years"},
    ),
    _m60(
        "deregistered", "condition", True, "被撤销登记或者吊销登记证书的，已办理注销登记（待核实）", unit="bool",
        certainty="unverified", question="Q6", when={"ground": "registration_revoked"},
    ),
    *(
        _m60(
            f"material.{code}", "material", code, f"{text}（待核实）", unit="text", certainty="unverified", question="Q6"
        )
        for code, text in (
            ("application_form", "移出申请书"),
            ("proof_of_duties", "履行义务、完成整改的证明材料"),
        )
    ),
    _m60("decider", "decider", "registered", "由登记管理机关决定移出", unit="text"),
    _m60("accept", "accept_days", None, "本名单的受理期限待核实", unit="WD", certainty="unknown", question="Q6"),
    _m60(
        "decide", "decide_days", 10, "十个工作日内作出决定（待核实）", unit="WD", counts_from="accepted",
        certainty="unverified", question="Q6", when=_ours,
    ),
    _m60(
        "share", "share_days", None, "移出后“信用中国”、公示系统同步更新，期限待核实", unit="WD", counts_from="decided",
        certainty="unknown", question="Q6",
    ),
    _m60(
        "collect", "collection_days", 5, "自作出列入决定之日起五个工作日内归集（待核实）", unit="WD",
        counts_from="document", certainty="unverified",
    ),
    _m60(
        "objection", "objection_days", 10, "列入前告知的，自收到告知之日起十个工作日内可以提出异议（待核实）",
        unit="WD", counts_from="received", certainty="unverified", question="Q6", variant="before_listing",
    ),
    _m60(
        "objection.check", "objection_days", 10, "收到列入前异议的，十个工作日内核查（待核实）", unit="WD",
        counts_from="received", certainty="unverified", question="Q6", variant="check_before_listing",
    ),
    _m60(
        "false", "false_material", None, "提供虚假材料的处理待核实", unit="text", certainty="unknown", question="Q3"
    ),
)  # fmt: skip

# --- why not --------------------------------------------------------------------------------------------------------


def why_not(facts: RecordFacts, today: date) -> tuple[Reason, ...]:
    """Open duties block; a new situation and a revoked registration are unverified bars, so an officer judges them."""
    reasons = [*open_duties(facts, today, order=MCA_60)]
    if facts.new_violation:
        reasons.append(_officer("列入后有新的列入情形，期限自新的列入之日起重新计算", "起算日", "prolongs"))
    if facts.ground == "registration_revoked":
        reasons.append(_officer("被撤销登记或者吊销登记证书的，办理注销登记后移出", "注销登记情况"))
    if facts.ground not in SITUATIONS:
        text = "列入情形未说明，申请时由登记管理机关核实"
        reasons.append(Reason(text, MCA_60.basis(), certainty="unknown", effect="warns", question="Q6"))
    return tuple(reasons)


def _officer(what: str, open_point: str, effect: str = "officer") -> Reason:
    text = f"{what}（待核实）；{open_point}由登记管理机关判断"
    return Reason(text, MCA_60.basis(), certainty="unverified", effect=effect, question="Q6")


# --- guide ----------------------------------------------------------------------------------------------------------

GUIDE: Final = (GUIDE_ANNEX,)

# --- the room -------------------------------------------------------------------------------------------------------

_DEREGISTRATION: Final = MaterialSpec(
    "deregistration", "注销登记证明", "被撤销登记、吊销登记证书的社会组织提供；由系统向登记管理机关核对（待核实）",
    required=False, source="fetched",
)  # fmt: skip


def _tiers(facts: RecordFacts) -> tuple[Tier, ...]:
    return (HANDLER, SECTION, BUREAU)


def _materials(facts: RecordFacts) -> tuple[MaterialSpec, ...]:
    asked = (PROOF_OF_DUTIES, COMMITMENT, APPLICATION_FORM)
    return (*asked, _DEREGISTRATION) if facts.ground == "registration_revoked" else asked


CATEGORY: Final = Category(
    code=CODE,
    title="社会组织严重违法失信名单",
    annex1_row=9,
    annex1_departments=("mzj",),
    extra_fields=EXTRA_FIELDS,
    grounds=tuple(SITUATIONS.items()),
    rules=RULES,
    why_not=why_not,
    guide=GUIDE,
    tiers=_tiers,
    materials=_materials,
    effect=lambda facts: REMOVE_FROM_LIST,
    market=False,
    reason_codes=(
        *GENERAL_DEFECTS,
        DefectCode(
            "deregistration_unproved", "被撤销登记或者吊销登记证书，注销登记情况需补充说明（待核实）", MCA_60.title,
            ("correction",),
        ),
        DefectCode(
            "inactivity_unsettled", "列入活动异常名录的原因，履行义务或者整改情况需补充说明（待核实）", MCA_60.title,
            ("correction",),
        ),
        DefectCode("not_our_registration", "不是在本单位登记的社会组织", MCA_60.title, ("not_accepted",)),
    ),
)  # fmt: skip
