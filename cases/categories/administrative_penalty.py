"""行政处罚信息: a penalty of an organ, shown until its period ends or it is repaired. Two kinds by the record's field.

Non-market: 36令《信用修复管理办法》 from 2026-04-01, before 58令; the organ that imposed it (谁处罚、谁修复), re-check
by 县发改局. Market: 107令 from 2025-12-25, before 国市监信规〔2021〕3号; the bureau that decided (谁决定、谁修复).
"""

from __future__ import annotations

from datetime import date
from typing import Final

from cases.law import FIELDS, Reason, RecordFacts, RowMaker, Rule
from cases.law.regimes import (
    NDRC_36,
    NDRC_58,
    NDRC_424,
    NDRC_527,
    NOTICE_63,
    PENALTY_LAW,
    SAMR_45,
    SAMR_107,
    SAMR_2021,
    STATE_22,
)  # fmt: skip

from .base import (
    APPLICATION_FORM,
    COMMITMENT,
    END_PUBLICATION,
    GENERAL_DEFECTS,
    GUIDE_ANNEX,
    HANDLER,
    HEAD,
    LICENCE,
    MARKET_COMMITMENT,
    PROOF_OF_DUTIES,
    Category,
    DefectCode,
    ExtraField,
    MaterialSpec,
    Tier,
    open_duties,
)  # fmt: skip

CODE: Final = "administrative_penalty"

# --- extra fields ---------------------------------------------------------------------------------------------------

EXTRA_FIELDS: Final = (
    ExtraField("field", "涉及领域", "choice", choices=tuple(FIELDS.items()), fact="field"),
    ExtraField("summary_procedure", "适用简易程序", "bool", fact="summary_procedure"),
    ExtraField("restriction_until", "限制措施截止日期", "date", fact="restriction_until"),
    ExtraField("new_violation", "因同类违法行为再次受到处罚", "bool", fact="new_violation"),
    ExtraField("licence_note", "暂扣或吊销证照名称及编号"),
)

# --- rules by date --------------------------------------------------------------------------------------------------

_FIVE: Final = tuple(FIELDS)
_NO_EARLY: Final = (
    "stop_production", "restrict_activity", "restrict_employment", "lower_grade", "revoke_licence",
    "revoke_business_licence",
)  # fmt: skip
_n36 = RowMaker(NDRC_36, category=CODE, counts_from="document")
_n58 = RowMaker(NDRC_58, category=CODE, counts_from="document", start_certainty="unverified")
_n527 = RowMaker(NDRC_527, category=CODE, counts_from="document")
_m21 = RowMaker(SAMR_2021, category=CODE, counts_from="publication")
_m45 = RowMaker(SAMR_45, category=CODE)
_law = RowMaker(PENALTY_LAW, category=CODE)
_m107 = RowMaker(SAMR_107, category=CODE)
_other: Final = {"market": False}
_market: Final = {"market": True}
_fine_only: Final = {"market": True, "only_kinds": ("fine",)}
_criticism_only: Final = {"market": True, "only_kinds": ("criticism",)}
_stays: Final = {"market": True, "penalty_kind": _NO_EARLY}


def _classes_36() -> tuple[Rule, ...]:
    rows = []
    for severity, low, high, first, last in (
        (
            "minor",
            0,
            3,
            "轻微失信信息履行完毕法定责任义务即可申请信用修复",
            "轻微失信信息原则上不予公示；确有必要公示的，公示期最长不超过三个月",
        ),
        ("general", 3, 12, "一般失信信息最短公示期为三个月", "一般失信信息最长公示期为一年"),
        ("serious", 12, 36, "严重失信信息最短公示期为一年", "严重失信信息最长公示期为三年"),
    ):
        when = {"market": False, "severity": severity}
        rows += [
            _n36(f"{severity}.min", "display_min", low, first, when=when),
            _n36(f"{severity}.max", "display_max", high, last, when=when),
        ]
    return tuple(rows)


