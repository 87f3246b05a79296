"""`python -m tests.lab [--small] [--cases N] [--kills N] [--seed N …] | faults [NAME …] | failpoints [--times N]`."""

import argparse
import sys

from tests.lab.run import Order, run, run_failpoints, run_faults

SMALL = Order(cases=150, kills=12, seed=1, down=False, limit_seconds=170)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    parser.add_argument("--small", action="store_true", help="150 cases, 12 kills, one seed: for every check-in")
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    parser.add_argument("--papers", type=int, default=50, help="one paper in so many is really rendered")
    parser.add_argument("--keep", action="store_true", help="keep tables and files also when everything held")
    parser.add_argument("--limit", type=float, default=3600.0, help="seconds after which a run has failed")
    parser.add_argument("--times", type=int, default=100, help="failpoints: deaths at each place")
    parser.add_argument("what", nargs="*", help="failpoints | faults [NAME …]; nothing: the whole run")
    given = parser.parse_args()
    if given.what[:1] == ["failpoints"]:
        return 0 if run_failpoints(given.times) else 1
    if given.what[:1] == ["faults"]:
        return 0 if run_faults(given.what[1:]) else 1
    if given.what:
        parser.error(f"unknown: {' '.join(given.what)}")
    if given.small:
        return 0 if run(SMALL)["held"] else 1
    held = True
    for seed in given.seed:
        order = Order(given.cases, given.kills, seed, papers=given.papers, limit_seconds=given.limit, keep=given.keep)
        held = run(order)["held"] and held
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
