"""The department sets the class of a record (失信程度认定); the system only suggests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

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
from creditrepair.tenancy.errors import Invalid, Refusal
from notices import force
from notices import services as notices

MOST_AT_ONCE: Final = 100
DONE, SKIPPED = "完成", "跳过"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record of many: done, or skipped with the sentence that says why."""

    done: bool
    why: str = ""

    @property
    def word(self) -> str:
        return DONE if self.done else SKIPPED


@transaction.atomic
def set_severity_many(
    actor: Actor, *, refs: Sequence[str], severity: str, reason: str, now: datetime
) -> list[tuple[str, Outcome]]:
    """Set one class on up to 100 records, each as `set_severity` does: own history, own Event, own papers.

    A record that cannot be set is skipped and said so; the others are not kept from it. One that has the class
    already is skipped. In the order of `refs`, each once.

    Raises Invalid where nothing at all can be done: no or too many records, unknown class, no reason.
    """
    chosen = list(dict.fromkeys(refs))
    if not chosen:
        raise Invalid(fields={"refs": "请至少选择一条信息。"})
    if len(chosen) > MOST_AT_ONCE:
        raise Invalid(fields={"refs": f"一次最多{MOST_AT_ONCE}条，请分批办理。"})
    _require_form(severity, reason)
    return [(ref, _set_one(actor, ref, severity, reason, now)) for ref in chosen]


def _set_one(actor: Actor, ref: str, severity: str, reason: str, now: datetime) -> Outcome:
    try:
        with transaction.atomic():
            if access_record(actor, ref, to="record").severity == severity:
                return Outcome(False, "已是该失信程度，无需重新认定。")
            set_severity(actor, ref=ref, severity=severity, reason=reason, now=now)
    except Refusal as refused:
        return Outcome(False, refused.message)
    return Outcome(True)


@transaction.atomic
def set_severity(actor: Actor, *, ref: str, severity: str, reason: str, now: datetime) -> FailureRecord:
    """Set the class of one record, with a reason; the earlier value stays in `SeverityChange`.

    A 告知书 that printed another class is put out of force: the record waits for a new one, to be served again.

    Raises NotFound, NotAllowed (another unit's record), Invalid (unknown class, empty reason).
    """
    _require_form(severity, reason)
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
        force.supersede(actor, told, reason="失信程度重新认定，须重新告知", now=now)
    record_event(
        actor,
        "severity_set",
        kind="record",
        thing=record.ref,
        at=now,
        data={"before": change.before, "after": severity, "suggested": suggested, "reason": change.reason},
    )
    return record


def _require_form(severity: str, reason: str) -> None:
    if severity not in {Severity.MINOR, Severity.GENERAL, Severity.SERIOUS}:
        raise Invalid(fields={"severity": "请选择轻微、一般或严重。"})
    if not reason.strip():
        raise Invalid(fields={"reason": "请填写认定理由。"})
