"""Materials the register already has: checked at a window or issued by an organ, they are used again while valid.

国办函〔2016〕108号: level A is used directly, level B in its validity; nobody is asked for them a second time.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Final

from django.db.models import Q, QuerySet
from django.utils import timezone

from cases import virus_scan
from cases.models import Material
from creditrepair.tenancy.context import region_context

LEVELS: Final = (Material.Level.A, Material.Level.B)
UNDATED: Final = timedelta(days=365)  # ours: where no end of validity was noted
UNSAFE: Final = (virus_scan.WAITING, virus_scan.FOUND)


def reusable(region: str, subject: str, on: date) -> list[Material]:
    """Materials of earlier filings of the subject in one region that may be used again, newest first."""
    with region_context(region):
        return list(
            _valid(on)
            .filter(region_id=region, application__subject_id=subject)
            .select_related("file", "verified_by", "application", "case")
            .order_by("-added_at", "-id")
        )


def reusable_by(region: str, subject: str, uuid: str, on: date) -> Material | None:
    """One of them by its number; None if it is not, or no more."""
    with region_context(region):
        return (
            _valid(on)
            .filter(region_id=region, application__subject_id=subject, uuid=uuid)
            .select_related("file", "case__record")
            .first()
        )


def first_for(found: Iterable[Material], code: str, record: int | None) -> Material | None:
    """The newest for a material: a common one of any filing, one of a record only of that record."""
    return next((one for one in found if one.code == code and (one.case and one.case.record_id) == record), None)


def _valid(on: date) -> QuerySet[Material]:
    noted = Q(valid_until__gte=on) | Q(valid_until=None, added_at__gte=_start(on - UNDATED))
    return Material.objects.filter(noted, level__in=LEVELS, replaced_by__isnull=True, file__isnull=False).exclude(
        file__scan__in=UNSAFE
    )


def _start(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
