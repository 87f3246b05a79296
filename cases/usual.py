"""How long the same matter usually takes here: from the filing to the decision, over the last twelve months."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection

LEAST: Final = 20  # below that a percentile says more about one case than about the office
OVER: Final = timedelta(days=365)
# Answered from the index `case_decided` alone, condition for condition; its rows are those of one item in one region.
_SQL: Final = """
SELECT count(*), percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (
  ORDER BY (decided_at AT TIME ZONE %(zone)s)::date - (submitted_at AT TIME ZONE %(zone)s)::date)
FROM cases_case
WHERE region_id = %(region)s AND category = %(category)s AND decided_at >= %(since)s
  AND decided_at IS NOT NULL AND NOT (state = 'withdrawn')
"""


@dataclass(frozen=True, slots=True)
class Usual:
    """Calendar days within which half, and nine of ten, of `n` filings were decided; None under LEAST of them."""

    n: int
    half: int | None
    most: int | None


def usual_time(region: str, category: str, now: datetime) -> Usual:
    """Enter the region first. Withdrawn filings say nothing of the office and are left out."""
    asked: dict[str, str | datetime] = {
        "zone": settings.TIME_ZONE,
        "region": region,
        "category": category,
        "since": now - OVER,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL, asked)
        row = cursor.fetchone()
    n, days = (int(row[0]), row[1]) if row else (0, None)
    if n < LEAST or not days:
        return Usual(n, None, None)
    return Usual(n, int(days[0]), int(days[1]))
