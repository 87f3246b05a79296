"""附件3: the way of a case as a picture and as a list, drawn from the table of legal moves and the case's tiers.

The picture cannot differ from the code: `check` refuses a move of `cases.states` that nobody has drawn or said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from cases.states import CaseState, transitions

S = CaseState
Move = tuple[CaseState, CaseState]
BOX_W, BOX_H, TIER_GAP, GAP = 134, 58, 22, 64
ROW1, ROW2, ROW3 = 36, 172, 282
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


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, in the drawing's own units."""

    x: float
    y: float
    w: float = BOX_W
    h: float = BOX_H

    @property
    def mid(self) -> float:
        return self.x + self.w / 2

    @property
    def right(self) -> float:
        return self.x + self.w

    @property
    def bottom(self) -> float:
        return self.y + self.h


@dataclass(frozen=True, slots=True)
class Line:
    """One move: path data, and where its word stands ("" for the second line of one verb)."""

    d: str
    word: str = ""
    x: float = 0
    y: float = 0


@dataclass(frozen=True, slots=True)
class Position:
    """Where a case stands: its state, the open tier (1-based, 0 = none) and the states it has been in."""

    state: str
    tier: int = 0
    been: frozenset[str] = frozenset()


def draw(tiers: Sequence[str], position: Position | None = None) -> SafeString:
    """The chart as SVG for these tiers (titles in order); with a position, its place and walked path are marked."""
    boxes = layout(len(tiers))
    lines = [_line(move, line, position) for move, line in routes(boxes).items()]
    shapes = [_shape(boxes[state], *words, _mark(state, position)) for state, words in LABELS.items()]
    frame = boxes[S.IN_REVIEW]
    shapes.append(
        format_html(
            '<rect class="frame" x="{}" y="{}" width="{}" height="{}" rx="10"/><text class="sub" x="{}" y="{}">审核（{}级）</text>',
            frame.x, frame.y, frame.w, frame.h, frame.mid, frame.y + 17, len(tiers),
        )
    )  # fmt: skip
    for number, title in enumerate(tiers, start=1):
        box = Box(frame.x + 14 + (number - 1) * (BOX_W + TIER_GAP), ROW1)
        shapes.append(_shape(box, title, f"第{number}级", _mark(S.IN_REVIEW, position, number)))
        if number > 1:
            middle = ROW1 + BOX_H / 2
            shapes.append(format_html('<path d="M{} {}H{}" marker-end="url(#tip)"/>', box.x - TIER_GAP, middle, box.x))
    return format_html(
        '<svg class="flow" viewBox="0 0 {} {}" role="img" aria-label="办理流程图，文字版见流程列表"><defs>'
        '<marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="10" markerHeight="10" markerUnits="userSpaceOnUse" orient="auto">'
        '<path d="M0 0L10 5L0 10z"/></marker></defs>{}{}</svg>',
        round(boxes[S.REPAIRED].right + 6),
        ROW3 + BOX_H + 6,
        format_html_join("", "{}", ((line,) for line in lines)),
        format_html_join("", "{}", ((shape,) for shape in shapes)),
    )


def layout(tiers: int) -> Mapping[CaseState, Box]:
    """Where each state stands; 审核 is a frame around its tiers."""
    frame = Box(BOX_W + 6 + 2 * GAP + 20, ROW1 - 28, tiers * BOX_W + (tiers - 1) * TIER_GAP + 28, BOX_H + 42)
    approved = Box(frame.right + GAP, ROW1)
    repaired = Box(approved.right + GAP + 26, ROW1)
    correction = Box(frame.x - 158, ROW2, 196)
    return {
        S.SUBMITTED: Box(6, ROW1),
        S.IN_REVIEW: frame,
        S.APPROVED: approved,
        S.REPAIRED: repaired,
        S.CORRECTION: correction,
        S.NOT_ACCEPTED: Box(6, ROW3),
        S.WITHDRAWN: Box(correction.mid - 74, ROW3, 148),
        S.REFUSED: Box(frame.right - BOX_W - 14, ROW3),
        S.REVOKED: Box((approved.x + repaired.x) / 2 - 6, ROW3, BOX_W + 12),
    }


