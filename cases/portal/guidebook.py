"""办事指南: the blocks of a category's guide, from the room, the rules in force, the region, and departments' own words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from django.db.models import Q

from cases import flowchart
from cases.categories import limits
from cases.categories.base import EFFECTS, OWN, Category
from cases.flowchart import Stage
from cases.guide_texts import OwnText, texts_on
from cases.law import RecordFacts, Rule
from cases.models import Tier
from cases.portal.guide_materials import materials_of
from cases.portal.rulebook import DAYS, Rulebook, rulebook
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Department, Region
from notices.kinds.remedies import RemedyRow, against_refusal, against_silence
from sync.targets import target

ORDER: Final = (
    "基本信息", "办理地点/时间", "申请条件", "申报材料", "特殊环节", "办理流程", "收费标准（不收费）", "设定依据",
    "常见问题", "简版指南", "服务承诺", "到现场大厅次数", "咨询方式（电话/窗口）", "监督投诉方式", "事项类型", "办件类型",
    "法定时限", "承诺时限", "实施主体", "通办范围", "结果样本", "修复之后", "救济途径", "材料不实的后果",
)  # fmt: skip
SPECIAL: Final = {
    "申请条件": "conditions", "申报材料": "materials", "办理流程": "flow", "设定依据": "papers", "法定时限": "days",
    "材料不实的后果": "false_material", "实施主体": "deciders",
}  # fmt: skip
# Of a room's own prose only these are printed: whatever the rules can say, they say themselves, and of today.
PROSE: Final = frozenset({"办理地点/时间", "特殊环节", "常见问题", "简版指南", "服务承诺", "结果样本"})
PAPERS: Final = "设定依据"
UNIT: Final = "认定单位"
FAQ: Final = (
    "处罚决定被变更、撤销或者确认违法、无效的，不是信用修复：请向作出决定的单位提出，由其撤下信息。",
    "对公示的内容、期限或者修复结果有异议的，可以另行提出异议，不影响申请修复。",
)


@dataclass(frozen=True, slots=True)
class Block:
    """One block of the guide; `kind` says which part of the page prints it, `own` what departments added."""

    title: str
    anchor: str
    kind: str = "text"
    lines: tuple[str, ...] = ()
    own: tuple[OwnText, ...] = ()


@dataclass(frozen=True, slots=True)
class Variant:
    """One kind within a category (market or not): its rules, stages, drawings, steps and materials."""

    title: str
    book: Rulebook
    promise: str
    stages: tuple[Stage, ...]
    wide: str
    tall: str
    steps: list[dict[str, str]]
    materials: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Guide:
    """A whole guide as of a day."""

    blocks: list[Block]
    variants: list[Variant]


def guide_of(room: Category, region: Region, overrides: tuple[Rule, ...], today: date) -> Guide:
    """The guide of a category in a region on a day. `overrides` are the region's own rows (`overrides_of`)."""
    variants = variants_of(room, region, overrides, today)
    texts: dict[str, tuple[str, ...]] = _blocks(room, region, variants)
    for block in room.guide:
        if block.title in PROSE:
            known = texts.get(block.title, ())
            texts[block.title] = (block.text, *(line for line in known if line not in block.text))
        elif block.title == PAPERS:
            texts[PAPERS] = _uncited(block.text, variants)
    added = texts_on(region.code, room.code, today)
    blocks = [
        Block(
            title,
            f"b{number}",
            SPECIAL.get(title, "text"),
            texts.get(title, ()),
            tuple(one for one in added if one.block == title),
        )
        for number, title in enumerate(ORDER, start=1)
    ]
    return Guide([one for one in blocks if one.lines or one.own or one.kind != "text"], variants)


def variants_of(room: Category, region: Region, overrides: tuple[Rule, ...], today: date) -> list[Variant]:
    """The kinds of this category that have ways of their own."""
    with region_context(region.code):
        units = {unit.code: unit.name for unit in Department.objects.filter(region_id=region.code)}
        if room.market is not None and room.annex1_departments:
            units[OWN] = units.get(room.annex1_departments[0], UNIT)
        rows = Tier.objects.filter(
            Q(until_on__isnull=True) | Q(until_on__gte=today), region_id=region.code, category=room.code,
            from_on__lte=today,
        )  # fmt: skip
        ladder = list(rows.order_by("position", "-from_on"))
    return [_variant(room, market, title, units, ladder, overrides, today) for market, title in _kinds(room)]


def _kinds(room: Category) -> list[tuple[bool, str]]:
    """(market, words) of the kinds a category has: two where the record says its field, else one without words."""
    return [(room.market, "")] if room.market is not None else [(False, "非市场监管领域"), (True, "市场监管领域")]


