"""办事指南: the blocks of a category's guide, from the room, the region's identity and the rules in force today."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from cases.categories import limits
from cases.categories.base import EFFECTS, Category
from cases.law import RecordFacts
from cases.portal import flowchart
from creditrepair.tenancy.models import Department, Region
from sync.targets import target

ORDER: Final = (
    "基本信息", "简版指南", "申请条件", "申报材料", "特殊环节", "办理流程", "法定时限", "承诺时限", "收费标准（不收费）",
    "办理地点/时间", "到现场大厅次数", "实施主体", "事项类型", "办件类型", "通办范围", "结果样本", "设定依据", "常见问题",
    "服务承诺", "咨询方式（电话/窗口）", "监督投诉方式",
)  # fmt: skip
SOURCES: Final = {"applicant": "申请人提供", "generated": "系统生成，确认即可", "fetched": "系统核验，一般无需提供"}


@dataclass(frozen=True, slots=True)
class Block:
    """One block of the guide; `anchor` is its place on the page."""

    title: str
    lines: tuple[str, ...]
    anchor: str
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Variant:
    """One kind within a category (market or not): its tiers, drawing, steps and materials."""

    title: str
    tiers: tuple[str, ...]
    picture: str
    steps: list[dict[str, str]]
    materials: list[dict[str, Any]] = field(default_factory=list)


def variants_of(room: Category, region: Region, today: date) -> list[Variant]:
    """The kinds of this category that have ways of their own."""
    return [
        _variant(room, RecordFacts(category=room.code, market=market), title or room.title, region, today)
        for market, title in _kinds(room)
    ]


def _kinds(room: Category) -> list[tuple[bool | None, str]]:
    """(market, words) of the kinds a category has: two where the record says its field, else one without words."""
    return [(room.market, "")] if room.market is not None else [(False, "非市场监管领域"), (True, "市场监管领域")]


def _promise(room: Category, market: bool | None, words: str, today: date) -> str:
    total = limits(RecordFacts(category=room.code, market=market), today).total_wd
    said = f"自申请之日起{total}个工作日内办结（补正时间不计入）" if total is not None else "办结期限待核实"
    return f"{words}：{said}。" if words else f"{said}。"


def _variant(room: Category, facts: RecordFacts, title: str, region: Region, today: date) -> Variant:
    units = {unit.code: unit.name for unit in Department.objects.filter(region_id=region.code)}
    tiers = room.tiers(facts)
    named = [{"title": tier.title, "unit": units.get(tier.department, "认定单位")} for tier in tiers]
    days = limits(facts, today)
    counts = {"accept": days.accept_wd, "decide": days.decide_wd, "total": days.total_wd}
    materials = [
        {
            "title": spec.title,
            "text": spec.description,
            "source": SOURCES[spec.source],
            "copies": "电子件1份" if spec.source == "applicant" else "无需提交",
            "need": "必要"
            if spec.required and spec.source == "applicant"
            else ("非必要" if spec.source == "fetched" or not spec.required else "必要（自动生成）"),
        }
        for spec in room.materials(facts)
    ]
    titles = tuple(tier.title for tier in tiers)
    return Variant(title, titles, flowchart.draw(titles), flowchart.steps(named, counts), materials)


def blocks_of(room: Category, region: Region, today: date) -> list[Block]:
    """All blocks in reading order. What nobody has told us is said as such, never guessed."""
    texts: dict[str, tuple[str, ...]] = _region_blocks(room, region, today)
    for block in room.guide:
        known = texts.get(block.title, ())
        texts[block.title] = (block.text, *(line for line in known if line not in block.text))
    kinds = {"申报材料": "materials", "办理流程": "flow"}
    titles = [*ORDER, *(title for title in texts if title not in ORDER)]
    return [
        Block(title, texts.get(title, ()), f"b{number}", kinds.get(title, "text"))
        for number, title in enumerate(titles, start=1)
        if title in texts or title in kinds
    ]


def _region_blocks(room: Category, region: Region, today: date) -> dict[str, tuple[str, ...]]:
    who = region.identity
    units = {unit.code: unit for unit in Department.objects.filter(region_id=region.code)}
    deciders = [units[code] for code in room.annex1_departments if code in units]
    effect = EFFECTS[room.effect(RecordFacts(category=room.code, market=room.market))]
    places = "和".join(target(code).title for code in room.targets)
    phone, place = who.get("phone", ""), " ".join(filter(None, [who.get("address", ""), who.get("window", "")]))
    told = {
        "简版指南": ("一查：输入企业名称或统一社会信用代码，看哪天起可以申请。", "二报：勾选信息、上传一份履行证明、签署一份承诺。", f"三看：凭查询码看进度，办结后{places}同步更新。"),
        "特殊环节": ("需要补正的一次性告知全部事项，补正期间计时暂停；需要实地核查的由认定单位上门，不收费。",),
        "承诺时限": tuple(_promise(room, market, word, today) for market, word in _kinds(room)),
        "办理地点/时间": tuple(filter(None, [f"网上：本平台全天受理。窗口：{place}" if place else "网上：本平台全天受理。", who.get("hours", "")])),
        "到现场大厅次数": ("0次（网上办理）；选择窗口办理的1次。",),
        "实施主体": ("作出认定的单位（谁认定、谁修复）。" + (f"附件1责任单位：{'、'.join(unit.name for unit in deciders)}。" if deciders else ""),),
        "事项类型": ("公共服务",),
        "办件类型": ("承诺件",),
        "通办范围": (f"{region.name}；涉及其他行政区的信息可以在同一次申请中一并提出。",),
        "结果样本": (f"准予信用修复决定书（电子版，附核验二维码）；结果：{effect}。",),
        "服务承诺": ("一次告知、一次申请、一份承诺，每一步都有短信和进度；决定附理由、依据和救济途径。",),
        "咨询方式（电话/窗口）": tuple(filter(None, [f"电话：{phone}" if phone else "", *(f"{unit.name}：{unit.phone}" for unit in deciders if unit.phone), f"窗口：{place}" if place else ""])),
        "监督投诉方式": tuple(filter(None, [f"违规收费举报：{who['report_phone']}" if who.get("report_phone") else "", "政务服务便民热线：12345"])),
    }  # fmt: skip
    return {title: lines for title, lines in told.items() if lines}
