"""Rounds, medians and CPU seconds. Variants take turns within each round, so that a busy neighbour hits all alike."""

import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Sample:
    """One turn of one variant. `items` done in `wall` seconds at `cpu` seconds of processor (all processes it names)."""

    items: float
    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Variant:
    """`turn` does a fixed amount of work and says what it cost. `role`: limit, peer, ours, or also (not judged)."""

    name: str
    role: str
    turn: Callable[[], Sample]


@dataclass(frozen=True, slots=True)
class Row:
    """Medians over the rounds: items a second, µs of wall time and of CPU an item; `spread` is max ÷ min of the rates."""

    name: str
    role: str
    rate: float
    wall_us: float
    cpu_us: float
    spread: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """One target of the table: what was measured against what was asked."""

    target: str
    measured: str
    met: bool


@dataclass(slots=True)
class Result:
    """All there is to say about one path."""

    path: str
    what: str
    rounds: int
    rows: list[Row] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    facts: dict[str, object] = field(default_factory=dict)

    def of(self, name: str) -> Row:
        return next(row for row in self.rows if row.name == name)

    def judge(self, target: str, value: float, *, at_least: float | None = None, at_most: float | None = None) -> None:
        """Compare one figure with a bound (inclusive); exactly one of the bounds is given."""
        met = value >= at_least if at_least is not None else value <= (at_most or 0.0)
        self.verdicts.append(Verdict(target, f"{value:.3g}", met))


def interleaved(variants: Sequence[Variant], rounds: int) -> list[Row]:
    """`rounds` rounds in which every variant has one turn, in turning order; the first turn of each is thrown away."""
    for variant in variants:
        variant.turn()
    turns: dict[str, list[Sample]] = {variant.name: [] for variant in variants}
    for number in range(rounds):
        shift = number % len(variants)
        for variant in (*variants[shift:], *variants[:shift]):
            turns[variant.name].append(variant.turn())
    return [row_of(variant.name, variant.role, turns[variant.name]) for variant in variants]


def row_of(name: str, role: str, samples: Sequence[Sample]) -> Row:
    rates = [s.items / s.wall for s in samples]
    return Row(
        name=name,
        role=role,
        rate=statistics.median(rates),
        wall_us=statistics.median(s.wall / s.items for s in samples) * 1e6,
        cpu_us=statistics.median(s.cpu / s.items for s in samples) * 1e6,
        spread=max(rates) / min(rates),
    )


def timed(items: float, act: Callable[[], object], *others: Callable[[], float]) -> Sample:
    """Do `act` in this process. `others` tell CPU seconds used so far by further processes (the database, a server)."""
    before = time.process_time() + sum(other() for other in others)
    began = time.perf_counter()
    act()
    wall = time.perf_counter() - began
    return Sample(items, wall, time.process_time() + sum(other() for other in others) - before)


def cpu_of_tree(root: int) -> float:
    """CPU seconds of a process and all below it, those that ended included. Resolution: one tick (10 ms)."""
    below: dict[int, list[int]] = {}
    used: dict[int, tuple[int, int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit() and (stat := _stat(int(name))) is not None:
            pid, parent, own, ended = stat
            below.setdefault(parent, []).append(pid)
            used[pid] = own, ended
    total, todo = 0, [root]
    while todo:
        pid = todo.pop()
        total += sum(used.get(pid, (0, 0)))
        todo += below.get(pid, [])
    return total / TICK


def _stat(pid: int) -> tuple[int, int, int, int] | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return pid, int(fields[1]), int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])


def memory_of(pid: int) -> tuple[float, float]:
    """(RSS, PSS) of one process in MiB."""
    found = {"Rss": 0.0, "Pss": 0.0}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        name = line.partition(":")[0]
        if name in found:
            found[name] = int(line.split()[1]) / 1024
    return found["Rss"], found["Pss"]


def children_of(pid: int) -> list[int]:
    """Direct children of a process."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() and (stat := _stat(int(name))) is not None and stat[1] == pid:
            found.append(stat[0])
    return found
