"""The sweeper: every few seconds it does itself what the workers are only told to do. The broker may be away."""

import logging
import signal
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections
from django.utils import timezone

from cases import uploads
from cases.services import batch_work, forget, notify_many, recompute, reconcile, remind, repair, rescan, take_in, watch
from creditrepair import alive
from creditrepair.celery import app
from creditrepair.tenancy.models import Region
from creditrepair.tenancy.tasks import beat
from notices import printing
from sync import lanes, sms

log = logging.getLogger(__name__)
UNTOUCHED = timedelta(seconds=15)  # a batch that moved since is in a worker's hands


def _ask() -> None:
    try:
        app.send_task("creditrepair.tenancy.tasks.heartbeat", args=["sweeper"], retry=False)
    except Exception as problem:  # whatever it was: the worker's beat grows old, and that is what alarms
        log.warning("the broker took no heartbeat: %s", problem)


class Command(BaseCommand):
    asking: threading.Thread | None = None
    next_ask = 0.0
    next_orphans = next_rejudge = next_forget = 0.0
    help = "清扫：消息队列不可用时，仍按时推送、生成文书、核验修复结果"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="只清扫一遍")
        parser.add_argument("--every", type=float, default=5.0, help="间隔（秒）")

    def handle(self, *args: Any, **options: Any) -> None:
        works: list[tuple[str, Callable[[], object]]] = [
            ("lanes", lambda: lanes.drain(4.0)),
            ("numbers", lambda: notify_many.number_waiting(seconds=2.0)),
            ("papers", lambda: printing.render_waiting(limit=5)),
            ("repaired", lambda: repair.settle_verified(timezone.now())),
            ("rules", lambda: recompute.recompute_waiting(seconds=3.0, now=timezone.now())),
            ("batches", lambda: batch_work.collect_waiting(seconds=3.0, now=timezone.now(), untouched=UNTOUCHED)),
            ("rejudge", self._rejudge),
            ("reminders", lambda: remind.remind_due(seconds=3.0, now=timezone.now())),
            ("listen", self._listen),
            ("orphans", self._orphans),
            ("scans", lambda: rescan.scan_waiting(seconds=3.0)),
            ("codes", sms.forget_codes),
            ("forget", self._forget),
            ("watch", watch.watch_all),
            ("alarm", alive.crier.cry),
            ("ask", self._ask_worker),
            ("sweeper", lambda: beat("sweeper")),
        ]
        stop = threading.Event()
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, lambda *_: stop.set())
            signal.signal(signal.SIGINT, lambda *_: stop.set())
        while True:
            for name, work in works:
                self._one(name, work)
            close_old_connections()
            if options["once"] or stop.wait(options["every"]):
                return

    def _ask_worker(self) -> None:
        """Three times a minute: let a worker prove that it consumes, so that a dead beat and a dead worker differ.

        In a thread of its own: a frozen broker holds a sender for seconds, and the round must not wait.
        """
        if time.monotonic() < self.next_ask or (self.asking is not None and self.asking.is_alive()):
            return
        self.next_ask = time.monotonic() + 20
        self.asking = threading.Thread(target=_ask, name="ask-worker", daemon=True)
        self.asking.start()

    def _rejudge(self) -> None:
        """Once an hour: records whose answer may be another today, or that other rules judged last."""
        if time.monotonic() < self.next_rejudge:
            return
        self.next_rejudge = time.monotonic() + 3600
        recompute.rejudge_due(now=timezone.now())

    def _listen(self) -> None:
        """What the workers read every half minute; the feeds themselves know whether they are due."""
        take_in.take_in(now=timezone.now(), seconds=3.0)
        reconcile.start_needed(now=timezone.now())
        reconcile.advance_runs(now=timezone.now(), seconds=3.0)

    def _orphans(self) -> None:
        """Once an hour: files whose row was rolled back."""
        if time.monotonic() < self.next_orphans:
            return
        self.next_orphans = time.monotonic() + 3600
        for region in Region.objects.order_by("code").values_list("code", flat=True):
            uploads.remove_orphans(region, now=timezone.now())

    def _forget(self) -> None:
        """Once a day, in rounds until nothing is left, whether or not beat has told a worker the same."""
        if time.monotonic() >= self.next_forget and forget.forget_old(seconds=2.0, now=timezone.now()):
            self.next_forget = time.monotonic() + 86400

    def _one(self, name: str, work: Callable[[], object]) -> None:
        """One piece of work; a fault in it must not keep the others from running."""
        try:
            work()
        except Exception:
            log.exception("sweep of %s failed; the next round tries again", name)
