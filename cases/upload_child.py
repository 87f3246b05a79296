"""The process that looks into one upload: bounded by its own work, not by how busy the machine is.

The child spends at most `UPLOAD_CHECK_CPU_SECONDS` of processor time; a file that needs more is too complex. The wall
clock is only a guard against a child that nobody lets run: when it strikes, nothing is known about the file.
"""

import json
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from django.conf import settings

log = logging.getLogger(__name__)
MODULE: Final = "cases.upload_check"  # never imported here: it loads the parsers that a web worker must not
NOT_NOW: Final = "not_now"
TOO_COMPLEX: Final = "too_complex"
# What ends a child from outside: the machine is short of memory, or the service stops.
FROM_OUTSIDE: Final = frozenset({-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT})


class Unfit(Exception):
    """The file is not taken; `reason` is a key of `cases.uploads.REASONS`. NOT_NOW says nothing against the file."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def look_into(original: Path, view: Path, check: str) -> dict[str, Any]:
    """What the child found: type, pages, flags, and whether it left a copy for looking at in `view`.

    Raises Unfit: a child that crashes or runs out of memory or processor time refuses the file, one that could not
    finish for lack of a machine refuses nothing (NOT_NOW).
    """
    limits = [settings.UPLOAD_MAX_PAGES, settings.UPLOAD_MAX_PIXELS, settings.UPLOAD_CHECK_CPU_SECONDS]
    command = [sys.executable, "-m", MODULE, str(original), check, str(view), *map(str, limits)]
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(  # noqa: S603 - our own module, paths of our own making
            command,
            capture_output=True,
            timeout=settings.UPLOAD_CHECK_WALL_SECONDS,
            cwd=settings.BASE_DIR,
            env=environment,
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError) as problem:
        log.warning("upload check could not be done: %s", type(problem).__name__)
        raise Unfit(NOT_NOW) from None
    try:
        found: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        log.warning("upload check ended with %s: %s", done.returncode, done.stderr[-300:])
        raise Unfit(NOT_NOW if done.returncode in FROM_OUTSIDE else TOO_COMPLEX) from None
    if "refused" in found:
        log.info("upload refused: %s %s", found["refused"], found.get("fault", ""))
        raise Unfit(found["refused"])
    return found
