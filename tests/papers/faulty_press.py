"""A press whose renderer does to some papers what broken libraries do: it dies, hangs, or takes all memory."""

import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from notices import press, render

SHORT = 2  # papers a fork

genuine = render.render


def faulty(template: str, context: Mapping[str, Any], **more: Any) -> render.Rendered:
    """The subject's name says what happens."""
    name = str(context.get("subject", ""))
    if "崩溃" in name:
        os.kill(os.getpid(), signal.SIGSEGV)
    if "超时" in name:
        time.sleep(60)
    if "内存" in name:
        held = [bytearray(2**20) for _ in range(2 * press.MEGABYTES)]
        raise AssertionError(f"{len(held)} MB were given")
    return genuine(template, context, **more)


if __name__ == "__main__":
    press.SECONDS_A_PAPER, press.PAPERS_A_FORK = 2, SHORT
    render.render = faulty
    press.run(Path(sys.argv[1]))
