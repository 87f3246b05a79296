"""What the doors beside repair share: numbers, files handed in, the paper from outside, tasks that end, messages."""

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.utils import timezone

from cases.models import Objection, PenaltyWithdrawal, Restructuring, StoredFile, Task
from cases.query_codes import CODE_ALPHABET
from cases.services.messages import TELLS
from cases.services.task import open_task
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid
from creditrepair.tenancy.models import Region
from sync import sms
from sync.messages import SMS_SIGN, BadSms, NotAMobile

log = logging.getLogger(__name__)
MAX_ORGAN: Final = 50
MAX_PAPER: Final = 128
MAX_FILES: Final = 9
Thing = Objection | PenaltyWithdrawal | Restructuring


def new_number(prefix: str, now: datetime) -> str:
    """Prefix + Shanghai day + six random signs: readable over the telephone, not countable."""
    return f"{prefix}{timezone.localdate(now):%Y%m%d}" + "".join(secrets.choice(CODE_ALPHABET) for _ in range(6))


@dataclass(frozen=True, slots=True)
class OutsidePaper:
    """A paper of a court, a reconsideration organ or a superior: whose, its number and local date, and the scan."""

    organ: str
    paper_no: str
    decided_on: date | None
    file_uuid: str


def paper_faults(paper: OutsidePaper, *, not_before: date | None, now: datetime) -> dict[str, str]:
    """What is missing or cannot be, by field; `not_before` the day of what the paper speaks of."""
    faults: dict[str, str] = {}
    if not paper.organ.strip() or len(paper.organ.strip()) > MAX_ORGAN:
        faults["organ"] = f"请填写作出文书的机关，不超过{MAX_ORGAN}个字。"
    if not paper.paper_no.strip() or len(paper.paper_no.strip()) > MAX_PAPER:
        faults["paper_no"] = f"请填写文书的文号（案号），不超过{MAX_PAPER}个字。"
    if paper.decided_on is None:
        faults["decided_on"] = "请填写文书日期。"
    elif paper.decided_on > timezone.localdate(now):
        faults["decided_on"] = "文书日期不能晚于今天。"
    elif not_before is not None and paper.decided_on < not_before:
        faults["decided_on"] = f"文书日期不能早于{not_before.isoformat()}。"
    return faults


def agent_faults(name: str, phone: str) -> dict[str, str]:
    faults = {}
    if not name.strip() or len(name.strip()) > MAX_ORGAN:
        faults["agent_name"] = "请填写经办人姓名。"
    phone = phone.strip()
    if not (phone.isascii() and phone.isdigit() and len(phone) == 11 and phone.startswith("1")):
        faults["agent_phone"] = "请填写11位手机号码，用于接收办理通知。"
    return faults


def own_files(actor: Actor, region: str, uuids: Sequence[str], field: str) -> list[StoredFile]:
    """The files of these references, each uploaded by the actor in this region. Raises Invalid (by field)."""
    wanted = list(dict.fromkeys(uuids))
    if len(wanted) > MAX_FILES:
        raise Invalid(fields={field: f"最多可以上传{MAX_FILES}个文件。"})
    found = {
        str(file.uuid): file
        for file in StoredFile.objects.filter(region_id=region, uuid__in=wanted, owner_id=actor.person_id)
    }
    if len(found) != len(wanted):
        raise Invalid(fields={field: "文件没有找到，请重新上传。"})
    waiting = next((file for file in found.values() if file.scan == "waiting"), None)
    if waiting is not None:
        raise Invalid(fields={field: f"文件“{waiting.name}”待安全检查，检查通过后再提交。"})
    return [found[uuid] for uuid in wanted]


def end_tasks(actor: Actor, thing: Thing, thing_kind: str, answer: str, now: datetime) -> None:
    """Close what was open about a thing that is settled: whoever had taken it sees why."""
    Task.objects.filter(
        region_id=thing.region_id, thing_kind=thing_kind, thing=thing.ref, closed_at__isnull=True
    ).update(closed_at=now, closed_by_id=actor.user_id if actor.is_staff else None, answer=answer[:500])


def tell(
    thing: Objection | PenaltyWithdrawal, thing_kind: str, template: str, number: str, now: datetime, *, phone: str
) -> None:
    """Queue one short message about the thing to its firm; what no telephone can receive is for the window to say."""
    key = f"{template}|{thing.ref}"
    sign = Region.objects.get(pk=thing.region_id).identity.get("sms_sign") or SMS_SIGN
    why = "没有可以接收短信的手机号码" if phone else "没有登记手机号码"
    try:
        sms.enqueue(
            thing.region_id, phone=phone, template=template, params={"number": number}, key=key,
            thing_kind=thing_kind, thing=thing.ref, now=now, sign=sign,
        )  # fmt: skip
        return
    except NotAMobile:
        pass
    except BadSms as problem:
        log.error("message %s cannot be written: %s", key, problem)
        why = "短信内容不完整，未能发送"
    open_task(
        thing.region_id,
        kind=Task.Kind.UNREACHABLE,
        thing_kind="sms",
        thing=key,
        title=f"请电话或当面告知：{TELLS[template]}（{number}）",
        detail=f"{why}。联系{thing.subject.name}，经办人{thing.agent_name or '未登记'}。",
        department_id=thing.department_id,
        now=now,
    )
