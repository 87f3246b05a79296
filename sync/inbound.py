"""Taking in what platforms tell: rows of a region, once each, and what the platform's own query says of them.

Decides nothing about cases: `cases.services.recognise` and `platform_filing` ask for what is new here.
"""

import asyncio
import contextlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Region
from sync.claims import SENDER
from sync.client import Client
from sync.lanes import config_of
from sync.models import Delivery, FeedCursor, InboundChange, InboundFiling
from sync.replies import Failure
from sync.targets import Held, connect
from sync.targets.answers import PlatformRefusal
from sync.targets.feeds import Change, Page, PlatformFiling

LOOKS_AT_ONCE: Final = 8
LOOKS_A_RUN: Final = 100
LOOK_SECONDS: Final = 15.0  # of a whole round: a platform that hangs leaves the rest unseen


def take_in_changes(target: str, cursor: str, page: Page[Change], *, now: datetime) -> bool:
    """Keep one page and move the cursor, in one transaction; False if another reader was faster.

    What is said of records that no region has reported is counted on the cursor: the platform serves others too.
    """
    regions = _regions_of(item.record_key for item in page.items)
    mine = [(regions[item.record_key], item) for item in page.items if item.record_key in regions]
    strange = [item for item in page.items if item.record_key not in regions]
    with transaction.atomic():
        if not _moved(target, "changes", cursor, page.next_cursor, now, [f"{s.seq} {s.record_key}" for s in strange]):
            return False
        for region in sorted({region for region, _ in mine}):
            with region_context(region):
                InboundChange.objects.bulk_create(
                    [_change_row(region, target, item, now) for of, item in mine if of == region],
                    ignore_conflicts=True,  # told at least once; one row a number
                )
    return True


def take_in_filings(target: str, cursor: str, page: Page[PlatformFiling], *, now: datetime) -> bool:
    """The same for applications filed at the platform; each names the region it is for."""
    ours = set(Region.objects.values_list("code", flat=True))
    strange = [f"{item.seq} {item.application_no}" for item in page.items if item.region not in ours]
    with transaction.atomic():
        if not _moved(target, "applications", cursor, page.next_cursor, now, strange):
            return False
        for region in sorted({item.region for item in page.items} & ours):
            with region_context(region):
                InboundFiling.objects.bulk_create(
                    [_filing_row(target, item, now) for item in page.items if item.region == region],
                    ignore_conflicts=True,
                )
    return True


def _regions_of(keys: Iterable[str]) -> dict[str, str]:
    """Which region has reported a record: by its messages, which the sender may read for all regions."""
    ours = list(Region.objects.values_list("code", flat=True))  # the index leads with the region
    rows = Delivery.objects.using(SENDER).filter(region_id__in=ours, record_key__in=set(keys) - {""}).order_by()
    return dict(rows.values_list("record_key", "region_id").distinct())


def _moved(target: str, feed: str, cursor: str, following: str, now: datetime, strange: Sequence[str]) -> bool:
    told = {"last_unknown": strange[-1][:64]} if strange else {}
    return bool(
        FeedCursor.objects.filter(target=target, feed=feed, cursor=cursor).update(
            cursor=following, read_at=now, tried_at=now, failures=0, last_error="",
            unknown=F("unknown") + len(strange), **told,
        )
    )  # fmt: skip


def _change_row(region: str, target: str, item: Change, now: datetime) -> InboundChange:
    return InboundChange(
        region_id=region,
        target=target,
        seq=str(item.seq),
        record_key=item.record_key,
        change=item.change,
        version=item.version,
        at=item.at,
        by=item.by,
        organ=item.organ,
        paper=item.paper,
        decided_on=item.decided_on,
        received_at=now,
    )


def _filing_row(target: str, item: PlatformFiling, now: datetime) -> InboundFiling:
    return InboundFiling(
        region_id=item.region,
        target=target,
        seq=str(item.seq),
        came_no=item.application_no,
        record_keys=list(item.record_keys),
        content=item.content,
        filed_at=item.filed_at,
        received_at=now,
    )


def is_echo(change: InboundChange) -> bool:
    """Whether a change is the platform's word on a message of ours."""
    return Delivery.objects.filter(
        region_id=change.region_id, target=change.target, message_no=change.by, record_key=change.record_key
    ).exists()


def look_at_new(region: str, *, now: datetime) -> int:
    """Ask each platform about the records of changes that are not ours; returns how many were seen.

    No transaction is open meanwhile. What cannot be looked at stays as it is, and is asked about again.
    """
    with region_context(region):
        unseen = InboundChange.objects.filter(region_id=region, fate=InboundChange.Fate.NEW, seen_at=None)
        told = sorted(set(unseen.order_by().values_list("target", flat=True).distinct()))
        # So many of each: a platform that does not answer leaves its own unseen, not those of the others.
        rows = {target: list(unseen.filter(target=target).order_by("id")[:LOOKS_A_RUN]) for target in told}
        rows = {target: [row for row in found if not is_echo(row)] for target, found in rows.items()}
    seen = 0
    for target, mine in rows.items():
        held = look(target, sorted({row.record_key for row in mine}))
        with region_context(region):
            for row in mine:
                found = held.get(row.record_key)
                if found is not None:
                    seen += InboundChange.objects.filter(Q(seen_at=None), region_id=region, pk=row.pk).update(
                        seen_at=now, seen_status=found.status, seen_version=found.version
                    )
    return seen


def look(target: str, keys: Sequence[str]) -> dict[str, Held]:
    """What a platform's query says of these records, a few at a time; those that could not be seen are left out."""
    return asyncio.run(_look(target, keys)) if keys else {}


async def _look(target: str, keys: Sequence[str]) -> dict[str, Held]:
    config = config_of(target)
    if config is None:
        return {}
    where, found, gate = connect(target, config), {}, asyncio.Semaphore(LOOKS_AT_ONCE)
    async with Client(
        (config.base_url,), inside=(config.base_url,) if settings.SYNC_LOOPBACK_ALLOWED else (), parallel=LOOKS_AT_ONCE
    ) as client:

        async def one(key: str) -> None:
            async with gate:
                try:
                    found[key] = await where.held(client, key)
                except (Failure, PlatformRefusal, TimeoutError):
                    return  # not seen: said as such by its absence

        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await asyncio.gather(*(one(key) for key in keys))
    return found