def _classes_107() -> tuple[Rule, ...]:
    """107令 has the lengths of the frame; what they count from is open (Q4), so both starts stand side by side."""
    rows = []
    for severity, low, high, first, last in (
        ("minor", 0, 3, "轻微行政处罚信息没有最短公示期", "轻微行政处罚信息最长公示三个月"),
        ("general", 3, 12, "一般行政处罚信息最短公示期为三个月", "一般行政处罚信息最长公示期为一年"),
        ("serious", 12, 36, "严重行政处罚信息最短公示期为一年", "严重行政处罚信息最长公示期为三年"),
    ):
        for start, basis in (("publication", SAMR_107.basis()), ("document", STATE_22.basis())):
            same = {
                "when": {"market": True, "severity": severity}, "counts_from": start, "variant": start, "basis": basis,
                "start_certainty": "unverified", "question": "Q4",
            }  # fmt: skip
            # Each start speaks in the words of its own paper: 22号文 says 失信信息 of all fields.
            least, most = (
                text.replace("行政处罚信息", "失信信息") if start == "document" else text for text in (first, last)
            )
            rows += [
                _m107(f"{severity}.min.{start}", "display_min", low, least, **same),
                _m107(f"{severity}.max.{start}", "display_max", high, most, **same),
            ]
    return tuple(rows)


def _classes_527() -> tuple[Rule, ...]:
    """527's 一般 and 严重 are its own words, not the classes set today: both lengths are read whatever the class is."""
    rows = []
    for variant, word, low, high, least, most in (
        ("general", "一般", 3, 12, "三个月", "一年"), ("serious", "严重", 6, 36, "六个月", "三年")
    ):  # fmt: skip
        same = {"when": _other, "variant": variant}
        rows += [
            _n527(f"{variant}.min", "display_min", low, f"涉及{word}失信行为的行政处罚信息最短公示期为{least}", **same),
            _n527(f"{variant}.max", "display_max", high, f"涉及{word}失信行为的行政处罚信息最长公示期为{most}", **same),
        ]
    return tuple(rows)


# What 45令 and the penalty law ask of the department; none of it moves a date of the subject.
_PUBLICATION: Final[tuple[Rule, ...]] = (
    _m45(
        "publish", "publish_days", 20, "适用普通程序作出的行政处罚决定，自作出之日起二十个工作日内公示", unit="WD",
        counts_from="document", when=_market, basis=SAMR_45.basis("第九条"),
    ),
    *(
        _m45(
            f"publish.{key}", "publish_days", 10, text, unit="WD", counts_from=start, when=_market, variant=key,
            basis=SAMR_45.basis("第十条"),
        )
        for key, start, text in (
            ("elsewhere.sent", "document", "当事人登记地在外省的，十个工作日内将处罚信息告知登记地机关"),
            ("elsewhere.shown", "received", "登记地机关自收到之日起十个工作日内公示"),
        )
    ),
    _m45(
        "corrected", "stop_days", None, "公示信息有误的，依申请更正（期限待核实）", unit="WD", counts_from="received", when=_market,
        variant="corrected", certainty="unknown", basis=SAMR_45.basis("第十二条"),
    ),
    _m45(
        "annulled", "stop_days", 3, "行政处罚被变更、撤销、确认违法或者无效的，三个工作日内撤回公示信息", unit="WD",
        counts_from="decided", when=_market, variant="annulled", basis=SAMR_45.basis("第十一条"),
    ),
    _law(
        "annulled", "stop_days", 3, "行政处罚被变更、撤销、确认违法或者无效的，三日内撤回公示信息并公开说明理由", unit="WD",
        counts_from="decided", when=_other, variant="annulled", basis=PENALTY_LAW.basis("第四十八条、第八十五条"),
    ),
    RowMaker(NDRC_424, category=CODE)(
        "collect", "collection_days", 7, "自作出行政处罚决定之日起七个工作日内归集（待核实）", unit="WD",
        counts_from="document", certainty="unverified",
    ),
)  # fmt: skip

