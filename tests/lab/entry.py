"""How the lab starts the programs of the site: as ever, but with only some papers really rendered.

`python -m tests.lab.entry celery …` or `python -m tests.lab.entry manage …`; LAB_PAPERS=50 renders one in fifty.
A paper that is not rendered gets the file of one that was: number, row, file, hash and event are written all the same.
"""

import os
import sys
from collections.abc import Callable
from typing import Any


def spare_papers(share: int) -> None:
    """Replace the renderer by one that works for one paper in `share` and gives its last result for the others."""
    from notices import render

    real: Callable[..., Any] = render.render
    count, kept = 0, None

    def render_some(*given: Any, **words: Any) -> Any:
        nonlocal count, kept
        count += 1
        if kept is None or count % share == 0:
            kept = real(*given, **words)
        return kept

    render.render = render_some


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creditrepair.settings")
    import django

    django.setup()
    if share := int(os.environ.get("LAB_PAPERS", "1")) - 1:
        spare_papers(share + 1)
    what, *rest = sys.argv[1:]
    sys.argv = [what, *rest]
    if what == "celery":
        from celery.__main__ import main as celery

        celery()
    elif what == "seed":
        from tests.lab.seed import main as seed

        seed(rest)
    elif what == "gather":
        from tests.lab.gather import main as gather

        gather(rest)
    else:
        from django.core.management import execute_from_command_line

        execute_from_command_line([what, *rest])


if __name__ == "__main__":
    main()
