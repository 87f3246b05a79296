"""附件3: the way of a case as a picture and as a list, drawn from the table of legal moves and the case's tiers.

The picture cannot differ from the code: `check` refuses a move of `cases.states` that nobody has drawn or said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from cases.flow_layout import BOX_H, BOX_W, UP_WIDTH, Box, Line, Move, lying, standing
from cases.states import CaseState, transitions

S = CaseState
LABELS: Final = {
    S.SUBMITTED: ("提交申请", "等待受理"),
    S.CORRECTION: ("补正", "计时暂停，只改列明之处"),
    S.APPROVED: ("准予修复", "正在同步两个平台"),
    S.REPAIRED: ("已修复", "停止公示或移出名单"),
    S.REFUSED: ("不予修复", "书面说明理由"),
    S.NOT_ACCEPTED: ("不予受理", "书面说明理由"),
    S.WITHDRAWN: ("已撤回", "决定前随时可以撤回"),
    S.REVOKED: ("撤销修复", "材料虚假或违背承诺"),
}
# Moves that a box says in words: a line from every open state to 已撤回 would only tangle.
SAID: Final[frozenset[Move]] = frozenset({(S.SUBMITTED, S.WITHDRAWN), (S.IN_REVIEW, S.WITHDRAWN)})
TIER_WORDS: Final = 8
# On paper there is no site.css: everything the drawing needs stands in it, and survives a photocopier.
PAPER_STYLE: Final = (
    "rect{fill:#fff;stroke:#000;stroke-width:1.2}.frame{fill:none;stroke:#555;stroke-dasharray:5 4}"
    ".outside rect{stroke-dasharray:3 3}"
    "text{fill:#000;font:15px FandolHei,'Noto Serif SC';text-anchor:middle}"
    ".sub{fill:#333;font:12.5px FandolFang,'Noto Serif SC'}"
    ".verb-text{fill:#333;font:11.5px FandolFang,'Noto Serif SC'}"
    "path{fill:none;stroke:#333;stroke-width:1.2}marker path{fill:#333;stroke:none}"
)


@dataclass(frozen=True, slots=True)
class Stage:
    """One tier as the chart shows it: title, who acts, and whether it is decided outside and only recorded here."""

    title: str
    unit: str = ""
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """Where a case stands: its state, the open tier (1-based, 0 = none) and the states it has been in."""

    state: str
    tier: int = 0
    been: frozenset[str] = frozenset()


def draw(stages: Sequence[Stage], position: Position | None = None, *, upright: bool = False) -> SafeString:
    """The chart as SVG for these tiers; with a position, its place and walked path are marked.

    upright   from top to bottom, narrow enough for a phone
    """
    plan = standing(len(stages)) if upright else lying(len(stages))
    lines = [_line(move, line, position, _tip(upright)) for move, line in plan.lines.items()]
    lines += [format_html('<path d="{}" marker-end="url(#{})"/>', d, _tip(upright)) for d in plan.between]
    shapes = [
        _shape(plan.boxes[state], title, sub.split("，")[0] if upright else sub, _mark(state, position))
        for state, (title, sub) in LABELS.items()
    ]
    frame = plan.boxes[S.IN_REVIEW]
    shapes.append(
        format_html(
            '<rect class="frame" x="{}" y="{}" width="{}" height="{}" rx="10"/><text class="sub" x="{}" y="{}">审核（{}级）</text>',
            frame.x, frame.y, frame.w, frame.h, frame.mid, frame.y + 18, len(stages),
        )
    )  # fmt: skip
    for number, (stage, box) in enumerate(zip(stages, plan.tiers, strict=True), start=1):
        title, rest = stage.title.split("（")[0], "外部机关决定" if stage.outside else f"第{number}级"
        if len(title) > TIER_WORDS:
            title, rest = title[:TIER_WORDS], title[TIER_WORDS:]
        mark = " ".join(filter(None, [_mark(S.IN_REVIEW, position, number), "outside" if stage.outside else ""]))
        shapes.append(_shape(box, title, rest, mark))
    return _svg(lines, shapes, plan.width, plan.height, upright)


def draw_outside(stages: Sequence[Stage], *, upright: bool = False) -> SafeString:
    """The way of a matter that others decide: nothing is filed, corrected or refused here, so only what happens."""
    organ = stages[0].unit
    words = (
        ("履行义务后提出", f"向{organ}提出"), (f"{organ}决定", "外部机关决定"), ("登记决定", "取得决定文书后"),
        ("同步并核验", "两个公示平台"), ("已修复", "停止公示或移出名单"),
    )  # fmt: skip
    step = BOX_H + 40 if upright else BOX_W + 50
    boxes = [Box(106, 8 + n * step, 170) if upright else Box(6 + n * step, 12) for n in range(len(words))]
    pairs = list(zip(boxes, boxes[1:], strict=False))
    ways = [f"M{a.mid} {a.bottom}V{b.y}" if upright else f"M{a.right} {a.level}H{b.x}" for a, b in pairs]
    shapes = [
        _shape(box, title, sub, "outside" if number < 2 else "")
        for number, (box, (title, sub)) in enumerate(zip(boxes, words, strict=True))
    ]
    lines = [format_html('<path d="{}" marker-end="url(#{})"/>', d, _tip(upright)) for d in ways]
    width, height = (UP_WIDTH, boxes[-1].bottom + 8) if upright else (boxes[-1].right + 6, BOX_H + 24)
    return _svg(lines, shapes, width, height, upright)


@lru_cache(maxsize=64)
def for_paper(stages: tuple[Stage, ...], *, outside: bool = False) -> str:
    """The upright chart as a picture that stands alone, in black and grey, for the papers (附件3 beside a decision).

    outside   the matter is decided by others: then only what happens there and what follows here
    """
    drawn = draw_outside(stages, upright=True) if outside else draw(stages, upright=True)
    head, body = drawn.split(">", 1)
    return f'{head} xmlns="http://www.w3.org/2000/svg"><style>{PAPER_STYLE}</style>{body}'


def _svg(
    lines: Sequence[SafeString], shapes: Sequence[SafeString], width: float, height: float, upright: bool
) -> SafeString:
    return format_html(
        '<svg class="flow {}" viewBox="0 0 {} {}" role="img" aria-label="办理流程图，文字版见流程列表"><defs>'
        '<marker id="{}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="10" markerHeight="10" markerUnits="userSpaceOnUse" orient="auto">'
        '<path d="M0 0L10 5L0 10z"/></marker></defs>{}{}</svg>',
        "upright" if upright else "lying",
        round(width),
        round(height),
        _tip(upright),
        format_html_join("", "{}", ((line,) for line in lines)),
        format_html_join("", "{}", ((shape,) for shape in shapes)),
    )


def check() -> None:
    """Every legal move is drawn or said, lying and standing, and nothing else is. Raises ValueError."""
    for plan in (lying(2), standing(2)):
        shown = {(a.value, b.value) for a, b in [*plan.lines, *SAID]}
        if shown != set(transitions()):
            raise ValueError(f"flowchart and states differ: {sorted(shown ^ set(transitions()))}")


def steps(
    stages: Sequence[Stage], days: Mapping[str, int | None], doubtful: frozenset[str] = frozenset()
) -> list[dict[str, str]]:
    """The main way as a list: what, who acts, and in how many working days, for readers without the picture.

    days       `accept`, `decide`, `total` in working days, None = 待核实
    doubtful   those of them that are not verified, and so carry the mark
    """

    def within(key: str, words: str) -> str:
        count = days.get(key)
        mark = "（待核实）" if key in doubtful else ""
        return f"{words}{count}个工作日内{mark}" if count is not None else "期限待核实"

    own = next((one.unit for one in stages if not one.outside), "认定单位")
    last = stages[-1]
    return [
        {"what": "提交申请", "who": "申请人（网上或窗口）", "days": "随时"},
        {"what": "受理、一次性告知补正或者不予受理", "who": own, "days": within("accept", "收到申请后")},
        *(
            {
                "what": f"审核：{one.title}",
                "who": one.unit,
                "days": "由该机关掌握" if one.outside else within("decide", "受理后共"),
            }
            for one in stages
        ),
        {
            "what": "作出准予修复或者不予修复的决定",
            "who": last.unit if last.outside else own,
            "days": "由该机关掌握" if last.outside else within("total", "申请后共"),
        },
        {"what": "同步两个公示平台并核验", "who": "本平台自动办理", "days": "决定当日发出，核验后办结"},
    ]


def outside_steps(stages: Sequence[Stage]) -> list[dict[str, str]]:
    """The way of a matter that others decide: what is done there, and what follows here."""
    organ = stages[0].unit
    return [
        {"what": "履行义务，向决定机关提出", "who": f"当事人向{organ}提出", "days": "随时"},
        {"what": "审查并决定", "who": organ, "days": "期限见“法定时限”"},
        {"what": "登记决定结果", "who": "本地负责同步的单位", "days": "取得决定文书后"},
        {"what": "同步两个公示平台并核验", "who": "本平台自动办理", "days": "登记当日发出，核验后办结"},
    ]


def side_ways() -> list[dict[str, str]]:
    """What leaves the main way, in words: each legal move that is not on it."""
    return [
        {"what": "补正", "who": "申请人", "text": "受理或者审核中一次性告知全部事项，计时暂停；只改列明之处，补正后回到原环节。"},
        {"what": "不予受理", "who": "认定单位", "text": "不符合条件或者逾期不补正的，书面说明理由和救济途径；条件具备后可以再次申请。"},
        {"what": "不予修复", "who": "认定单位", "text": "书面说明理由和救济途径；复议、诉讼改变决定的，回到审核。"},
        {"what": "撤回", "who": "申请人", "text": "决定前随时可以撤回，之后可以再次申请，不收费。"},
        {"what": "撤销修复", "who": "认定单位", "text": "材料虚假或者严重违背承诺的，撤销修复决定，恢复公示。"},
    ]  # fmt: skip


def _tip(upright: bool) -> str:
    """The name of the arrow head: two drawings stand on one page, and each has its own."""
    return "tip-u" if upright else "tip"


def _mark(state: CaseState, position: Position | None, tier: int = 0) -> str:
    if position is None:
        return ""
    if state == position.state and tier == position.tier:
        return "here"
    if tier and state == position.state:
        return "walked" if tier < position.tier else ""
    return "walked" if state in position.been else ""


def _shape(box: Box, title: str, sub: str, mark: str) -> SafeString:
    return format_html(
        '<g class="{}"><rect x="{}" y="{}" width="{}" height="{}" rx="8"/><text x="{}" y="{}">{}</text>'
        '<text class="sub" x="{}" y="{}">{}</text></g>',
        mark, box.x, box.y, box.w, box.h, box.mid, box.level - 3, title, box.mid, box.level + 17, sub,
    )  # fmt: skip


def _line(move: Move, line: Line, position: Position | None, tip: str) -> SafeString:
    been = position.been | {position.state} if position else frozenset()
    walked = "walked" if set(move) <= been else ""
    word = (
        format_html('<text class="verb-text" x="{}" y="{}">{}</text>', line.x, line.y, line.word) if line.word else ""
    )
    return format_html('<path class="{}" d="{}" marker-end="url(#{})"/>{}', walked, line.d, tip, word)


check()
