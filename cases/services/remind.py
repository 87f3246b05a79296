"""到期提醒 (T01): one short message about one record, soon or today; the run over all records calls this for each."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from django.db import transaction
from django.utils import timezone

from cases.facts import judge_record
from cases.models import Application, FailureRecord, Task
from cases.services.messages import day
from cases.services.task import open_task
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import system_actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Region
from notices.models import Service
from sync import sms
from sync.messages import SMS_SIGN, BadSms, NotAMobile

SOON_DAYS: Final = 7
PROVINCE: Final = "province_sends_reminders"  # Region.settings: the provincial platform reminds, we keep silent


class Fate(StrEnum):
    """What became of one reminder; whoever looks at the record can be told."""

    QUEUED = "queued"
    TOLD_BEFORE = "told_before"
    PROVINCE = "province"
    NOT_DUE = "not_due"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Reminded:
    fate: Fate
    message_no: str = ""


@transaction.atomic
def remind(region: str, *, record_ref: str, now: datetime) -> Reminded:
    """Queue the reminder that is due about one record, once per earliest date and occasion, if it may be applied for.

    Soon: up to seven days before the first day; today: from that day on. A changed rule or fact that moves the day makes
    another occasion. Hours and daily limit are those of `sync.sms`. Nobody reachable by SMS becomes a window's task.
    """
    with region_context(region):
        if Region.objects.get(pk=region).settings.get(PROVINCE):
            return Reminded(Fate.PROVINCE)
        record = FailureRecord.objects.select_related("subject", "department", "region").get(
            region_id=region, ref=record_ref
        )
        today = timezone.localdate(now)
        verdict = judge_record(record, today)
        first = verdict.earliest
        if record.status != FailureRecord.Status.PUBLISHED or first is None:
            return Reminded(Fate.NOT_DUE)
        if verdict.status not in ("now", "from_date") or (first - today).days > SOON_DAYS:
            return Reminded(Fate.NOT_DUE)
        key = f"T01|{record.ref}|{first.isoformat()}|{'today' if first <= today else 'soon'}"
        phone = phone_of(record)
        contact = record.department.phone or record.region.identity.get("phone", "")
        try:
            row = sms.enqueue(
                region,
                phone=phone,
                template="T01",
                params={"n": "1", "date": day(first), "phone": contact},
                key=key,
                thing=record.ref,
                thing_kind="record",
                now=now,
                sign=record.region.identity.get("sms_sign") or SMS_SIGN,
            )
        except BadSms as problem:
            return _window(record, key, problem, phone, now)
        if row is None:
            return Reminded(Fate.TOLD_BEFORE)
        record_event(
            system_actor(region), "reminded", kind="record", thing=record.ref, at=now, data={"day": first.isoformat()}
        )
        return Reminded(Fate.QUEUED, row.message_no)


def phone_of(record: FailureRecord) -> str:
    """The number given when the papers were served, else that of the firm's latest filing here; "" if there is none."""
    served = (
        Service.objects.filter(region_id=record.region_id, record_ref=record.ref)
        .exclude(phone="")
        .order_by("-recorded_at")
        .values_list("phone", flat=True)
        .first()
    )
    filed = (
        Application.objects.filter(region_id=record.region_id, subject_id=record.subject_id)
        .exclude(agent_phone="")
        .order_by("-submitted_at")
        .values_list("agent_phone", flat=True)
        .first()
    )
    return str(served or filed or "")


def _window(record: FailureRecord, key: str, problem: BadSms, phone: str, now: datetime) -> Reminded:
    why = "登记的不是手机号码" if isinstance(problem, NotAMobile) and phone else "没有登记手机号码"
    open_task(
        record.region_id,
        kind=Task.Kind.UNREACHABLE,
        thing_kind="sms",
        thing=key,
        title=f"请电话或当面告知：可以申请修复的日期（{record.doc_no}）",
        detail=f"{why}。联系{record.subject_name}{'，号码' + phone if phone else ''}。",
        department_id=record.department_id,
        now=now,
    )
    return Reminded(Fate.NOBODY)
