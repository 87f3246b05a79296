"""`python -m creditrepair.local up | demo [--once] | test [pytest arguments] | exec -- COMMAND`."""

import argparse
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from creditrepair.local.environment import PREFERRED_PORTS, PROJECT, Ports, forget_outer_launcher
from creditrepair.local.host import LocalError, die_with_parent
from creditrepair.local.processes import Interrupted, Signals, run_in_front
from creditrepair.local.serving import Site, say, take_lock

BUSY = 3  # exit code when another launcher serves from the same state folder


class AlreadyRunning(LocalError):
    """Another launcher serves from the same state folder."""


def serve(signals: Signals, state: Path, *, story: bool, once: bool) -> int:
    """`up` and `demo`: one at a time per state folder."""
    lock = take_lock(state / "launcher.lock")
    if lock is None:
        pid = (state / "launcher.lock").read_text()
        raise AlreadyRunning(f"already running from {state}; stop that one first: Ctrl-C there, or kill {pid}")
    site = Site(state, signals)
    code = 0
    try:
        if story:
            site.forget()
        site.up()
        if story:
            code = site.manage("demo")
        if code:
            say(f"the demo failed (exit code {code}); logs in {state / 'log'}")
        elif not once:
            say("serving; Ctrl-C stops everything")
            site.serve()
    except Interrupted:
        code = 128 + signals.received[0]
    finally:
        site.stop()
        say("stopped")
    return code


def execute(signals: Signals, state: Path, command: list[str]) -> int:
    """`exec`: services up or adopted, one command in their environment; only what we started is stopped."""
    site = Site(state, signals)
    try:
        return run_in_front(command, site.services(Ports(*PREFERRED_PORTS)), PROJECT, signals)
    finally:
        site.stop()


def test(signals: Signals, state: Path, arguments: list[str]) -> int:
    """`test`: pytest on a throw-away cluster of its own, so that two runs, or a run beside a demo, never meet."""
    runs = state / "test"
    runs.mkdir(parents=True, exist_ok=True)
    _sweep_dead_runs(runs)
    own = Path(tempfile.mkdtemp(prefix="run-", dir=runs))
    own.chmod(0o755)  # PostgreSQL's account passes through
    lock = take_lock(own / "launcher.lock")
    assert lock is not None
    site = Site(own, signals, durable=False)
    try:
        environment = site.services(Ports(*PREFERRED_PORTS))
        # Hashed names need collectstatic, and live_server answers before whitenoise: plain names in tests.
        environment["STATICFILES_BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
        return run_in_front([sys.executable, "-m", "pytest", *arguments], environment, PROJECT, signals)
    finally:
        site.discard()
        shutil.rmtree(own, ignore_errors=True)


def _sweep_dead_runs(runs: Path) -> None:
    """Remove what a killed test run left; a live run holds its lock."""
    for folder in runs.glob("run-*"):
        lock = take_lock(folder / "launcher.lock")
        if lock is None:
            continue
        try:
            Site(folder, Signals(), durable=False).postgres.remove_leftover()
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            lock.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m creditrepair.local", description=__doc__)
    parser.add_argument("--bound", action="store_true", help="stop when the process that started this one ends")
    commands = parser.add_subparsers(dest="verb", required=True)
    commands.add_parser("up", help="start everything and serve until Ctrl-C")
    demo = commands.add_parser("demo", help="start everything, play the story, then serve")
    demo.add_argument("--once", action="store_true", help="stop after the story; its exit code is ours")
    commands.add_parser("test", help="pytest on a throw-away database; further arguments are pytest's", add_help=False)
    commands.add_parser("exec", help="run one command with PostgreSQL and Redis at hand").add_argument(
        "command", nargs=argparse.REMAINDER
    )
    options, rest = parser.parse_known_args()
    if rest and options.verb != "test":
        parser.error(f"unknown arguments: {' '.join(rest)}")
    if options.bound:  # make killed with -9 must not leave a site that nobody can reach with Ctrl-C
        die_with_parent(signal.SIGTERM, parent=os.getppid())()
    forget_outer_launcher()
    signals = Signals()
    signals.install()
    state = Path(os.environ.get("STATE_DIR") or PROJECT / "var").resolve()
    try:
        state.mkdir(parents=True, exist_ok=True)
        if not os.access(state, os.W_OK):
            raise LocalError(f"{state} belongs to another user; run as that user, or remove it first")
        if options.verb == "test":
            return test(signals, state, rest)
        if options.verb == "exec":
            command = [word for position, word in enumerate(options.command) if position or word != "--"]
            return execute(signals, state, command or [os.environ.get("SHELL") or "/bin/sh"])
        if options.verb == "demo":
            state /= "demo"  # the story starts afresh each time; what `up` keeps is not touched
            state.mkdir(exist_ok=True)
        return serve(signals, state, story=options.verb == "demo", once=getattr(options, "once", False))
    except LocalError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return BUSY if isinstance(problem, AlreadyRunning) else 1
    except PermissionError as problem:  # typically a tree that somebody ran as root before
        print(
            f"error: {problem.filename} belongs to another user; run as that user, or remove {state}", file=sys.stderr
        )
        return 1
    except Interrupted:
        return 128 + (signals.received[0] if signals.received else signal.SIGINT)


if __name__ == "__main__":
    sys.exit(main())
