"""A stand-in for `cases.upload_check` that never answers: it works without end, or waits without working."""

import sys
import time
from pathlib import Path

from cases.upload_check import confine


def main(path: str, seconds: str) -> None:
    confine(int(seconds))
    while True:
        if b"WAITS" in Path(path).read_bytes():
            time.sleep(600)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[-1])
