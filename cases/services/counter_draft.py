"""代为提交 in hand: begun with its authority, kept at every field, handed in once. Nothing typed at a window is lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from cases.counter_access import access_advice, access_counter_draft
from cases.models import Application, CounterDraft, QueueTicket, Subject
from cases.services.apply import submit_application
from cases.services.filing import Authority, Filing, PaperForm, Receipt
from cases.services.ticket import HELD, move_ticket, served
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid, NotAllowed, WrongMoment
from creditrepair.tenancy.models import Role

MAX_FIELDS: Final = 400
MAX_LENGTH: Final = 300


@dataclass(frozen=True, slots=True)
class Evidence:
    """An uploaded picture of what the authority rests on."""

    uuid: str
    name: str

    def as_json(self) -> dict[str, str]:
        return {"uuid": self.uuid, "name": self.name}


@transaction.atomic
def begin_filing(
    actor: Actor,
    *,
    subject: Subject,
    authority: Authority,
    evidence: Sequence[Evidence],
    content: Mapping[str, list[str]],
    paper: PaperForm | None = None,
    ticket_ref: str = "",
    advice_ref: str = "",
    now: datetime,
) -> CounterDraft:
    """Record on what authority the clerk files, before the first step; whoever stands at the window is being served.

    Raises NotAllowed, Invalid (no evidence), NotFound (advice of somebody else).
    """
    if not actor.has(Role.CLERK):
        raise NotAllowed("代为提交由窗口人员办理。")
    if not authority.evidence.strip() or not evidence:
        raise Invalid(fields={"evidence": "代为提交须先登记授权依据并留存照片。"})
    if advice_ref:
        access_advice(actor, advice_ref)
    draft = CounterDraft.objects.create(
        region_id=actor.region,
        clerk_id=actor.person_id,
        subject=subject,
        day=timezone.localdate(now),
        window=actor.window,
        authority=authority.as_json(),
        evidence=[one.as_json() for one in evidence],
        content=_clean(content),
        paper=paper.as_json() if paper else {},
        ticket_ref=ticket_ref,
        advice_ref=advice_ref,
        saved_at=now,
    )
    _start_serving(actor, ticket_ref, now)
    record_event(
        actor,
        "authority_recorded",
        kind="counter_draft",
        thing=draft.ref,
        on_behalf_of=subject.pk,
        authority=f"{authority.basis}：{authority.evidence}"[:200],
        at=now,
        data={**authority.as_json(), "paper": draft.paper},
    )
    return draft


@transaction.atomic
def keep_filing(
    actor: Actor,
    *,
    ref: str,
    content: Mapping[str, list[str]] | None = None,
    files: Mapping[str, Evidence] | None = None,
    now: datetime,
) -> CounterDraft:
    """Keep what was typed, and what was uploaded by field. Raises NotFound, WrongMoment (handed in)."""
    draft = access_counter_draft(actor, ref, timezone.localdate(now), lock=True)
    if draft.application_ref:
        raise WrongMoment("本件已经提交，请打开回执。", code="already_filed")
    if content is not None:
        draft.content = _clean(content)
    for key, file in (files or {}).items():
        draft.files[key] = file.as_json()
    draft.saved_at = now
    draft.save(update_fields=["content", "files", "saved_at"])
    return draft


@transaction.atomic
def hand_in(actor: Actor, *, ref: str, filing: Filing, now: datetime) -> Receipt:
    """Submit the filing of a draft; the draft, the visitor's number and the advice it came from then name it.

    Raises as `submit_application`, and NotFound.
    """
    draft = access_counter_draft(actor, ref, timezone.localdate(now), lock=True)
    receipt = submit_application(actor, filing, now=now)
    made = receipt.applications[0].ref
    if draft.application_ref:
        return receipt
    draft.application_ref, draft.saved_at = made, now
    draft.save(update_fields=["application_ref", "saved_at"])
    if draft.advice_ref:
        advice = access_advice(actor, draft.advice_ref, lock=True)
        advice.application_ref = made
        advice.save(update_fields=["application_ref"])
    served(actor, draft.ticket_ref, made, now)
    return receipt


@transaction.atomic
def log_reprint(actor: Actor, application: Application, *, now: datetime) -> None:
    """补打: a receipt was printed again; the query code is not on it."""
    record_event(
        actor,
        "receipt_reprinted",
        kind="application",
        thing=application.ref,
        application=application.ref,
        on_behalf_of=application.subject_id,
        at=now,
        data={"filing_no": application.filing_no},
    )


def paper_of(draft: CounterDraft) -> PaperForm | None:
    """The form filled in by hand that this draft enters, if it is one."""
    kept: dict[str, Any] = draft.paper
    return PaperForm(datetime.fromisoformat(kept["received_at"]), kept["reason"]) if kept else None


def authority_of(draft: CounterDraft) -> Authority:
    data = draft.authority
    until = data["valid_until"]
    return Authority(
        basis=data["basis"],
        evidence=data["evidence"],
        valid_until=date.fromisoformat(until) if until else None,
        phone_check=data["phone_check"],
        window=data["window"],
        scope=data.get("scope", ""),
    )


def _start_serving(actor: Actor, ticket_ref: str, now: datetime) -> None:
    called = QueueTicket.objects.filter(
        region_id=actor.region, ref=ticket_ref, clerk_id=actor.user_id, state=HELD[0]
    ).exists()
    if called:
        move_ticket(actor, ref=ticket_ref, act="start", now=now)


def _clean(content: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Bounded: a draft is what a form of ours holds, no store for anything else."""
    if len(content) > MAX_FIELDS:
        raise Invalid("填写的内容过多，不能保存。")
    return {str(name)[:120]: [str(value)[:MAX_LENGTH] for value in values[:60]] for name, values in content.items()}
