"""What the applicant is told by SMS at each state (T02–T07): queued in the deciding transaction, once per event."""

from collections.abc import Sequence
from datetime import date, datetime

from cases.models import Application, Case
from sync import outbox


def _tell(application: Application, template: str, event: str, params: dict[str, str], now: datetime) -> None:
    outbox.enqueue_sms(
        application.region_id,
        phone=application.agent_phone,
        template=template,
        params=params,
        key=f"{template}|{event}",
        thing=application.ref,
        now=now,
    )


def day(value: date | None) -> str:
    """A date as people read it in a message; the law's unknowns are named, not guessed."""
    return f"{value.month}月{value.day}日" if value else "待核实"


def tell_submitted(application: Application, cases: Sequence[Case], *, now: datetime) -> None:
    _tell(application, "T02", application.ref, {"no": application.filing_no, "n": "3"}, now)


def tell_filed_by_clerk(application: Application, *, now: datetime) -> None:
    phone = application.region.identity.get("phone", "")
    _tell(application, "T07", application.ref, {"date": day(application.submitted_at.date()), "no": application.filing_no, "phone": phone}, now)


def tell_accepted(case: Case, *, now: datetime) -> None:
    _tell(case.application, "T03", case.ref, {"no": case.application.filing_no, "date": day(case.due_on)}, now)


def tell_correction(case: Case, count: int, *, now: datetime) -> None:
    _tell(
        case.application,
        "T04",
        f"{case.ref}|{case.round}",
        {"no": case.application.filing_no, "n": str(count), "date": "通知书载明日期"},
        now,
    )


def tell_decided(case: Case, *, now: datetime) -> None:
    _tell(case.application, "T05", case.ref, {"no": case.application.filing_no}, now)


def tell_repaired(case: Case, *, now: datetime) -> None:
    _tell(case.application, "T06", case.ref, {"no": case.application.filing_no, "n": "1"}, now)
