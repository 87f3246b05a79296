"""The matters of the market field (Q4, Q8), and of each list (Q6): the periods that compete, the superior's way. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from .answer import Answer, Part, RowsOf, in_place, sure
from .question_rows import PENALTY, YES_NO, confirm, days, governing, switch, template
from .regimes import NDRC_36, SAMR_107, SAMR_2021, STATE_22
from .rules import Rule


def of_market() -> list[Answer]:
    of_107 = {"regime": SAMR_107}

    def periods(row: Rule) -> bool:
        return row.governs in ("display_min", "display_max") and row.regime == SAMR_107.key and row.category == PENALTY

    def starting(value: str, national: tuple[Rule, ...]) -> Iterable[Rule]:
        return [replace(row, text_zh=sure(row.text_zh)) for row in national if row.counts_from == value]

    return [
        Answer(
            "start_107", "Q4", "107令：行政处罚信息公示期起算日", "choice", periods, starting,
            choices=(("publication", "公示之日"), ("document", "作出决定之日")),
        ),
        Answer(
            "accept_107_wd", "Q4", "107令：受理期限", "WD", governing("accept_days", **of_107),
            days("accept_days", "自收到申请之日起{}个工作日内决定是否受理", "pushed"), high=60,
        ),
        Answer(
            "abnormal_decide_wd", "Q4", "107令：经营异常名录移出的决定期限", "WD",
            governing("decide_days", question="Q4", **of_107),
            days("decide_days", "自受理之日起{}个工作日内作出移出决定", "accepted"), high=60,
        ),
        *(
            Answer(
                code, "Q4", f"107令：{title}", "WD", governing(governs, **of_107), days(governs, text, None), high=60,
            )
            for code, title, governs, text in (
                ("extension_107_wd", "延长期限", "extension_days", "情况复杂的，可以延长{}个工作日"),
                ("correction_107_wd", "补正期限", "correction_days", "自告知之日起{}个工作日内补正"),
                ("objection_107_wd", "异议处理期限", "objection_days", "自收到异议之日起{}个工作日内答复"),
            )
        ),
        Answer(
            "total_107", "Q4", "市场监管领域是否适用十个工作日反馈结果", "choice",
            governing("total_days", question="Q4"),
            switch(
                "total_days", NDRC_36,
                {"yes": "一般自申请之日起十个工作日内反馈结果", "no": "市场监管领域不适用十个工作日反馈结果的规定"},
                {"yes": 10, "no": None}, "WD", counts_from="submitted", when=(("market", True),),
            ),
            choices=YES_NO,
        ),
        Answer(
            "no_early_stop_107", "Q4", "107令：责令停产停业等处罚是否不得提前停止公示", "choice",
            governing("no_early_stop", **of_107),
            switch(
                "no_early_stop", SAMR_107,
                {"yes": "责令停产停业、限制开展生产经营活动、限制从业、降低资质等级、吊销许可证件或者营业执照的，不提前停止公示",
                 "no": "责令停产停业等处罚信息，符合条件的可以提前停止公示"},
                {"yes": True, "no": False}, "bool",
            ),
            choices=(("yes", "不得提前停止公示"), ("no", "可以提前停止公示")),
        ),
        Answer(
            "minor_stops_107", "Q4", "107令：轻微处罚信息期满是否自动停止公示", "choice",
            governing("auto_stop", **of_107),
            switch(
                "auto_stop", SAMR_107,
                {"yes": "轻微行政处罚信息期满自动停止公示、无需申请", "no": "轻微行政处罚信息须申请方可提前停止公示"},
                {"yes": True, "no": False}, "bool",
            ),
            choices=YES_NO,
        ),
        Answer(
            "restriction_107", "Q4", "107令：限制期限超过三年的，公示期是否延至限制期限届满", "choice",
            governing("until_restriction", **of_107),
            switch(
                "until_restriction", SAMR_107,
                {"yes": "限制期限超过三年的，公示至限制期限届满", "no": "限制期限超过三年的，公示期不因此延长"},
                {"yes": True, "no": False}, "bool",
            ),
            choices=YES_NO,
        ),
        Answer(
            "conditions_107", "Q4", "107令：消除后果、无同类处罚、不在名录名单中等条件是否适用", "choice",
            lambda row: row.governs == "condition" and row.regime == SAMR_107.key and row.certainty != "verified",
            lambda value, national: in_place(national, value == "yes"),
            choices=(("yes", "适用"), ("no", "不适用")),
        ),
        Answer(
            "low_fine", "Q8", "甘肃省：较低数额罚款的标准（2021年规定）", "yuan",
            lambda row: row.regime == SAMR_2021.key and row.question == "Q8",
            _low_fine,
            high=1_000_000_000,
        ),
    ]  # fmt: skip


def _low_fine(value: int, national: tuple[Rule, ...]) -> Iterable[Rule]:
    """The amount itself: of the two readings of a fine, it leaves the one that fits."""
    return [template(SAMR_2021, "amount", str(value), f"较低数额罚款的标准：{value}元", "text", variant="low")]


def of_lists(rules: Sequence[Rule], lists: tuple[tuple[str, str], ...]) -> list[Answer]:
    """Q6 and the superiors' procedure, list by list; periods only of lists whose law has a minimum."""
    found = []
    for code, title in lists:
        if any(row.category == code and row.governs == "display_min" and row.value for row in rules):
            found += _period_of(code, title)
        doubtful = _doubtful(code)
        if any(doubtful(row) for row in rules):
            found.append(
                Answer(
                    f"unchanged.{code}", "Q6", f"{title}：现行规定未修改，按原文执行", "choice", doubtful, confirm,
                    choices=(("unchanged", "未修改"),), category=code, keeps_start=True,
                )
            )  # fmt: skip
        found.append(
            Answer(
                f"superior.{code}", "Q6", f"{title}：上级程序", "choice",
                governing("superior_procedure", category=code), _superior(code),
                choices=(("superior", "按上级机关规定的程序办理"), ("own", "由本单位移出，移出结果共享至上级主管单位")), category=code,
            )
        )  # fmt: skip
    return found


