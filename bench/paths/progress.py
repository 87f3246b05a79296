"""Progress by query code, uncached: pgbench's prepared select, FastAPI + asyncpg, DRF on gunicorn, ours on granian."""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import seed
from bench.ground import Ground, free_port, peers_python
from bench.measure import Result, Sample, Variant, cpu_of_tree, interleaved
from creditrepair.local.environment import PROJECT
from creditrepair.local.serving import PYTHON

CASES = 20_000
CONNECTIONS = 4
WORKERS = "2"
SECONDS = 2  # of pgbench a turn
WIDE = {"ours": 400, "same": 1200, "one": 2000, "drf": 120}  # requests a turn


def run(ground: Ground, rounds: int) -> Result:
    """20,000 filings of one case each; half in review, half over with two verified legs. Four connections, no think time."""
    user = seed.people()["reviewer"].user_id
    assert user is not None
    with ground.admin() as admin:
        seed.many_cases(admin, CASES, each=1, legs=True, user_id=user)
    numbers = range(0, CASES, 7)
    codes = [f"code={seed.query_code(n)}&last_four={n % (CASES // 10) % 1000:03d}X" for n in numbers]
    ports = {name: free_port() for name in ("ours", "lookup", "drf")}
    granian = [PYTHON, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(ports["ours"])]
    granian += ["--workers", WORKERS, "--blocking-threads", "1", "--no-ws", "--log-level", "warning"]
    ours = ground.start("web", [*granian, "creditrepair.wsgi:application"], port=ports["ours"])
    uvicorn = [peers_python(), "-m", "uvicorn", "bench.peers.lookup:app", "--port", str(ports["lookup"])]
    uvicorn += ["--workers", WORKERS, "--no-access-log", "--log-level", "warning"]
    lookup = ground.start("lookup", uvicorn, port=ports["lookup"], **ground.app_words())
    gunicorn = [PYTHON, "-m", "gunicorn", "-w", WORKERS, "-b", f"127.0.0.1:{ports['drf']}", "--log-level", "warning"]
    drf = ground.start(
        "drf", [*gunicorn, "django.core.wsgi:get_wsgi_application()"], port=ports["drf"],
        DJANGO_SETTINGS_MODULE="bench.peers.drf_settings",
    )  # fmt: skip

    def http(name: str, role: str, port: int, pid: int, requests: int, targets: Sequence[str]) -> Variant:
        return Variant(name, role, lambda: _load(ground, port, pid, requests, targets))

    rows = interleaved(
        [
            Variant("pgbench -M prepared, one case by key", "limit", lambda: _pgbench(ground)),
            http("FastAPI + asyncpg, the same answer", "peer", ports["lookup"], lookup.pid, WIDE["same"], [f"/same?{c}" for c in codes]),
            http("FastAPI + asyncpg, one case by key", "also", ports["lookup"], lookup.pid, WIDE["one"], [f"/one?number={n + 1}" for n in numbers]),
            http("DRF on gunicorn, one case by key", "also", ports["drf"], drf.pid, WIDE["drf"], [f"/case/{n + 1}" for n in numbers]),
            http("ours: /api/v1/progress on granian", "ours", ports["ours"], ours.pid, WIDE["ours"], [f"/api/v1/progress?{c}" for c in codes]),
        ],
        rounds,
    )  # fmt: skip
    for child in (ours, lookup, drf):
        ground.end(child)
    result = Result("progress", f"uncached, {CONNECTIONS} connections, {WORKERS} workers each", rounds, rows)
    result.notes = [
        "CPU µs: server and PostgreSQL together, load generator left out (pgbench: its own included)",
        "ours also counts the caller against four limits in Redis; no peer does",
    ]
    mine, same, one, drf_row = (rows[i] for i in (4, 1, 2, 3))
    result.judge("≥ 0.9 × FastAPI + asyncpg, the same answer", mine.rate / same.rate, at_least=0.9)
    result.judge("CPU an answer, peer ÷ ours ≥ 0.9", same.cpu_us / mine.cpu_us, at_least=0.9)
    result.judge("(stricter) ≥ 0.9 × FastAPI + asyncpg, one case by key", mine.rate / one.rate, at_least=0.9)
    result.facts = {"ours_over_drf": mine.rate / drf_row.rate}
    return result


def _pgbench(ground: Ground) -> Sample:
    script = ground.state / "select.sql"
    script.write_text(
        f"\\set n random(1, {CASES})\nSELECT ref, state, due_on, submitted_at FROM cases_case WHERE id = :n;\n"
    )
    words = {**ground.environment, **ground.app_words(), "PGOPTIONS": f"-c app.region={seed.REGION}"}
    command = [
        Ground.program("pgbench"),
        "-n",
        "-M",
        "prepared",
        "-c",
        "2",
        "-j",
        "1",
        "-T",
        str(SECONDS),
        "-f",
        str(script),
    ]
    before = ground.database_cpu() + _spent()
    told = subprocess.run(command, env=words, capture_output=True, text=True, check=True).stdout
    used = ground.database_cpu() + _spent() - before
    done = re.search(r"transactions actually processed: (\d+)", told)
    rate = re.search(r"tps = ([\d.]+)", told)
    assert done and rate
    return Sample(int(done[1]), int(done[1]) / float(rate[1]), used)


def _load(ground: Ground, port: int, pid: int, requests: int, targets: Sequence[str]) -> Sample:
    before = cpu_of_tree(pid) + ground.database_cpu()
    told = subprocess.run(
        [sys.executable, "-m", "bench.load", str(port), str(requests), str(CONNECTIONS)],
        input="\n".join(targets), cwd=PROJECT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    found = json.loads(told)
    if found["good"] != requests:
        raise RuntimeError(f"port {port}: only {found['good']} of {requests} answers were 200")
    return Sample(requests, found["seconds"], cpu_of_tree(pid) + ground.database_cpu() - before)


def _spent() -> float:
    """CPU seconds of children of this process that have ended (pgbench)."""
    times = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    return (int(times[13]) + int(times[14])) / 100
