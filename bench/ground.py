"""The ground we measure on: a throw-away PostgreSQL and Redis of our own, loopback only, gone when we end."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import psycopg2
from psycopg2.extensions import connection as Connection

from bench.measure import cpu_of_tree
from creditrepair.local.environment import NAMES, PROJECT, Ports, forget_outer_launcher
from creditrepair.local.host import LocalError, die_with_parent
from creditrepair.local.keys import secret
from creditrepair.local.postgres_binaries import find_binaries
from creditrepair.local.processes import Signals
from creditrepair.local.serving import Site, take_lock

HOME = PROJECT / "var" / "bench"
PEERS = HOME / "peers"
READY_SECONDS = 30.0
SERVER = {  # what any administrator of a busy site would set; the same for limit, peer and ours
    "max_wal_size": "4GB",
    "checkpoint_timeout": "30min",
    "maintenance_work_mem": "256MB",
    "shared_buffers": "512MB",
}


class Ground:
    """One state folder with its services. Use as a context manager; leaving it stops and removes everything."""

    def __init__(self) -> None:
        forget_outer_launcher()
        for name in (*NAMES, "REDIS_URL"):  # always services of our own, never somebody's site
            os.environ.pop(name, None)
        runs = HOME / "runs"
        runs.mkdir(parents=True, exist_ok=True)
        sweep(runs)
        self.state = Path(tempfile.mkdtemp(prefix="run-", dir=runs))
        self.state.chmod(0o755)  # PostgreSQL's account passes through
        self._lock = take_lock(self.state / "launcher.lock")
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that leaving removes everything
        self.site = Site(self.state, Signals())
        self.environment: dict[str, str] = {}
        self._children: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Ground":
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self) -> None:
        ports = [free_port() for _ in range(4)]
        self.environment = self.site.services(Ports(*ports))
        # A load generator is one address: behind a front server each request may tell another client.
        self.environment["BEHIND_TLS_PROXY"] = "1"
        # Pages are asked without collectstatic: plain names.
        self.environment["STATICFILES_BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
        self.environment["LOG_LEVEL"] = "ERROR"
        with self.admin("postgres") as admin, admin.cursor() as cursor:
            for name, value in SERVER.items():
                cursor.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        self.site.postgres.stop()  # shared_buffers is read at start
        self.environment |= {k: v for k, v in self.site.services(Ports(*ports)).items() if k not in self.environment}
        (self.state / "static").mkdir()  # whitenoise warns without it
        self.site.step("migrate", "migrate", "--database", "owner", "--noinput", "--verbosity", "0")
        os.environ.update(self.environment)

    def __exit__(self, *_: object) -> None:
        self.end_all()
        self.site.discard()
        if self._lock is not None:
            self._lock.close()
        shutil.rmtree(self.state, ignore_errors=True)

    # ── the database ───────────────────────────────────────────────────────────────────────────────────────────────
    @contextmanager
    def admin(self, database: str = "creditrepair") -> Iterator[Connection]:
        """A superuser's autocommit connection: for seeding and clearing only, never for what is measured."""
        parts = urlsplit(self.site.environment["DATABASE_URL"])
        connection = psycopg2.connect(
            host=parse_qs(parts.query)["host"][0],
            port=5432,
            user="postgres",
            password=secret(self.state, "postgres"),
            dbname=database,
        )
        try:
            connection.autocommit = True
            yield connection
        finally:
            connection.close()

    def database_cpu(self) -> float:
        """CPU seconds of PostgreSQL so far, all its processes."""
        return cpu_of_tree(self.site.postgres.pid())

    def app_words(self) -> dict[str, str]:
        """How the app role reaches the database, by the words of libpq's environment."""
        parts = urlsplit(self.environment["DATABASE_URL"])
        return {
            "PGHOST": parse_qs(parts.query)["host"][0],
            "PGPORT": "5432",
            "PGUSER": unquote(parts.username or ""),
            "PGPASSWORD": unquote(parts.password or ""),
            "PGDATABASE": "creditrepair",
        }

    @staticmethod
    def program(name: str) -> str:
        """One of PostgreSQL's own programs, e.g. pgbench."""
        return find_binaries().program(name)

    # ── programs beside us ─────────────────────────────────────────────────────────────────────────────────────────
    def start(self, name: str, command: Sequence[str], *, port: int = 0, **more: str) -> subprocess.Popen[bytes]:
        """A program in our environment (and `more`); with `port`, waits until somebody listens there."""
        log = self.state / "log" / f"{name}.log"
        with log.open("ab") as out:
            child = subprocess.Popen(
                command,
                cwd=PROJECT,
                env=self.environment | more,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                process_group=0,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )
        self._children.append(child)
        deadline = time.monotonic() + READY_SECONDS
        while port and not _listens(port):
            if child.poll() is not None or time.monotonic() > deadline:
                raise LocalError(f"{name} does not serve; the end of its log:\n{log.read_text()[-2000:]}")
            time.sleep(0.05)
        return child

    def end_all(self) -> None:
        """Stop whatever still runs beside us, latest first."""
        for child in [*reversed(self._children)]:
            self.end(child)

    def end(self, child: subprocess.Popen[bytes]) -> None:
        """Stop a program that `start` gave, with its whole group."""
        if child in self._children:
            self._children.remove(child)
        if child.poll() is None:
            child.terminate()
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait(5)


def peers_python() -> str:
    """The interpreter of the peers' own environment, made on first use from requirements-bench.lock."""
    python = PEERS / "bin" / "python"
    stamp = PEERS / "made.txt"
    lock = PROJECT / "requirements-bench.lock"
    if not (stamp.exists() and stamp.read_text() == lock.read_text()):
        subprocess.run([sys.executable, "-m", "uv", "venv", "-q", "--clear", str(PEERS)], check=True)
        install = [
            sys.executable,
            "-m",
            "uv",
            "pip",
            "sync",
            "-q",
            "--require-hashes",
            "--python",
            str(python),
            str(lock),
        ]
        subprocess.run(install, check=True)
        stamp.write_text(lock.read_text())
    return str(python)


def sweep(runs: Path) -> None:
    """Remove what a killed run left; a live run holds its lock."""
    for folder in runs.glob("run-*"):
        lock = take_lock(folder / "launcher.lock")
        if lock is None:
            continue
        try:
            Site(folder, Signals()).postgres.remove_leftover()
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            lock.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
