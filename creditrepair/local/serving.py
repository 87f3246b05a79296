"""The whole site on one machine: services, migrations, static files, and the programs that serve it."""

import fcntl
import hashlib
import http.client
import os
import shutil
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO

from creditrepair.local.environment import PROJECT, Ports, child_environment, free_ports
from creditrepair.local.host import LocalError
from creditrepair.local.postgres import Postgres, log_end
from creditrepair.local.processes import Interrupted, Program, Signals, Supervisor, clear_orphans, run
from creditrepair.local.redis import Redis

READY_SECONDS = 90.0  # a cold two-core machine; ordinarily about five. A slower one has as long as its database took
SIGN_OF_LIFE_SECONDS = 30.0
TRIES_AT_START = 3
# Half of what the packages bring is for pages that we do not have: Redoc, and the browsable API.
NOT_SERVED = ("-i", "redoc", "-i", "rest_framework", "-i", "swagger-ui-es-bundle*")
PYTHON = sys.executable


def say(text: str) -> None:
    print(f"  {text}", flush=True)


def programs(ports: Ports, state: Path) -> tuple[Program, ...]:
    """Who runs, and in which order they stop: first who makes work, then who does it, the platforms last."""
    celery = (PYTHON, "-m", "celery", "-A", "creditrepair")
    worker = (
        *celery,
        "worker",
        "-Q",
        "default,lanes,papers",
        "-c",
        "2",
        "-l",
        "INFO",
        "--without-mingle",
        "--without-gossip",
    )
    beat = (*celery, "beat", "-l", "INFO", "--pidfile=", "-s", str(state / "beat-schedule"))
    granian = [PYTHON, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(ports.site)]
    granian += ["--workers", "2", "--blocking-threads", "1", "--respawn-failed-workers", "--no-ws"]
    granian += ["--workers-kill-timeout", "10", "--log-level", "warning", "creditrepair.wsgi:application"]
    store = state / "mock"

    def platform(name: str, port: int) -> Program:
        module = (PYTHON, "-m", f"sync.mock.{name}", "--port", str(port), "--store", str(store / name))
        return Program(name, module, stage=2, grace_seconds=5)

    return (
        platform("platform_a", ports.platform_a),
        platform("platform_b", ports.platform_b),
        platform("sms_gateway", ports.sms),
        Program("web", tuple(granian), grace_seconds=12),
        Program("worker", worker, stage=1, grace_seconds=30),
        Program("beat", beat),
        Program("lanes", (PYTHON, "manage.py", "lanes"), stage=1),
        Program("sweeper", (PYTHON, "manage.py", "sweep"), stage=1),
    )


