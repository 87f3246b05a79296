"""收件箱: what the firm has read, and the papers whose receipt it confirms. A mark is set once and never taken back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction

from cases.access import access_application
from cases.models import InboxMark
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor, in_region
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import NotAllowed, NotFound, WrongMoment
from notices.models import Notice

# Papers that decide something for the firm: their receipt is asked for, once, on the page of the filing.
TO_RECEIVE: Final = ("approval", "refusal", "non_acceptance", "revocation")


@transaction.atomic
def mark_read(actor: Actor, region: str, what: InboxMark.What, things: Sequence[str], *, now: datetime) -> None:
    """Note that somebody of the firm has seen these (references of papers, numbers of messages). Safe to repeat.

    Whoever calls has found the things through the firm's own rows. Raises NotAllowed (acts for no firm).
    """
    if actor.subject is None:
        raise NotAllowed
    rows = [
        InboxMark(
            region_id=region, subject_id=actor.subject, what=what, thing=thing, mark=InboxMark.Mark.READ,
            by_id=actor.person_id, at=now,
        )
        for thing in things
    ]  # fmt: skip
    with region_context(region):
        InboxMark.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def receive_paper(actor: Actor, *, ref: str, paper: str, now: datetime) -> bool:
    """签收: the firm confirms that it has got a paper of its filing; False if it had before. Changes no right and no day.

    Raises NotFound, NotAllowed (not the firm), WrongMoment (the paper is being made).
    """
    application = access_application(actor, ref)
    if actor.subject != application.subject_id:
        raise NotAllowed("文书由申请单位签收。")
    region = application.region_id
    with region_context(region):
        found = Notice.objects.filter(region_id=region, ref=paper, application_ref=application.ref).first()
        if found is None:
            raise NotFound
        if not found.pdf_path:
            raise WrongMoment("文书生成中，完成后再签收。", code="paper_not_ready")
        _, fresh = InboxMark.objects.get_or_create(
            region_id=region, subject_id=actor.subject, what=InboxMark.What.PAPER, thing=found.ref,
            mark=InboxMark.Mark.RECEIVED, defaults={"by_id": actor.person_id, "at": now},
        )  # fmt: skip
        if not fresh:
            return False
        mark_read(actor, region, InboxMark.What.PAPER, [found.ref], now=now)
        record_event(
            in_region(actor, region),
            "paper_received",
            kind="notice",
            thing=found.ref,
            application=application.ref,
            at=now,
            data={"number": found.number, "case": found.case_ref},
        )
    return True
