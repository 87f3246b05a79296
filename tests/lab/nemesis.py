"""What breaks, and when: a seeded list of (share of the work done, act), carried out at least 0.7 s apart.

By share of the work and not by the clock, so that every blow falls while there is work, on any machine.
"""

import os
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.lab.services import House

LEAST_GAP_SECONDS = 0.7  # else one measures process starts
DOWN_SECONDS = 60.0
KILLS = {  # what is killed → how often, in 100
    "web_worker": 32,
    "web_parent": 10,
    "worker_child": 18,
    "lanes": 10,
    "worker_parent": 10,
    "sweeper": 12,
    "beat": 8,
}
WHERE = {  # kind → (program, whether one of its children)
    "web_worker": ("web", True),
    "web_parent": ("web", False),
    "worker_child": ("worker", True),
    "worker_parent": ("worker", False),
    "lanes": ("lanes", False),
    "sweeper": ("sweeper", False),
    "beat": ("beat", False),
}
# 5 in 100 requests meet a fault. 401 and 403 stop a lane for a person: they have scenarios of their own.
PLAN = {"ok": 950, "500": 8, "slow": 6, "lost_reply": 10, "dup": 8, "302": 4, "bigbody": 2, "badsig": 6, "429": 6}
SMS_PLAN = {"ok": 950, "500": 20, "lost_reply": 10, "badsig": 10, "429": 10}


@dataclass(frozen=True, slots=True)
class Act:
    """`share` of all cases that must have an end before it falls."""

    share: float
    what: str


def schedule(seed: int, kills: int, *, down: bool, postgres: bool, flush: bool) -> list[Act]:
    """The list of a run: kills spread over the work, and the three great faults at fixed parts of it."""
    rng = random.Random(seed)
    kinds = rng.choices(list(KILLS), list(KILLS.values()), k=kills)
    acts = [Act(rng.uniform(0.02, 0.97), kind) for kind in kinds]
    acts += [Act(0.35, "platform_down")] if down else []
    acts += [Act(0.55, "flushall")] if flush else []
    acts += [Act(0.75, "postgres")] if postgres else []
    return sorted(acts, key=lambda act: act.share)


@dataclass
class Nemesis:
    """Carries the list out on a house. Call `step` often; `done` holds what really happened, in order."""

    house: House
    acts: list[Act]
    seed: int
    done: list[tuple[float, str]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    _next: int = 0
    _last: float = 0.0
    _heal_at: float = 0.0
    _rng: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        self._rng.seed(self.seed)
        self.plan_all()

    def plan_all(self) -> None:
        """Put the seeded plan of faults in force at every mock."""
        for number, target in enumerate(("creditchina_jinchang", "gsxt_gansu", "sms_gateway")):
            self._plan(target, number)

    def _plan(self, target: str, number: int) -> None:
        plan = SMS_PLAN if target == "sms_gateway" else PLAN
        wish: dict[str, Any] = {"plan": plan, "seed": self.seed * 10 + number, "slow_seconds": 2, "retry_after": 2}
        self.house.mode(target, wish)

    def step(self, share: float) -> None:
        """Whatever is due at this share of the work; one act a call."""
        now = time.monotonic()
        if self._heal_at and now >= self._heal_at:
            self._heal_at = 0.0
            self._plan("gsxt_gansu", 7)
            self._note("platform_up")
        if self._next >= len(self.acts) or self.acts[self._next].share > share or now - self._last < LEAST_GAP_SECONDS:
            return
        if self._carry_out(self.acts[self._next].what):
            self._note(self.acts[self._next].what)
            self._next += 1
            self._last = time.monotonic()

    @property
    def left(self) -> int:
        """Acts still to come, a platform still down counted in."""
        return len(self.acts) - self._next + bool(self._heal_at)

    def heal(self) -> None:
        """No more faults of the platforms."""
        self._heal_at = 0.0
        for target in ("creditchina_jinchang", "gsxt_gansu", "sms_gateway"):
            self.house.mode(target, {"mode": "ok"})
        self._note("healed")

    def _note(self, what: str) -> None:
        self.done.append((round(time.time(), 2), what))
        self.counts[what] += 1

    def _carry_out(self, what: str) -> bool:
        """False when there is nothing to kill right now: it is tried again at the next step."""
        if what in WHERE:
            program, children = WHERE[what]
            pids = self.house.pids_of(program, children=children)
            if not pids:
                return False
            os.kill(self._rng.choice(sorted(pids)), signal.SIGKILL)
        elif what == "platform_down":
            self.house.mode("gsxt_gansu", {"mode": "down"})
            self._heal_at = time.monotonic() + DOWN_SECONDS
        elif what == "flushall":
            self.house.redis("FLUSHALL")
        elif what == "postgres":
            self.house.stop_postgres_at_once()
            self.house.start_postgres()
        return True
