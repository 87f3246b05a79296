"""The open questions Q1–Q12, and the matters under each that a supervising bureau can settle with a citation. Pure.

What no rule row says is not here: 公示起算日 can only be settled as the day on the paper, for a record has no day of
service among its facts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from .answer import Answer, Part, in_place, sure
from .facts import FIELDS, GROUNDS
from .regimes import NDRC_36, NDRC_58, SAMR_107, SAMR_2021, STATE_22, Regime
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
_PENALTY: Final = "administrative_penalty"
_FIVE: Final = tuple(FIELDS)
_YES_NO: Final = (("yes", "是"), ("no", "否"))


def answers(
    rules: Sequence[Rule], lists: Iterable[tuple[str, str]], categories: Iterable[tuple[str, str]]
) -> dict[str, Answer]:
    """All matters by code, in the order of their questions.

    rules   the national rows; lists, categories   (code, title) of the rooms that are lists, and of all rooms
    """
    found = [*_general(), *_of_market(), *_of_lists(rules, tuple(lists)), *_of_people(tuple(categories))]
    found.sort(key=lambda one: int(one.question[1:]))
    return {one.code: one for one in found}


def _governs(*governs: str, regime: Regime | None = None, **same: Any) -> Callable[[Rule], bool]:
    """Rows of these matters, of a regime, with these attributes."""
    return lambda row: (
        row.governs in governs
        and (regime is None or row.regime == regime.key)
        and all(getattr(row, name) == value for name, value in same.items())
    )


def _template(regime: Regime, governs: str, value: int | str | bool | None, text: str, unit: str, **more: Any) -> Rule:
    """A row where the nation has none: key, basis and day are set by `Answer.make`."""
    return Rule("template", regime.key, governs, value, regime.basis(), text, regime.in_force_from, unit=unit, **more)


def _days(governs: str, text: str, counts_from: str | None, *, market_too: bool) -> Callable[..., Iterable[Rule]]:
    """Rows of a number of working days: in the place of the national ones, or new where the nation is silent."""

    def rows(value: int, national: tuple[Rule, ...]) -> Iterable[Rule]:
        said = text.format(value)
        made = in_place(national, value, text_zh=said)
        if not made:
            made = [_template(NDRC_36, governs, value, said, "WD", counts_from=counts_from)]
        reached = {dict(row.when).get("market") for row in made}
        if market_too and reached == {False}:
            made += [replace(row, when=(("market", True),), supersedes=None) for row in made]
        return made

    return rows


def _switch(
    governs: str,
    regime: Regime,
    texts: dict[str, str],
    values: dict[str, int | str | bool | None],
    unit: str,
    **more: Any,
) -> Callable[..., Iterable[Rule]]:
    """Rows of a choice: each choice has its value and its sentence."""

    def rows(value: str, national: tuple[Rule, ...]) -> Iterable[Rule]:
        if not national:
            return [_template(regime, governs, values[value], texts[value], unit, **more)]
        return [replace(row, value=values[value], supersedes=row.key, text_zh=texts[value]) for row in national]

    return rows


def _confirm(value: str, national: tuple[Rule, ...]) -> Iterable[Rule]:
    return in_place(row for row in national if row.value is not None)


def _general() -> list[Answer]:
    of_36 = {"regime": NDRC_36}
    return [
        Answer(
            "older_records", "Q1", "新规施行前信息的适用规定", "choice", _governs("older_records"),
            _switch(
                "older_records", STATE_22,
                {"both": "新规施行前作出决定的信息，新旧规定一并计算，结果不同的由认定单位判断",
                 "new": "新规施行前作出决定的信息，适用新规定", "old": "新规施行前作出决定的信息，适用作出决定时的规定"},
                {"both": "both", "new": "new", "old": "old"}, "text",
            ),
            choices=(("both", "新旧规定一并计算"), ("new", "适用新规定"), ("old", "适用原规定")),
        ),
        Answer(
            "decide_wd", "Q2", "核查期限", "WD", _governs("decide_days", question="Q2", **of_36),
            _days("decide_days", "自受理之日起{}个工作日内完成核查", "accepted", market_too=False), high=60,
        ),
        Answer(
            "extension_wd", "Q2", "延长期限", "WD", _governs("extension_days", question="Q2", **of_36),
            _days("extension_days", "情况复杂的，可以延长{}个工作日", None, market_too=True), high=60,
        ),
        Answer(
            "correction_wd", "Q2", "补正期限", "WD", _governs("correction_days", question="Q2", **of_36),
            _days("correction_days", "自告知之日起{}个工作日内补正", None, market_too=True), high=60,
        ),
        Answer(
            "objection_wd", "Q2", "异议处理期限", "WD", _governs("objection_days", question="Q2", **of_36),
            _days("objection_days", "自收到异议之日起{}个工作日内答复", None, market_too=True), high=60,
        ),
        Answer(
            "reapply_ban_years", "Q3", "虚假材料：不得再次申请的年限", "year", _governs("reapply_ban", **of_36),
            lambda value, national: [
                replace(row, when=(), supersedes=row.key)
                for row in in_place(
                    national, value * 12, text_zh=f"提供虚假材料、严重违背承诺的，{value}年内不得再次申请"
                )
            ],
            high=5,
        ),
        Answer(
            "false_material_years", "Q3", "虚假材料：公示年限", "year", _governs("false_material", **of_36),
            lambda value, national: [
                _template(NDRC_36, "false_material", value * 12, f"提供虚假材料的，记入信用记录并公示{value}年", "month")
            ],
            high=5,
        ),
        *(
            Answer(
                code, "Q5", title, "yuan", _governs("amount", variant=variant),
                lambda value, national, variant=variant, title=title: [  # type: ignore[misc]
                    _template(STATE_22, "amount", str(value), f"{title}：{value}元", "text", variant=variant)
                ],
                high=1_000_000_000, help="按作出处罚单位所在领域的规定填写；失信程度仍由认定单位确定。",
            )
            for code, title, variant in (
                ("large_fine", "较大数额罚款的标准", "large"), ("huge_fine", "数额巨大的罚款的标准", "huge")
            )
        ),
        Answer(
            "field_minimum", "Q7", "五个领域一年最短公示期（非市场监管领域）", "choice",
            lambda row: row.governs == "display_min" and row.regime == NDRC_36.key and row.category == _PENALTY
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
            help="与国办发〔2025〕22号不同的期限，只能依据法律、行政法规。",
        ),
        Answer(
            "first_application_day", "Q9", "首个可申请日", "choice", _governs("first_application_day"),
            _switch(
                "first_application_day", STATE_22,
                {"day_after": "最短公示期届满次日起可以申请", "last_day": "最短公示期届满当日即可申请"},
                {"day_after": "day_after", "last_day": "last_day"}, "text",
            ),
            choices=(("day_after", "届满次日"), ("last_day", "届满当日")),
        ),
        Answer(
            "publication_rolls", "Q9", "公示期届满日遇法定休假日是否顺延", "choice", _governs("publication_rolls"),
            _switch(
                "publication_rolls", STATE_22,
                {"yes": "公示期届满日遇法定休假日的，顺延至休假日结束的次日", "no": "公示期届满日遇法定休假日的，不顺延"},
                {"yes": True, "no": False}, "bool",
            ),
            choices=_YES_NO,
        ),
        Answer(
            "document_date", "Q9", "以何日期起算", "choice",
            lambda row: row.counts_from == "document" and row.start_certainty != "verified"
            and row.regime in (NDRC_58.key, NDRC_36.key),
            lambda value, national: in_place(national),
            choices=(("paper", "文书落款日期"),),
            help="归集的信息没有送达日期，目前只能确定为文书落款日期；如上级规定按送达日期起算，须先归集送达日期。",
        ),
        *(
            Answer(
                code, "Q10", title, unit, _governs("remedy", variant=variant),
                lambda value, national, variant=variant, text=text, labels=dict(choices): [  # type: ignore[misc]
                    _template(
                        STATE_22, "remedy", value, text.format(labels.get(value, value)), "text", variant=variant
                    )
                ],
                choices=choices,
            )
            for code, title, unit, variant, text, choices in (
                ("remedy_order", "不予修复的救济顺序", "choice", "order", "对不予修复决定不服的，{}",
                 (("choice", "可以申请行政复议，也可以直接提起行政诉讼"), ("first", "应当先申请行政复议"))),
                ("organ_c", "垂直管理单位的行政复议机关", "text", "organ_c", "垂直管理单位的行政复议机关为{}", ()),
                ("reconsideration_channel", "网上行政复议渠道", "text", "channel", "网上行政复议渠道：{}", ()),
            )
        ),
        Answer(
            "misprint", "Q11", "“营造实守信”更正为“营造诚实守信”", "choice", _governs("misprint"),
            _switch(
                "misprint", STATE_22,
                {"yes": "告知书2024年文本中“营造实守信”更正为“营造诚实守信”", "no": "告知书2024年文本照录原文"},
                {"yes": True, "no": False}, "bool",
            ),
            choices=(("yes", "更正"), ("no", "照录原文")),
        ),
        Answer(
            "wording", "Q11", "告知书新文本", "choice", _governs("wording"),
            _switch("wording", STATE_22, {"confirmed": "告知书文本已确认"}, {"confirmed": "confirmed"}, "text"),
            choices=(("confirmed", "确认现有文本"),),
            help="确认后，新告知书不再标注“待确认文本”。",
        ),
    ]  # fmt: skip


def _of_market() -> list[Answer]:
    of_107 = {"regime": SAMR_107}

    def periods(row: Rule) -> bool:
        return row.governs in ("display_min", "display_max") and row.regime == SAMR_107.key and row.category == _PENALTY

    def starting(value: str, national: tuple[Rule, ...]) -> Iterable[Rule]:
        return [replace(row, text_zh=sure(row.text_zh)) for row in national if row.counts_from == value]

    return [
        Answer(
            "start_107", "Q4", "107令：行政处罚信息公示期起算日", "choice", periods, starting,
            choices=(("publication", "公示之日"), ("document", "作出决定之日")),
        ),
        Answer(
            "accept_107_wd", "Q4", "107令：受理期限", "WD", _governs("accept_days", **of_107),
            _days("accept_days", "自收到申请之日起{}个工作日内决定是否受理", "pushed", market_too=False), high=60,
        ),
        Answer(
            "abnormal_decide_wd", "Q4", "107令：经营异常名录移出的决定期限", "WD",
            _governs("decide_days", question="Q4", **of_107),
            _days("decide_days", "自受理之日起{}个工作日内作出移出决定", "accepted", market_too=False), high=60,
        ),
        Answer(
            "total_107", "Q4", "市场监管领域是否适用十个工作日反馈结果", "choice",
            _governs("total_days", question="Q4"),
            _switch(
                "total_days", NDRC_36,
                {"yes": "一般自申请之日起十个工作日内反馈结果", "no": "市场监管领域不适用十个工作日反馈结果的规定"},
                {"yes": 10, "no": None}, "WD", counts_from="submitted", when=(("market", True),),
            ),
            choices=_YES_NO,
        ),
        Answer(
            "no_early_stop_107", "Q4", "107令：责令停产停业等处罚是否不得提前停止公示", "choice",
            _governs("no_early_stop", **of_107),
            _switch(
                "no_early_stop", SAMR_107,
                {"yes": "责令停产停业、限制开展生产经营活动、限制从业、降低资质等级、吊销许可证件或者营业执照的，不提前停止公示",
                 "no": "责令停产停业等处罚信息，符合条件的可以提前停止公示"},
                {"yes": True, "no": False}, "bool",
            ),
            choices=(("yes", "不得提前停止公示"), ("no", "可以提前停止公示")),
        ),
        Answer(
            "minor_stops_107", "Q4", "107令：轻微处罚信息期满是否自动停止公示", "choice",
            _governs("auto_stop", **of_107),
            _switch(
                "auto_stop", SAMR_107,
                {"yes": "轻微行政处罚信息期满自动停止公示、无需申请", "no": "轻微行政处罚信息须申请方可提前停止公示"},
                {"yes": True, "no": False}, "bool",
            ),
            choices=_YES_NO,
        ),
        Answer(
            "restriction_107", "Q4", "107令：限制期限超过三年的，公示期是否延至限制期限届满", "choice",
            _governs("until_restriction", **of_107),
            _switch(
                "until_restriction", SAMR_107,
                {"yes": "限制期限超过三年的，公示至限制期限届满", "no": "限制期限超过三年的，公示期不因此延长"},
                {"yes": True, "no": False}, "bool",
            ),
            choices=_YES_NO,
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
            lambda value, national: [
                _template(SAMR_2021, "amount", str(value), f"较低数额罚款的标准：{value}元", "text", variant="low")
            ],
            high=1_000_000_000,
        ),
    ]  # fmt: skip


def _of_lists(rules: Sequence[Rule], lists: tuple[tuple[str, str], ...]) -> list[Answer]:
    """Q6 and the superiors' procedure, list by list; periods only of lists whose law has a minimum."""
    found = []
    for code, title in lists:
        if any(row.category == code and row.governs == "display_min" and row.value for row in rules):
            found += _period_of(code, title)
        doubtful = _doubtful(code)
        if any(doubtful(row) for row in rules):
            found.append(
                Answer(
                    f"unchanged.{code}", "Q6", f"{title}：现行规定未修改，按原文执行", "choice", doubtful, _confirm,
                    choices=(("unchanged", "未修改"),), category=code, keeps_start=True,
                )
            )  # fmt: skip
        found.append(
            Answer(
                f"superior.{code}", "Q6", f"{title}：上级程序", "choice",
                _governs("superior_procedure", category=code), _superior(code),
                choices=(("superior", "按上级机关规定的程序办理"), ("own", "由本单位移出后逐级上报")), category=code,
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


def _superior(code: str) -> Callable[..., Iterable[Rule]]:
    texts = {"superior": "本名单由上级机关规定程序的，按上级机关的程序办理", "own": "由本单位移出，并逐级上报"}

    def rows(value: str, national: tuple[Rule, ...]) -> Iterable[Rule]:
        chosen = value == "superior"
        made = in_place(national, chosen, text_zh=texts[value])
        row = _template(STATE_22, "superior_procedure", chosen, texts[value], "bool", category=code)
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
        _template(STATE_22, "display_min", low, f"最短公示期为{low}个月", "month", counts_from=start, category=code),
        regime=present[0],
    )
    if high is None:
        return [row]
    return [row, replace(row, governs="display_max", value=high, text_zh=f"最长公示期为{high}个月")]


def _of_people(categories: tuple[tuple[str, str], ...]) -> list[Answer]:
    def matters(value: list[dict[str, Any]], national: tuple[Rule, ...]) -> Iterable[Rule]:
        for matter in value:
            when = {name: matter[name] for name in ("ground", "field", "penalty_kind") if matter.get(name)}
            yield _template(
                STATE_22, "not_repairable", True, matter["text"], "bool",
                category=matter.get("category"), when=conditions(when),
            )  # fmt: skip

    def scope(variant: str, who: str, **more: Any) -> Callable[..., Iterable[Rule]]:
        def rows(value: str, national: tuple[Rule, ...]) -> Iterable[Rule]:
            text = f"{who}适用本平台办理" if value == "yes" else f"{who}不适用本平台办理"
            if national:
                return [replace(one, value=value == "yes", supersedes=one.key, text_zh=text) for one in national]
            return [_template(STATE_22, "subject_scope", value == "yes", text, "bool", variant=variant, **more)]

        return rows

    return [
        Answer(
            "not_repairable", "Q12", "不能修复的信息", "list", _governs("not_repairable"), matters,
            parts=(
                Part("category", "类别", "choice", categories, required=True),
                Part("ground", "事由", "choice", tuple(GROUNDS.items())),
                Part("field", "领域", "choice", tuple(FIELDS.items())),
                Part("penalty_kind", "处罚种类", "choice", tuple(PENALTY_KINDS.items())),
                Part("text", "规定内容", required=True),
            ),
            help="每次填写全部事项；只有法律、法规或者党中央、国务院政策文件规定不可修复的，才能列入。",
        ),
        Answer(
            "traders", "Q12", "个体工商户是否适用", "choice", _governs("subject_scope", variant="trader"),
            scope("trader", "个体工商户", when=(("trader", True),)), choices=_YES_NO,
        ),
        Answer(
            "natural_persons", "Q12", "自然人是否适用", "choice", _governs("subject_scope", variant="person"),
            scope("person", "自然人"), choices=_YES_NO,
        ),
        Answer(
            "bankruptcy_office", "Q12", "破产案件的办理单位", "text", _governs("decider", variant="bankruptcy"),
            lambda value, national: [
                _template(STATE_22, "decider", value, f"重整、和解案件的信用修复由{value}办理", "text", variant="bankruptcy")
            ],
        ),
    ]  # fmt: skip
