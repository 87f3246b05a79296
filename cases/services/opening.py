"""How a filing gets its number and a record its case, whatever way the filing came: online, counter or platform."""

import secrets
from datetime import datetime

from django.utils import timezone

from cases.deadlines import settle_clock
from cases.law import Verdict
from cases.models import Application, Case, FailureRecord
from cases.query_codes import CODE_ALPHABET
from cases.services.eligibility import judgement
from cases.services.ladder import open_intake, pin_ladder
from cases.services.remind_told import release


def new_filing_no(now: datetime) -> str:
    """XF + Shanghai day + six random signs: readable over the telephone, not countable."""
    return f"XF{timezone.localdate(now):%Y%m%d}" + "".join(secrets.choice(CODE_ALPHABET) for _ in range(6))


def open_case(
    application: Application,
    record: FailureRecord,
    verdict: Verdict,
    now: datetime,
    *,
    taken_at: datetime | None = None,
) -> Case:
    """The case of one record of a filing, with its ladder and its intake step.

    now        when the applicant applied: regime, verdict and clock follow it
    taken_at   when the case reaches the unit, where that is later (paper entered afterwards)
    """
    case = Case(
        region_id=record.region_id,
        application=application,
        record=record,
        subject=record.subject,
        category=record.category,
        department=record.department,
        regime=verdict.regime,
        tiers=pin_ladder(record, timezone.localdate(now)),
        record_version=record.version,
        verdict=judgement(record, timezone.localdate(now), verdict),
        submitted_at=now,
    )
    settle_clock(case, taken_at or now)
    case.save()
    release(record.region_id, [record.pk], now=now)
    open_intake(case, taken_at or now)
    case.save(update_fields=["state", "holder", "holder_tier", "due_on", "paused"])
    return case
