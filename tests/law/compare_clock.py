"""`python -m tests.law.compare_clock --cases 100000 --seed N`: the clock against its day-by-day oracle."""

import argparse
import random
import sys
import time

from cases.law import clock
from tests.law.oracle_clock import Made, make_calendar, make_case, oracle, told

CALENDARS = 400
SHOWN = 3


def differences(case: Made) -> dict[str, tuple[object, object]]:
    """What code and oracle say differently of one case: name → (code, oracle)."""
    code, slow = told(clock(case.events, case.limits, case.calendar, case.today)), oracle(case)
    return {name: (code[name], slow[name]) for name in slow if code[name] != slow[name]}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.law.compare_clock", description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    dice = random.Random(options.seed)
    calendars = [make_calendar(dice) for _ in range(CALENDARS)]
    began, differing = time.monotonic(), 0
    for _ in range(options.cases):
        case = make_case(dice, calendars)
        found = differences(case)
        if found:
            differing += 1
            if differing <= SHOWN:
                print(f"{found}\n  {case.today} {case.limits}\n  " + "\n  ".join(map(str, case.events)))
    seconds = time.monotonic() - began
    print(
        f"{options.cases} cases, seed {options.seed}, {CALENDARS} calendars: {differing} differences, {seconds:.0f} s"
    )
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
