"""Named places where the fault lab kills the process with SIGKILL, to prove that nothing is lost there.

Dead in production: it works only where the setting LAB is on *and* the environment names a folder of armed places.
A place is armed by a file of its name (or name@detail) there; who reaches it first takes the file away and dies, once.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

FOLDER = "LAB_FAILPOINTS"  # environment: absolute path of the folder of armed places


def _nothing(name: str, detail: str = "") -> None:
    """Production: a call and no more."""


def armed_in(folder: Path) -> Callable[..., None]:
    """A `reach` that dies at the places armed in `folder`; `detail` narrows a place, e.g. to one platform."""

    def reach(name: str, detail: str = "") -> None:
        for armed in (name, f"{name}@{detail.replace('/', '_')}"):
            try:
                (folder / armed).unlink()
            except OSError:
                continue  # not armed, or another process was first
            os.kill(os.getpid(), signal.SIGKILL)

    return reach


def choose(lab: bool, folder: str) -> Callable[..., None]:
    return armed_in(Path(folder)) if lab and folder else _nothing


reach = choose(settings.LAB, os.environ.get(FOLDER, ""))
