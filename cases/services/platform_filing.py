"""平台转来的申请: filed at a platform, opened here by the same law and in the same queues, acknowledged with our number.

A part that is missing stops no filing that the law allows: the case opens, and a task names what is missing. What the
law does not allow yet is answered as on our own pages: not filed, with the reason and the first day.
"""

import logging
import re
import time
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Final

from django.db import transaction
from django.utils import timezone

from cases.facts import facts_of, judge_record
from cases.law import Verdict
from cases.models import Application, Case, FailureRecord, Material, Task
from cases.query_codes import query_code_hash, query_code_of
from cases.services import messages
from cases.services.differences import owner_of
from cases.services.filing import COMMITMENT
from cases.services.opening import new_filing_no, open_case
from cases.services.task import open_task
from cases.states import OPEN_STATES, CaseState
from creditrepair.audit.chain import Line, record_all
from creditrepair.tenancy.actor import system_actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.models import Region
from sync import acks, outbox
from sync.models import InboundFiling
from sync.targets import target as target_of

log = logging.getLogger(__name__)
Fate = InboundFiling.Fate
A_ROUND: Final = 100
MOBILE: Final = re.compile("1[0-9]{10}")


@dataclass(slots=True)
class Sorted:
    """The records of one application by what the law says of each; `notes` tell the platform why some were left out."""

    may_file: list[tuple[FailureRecord, Verdict]] = field(default_factory=list)
    under_way: list[Case] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)


def file_waiting(*, now: datetime, seconds: float = 20.0) -> int:
    """Open what platforms have handed over, in every region; returns how many got an answer. Safe to run twice."""
    until, done = time.monotonic() + seconds, 0
    for region in Region.objects.order_by("code").values_list("code", flat=True):
        with region_context(region):
            rows = InboundFiling.objects.filter(region_id=region, fate=Fate.NEW).order_by("id")
            waiting = list(rows.values_list("pk", flat=True)[:A_ROUND])
        for pk in waiting:
            if time.monotonic() > until:
                return done
            try:
                done += file_from_platform(region, pk, now=now)
            except (
                Exception
            ):  # one application that always raises must not hold up the others; it stays new and is shown
                log.exception("application %s of region %s could not be opened", pk, region)
    return done


@transaction.atomic
def file_from_platform(region: str, pk: int, *, now: datetime) -> int:
    """Answer one application: file it, find the case under way, say why not yet, or hand it to a person."""
    with region_context(region):
        came = (
            InboundFiling.objects.select_for_update(skip_locked=True).filter(region_id=region, pk=pk, fate=Fate.NEW)
        ).first()  # fmt: skip
        if came is None:
            return 0
        found = _sort(came, now)
        if found.may_file:
            application, cases = _file(came, found, now)
            _settle(came, Fate.FILED, "filed", application.filing_no, application.ref, found.notes, now)
            _ask_for_what_is_missing(came, application, cases, found, now)
        elif found.under_way:
            first = found.under_way[0].application
            notes = ["该信息已有办理中的申请", *found.notes]
            _settle(came, Fate.OPEN, "already_open", first.filing_no, first.ref, notes, now)
        elif found.strange:
            _settle(came, Fate.PERSON, "under_review", "", "", found.strange, now)
            _task(came, came.came_no, found.strange, None, now)
        else:
            _settle(came, Fate.NOT_FILED, "not_filed", "", "", found.notes, now)
        return 1


def _sort(came: InboundFiling, now: datetime) -> Sorted:
    """Each record locked and judged by the same Verdict as on our own pages; a doubt never refuses."""
    found, today = Sorted(), timezone.localdate(now)
    code = str(came.content.get("subject_code", ""))
    records = {
        record.record_key: record
        for record in FailureRecord.objects.select_for_update(of=("self",))
        .select_related("subject", "department")
        .filter(region_id=came.region_id, record_key__in=came.record_keys)
        .order_by("pk")
    }
    for key in came.record_keys:
        record = records.get(key)
        if record is None:
            found.strange.append(f"登记簿中没有信息 {key}")
        elif record.subject_id != code:
            found.strange.append(f"信息 {key} 的主体代码与申请不一致")
        else:
            _sort_one(found, record, today)
    return found


def _sort_one(found: Sorted, record: FailureRecord, today: date) -> None:
    verdict = judge_record(record, today)
    under_way = (
        Case.objects.select_related("application")
        .filter(region_id=record.region_id, record=record, state__in=[*OPEN_STATES, CaseState.APPROVED])
        .first()
    )
    if under_way is not None:
        found.under_way.append(under_way)
        found.notes.append(f"{record.doc_no}：办理中，办件编号 {under_way.application.filing_no}")
    elif record.status != FailureRecord.Status.PUBLISHED:
        found.notes.append(f"{record.doc_no}：已不再公示，无需申请")
    elif not verdict.may_file:
        found.notes.append(f"{record.doc_no}：{verdict.headline}。{verdict.reasons[0].text}")
    else:
        found.may_file.append((record, verdict))


