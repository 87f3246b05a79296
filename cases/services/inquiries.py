"""咨询投诉: asked once without signing in, answered by the unit that owns its task, by a day that is a setting.

Nothing here changes what was asked or answered: both tables are append-only, and a second answer stands below the first.
"""

import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from cases.access_tasks import access_task, may_act_on, visible_tasks
from cases.collection.cells import Bad, plain
from cases.models import Inquiry, InquiryAnswer, Task
from cases.models.inquiry import PURPOSE
from cases.query_codes import CODE_ALPHABET
from cases.services.differences import owner_of
from cases.services.task import open_task, task_due
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid, NotAllowed, NotFound
from creditrepair.tenancy.models import Region
from creditrepair.tenancy.personal import seal, unseal

DAYS: Final = "inquiry_wd"  # Region.settings: working days until an answer is due; ours, not the law's
DEFAULT_DAYS: Final = 5
MAX_TEXT, MAX_ANSWER, MAX_NAME = 1000, 2000, 50
SAME: Final = timedelta(hours=1)  # the same words again within it are the same inquiry
THING: Final = "inquiry"
_PHONE: Final = re.compile("1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8}")
_ABROAD: Final = re.compile(r"(?:\+|00)?86(?=1[3-9][0-9]{9}$)")


@dataclass(frozen=True, slots=True)
class Question:
    """What the form sent, as typed. `form_token` is the form's own: sent twice, it is one inquiry."""

    form_token: str
    kind: str
    phone: str
    text: str
    name: str = ""


def _asked_just_now(region: str, values: dict[str, str], now: datetime) -> Inquiry | None:
    """The same question of the same telephone within the last hour; the number is sealed, so it is compared open."""
    rows = Inquiry.objects.filter(
        region_id=region, kind=values["kind"], text=values["text"], name=values["name"],
        asked_at__gt=now - SAME, asked_at__lte=now,
    ).order_by("id")  # fmt: skip
    return next((one for one in rows if unseal(PURPOSE, one.phone_sealed) == values["phone"]), None)


def days_of(region: Region) -> int:
    """Working days until an answer is due; a setting that is none, or out of reason, counts as not set."""
    days = region.settings.get(DAYS)
    return days if isinstance(days, int) and not isinstance(days, bool) and 1 <= days <= 60 else DEFAULT_DAYS


@transaction.atomic
def make_inquiry(actor: Actor, question: Question, *, now: datetime) -> Inquiry:
    """Take the inquiry in, with a task for the supervising bureau and a day by which it is answered.

    The same form token again, or the same words from the same telephone within an hour (somebody went back and sent
    the form once more), gives the inquiry of the first time. Raises Invalid naming the fields.
    """
    values = _checked(question)
    with region_context(actor.region):
        mine = Inquiry.objects.filter(region_id=actor.region, form_token=question.form_token)
        if (made := mine.first() or _asked_just_now(actor.region, values, now)) is not None:
            return made
        region, today = Region.objects.get(pk=actor.region), timezone.localdate(now)
        inquiry = Inquiry(
            region=region,
            number=f"ZX{today:%Y%m%d}" + "".join(secrets.choice(CODE_ALPHABET) for _ in range(6)),
            form_token=question.form_token,
            asked_at=now,
            due_on=task_due(actor.region, today, days_of(region)),
            kind=values["kind"],
            name=values["name"],
            phone_sealed=seal(PURPOSE, values["phone"]),
            text=values["text"],
        )
        try:
            with transaction.atomic():
                inquiry.save(force_insert=True)
        except IntegrityError:  # the other of two clicks was first
            return mine.get()
        open_task(
            actor.region,
            kind=Task.Kind.INQUIRY,
            thing_kind=THING,
            thing=inquiry.ref,
            title=f"{inquiry.get_kind_display()} {inquiry.number}",
            detail="访客在网上提交，请在期限内答复；答复后对方凭编号可以看到。",
            department_id=owner_of(actor.region, None),
            now=now,
            due_on=inquiry.due_on,
        )
        record_event(
            actor, "inquiry_made", kind=THING, thing=inquiry.ref, at=now,
            data={"number": inquiry.number, "kind": inquiry.kind, "due_on": inquiry.due_on.isoformat()},
        )  # fmt: skip
        return inquiry


