"""Reading the feeds of the platforms: changes, and applications filed there. One page of every feed at a time.

Pages are fetched together with no transaction open, then taken in one after another (`sync.inbound`). A feed that
fails rests ever longer; a cursor that grew too old starts from the beginning and asks for a full reconcile.
"""

import asyncio
import logging
import random
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import F

from sync import inbound
from sync.client import Client
from sync.lanes import config_of
from sync.models import FeedCursor
from sync.replies import Failure
from sync.targets import connect, targets
from sync.targets.answers import PlatformRefusal
from sync.targets.feeds import Change, CursorTooOld, Page, PlatformFiling

log = logging.getLogger("sync.feed")

FEEDS: Final = ("changes", "applications")
EVERY_SECONDS: Final = 30.0
REST_CAP_SECONDS: Final = 600.0
Fetched = Page[Change] | Page[PlatformFiling] | Exception


@dataclass(slots=True)
class FeedRun:
    """What one reading brought. `behind`: the time was up before a feed was read to its end."""

    pages: int = 0
    items: int = 0
    failed: int = 0
    behind: bool = False


def read_feeds(*, now: datetime, seconds: float = 20.0, at_once: bool = False) -> FeedRun:
    """Read every feed that is due (all with `at_once`) to its end, for at most about `seconds`. Safe to run twice."""
    run, until = FeedRun(), time.monotonic() + seconds
    wanted = [cursor for cursor in _cursors() if at_once or _is_due(cursor, now)]
    while wanted and time.monotonic() < until:
        fetched = asyncio.run(_fetch_all(wanted))
        wanted = [cursor for cursor, page in zip(wanted, fetched, strict=True) if _take_in(cursor, page, run, now)]
    run.behind = bool(wanted)
    return run


def _cursors() -> list[FeedCursor]:
    """One row for each feed of each platform that has an address."""
    found = []
    for code, kind in targets().items():
        if kind.tells_changes and config_of(code) is not None:
            found += [FeedCursor.objects.get_or_create(target=code, feed=feed)[0] for feed in FEEDS]
    return found


def _is_due(cursor: FeedCursor, now: datetime) -> bool:
    """Half a minute after the last reading, ever later after failures; jitter keeps readers apart."""
    if cursor.tried_at is None:
        return True
    rest = min(REST_CAP_SECONDS, EVERY_SECONDS * 2 ** min(cursor.failures, 5))
    return now - cursor.tried_at >= timedelta(seconds=rest * random.uniform(0.7, 1.0))  # noqa: S311 - jitter


async def _fetch_all(wanted: Iterable[FeedCursor]) -> list[Fetched]:
    return list(await asyncio.gather(*(_fetch(cursor) for cursor in wanted)))


async def _fetch(cursor: FeedCursor) -> Fetched:
    config = config_of(cursor.target)
    if config is None:
        return Failure("没有设置地址")
    inside = (config.base_url,) if settings.SYNC_LOOPBACK_ALLOWED else ()
    target = connect(cursor.target, config)
    try:
        async with Client((config.base_url,), inside=inside, parallel=1) as client:
            if cursor.feed == "changes":
                return await target.changes(client, cursor.cursor)
            return await target.applications(client, cursor.cursor)
    except (Failure, PlatformRefusal, CursorTooOld, TimeoutError) as failure:
        return failure


def _take_in(cursor: FeedCursor, page: Fetched, run: FeedRun, now: datetime) -> bool:
    """Keep what came and say whether there is more to read now."""
    if isinstance(page, CursorTooOld):
        # Whatever fell off the feed is found by comparing everything; what is still on it is read from the beginning.
        FeedCursor.objects.filter(pk=cursor.pk, cursor=cursor.cursor).update(
            cursor="", tried_at=now, full_needed=True, last_error="游标已过期，需全量核对"
        )
        log.warning("feed %s of %s: cursor too old, full reconcile needed", cursor.feed, cursor.target)
        again, cursor.cursor = bool(cursor.cursor), ""
        return again
    if isinstance(page, Exception):
        run.failed += 1
        words = page.outcome.reason if isinstance(page, PlatformRefusal) else str(page) or "对方答复过慢"
        FeedCursor.objects.filter(pk=cursor.pk).update(
            tried_at=now, failures=F("failures") + 1, last_error=words[:500]
        )  # fmt: skip
        return False
    run.pages, run.items = run.pages + 1, run.items + len(page.items)
    if cursor.feed == "changes":
        kept = inbound.take_in_changes(cursor.target, cursor.cursor, page, now=now)  # type: ignore[arg-type]
    else:
        kept = inbound.take_in_filings(cursor.target, cursor.cursor, page, now=now)  # type: ignore[arg-type]
    cursor.cursor = page.next_cursor
    return kept and page.has_more
