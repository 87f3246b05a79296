"""Tickets for uploading by telephone: opened at the desktop, good for one material and ten minutes, then closed.

The token is `region.secret`; whoever holds it may add files to that material and see its title, nothing else.
"""

import hashlib
import re
import secrets
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from cases.access import access_draft
from cases.models import UploadTicket
from creditrepair.tenancy.actor import Actor, applicant_actor
from creditrepair.tenancy.context import own_context, region_context
from creditrepair.tenancy.errors import NotFound, WrongMoment
from creditrepair.tenancy.signin import firms_of

SECRET_BYTES: Final = 24
TOKEN: Final = re.compile(r"[0-9]{6}\.[A-Za-z0-9_-]{32}", re.ASCII)


@transaction.atomic
def open_ticket(actor: Actor, *, ref: str, key: str, now: datetime) -> tuple[UploadTicket, str]:
    """A ticket for one material of the own draft, with its token, told this once; an earlier one of it is closed.

    Raises NotFound, WrongMoment (handed in).
    """
    with region_context(actor.region):
        draft = access_draft(actor, ref, lock=True)
        if draft.application_ref:
            raise WrongMoment("本草稿已经提交，请在“我的办件”中查看。", code="already_filed")
        _open(draft.region_id, draft.pk).filter(key=key).update(closed_at=now)
        token = f"{actor.region}.{secrets.token_urlsafe(SECRET_BYTES)}"
        ticket = UploadTicket.objects.create(
            region_id=actor.region,
            draft=draft,
            user_id=actor.person_id,
            key=key,
            token_hash=hash_of(token),
            opened_at=now,
            expires_at=now + timedelta(seconds=settings.UPLOAD_TICKET_SECONDS),
        )
    return ticket, token


def access_ticket(token: str, device: str, *, now: datetime) -> UploadTicket:
    """The open ticket behind a token. Unknown, run out, closed, of another telephone: one and the same NotFound."""
    if not TOKEN.fullmatch(token):
        raise NotFound
    region = token.partition(".")[0]
    with region_context(region):
        ticket = (
            UploadTicket.objects.select_related("draft", "user", "draft__subject")
            .filter(region_id=region, token_hash=hash_of(token), closed_at__isnull=True, expires_at__gt=now)
            .first()
        )
    if ticket is None or ticket.draft.application_ref or not ticket.user.is_active:
        raise NotFound
    if ticket.device and ticket.device != hash_of(device):
        raise NotFound
    return ticket


@transaction.atomic
def bind_ticket(ticket: UploadTicket, device: str) -> None:
    """The first telephone that sends something keeps the ticket. Raises NotFound for a second one."""
    with region_context(ticket.region_id):
        held = UploadTicket.objects.select_for_update().get(region_id=ticket.region_id, pk=ticket.pk)
        if held.device and held.device != hash_of(device):
            raise NotFound
        held.device = hash_of(device)
        held.save(update_fields=["device"])


@transaction.atomic
def close_ticket(ticket: UploadTicket, *, now: datetime) -> None:
    """Nothing comes through it any more."""
    with region_context(ticket.region_id):
        UploadTicket.objects.filter(region_id=ticket.region_id, pk=ticket.pk, closed_at__isnull=True).update(
            closed_at=now
        )


def open_until(actor: Actor, *, ref: str, key: str, now: datetime) -> datetime | None:
    """Until when a telephone may still add files to this material of the own draft; None where none may. Raises NotFound."""
    with region_context(actor.region):
        draft = access_draft(actor, ref)
        held = _open(draft.region_id, draft.pk).filter(key=key, expires_at__gt=now).first()
    return held.expires_at if held else None


def holder_of(ticket: UploadTicket) -> Actor:
    """The person who opened it, for the firm of the draft; authority that has ended since ends the ticket (NotFound)."""
    firm = ticket.draft.subject_id
    with own_context(str(ticket.user_id), firm):
        held = firms_of(ticket.user).get(f"firm:{firm}")
    if held is None:
        raise NotFound
    return applicant_actor(ticket.user, ticket.region_id, firm, held)


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _open(region: str, draft: int) -> QuerySet[UploadTicket]:
    return UploadTicket.objects.filter(region_id=region, draft_id=draft, closed_at__isnull=True)
