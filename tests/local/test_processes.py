"""Child processes: restart, order of the stop, orphans of a dead launcher, signals."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from creditrepair.local.environment import PROJECT
from creditrepair.local.host import birth
from creditrepair.local.processes import (
    SUPERVISOR,
    Interrupted,
    Program,
    Signals,
    Supervisor,
    clear_orphans,
    run,
    run_in_front,
)

PYTHON = sys.executable
SLEEP = (PYTHON, "-c", "import time; time.sleep(60)")
IGNORES_TERM = (
    PYTHON,
    "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)",
)
# Its child stays when it is killed, as granian's workers do.
LEAVES_A_CHILD = (
    PYTHON,
    "-c",
    "import subprocess, time; print(subprocess.Popen(['sleep', '60']).pid, flush=True); time.sleep(60)",
)
LAUNCH = """
import sys, time
from pathlib import Path
from creditrepair.local.processes import Program, Supervisor
state = Path(sys.argv[1])
s = Supervisor({"STATE_DIR": str(state)}, state, state / "log", print)
stubborn = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)"
print(s.start(Program("stubborn", (sys.executable, "-c", stubborn))).process.pid, flush=True)
time.sleep(60)
"""


def until(condition: Callable[[], object], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Iterator[Supervisor]:
    supervisor = Supervisor({"STATE_DIR": str(tmp_path)}, tmp_path, tmp_path / "log", said.append)
    yield supervisor
    supervisor.stop(hurry=lambda: True)


def test_a_dead_program_starts_again_and_says_so(supervisor: Supervisor, said: list[str]) -> None:
    child = supervisor.start(Program("web", SLEEP))
    first = child.process.pid
    child.process.kill()
    child.process.wait()
    supervisor.tend()
    assert said == [f"web ended (exit -9); again in 0.5 s - see {child.log}"]
    assert child.process.pid == first  # not at once
    assert until(lambda: supervisor.tend() or child.process.pid != first)
    assert child.process.poll() is None


def test_the_wait_grows_with_each_early_death(supervisor: Supervisor, said: list[str]) -> None:
    child = supervisor.start(Program("web", (PYTHON, "-c", "raise SystemExit(3)")))
    assert until(lambda: supervisor.tend() or child.deaths == 3)
    assert [line.split(";")[1].split(" - ")[0] for line in said] == [
        " again in 0.5 s",
        " again in 1 s",
        " again in 2 s",
    ]


def test_what_a_killed_parent_leaves_in_its_group_is_cleared_first(supervisor: Supervisor) -> None:
    child = supervisor.start(Program("web", LEAVES_A_CHILD))
    assert until(lambda: child.log.read_text().strip())
    left = int(child.log.read_text())
    child.process.kill()
    child.process.wait()
    assert birth(left)
    supervisor.tend()
    assert until(lambda: not birth(left))


def test_the_stop_goes_stage_by_stage(supervisor: Supervisor, tmp_path: Path) -> None:
    note = "import signal, sys, time\ndef end(*_):\n    open(sys.argv[1], 'a').write(sys.argv[2])\n    sys.exit()\n"
    note += "signal.signal(15, end)\nprint('up', flush=True)\ntime.sleep(60)"
    out = tmp_path / "order"
    for name, stage in (("c", 2), ("a", 0), ("b", 1)):
        child = supervisor.start(Program(name, (PYTHON, "-c", note, str(out), name), stage=stage))
        assert until(child.log.read_text)
    supervisor.stop()
    assert out.read_text() == "abc"


def test_who_does_not_end_in_its_grace_is_killed(supervisor: Supervisor, said: list[str]) -> None:
    child = supervisor.start(Program("web", IGNORES_TERM, grace_seconds=0.2))
    assert until(child.log.read_text)
    began = time.monotonic()
    supervisor.stop()
    assert child.process.returncode == -signal.SIGKILL
    assert time.monotonic() - began < 5
    assert said == ["web did not end in time; killing it"]


def test_orphans_of_a_dead_launcher_are_ended_and_those_of_a_live_one_are_not(
    tmp_path: Path, supervisor: Supervisor, said: list[str]
) -> None:
    mine = supervisor.start(Program("mine", SLEEP))
    launcher = subprocess.Popen([PYTHON, "-c", LAUNCH, str(tmp_path)], cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    assert launcher.stdout is not None
    with launcher.stdout:
        stubborn = int(launcher.stdout.readline())
    assert until(lambda: b"SIG_IGN" in Path(f"/proc/{stubborn}/cmdline").read_bytes())
    launcher.kill()
    launcher.wait()
    clear_orphans(tmp_path, said.append, patience_seconds=0.5)
    assert not birth(stubborn)
    assert mine.process.poll() is None
    assert supervisor.environment[SUPERVISOR] == birth(os.getpid())


def test_orphans_of_another_state_folder_are_left_alone(tmp_path: Path, said: list[str]) -> None:
    elsewhere = {"STATE_DIR": str(tmp_path / "other"), SUPERVISOR: "1:0"}
    stranger = subprocess.Popen(SLEEP, env=elsewhere)
    try:
        clear_orphans(tmp_path, said.append, patience_seconds=0.5)
        assert stranger.poll() is None
        assert said == []
    finally:
        stranger.kill()
        stranger.wait()


def test_a_command_gives_its_exit_code_and_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = run((PYTHON, "-c", "print('hello'); raise SystemExit(7)"), os.environ, tmp_path, log=log, each=lambda: None)
    assert (code, log.read_text()) == (7, "hello\n")


def test_a_stop_request_ends_a_running_command_with_its_group(tmp_path: Path) -> None:
    log = tmp_path / "log"

    def stop_once_up() -> None:
        if log.read_text().strip():
            raise Interrupted

    with pytest.raises(Interrupted):
        run(LEAVES_A_CHILD, os.environ, tmp_path, log=log, each=stop_once_up)
    assert until(lambda: not birth(int(log.read_text())))


def test_a_command_in_front_answers_as_in_a_shell(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run_in_front((PYTHON, "-c", "raise SystemExit(5)"), os.environ, tmp_path, Signals()) == 5
    killed = (PYTHON, "-c", "import os; os.kill(os.getpid(), 9)")
    assert run_in_front(killed, os.environ, tmp_path, Signals()) == 128 + 9
    assert run_in_front(("/no/such/program",), os.environ, tmp_path, Signals()) == 127
    assert "No such file" in capfd.readouterr().out


def test_signals_ignored_by_a_background_shell_are_heard(tmp_path: Path) -> None:
    program = (
        "import os, signal, time\nfrom creditrepair.local.processes import Signals\n"
        "s = Signals(); s.install(); os.kill(os.getpid(), signal.SIGINT); time.sleep(0.05); print(s.received)"
    )
    shell = f"trap '' INT; exec {PYTHON} -c \"$0\""
    found = subprocess.run(
        ["sh", "-c", shell, program], cwd=PROJECT, capture_output=True, text=True, timeout=20, check=True
    )
    assert found.stdout.strip() == "[2]"
