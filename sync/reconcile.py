"""Comparing the register with a platform: what each says of a record, and the five ways in which they may differ.

Pure but for the two readers. Runs, differences and verbs are in `cases.services`: this package knows no register.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db.models import Max, Q

from sync.client import Client
from sync.lanes import config_of
from sync.models import Delivery, InboundChange
from sync.replies import Refused
from sync.targets import connect, target
from sync.targets.answers import STATUS_TEXT
from sync.targets.feeds import Listed, Page

PUBLISHED: Final = "published"
ABSENT: Final = "absent"
NEVER: Final = "never_seen"
# Settled with a person already (parked), or known to disagree: no longer on their way.
STUCK: Final = (Delivery.State.PARKED, Delivery.State.DISAGREED)
FATES_TAKEN: Final = (InboundChange.Fate.MIRRORED, InboundChange.Fate.KNOWN)


@dataclass(frozen=True, slots=True)
class Told:
    """What a platform has been told, or has told us, of one record. `version` 0: nothing yet."""

    version: int = 0
    in_flight: bool = False


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison. `status` published, absent (ended, removed, taken back) or never_seen."""

    status: str
    version: int

    def as_json(self) -> dict[str, object]:
        return {"status": self.status, "version": self.version, "text": TEXT[self.status]}


TEXT: Final = STATUS_TEXT | {ABSENT: "不再公示"}


def judge(ours: Side | None, theirs: Side) -> str | None:
    """missing, wrong, extra, older, newer; None when both say the same.

    ours None: the register has no such record. A newer version of theirs is told first: nothing may overwrite it.
    """
    if ours is None:
        return "extra" if theirs.status == PUBLISHED else None
    if theirs.status == NEVER:
        return "missing" if ours.status == PUBLISHED else None
    if theirs.version > ours.version:
        return "newer"
    if theirs.version < ours.version:
        return "older"
    return None if ours.status == theirs.status else "wrong"


def side_of(status: str, version: int) -> Side:
    """A platform's words as a side: ended and removed are the same to us."""
    return Side(status if status in (PUBLISHED, NEVER) else ABSENT, version)


def told(region: str, code: str, keys: Iterable[str]) -> dict[str, Told]:
    """The highest version a platform should hold of each record, and whether a message to it is still on its way."""
    wanted = list(keys)
    sent = (
        Delivery.objects.filter(region_id=region, target=code, record_key__in=wanted)
        .values("record_key")
        .annotate(version=Max("version"), open=Max("id", filter=Q(done_at=None) & ~Q(state__in=STUCK)))
    )
    found = {row["record_key"]: Told(row["version"], row["open"] is not None) for row in sent}
    heard = InboundChange.objects.filter(
        region_id=region, target=code, record_key__in=wanted, fate__in=FATES_TAKEN
    ).values("record_key").annotate(version=Max("version"))  # fmt: skip
    for row in heard:
        mine = found.get(row["record_key"], Told())
        found[row["record_key"]] = Told(max(mine.version, row["version"]), mine.in_flight)
    return found


def may_list(code: str) -> bool:
    """Whether this installation can ask the platform for a list of what it holds."""
    return target(code).tells_changes and config_of(code) is not None


def list_page(code: str, region: str, after: str) -> Page[Listed]:
    """The next page of what the platform holds from a region. Raises Failure, PlatformRefusal, TimeoutError."""
    return asyncio.run(_list_page(code, region, after))


async def _list_page(code: str, region: str, after: str) -> Page[Listed]:
    config = config_of(code)
    if config is None:
        raise Refused("没有设置地址")
    inside = (config.base_url,) if settings.SYNC_LOOPBACK_ALLOWED else ()
    async with Client((config.base_url,), inside=inside, parallel=1) as client:
        return await connect(code, config).records(client, region, after)
