"""What nobody needs any more is deleted once a day: codes, upload tickets, wishes that nobody confirmed, sign-ins.

A row is kept for its days (settings `KEEP_*`) after its own, by Shanghai's calendar, and goes the day after. Events
stay: that somebody signed in or wished to be reminded is told there without number, address or device.
"""

import logging
import time
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from cases.models import ReminderWish, SmsCode, UploadTicket
from creditrepair.celery import app
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Region, SignIn

log = logging.getLogger(__name__)
PORTION: Final = 1000
LEAST_SIGN_IN_DAYS: Final = 184  # 网络安全法: six months; a smaller setting deletes no sign-in at all


def wake(in_seconds: float = 0) -> None:
    """Tell a worker that something is left to forget; a dead broker loses nothing, the sweeper looks as well."""
    app.send_task("cases.tasks.forget_old", queue="default", retry=False, countdown=in_seconds or None)


def forget_old(*, seconds: float, now: datetime) -> bool:
    """Delete in portions, a transaction each, for about so many seconds; whether nothing is left."""
    until, complete = time.monotonic() + seconds, True
    codes, wishes = _before(now, settings.KEEP_CODE_DAYS), _before(now, settings.KEEP_WISH_DAYS)
    for region in Region.objects.order_by("code").values_list("code", flat=True):
        kinds: dict[str, QuerySet[Any]] = {
            "codes": SmsCode.objects.filter(region_id=region, sent_at__lt=codes),
            "upload tickets": UploadTicket.objects.filter(region_id=region, expires_at__lt=codes),
            "unconfirmed wishes": ReminderWish.objects.filter(
                region_id=region, asked_at__lt=wishes, confirmed_at__isnull=True
            ),
        }
        for what, rows in kinds.items():
            complete &= _forget(what, rows, until, region)
    if settings.KEEP_SIGN_IN_DAYS < LEAST_SIGN_IN_DAYS:
        log.error("sign-ins are kept: KEEP_SIGN_IN_DAYS is less than %d", LEAST_SIGN_IN_DAYS)
    else:
        old = SignIn.objects.filter(at__lt=_before(now, settings.KEEP_SIGN_IN_DAYS))
        complete &= _forget("sign-ins", old, until)
    return complete


def _before(now: datetime, days: int) -> datetime:
    """The first moment of the oldest day that is still kept."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=days)


def _forget(what: str, rows: QuerySet[Any], until: float, region: str = "") -> bool:
    """At least one portion of `rows`, then on while there is time; what somebody else has locked waits for tomorrow."""
    gone, found = 0, PORTION
    while found == PORTION:
        with transaction.atomic(), region_context(region):
            ids = list(rows.select_for_update(skip_locked=True).order_by("pk").values_list("pk", flat=True)[:PORTION])
            rows.filter(pk__in=ids).delete()
        found = len(ids)
        gone += found
        if time.monotonic() > until:
            break
    if gone:
        log.info("forgotten%s: %d %s", f" in {region}" if region else "", gone, what)
    return found < PORTION
