"""One round of listening to the platforms: read the feeds, recognise the changes, open the applications."""

from dataclasses import dataclass
from datetime import datetime

from cases.services import platform_filing, recognise
from sync import feed


@dataclass(frozen=True, slots=True)
class Heard:
    """What a round brought: items read, changes that got their fate, applications that got an answer."""

    items: int
    recognised: int
    filed: int


def take_in(*, now: datetime, seconds: float = 12.0, at_once: bool = False) -> Heard:
    """Listen for at most about three times `seconds`; `at_once` reads feeds that are not due. Safe to run twice."""
    run = feed.read_feeds(now=now, seconds=seconds, at_once=at_once)
    recognised = recognise.recognise_waiting(now=now, seconds=seconds)
    return Heard(run.items, recognised, platform_filing.file_waiting(now=now, seconds=seconds))
