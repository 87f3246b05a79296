"""The regimes of the rule pack, and the rows of law that no single room owns. All others stand in their rooms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from .rules import Basis, Rule, conditions


@dataclass(frozen=True, slots=True)
class Regime:
    """A paper of the law with its time in force; `title` is how a page names it.

    carries   whether its periods still speak of its records once it is out of force; False = replay of its time only
    region    GB/T 2260 code of the one region it is a paper of, None = national; so are its rows
    """

    key: str
    name: str
    number: str
    in_force_from: date
    in_force_to: date | None = None
    certainty: str = "verified"
    carries: bool = True
    region: str | None = None

    def basis(self, article: str | None = None) -> Basis:
        """A citation of this paper."""
        return Basis(self.name, self.number, article)

    @property
    def title(self) -> str:
        return str(self.basis())


NDRC_58: Final = Regime(
    "ndrc-58",
    "失信行为纠正后的信用信息修复管理办法（试行）",
    "国家发展改革委令第58号",
    date(2023, 5, 1),
    date(2026, 3, 31),
)
NDRC_36: Final = Regime("ndrc-36", "信用修复管理办法", "国家发展改革委令第36号", date(2026, 4, 1))
STATE_22: Final = Regime("state-22", "关于进一步完善信用修复制度的实施方案", "国办发〔2025〕22号", date(2025, 6, 22))
SAMR_2021: Final = Regime(
    "samr-2021", "市场监督管理信用修复管理办法", "国市监信规〔2021〕3号", date(2021, 9, 1), date(2025, 12, 24)
)
SAMR_107: Final = Regime("samr-107", "市场监督管理信用修复管理办法", "市场监管总局令第107号", date(2025, 12, 25))
SAMR_45: Final = Regime("samr-45", "市场监督管理行政处罚信息公示规定", "市场监管总局令第45号", date(2021, 9, 1))
SAMR_44: Final = Regime("samr-44", "市场监督管理严重违法失信名单管理办法", "市场监管总局令第44号", date(2021, 9, 1))
SAIC_68: Final = Regime("saic-68", "企业经营异常名录管理暂行办法", "工商总局令第68号", date(2014, 10, 1))
NDRC_527: Final = Regime(
    "ndrc-527",
    "关于进一步完善“信用中国”网站及地方信用门户网站行政处罚信息信用修复机制的通知",
    "发改办财金〔2019〕527号",
    date(2019, 7, 1),
    date(2023, 4, 30),
    "unverified",
    carries=False,
)
_COURT_NAME: Final = "最高人民法院关于公布失信被执行人名单信息的若干规定"
COURT_2013: Final = Regime(
    "court-2013", _COURT_NAME, "法释〔2013〕17号", date(2013, 10, 1), date(2017, 4, 30), "unverified"
)
COURT_2017: Final = Regime("court-2017", _COURT_NAME, "法释〔2017〕7号", date(2017, 5, 1))
TAX_54: Final = Regime("tax-54", "重大税收违法失信主体信息公布管理办法", "国家税务总局令第54号", date(2022, 2, 1))
HRSS_45: Final = Regime(
    "hrss-45", "拖欠农民工工资失信联合惩戒对象名单管理暂行办法", "人力资源社会保障部令第45号", date(2022, 1, 1)
)
MEM_11: Final = Regime("mem-11", "安全生产严重失信主体名单管理办法", "应急管理部令第11号", date(2023, 10, 1))
NBS_2019: Final = Regime(
    "nbs-2019", "企业统计信用管理办法", "国统字〔2019〕33号", date(2019, 1, 1), date(2022, 5, 18), "unverified"
)
NBS_35: Final = Regime("nbs-35", "统计严重失信企业信用管理办法", "国家统计局令第35号", date(2022, 5, 19))
MCA_60: Final = Regime("mca-60", "社会组织信用信息管理办法", "民政部令第60号", date(2018, 1, 24))
# Papers that set no period of display: the two laws of remedies, the law of penalties, the county's notice (its day of
# issue is not given: the year alone is known), the regulation behind the abnormal list.
PENALTY_LAW: Final = Regime("penalty-law", "中华人民共和国行政处罚法", "", date(2021, 7, 15))
REVIEW_LAW: Final = Regime("review-law", "中华人民共和国行政复议法", "", date(2024, 1, 1))
COURT_LAW: Final = Regime("court-law", "中华人民共和国行政诉讼法", "", date(2017, 7, 1))
NDRC_424: Final = Regime(
    "ndrc-424",
    "关于进一步完善行政许可和行政处罚等信用信息公示工作的指导意见",
    "发改办财金〔2018〕424号",
    date(2018, 7, 1),
    None,
    "unverified",
)
NOTICE_63: Final = Regime(
    "notice-63", "永昌县高效办成信用修复“一件事”工作方案", "永发改字〔2024〕63号", date(2024, 1, 1), None, "unverified",
    region="620321",
)  # fmt: skip
REGULATION_654: Final = Regime("regulation-654", "企业信息公示暂行条例", "国务院令第654号", date(2014, 10, 1))
# How periods are counted.
CIVIL_CODE: Final = Regime("civil-code", "中华人民共和国民法典", "", date(2021, 1, 1))
CIVIL_LAW: Final = Regime(
    "civil-law", "中华人民共和国民法通则", "", date(1987, 1, 1), date(2020, 12, 31), "unverified"
)  # fmt: skip
REGIMES: Final[dict[str, Regime]] = {
    regime.key: regime
    for regime in (
        NDRC_527, NDRC_58, NDRC_36, STATE_22, SAMR_2021, SAMR_107, SAMR_45, SAMR_44, SAIC_68, COURT_2013, COURT_2017,
        TAX_54, HRSS_45, MEM_11, NBS_2019, NBS_35, MCA_60, PENALTY_LAW, REVIEW_LAW, COURT_LAW, NOTICE_63, REGULATION_654,
        CIVIL_CODE, CIVIL_LAW, NDRC_424,
    )
}  # fmt: skip

_NON_MARKET: Final = (("market", False),)
_MARKET: Final = (("market", True),)


class RowMaker:
    """Writes rows of one regime: key prefix, dates and basis are the regime's unless a row says otherwise.

    What is passed here holds for every row it makes; Rule itself checks each word. A paper that only one room has stands
    in that room's file and becomes known here, so that a tenth category is one new file. Raises ValueError for a second
    paper of one key.
    """

    def __init__(self, regime: Regime, **same: Any) -> None:
        if REGIMES.setdefault(regime.key, regime) != regime:
            raise ValueError(f"two papers have the key {regime.key!r}")
        self.regime, self.same = regime, same

    def __call__(self, key: str, governs: str, value: int | str | bool | None, text_zh: str, **own: Any) -> Rule:
        row: dict[str, Any] = {
            "basis": self.regime.basis(),
            "in_force_from": self.regime.in_force_from,
            "in_force_to": self.regime.in_force_to,
            "region": self.regime.region,
            **self.same,
            **own,
        }
        prefix = self.regime.key.replace("-", "")
        if isinstance(row.get("when"), dict):
            row["when"] = conditions(row["when"])
        return Rule(key=f"{prefix}.{key}", regime=self.regime.key, governs=governs, value=value, text_zh=text_zh, **row)


_g36 = RowMaker(NDRC_36, when=_NON_MARKET)
# 58令 speaks of penalties outside the market field; the lists had their own orders alone.
_g58 = RowMaker(NDRC_58, when=_NON_MARKET, category="administrative_penalty")
_m36 = RowMaker(NDRC_36, when=_MARKET)
_m107 = RowMaker(SAMR_107, when=_MARKET)
_m21 = RowMaker(SAMR_2021, when=_MARKET)
_g22 = RowMaker(STATE_22)
_unsure: Final = {"certainty": "unverified"}
_unknown: Final = {"certainty": "unknown"}
_wd: Final = {"unit": "WD"}


def _open_days(row: RowMaker, question: str | None) -> tuple[Rule, ...]:
    """Days that a paper is silent about: extension, correction, objection."""
    return tuple(
        row(key, governs, None, text, question=question, **_wd, **_unknown)
        for key, governs, text in (
            ("extension", "extension_days", "情况复杂的能否延长、延长期限均待核实"),
            ("correction", "correction_days", "补正期限待核实"),
            ("objection", "objection_days", "异议处理期限待核实"),
        )
    )


_DAYS: Final[tuple[Rule, ...]] = (
    _g36("accept", "accept_days", 3, "自收到推送之日起三个工作日内决定是否受理", counts_from="pushed", **_wd),
    _g36(
        "decide", "decide_days", 7, "自受理之日起七个工作日内完成核查（待核实）", counts_from="accepted",
        question="Q2", **_wd, **_unsure,
    ),
    _g36("total", "total_days", 10, "一般自申请之日起十个工作日内反馈结果", counts_from="submitted", **_wd),
    *_open_days(_g36, "Q2"),
    _g36("stop", "stop_days", 0, "准予修复后，“信用中国”网站即时停止公示", counts_from="decided", **_wd),
    _g58(
        "accept", "accept_days", 3, "自收到申请之日起三个工作日内决定是否受理（待核实）", counts_from="pushed",
        **_wd, **_unsure,
    ),
    _g58(
        "decide", "decide_days", 7, "自受理之日起七个工作日内办理（待核实）", counts_from="accepted", **_wd, **_unsure
    ),
    _g58("total", "total_days", 10, "自申请之日起十个工作日内办结", counts_from="submitted", **_wd),
    *_open_days(_g58, None),
    _g58(
        "share", "share_days", 3, "修复结果三个工作日内共享（待核实）", counts_from="decided", **_wd, **_unsure
    ),
    _g58(
        "stop", "stop_days", 3, "收到修复结果后三个工作日内更新信息、停止公示（待核实）", counts_from="received",
        **_wd, **_unsure,
    ),
    _m36(
        "market.total", "total_days", 10, "一般自申请之日起十个工作日内反馈结果（市场监管领域是否适用待核实）",
        counts_from="submitted", question="Q4", **_wd, **_unsure,
    ),
    *_open_days(_m107, "Q4"),
    *_open_days(_m21, None),
)  # fmt: skip

_FALSE_MATERIAL: Final[tuple[Rule, ...]] = (
    _g36(
        "false", "reapply_ban", 36, "提供虚假材料、信用承诺严重不实或者故意不履行承诺的，一定期限内不得再次申请（是否及年限待核实）",
        question="Q3", **_unsure,
    ),
    _g36(
        "false.shown", "false_material", None,
        "提供虚假材料、信用承诺严重不实或者故意不履行承诺的，记入信用记录（公示年限待核实）", question="Q3", **_unknown,
    ),
    _g58(
        "false", "reapply_ban", 36, "提供虚假材料的，三年内不得以承诺方式申请修复（待核实）", question="Q3", **_unsure
    ),
    _g58(
        "false.shown", "false_material", 36, "提供虚假材料的，记入信用记录并公示三年（待核实）", question="Q3", **_unsure
    ),
    _m107("false.shown", "false_material", None, "提供虚假材料的处理待核实", question="Q4", **_unknown),
    _m21(
        "false.shown", "false_material", "restored", "提供虚假材料的，撤销修复决定、恢复原状态，期限重新计算（待核实）",
        unit="text", **_unsure,
    ),
)  # fmt: skip

_CHANNELS: Final[tuple[Rule, ...]] = (
    _g36("channel", "channel", "信用中国", "向“信用中国”网站提出申请，由认定单位办理", unit="text"),
    _m36(
        "market.channel", "channel", "国家企业信用信息公示系统", "市场监管领域通过国家企业信用信息公示系统提出申请",
        unit="text",
    ),
    _g58("channel", "channel", "信用中国", "在“信用中国”网站或者“信用中国（甘肃金昌）”网站提出申请", unit="text"),
    *(
        row(
            "channel", "channel", "国家企业信用信息公示系统", "通过国家企业信用信息公示系统提出申请（待核实）", unit="text",
            in_force_to=last, **_unsure,
        )
        for row, last in ((_m21, SAMR_2021.in_force_to), (_m107, NDRC_58.in_force_to))
    ),
)  # fmt: skip

_SETTINGS: Final[tuple[Rule, ...]] = (
    _g22(
        "older", "older_records", "both", "新规施行前作出决定的信息适用何规定待核实：新旧规定一并计算", unit="text",
        question="Q1", **_unknown,
    ),
    _g22("fee", "fee", 0, "信用修复不收取任何费用", unit="text"),
    # How to count was as open before the code as it is now, so nobody was refused for that day then either. Which
    # article said what before it is not verified, so none is named.
    *(
        row
        for code, (last_day, holidays) in (
            (CIVIL_CODE, ("第二百零二条", "第二百零三条")), (CIVIL_LAW, (None, None)),
        )
        for row in (
            RowMaker(code, question="Q9", basis=code.basis(last_day), **_unsure)(
                "first_day", "first_application_day", "day_after",
                "最短公示期届满次日起可申请；届满当日能否申请待核实", unit="text",
            ),
            RowMaker(code, question="Q9", basis=code.basis(holidays), **_unsure)(
                "rolls", "publication_rolls", False, "公示期届满日遇法定休假日不顺延（待核实）", unit="bool",
            ),
        )
    ),
    *(
        _g22(f"amount.{key}", "amount", None, f"{words}罚款的数额标准待核实", unit="text", variant=key, question="Q5", **_unknown)
        for key, words in (("large", "较大数额"), ("huge", "数额巨大的"))
    ),
    _g22("wording", "wording", None, "现行规定下告知书新文本为草案，文字待核实", unit="text", question="Q11", **_unknown),
    _g22(
        "scope.trader", "subject_scope", None, "自然人、个体工商户是否适用本平台办理待核实，由认定单位判断", unit="bool",
        variant="trader", question="Q12", when=(("trader", True),), **_unknown,
    ),
    _g22(
        "bankruptcy", "decider", None, "重整、和解案件的信用修复由谁办理待核实", unit="text", variant="bankruptcy",
        question="Q12", **_unknown,
    ),
)  # fmt: skip

_review = RowMaker(REVIEW_LAW)
_court = RowMaker(COURT_LAW)
_AGAINST: Final = (
    "如不服本决定，可以自收到本决定书之日起六十日内向{}申请行政复议，"
    "也可以自收到本决定书之日起六个月内依法向有管辖权的人民法院提起行政诉讼"
)
# The letters of the remedies: what a room or a department names, and what a paper prints.
_REMEDIES: Final[tuple[Rule, ...]] = (
    *(
        _review(
            f"remedy.{letter}", "remedy", organ, _AGAINST.format(organ or "行政复议机关（待核实）"), unit="text",
            variant=letter, basis=REVIEW_LAW.basis(article), certainty="verified" if organ else "unknown",
            question=None if organ else "Q10",
        )
        for letter, organ, article in (
            ("a", "本级人民政府", "第二十四条"), ("b", "上一级税务机关", "第二十七条"), ("c", None, "第二十七条"),
            ("d", "上一级人民政府", "第二十四条"),
        )
    ),
    _review(
        "remedy.e", "remedy", "作出决定的人民法院",
        "本信息由人民法院决定，不适用行政复议；认为有误的，可以向作出决定的人民法院申请纠正", unit="text", variant="e",
        basis=REVIEW_LAW.basis("第二条"),
    ),
    _review(
        "remedy.f", "remedy", "复议前置",
        "本单位逾期未作出决定的，应当先申请行政复议；对复议决定不服的，可以依法向人民法院提起行政诉讼", unit="text",
        variant="f", basis=REVIEW_LAW.basis("第十一条、第二十三条"),
    ),
    *(
        _review(key, "remedy", days, text, unit=unit, counts_from=start, variant=key, basis=REVIEW_LAW.basis(article))
        for key, days, unit, start, text, article in (
            ("review.within", 60, "CD", "received", "自知道该行政行为之日起六十日内申请行政复议", "第二十条"),
            ("review.examined", 5, "WD", "received", "行政复议机关自收到申请之日起五日内审查", "第三十条"),
            ("review.decided", 60, "CD", "accepted", "行政复议机关自受理申请之日起六十日内决定，最多延长三十日", "第六十二条"),
            ("review.simple", 30, "CD", "accepted", "适用简易程序的，自受理申请之日起三十日内决定", "第六十二条"),
            ("review.untold", 12, "month", "received", "未告知权利、机关和期限的，期限最长为一年", "第二十条"),
        )
    ),
    *(
        _court(key, "remedy", length, text, unit=unit, counts_from="received", variant=key, basis=COURT_LAW.basis(article))
        for key, length, unit, text, article in (
            ("court.within", 6, "month", "自知道该行政行为之日起六个月内提起行政诉讼", "第四十六条"),
            ("court.after_review", 15, "CD", "不服复议决定的，自收到复议决定书之日起十五日内提起行政诉讼", "第四十五条"),
        )
    ),
    _g22(
        "remedy.order", "remedy", None, "对不予修复决定不服的，可以申请行政复议，也可以直接提起行政诉讼（待核实）",
        unit="text", variant="order", question="Q10", basis=REVIEW_LAW.basis("第十一条、第二十三条"), **_unknown,
    ),
    _g22(
        "remedy.organ_c", "remedy", None, "垂直管理单位的行政复议机关待核实", unit="text", variant="organ_c",
        question="Q10", basis=REVIEW_LAW.basis("第二十七条"), **_unknown,
    ),
    _g22(
        "remedy.channel", "remedy", None, "网上行政复议渠道待核实", unit="text", variant="channel", question="Q10", basis=REVIEW_LAW.basis("第二十二条"),
        **_unknown,
    ),
)  # fmt: skip

GENERAL_ROWS: Final[tuple[Rule, ...]] = (*_DAYS, *_FALSE_MATERIAL, *_CHANNELS, *_SETTINGS, *_REMEDIES)
