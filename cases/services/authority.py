"""单位授权: asked for with evidence and checked by an officer, granted by a legal representative, claimed, revoked.

Whatever is revoked or lapses ends with the person's next request, for authorities are read on every request. A
representation is never changed: other dates or another scope are a new one.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from cases.authority_access import access_authority_request, access_representation, require_legal_representation
from cases.models import AuthorityRequest, StoredFile, Subject, Task
from cases.services.accounts import clean_name, phone_key
from cases.services.authority_span import span_faults
from cases.services.subjects import fold_name, pinyin_of
from cases.services.task import open_task
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor, in_region
from creditrepair.tenancy.context import current, region_context, set_local
from creditrepair.tenancy.errors import Invalid, NotAllowed, WrongMoment
from creditrepair.tenancy.models import Department, Representation, User
from creditrepair.tenancy.personal import masked

OFFICE: Final = "fgj"  # the unit that answers for the check; the window shares the task
LONGEST_REASON: Final = 200
Basis = Representation.Basis
Outcome = AuthorityRequest.Outcome


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody writes who wants to act for a firm; files are stored already."""

    subject_code: str
    subject_name: str
    basis: str
    scope: str
    from_on: date | None
    until_on: date | None
    letter: StoredFile | None
    identity: StoredFile | None = None


@transaction.atomic
def ask_authority(actor: Actor, asked: Asked, *, now: datetime) -> AuthorityRequest:
    """Ask to act for a firm; the window or 发改局 gets a task. Raises Invalid, WrongMoment (asked already, or held)."""
    today = timezone.localdate(now)
    faults = span_faults(asked.basis, asked.from_on, asked.until_on, today)
    if asked.basis not in Basis.values:
        faults["basis"] = "请选择您以什么身份办理。"
    if asked.scope not in Representation.Scope.values:
        faults["scope"] = "请选择权限。"
    if asked.letter is None:
        faults["letter"] = "请上传授权证明：经办人为授权委托书，法定代表人为营业执照和本人身份证明。"
    if faults or asked.letter is None or asked.from_on is None:
        raise Invalid(fields=faults)
    held = Representation.objects.filter(
        user_id=actor.person_id, subject_code=asked.subject_code, basis=asked.basis, scope=asked.scope
    )
    if any(one.in_force(today) for one in held):
        raise WrongMoment("您已经持有该单位的同样授权。", code="held")
    row = AuthorityRequest(
        region_id=actor.region,
        user_id=actor.person_id,
        subject_code=asked.subject_code,
        subject_name=asked.subject_name,
        basis=asked.basis,
        scope=asked.scope,
        from_on=asked.from_on,
        until_on=asked.until_on,
        letter=asked.letter,
        identity=asked.identity,
        asked_at=now,
    )
    with region_context(actor.region):
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:
            raise WrongMoment("您对该单位的授权申请正在核验，请等待结果。", code="asked") from None
        open_task(
            actor.region,
            kind=Task.Kind.AUTHORITY,
            thing_kind="authority",
            thing=row.ref,
            title=f"核验单位授权：{row.subject_name}",
            detail=f"{actor.name}申请以{row.get_basis_display()}身份办理。",
            department_id=Department.objects.values_list("pk", flat=True).get(region_id=actor.region, code=OFFICE),
            now=now,
        )
        _note(actor, "authority_asked", row.ref, row.subject_code, now, basis=row.basis, scope=row.scope)
    return row


@transaction.atomic
def withdraw_request(actor: Actor, *, ref: str, now: datetime) -> AuthorityRequest:
    """The asker takes an open request back. Raises NotFound, WrongMoment."""
    row = access_authority_request(actor, ref, lock=True)
    if row.user_id != actor.user_id:
        raise NotAllowed("由申请人本人撤回。")
    _settle(actor, row, Outcome.WITHDRAWN, "申请人撤回", now)
    return row


