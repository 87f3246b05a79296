"""Rows of papers of one region that no single room owns: shipped with the code, in the pack of that region alone."""

from __future__ import annotations

from typing import Final

from .regimes import NOTICE_63, RowMaker
from .rules import Rule

_n63 = RowMaker(NOTICE_63, certainty="unknown", unit="bool")

LOCAL_ROWS: Final[tuple[Rule, ...]] = (
    _n63("misprint", "misprint", None, "告知书2024年文本中“营造实守信”照录原文，是否更正待核实", question="Q11"),
    # The notice speaks of 法人和非法人组织 only; what that means for others is the open question of the nation.
    _n63(
        "scope.trader", "subject_scope", None, "自然人、个体工商户是否适用本平台办理待核实，由认定单位判断",
        variant="trader", question="Q12", when=(("trader", True),), supersedes="state22.scope.trader",
    ),
)  # fmt: skip
