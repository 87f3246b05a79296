#!/usr/bin/env python3
"""Make the environment: system packages through apt, then .venv from the hash-locked file. A second run is instant.

Runs under the system's Python before anything is installed, so: standard library only, and no import of ours.
"""

from __future__ import annotations  # an older Python must get as far as the message about its age

import argparse
import ctypes
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
VENV = PROJECT / ".venv"
STAMP = VENV / "installed.txt"
LOCK = PROJECT / "requirements-dev.lock"
OLDEST = (3, 11)
VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
SYSTEM_LIBRARIES = {  # library → Debian package; no wheel brings Pango, and without the last a paper takes 3 s
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}
TEST_PROGRAMS = {  # package → any of its programs will do, and what cannot be tested without it
    "chromium": (("chromium", "chromium-browser", "google-chrome"), "browser tests cannot run"),
    "poppler-utils": (("pdftotext",), "tests that read papers back will fail"),
}


class SetupError(Exception):
    """Ends the set-up with one clear message."""


def say(text: str) -> None:
    print("setup: " + text, flush=True)


def missing_packages() -> list[str]:
    """Debian packages whose library the loader does not find; asking the loader works on every distribution."""
    missing = []
    for library, package in SYSTEM_LIBRARIES.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(package)
    return missing


def apt_prefix() -> list[str] | None:
    """What to put before apt-get so that it may install, or None when this user cannot."""
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and not subprocess.call(
        ["sudo", "-n", "true"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    ):
        return ["sudo", "-n"]
    return None


def apt_install(packages: list[str]) -> bool:
    """Install; a bare machine has no package lists yet, so they are fetched only when the first try fails."""
    prefix = apt_prefix()
    if prefix is None:
        return False
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=120"]
    install = [*apt, "install", "-y", "--no-install-recommends", *packages]
    say("installing " + " ".join(packages))
    log = PROJECT / "var" / "apt.log"
    with log.open("ab") as out:
        for command in (install, [*apt, "update"], install):
            if subprocess.call(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL) == 0 and command is install:
                return True
    say("apt-get failed; see " + str(log))
    return False


def by_hand(packages: list[str]) -> str:
    return "apt-get install -y --no-install-recommends " + " ".join(packages)


def system_step(tests: bool) -> None:
    packages = missing_packages()
    if packages and not apt_install(packages):
        raise SetupError(
            "the PDF papers need system libraries, and this user may not install them.\n"
            "  Have an administrator run:  " + by_hand(missing_packages())
        )
    for package, (programs, without) in TEST_PROGRAMS.items() if tests else ():
        if any(shutil.which(name) for name in programs):
            continue
        marker = PROJECT / "var" / ("no-" + package)
        tried = marker.exists() and time.time() - marker.stat().st_mtime < 86400  # once a day is enough
        if not tried and not apt_install([package]):
            marker.touch()
            say("no " + package + ": " + without + ". To have them:  " + by_hand([package]))


def python_runs(python: Path) -> bool:
    try:
        return subprocess.call([str(python), "-c", "import pip"], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def fingerprint() -> str:
    """Changes when the lock, the interpreter or the place of the tree changes: scripts of a venv name its path."""
    digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    return f"{digest}\n{VENV}\n{VERSION}\n"


def make_venv() -> None:
    try:
        import ensurepip  # noqa: F401  (Debian ships venv without it)
    except ImportError:
        package = f"python{VERSION}-venv"
        if not apt_install([package]):
            raise SetupError(
                "this Python cannot make a virtual environment (no ensurepip), and this user may not install it.\n"
                "  Have an administrator run:  " + by_hand([package])
            ) from None
    say(f"making .venv with Python {VERSION}")
    run([sys.executable, "-m", "venv", "--clear", str(VENV)])


def run(command: list[str], environ: dict[str, str] | None = None) -> None:
    code = subprocess.call(command, stdin=subprocess.DEVNULL, env=environ)
    if code:
        raise SetupError(f"{' '.join(command[:4])} ended with exit code {code}")


def locked(name: str) -> str:
    """The lock's own entry of one package, with its hashes."""
    block: list[str] = []
    for line in LOCK.read_text(encoding="utf-8").splitlines():
        if line.startswith(name + "=="):
            block = [line]
        elif block and line.startswith("    --hash"):
            block.append(line)
        elif block:
            break
    return "\n".join(block) + "\n"


def install_packages() -> None:
    python = str(VENV / "bin" / "python")
    environ = dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1")
    environ.setdefault("UV_LINK_MODE", "copy")
    environ.setdefault("UV_SYSTEM_CERTS", "1")  # offices behind a filtering proxy trust its certificate system-wide
    home = os.environ.get("HOME", "")
    if not (home and os.access(home, os.W_OK)):  # both tools keep caches in HOME; without one they get ours
        environ.update(UV_CACHE_DIR=str(PROJECT / "var/cache/uv"), PIP_CACHE_DIR=str(PROJECT / "var/cache/pip"))
    wanted = VENV / "uv.txt"
    wanted.write_text(locked("uv"), encoding="utf-8")
    pip = [python, "-m", "pip", "install", "-q", "--require-hashes"]
    sync = [python, "-m", "uv", "pip", "sync", "-q", "--python", python, "--require-hashes", str(LOCK)]
    say("installing the locked packages (first time: about a minute)")
    try:
        run([*pip, "-r", str(wanted)], environ)
        run(sync, environ)
    except SetupError as why:
        say(str(why) + "; trying pip alone")
        run([*pip, "-r", str(LOCK)], environ)


def make_environment(tests: bool) -> None:
    (PROJECT / "var").mkdir(exist_ok=True)
    for folder in (PROJECT / "var", VENV):
        if folder.exists() and not os.access(folder, os.W_OK):
            raise SetupError(f"{folder} belongs to another user; run as that user, or remove it first")
    with (PROJECT / "var" / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two makes at once: the second waits, then finds it done
        system_step(tests)
        if STAMP.exists() and STAMP.read_text(encoding="utf-8") == fingerprint() and (VENV / "bin/python").exists():
            return
        # A venv that was moved here still names its old path in every script: only one made in place is kept.
        here = VENV / "bin" / "pip"
        in_place = here.exists() and str(VENV) in here.read_text(encoding="utf-8", errors="replace")[:300]
        if not (in_place and python_runs(VENV / "bin/python")):
            make_venv()
        began = time.monotonic()
        install_packages()
        STAMP.write_text(fingerprint(), encoding="utf-8")
        say("ready in %.0f s" % (time.monotonic() - began))


def newer_python() -> str | None:
    for minor in range(14, OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            return found
    return None


def main() -> int:
    if sys.version_info < OLDEST:
        newer = newer_python()
        if newer:
            os.execv(newer, [newer, *sys.argv])  # noqa: S606
        print(f"setup: Python 3.11 or newer is needed; this is {VERSION}", file=sys.stderr)
        return 1
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", action="store_true", help="also what only tests need (Chromium, poppler-utils)")
    try:
        make_environment(parser.parse_args().tests)
    except (SetupError, PermissionError) as problem:
        print(f"setup: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
