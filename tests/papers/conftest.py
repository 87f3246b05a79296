"""What the tests of papers share: a rendered paper by kind, made once, and the text a reader would see."""

import re
import subprocess
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from notices import kinds
from notices.render import Rendered, render
from tests.papers.samples import SNAPSHOTS


def text_of(pdf: bytes, *options: str) -> str:
    """Text of a PDF as poppler reads it."""
    done = subprocess.run(["pdftotext", *options, "-", "-"], input=pdf, capture_output=True, check=True, timeout=30)
    return done.stdout.decode()


def running_text(pdf: bytes) -> str:
    """Text without page numbers and white space, so that sentences can be compared across lines and pages."""
    return re.sub(r"—\d+—|\s", "", text_of(pdf))


@cache
def _sample(code: str) -> Rendered:
    return render(*kinds.get(code).compose(SNAPSHOTS[code]))


@pytest.fixture
def sample() -> Callable[[str], Rendered]:
    """The sample paper of a kind."""
    return _sample


@pytest.fixture
def make() -> Callable[[str, dict[str, Any]], Rendered]:
    """Compose and render a snapshot."""
    return lambda code, snapshot: render(*kinds.get(code).compose(snapshot))