def _doubtful(code: str) -> Callable[[Rule], bool]:
    return lambda row: (
        row.category == code
        and row.question == "Q6"
        and row.certainty == "unverified"
        and row.value is not None
        and row.governs not in ("display_min", "display_max")
    )


def _superior(code: str) -> RowsOf:
    texts = {
        "superior": "本名单由上级机关规定程序的，按上级机关的程序办理",
        "own": "由本单位移出，并将移出结果及时共享至上级主管单位和甘肃省信用信息共享平台",
    }

    def rows(value: str, national: tuple[Rule, ...]) -> Iterable[Rule]:
        chosen = value == "superior"
        made = in_place(national, chosen, text_zh=texts[value])
        row = template(STATE_22, "superior_procedure", chosen, texts[value], "bool", category=code)
        return made or [row]

    return rows


def _period_of(code: str, title: str) -> list[Answer]:
    def picks(row: Rule) -> bool:
        return row.category == code and row.governs in ("display_min", "display_max") and row.in_force_to is None

    def chosen(value: str, national: tuple[Rule, ...]) -> Iterable[Rule]:
        of_frame = value == "frame"
        rows = [row for row in national if (row.basis.number == STATE_22.number) is of_frame and row.value is not None]
        if rows or not of_frame:
            return [replace(row, text_zh=sure(row.text_zh)) for row in rows]
        start = next((row for row in national if row.governs == "display_min"), None)
        return _of_months(code, 12, 36, (start and start.counts_from) or "listing", national)

    def revised(value: dict[str, Any], national: tuple[Rule, ...]) -> Iterable[Rule]:
        return _of_months(code, value["min"], value.get("max"), value["counts_from"], national)

    starts = (
        ("listing", "列入之日"), ("document", "作出决定之日"), ("publication", "公示之日"), ("correction", "纠正之日")
    )  # fmt: skip
    return [
        Answer(
            f"period.{code}", "Q6", f"{title}：与一至三年不一致时适用的期限", "choice", picks, chosen,
            choices=(("order", "主管部门规定的期限"), ("frame", "国办发〔2025〕22号：最短一年、最长三年")),
            help="与国办发〔2025〕22号不同的期限，只能依据法律、行政法规。",
            category=code, excludes=(f"revised.{code}",),
        ),
        Answer(
            f"revised.{code}", "Q6", f"{title}：修订后的期限", "parts", picks, revised,
            parts=(
                Part("min", "最短公示期（月）", "number", required=True),
                Part("max", "最长公示期（月，没有的留空）", "number", low=1),
                Part("counts_from", "起算日", "choice", starts, required=True),
            ),
            category=code, excludes=(f"period.{code}",),
        ),
    ]  # fmt: skip


def _of_months(code: str, low: int, high: int | None, start: str, national: tuple[Rule, ...]) -> list[Rule]:
    """A minimum and a maximum of a list, in the regime its rows are of now."""
    present = [row.regime for row in national if row.in_force_to is None] or [STATE_22.key]
    row = replace(
        template(STATE_22, "display_min", low, f"最短公示期为{low}个月", "month", counts_from=start, category=code),
        regime=present[0],
    )
    if high is None:
        return [row]
    return [row, replace(row, governs="display_max", value=high, text_zh=f"最长公示期为{high}个月")]
