"""Where the boxes and lines of the flowchart stand: lying for wide pages, standing for phones. Numbers only, no text of law."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cases.states import CaseState

S = CaseState
Move = tuple[CaseState, CaseState]
BOX_W, BOX_H, TIER_GAP, GAP = 134, 58, 22, 64
ROW1, ROW2, ROW3 = 36, 172, 282
MAIN, SIDE, UP_W, UP_H, UP_GAP = 8, 236, 150, 54, 46
UP_WIDTH: Final = 382


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
    def level(self) -> float:
        return self.y + self.h / 2

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
class Plan:
    """A whole drawing: the box of each state, those of the tiers inside 审核, the lines, and the size."""

    boxes: Mapping[CaseState, Box]
    tiers: tuple[Box, ...]
    lines: Mapping[Move, Line]
    between: tuple[str, ...]
    width: float
    height: float


def lying(tiers: int) -> Plan:
    """From left to right; 审核 is a frame around its tiers, never narrower than two of them: lines leave it below."""
    places = max(tiers, 2)
    frame = Box(BOX_W + 6 + 2 * GAP + 20, ROW1 - 28, places * BOX_W + (places - 1) * TIER_GAP + 28, BOX_H + 42)
    approved = Box(frame.right + GAP, ROW1)
    repaired = Box(approved.right + GAP + 26, ROW1)
    correction = Box(frame.x - 158, ROW2, 196)
    boxes = {
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
    first = frame.x + 14 + (places - tiers) * (BOX_W + TIER_GAP) / 2
    inside = tuple(Box(first + number * (BOX_W + TIER_GAP), ROW1) for number in range(tiers))
    middle = ROW1 + BOX_H / 2
    between = tuple(f"M{box.x - TIER_GAP} {middle}H{box.x}" for box in inside[1:])
    return Plan(boxes, inside, _lying_lines(boxes), between, boxes[S.REPAIRED].right + 6, ROW3 + BOX_H + 6)


def _lying_lines(boxes: Mapping[CaseState, Box]) -> dict[Move, Line]:
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


def standing(tiers: int) -> Plan:
    """From top to bottom, 382 units wide: the way that leads on at the left, what leaves it at the right."""
    top = 8 + UP_H + UP_GAP
    frame = Box(MAIN, top, UP_W, max(40 + tiers * UP_H + (tiers - 1) * 20, 262))
    room = frame.h - 40 - tiers * UP_H
    step = UP_H + (room / (tiers - 1) if tiers > 1 else 0)
    first = top + 26 + (room / 2 if tiers == 1 else 0)
    inside = tuple(Box(MAIN + 8, first + number * step, UP_W - 16, UP_H) for number in range(tiers))
    correction = Box(SIDE, top + 6, 124, 66)
    withdrawn = Box(SIDE, correction.bottom + 32, 124, UP_H)
    approved = Box(MAIN, frame.bottom + UP_GAP, UP_W, UP_H)
    boxes = {
        S.SUBMITTED: Box(MAIN, 8, UP_W, UP_H),
        S.IN_REVIEW: frame,
        S.APPROVED: approved,
        S.REPAIRED: Box(MAIN, approved.bottom + UP_GAP, UP_W, UP_H),
        S.NOT_ACCEPTED: Box(SIDE, 8, 124, UP_H - 6),
        S.CORRECTION: correction,
        S.WITHDRAWN: withdrawn,
        S.REFUSED: Box(SIDE, withdrawn.bottom + 32, 124, UP_H + 4),
        S.REVOKED: Box(SIDE, approved.y, 124, UP_H),
    }
    between = tuple(f"M{box.mid} {before.bottom}V{box.y}" for before, box in zip(inside, inside[1:], strict=False))
    return Plan(boxes, inside, _standing_lines(boxes), between, UP_WIDTH, boxes[S.REPAIRED].bottom + 8)


def _standing_lines(b: Mapping[CaseState, Box]) -> dict[Move, Line]:
    sub, rev, app, rep = b[S.SUBMITTED], b[S.IN_REVIEW], b[S.APPROVED], b[S.REPAIRED]
    cor, non, wit, ref, rvk = b[S.CORRECTION], b[S.NOT_ACCEPTED], b[S.WITHDRAWN], b[S.REFUSED], b[S.REVOKED]
    aside, edge = (rev.right + cor.x) / 2, cor.right + 12
    answer = cor.bottom + 15
    return {
        (S.SUBMITTED, S.IN_REVIEW): Line(f"M{sub.mid} {sub.bottom}V{rev.y}", "受理", sub.mid + 24, sub.bottom + 27),
        (S.IN_REVIEW, S.APPROVED): Line(f"M{rev.mid} {rev.bottom}V{app.y}", "准予", rev.mid + 24, rev.bottom + 27),
        (S.APPROVED, S.REPAIRED): Line(f"M{app.mid} {app.bottom}V{rep.y}", "两平台核验", app.mid + 42, app.bottom + 27),
        (S.SUBMITTED, S.NOT_ACCEPTED): Line(f"M{sub.right} {sub.y + 16}H{non.x}"),
        (S.SUBMITTED, S.CORRECTION): Line(f"M{sub.right} {sub.y + 33}H{aside + 18}V{cor.y + 14}H{cor.x}"),
        (S.CORRECTION, S.SUBMITTED): Line(f"M{cor.x} {cor.y + 28}H{aside - 14}V{sub.y + 47}H{sub.right}"),
        (S.IN_REVIEW, S.CORRECTION): Line(f"M{rev.right} {cor.y + 54}H{cor.x}", "一次性告知", aside, cor.y + 49),
        (S.CORRECTION, S.IN_REVIEW): Line(f"M{cor.x + 18} {cor.bottom}V{answer}H{rev.right}", "补正后继续", aside, answer + 15),
        (S.CORRECTION, S.NOT_ACCEPTED): Line(f"M{cor.mid} {cor.y}V{non.bottom}"),
        (S.CORRECTION, S.WITHDRAWN): Line(f"M{cor.mid} {cor.bottom}V{wit.y}", "撤回", cor.mid + 20, cor.bottom + 21),
        (S.CORRECTION, S.REFUSED): Line(f"M{cor.right} {cor.level}H{edge}V{ref.level}H{ref.right}"),
        (S.IN_REVIEW, S.REFUSED): Line(f"M{rev.right} {ref.y + 18}H{ref.x}", "不予修复", aside, ref.y + 13),
        (S.REFUSED, S.IN_REVIEW): Line(f"M{ref.x} {ref.y + 38}H{rev.right}", "复议、诉讼后", aside, ref.y + 53),
        (S.APPROVED, S.REVOKED): Line(f"M{app.right} {app.level}H{rvk.x}", "撤销", aside, app.level - 6),
        (S.REPAIRED, S.REVOKED): Line(f"M{rep.right} {rep.level}H{rvk.mid}V{rvk.bottom}", "撤销", aside, rep.level - 6),
    }  # fmt: skip
