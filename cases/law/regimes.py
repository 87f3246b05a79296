"""The regimes of the rule pack, and the rows of law that no single room owns. All others stand in their rooms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from .rules import Basis, Rule, conditions


@dataclass(frozen=True, slots=True)
class Regime:
    """A paper of the law with its time in force; `title` is how a page names it."""

    key: str
    name: str
    number: str
    in_force_from: date
    in_force_to: date | None = None
    certainty: str = "verified"

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
REGIMES: Final[dict[str, Regime]] = {
    regime.key: regime
    for regime in (
        NDRC_527, NDRC_58, NDRC_36, STATE_22, SAMR_2021, SAMR_107, SAMR_45, SAMR_44, SAIC_68, COURT_2013, COURT_2017,
        TAX_54, HRSS_45, MEM_11, NBS_2019, NBS_35, MCA_60,
    )
}  # fmt: skip

_NON_MARKET: Final = (("market", False),)
_MARKET: Final = (("market", True),)


class RowMaker:
    """Writes rows of one regime: key prefix, dates and basis are the regime's unless a row says otherwise.

    What is passed here holds for every row it makes; Rule itself checks each word.
    """

    def __init__(self, regime: Regime, **same: Any) -> None:
        self.regime, self.same = regime, same

    def __call__(self, key: str, governs: str, value: int | str | bool | None, text_zh: str, **own: Any) -> Rule:
        row: dict[str, Any] = {
            "basis": self.regime.basis(),
            "in_force_from": self.regime.in_force_from,
            "in_force_to": self.regime.in_force_to,
            **self.same,
            **own,
        }
        prefix = self.regime.key.replace("-", "")
        if isinstance(row.get("when"), dict):
            row["when"] = conditions(row["when"])
        return Rule(key=f"{prefix}.{key}", regime=self.regime.key, governs=governs, value=value, text_zh=text_zh, **row)


_g36 = RowMaker(NDRC_36, when=_NON_MARKET)
_g58 = RowMaker(NDRC_58, when=_NON_MARKET)
_g22 = RowMaker(STATE_22)
_m36 = RowMaker(NDRC_36, when=_MARKET)

GENERAL_ROWS: Final[tuple[Rule, ...]] = (
    _g36("accept", "accept_days", 3, "自收到推送之日起三个工作日内决定是否受理", unit="WD", counts_from="pushed"),
    _g36(
        "decide", "decide_days", 7, "自受理之日起七个工作日内完成核查（待核实）", unit="WD", counts_from="accepted",
        certainty="unverified", question="Q2",
    ),
    _g36("total", "total_days", 10, "一般自申请之日起十个工作日内反馈结果", unit="WD", counts_from="submitted"),
    _g36(
        "extension", "extension_days", None, "情况复杂的可以延长，延长期限待核实", unit="WD",
        certainty="unknown", question="Q2",
    ),
    _g36(
        "correction", "correction_days", None, "补正期限待核实", unit="WD", certainty="unknown", question="Q2"
    ),
    _g36(
        "objection", "objection_days", None, "异议处理期限待核实", unit="WD", certainty="unknown", question="Q2"
    ),
    _g36(
        "false", "reapply_ban", 36, "提供虚假材料、严重违背承诺的，记入信用记录，一定期限内不得再次申请（年限待核实）",
        certainty="unverified", question="Q3",
    ),
    _g36("channel", "channel", "信用中国", "向“信用中国”网站提出申请，由认定单位办理", unit="text"),
    _g58(
        "accept", "accept_days", 3, "自收到申请之日起三个工作日内决定是否受理（待核实）", unit="WD",
        counts_from="pushed", certainty="unverified",
    ),
    _g58(
        "decide", "decide_days", 7, "自受理之日起七个工作日内办理（待核实）", unit="WD", counts_from="accepted",
        certainty="unverified",
    ),
    _g58("total", "total_days", 10, "自申请之日起十个工作日内办结", unit="WD", counts_from="submitted"),
    _g58(
        "false", "reapply_ban", 36, "提供虚假材料的，三年内不得以承诺方式申请修复（待核实）", certainty="unverified",
        question="Q3",
    ),
    _m36(
        "market.total", "total_days", 10, "一般自申请之日起十个工作日内反馈结果（市场监管领域是否适用待核实）",
        unit="WD", counts_from="submitted", certainty="unverified", question="Q4",
    ),
    _g22(
        "older", "older_records", "both", "新规施行前作出决定的信息适用何规定待核实：新旧规定一并计算", unit="text",
        certainty="unknown", question="Q1",
    ),
    _g22("fee", "fee", 0, "信用修复不收取任何费用", unit="text"),
    _g22(
        "first_day", "first_application_day", "day_after", "最短公示期届满次日起可申请；届满当日能否申请待核实",
        unit="text", certainty="unverified", question="Q9",
    ),
    _g22(
        "rolls", "publication_rolls", False, "公示期届满日遇法定休假日不顺延（待核实）", unit="bool",
        certainty="unverified", question="Q9",
    ),
)  # fmt: skip
