"""What the applicant is told by SMS at each state (T02–T11): queued in the deciding transaction, once per event."""

from collections.abc import Sequence
from datetime import date, datetime

from django.utils import timezone

from cases.deadlines import clock_of
from cases.law import ClockState
from cases.models import Application, Case, Correction, Extension
from sync import outbox


def _tell(application: Application, template: str, event: str, params: dict[str, str], now: datetime) -> None:
    if not application.agent_phone:  # recorded for another organ: nobody here has filed
        return
    outbox.enqueue_sms(
        application.region_id,
        phone=application.agent_phone,
        template=template,
        params=params,
        key=f"{template}|{event}",
        thing=application.ref,
        now=now,
    )


def day(value: date) -> str:
    """A date as people read it in a message."""
    return f"{value.month}月{value.day}日"


def tell_submitted(application: Application, cases: Sequence[Case], *, now: datetime) -> None:
    _tell(application, "T02", application.ref, {"number": application.filing_no, "n": "3"}, now)


def tell_filed_by_clerk(application: Application, *, now: datetime) -> None:
    phone = application.region.identity.get("phone", "")
    _tell(
        application,
        "T07",
        application.ref,
        {"date": day(timezone.localdate(application.submitted_at)), "number": application.filing_no, "phone": phone},
        now,
    )


def tell_accepted(case: Case, *, now: datetime) -> None:
    by = clock_of(case, timezone.localdate(now)).promised
    if by is None:  # the law names no day for this matter: the paper says so, a message must not invent one
        return
    _tell(case.application, "T03", case.ref, {"number": case.application.filing_no, "date": day(by.day)}, now)


def tell_correction(case: Case, correction: Correction, *, now: datetime) -> None:
    """T04 with the day the region set for answers, T10 while no day is set (the law names none that we know)."""
    params = {"number": case.application.filing_no, "n": str(len(correction.items))}
    event = f"{case.ref}|{correction.round}"
    if correction.due_on is None:
        _tell(case.application, "T10", event, params, now)
    else:
        _tell(case.application, "T04", event, {**params, "date": day(correction.due_on)}, now)


def tell_extended(case: Case, extension: Extension, clock: ClockState, *, now: datetime) -> None:
    """T09 with the new day; T11 with the length while a correction is open, for the day then moves with the answer."""
    number = case.application.filing_no
    event = f"{case.ref}|{extension.pk}"
    by = clock.promised
    if clock.paused or by is None:
        _tell(case.application, "T11", event, {"number": number, "n": str(extension.working_days)}, now)
    else:
        _tell(case.application, "T09", event, {"number": number, "date": day(by.day)}, now)


def tell_decided(case: Case, *, now: datetime) -> None:
    _tell(case.application, "T05", case.ref, {"number": case.application.filing_no}, now)


def tell_repaired(case: Case, *, now: datetime) -> None:
    _tell(case.application, "T06", case.ref, {"number": case.application.filing_no, "n": "1"}, now)