def _variant(
    room: Category,
    market: bool,
    title: str,
    units: dict[str, str],
    ladder: Sequence[Tier],
    overrides: tuple[Rule, ...],
    today: date,
) -> Variant:
    facts = RecordFacts(category=room.code, market=market)
    stages = _stages(room, facts, units, [tier for tier in ladder if tier.market in (None, market)])
    days = limits(facts, today, overrides)
    counts = {"accept": days.accept_wd, "decide": days.decide_wd, "total": days.total_wd}
    book = rulebook(room, market, overrides, today)
    elsewhere = room.decided == "elsewhere"
    drawn = flowchart.draw_outside if elsewhere else flowchart.draw
    return Variant(
        title=title,
        book=book,
        promise=_promise(room, stages, days.total_wd),
        stages=stages,
        wide=drawn(stages),
        tall=drawn(stages, upright=True),
        steps=flowchart.outside_steps(stages)
        if elsewhere
        else flowchart.steps(stages, counts, _doubtful(counts, book)),
        materials=materials_of(room, facts),
    )


def _doubtful(counts: Mapping[str, int | None], book: Rulebook) -> frozenset[str]:
    """Which of the counts of days no verified rule of the book says."""
    sure = {(one.what, one.length) for one in book.days if one.line.certainty == "verified"}
    words = {"accept": DAYS["accept_days"], "decide": DAYS["decide_days"], "total": DAYS["total_days"]}
    return frozenset(key for key, count in counts.items() if (words[key], f"{count}个工作日") not in sure)


def _stages(room: Category, facts: RecordFacts, units: dict[str, str], ladder: Sequence[Tier]) -> tuple[Stage, ...]:
    """The tiers of review: the region's dated rows, else the room's own."""
    if ladder:
        return tuple(Stage(t.title, units.get(t.department, UNIT), t.external) for t in ladder)
    return tuple(Stage(t.title, t.organ or units.get(t.department, UNIT), t.external) for t in room.tiers(facts))


def _promise(room: Category, stages: Sequence[Stage], total: int | None) -> str:
    if room.decided == "elsewhere":
        return f"由{stages[0].unit}决定，本平台登记结果后随即同步"
    if total is None:
        return "办结期限待核实"
    outside = "；上级机关决定的时间另计" if any(one.outside for one in stages) else ""
    return f"自申请之日起{total}个工作日内办结（补正时间不计入{outside}）"


def _blocks(room: Category, region: Region, variants: Sequence[Variant]) -> dict[str, tuple[str, ...]]:
    who = region.identity
    units = {unit.code: unit for unit in Department.objects.filter(region_id=region.code)}
    deciders = [units[code] for code in room.annex1_departments if code in units]
    elsewhere = room.decided == "elsewhere"
    organ = variants[0].stages[0].unit
    effect = EFFECTS[room.effect(RecordFacts(category=room.code, market=room.market))]
    places = "和".join(target(code).title for code in room.targets)
    phone, place = who.get("phone", ""), " ".join(filter(None, [who.get("address", ""), who.get("window", "")]))
    hours = who.get("hours", "")
    told: dict[str, tuple[str, ...]] = {
        "基本信息": _about(room, variants, effect),
        "办理地点/时间": (
            f"由{organ}办理，本平台不收材料。" if elsewhere else "网上：本平台全天受理。",
            f"窗口：{place}　{hours}" if place else "",
            *(f"{unit.name}：{unit.address}" for unit in deciders if unit.address),
        ),
        "特殊环节": (
            *_special(room, variants),
            "" if elsewhere else "补正一次性告知全部事项，补正期间计时暂停。",
        ),
        "收费标准（不收费）": ("不收费。信用修复全程免费，任何机构、个人以加快办理等名义收费的，均属违规，可以举报。",),
        "常见问题": () if elsewhere else FAQ,
        "简版指南": _short(elsewhere, organ, places),
        "服务承诺": (
            "登记决定后随即同步两个平台，无需申请，不收费。"
            if elsewhere
            else "一次告知、一次申请、一份承诺，每一步都有短信和进度；决定附理由、依据和救济途径。",
        ),
        "到现场大厅次数": (
            "0次：由决定机关办理，结果自动同步。" if elsewhere else "0次（网上办理）；选择窗口办理的1次。",
        ),
        "咨询方式（电话/窗口）": (
            f"电话：{phone}" if phone else "",
            *(f"{unit.name}：{unit.phone}" for unit in deciders if unit.phone),
            f"窗口：{place}" if place else "",
        ),
        "监督投诉方式": (
            f"违规收费举报：{who['report_phone']}" if who.get("report_phone") else "",
            "政务服务便民热线：12345",
        ),
        "事项类型": ("公共服务",),
        "办件类型": ("结果同步件（本平台不作决定）" if elsewhere else "承诺件",),
        "承诺时限": tuple(f"{one.title}：{one.promise}。" if one.title else f"{one.promise}。" for one in variants),
        "实施主体": (_who(room, [unit.name for unit in deciders]),),
        "通办范围": (f"{region.name}；涉及其他行政区的信息可以在同一次申请中一并提出。",),
        "结果样本": (
            f"{organ}的决定，由本平台登记；结果：{effect}。"
            if elsewhere
            else f"准予信用修复决定书（电子版，附核验二维码）；结果：{effect}。",
        ),
        "修复之后": (room.after_approval,),
        "救济途径": _remedies(room, region, deciders, first=variants[0].book.reconsideration_first),
    }
    return {title: kept for title, lines in told.items() if (kept := tuple(filter(None, lines)))}