@transaction.atomic
def confirm_authority(actor: Actor, *, ref: str, note: str, end_former: bool, now: datetime) -> Representation:
    """The evidence was seen and is good: the authority holds from now on.

    end_former   a legal representative who takes the place of another: the other's authority ends with it
    Raises NotFound, NotAllowed (one's own request), WrongMoment (settled, or run out meanwhile).
    """
    row = _to_decide(actor, ref)
    if row.until_on is not None and row.until_on < timezone.localdate(now):
        raise WrongMoment("授权期限已过，请说明原因后退回。", code="ran_out")
    subject = Subject.objects.filter(pk=row.subject_code).first() or Subject.objects.create(
        code=row.subject_code,
        name=row.subject_name,
        folded_name=fold_name(row.subject_name),
        pinyin=pinyin_of(row.subject_name),
    )
    former = _others_at_the_head(row) if end_former and row.basis == Basis.LEGAL_REPRESENTATIVE else []
    for one in former:
        _revoke(actor, one, "法定代表人变更", now)
    made = Representation.objects.create(
        region_id=row.region_id,
        user_id=row.user_id,
        subject_code=subject.code,
        subject_name=subject.name,
        basis=row.basis,
        scope=row.scope,
        evidence=f"{row.letter.name}（{actor.name}核验，授权申请{row.ref}）"[:200],
        checked_by_id=actor.person_id,
        agent_name=row.user.full_name,
        from_on=row.from_on,
        until_on=row.until_on,
    )
    row.representation = made.ref
    _settle(actor, row, Outcome.CONFIRMED, note.strip()[:300], now, representation=made.ref, former=len(former))
    return made


@transaction.atomic
def refuse_authority(actor: Actor, *, ref: str, reason: str, now: datetime) -> AuthorityRequest:
    """The evidence is not enough; the reason is shown to the asker. Raises as `confirm_authority`, Invalid (no reason)."""
    row = _to_decide(actor, ref)
    reason = _reason_of(reason)
    _settle(actor, row, Outcome.REFUSED, reason, now)
    return row


@transaction.atomic
def grant_authority(
    actor: Actor,
    *,
    agent_name: str,
    phone: str,
    scope: str,
    from_on: date | None,
    until_on: date | None,
    now: datetime,
) -> Representation:
    """A legal representative lets somebody act for the firm: whoever signs in with `phone` (eleven digits) holds it.

    Nothing tells whether the number has an account: it is claimed by its holder, not looked up.
    Raises NotAllowed (not the firm's legal representative), Invalid, WrongMoment (granted already).
    """
    today = timezone.localdate(now)
    own = require_legal_representation(actor)
    faults = span_faults(Basis.AGENT, from_on, until_on, today)
    if scope not in Representation.Scope.values:
        faults["scope"] = "请选择权限。"
    try:
        agent_name = clean_name(agent_name)
    except Invalid as problem:
        faults["agent_name"] = problem.fields["full_name"]
    if faults or from_on is None:
        raise Invalid(fields=faults)
    hashed = phone_key(phone)
    same = Representation.objects.filter(subject_code=own.subject_code, phone_hash=hashed, scope=scope)
    if any(one.in_force(from_on) for one in same):
        raise WrongMoment("该手机号码已持有同样的授权，请先撤销再重新授权。", code="granted")
    with region_context(actor.region):
        made = Representation.objects.create(
            region_id=actor.region,
            subject_code=own.subject_code,
            subject_name=own.subject_name,
            basis=Basis.AGENT,
            scope=scope,
            evidence=f"法定代表人{actor.name}于{today:%Y年%m月%d日}在线授权",
            granted_by_id=actor.person_id,
            agent_name=agent_name,
            phone_hash=hashed,
            phone_shown=masked(phone),
            from_on=from_on,
            until_on=until_on,
        )
        _note(actor, "authority_granted", made.ref, made.subject_code, now, agent=agent_name, scope=scope)
    return made


