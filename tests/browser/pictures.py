"""Contact pictures of every page, to be looked at: `python -m tests.browser.pictures FOLDER [NAME …]`.

Runs album.py on the throw-away database of the tests; whole pages, 1366 × 768 and 390 wide, normal and elder mode.
"""

import os
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page

FOLDER, ONLY = "PICTURES_FOLDER", "PICTURES_ONLY"


def keep(page: Page, name: str) -> None:
    """A picture in the middle of a test, for whoever asked for pictures; the test does not need it."""
    if folder := os.environ.get(FOLDER):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True, animations="disabled")


def main() -> int:
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    folder, names = Path(sys.argv[1]).resolve(), " ".join(sys.argv[2:])
    album = Path(__file__).with_name("album.py")
    command = [sys.executable, "-m", "creditrepair.local", "test", "-q", "--tb=short", str(album)]
    return subprocess.call(command, env={**os.environ, FOLDER: str(folder), ONLY: names})


if __name__ == "__main__":
    sys.exit(main())
