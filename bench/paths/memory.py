"""What a web worker costs before it does anything and after it has served: memory of each process, CPU of the start."""

import json
import resource
import statistics
import subprocess
import sys
import time
from functools import partial

from bench import seed
from bench.ground import Ground, free_port
from bench.measure import Result, Sample, Variant, children_of, interleaved, memory_of
from creditrepair.local.environment import PROJECT
from creditrepair.local.serving import PYTHON

REQUESTS = 300
BARE = "import django"
FORBIDDEN = ("weasyprint", "openpyxl", "python_calamine", "celery.worker", "celery.apps.worker")
LOOK = "import sys, json; from creditrepair.wsgi import application; from django.urls import get_resolver; get_resolver().url_patterns; "
PAGES = ("/", "/progress", "/calculator", "/guide/", "/login", "/alive", "/api/v1/schema")


def run(ground: Ground, rounds: int) -> Result:
    """One granian worker, idle and after 300 requests over public pages; gunicorn's worker beside it."""
    seed.people()
    starts = interleaved(
        [
            Variant("import django (CPU of the process)", "limit", partial(_start, ground, BARE)),
            Variant("ours: creditrepair.wsgi, every address known", "ours", partial(_start, ground, LOOK)),
        ],
        rounds,
    )
    result = Result("memory", "MiB of one web worker (PSS: shared pages divided)", rounds, starts)
    sizes = {name: _sizes(ground, name) for name in ("granian", "gunicorn")}
    for name, (idle, loaded) in sizes.items():
        result.notes.append(
            f"{name} worker: RSS {idle[0]:.0f} → {loaded[0]:.0f}, PSS {idle[1]:.0f} → {loaded[1]:.0f} (idle → loaded)"
        )
    result.facts = {"sizes": sizes, "loaded_modules": (found := _forbidden(ground))}
    result.judge("web worker, RSS after load ≤ 120 MiB", sizes["granian"][1][0], at_most=120)
    result.judge("start ≤ 0.6 s CPU (goal)", starts[1].cpu_us / 1e6, at_most=0.6)
    result.judge(f"heavy modules in a web worker at start ({', '.join(found) or 'none'})", len(found), at_most=0)
    return result


def _start(ground: Ground, code: str) -> Sample:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-c", code], cwd=PROJECT, env=ground.environment, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Sample(1, time.perf_counter() - began, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _forbidden(ground: Ground) -> list[str]:
    code = LOOK + f"print(json.dumps([name for name in {FORBIDDEN!r} if name in sys.modules]))"
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, env=ground.environment, check=True, capture_output=True, text=True
    )
    return list(json.loads(told.stdout.splitlines()[-1]))


def _sizes(ground: Ground, server: str) -> tuple[tuple[float, float], tuple[float, float]]:
    port = free_port()
    if server == "granian":
        command = [
            PYTHON,
            "-m",
            "granian",
            "--interface",
            "wsgi",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--workers",
            "1",
        ]
        command += ["--blocking-threads", "1", "--no-ws", "--log-level", "warning", "creditrepair.wsgi:application"]
    else:
        command = [
            PYTHON,
            "-m",
            "gunicorn",
            "-w",
            "1",
            "-b",
            f"127.0.0.1:{port}",
            "--log-level",
            "warning",
            "creditrepair.wsgi:application",
        ]
    child = ground.start(server, command, port=port)
    idle = _settled(child.pid)
    subprocess.run(
        [sys.executable, "-m", "bench.load", str(port), str(REQUESTS), "2"],
        input="\n".join(PAGES), cwd=PROJECT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = _settled(child.pid)
    ground.end(child)
    return idle, loaded


def _settled(pid: int) -> tuple[float, float]:
    """(RSS, PSS) of the biggest child, once it stops growing."""
    seen: list[tuple[float, float]] = []
    for _ in range(40):
        time.sleep(0.25)
        seen.append(max((memory_of(child) for child in children_of(pid)), default=(0.0, 0.0)))
        last = [rss for rss, _ in seen[-4:]]
        if len(last) == 4 and min(last) > 20 and statistics.pstdev(last) < 0.5:
            break
    return seen[-1]
