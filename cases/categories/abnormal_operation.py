"""经营异常名录信息: a firm marked for a missed duty of publicity; off the list as soon as the cause is cured.

企业信息公示暂行条例, 工商总局令第68号, 107令 (before 2025-12-25: 国市监信规〔2021〕3号).
The market bureau that listed decides; 个体工商户 are marked 经营异常状态 instead.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from cases.law import GROUNDS, Reason, RecordFacts, RowMaker, Rule
from cases.law.regimes import REGULATION_654, SAIC_68, SAMR_44, SAMR_107, SAMR_2021

from .base import (
    APPLICATION_FORM,
    GENERAL_DEFECTS,
    HANDLER,
    HEAD,
    MARKET_COMMITMENT,
    REMOVE_FROM_LIST,
    Category,
    DefectCode,
    ExtraField,
    GuideBlock,
    MaterialSpec,
    Tier,
)  # fmt: skip

CODE: Final = "abnormal_operation"

# --- extra fields ---------------------------------------------------------------------------------------------------

EXTRA_FIELDS: Final = (
    ExtraField("ground", "列入（标记）经营异常原因", "choice", True, tuple(GROUNDS.items()), fact="ground"),
    ExtraField("report_year", "年报年度"),
    ExtraField("corrected_on", "纠正日期", "date", fact="corrected_on"),
)  # fmt: skip

# --- rules by date --------------------------------------------------------------------------------------------------

CURES: Final[dict[str, str]] = {
    "annual_report": "已补报未报年份的年度报告并公示",
    "instant_information": "已履行即时信息公示义务",
    "false_information": "已更正其公示的信息",
    "address_unreachable": "已依法变更登记住所（经营场所），或者通过登记的住所（经营场所）可以重新取得联系（实地核查）",
}
_saic = RowMaker(SAIC_68, category=CODE)
_m21 = RowMaker(SAMR_2021, category=CODE)
_m107 = RowMaker(SAMR_107, category=CODE)
_CURED: Final = "列入经营异常名录的原因消除后即可申请移出，没有最短公示期"

RULES: Final[tuple[Rule, ...]] = (
    _m107("abnormal.min", "display_min", 0, _CURED, counts_from="correction"),
    _m21("abnormal.min", "display_min", 0, _CURED, counts_from="correction"),
    *(
        row(
            "abnormal.no_end", "auto_stop", False, "经营异常名录没有自动移出的期限（待核实）", unit="bool",
            certainty="unverified", question=question,
        )
        for row, question in ((_m107, "Q4"), (_m21, None))
    ),
    _saic("decider", "decider", "listed", "由列入经营异常名录的市场监督管理部门决定移出；个体工商户为恢复正常记载状态", unit="text"),
    _saic(
        "uncured", "not_repairable", False, "列入满三年仍未消除原因的，现行规定不再转入严重违法失信名单（待核实）",
        unit="bool", certainty="unverified", basis=REGULATION_654.basis("第十七条第二款"),
        in_force_from=SAMR_44.in_force_from,
    ),
    *(
        _saic(f"material.{key}", "material", key, text, unit="text")
        for key, text in (
            ("application_form", "信用修复申请书"), ("commitment", "守信承诺书"), ("proof_of_duties", "列入原因已消除的证明材料")
        )
    ),
    *(
        _saic(
            f"objection.{key}", "objection_days", days, f"{text}（待核实）", unit=unit, counts_from=start, variant=key,
            certainty="unverified",
        )
        for key, days, unit, start, text in (
            ("file", 30, "CD", "publication", "对列入有异议的，自公示之日起三十日内书面提出"),
            ("take_up", 5, "WD", "received", "自收到异议之日起五个工作日内决定是否受理"),
            ("answer", 20, "WD", "accepted", "受理后二十个工作日内核实并答复"),
        )
    ),
    *(
        _saic(f"cure.{ground}", "condition", True, text, unit="bool", when={"ground": ground})
        for ground, text in CURES.items()
    ),
    _m107(
        "abnormal.accept", "accept_days", None, "受理期限待核实", unit="WD", certainty="unknown", question="Q4"
    ),
    _m107(
        "abnormal.decide", "decide_days", None, "经营异常名录移出的决定期限待核实", unit="WD", certainty="unknown",
        question="Q4",
    ),
    *(
        _m21(
            f"abnormal.decide.{ground}", "decide_days", 5,
            f"自{'收到申请' if start == 'submitted' else '查实'}之日起五个工作日内作出移出决定",
            unit="WD", counts_from=start, when={"ground": ground},
        )
        for ground, start in (
            ("annual_report", "submitted"), ("instant_information", "submitted"), ("false_information", "accepted"),
            ("address_unreachable", "accepted"),
        )
    ),
)  # fmt: skip

# --- why not --------------------------------------------------------------------------------------------------------


def why_not(facts: RecordFacts, today: date) -> tuple[Reason, ...]:
    """The cause not cured blocks; an unknown ground only warns, for every ground ends the same way."""
    reasons = []
    if facts.duties_done is False:
        cure = CURES.get(facts.ground or "", "列入原因已消除")
        text = f"列入经营异常名录的原因尚未消除，需要：{cure}"
        reasons.append(Reason(text, SAIC_68.basis(), effect="blocks"))
    if facts.ground not in CURES:
        text = "列入原因未说明，申请时由认定单位核实"
        reasons.append(Reason(text, SAIC_68.basis(), certainty="unknown", effect="warns"))
    return tuple(reasons)


# --- guide ----------------------------------------------------------------------------------------------------------

GUIDE: Final = (
    GuideBlock(
        "常见问题",
        "补报、更正或者变更登记后，列入状态不会自动解除，仍需申请移出；本名录没有自动移出的期限（待核实）。",
    ),
)

# --- the room -------------------------------------------------------------------------------------------------------

_PROOFS: Final[dict[str, tuple[str, str]]] = {
    "annual_report": ("年度报告已公示的证明", "由系统核对公示系统中的年报，一般无需上传"),
    "instant_information": ("即时信息已公示的证明", "由系统核对公示系统中的即时信息，一般无需上传"),
    "false_information": ("公示信息已更正的说明和证明", "说明更正了哪些信息，附相应凭证"),
    "address_unreachable": ("住所（经营场所）可取得联系的证明", "变更登记材料，或者房产、租赁证明，配合实地核查"),
}


def _tiers(facts: RecordFacts) -> tuple[Tier, ...]:
    return (HANDLER, HEAD)


def _materials(facts: RecordFacts) -> tuple[MaterialSpec, ...]:
    title, description = _PROOFS.get(facts.ground or "", ("列入原因已消除的证明", "按列入原因提供相应证明"))
    fetched = facts.ground in ("annual_report", "instant_information")
    proof = MaterialSpec(
        "proof_of_duties", title, description, required=not fetched, source="fetched" if fetched else "applicant",
        core=True,
    )  # fmt: skip
    return (proof, MARKET_COMMITMENT, APPLICATION_FORM)


CATEGORY: Final = Category(
    code=CODE,
    title="经营异常名录信息",
    annex1_row=2,
    annex1_departments=("scjgj",),
    extra_fields=EXTRA_FIELDS,
    rules=RULES,
    why_not=why_not,
    guide=GUIDE,
    tiers=_tiers,
    materials=_materials,
    effect=lambda facts: REMOVE_FROM_LIST,
    market=True,
    grounds=tuple(GROUNDS.items()),
    after_approval="移出决定公示后，县市场监管局共享结果，“信用中国（甘肃金昌）”网站同步更新，无需再次申请",
    reason_codes=(
        *(code for code in GENERAL_DEFECTS if code.code not in ("period_not_reached", "no_commitment")),
        DefectCode("cause_remains", "列入经营异常名录的原因尚未消除", SAIC_68.title, ("not_accepted", "refused")),
        DefectCode(
            "address_not_found", "实地核查仍无法通过登记的住所（经营场所）取得联系", SAIC_68.title, ("refused",)
        ),
    ),
)
