"""Seeded differences between the register and a platform: all must be found, none invented, no newer state overwritten.

python -m tests.lab.differences --records 10000 --seeded 1000 --seed 1
"""

import argparse
import os
import subprocess
import sys


def main() -> int:
    """Run the experiment of tests/test_differences.py at the size asked for, in a database of its own."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab.differences", description=__doc__)
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--seeded", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    sizes = {"LAB_RECORDS": str(args.records), "LAB_SEEDED": str(args.seeded), "LAB_SEED": str(args.seed)}
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "creditrepair.local",
        "test",
        "tests/test_differences.py",
        "-s",
        "-q",
    ]
    wanted = [*command, "-k", "every_planted"]
    return subprocess.run(wanted, env=os.environ | sizes, check=False).returncode  # noqa: S603 - our own program


if __name__ == "__main__":
    sys.exit(main())
