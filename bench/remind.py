"""One day's reminders, in a process of its own so that its memory and CPU can be told: prints a JSON line.

python -m bench.remind
"""

import json
import sys
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import django

django.setup()

from bench import seed  # noqa: E402 - models can be imported only now
from cases.models import ReminderRun  # noqa: E402
from cases.services import remind  # noqa: E402
from creditrepair.tenancy.context import region_context  # noqa: E402

NOW = datetime(2026, 11, 23, 8, tzinfo=ZoneInfo("Asia/Shanghai"))


def peak() -> float:
    """MiB. Not `getrusage`: what it tells also holds the parent's, from before this program was loaded."""
    return next(int(line.split()[1]) for line in Path("/proc/self/status").open() if line.startswith("VmHWM")) / 1024


def remind_once() -> dict[str, float]:
    """Begin and finish the run of a day, as a worker does; what it cost this process."""
    idle, spent, began = peak(), time.process_time(), time.perf_counter()
    run = remind.start(seed.REGION, now=NOW)
    if run is None:
        raise RuntimeError("the run did not begin")
    pieces: list[float] = []
    done = False
    while not done:
        piece = time.perf_counter()
        done = remind.advance(seed.REGION, run.ref, seconds=0, now=NOW)
        pieces.append(time.perf_counter() - piece)
    told = {"wall": time.perf_counter() - began, "cpu": time.process_time() - spent, "rss": peak(), "idle": idle}
    with region_context(seed.REGION):
        counts = ReminderRun.objects.get(pk=run.pk).counts
    return {**told, **counts, "mark": pieces[0], "longest": max(pieces[1:])}


if __name__ == "__main__":
    json.dump(remind_once(), sys.stdout)
