"""Child processes: started in their own groups, bound to our life, restarted with back-off, stopped in order.

One thread on purpose: a child's death signal follows the thread that forked it.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from creditrepair.local.host import birth, die_with_parent, living_pids, private_folder, process_words

SUPERVISOR = "CREDITREPAIR_SUPERVISOR"  # pid:birth of the launcher in each child, to know orphans by
BACK_OFF_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
STEADY_SECONDS = 60.0  # a child that lived this long starts its back-off afresh
BIGGEST_LOG = 10 * 1024 * 1024


class Interrupted(Exception):
    """Somebody asked us to stop."""


class Signals:
    """SIGINT and SIGTERM as facts to look at. Installed explicitly: a shell's `&` hands SIGINT down as ignored."""

    def __init__(self) -> None:
        self.received: list[int] = []

    def install(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note)

    def _note(self, number: int, frame: object) -> None:
        self.received.append(number)

    def check(self) -> None:
        if self.received:
            raise Interrupted


@dataclass(frozen=True, slots=True)
class Program:
    """One kind of child. `stage` orders the stop: 0 first, the same number together."""

    name: str
    command: tuple[str, ...]
    stage: int = 0
    grace_seconds: float = 15.0


@dataclass(slots=True)
class Child:
    """A program and its present process."""

    program: Program
    process: subprocess.Popen[bytes]
    log: Path
    started: float
    deaths: int = 0
    due: float | None = None  # when to start again, on the monotonic clock; None while it lives
    ends: list[str] = field(default_factory=list)


class Supervisor:
    """Keeps programs alive. Call `tend` a few times a second from the main thread."""

    def __init__(self, environment: Mapping[str, str], folder: Path, logs: Path, say: Callable[[str], None]) -> None:
        self.environment = dict(environment) | {SUPERVISOR: birth(os.getpid())}
        self.folder = folder
        self.logs = private_folder(logs, None)
        self.say = say
        self.children: dict[str, Child] = {}

    def start(self, program: Program) -> Child:
        log = self.logs / f"{program.name}.log"
        if log.exists() and log.stat().st_size > BIGGEST_LOG:
            log.replace(log.with_suffix(".log.1"))
        child = Child(program, self._spawn(program, log), log, time.monotonic())
        self.children[program.name] = child
        return child

    def _spawn(self, program: Program, log: Path) -> subprocess.Popen[bytes]:
        with log.open("ab") as out:
            return subprocess.Popen(
                program.command,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                process_group=0,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )

    def tend(self) -> None:
        """Note the dead, clear what they left in their group, and start again those whose time has come."""
        now = time.monotonic()
        for child in self.children.values():
            if child.due is None and (code := child.process.poll()) is not None:
                child.deaths = 1 if now - child.started > STEADY_SECONDS else child.deaths + 1
                wait = BACK_OFF_SECONDS[min(child.deaths, len(BACK_OFF_SECONDS)) - 1]
                child.due = now + wait
                child.ends.append(f"exit {code}")
                self.say(f"{child.program.name} ended ({child.ends[-1]}); again in {wait:g} s - see {child.log}")
                # granian killed with -9 leaves workers that keep the port
                _signal_group(child.process.pid, signal.SIGKILL)
            elif child.due is not None and now >= child.due:
                child.process, child.started, child.due = self._spawn(child.program, child.log), now, None

    def stop(self, hurry: Callable[[], bool] = lambda: False) -> None:
        """End all, stage by stage; who does not end in its grace, or when `hurry` says so, is killed with its group."""
        for stage in sorted({child.program.stage for child in self.children.values()}):
            group = [child for child in self.children.values() if child.program.stage == stage]
            for child in group:
                if child.process.poll() is None:
                    child.process.terminate()
            began = time.monotonic()
            for child in group:
                while child.process.poll() is None:
                    if hurry() or time.monotonic() > began + child.program.grace_seconds:
                        self.say(f"{child.program.name} did not end in time; killing it")
                        child.process.kill()
                        child.process.wait()
                    time.sleep(0.02)
                _signal_group(child.process.pid, signal.SIGKILL)
        self.children.clear()


def run(
    command: Sequence[str], environment: Mapping[str, str], folder: Path, *, log: Path | None, each: Callable[[], None]
) -> int:
    """Run one command to its end and return its exit code; `each` is called ten times a second and may raise.

    log  where its output goes; None leaves it at the terminal
    """
    out = log.open("ab") if log else None
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT if out else None,
            process_group=0,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
    finally:
        if out:
            out.close()
    try:
        while True:
            try:
                return process.wait(0.1)
            except subprocess.TimeoutExpired:
                each()
    except BaseException:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _signal_group(process.pid, signal.SIGKILL)
        raise


def run_in_front(command: Sequence[str], environment: Mapping[str, str], folder: Path, signals: Signals) -> int:
    """Run a command that owns the terminal (a shell, pytest) and return its exit code as a shell would."""
    try:
        process = subprocess.Popen(
            command, cwd=folder, env=dict(environment), preexec_fn=die_with_parent(signal.SIGTERM)
        )
    except OSError as problem:
        print(f"{command[0]}: {problem.strerror}")
        return 127
    passed_on = 0
    while True:
        try:
            code = process.wait(0.1)
        except subprocess.TimeoutExpired:
            for number in signals.received[passed_on:]:
                # Ctrl-C at a terminal reaches the child by itself; a second copy would make pytest give up its report.
                if not (number == signal.SIGINT and os.isatty(0)):
                    process.send_signal(number)
            passed_on = len(signals.received)
        else:
            return code if code >= 0 else 128 - code


def clear_orphans(state: Path, say: Callable[[str], None], patience_seconds: float = 8.0) -> None:
    """Wait for, then kill, children of a dead launcher of the same state folder; of nobody else.

    They carry their launcher's pid and birth in the environment. After a kill -9 they have had SIGTERM already and are
    on their way out; where the kernel knows no death signal they get it here.
    """
    waiting: dict[int, str] = {}
    began = time.monotonic()
    while True:
        fresh = {pid: name for pid, name in _orphans(state).items() if waiting.get(pid) != name}
        if fresh and not waiting:
            say(f"an earlier run left {len(fresh)} processes; waiting for them to end")
        _signal_all(fresh, signal.SIGTERM)
        # A process on its way out loses its environment before its files and ports: those once found are waited for.
        waiting = {pid: name for pid, name in (waiting | fresh).items() if birth(pid) == name}
        if not waiting:
            return
        if time.monotonic() > began + patience_seconds:
            _signal_all(waiting, signal.SIGKILL)
        if time.monotonic() > began + 2 * patience_seconds:
            say(f"these processes do not end: {sorted(waiting)}")
            return
        time.sleep(0.1)


def _orphans(state: Path) -> dict[int, str]:
    """Pid → birth of every live child of a dead launcher of `state`."""
    found = {}
    for pid in living_pids():
        name = birth(pid)
        words = process_words(pid, "environ")
        launcher = next((word.partition("=")[2] for word in words if word.startswith(f"{SUPERVISOR}=")), "")
        ours = bool(name and launcher) and f"STATE_DIR={state}" in words
        if ours and birth(int(launcher.partition(":")[0])) != launcher:
            found[pid] = name
    return found


def _signal_all(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
