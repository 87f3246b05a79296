"""What the launcher needs from the operating system: death signals, the service account, private folders, /proc."""

import ctypes
import hashlib
import os
import pwd
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

LONGEST_SOCKET_PATH = 107  # bytes in sockaddr_un.sun_path, less the closing NUL
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None  # loaded before any fork


class LocalError(Exception):
    """The launcher cannot go on; the text is for the person at the terminal."""


class PopenAccount(TypedDict, total=False):
    """The part of `subprocess.Popen`'s arguments that changes the user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    """An unprivileged user that runs PostgreSQL when we are root (PostgreSQL refuses root)."""

    name: str
    uid: int
    gid: int

    def popen(self) -> PopenAccount:
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def die_with_parent(signum: int, parent: int | None = None) -> Callable[[], None]:
    """A `preexec_fn`: the child gets `signum` when the *thread* that forked it ends, so fork from the main thread.

    Python runs it after the change of user, which would otherwise clear the setting. With `parent` it binds the calling
    process itself to that parent.
    """
    expected = os.getpid() if parent is None else parent

    def arrange() -> None:
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, signum, 0, 0, 0)
            if os.getppid() != expected:  # the parent died before the setting took hold
                os._exit(1)

    return arrange


def service_account(owned: Path) -> Account | None:
    """The user for PostgreSQL, or None when we are not root: the owner of `owned`, else postgres, else nobody."""
    if os.geteuid() != 0:
        return None
    if owned.exists() and (uid := owned.stat().st_uid) != 0:
        known = next((entry for entry in pwd.getpwall() if entry.pw_uid == uid), None)
        return Account(known.pw_name if known else str(uid), uid, owned.stat().st_gid)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise LocalError("running as root, and neither the user postgres nor nobody exists to run PostgreSQL as")


def can_pass(folder: Path, account: Account | None) -> bool:
    """Whether `account` may go through `folder`, judged by trying, so that ACLs and mounts count too."""
    if account is None:
        return os.access(folder, os.X_OK)
    return subprocess.run(["test", "-x", str(folder)], cwd="/", **account.popen(), check=False).returncode == 0


def private_folder(folder: Path, account: Account | None) -> Path:
    """Make `folder` 0700 for `account` (or for us); its parents stay as they are."""
    folder.mkdir(parents=True, exist_ok=True)
    if account is not None:
        os.chown(folder, account.uid, account.gid)
    folder.chmod(0o700)
    return folder


def socket_folder(preferred: Path, file_name: str, account: Account | None) -> Path:
    """A 0700 folder whose sockets fit into an address: `preferred`, or one below /tmp when that is too long."""
    if len(os.fsencode(preferred / file_name)) < LONGEST_SOCKET_PATH:
        return private_folder(preferred, account)
    short = Path("/tmp") / f"creditrepair-{fingerprint(preferred)}"
    if not os.path.lexists(short):
        return private_folder(short, account)
    found = short.lstat()
    wanted = account.uid if account else os.geteuid()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != wanted or found.st_mode & 0o077:
        raise LocalError(f"{short} is not ours; remove it or move the project to a shorter path")
    return short


def fingerprint(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:12]


def birth(pid: int) -> str:
    """`pid:start time`, which names a process for ever; empty when it does not live. A bare pid can be taken again."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in {"Z", "X"} else f"{pid}:{fields[19]}"


def process_words(pid: int, what: str) -> list[str]:
    """`cmdline` or `environ` of a process as a list; empty when it is gone or not ours to read."""
    try:
        return Path(f"/proc/{pid}/{what}").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return []


def living_pids() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return []
