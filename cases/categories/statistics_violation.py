"""统计严重失信企业信息: statistics; half a year to a year by its own orders, one to three years by the frame.

统计严重失信企业信用管理办法（国家统计局令第35号）, before 2022-05-19: 国统字〔2019〕33号.
The statistics organ that determined and displays decides.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from cases.law import Reason, RecordFacts, RowMaker, Rule
from cases.law.regimes import NBS_35, NBS_2019, STATE_22, Regime

from .base import (
    APPLICATION_FORM,
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
    MaterialSpec,
    Tier,
    open_duties,
    superior_rows,
)  # fmt: skip

CODE: Final = "statistics_violation"

# --- extra fields ---------------------------------------------------------------------------------------------------

TERMS: Final[dict[str, str]] = {
    "one_year": "一年",
    "two_years": "二年",
    "two_years_again": "二年（再次违法，自重新认定之日起）",
}
EXTRA_FIELDS: Final = (
    ExtraField("statistics_conduct", "统计违法行为", required=True),
    ExtraField("penalty_doc_no", "处罚决定书文号"),
    ExtraField("term", "公示期限", "choice", choices=tuple(TERMS.items()), fact="term"),
    ExtraField("corrected_on", "整改完成日期", "date", fact="corrected_on"),
    ExtraField("new_violation", "公示期间有新的统计违法行为", "bool", fact="new_violation"),
)

# --- rules by date --------------------------------------------------------------------------------------------------

_n35 = RowMaker(NBS_35, category=CODE)
_n19 = RowMaker(NBS_2019, category=CODE)
_frame = RowMaker(NBS_35, category=CODE, basis=STATE_22.basis(), in_force_from=STATE_22.in_force_from)
_SERIOUS: Final = {"variant": "serious", "counts_from": "document"}
_VERSUS: Final = "与严重失信信息一年至三年的规定以何为准待核实"


def _longer(term: str, start: str, text: str) -> tuple[Rule, ...]:
    """The two years of 2019; whether they could be shortened is not told, so no minimum is named."""
    same = {"counts_from": start, "when": {"term": term}}
    return (
        _n19(
            f"{term}.min",
            "display_min",
            None,
            f"{text}；能否提前移出待核实",
            certainty="unknown",
            question="Q6",
            **same,
        ),
        _n19(f"{term}.max", "display_max", 24, text, **same),
    )


RULES: Final[tuple[Rule, ...]] = (
    *superior_rows(CODE),
    _n35(
        "list.min", "display_min", 6, f"统计严重失信企业信息公示满六个月可申请提前移出（{_VERSUS}）",
        counts_from="publication", variant="publication", certainty="unverified", question="Q6",
    ),
    _n35(
        "list.max", "display_max", 12, f"统计严重失信企业信息公示期限为一年（{_VERSUS}）",
        counts_from="publication", variant="publication", certainty="unverified", question="Q6",
    ),
    _frame("serious.min", "display_min", 12, "严重失信信息最短公示期为一年", **_SERIOUS),
    _frame("serious.max", "display_max", 36, "严重失信信息最长公示期为三年", **_SERIOUS),
    _n19(
        "list.min", "display_min", 6, "公示期间认真整改的，可申请提前移出，公示时间不少于六个月",
        counts_from="publication", basis=NBS_2019.basis("第十六条"),
    ),
    _n19(
        "list.max", "display_max", 12, "统计严重失信企业信息公示期限为一年", counts_from="publication",
        basis=NBS_2019.basis("第十四条"),
    ),
    *_longer("two_years", "publication", "经核查整改不到位的，公示期限为二年"),
    *_longer("two_years_again", "document", "公示期间再次发生统计违法行为的，自重新认定之日起公示二年"),
    _n19(
        "publish", "publish_days", 20, "自认定之日起二十个工作日内公示", unit="WD", counts_from="document",
        basis=NBS_2019.basis("第十四条"),
    ),
    _frame("duties", "condition", True, "已真实整改、法定责任义务履行完毕的证明材料", unit="bool"),
    _frame("promise", "condition", True, "公开作出信用承诺的信用承诺书", unit="bool"),
    _n35(
        "checked", "condition", True, "经公示机关核查，整改真实到位（待核实）", unit="bool", certainty="unverified",
        question="Q6",
    ),
    *(
        _n19(key, "condition", True, text, unit="bool")
        for key, text in (("rectified", "已真实整改到位"), ("checked", "经公示机关核查，整改真实到位"))
    ),
    _n35(
        "material.proof_of_duties", "material", "proof_of_duties", "整改报告（待核实）", unit="text", certainty="unverified", question="Q6"
    ),
    _n35(
        "material.commitment", "material", "commitment", "书面信用承诺（待核实）", unit="text", certainty="unverified",
        question="Q6",
    ),
    _n19("material.proof_of_duties", "material", "proof_of_duties", "整改报告", unit="text"),
    _n35("decider", "decider", "determined", "由认定并公示的统计机构决定移出", unit="text"),
    _n19("decider", "decider", "determined", "由认定并公示的统计机构决定移出", unit="text"),
    *(
        row(key, governs, None, text, unit="WD", certainty="unknown", question="Q6")
        for row in (_n35, _n19)
        for key, governs, text in (
            ("accept", "accept_days", "本名单的受理期限待核实"),
            ("decide", "decide_days", "本名单的决定期限待核实"),
        )
    ),
    _n35(
        "removed", "stop_days", None, "决定移出后自统计网站撤下，期限待核实", unit="WD", counts_from="decided",
        certainty="unknown", question="Q6",
    ),
    _n35(
        "linked", "share_days", "联动更新", "移出后自统计网站撤下，并与“信用中国”、公示系统联动更新（待核实）", unit="text",
        certainty="unverified", question="Q6",
    ),
    _n19("linked", "share_days", "联动更新", "移出后自统计网站撤下，并与“信用中国”、公示系统联动更新", unit="text"),
    _n35(
        "false", "false_material", None, "提供虚假材料的处理待核实", unit="text", certainty="unknown", question="Q3"
    ),
)  # fmt: skip

# --- why not --------------------------------------------------------------------------------------------------------


def why_not(facts: RecordFacts, today: date) -> tuple[Reason, ...]:
    """Open duties block; a term the present order does not know, or a new violation, is for an officer."""
    reasons = [
        *open_duties(
            facts, today, order=NBS_35 if today >= NBS_35.in_force_from else NBS_2019, sure=today < NBS_35.in_force_from
        )
    ]
    if facts.term in TERMS and facts.term != "one_year" and today >= NBS_35.in_force_from:
        reasons.append(_prolongs(f"名单载明公示期限{TERMS[facts.term]}，现行规定是否延用"))
    if facts.new_violation:
        order = NBS_35 if today >= NBS_35.in_force_from else NBS_2019
        reasons.append(_prolongs("公示期间有新的统计违法行为，公示期是否自重新认定之日起计算", order))
    return tuple(reasons)


def _prolongs(what: str, order: Regime = NBS_35) -> Reason:
    text = f"{what}待核实，由认定单位判断"
    return Reason(text, order.basis(), certainty="unverified", effect="prolongs", question="Q6")


# --- guide ----------------------------------------------------------------------------------------------------------

GUIDE: Final = (GUIDE_ANNEX,)

# --- the room -------------------------------------------------------------------------------------------------------

_REPORT: Final = MaterialSpec(
    "proof_of_duties", "整改报告及履行义务的证明材料", "说明统计违法行为、整改经过和结果，附处罚决定履行凭证", core=True
)


def _tiers(facts: RecordFacts) -> tuple[Tier, ...]:
    return (HANDLER, SECTION, BUREAU)


def _materials(facts: RecordFacts) -> tuple[MaterialSpec, ...]:
    return (_REPORT, COMMITMENT, APPLICATION_FORM)


CATEGORY: Final = Category(
    code=CODE,
    title="统计严重失信企业信息",
    annex1_row=8,
    annex1_departments=("tjj",),
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
        DefectCode("report_wanting", "整改报告未说明整改经过和结果，或者缺少凭证", NBS_35.title, ("correction",)),
        DefectCode("rectification_untrue", "经核查整改不真实、不到位", STATE_22.title, ("refused",)),
        DefectCode("not_our_finding", "不是本单位认定、公示的信息", NBS_35.title, ("not_accepted",)),
    ),
)
