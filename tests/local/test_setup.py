"""The set-up script: what it asks of the system, what it says when it may not, and that a second run does nothing."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from creditrepair.local import setup
from creditrepair.local.environment import PROJECT


def test_it_needs_nothing_but_the_standard_library() -> None:
    tree = ast.parse((PROJECT / "creditrepair/local/setup.py").read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= set(sys.stdlib_module_names)


def test_a_missing_library_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "SYSTEM_LIBRARIES", {"libc.so.6": "libc6", "libnowhere.so.9": "libnowhere9"})
    assert setup.missing_packages() == ["libnowhere9"]


def test_who_may_not_install_is_told_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "SYSTEM_LIBRARIES", {"libnowhere.so.9": "libnowhere9"})
    monkeypatch.setattr(setup, "apt_prefix", lambda: None)
    with pytest.raises(setup.SetupError, match="apt-get install -y --no-install-recommends libnowhere9"):
        setup.system_step(tests=False)


def test_apt_is_not_asked_for_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(setup, "SYSTEM_LIBRARIES", {"libc.so.6": "libc6"})
    monkeypatch.setattr(setup, "apt_install", lambda packages: asked.append(packages) or True)
    setup.system_step(tests=False)
    assert asked == []


def test_an_entry_of_the_lock_comes_with_its_hashes() -> None:
    first, *hashes = setup.locked("uv").splitlines()
    assert first.startswith("uv==")
    assert hashes
    assert all(line.startswith("    --hash=sha256:") for line in hashes)


def test_a_current_environment_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").symlink_to(sys.executable)
    (tmp_path / "lock").write_text("uv==1 \\\n    --hash=sha256:00\n")
    monkeypatch.setattr(setup, "PROJECT", tmp_path)
    monkeypatch.setattr(setup, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(setup, "LOCK", tmp_path / "lock")
    monkeypatch.setattr(setup, "STAMP", tmp_path / ".venv/installed.txt")
    monkeypatch.setattr(setup, "SYSTEM_LIBRARIES", {})
    ran: list[str] = []
    monkeypatch.setattr(setup, "make_venv", lambda: ran.append("venv"))
    monkeypatch.setattr(setup, "install_packages", lambda: ran.append("packages"))
    setup.make_environment(tests=False)
    assert ran == ["venv", "packages"]  # a folder that no venv was made in is not trusted
    setup.make_environment(tests=False)
    assert ran == ["venv", "packages"]
    (tmp_path / "lock").write_text("uv==2 \\\n    --hash=sha256:00\n")
    setup.make_environment(tests=False)
    assert ran[2:] == ["venv", "packages"]


def test_a_program_that_only_tests_need_is_installed_once_and_named_where_it_cannot_be(tmp_path, monkeypatch, capsys):
    (tmp_path / "var").mkdir()
    monkeypatch.setattr(setup, "PROJECT", tmp_path)
    monkeypatch.setattr(setup, "SYSTEM_LIBRARIES", {})
    monkeypatch.setattr(setup, "TEST_PROGRAMS", {"poppler-utils": (("no-such-program",), "papers are not read back")})
    asked: list[list[str]] = []
    monkeypatch.setattr(setup, "apt_install", lambda packages: bool(asked.append(packages)))
    setup.system_step(tests=False)
    assert asked == []
    setup.system_step(tests=True)
    setup.system_step(tests=True)
    assert asked == [["poppler-utils"]]  # once a day is enough
    assert "papers are not read back" in capsys.readouterr().out


def test_make_names_the_commands_of_the_launcher() -> None:
    shown = subprocess.run(["make", "-n", "demo", "ONCE=1"], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert shown.stdout.splitlines()[-1] == ".venv/bin/python -m creditrepair.local --bound demo --once"
    shown = subprocess.run(["make", "-n", "demo"], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert shown.stdout.splitlines()[-1].rstrip() == ".venv/bin/python -m creditrepair.local --bound demo"