_DECIDERS: Final[tuple[Rule, ...]] = (
    *(
        row("decider", "decider", "penalised", "谁处罚、谁修复：由作出行政处罚的单位办理", unit="text", when=_other)
        for row in (_n58, _n36)
    ),
    *(
        row(
            "decider", "decider", "decided", "谁决定、谁修复：由作出行政处罚决定的市场监督管理部门办理", unit="text",
            when=_market,
        )
        for row in (_m21, _m107)
    ),
    RowMaker(NOTICE_63, category=CODE)(
        "coordinator", "decider", "fgj", "县发改局统筹协调、督促修复（现行规定下职责待核实）", unit="text", when=_other,
        variant="coordinator", certainty="unverified",
    ),
)  # fmt: skip


def _materials_of(row: RowMaker, field: dict[str, bool], asked: tuple[tuple[str, str], ...]) -> tuple[Rule, ...]:
    return tuple(row(f"material.{key}", "material", key, text, unit="text", when=field) for key, text in asked)


_ASKED: Final = (("proof_of_duties", "履行法定义务、纠正失信行为的证明材料"), ("commitment", "信用承诺书"))
_ASKED_MARKET: Final = (
    ("application_form", "信用修复申请书"), ("commitment", "守信承诺书"), ("proof_of_duties", "履行义务的证明材料"),
    ("licence", "营业执照和身份证明"),
)  # fmt: skip
_AFTER: Final[tuple[Rule, ...]] = (
    *(
        row(
            "stop", "stop_days", 3, "准予修复后三个工作日内停止公示（待核实）", unit="WD", counts_from="decided",
            when=_market, certainty="unverified",
        )
        for row in (_m21, _m107)
    ),
    *(
        row(
            "share", "share_days", 3, "由外省登记地机关公示的，三个工作日内告知（待核实）", unit="WD", counts_from="decided",
            when=_market, certainty="unverified",
        )
        for row in (_m21, _m107)
    ),
)  # fmt: skip

