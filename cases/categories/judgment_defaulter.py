"""失信被执行人信息: the courts' list of those who do not obey a judgment. Mirrored here, never decided here.

法释〔2017〕7号 (before 2017-05-01: 法释〔2013〕17号). The enforcing court decides; 县发改局 mirrors its decision.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from cases.law import Reason, RecordFacts, RowMaker, Rule
from cases.law.regimes import COURT_2013, COURT_2017

from .base import (
    REMOVE_FROM_LIST,
    Category,
    DefectCode,
    ExtraField,
    GuideBlock,
    MaterialSpec,
    Tier,
)  # fmt: skip

CODE: Final = "judgment_defaulter"

# --- extra fields ---------------------------------------------------------------------------------------------------

TERMS: Final[dict[str, str]] = {"none": "无", "two_years": "二年", "extended": "延长"}

EXTRA_FIELDS: Final = (
    ExtraField("court", "执行法院", required=True),
    ExtraField("case_no", "案号", required=True),
    ExtraField("filed_on", "立案时间", "date"),
    ExtraField("instrument_no", "执行依据文号"),
    ExtraField("instrument_organ", "作出执行依据单位"),
    ExtraField("duty", "生效法律文书确定的义务"),
    ExtraField("performance", "履行情况", required=True),
    ExtraField("conduct", "失信行为具体情形", required=True),
    ExtraField("released_on", "发布时间", "date", required=True),
    ExtraField("performed_part", "已履行部分"),
    ExtraField("open_part", "未履行部分"),
    ExtraField("term", "期限", "choice", False, tuple(TERMS.items()), fact="term"),
)

# --- rules by date --------------------------------------------------------------------------------------------------

_c13 = RowMaker(COURT_2013, category=CODE)
_c17 = RowMaker(COURT_2017, category=CODE)
_from_listing: Final = {"counts_from": "listing", "start_certainty": "unverified"}
# The rule names grounds of deletion and no minimum; that the year of the frame does not hold beside it is unverified.
_no_minimum: Final = {**_from_listing, "certainty": "unverified"}
_DELETED: Final = "没有最短公布期限（待核实），符合法定情形的由人民法院删除"
_ART_2: Final = COURT_2017.basis("第二条")
_ART_9: Final = COURT_2017.basis("第九条")
_ART_10: Final = COURT_2017.basis("第十条")


def _terms() -> tuple[Rule, ...]:
    """Two years; one to three years more where the court says so; no end that anybody has told us for the rest."""
    rows = []
    for variant, length in (("shortest", 36), ("longest", 60)):
        when = {"term": "extended"}
        same = {"variant": variant, "when": when, "basis": _ART_2, **_from_listing}
        rows += [
            _c17(f"min.extended.{variant}", "display_min", 0, _DELETED, certainty="unverified", **same),
            _c17(
                f"max.extended.{variant}", "display_max", length,
                "暴力、威胁妨害抗拒执行情节严重或者有多项失信行为的，期限可以延长一至三年", **same,
            ),
        ]  # fmt: skip
    return (
        _c17("min", "display_min", 0, _DELETED, basis=_ART_10, **_no_minimum),
        _c17(
            "max.two_years", "display_max", 24, "纳入失信被执行人名单的期限为二年", when={"term": "two_years"},
            basis=_ART_2, **_from_listing,
        ),
        _c17(
            "max.none", "display_max", None, "有履行能力而拒不履行的，是否没有固定期限、何时届满均待核实",
            when={"term": "none"}, certainty="unknown", **_from_listing,
        ),
        *rows,
    )  # fmt: skip


RULES: Final[tuple[Rule, ...]] = (
    *_terms(),
    _c13("min", "display_min", 0, _DELETED, basis=COURT_2013.basis("第七条"), **_no_minimum),
    _c17(
        "deletion", "condition", True,
        "符合删除情形之一：已履行或者已执行完毕；执行和解协议已履行完毕；申请执行人书面申请并经人民法院同意；"
        "终结本次执行后两次查询未发现财产且无财产线索；因再审或者破产中止执行；裁定不予执行；裁定终结执行",
        unit="bool", basis=_ART_10,
    ),
    _c13(
        "deletion", "condition", True,
        "符合删除情形之一：已履行；和解协议经申请执行人确认已履行完毕；人民法院裁定终结执行",
        unit="bool", basis=COURT_2013.basis("第七条"),
    ),
    _c17(
        "early", "condition", True,
        "有固定期限的，期限届满时删除；积极履行义务或者主动纠正失信行为的，可由人民法院提前删除",
        unit="bool", when={"term": ("two_years", "extended")}, basis=COURT_2017.basis("第二条第二款"),
    ),
    _c17(
        "proof", "material", "proof_of_duties", "符合删除情形的证明材料，提交执行法院（待核实）", unit="text",
        certainty="unverified",
    ),
    _c17("decider", "decider", "court", "由作出决定的执行法院删除、撤销或者更正，发展改革部门同步结果", unit="text"),
    _c17("delete", "stop_days", 3, "符合情形的，人民法院应当在三个工作日内删除", unit="WD", basis=_ART_10),
    _c17(
        "mirror", "share_days", None, "人民法院删除后同步至公示平台，无需另行申请（同步期限待核实）", unit="WD",
        counts_from="decided", certainty="unknown",
    ),
    _c17(
        "wrong", "objection_days", 3, "不应纳入或者记载不准确的，人民法院应当在三个工作日内撤销或者更正", unit="WD",
        variant="correct", basis=_ART_9,
    ),
    *(
        _c17(
            f"objection.{step}", "objection_days", days, f"{text}（待核实）", unit=unit, counts_from=start, variant=step,
            certainty="unverified",
        )
        for step, days, unit, start, text in (
            ("decide", 15, "CD", "received", "人民法院自收到书面纠正申请之日起十五日内审查"),
            ("correct", 3, "WD", "decided", "理由成立的，人民法院在三个工作日内纠正"),
            ("review", 10, "CD", "decided", "驳回后可自决定书送达之日起十日内向上一级人民法院申请复议"),
            ("review_decide", 15, "CD", "received", "上一级人民法院自收到复议申请之日起十五日内作出决定"),
        )
    ),
    _c17(
        "relist", "false_material", "relisted", "删除后有新的法定情形的，人民法院可以再次纳入", unit="text",
        variant="relist",
    ),
    _c17(
        "creditor", "false_material", 6, "申请执行人申请删除的，六个月内不得申请再次纳入（待核实）",
        counts_from="decided", variant="creditor", certainty="unverified",
    ),
)  # fmt: skip

# --- why not --------------------------------------------------------------------------------------------------------


def why_not(facts: RecordFacts, today: date) -> tuple[Reason, ...]:
    """Nothing blocks here, for nothing is decided here; what the source leaves open about the end is said."""
    reasons = []
    if facts.term not in TERMS:
        reasons.append(_doubt("公布期限未说明，届满日期待核实"))
    elif facts.term == "none":
        reasons.append(_doubt("有履行能力而拒不履行的没有固定期限（待核实），履行后由人民法院删除"))
    elif facts.term == "extended":
        reasons.append(_doubt("延长的期限为一至三年，以人民法院决定为准（待核实）"))
    return tuple(reasons)


def _doubt(text: str) -> Reason:
    return Reason(text, COURT_2017.basis(), certainty="unverified", effect="warns")


# --- guide ----------------------------------------------------------------------------------------------------------

GUIDE: Final = (
    GuideBlock("设定依据", f"{COURT_2013.title}（2017年4月30日前）"),
    GuideBlock("常见问题", "本信息由人民法院决定，不适用行政复议；认为有误的，可以向作出决定的人民法院申请纠正。"),
)

# --- the room -------------------------------------------------------------------------------------------------------


def _tiers(facts: RecordFacts) -> tuple[Tier, ...]:
    """One step, the court's own; the unit of Annex 1 that mirrors it records the paper."""
    return (Tier("court", "人民法院决定（登记结果）", external=True, organ="人民法院"),)


