"""The house under test: own PostgreSQL (fsync on), Redis, web, worker, beat, sweeper and three mocks, all by recorded pid.

What dies is started again half a second later, as a process manager would; everything ends with the lab.
"""

import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg2
from psycopg2.extensions import connection as Connection

from creditrepair.local.environment import NAMES, PROJECT, Ports, forget_outer_launcher
from creditrepair.local.host import birth
from creditrepair.local.keys import secret
from creditrepair.local.processes import Child, Program, Signals, Supervisor
from creditrepair.local.serving import PYTHON, Site, programs, take_lock

RESTART_SECONDS = 0.5
READY_SECONDS = 60.0
HOME = PROJECT / "var" / "lab"
ENTRY = (PYTHON, "-W", "ignore", "-m", "tests.lab.entry")
TARGETS = {"creditchina_jinchang": "platform_a", "gsxt_gansu": "platform_b", "sms_gateway": "sms_gateway"}


class Keeper(Supervisor):
    """A supervisor whose patience does not grow: the lab kills on purpose. `held` programs stay down."""

    held: set[str]

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.held = set()

    def tend(self) -> None:
        now = time.monotonic()
        for name, child in self.children.items():
            if child.due is None and child.process.poll() is not None:
                child.deaths += 1
                child.due = now + RESTART_SECONDS
                end_group(child)
            elif child.due is not None and now >= child.due and name not in self.held:
                child.process, child.started, child.due = self._spawn(child.program, child.log), now, None