RULES: Final[tuple[Rule, ...]] = (
    *_classes_527(),
    *_PUBLICATION,
    *_DECIDERS,
    *_materials_of(_n36, _other, _ASKED),
    *_materials_of(_n58, _other, _ASKED[:1]),
    *_materials_of(_m21, _market, _ASKED_MARKET),
    *_materials_of(_m107, _market, _ASKED_MARKET),
    *_AFTER,
    _n36(
        "five", "field_minimum", None, "食品、药品、特种设备、安全生产、消防领域原最短公示期为一年，现行规定是否沿用待核实",
        unit="bool", certainty="unknown", question="Q7", when={"market": False, "field": _FIVE}, basis=NDRC_58.basis(),
    ),
    _m21(
        "amount.low", "amount", None, "较低数额罚款的标准待核实", unit="text", certainty="unknown", question="Q8",
        variant="low", when=_market,
    ),
    *_classes_36(),
    _n58("min", "display_min", 3, "行政处罚信息最短公示期为三个月", when=_other),
    _n58(
        "min.five", "display_min", 12, "涉及食品、药品、特种设备、安全生产、消防领域的行政处罚信息最短公示期为一年",
        when={"market": False, "field": _FIVE},
    ),
    _n58("max", "display_max", 36, "行政处罚信息最长公示期为三年", when=_other),
    _n58(
        "not_shown", "not_shown", True, "警告、通报批评类行政处罚信息一般不予公示（待核实）", unit="bool",
        certainty="unverified", when={"market": False, "only_kinds": ("warning", "criticism")},
    ),
    _n58(
        "duties", "condition", True, "完全履行行政处罚决定规定的义务、纠正失信行为的证明材料", unit="bool", when=_other
    ),
    _n58(
        "promise", "condition", True, "公开作出信用承诺（待核实）", unit="bool", certainty="unverified", when=_other
    ),
    _n36("duties", "condition", True, "完全履行法定责任义务、纠正失信行为的证明材料", unit="bool", when=_other),
    _n36("promise", "condition", True, "公开作出信用承诺的信用承诺书", unit="bool", when=_other),
    *_classes_107(),
    _m107(
        "minor.stops", "auto_stop", True, "轻微行政处罚信息期满自动停止公示、无需申请（待核实）", unit="bool",
        certainty="unverified", question="Q4", when={"market": True, "severity": "minor"},
    ),
    _m107(
        "stays", "no_early_stop", None,
        "责令停产停业、限制开展生产经营活动、限制从业、降低资质等级、吊销许可证件或者营业执照的，能否提前停止公示待核实",
        unit="bool", certainty="unknown", question="Q4", when=_stays, basis=SAMR_45.basis("第十四条第三款"),
    ),
    _m107(
        "restricted", "until_restriction", None, "限制期限超过三年的，公示期是否延至限制期限届满待核实", unit="bool",
        certainty="unknown", question="Q4", when=_market, basis=SAMR_45.basis("第十三条第三款"),
    ),
    _m107("accept", "accept_days", None, "受理期限待核实", unit="WD", certainty="unknown", question="Q4", when=_market),
    _m107(
        "decide", "decide_days", 7, "自受理之日起七个工作日内作出决定", unit="WD", counts_from="accepted", when=_market
    ),
    *(
        _m107(key, "condition", True, text, unit="bool", certainty=sure, question="Q4", when=_market, basis=basis)
        for key, text, sure, basis in (
            ("duties", "已履行行政处罚决定规定义务的证明材料", "verified", STATE_22.basis()),
            ("promise", "公开作出信用承诺的守信承诺书", "verified", STATE_22.basis()),
            ("harm", "已主动消除危害后果和不良影响（待核实）", "unverified", SAMR_45.basis("第十四条")),
            ("again", "未因同类违法行为再次受到行政处罚（待核实）", "unverified", SAMR_45.basis("第十四条")),
            ("lists", "未在经营异常名录、严重违法失信名单中（待核实）", "unverified", SAMR_45.basis("第十四条")),
        )
    ),
    _m21("min", "display_min", 6, "行政处罚信息公示满六个月可申请信用修复", when=_market),
    _m21(
        "min.five", "display_min", 12, "食品、药品、特种设备领域行政处罚信息公示满一年可申请信用修复",
        when={"market": True, "field": _FIVE[:3]},
    ),
    _m21("max", "display_max", 36, "行政处罚信息公示期为三年", when=_market),
    *(
        _m21(key, "display_min", 0, "仅受通报批评的行政处罚信息公示满三个月停止公示", when=when, variant="short")
        for key, when in (
            ("criticism.min", _criticism_only),
            ("criticism.min.five", {**_criticism_only, "field": _FIVE[:3]}),
        )
    ),
    *(
        row
        for key, when, low in (
            ("fine", _fine_only, 6),
            ("fine.five", {**_fine_only, "field": _FIVE[:3]}, 12),
        )
        for row in (
            _m21(
                f"{key}.low", "display_min", 0, "仅受较低数额罚款的行政处罚信息公示满三个月停止公示（数额标准待核实）",
                when=when, variant="short", certainty="unverified", question="Q8",
            ),
            _m21(
                f"{key}.other", "display_min", low,
                f"不属较低数额罚款的行政处罚信息公示满{low}个月可申请信用修复（数额标准待核实）",
                when=when, certainty="unverified", question="Q8",
            ),
        )
    ),
    _m21(
        "short.max", "display_max", 3, "仅受通报批评或者较低数额罚款的行政处罚信息公示期为三个月", when=_market,
        variant="short",
    ),
    _m21(
        "short.stops", "auto_stop", True, "仅受通报批评或者较低数额罚款的行政处罚信息公示满三个月自动停止公示",
        unit="bool", when=_market, variant="short",
    ),
    _m21(
        "stays", "no_early_stop", True,
        "责令停产停业、限制开展生产经营活动、限制从业、降低资质等级、吊销许可证件或者营业执照的，不提前停止公示",
        unit="bool", when=_stays, basis=SAMR_45.basis("第十四条第三款"),
    ),
    _m21(
        "restricted", "until_restriction", True, "限制期限超过三年的，公示至限制期限届满", unit="bool", when=_market,
        basis=SAMR_45.basis("第十三条第三款"),
    ),
    _m21(
        "accept", "accept_days", 2, "自收到申请之日起二个工作日内决定是否受理（待核实）", unit="WD",
        counts_from="pushed", certainty="unverified", when=_market,
    ),
    _m21(
        "decide", "decide_days", 15, "自受理之日起十五个工作日内作出决定", unit="WD", counts_from="accepted",
        when=_market,
    ),
    *(
        _m21(key, "condition", True, text, unit="bool", when=_market, basis=SAMR_45.basis("第十四条"))
        for key, text in (
            ("duties", "已履行行政处罚决定规定义务的证明材料"),
            ("harm", "已主动消除危害后果和不良影响的证明材料"),
            ("again", "未因同类违法行为再次受到行政处罚"),
            ("lists", "未在经营异常名录、严重违法失信名单中"),
        )
    ),
    Rule(
        key="samr45.not_shown", regime=SAMR_45.key, governs="not_shown", value=True, unit="bool", category=CODE,
        basis=SAMR_45.basis("第二条"), in_force_from=SAMR_45.in_force_from, text_zh="仅受警告的行政处罚信息不予公示",
        when=(("market", True), ("only_kinds", ("warning",))),
    ),
)  # fmt: skip

