"""A share with its n: no percentage without the count it rests on, and none at all under five."""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Final

LEAST: Final = 5
TOO_FEW: Final = "样本不足"
NONE: Final = "—"


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `n`, both counts. Rounded down to a tenth, so that 100% means all of them."""

    part: int
    n: int

    def __add__(self, other: "Share") -> "Share":
        return Share(self.part + other.part, self.n + other.n)

    @property
    def missing(self) -> int:
        """How many of `n` are not in `part`; never negative."""
        return max(0, self.n - self.part)

    @property
    def enough(self) -> bool:
        return self.n >= LEAST

    @property
    def percent(self) -> Decimal | None:
        """In per cent, one decimal, None while the sample is too small to say."""
        if not self.enough:
            return None
        return (Decimal(self.part) * 100 / self.n).quantize(Decimal("0.1"), ROUND_DOWN)

    @property
    def text(self) -> str:
        """「98.7%」, 「样本不足」 under five, 「—」 for nothing at all."""
        if not self.n:
            return NONE
        return TOO_FEW if self.percent is None else f"{self.percent}%"


ZERO: Final = Share(0, 0)
