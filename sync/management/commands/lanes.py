"""The lane daemon: hears each commit that rang the bell, and sends within milliseconds. Docs: docs/adr/0016."""

import asyncio
import logging
import signal
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError

from creditrepair.tenancy.tasks import beat
from sync import lanes
from sync.targets import targets
from sync.tasks import tell_verified

BEAT_SECONDS = 10.0
log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "推送通道：提交后即时推送；停止时先办完手中的报文，再放回其余"

    def handle(self, *args: Any, **options: Any) -> None:
        asyncio.run(serve())


async def serve() -> None:
    """Until SIGTERM or SIGINT: then what is under way is finished (10 s at most) and the rest is given back."""
    run = lanes.Drain(None)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, run.stop)
    beating = asyncio.create_task(_beat(run))
    try:
        await run.all_lanes(targets(), told=_tell)
    finally:
        beating.cancel()


async def _beat(run: lanes.Drain) -> None:
    while True:
        try:
            await run.database.run(beat, "lanes")
        except DatabaseError:
            log.warning("no heartbeat: the database is away")
        await asyncio.sleep(BEAT_SECONDS)


def _tell(verified: int) -> None:
    try:
        tell_verified(verified)
    except Exception as problem:  # noqa: BLE001 - whatever a broker may raise, the sweeper asks within 5 s
        log.warning("nobody was told of %d verified deliveries: %s", verified, type(problem).__name__)