class Site:
    """Start, tend, stop. `services` alone gives a database, a broker and an environment to run commands in."""

    def __init__(self, state: Path, signals: Signals, *, durable: bool = True) -> None:
        self.state = state
        self.signals = signals
        self.postgres = Postgres(state, durable=durable)
        self.redis = Redis(state)
        self.ports: Ports | None = None
        self.supervisor: Supervisor | None = None
        self.environment: dict[str, str] = {}
        self.told_at = 0.0

    def services(self, ports: Ports) -> dict[str, str]:
        """PostgreSQL and Redis up (or adopted); returns the children's environment."""
        self.ports = ports
        self.state.mkdir(parents=True, exist_ok=True)
        database = self.postgres.start()
        self.signals.check()
        self.environment = child_environment(self.state, database, self.redis.start(), ports)
        return self.environment

    def forget(self) -> None:
        """Remove what an earlier demo left: its day is over, and its records are repaired already."""
        clear_orphans(self.state, say)
        self.postgres.remove_leftover()
        for name in ("mock", "files", "heads", "spool"):
            shutil.rmtree(self.state / name, ignore_errors=True)

    def up(self) -> None:
        """Everything, ready to be used; says where. Raises LocalError with the log's end."""
        began = time.monotonic()
        clear_orphans(self.state, say)
        self.services(free_ports())
        assert self.ports is not None
        say(f"PostgreSQL ({self.postgres.source}) and broker ({_short(self.redis.source)})  {_since(began)}")
        self.step("migrate", "migrate", "--database", "owner", "--noinput", "--verbosity", "1")
        self._collect_static()
        patience = max(READY_SECONDS, time.monotonic() - began)
        say(f"database and static files  {_since(began)}")
        # `owner` is for migrations: who serves pages or runs tasks never learns its password.
        serving = {name: value for name, value in self.environment.items() if name != "DATABASE_OWNER_URL"}
        self.supervisor = Supervisor(serving, PROJECT, self.state / "log", say)
        for program in programs(self.ports, self.state):
            self.supervisor.start(program)
        self._wait_until_ready(patience)
        say(f"all {len(self.supervisor.children)} programs  {_since(began)}")
        say("")
        say(f"site          {self.environment['PUBLIC_URL']}/")
        say(f"platform A    {self.environment['PLATFORM_A_URL']}/")
        say(f"platform B    {self.environment['PLATFORM_B_URL']}/")
        say(f"SMS gateway   {self.environment['SMS_URL']}/")
        say(f"logs          {self.state / 'log'}")
        say("")

    def step(self, name: str, *arguments: str) -> None:
        """One manage.py command whose output goes to its own log; raises with the log's end when it fails."""
        log = self.state / "log" / f"{name}.log"
        each = partial(self._tend_and_tell, name, time.monotonic())
        if run((PYTHON, "manage.py", *arguments), self.environment, PROJECT, log=log, each=each):
            raise LocalError(f"manage.py {arguments[0]} failed; the end of {log}:\n{log_end(log, 25)}")

    def manage(self, *arguments: str) -> int:
        """One manage.py command at the terminal, the site being tended meanwhile; its exit code."""
        return run((PYTHON, "manage.py", *arguments), self.environment, PROJECT, log=None, each=self.tend)

    def _tend_and_tell(self, name: str, began: float) -> None:
        """Tend, and say now and then that a long step is still under way."""
        self.tend()
        if time.monotonic() - max(began, self.told_at) > SIGN_OF_LIFE_SECONDS:
            self.told_at = time.monotonic()
            say(f"still at it: {name}  {_since(began)}")

    def tend(self) -> None:
        """One look at everything: restart what died, raise Interrupted when asked to stop."""
        self.signals.check()
        if not self.postgres.alive():
            say("PostgreSQL ended; starting it again")
            self.postgres.start()
        if not self.redis.alive():
            say("Redis ended; starting it again")
            self.redis.start()
        if self.supervisor is not None:
            self.supervisor.tend()

    def serve(self) -> None:
        """Tend until somebody asks us to stop."""
        with suppress(Interrupted):
            while True:
                self.tend()
                time.sleep(0.25)

    def stop(self) -> None:
        """Children in order, then the services; a second Ctrl-C kills instead of waiting."""
        asked = len(self.signals.received)
        if self.supervisor is not None:
            self.supervisor.stop(hurry=lambda: len(self.signals.received) > asked)
        self.redis.stop()
        self.postgres.stop()

    def discard(self) -> None:
        """Stop, and remove the data that lie outside the state folder as well."""
        self.stop()
        self.redis.discard()
        self.postgres.discard()

    # ── readiness ──────────────────────────────────────────────────────────────────────────────────────────────────
    def _wait_until_ready(self, patience: float) -> None:
        """Until every program answers; as long as the database took, for this machine may be slow or busy."""
        assert self.ports is not None
        assert self.supervisor is not None
        addresses = {
            "platform_a": (self.ports.platform_a, "/"),
            "platform_b": (self.ports.platform_b, "/"),
            "sms_gateway": (self.ports.sms, "/"),
            "web": (self.ports.site, "/alive"),
        }
        waiting = {name: partial(_answers, *address) for name, address in addresses.items()}
        waiting["worker"] = partial(_consumes, self.redis)
        deadline = time.monotonic() + patience
        while waiting:
            self.tend()
            for child in self.supervisor.children.values():
                if child.deaths >= TRIES_AT_START:
                    end = f"the end of {child.log}:\n{log_end(child.log)}"
                    raise LocalError(f"{child.program.name} does not start; {end}")
            if time.monotonic() > deadline:
                names = ", ".join(waiting)
                raise LocalError(
                    f"not ready after {patience:.0f} s: {names}. Either the machine is very busy (then try again: the "
                    f"database is made; `STATE_DIR={self.state} make up` keeps it), or see why in {self.state / 'log'}"
                )
            waiting = {name: is_ready for name, is_ready in waiting.items() if not is_ready()}
            time.sleep(0.1)

    def _collect_static(self) -> None:
        """Collect and compress static files, unless neither they nor the installed packages changed."""
        stamp = self.state / "static.txt"
        seen = _static_fingerprint(self.environment["STATICFILES_BACKEND"])
        target = self.state / "static" / "staticfiles.json"
        if not (target.exists() and stamp.exists() and stamp.read_text() == seen):
            self.step("collectstatic", "collectstatic", "--noinput", "--clear", "--verbosity", "0", *NOT_SERVED)
            stamp.write_text(seen)


def _static_fingerprint(backend: str) -> str:
    digest = hashlib.sha256(backend.encode() + (PROJECT / "requirements.lock").read_bytes())
    digest.update((PROJECT / "creditrepair" / "settings.py").read_bytes())
    for folder in sorted(path for path in PROJECT.glob("*/**/static") if "var" not in path.relative_to(PROJECT).parts):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                digest.update(f"{path}:{path.stat().st_size}:{path.stat().st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _consumes(broker: Redis) -> bool:
    """Whether a worker waits for tasks; a broker that cannot tell is taken at its word."""
    return broker.has_consumer() is not False


def _answers(port: int, path: str) -> bool:
    """Whether an HTTP server answers there without a fault of its own."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", path)
        return line.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()


def _since(began: float) -> str:
    return f"({time.monotonic() - began:.1f} s)"


def _short(source: str) -> str:
    return Path(source).name if source.startswith("/") else source


def take_lock(path: Path) -> IO[str] | None:
    """An exclusive lock for the life of the process, or None when another process holds it. The file says who."""
    path.parent.mkdir(parents=True, exist_ok=True)
    holder = path.open("a+")
    try:
        fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder.close()
        return None
    holder.truncate(0)
    holder.write(str(os.getpid()))
    holder.flush()
    return holder