def end_group(child: Child) -> None:
    """A parent killed with -9 may leave workers that keep the port."""
    try:
        os.killpg(child.process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


class House:
    """One run's folder with everything in it. `with House(name) as house:`; tend it often from the main thread."""

    def __init__(self, name: str, *, more: dict[str, str] | None = None, clients_papers: int = 50) -> None:
        forget_outer_launcher()
        for variable in (*NAMES, "REDIS_URL"):  # always services of our own
            os.environ.pop(variable, None)
        self.home = HOME / name
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(parents=True)
        self.home.chmod(0o755)  # PostgreSQL's account passes through
        self._lock = take_lock(self.home / "launcher.lock")
        self.signals = Signals()
        self.signals.install()
        self.site = Site(self.home, self.signals, durable=True)
        self.password = secrets.token_urlsafe(12)
        self.failpoints = self.home / "failpoints"
        self.failpoints.mkdir()
        self.more = {"LAB_PAPERS": str(clients_papers)} | (more or {})
        if clients_papers > 1:
            self.more["PAPER_PRESSES"] = "0"  # in the worker itself, where `tests.lab.entry` spares them
        self.environment: dict[str, str] = {}
        self.keeper: Keeper | None = None
        # extra patience, in parts of each limit, on a machine that others use as well; said in the report
        self.slow = min(3.0, max(0.0, os.getloadavg()[0] / (os.cpu_count() or 1) - 1.5))
        self.ports = Ports(*(free_port() for _ in range(4)))

    def __enter__(self) -> "House":
        try:
            self._services()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _services(self) -> None:
        environment = self.site.services(self.ports)
        with self.admin("postgres") as admin, admin.cursor() as cursor:
            for name, value in {"max_wal_size": "2GB", "shared_buffers": "256MB", "max_connections": "60"}.items():
                cursor.execute(f"ALTER SYSTEM SET {name} = '{value}'")
            cursor.execute("SHOW fsync")
            found = cursor.fetchone()
            assert found is not None and found[0] == "on", "the lab proves nothing without fsync"
        self.site.postgres.stop()
        self.site.postgres.start()
        (self.home / "static").mkdir(exist_ok=True)
        self.site.step("migrate", "migrate", "--database", "owner", "--noinput", "--verbosity", "0")
        self.environment = environment | {
            "STATICFILES_BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage",
            "LAB": "1",
            "LAB_FAILPOINTS": str(self.failpoints),
            "LOG_LEVEL": "WARNING",
            **self.more,
        }
        self.environment.pop("DATABASE_OWNER_URL")

    def __exit__(self, *_: object) -> None:
        if self.keeper is not None:
            self.keeper.stop()
        self.site.stop()
        if self._lock is not None:
            self._lock.close()

    def discard(self) -> None:
        """Remove the database and the files of a run that held; the report and the history stay."""
        self.site.discard()
        for name in ("files", "mock", "static", "redis", "failpoints", "cache", "heads"):
            shutil.rmtree(self.home / name, ignore_errors=True)

    # ── programs ───────────────────────────────────────────────────────────────────────────────────────────────────
    def start(self, *, without: frozenset[str] = frozenset()) -> None:
        """All programs of the site as the launcher starts them, worker and sweeper through `tests.lab.entry`."""
        self.keeper = Keeper(self.environment, PROJECT, self.home / "log", lambda _: None)
        for program in programs(self.ports, self.home):
            if program.name not in without:
                self.keeper.start(_of_the_lab(program))
        self.wait("the web server", lambda: answers(self.ports.site, "/alive"))
        for port in (self.ports.platform_a, self.ports.platform_b, self.ports.sms):
            self.wait("the platforms", lambda port=port: answers(port, "/healthz"))
        if "worker" not in without:
            self.wait("the worker", lambda: self.site.redis.has_consumer() is not False)

    def wait(self, what: str, is_ready: Any, seconds: float = READY_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while not is_ready():
            self.tend()
            if time.monotonic() > deadline:
                raise RuntimeError(f"{what}: not ready after {seconds:g} s; see {self.home / 'log'}")
            time.sleep(0.05)

    def tend(self) -> None:
        self.signals.check()
        if self.keeper is not None:
            self.keeper.tend()

    def child(self, name: str) -> Child:
        assert self.keeper is not None
        return self.keeper.children[name]

    def pids_of(self, name: str, *, children: bool) -> list[int]:
        """The program's own process, or those that it forked and that live now."""
        child = self.child(name)
        if child.due is not None or child.process.poll() is not None:
            return []
        return offspring(child.process.pid) if children else [child.process.pid]

    def stop_postgres_at_once(self) -> None:
        """`immediate`: no checkpoint, no farewell; the next start recovers from the log."""
        pid = self.site.postgres.pid()
        born = birth(pid)
        os.kill(pid, signal.SIGQUIT)
        deadline = time.monotonic() + 20
        while birth(pid) == born and time.monotonic() < deadline:
            self.site.postgres.alive()  # reaps
            time.sleep(0.02)

    def start_postgres(self) -> None:
        self.site.postgres.start()

    def redis(self, command: str) -> str:
        """One command to the broker, e.g. FLUSHALL."""
        path = str(self.home / "redis" / "redis.sock")
        for word in self.environment["BROKER_URL"].split("redis+socket://"):
            path = word.split("?")[0] or path
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(2)
            line.connect(path)
            line.sendall(command.encode() + b"\r\n")
            return line.recv(65536).decode("utf-8", "replace")

    # ── platforms ──────────────────────────────────────────────────────────────────────────────────────────────────
    def mode(self, target: str, wish: dict[str, Any]) -> None:
        """Switch the faults of a mock."""
        request = urllib.request.Request(
            f"{self.address(target)}/_mode",
            data=json.dumps(wish).encode(),
            headers={"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=10).close()

    def state(self, target: str) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.address(target)}/_state", timeout=60) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def address(self, target: str) -> str:
        ports = {
            "platform_a": self.ports.platform_a,
            "platform_b": self.ports.platform_b,
            "sms_gateway": self.ports.sms,
        }
        return f"http://127.0.0.1:{ports[TARGETS[target]]}"

    # ── the database ───────────────────────────────────────────────────────────────────────────────────────────────
    def words(self) -> dict[str, Any]:
        """How a superuser reaches the database: for looking, never for acting."""
        parts = urlsplit(self.site.environment["DATABASE_URL"])
        return {
            "host": parse_qs(parts.query)["host"][0], "port": 5432, "user": "postgres",
            "password": secret(self.home, "postgres"), "dbname": "creditrepair", "connect_timeout": 3,
        }  # fmt: skip

    @contextmanager
    def admin(self, database: str = "creditrepair") -> Iterator[Connection]:
        connection = psycopg2.connect(**self.words() | {"dbname": database})
        try:
            connection.autocommit = True
            yield connection
        finally:
            connection.close()

    def rows(self, query: str, *given: Any) -> list[tuple[Any, ...]]:
        with self.admin() as admin, admin.cursor() as cursor:
            cursor.execute(query, given)
            return list(cursor.fetchall())


def _of_the_lab(program: Program) -> Program:
    command = program.command
    if program.name == "worker":
        command = (*ENTRY, "celery", *command[command.index("-m") + 2 :])
    elif program.name == "sweeper":
        command = (*ENTRY, "manage", *command[command.index("manage.py") + 1 :])
    return Program(program.name, command, program.stage, program.grace_seconds)


def offspring(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int, path: str) -> bool:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", path)
        return line.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()