def _materials(facts: RecordFacts) -> tuple[MaterialSpec, ...]:
    return (
        MaterialSpec(
            "proof_of_duties", "已履行生效法律文书确定义务等删除情形的证明材料",
            "提交执行法院，不由本平台收取；由人民法院认定后同步结果", required=False, core=True,
        ),
    )  # fmt: skip


CATEGORY: Final = Category(
    code=CODE,
    title="失信被执行人信息",
    annex1_row=4,
    annex1_departments=("fy", "fgj"),
    extra_fields=EXTRA_FIELDS,
    rules=RULES,
    why_not=why_not,
    guide=GUIDE,
    tiers=_tiers,
    materials=_materials,
    effect=lambda facts: REMOVE_FROM_LIST,
    decided="elsewhere",
    market=False,
    remedy="e",
    not_needed=("向本平台提出的修复申请", "信用修复培训证明", "任何中介机构的证明或者委托"),
    after_approval="人民法院删除后，由发展改革部门登记结果，两平台同步更新，无需另行申请",
    reason_codes=(
        DefectCode("proof_for_the_court", "删除情形的证明材料应当提交执行法院", str(_ART_10), ("correction",)),
        DefectCode("decided_by_the_court", "本信息由人民法院决定，请向作出决定的人民法院提出", "", ("not_accepted",)),
        DefectCode("court_refused", "人民法院决定不予删除", str(_ART_10), ("refused",)),
    ),
)