def routes(boxes: Mapping[CaseState, Box]) -> dict[Move, Line]:
    """The line of every move that is drawn."""
    b, level = boxes, ROW1 + BOX_H / 2
    sub, rev, app, rep = b[S.SUBMITTED], b[S.IN_REVIEW], b[S.APPROVED], b[S.REPAIRED]
    cor, non, wit, ref, rvk = b[S.CORRECTION], b[S.NOT_ACCEPTED], b[S.WITHDRAWN], b[S.REFUSED], b[S.REVOKED]
    turn = ROW3 - 26
    ask, answer = ROW2 + 18, ROW2 + BOX_H - 14
    return {
        (S.SUBMITTED, S.IN_REVIEW): Line(f"M{sub.right} {level}H{rev.x}", "受理", (sub.right + rev.x) / 2, level - 9),
        (S.IN_REVIEW, S.APPROVED): Line(f"M{rev.right} {level}H{app.x}", "准予", (rev.right + app.x) / 2, level - 9),
        (S.APPROVED, S.REPAIRED): Line(f"M{app.right} {level}H{rep.x}", "两平台核验", (app.right + rep.x) / 2, level - 9),
        (S.SUBMITTED, S.CORRECTION): Line(f"M{sub.mid + 28} {sub.bottom}V{ask}H{cor.x}"),
        (S.CORRECTION, S.SUBMITTED): Line(f"M{cor.x} {answer}H{sub.mid + 8}V{sub.bottom}"),
        (S.IN_REVIEW, S.CORRECTION): Line(f"M{rev.x + 118} {rev.bottom}V{ask}H{cor.right}", "一次性告知", rev.x + 78, ask - 6),
        (S.CORRECTION, S.IN_REVIEW): Line(f"M{cor.right} {answer}H{rev.x + 142}V{rev.bottom}", "补正后继续", rev.x + 88, answer + 17),
        (S.SUBMITTED, S.NOT_ACCEPTED): Line(f"M{sub.mid - 34} {sub.bottom}V{non.y}", "不予受理", sub.mid - 34, ROW2 + 32),
        (S.CORRECTION, S.NOT_ACCEPTED): Line(f"M{cor.x + 22} {cor.bottom}V{turn}H{non.mid}V{non.y}"),
        (S.CORRECTION, S.WITHDRAWN): Line(f"M{cor.mid} {cor.bottom}V{wit.y}", "撤回", cor.mid, ROW3 - 12),
        (S.CORRECTION, S.REFUSED): Line(f"M{cor.right - 22} {cor.bottom}V{turn}H{ref.mid - 40}V{ref.y}"),
        (S.IN_REVIEW, S.REFUSED): Line(f"M{ref.mid} {rev.bottom}V{ref.y}", "不予修复", ref.mid, ROW2 + 32),
        (S.REFUSED, S.IN_REVIEW): Line(f"M{ref.mid + 46} {ref.y}V{rev.bottom}", "复议、诉讼后", ref.mid + 88, ROW2 + 62),
        (S.APPROVED, S.REVOKED): Line(f"M{app.mid} {app.bottom}V{turn}H{rvk.mid - 26}V{rvk.y}"),
        (S.REPAIRED, S.REVOKED): Line(f"M{rep.mid} {rep.bottom}V{turn}H{rvk.mid + 26}V{rvk.y}", "撤销", rvk.mid, turn - 8),
    }  # fmt: skip


def check() -> None:
    """Every legal move is drawn or said, and nothing else is. Raises ValueError."""
    shown = {(a.value, b.value) for a, b in [*routes(layout(2)), *SAID]}
    if shown != set(transitions()):
        raise ValueError(f"flowchart and states differ: {sorted(shown ^ set(transitions()))}")


def steps(tiers: Sequence[Mapping[str, str]], days: Mapping[str, int | None]) -> list[dict[str, str]]:
    """The main way as a list: what, who acts, and in how many working days, for readers without the picture.

    tiers   title and unit of each tier; days   `accept`, `decide`, `total` in working days, None = 待核实
    """

    def within(key: str, words: str) -> str:
        count = days.get(key)
        return f"{words}{count}个工作日内" if count is not None else "期限待核实"

    return [
        {"what": "提交申请", "who": "申请人（网上或窗口）", "days": "随时"},
        {"what": "受理", "who": tiers[0]["unit"], "days": within("accept", "收到申请后")},
        *(
            {"what": f"审核：{tier['title']}", "who": tier["unit"], "days": within("decide", "受理后共")}
            for tier in tiers
        ),
        {"what": "作出决定", "who": tiers[0]["unit"], "days": within("total", "申请后共")},
        {"what": "同步两个公示平台并核验", "who": "本平台自动办理", "days": "决定当日发出，核验后办结"},
    ]


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
        mark, box.x, box.y, box.w, box.h, box.mid, box.y + 26, title, box.mid, box.y + 46, sub,
    )  # fmt: skip


def _line(move: Move, line: Line, position: Position | None) -> SafeString:
    been = position.been | {position.state} if position else frozenset()
    walked = "walked" if set(move) <= been else ""
    word = (
        format_html('<text class="verb-text" x="{}" y="{}">{}</text>', line.x, line.y, line.word) if line.word else ""
    )
    return format_html('<path class="{}" d="{}" marker-end="url(#tip)"/>{}', walked, line.d, word)


check()