def _checked(question: Question) -> dict[str, str]:
    faults: dict[str, str] = {}
    values = {
        "kind": question.kind if question.kind in Inquiry.Kind.values else "",
        "name": _text(question.name, "name", MAX_NAME, faults),
        "phone": _phone(question.phone),
        "text": _text(question.text, "text", MAX_TEXT, faults),
    }
    if not values["kind"]:
        faults["kind"] = "请选择类别。"
    if not values["phone"]:
        faults["phone"] = "请填写11位手机号码，或带区号的座机号码，例如 0935-0000000。"
    if not values["text"] and "text" not in faults:
        faults["text"] = "必填：请写明要咨询或者反映的事情。"
    if faults or not question.form_token or not question.form_token.isprintable():
        raise Invalid(fields=faults or {"text": "请从“咨询投诉”页面重新提交。"})
    return values


def _text(typed: str, field: str, limit: int, faults: dict[str, str]) -> str:
    """What was typed, without unseen signs; into `faults` what cannot be kept. Never cut: half a sentence misleads."""
    try:
        text = plain(typed)
    except Bad as bad:
        faults[field] = f"{bad.reason}，请删除后重新填写。"
        return ""
    if len(text) > limit:
        faults[field] = f"不超过{limit}个字，现有{len(text)}个字。"
    return text


def _phone(typed: str) -> str:
    """A mobile, or a landline with its area code, out of what people type; "" for anything else."""
    compact = re.sub(r"[\s()]", "", unicodedata.normalize("NFKC", typed[:40])).replace("—", "-")
    number = _ABROAD.sub("", compact.replace("-", "") if not compact.startswith("0") else compact)
    return number if _PHONE.fullmatch(number) else ""


def inquiry_by_number(region: str, number: str, last_four: str) -> Inquiry | None:
    """The inquiry of that number if `last_four` end its telephone, else None: wrong and unknown are one answer."""
    with region_context(region):
        compact = "".join(ch for ch in unicodedata.normalize("NFKC", number[:40]).upper() if ch.isalnum())
        found = Inquiry.objects.filter(region_id=region, number=compact).prefetch_related("answers").first()
        expected = found.phone[-4:] if found else "\0\0\0\0"
        given = unicodedata.normalize("NFKC", last_four[:16]).strip()
        same = hmac.compare_digest(expected.encode(), given.encode(errors="replace"))
        return found if same else None


def access_inquiry(actor: Actor, ref: str, *, to: str = "view") -> tuple[Inquiry, Task]:
    """The inquiry with its task, for whoever may see that task; to "answer" only for the unit that owns it.

    Raises NotFound, NotAllowed.
    """
    task = visible_tasks(actor).filter(kind=Task.Kind.INQUIRY, thing=ref).order_by("-pk").first()
    inquiry = Inquiry.objects.filter(region_id=actor.region, ref=ref).first() if task else None
    if task is None or inquiry is None:
        raise NotFound
    if to == "answer" and not may_act_on(actor, task):
        raise NotAllowed(f"由{task.department.name}答复，您可以查看。")
    return inquiry, task


@transaction.atomic
def answer_inquiry(actor: Actor, *, ref: str, text: str, now: datetime) -> InquiryAnswer:
    """Answer for the unit that owns the task, and close it; a later answer is added below the first.

    Raises NotFound, NotAllowed (another unit's), Invalid (nothing written, too long).
    """
    faults: dict[str, str] = {}
    answer_text = _text(text, "answer", MAX_ANSWER, faults)
    inquiry, task = access_inquiry(actor, ref, to="answer")
    if not answer_text or faults:
        raise Invalid(fields=faults or {"answer": "请写明答复内容。"})
    task = access_task(actor, task.ref, to="act", lock=True)
    answer = InquiryAnswer.objects.create(
        region_id=actor.region,
        inquiry=inquiry,
        text=answer_text,
        unit=task.department.name,
        answered_by_id=actor.person_id,
        answered_at=now,
    )
    if task.closed_at is None:
        task.closed_at, task.closed_by_id, task.answer = now, actor.person_id, "已在网上答复"
        task.save(update_fields=["closed_at", "closed_by", "answer"])
    record_event(
        actor, "inquiry_answered", kind=THING, thing=inquiry.ref, at=now,
        data={"number": inquiry.number, "unit": answer.unit, "in_time": timezone.localdate(now) <= inquiry.due_on},
    )  # fmt: skip
    return answer


@transaction.atomic
def read_phone(actor: Actor, *, ref: str, now: datetime) -> Inquiry:
    """The inquiry for a page that shows its telephone in full: only to who answers, and noted. Raises as `access_inquiry`."""
    inquiry, _ = access_inquiry(actor, ref, to="answer")
    record_event(actor, "inquiry_phone_read", kind=THING, thing=ref, at=now, data={"number": inquiry.number})
    return inquiry
