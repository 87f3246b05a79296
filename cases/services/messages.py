"""What the applicant is told by SMS at each state (T02–T11): queued in the deciding transaction, once per event."""

import logging
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from django.utils import timezone

from cases.deadlines import clock_of
from cases.law import ClockState
from cases.models import Application, Case, Correction, Extension, Task
from cases.services.task import open_task
from sync import sms
from sync.messages import SMS_SIGN, BadSms, NotAMobile

log = logging.getLogger(__name__)
# What a person has to say when no message can: by template.
TELLS: Final = {
    "T01": "可以申请修复的日期",
    "T02": "申请已收到",
    "T03": "申请已受理和办结日期",
    "T04": "需要补正的内容和期限",
    "T05": "已作出决定",
    "T06": "信息已核验不再公示",
    "T07": "窗口已凭授权提交申请",
    "T09": "办理期限已延长",
    "T10": "需要补正的内容",
    "T11": "办理期限已延长",
    "T21": "异议已收到",
    "T22": "异议已答复",
    "T23": "处罚撤销变更已确认",
    "T24": "处罚撤销变更未予确认",
}


def _tell(
    application: Application, template: str, event: str, params: dict[str, str], now: datetime, case: Case | None = None
) -> None:
    """Queue one message, once per event; what no telephone can receive becomes a task of the window.

    The act that is told stands whatever the message does: nothing here refuses, the gateway is asked later.
    """
    if not application.was_filed:
        return
    key = f"{template}|{event}"
    try:
        sms.enqueue(
            application.region_id,
            phone=application.agent_phone,
            template=template,
            params=params,
            key=key,
            thing=application.ref,
            now=now,
            sign=application.region.identity.get("sms_sign") or SMS_SIGN,
        )
    except NotAMobile:
        ask_window(
            application, key, "没有可以接收短信的手机号码" if application.agent_phone else "没有登记手机号码", now, case
        )
    except BadSms as problem:
        log.error("message %s cannot be written: %s", key, problem)
        ask_window(application, key, "短信内容不完整，未能发送", now, case)


def ask_window(application: Application, key: str, why: str, now: datetime, case: Case | None) -> None:
    """A person calls instead: whom, about what, and why no message went."""
    about = case or application.cases.order_by("id").first()
    if about is None:
        return
    template = key.partition("|")[0]
    open_task(
        application.region_id,
        kind=Task.Kind.UNREACHABLE,
        thing_kind="sms",
        thing=key,
        title=f"请电话或当面告知：{TELLS[template]}（办件{application.filing_no}）",
        detail=f"{why}。联系{application.subject.name}，经办人{application.agent_name or '未登记'}"
        f"{'，号码' + application.agent_phone if application.agent_phone else ''}。",
        department_id=about.department_id,
        now=now,
    )


def day(value: date) -> str:
    """A date as people read it in a message."""
    return f"{value.month}月{value.day}日"


def day_and_year(value: date) -> str:
    return f"{value.year}年{value.month}月{value.day}日"


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
    _tell(case.application, "T03", case.ref, {"number": case.application.filing_no, "date": day(by.day)}, now, case)


def tell_correction(case: Case, correction: Correction, *, now: datetime) -> None:
    """T04 with the day the region set for answers, T10 while no day is set (the law names none that we know)."""
    params = {"number": case.application.filing_no, "n": str(len(correction.items))}
    event = f"{case.ref}|{correction.round}"
    if correction.due_on is None:
        _tell(case.application, "T10", event, params, now, case)
    else:
        _tell(case.application, "T04", event, {**params, "date": day(correction.due_on)}, now, case)


def tell_extended(case: Case, extension: Extension, clock: ClockState, *, now: datetime) -> None:
    """T09 with the new day; T11 with the length while a correction is open, for the day then moves with the answer."""
    number = case.application.filing_no
    event = f"{case.ref}|{extension.pk}"
    by = clock.promised
    if clock.paused or by is None:
        _tell(case.application, "T11", event, {"number": number, "n": str(extension.working_days)}, now, case)
    else:
        _tell(case.application, "T09", event, {"number": number, "date": day(by.day)}, now, case)


def tell_decided(case: Case, *, now: datetime) -> None:
    _tell(case.application, "T05", case.ref, {"number": case.application.filing_no}, now, case)


def tell_revoked(case: Case, *, now: datetime) -> None:
    """The same words as for any decision; an event of its own, so that the grant's message does not stand for it."""
    _tell(case.application, "T05", f"{case.ref}-revoked", {"number": case.application.filing_no}, now, case)


def tell_repaired(case: Case, *, now: datetime) -> None:
    _tell(case.application, "T06", case.ref, {"number": case.application.filing_no, "n": "1"}, now, case)
