"""海关失信企业信息: a room that does not exist in the product, to show that a tenth category is one new file.

Invented for the test; no value here is law; the unit that determined decides. To try it by hand: copy this file
to cases/categories/tenth_room.py in a scratch branch and start the site. Registry, verdict, search, guide, filing and queue know it; no migration is made.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from cases.categories.base import (
    BUREAU,
    COMMITMENT,
    GENERAL_DEFECTS,
    GUIDE_ANNEX,
    HANDLER,
    PROOF_OF_DUTIES,
    REMOVE_FROM_LIST,
    SECTION,
    Category,
    ExtraField,
    MaterialSpec,
    Tier,
    open_duties,
)  # fmt: skip
from cases.law import Reason, RecordFacts, RowMaker, Rule
from cases.law.regimes import STATE_22

CODE: Final = "tenth_room"
EXTRA_FIELDS: Final = (ExtraField("port", "关区", required=True),)

_frame = RowMaker(STATE_22, category=CODE, counts_from="listing")
RULES: Final[tuple[Rule, ...]] = (
    _frame("tenth.min", "display_min", 12, "严重失信信息最短公示期为一年"),
    _frame("tenth.max", "display_max", 36, "严重失信信息最长公示期为三年"),
    _frame("tenth.duties", "condition", True, "法定责任义务履行完毕的证明材料", unit="bool"),
    _frame(
        "tenth.decide", "decide_days", 10, "自受理之日起十个工作日内作出决定（待核实）", unit="WD",
        counts_from="accepted", certainty="unverified", when={"market": False},
    ),
    _frame("tenth.decider", "decider", "谁认定、谁修复", "由认定单位决定移出", unit="text", counts_from=None),
)  # fmt: skip


def why_not(facts: RecordFacts, today: date) -> tuple[Reason, ...]:
    """Open duties block, as everywhere."""
    return open_duties(facts, today)


GUIDE: Final = (GUIDE_ANNEX,)


def _tiers(facts: RecordFacts) -> tuple[Tier, ...]:
    return (HANDLER, SECTION, BUREAU)


def _materials(facts: RecordFacts) -> tuple[MaterialSpec, ...]:
    return (PROOF_OF_DUTIES, COMMITMENT)


CATEGORY: Final = Category(
    code=CODE,
    title="海关失信企业信息",
    annex1_departments=("scjgj",),
    extra_fields=EXTRA_FIELDS,
    rules=RULES,
    why_not=why_not,
    guide=GUIDE,
    tiers=_tiers,
    materials=_materials,
    effect=lambda facts: REMOVE_FROM_LIST,
    market=False,
    reason_codes=GENERAL_DEFECTS,
)
