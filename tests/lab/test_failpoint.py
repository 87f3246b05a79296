"""Failpoints: dead in production, deadly only when armed, and every named place is one that a scenario reaches."""

import ast
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cases.services import notify_many
from creditrepair import failpoint
from creditrepair.local.environment import PROJECT
from notices.models import Notice
from tests.lab import failpoints
from tests.world import at


def names_in_the_code() -> set[str]:
    """Every first argument of a call of `reach` in the product."""
    found = set()
    for folder in ("cases", "creditrepair", "notices", "sync"):
        for path in (PROJECT / folder).rglob("*.py"):
            if "failpoint" not in (text := path.read_text()):
                continue
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in ("failpoint.reach", "reach"):
                    first = node.args[0]
                    assert isinstance(first, ast.Constant) and isinstance(first.value, str), f"{path}: name it plainly"
                    found.add(first.value)
    return found


def test_every_place_in_the_code_has_a_scenario_and_every_scenario_a_place():
    code = names_in_the_code()
    assert code == set(failpoints.PLACES) | set(failpoints.ELSEWHERE), (
        "a place without a scenario, or the other way round"
    )
    for place in failpoints.ELSEWHERE.values():
        path, _, name = place.partition("::")
        assert f"def {name}(" in (PROJECT / path).read_text()


@pytest.mark.parametrize(("lab", "folder"), [(False, ""), (False, "armed"), (True, "")])
def test_without_flag_or_folder_nothing_happens(tmp_path, lab, folder):
    (tmp_path / "submit.before_commit").touch()
    failpoint.choose(lab, str(tmp_path) if folder else "")("submit.before_commit")
    assert (tmp_path / "submit.before_commit").exists()


def test_these_tests_run_without_failpoints():
    assert failpoint.reach is failpoint.choose(False, "")


def test_a_place_that_is_not_armed_is_passed(tmp_path):
    failpoint.armed_in(tmp_path)("lane.after_claim", "gsxt_gansu")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("armed", ["lane.after_send", "lane.after_send@http:__127.0.0.1:1"])
def test_an_armed_place_kills_once(tmp_path: Path, armed: str):
    (tmp_path / armed).touch()
    program = (
        "import django.conf; django.conf.settings.configure(LAB=True)\n"
        "from creditrepair import failpoint\n"
        "failpoint.reach('lane.after_send', 'http://127.0.0.1:1')\n"
        "print('alive')\n"
    )
    for expected in (-signal.SIGKILL, 0):
        ended = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", program],
            cwd=PROJECT,
            env={"LAB_FAILPOINTS": str(tmp_path), "PATH": "/usr/bin:/bin"},
            check=False,
            capture_output=True,
            timeout=30,
        )
        assert ended.returncode == expected, ended.stderr


@pytest.mark.django_db
@pytest.mark.fault("F48")
def test_a_batch_of_papers_goes_on_after_a_death_between_two_portions(world, monkeypatch):
    class Death(BaseException):
        """Nothing catches it, as nothing catches SIGKILL."""

    def die(name: str) -> None:
        raise Death(name)

    monkeypatch.setattr(notify_many, "PORTION", 2)
    monkeypatch.setattr(notify_many, "reach", die)
    he = world.enter(world.actors["he"])
    refs = [world.a_record().ref for _ in range(5)]
    batch = notify_many.ask_for_notices(he, refs=refs, now=at())
    for _ in range(2):
        with pytest.raises(Death, match=r"paper\.after_portion"):
            notify_many.number_waiting(seconds=5)
    assert notify_many.number_waiting(seconds=5)
    made = Notice.objects.filter(batch=batch).order_by("serial")
    assert [notice.serial for notice in made] == [1, 2, 3, 4, 5]
    assert sorted(notice.record_ref for notice in made) == sorted(refs)
