"""The department sets the class of a record (失信程度认定); the system only suggests."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from cases.access import access_record
from cases.facts import judge_record
from cases.models import FailureRecord, SeverityChange
from cases.models.record import Severity
from cases.services.eligibility import ELIGIBILITY, refresh_eligibility
from cases.services.notify import notice_of
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid
from notices import services as notices


@transaction.atomic
def set_severity(actor: Actor, *, ref: str, severity: str, reason: str, now: datetime) -> FailureRecord:
    """Set the class of one record, with a reason; the earlier value stays in `SeverityChange`.

    A 告知书 that printed another class is put out of force: the record waits for a new one, to be served again.

    Raises NotFound, NotAllowed (another unit's record), Invalid (unknown class, empty reason).
    """
    if severity not in {Severity.MINOR, Severity.GENERAL, Severity.SERIOUS}:
        raise Invalid(fields={"severity": "请选择轻微、一般或严重。"})
    if not reason.strip():
        raise Invalid(fields={"reason": "请填写认定理由。"})
    record = access_record(actor, ref, to="record", lock=True)
    suggested = judge_record(record, timezone.localdate(now)).suggested_severity
    change = SeverityChange.objects.create(
        region_id=record.region_id,
        record=record,
        before=record.severity,
        after=severity,
        suggested=suggested,
        reason=reason.strip(),
        set_by_id=actor.person_id,
        at=now,
    )
    record.severity = severity
    refresh_eligibility(record, timezone.localdate(now))
    record.save(update_fields=["severity", *ELIGIBILITY])
    told = notice_of(record)
    if told is not None and change.before != change.after and notices.names_severity(told):
        notices.supersede(actor, told, reason="失信程度重新认定，须重新告知", now=now)
    record_event(
        actor,
        "severity_set",
        kind="record",
        thing=record.ref,
        at=now,
        data={"before": change.before, "after": severity, "suggested": suggested, "reason": change.reason},
    )
    return record
