"""One recompute of every record, in a process of its own so that its memory and CPU can be told: prints a JSON line.

python -m bench.recompute new|old
"""

import json
import resource
import sys
import time
from datetime import date, datetime
from zoneinfo import ZoneInfo

import django

django.setup()

from bench import seed  # noqa: E402 - models can be imported only now
from cases.categories import national_pack  # noqa: E402
from cases.law import Basis  # noqa: E402
from cases.models import RuleRun  # noqa: E402
from cases.questions import all_answers  # noqa: E402
from cases.services import recompute  # noqa: E402
from creditrepair.tenancy.context import region_context  # noqa: E402

NOW = datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("Asia/Shanghai"))


def recompute_once(value: str) -> dict[str, float]:
    """Queue and do one recompute of everything, as a worker does; what it cost this process."""
    rows = all_answers()["older_records"].make(
        value, national=national_pack().rules, region=seed.REGION, number=1, basis=Basis("甲", "乙"),
        in_force_from=date(2026, 1, 1),
    )  # fmt: skip
    version = {
        "answer": "older_records", "value": value, "action": "set", "in_force_from": "2026-01-01",
        "rows": [row.to_json() for row in rows],
    }  # fmt: skip
    with region_context(seed.REGION):
        run = recompute.queue_run(
            seed.REGION, RuleRun.What.RECOMPUTE, cause="bench", proposal={"since": 0, "version": version},
            judged_on=NOW.date(), by=None, now=NOW,
        )  # fmt: skip
    spent, began = time.process_time(), time.perf_counter()
    if not recompute.advance(run.ref, region=seed.REGION, seconds=3600, now=NOW):
        raise RuntimeError("not finished")
    wall, spent = time.perf_counter() - began, time.process_time() - spent
    with region_context(seed.REGION):
        run.refresh_from_db()
    return {
        "records": run.counts["records"],
        "cases": run.counts["cases_open"],
        "wall": wall,
        "cpu": spent,
        "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


if __name__ == "__main__":
    print(json.dumps(recompute_once(sys.argv[1])))
