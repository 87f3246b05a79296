"""`python -m bench [progress queue import papers outbox latency isolation memory eligible remind] [--rounds N]`: measure and print one table."""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
import traceback
from dataclasses import asdict
from importlib import import_module

from bench.ground import HOME, PROJECT, Ground
from bench.measure import Result

PATHS = {  # in the order of the table; name → module
    "progress": "bench.paths.progress",
    "queue": "bench.paths.queues",
    "import": "bench.paths.imports",
    "papers": "bench.paths.papers",
    "outbox": "bench.paths.outbox",
    "latency": "bench.paths.latency",
    "isolation": "bench.paths.isolation",
    "memory": "bench.paths.memory",
    "eligible": "bench.paths.eligible",
    "remind": "bench.paths.remind",
}


def show(result: Result) -> None:
    print(f"\n{result.path}: {result.what}  ({result.rounds} rounds, medians)")
    limit = next((row for row in result.rows if row.role == "limit"), None)
    if result.rows:
        print(f"  {'role':6} {'variant':58} {'items/s':>10} {'wall µs':>10} {'CPU µs':>10} {'÷limit':>7} {'spread':>6}")
    for row in result.rows:
        ratio = f"{row.rate / limit.rate:.3f}" if limit else ""
        print(
            f"  {row.role:6} {row.name:58} {row.rate:10.1f} {row.wall_us:10.1f} {row.cpu_us:10.1f} "
            f"{ratio:>7} {row.spread:6.2f}"
        )
    for note in result.notes:
        print(f"  - {note}")
    for verdict in result.verdicts:
        print(f"  {'met   ' if verdict.met else 'MISSED'} {verdict.measured:>8}  {verdict.target}")


def keep(results: list[Result], seconds: float) -> None:
    """One JSON line per run, with what is needed to compare it with another run on the same machine."""
    HOME.mkdir(parents=True, exist_ok=True)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=PROJECT, capture_output=True, text=True, check=False
    ).stdout.strip()
    line = {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "commit": commit,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "seconds": round(seconds, 1),
        "results": [asdict(result) for result in results],
    }
    with (HOME.parent / "bench.jsonl").open("a", encoding="utf-8") as out:
        out.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("paths", nargs="*", choices=[*PATHS, []], help="all by default", metavar="path")
    parser.add_argument("--rounds", type=int, default=5, help="at least five for figures that are told to others")
    parser.add_argument("--large", action="store_true", help="eligible: 10 M records, recompute of 1 M (half an hour)")
    options = parser.parse_args()
    os.environ["BENCH_LARGE"] = "1" if options.large else ""
    began = time.monotonic()
    results: list[Result] = []
    failed = []
    with Ground() as ground:
        import django  # settings are read from the environment that the ground has just made

        django.setup()
        print(f"ground ready ({time.monotonic() - began:.1f} s), load {os.getloadavg()[0]:.1f}", file=sys.stderr)
        for name in options.paths or PATHS:
            start = time.monotonic()
            try:
                result = import_module(PATHS[name]).run(ground, options.rounds)
            except Exception:  # noqa: BLE001 - a path that cannot be measured must not hide the others
                traceback.print_exc()
                failed.append(name)
                continue
            finally:
                ground.end_all()
            print(f"{name}: {time.monotonic() - start:.1f} s", file=sys.stderr)
            show(result)
            results.append(result)
    keep(results, time.monotonic() - began)
    if failed:
        print(f"not measured: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
