"""Accounts of people: registered on a confirmed telephone, passwords, numbers, sessions ended. No verb sees a request.

An Event names the account by its user name, which for accounts registered here is a random reference.
"""

import unicodedata
from dataclasses import replace
from datetime import datetime
from typing import Final

from django.db import transaction

from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid, NotAllowed, WrongMoment
from creditrepair.tenancy.models import SignIn, User, new_reference
from creditrepair.tenancy.passwords import LONGEST, give_password
from creditrepair.tenancy.personal import blind, masked, seal, unseal

PHONE: Final = "user.phone"
LONGEST_NAME: Final = 50


def phone_key(phone: str) -> str:
    """The keyed hash by which an account or a grant is found for a number of eleven digits."""
    return blind(PHONE, phone)


def user_of_phone(phone: str) -> User | None:
    return User.objects.filter(phone_hash=phone_key(phone)).first()


def phone_of(user: User) -> str:
    """The confirmed number in clear, "" if there is none."""
    return unseal(PHONE, user.phone_sealed) if user.phone_sealed else ""


def clean_name(text: str) -> str:
    """A person's name as it is kept: NFKC, no control or direction signs, single spaces. Raises Invalid."""
    shown = "".join(sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign)[0] != "C")
    name = " ".join(shown.split())
    if not name:
        raise Invalid(fields={"full_name": "请填写姓名。"})
    if len(name) > LONGEST_NAME:
        raise Invalid(fields={"full_name": f"姓名不超过{LONGEST_NAME}个字。"})
    return name


@transaction.atomic
def register_account(actor: Actor, *, phone: str, full_name: str, password: str, now: datetime) -> User:
    """A new account for whoever has just confirmed `phone` (eleven digits); a password may be left out.

    Raises Invalid, WrongMoment (the number has got an account meanwhile).
    """
    name = clean_name(full_name)
    with transaction.atomic():
        if User.objects.filter(phone_hash=phone_key(phone)).exists():
            raise WrongMoment("该手机号码已经登记，请直接登录。", code="registered")
        user = User(
            username=new_reference(),
            full_name=name,
            date_joined=now,
            phone_hash=phone_key(phone),
            phone_sealed=seal(PHONE, phone),
            phone_confirmed_at=now,
        )
        user.set_unusable_password()
        user.save()
        if password:
            give_password(user, password, now=now, names=(phone,))
    _note(actor, "account_registered", user, now, phone=masked(phone))
    return user


@transaction.atomic
def confirm_phone(actor: Actor, *, phone: str, now: datetime) -> User:
    """Note that the person holds `phone`, instead of the number before; other sessions of the person end.

    Raises WrongMoment if another account has the number: whoever holds a number signs in with it.
    """
    user = _own(actor)
    if User.objects.filter(phone_hash=phone_key(phone)).exclude(pk=user.pk).exists():
        raise WrongMoment("该手机号码已用于另一个账号，请用它登录，或到窗口核验身份后处理。", code="phone_taken")
    before = phone_of(user)
    user.phone_hash, user.phone_sealed, user.phone_confirmed_at = phone_key(phone), seal(PHONE, phone), now
    user.session_epoch += 1
    user.save(update_fields=["phone_hash", "phone_sealed", "phone_confirmed_at", "session_epoch"])
    _note(actor, "phone_confirmed", user, now, phone=masked(phone), before=masked(before))
    return user


@transaction.atomic
def change_password(actor: Actor, *, present: str | None, password: str, again: str, now: datetime) -> User:
    """A new password of one's own. `present` None: the person has just proved the telephone instead.

    Raises Invalid per field. Every other session of the person ends with its next request.
    """
    user = _own(actor)
    if present is not None and (len(present) > LONGEST or not user.check_password(present)):
        raise Invalid(fields={"present": "现在的密码不正确。"})
    if password != again:
        raise Invalid(fields={"again": "两次输入的新密码不一致。"})
    give_password(user, password, now=now, staff=actor.is_staff, names=(phone_of(user),))
    _note(actor, "password_changed", user, now)
    return user


@transaction.atomic
def end_sessions(actor: Actor, *, now: datetime) -> User:
    """Sign the person out everywhere; the page keeps its own session by taking the new hash."""
    user = _own(actor)
    user.session_epoch += 1
    user.save(update_fields=["session_epoch"])
    _note(actor, "sessions_ended", user, now)
    return user


@transaction.atomic
def note_sign_in(actor: Actor, *, way: SignIn.Way, address: str, device: str, now: datetime) -> None:
    """Keep how and whence somebody signed in: for the person's own eyes, and one line of the chain without them."""
    user = User.objects.get(pk=actor.person_id)
    whence = address if address != "unknown" else None
    SignIn.objects.create(user=user, at=now, way=way, address=whence, device=device[:40])
    _note(actor, "signed_in", user, now, way=way.value)


def _own(actor: Actor) -> User:
    user = User.objects.select_for_update().filter(pk=actor.person_id, is_active=True).first()
    if user is None:
        raise NotAllowed("请先登录后再办理。")
    return user


def _note(actor: Actor, verb: str, user: User, now: datetime, **data: str) -> None:
    """An act about oneself: for no firm, whichever the page happened to be for."""
    person = replace(actor, user_id=user.pk, name=user.full_name, subject=None, authority="")
    with region_context(actor.region):
        record_event(person, verb, kind="account", thing=user.username, at=now, data=data)