def _uncited(text: str, variants: Sequence[Variant]) -> tuple[str, ...]:
    """Papers that a room names and no rule cites: laws that stand behind the orders."""
    cited = {paper.title for variant in variants for paper in variant.book.papers}
    named = (part.strip("。 ") for part in text.split("；"))
    return tuple(part for part in named if part.startswith("《") and not any(title in part for title in cited))


def _about(room: Category, variants: Sequence[Variant], effect: str) -> tuple[str, ...]:
    """What the matter is, with today's periods in one line for each kind."""
    row = f"（附件1第{room.annex1_row}项）" if room.annex1_row else ""
    name = f"事项名称：{room.title}信用修复{row}"
    if room.decided == "elsewhere":
        organ = variants[0].stages[0].unit
        return (name, f"由{organ}决定，本平台不受理申请；{organ}决定后由本地登记结果，同步至两个平台，无需另行申请。")
    periods = [
        f"{one.title + '，' if one.title else ''}{who}：{what}{'（待核实）' if doubt else ''}"
        for one in variants
        for who, what, doubt in one.book.headlines
    ]
    return (name, f"条件具备后申请{effect}，同时停止共享和使用、解除相关措施。", *(f"{line}。" for line in periods))


def _special(room: Category, variants: Sequence[Variant]) -> list[str]:
    """Steps that stand outside the usual way: a court or a superior that decides, reports upward, field checks."""
    lines = [
        f"“{stage.title.split('（')[0]}”由{stage.unit}作出，本平台只登记其决定文书，所需时间不由本单位掌握。"
        for variant in variants[:1]
        for stage in variant.stages
        if stage.outside
    ]
    outside = {line.text: line for variant in variants for line in variant.book.outside}
    lines += [
        f"{one.text}{'' if one.certainty == 'verified' or '待核实' in one.text else '（待核实）'}。"
        for one in outside.values()
    ]
    if room.decided != "elsewhere":
        lines.append("需要实地核查的由认定单位上门，不收费。")
    return lines


def _short(elsewhere: bool, organ: str, places: str) -> tuple[str, ...]:
    if elsewhere:
        return (
            f"一做：履行义务后，向作出决定的{organ}提出，本平台不收材料。",
            f"二等：{organ}决定后，由本地登记结果，{places}同步更新，无需另行申请。",
            "三看：在本平台查询是否仍在公示。",
        )
    return (
        "一查：输入企业名称或统一社会信用代码，看哪天起可以申请。",
        "二报：勾选信息、上传一份履行证明、签署一份承诺。",
        f"三看：凭查询码看进度，办结后{places}同步更新。",
    )


def _who(room: Category, deciders: Sequence[str]) -> str:
    if room.market is None:
        return f"作出行政处罚的单位（谁处罚、谁修复）；附件1责任单位：{'、'.join(deciders)}。"
    return f"{'、'.join(deciders)}。" if deciders else "作出认定的单位（谁认定、谁修复）。"


def _remedies(room: Category, region: Region, deciders: Sequence[Department], *, first: bool) -> tuple[str, ...]:
    row = RemedyRow(room.remedy)
    own = deciders[0].reconsideration_organ if deciders and room.market is not None else f"{region.name}人民政府"
    refused, silent = against_refusal(row, own or None, None, first=first), against_silence(row, own or None)
    lines = [refused] if refused == silent else [refused, silent]
    if room.market is None:
        lines.append("作出决定的单位实行垂直管理的，行政复议机关以决定书载明的为准。")
    return tuple(lines)