# --- why not --------------------------------------------------------------------------------------------------------


def why_not(facts: RecordFacts, today: date) -> tuple[Reason, ...]:
    """Conditions that are no plain periods; unverified ones only warn or call an officer."""
    reasons = list(open_duties(facts, today))
    if not facts.market:
        return tuple(reasons)
    article, former = SAMR_45.basis("第十四条"), today < SAMR_107.in_force_from
    if facts.listed_elsewhere and former:
        reasons.append(Reason("当事人在经营异常名录或者严重违法失信名单中，移出后可申请", article, effect="blocks"))
    elif facts.listed_elsewhere:
        text = "当事人在经营异常名录或者严重违法失信名单中，是否影响修复待核实，建议先办理移出"
        reasons.append(Reason(text, article, certainty="unverified", effect="warns", question="Q4"))
    if facts.new_violation and former:
        reasons.append(Reason("因同类违法行为再次受到行政处罚，不提前停止公示", article, effect="blocks"))
    elif facts.new_violation:
        text = "因同类违法行为再次受到行政处罚，是否影响修复待核实，由认定单位判断"
        reasons.append(Reason(text, article, certainty="unverified", effect="officer", question="Q4"))
    return tuple(reasons)


# --- guide ----------------------------------------------------------------------------------------------------------

GUIDE: Final = (GUIDE_ANNEX,)

# --- the room -------------------------------------------------------------------------------------------------------

_REVIEW: Final = Tier("fgj_review", "发改局协同复核", "fgj", may_refuse=False, switchable=True)


def _tiers(facts: RecordFacts) -> tuple[Tier, ...]:
    if facts.market:
        return (HANDLER, HEAD)
    return (HANDLER, Tier("head", "处罚机关负责人"), _REVIEW)


def _materials(facts: RecordFacts) -> tuple[MaterialSpec, ...]:
    if facts.market:
        return (PROOF_OF_DUTIES, MARKET_COMMITMENT, APPLICATION_FORM, LICENCE)
    return (PROOF_OF_DUTIES, COMMITMENT)


CATEGORY: Final = Category(
    code=CODE,
    title="行政处罚信息",
    annex1_row=1,
    annex1_departments=("fgj", "scjgj"),
    extra_fields=EXTRA_FIELDS,
    rules=RULES,
    why_not=why_not,
    guide=GUIDE,
    tiers=_tiers,
    materials=_materials,
    effect=lambda facts: END_PUBLICATION,
    reason_codes=(
        *GENERAL_DEFECTS,
        DefectCode("severity_open", "失信程度尚未由认定单位确定，需先行确定", "", ("correction",)),
        DefectCode(
            "reapply_ban", "曾提供虚假材料，需补充说明（不得再次申请的年限待核实，不因此拒绝）", "", ("correction",)
        ),
    ),
)
