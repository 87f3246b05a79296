"""The open questions Q1–Q12, and the matters under each that a supervising bureau can settle with a citation. Pure.

What no rule row says is not here: 公示起算日 can only be settled as the day on the paper, for a record has no day of
service among its facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from .answer import Answer, Part, in_place
from .facts import FIELDS, GROUNDS
from .question_lists import of_lists, of_market
from .question_rows import PENALTY, YES_NO, days, governing, stated, switch, template
from .regimes import CIVIL_CODE, NDRC_36, NDRC_58, STATE_22
from .rules import Rule, conditions
from .severity import PENALTY_KINDS

QUESTIONS: Final[dict[str, str]] = {
    "Q1": "新规施行前（2026年4月1日前，市场监管领域2025年12月25日前）作出决定的信息，适用何规定、如何定失信程度？",
    "Q2": "36令：办理期限、延长期限、补正期限、异议处理期限各为多少？",
    "Q3": "提供虚假材料的：几年内不得再次申请？公示几年？",
    "Q4": "107令：公示期从何日起算，受理期限，经营异常名录办理期限，条件，哪些不能提前停止公示？",
    "Q5": "较大数额、数额巨大的罚款各为多少？各领域失信程度标准？",
    "Q6": "44令及54令、45令、11令、35令、60令2026年1月以后是否修改？与一至三年的期限不一致时适用哪一期限？",
    "Q7": "食品、药品、特种设备、安全生产、消防领域现在是否仍适用一年最短公示期？",
    "Q8": "甘肃省：较低数额罚款的标准；实施办法及2026年有无新规定？",
    "Q9": "最短公示期届满当日能否申请；届满日遇节假日是否顺延；以文书落款日期还是送达日期起算？",
    "Q10": "对不予修复：须先行政复议，还是可以直接诉讼？垂直管理单位的复议机关？网上复议渠道？",
    "Q11": "重新印发的附件2和列入告知书的文字；“营造实守信”是否更正？",
    "Q12": "哪些信息不能修复；自然人、个体工商户是否适用；破产案件由谁办理？",
}
_FIVE: Final = tuple(FIELDS)


def answers(
    rules: Sequence[Rule], lists: Iterable[tuple[str, str]], categories: Iterable[tuple[str, str]]
) -> dict[str, Answer]:
    """All matters by code, in the order of their questions.

    rules   the national rows; lists, categories   (code, title) of the rooms that are lists, and of all rooms
    """
    found = [*_general(), *of_market(), *of_lists(rules, tuple(lists)), *_of_people(tuple(categories))]
    found.sort(key=lambda one: int(one.question[1:]))
    return {one.code: one for one in found}


def _general() -> list[Answer]:
    of_36 = {"regime": NDRC_36}
    return [
        Answer(
            "older_records", "Q1", "新规施行前信息的适用规定", "choice", governing("older_records"),
            switch(
                "older_records", STATE_22,
                {"both": "新规施行前作出决定的信息，新旧规定一并计算，结果不同的由认定单位判断",
                 "new": "新规施行前作出决定的信息，适用新规定", "old": "新规施行前作出决定的信息，适用作出决定时的规定"},
                {"both": "both", "new": "new", "old": "old"}, "text",
            ),
            choices=(("both", "新旧规定一并计算"), ("new", "适用新规定"), ("old", "适用原规定")),
        ),
        Answer(
            "decide_wd", "Q2", "核查期限", "WD", governing("decide_days", question="Q2", **of_36),
            days("decide_days", "自受理之日起{}个工作日内完成核查", "accepted"), high=60,
        ),
        Answer(
            "extension_wd", "Q2", "延长期限", "WD", governing("extension_days", question="Q2", **of_36),
            days("extension_days", "情况复杂的，可以延长{}个工作日", None), high=60,
        ),
        Answer(
            "correction_wd", "Q2", "补正期限", "WD", governing("correction_days", question="Q2", **of_36),
            days("correction_days", "自告知之日起{}个工作日内补正", None), high=60,
        ),
        Answer(
            "objection_wd", "Q2", "异议处理期限", "WD", governing("objection_days", question="Q2", **of_36),
            days("objection_days", "自收到异议之日起{}个工作日内答复", None), high=60,
        ),
        Answer(
            "reapply_ban_years", "Q3", "虚假材料：不得再次申请的年限", "year", governing("reapply_ban", **of_36),
            stated(
                NDRC_36, "reapply_ban", "提供虚假材料、信用承诺严重不实或者故意不履行承诺的，{}年内不得再次申请", "month",
                lambda value: value * 12,
            ),
            high=5,
        ),
        Answer(
            "false_material_years", "Q3", "虚假材料：公示年限", "year", governing("false_material", **of_36),
            stated(
                NDRC_36, "false_material", "提供虚假材料的，记入信用记录并公示{}年", "month", lambda value: value * 12
            ),
            high=5,
        ),
        *(
            Answer(
                code, "Q5", title, "yuan", governing("amount", variant=variant),
                stated(STATE_22, "amount", f"{title}：{{}}元", "text", str, variant=variant),
                high=1_000_000_000, help="按作出处罚单位所在领域的规定填写；失信程度仍由认定单位确定。",
            )
            for code, title, variant in (
                ("large_fine", "较大数额罚款的标准", "large"), ("huge_fine", "数额巨大的罚款的标准", "huge")
            )
        ),
        Answer(
            "field_minimum", "Q7", "五个领域一年最短公示期（非市场监管领域）", "choice",
            lambda row: row.governs == "display_min" and row.regime == NDRC_36.key and row.category == PENALTY
            and dict(row.when).get("severity") == "general",
            lambda value, national: [
                replace(
                    row, value=12 if value == "on" else row.value, supersedes=None,
                    when=conditions({**dict(row.when), "field": _FIVE}),
                    text_zh="食品、药品、特种设备、安全生产、消防领域的行政处罚信息，最短公示期为一年"
                    if value == "on" else "一般失信信息最短公示期为三个月，食品、药品等五个领域亦同",
                )
                for row in national
                if "field" not in dict(row.when)
            ],
            choices=(("off", "不再适用一年最短公示期"), ("on", "仍适用一年最短公示期")),
            open_row=lambda row: row.governs == "field_minimum",
            help="与国办发〔2025〕22号不同的期限，只能依据法律、行政法规。",
        ),
        Answer(
            "first_application_day", "Q9", "首个可申请日", "choice", governing("first_application_day", regime=CIVIL_CODE),
            switch(
                "first_application_day", STATE_22,
                {"day_after": "最短公示期届满次日起可以申请", "last_day": "最短公示期届满当日即可申请"},
                {"day_after": "day_after", "last_day": "last_day"}, "text",
            ),
            choices=(("day_after", "届满次日"), ("last_day", "届满当日")),
        ),
        Answer(
            "publication_rolls", "Q9", "公示期届满日遇法定休假日是否顺延", "choice", governing("publication_rolls", regime=CIVIL_CODE),
            switch(
                "publication_rolls", STATE_22,
                {"yes": "公示期届满日遇法定休假日的，顺延至休假日结束的次日", "no": "公示期届满日遇法定休假日的，不顺延"},
                {"yes": True, "no": False}, "bool",
            ),
            choices=YES_NO,
        ),
        Answer(
            "document_date", "Q9", "以何日期起算", "choice",
            lambda row: row.counts_from == "document" and row.start_certainty != "verified"
            and row.regime in (NDRC_58.key, NDRC_36.key),
            lambda value, national: in_place(national),
            choices=(("paper", "文书落款日期"),),
            help="归集的信息没有送达日期，目前只能确定为文书落款日期；如上级规定按送达日期起算，须先归集送达日期。",
        ),
        Answer(
            "remedy_order", "Q10", "不予修复的救济顺序", "choice", governing("remedy", variant="order"),
            switch(
                "remedy", STATE_22,
                {"choice": "对不予修复决定不服的，可以申请行政复议，也可以直接提起行政诉讼",
                 "first": "对不予修复决定不服的，应当先申请行政复议"},
                {"choice": "choice", "first": "first"}, "text", variant="order",
            ),
            choices=(("choice", "可以申请行政复议，也可以直接提起行政诉讼"), ("first", "应当先申请行政复议")),
        ),
        *(
            Answer(
                code, "Q10", title, "text", governing("remedy", variant=variant),
                stated(STATE_22, "remedy", f"{title}为{{}}", "text", str, variant=variant),
            )
            for code, title, variant in (
                ("organ_c", "垂直管理单位的行政复议机关", "organ_c"),
                ("reconsideration_channel", "网上行政复议渠道", "channel"),
            )
        ),
        Answer(
            "misprint", "Q11", "“营造实守信”更正为“营造诚实守信”", "choice", governing("misprint"),
            switch(
                "misprint", STATE_22,
                {"yes": "告知书2024年文本中“营造实守信”更正为“营造诚实守信”", "no": "告知书2024年文本照录原文"},
                {"yes": True, "no": False}, "bool",
            ),
            choices=(("yes", "更正"), ("no", "照录原文")),
        ),
        Answer(
            "wording", "Q11", "告知书新文本", "choice", governing("wording"),
            switch("wording", STATE_22, {"confirmed": "告知书文本已确认"}, {"confirmed": "confirmed"}, "text"),
            choices=(("confirmed", "确认现有文本"),),
            help="确认后，新告知书不再标注“待确认文本”。",
        ),
    ]  # fmt: skip


def _of_people(categories: tuple[tuple[str, str], ...]) -> list[Answer]:
    def matters(value: list[dict[str, Any]], national: tuple[Rule, ...]) -> Iterable[Rule]:
        for matter in value:
            when = {name: matter[name] for name in ("ground", "field", "penalty_kind") if matter.get(name)}
            yield template(
                STATE_22, "not_repairable", True, matter["text"], "bool",
                category=matter.get("category"), when=conditions(when),
            )  # fmt: skip

    return [
        Answer(
            "not_repairable", "Q12", "不能修复的信息", "list", governing("not_repairable"), matters,
            parts=(
                Part("category", "类别", "choice", categories, required=True),
                Part("ground", "事由", "choice", tuple(GROUNDS.items())),
                Part("field", "领域", "choice", tuple(FIELDS.items())),
                Part("penalty_kind", "处罚种类", "choice", tuple(PENALTY_KINDS.items())),
                Part("text", "规定内容", required=True),
            ),
            help="每次填写全部事项；只有法律、法规或者党中央、国务院政策文件规定不可修复的，才能列入。",
        ),
        *(
            Answer(
                code, "Q12", f"{who}是否适用本平台", "choice", governing("subject_scope", variant=variant),
                switch(
                    "subject_scope", STATE_22,
                    {"yes": f"{who}适用本平台办理", "no": f"{who}不适用本平台办理"}, {"yes": True, "no": False}, "bool",
                    variant=variant, when=when,
                ),
                choices=YES_NO,
            )
            for code, who, variant, when in (
                ("traders", "自然人、个体工商户", "trader", (("trader", True),)),
            )
        ),
        Answer(
            "bankruptcy_office", "Q12", "破产案件的办理单位", "text", governing("decider", variant="bankruptcy"),
            stated(
                STATE_22, "decider", "重整、和解案件的信用修复由{}办理", "text", str, variant="bankruptcy"
            ),
        ),
    ]  # fmt: skip