def _file(came: InboundFiling, found: Sorted, now: datetime) -> tuple[Application, list[Case]]:
    region, content = came.region_id, came.content
    token = "platform-" + sha256(f"{came.target}|{came.came_no}".encode()).hexdigest()[:40]
    phone = str(content.get("agent_phone", ""))
    subject = found.may_file[0][0].subject
    committed = bool(content.get("committed"))
    application = Application.objects.create(
        region_id=region,
        filing_no=new_filing_no(now),
        form_token=token,
        query_code_hash=query_code_hash(query_code_of(token, region)),
        subject=subject,
        channel=Application.Channel.PLATFORM,
        came_from=came.target,
        came_no=came.came_no,
        agent_name=str(content.get("agent_name", ""))[:50],
        agent_phone=phone if MOBILE.fullmatch(phone) else "",
        commitment=COMMITMENT if committed else "",
        committed_by=str(content.get("committed_by", ""))[:50] if committed else "",
        committed_at=came.filed_at,
        submitted_at=now,
    )
    cases = [open_case(application, record, verdict, now) for record, verdict in found.may_file]
    Material.objects.bulk_create(_materials(came, application, now))
    title = target_of(came.target).title
    lines = [
        Line(
            "submitted",
            "case",
            case.ref,
            application=application.ref,
            on_behalf_of=subject.code,
            authority=f"{title}转来，编号 {came.came_no}",
            data={"doc_no": case.record.doc_no, "department": case.department.name, "verdict": verdict.status},
        )
        for case, (_, verdict) in zip(cases, found.may_file, strict=True)
    ]
    record_all(system_actor(region), lines, at=now)
    messages.tell_submitted(application, cases, now=now)
    return application, cases


def _materials(came: InboundFiling, application: Application, now: datetime) -> list[Material]:
    """What was stated on the platform: level D, for no file comes with it."""
    given = [one for one in came.content.get("materials", []) if one.get("code") and one.get("statement")]
    return [
        Material(
            region_id=came.region_id,
            application=application,
            code=one["code"],
            title=one.get("title") or one["code"],
            statement=one["statement"],
            level=Material.Level.D,
            source=target_of(came.target).title,
            added_at=now,
        )
        for one in given
    ]


def _ask_for_what_is_missing(
    came: InboundFiling, application: Application, cases: list[Case], found: Sorted, now: datetime
) -> None:
    """One task naming every part that did not come, so that it is asked for at once (一次性告知)."""
    missing = list(found.strange)
    if not application.agent_name:
        missing.append("没有经办人姓名")
    if not application.agent_phone:
        missing.append("没有可用的手机号码，无法发送短信")
    if not application.commitment:
        missing.append("没有信用承诺")
    given = {one["code"] for one in came.content.get("materials", []) if one.get("statement")}
    for case in cases:
        for wanted in case.room.materials(facts_of(case.record)):
            if wanted.source == "applicant" and wanted.required and wanted.code not in given:
                missing.append(f"{case.record.doc_no}缺少“{wanted.title}”")
    if missing:
        _task(came, application.ref, missing, cases[0], now)


def _task(came: InboundFiling, thing: str, missing: list[str], case: Case | None, now: datetime) -> None:
    open_task(
        came.region_id,
        kind=Task.Kind.PLATFORM,
        thing_kind="application" if case else "filing",
        thing=thing,
        title=f"{target_of(came.target).title}转来的申请 {came.came_no}",
        detail="；".join(missing),
        department_id=owner_of(came.region_id, case.department if case else None),
        now=now,
    )


def _settle(
    came: InboundFiling, fate: str, state: str, filing_no: str, application: str, notes: list[str], now: datetime
) -> None:
    """Keep the answer beside the question and queue it to the platform."""
    detail = "；".join(notes)[:500]
    came.fate, came.detail, came.filing_no, came.application, came.handled_at = (
        fate,
        detail,
        filing_no,
        application,
        now,
    )
    came.save(update_fields=["fate", "detail", "filing_no", "application", "handled_at"])
    acks.enqueue_ack(
        came.region_id, came.target, came_no=came.came_no, filing_no=filing_no, state=state, reason=detail[:300],
        thing=application or came.came_no, now=now,
    )  # fmt: skip
    transaction.on_commit(outbox.wake, robust=True)