@transaction.atomic
def claim_grants(actor: Actor, *, now: datetime) -> list[Representation]:
    """Grants for the person's confirmed number become the person's: at sign-in, and when a number is confirmed."""
    user = User.objects.get(pk=actor.person_id)
    if not user.phone_hash:
        return []
    before = current("app.phone")
    set_local("app.phone", user.phone_hash)
    waiting = list(
        Representation.objects.filter(user=None, phone_hash=user.phone_hash, revoked_at=None).order_by(
            "region_id", "id"
        )
    )
    for one in waiting:
        with region_context(one.region_id):
            Representation.objects.filter(region_id=one.region_id, pk=one.pk, user=None).update(
                user=user, claimed_at=now
            )
            person = replace(in_region(actor, one.region_id), subject=None, authority="")
            _note(person, "authority_claimed", one.ref, one.subject_code, now)
    set_local("app.phone", before)
    return waiting


@transaction.atomic
def revoke_authority(actor: Actor, *, ref: str, reason: str, now: datetime) -> Representation:
    """End an authority at once: by its holder, by the firm's legal representative of today, or by the window.

    Raises NotFound (another's), WrongMoment (ended already), Invalid (an officer gives no reason).
    """
    row = access_representation(actor, ref)
    if row.revoked_at is not None:
        raise WrongMoment("该授权已经撤销。", code="revoked")
    reason = _reason_of(reason) if actor.is_staff else reason.strip()[:LONGEST_REASON]
    with region_context(row.region_id):
        _revoke(actor, row, reason, now)
    return row


def _revoke(actor: Actor, row: Representation, reason: str, now: datetime) -> None:
    left = Representation.objects.filter(region_id=row.region_id, pk=row.pk, revoked_at=None)
    if not left.update(revoked_at=now, revoked_by=actor.person_id, revoked_reason=reason):
        raise WrongMoment("该授权已经撤销。", code="revoked")
    about = {"agent": row.holder_name, "reason": reason}
    _note(in_region(actor, row.region_id), "authority_revoked", row.ref, row.subject_code, now, **about)


def _others_at_the_head(row: AuthorityRequest) -> list[Representation]:
    """Other people's authority as legal representative of the same firm, as far as this region checked it."""
    rows = Representation.objects.filter(
        region_id=row.region_id, subject_code=row.subject_code, basis=Basis.LEGAL_REPRESENTATIVE, revoked_at=None
    )
    return list(rows.exclude(user_id=row.user_id).select_related("user"))


def _to_decide(actor: Actor, ref: str) -> AuthorityRequest:
    row = access_authority_request(actor, ref, to="decide", lock=True)
    if row.user_id == actor.user_id:
        raise NotAllowed("这是您本人的申请，须由他人核验。", code="own_request")
    return row


def _settle(actor: Actor, row: AuthorityRequest, outcome: Outcome, reason: str, now: datetime, **data: object) -> None:
    if row.outcome != Outcome.OPEN:
        raise WrongMoment(f"该申请{row.get_outcome_display()}，不能再办理。", code="settled")
    row.outcome, row.decided_at, row.reason = outcome, now, reason
    row.decided_by_id = actor.person_id
    with region_context(row.region_id):
        row.save(update_fields=["outcome", "decided_at", "decided_by", "reason", "representation"])
        Task.objects.filter(
            region_id=row.region_id, kind=Task.Kind.AUTHORITY, thing=row.ref, closed_at__isnull=True
        ).update(closed_at=now, closed_by=actor.person_id, answer=str(outcome.label))
        about = {"outcome": str(outcome), "reason": reason, **data}
        _note(in_region(actor, row.region_id), "authority_settled", row.ref, row.subject_code, now, **about)


def _reason_of(text: str) -> str:
    reason = text.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid(fields={"reason": f"请写明原因，不超过{LONGEST_REASON}个字。"})
    return reason


def _note(actor: Actor, verb: str, thing: str, subject: str, now: datetime, **data: object) -> None:
    record_event(actor, verb, kind="authority", thing=thing, on_behalf_of=subject, at=now, data=dict(data))
