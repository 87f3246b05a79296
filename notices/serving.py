"""送达: the five ways, what each needs to be believed, and the one record of each paper."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid, WrongMoment
from notices.models import Notice, Service


@dataclass(frozen=True, slots=True)
class Way:
    """What a way of service needs: named details with their labels, a person who signed, a phone, a proof."""

    details: Mapping[str, str]
    signed: bool = True
    reachable: bool = True
    proven: bool = True


WAYS: Final[Mapping[str, Way]] = {
    Service.Way.DIRECT: Way({}),
    Service.Way.LEFT: Way({"witness": "见证人", "place": "留置地点"}, signed=False, reachable=False),
    Service.Way.POST: Way({"waybill": "邮寄运单号"}, proven=False),
    Service.Way.ELECTRONIC: Way({"address": "电子送达地址"}, proven=False),
    Service.Way.PUBLIC: Way(
        {"place": "公告载体或网址", "days": "公告天数"}, signed=False, reachable=False, proven=False
    ),
}
LONGEST_DETAIL: Final = 200
MOST_DAYS: Final = 365


@transaction.atomic
def record_service(
    actor: Actor,
    *,
    notice: Notice,
    both_papers: bool,
    way: str,
    served_on: date,
    receiver: str,
    phone: str,
    proof: str,
    now: datetime,
    details: Mapping[str, str] | None = None,
    proof_file: UUID | None = None,
    proof_sha256: str = "",
) -> Service:
    """Record once that a paper reached its addressee; with `both_papers`, decision and 告知书 went together.

    details     by way: waybill (or in `proof`); address; witness and place; place and days
    proof_file  uuid of the stored photo or receipt and its hash, known by reference only
    raises      Invalid (missing or impossible fields), WrongMoment (recorded before, or the paper is not in force)
    """
    given = {key: text.strip() for key, text in (details or {}).items() if text.strip()}
    if way == Service.Way.POST and proof.strip():
        given.setdefault("waybill", proof.strip())
    digits = phone.strip()
    faults = _faults(way, given, receiver.strip(), digits, bool(proof.strip() or proof_file))
    if served_on > timezone.localdate(now):
        faults["served_on"] = "送达日期不能晚于今天。"
    if faults:
        raise Invalid(fields=faults)
    if notice.status not in (Notice.Status.ISSUED, Notice.Status.REQUESTED):
        raise WrongMoment("该文书已失效，请使用新文书。")
    if Service.objects.filter(region_id=notice.region_id, notice=notice).exists():
        raise WrongMoment("该文书的送达已登记。", code="already_served")
    service = Service.objects.create(
        region_id=notice.region_id,
        notice=notice,
        record_ref=notice.record_ref,
        both_papers=both_papers,
        way=way,
        served_on=served_on,
        receiver=receiver.strip(),
        phone=digits,
        proof=proof.strip(),
        details={key: given[key] for key in WAYS[way].details if key in given},
        proof_file=proof_file,
        proof_sha256=proof_sha256,
        recorded_by_id=actor.person_id,
        recorded_at=now,
    )
    record_event(
        actor,
        "both_papers_served" if both_papers else "paper_served",
        kind="record" if notice.record_ref else "case",
        thing=notice.record_ref or notice.case_ref,
        application=notice.application_ref,
        at=now,
        data={
            "number": notice.number,
            "way": way,
            "served_on": served_on.isoformat(),
            **({"proof_sha256": proof_sha256} if proof_sha256 else {}),
        },
    )
    return service


def described(service: Service) -> str:
    """The details of a service in words, e.g. 邮寄运单号 EMS1234."""
    labels = WAYS[service.way].details
    parts = [f"{label}{service.details[key]}" for key, label in labels.items() if service.details.get(key)]
    shown = {service.details.get("waybill", "")}
    if service.proof and service.proof not in shown:
        parts.append(f"凭证{service.proof}")
    return "，".join(parts)


def _faults(way: str, given: Mapping[str, str], receiver: str, phone: str, proven: bool) -> dict[str, str]:
    needs = WAYS.get(way)
    if needs is None:
        return {"way": "请选择送达方式。"}
    faults = {
        key: f"{Service.Way(way).label}请填写{label}。" for key, label in needs.details.items() if key not in given
    }
    faults |= {key: f"最多{LONGEST_DETAIL}个字。" for key, text in given.items() if len(text) > LONGEST_DETAIL}
    days = given.get("days", "")
    if "days" in needs.details and days and not (days.isascii() and days.isdigit() and 1 <= int(days) <= MOST_DAYS):
        faults["days"] = f"公告天数请填写1至{MOST_DAYS}的整数。"
    if needs.signed and not receiver:
        faults["receiver"] = "请填写签收人。"
    if (needs.reachable or phone) and not (phone.isascii() and phone.isdigit() and len(phone) == 11):
        faults["phone"] = "请填写11位手机号码，用于到期提醒。"
    if needs.proven and not proven:
        faults["proof"] = "请填写送达回证编号，或者上传送达凭证照片。"
    return faults
