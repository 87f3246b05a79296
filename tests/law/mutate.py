"""Change every row of the law, national or of a region's paper, a little and see whether a test notices: `python -m tests.law.mutate --seconds 300`.

Each mutant is asked the dated answers and the ledger in this process (milliseconds); what survives both is given to
the whole of tests/law in a forked child (unless --fast). Prints the count by kind of change, and the survivors.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import pytest

import cases.categories
from cases.categories import local_rows, national_pack
from cases.law import Rule, RulePack
from cases.law import pack as pack_module

from .dated_answers import first_wrong
from .ledger import first_failure, lines

DAY: Final = timedelta(days=1)
PERIOD_STARTS: Final = ("document", "publication", "listing", "correction")
DAY_STARTS: Final = ("received", "pushed", "accepted", "decided", "submitted")
SLOW: Final = ("test_properties.py", "test_compare.py", "test_clock_oracle.py", "test_rule_rows.py")


class Mutant(NamedTuple):
    """One row changed in one place."""

    key: str
    kind: str
    change: str
    row: Rule


@contextmanager
def general_rows(change: Callable[[tuple[Rule, ...]], tuple[Rule, ...]]) -> Iterator[None]:
    """Let the rows that no room owns be others for a while."""
    before = vars(pack_module)["GENERAL_ROWS"]
    setattr(pack_module, "GENERAL_ROWS", change(before))  # noqa: B010
    try:
        yield
    finally:
        setattr(pack_module, "GENERAL_ROWS", before)  # noqa: B010


class Mutated(RulePack):
    """A pack with one row changed; the row keeps its place."""

    def __init__(self, mutant: Mutant, overrides: tuple[Rule, ...] = ()) -> None:
        def changed(rows: tuple[Rule, ...]) -> tuple[Rule, ...]:
            return tuple(mutant.row if row.key == mutant.key else row for row in rows)

        laws = [one.law for one in cases.categories.rooms()]
        with general_rows(changed):
            super().__init__([replace(law, rules=changed(law.rules)) for law in laws], changed(overrides))


def mutants(row: Rule) -> Iterator[Mutant]:
    """Every small change of a row that is a row still."""
    for kind, what, fields in _changes(row):
        try:
            yield Mutant(row.key, kind, what, replace(row, **fields))  # type: ignore[arg-type]
        except (ValueError, OverflowError):
            continue


def _changes(row: Rule) -> Iterator[tuple[str, str, dict[str, object]]]:
    for value in _values(row):
        yield "value", f"{row.value!r} -> {value!r}", {"value": value}
    sure = "unverified" if row.certainty == "verified" else "verified"
    yield "certainty", f"{row.certainty} -> {sure}", {"certainty": sure}
    if row.counts_from is not None:
        sure = "unverified" if row.start_certainty == "verified" else "verified"
        yield "start certainty", f"{row.start_certainty} -> {sure}", {"start_certainty": sure}
        family = PERIOD_STARTS if row.counts_from in PERIOD_STARTS else DAY_STARTS
        for other in family:
            if other != row.counts_from:
                yield "counts from", f"{row.counts_from} -> {other}", {"counts_from": other}
    for name in ("in_force_from", "in_force_to"):
        day: date | None = getattr(row, name)
        if day is not None:
            for moved in (day - DAY, day + DAY):
                yield "in force", f"{name} {day} -> {moved}", {name: moved}
    for at, (fact, wanted) in enumerate(row.when):
        yield "condition", f"without {fact}={wanted}", {"when": row.when[:at] + row.when[at + 1 :]}


def _values(row: Rule) -> tuple[object, ...]:
    value = row.value
    if isinstance(value, bool):
        return (not value, None)
    if isinstance(value, int):
        return (value + 1, value - 1, None)
    if isinstance(value, str):
        return ("anders", None)
    return {"bool": (True, False), "text": ("anders",)}.get(row.unit, (0, 3))


def caught_here(mutant: Mutant) -> str:
    """Which of the quick checks notices: answers, ledger, start (the pack refuses it), or "" for none."""
    try:
        pack = Mutated(mutant, local_rows(mutant.row.region or ""))
    except ValueError:
        return "start"
    if first_wrong(pack):
        return "answers"
    return "ledger" if first_failure(pack, mutant.row.region or "") else ""


def caught_by_suite(mutant: Mutant) -> bool:
    """Run tests/law without its slow files in a child in which the mutant stands in the place of the law."""
    child = os.fork()
    if child == 0:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        setattr(cases.categories, "pack_for", cache(lambda overrides=(): Mutated(mutant, overrides)))  # noqa: B010
        local = {region: local_rows(region) for region in _regions()}
        changed = {code: tuple(mutant.row if r.key == mutant.key else r for r in rows) for code, rows in local.items()}
        setattr(cases.categories, "local_rows", lambda region: changed.get(region, ()))  # noqa: B010
        folder = Path(__file__).parent
        files = [str(path) for path in sorted(folder.glob("test_*.py")) if path.name not in SLOW]
        with general_rows(lambda rows: tuple(mutant.row if r.key == mutant.key else r for r in rows)):
            os._exit(
                int(
                    pytest.main(
                        [
                            "-x",
                            "-q",
                            "-c",
                            str(folder / "pure.ini"),
                            "-p",
                            "no:django",
                            "-p",
                            "no:cacheprovider",
                            *files,
                        ]
                    )
                )
            )
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0


def _regions() -> list[str]:
    return sorted({line.region for line in lines()} - {""})


def main() -> int:
    """Exit 1 where fewer than 85 of 100 mutants, or not all mutants of values, are caught."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--sample", type=float, default=1.0, help="share of the mutants to try")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fast", action="store_true", help="without the child runs for survivors")
    parser.add_argument("--rows", action="store_true", help="print the count of every row")
    asked = parser.parse_args()
    if wrong := first_wrong(national_pack()) or first_failure(national_pack()):
        print(f"the law itself does not pass: {wrong}")
        return 2
    local = [row for region in _regions() for row in local_rows(region)]
    made = [one for row in (*national_pack().rules, *local) for one in mutants(row)]
    pick = random.Random(asked.seed)
    if asked.sample < 1:
        made = pick.sample(made, int(len(made) * asked.sample))
    started = time.monotonic()
    tried, caught, how = Counter[str](), Counter[str](), Counter[str]()
    per_row: dict[str, list[int]] = {}
    survivors: list[Mutant] = []
    for mutant in made:
        if time.monotonic() - started > asked.seconds:
            print(f"stopped after {asked.seconds:.0f} s")
            break
        by = caught_here(mutant)
        if not by and not asked.fast:
            by = "suite" if caught_by_suite(mutant) else ""
        tried[mutant.kind] += 1
        count = per_row.setdefault(mutant.key, [0, 0])
        count[1] += 1
        if by:
            caught[mutant.kind] += 1
            how[by] += 1
            count[0] += 1
        else:
            survivors.append(mutant)
    if asked.rows:
        for key, (got, of) in per_row.items():
            print(f"{got:3} of {of:3}  {key}")
    for mutant in survivors:
        print(f"survived: {mutant.key}: {mutant.kind} {mutant.change}")
    for kind in tried:
        print(f"{kind:16} {caught[kind]:5} of {tried[kind]:5}")
    total, got = sum(tried.values()), sum(caught.values())
    share = 100 * got / total if total else 0
    print(f"{got} of {total} mutants of {len(per_row)} rows caught ({share:.1f} %), by {dict(how)}", end="")
    print(f", {time.monotonic() - started:.0f} s")
    return 0 if share >= 85 and caught["value"] == tried["value"] else 1


if __name__ == "__main__":
    sys.exit(main())
