"""From a session to an Actor: which membership or which represented firm a signed-in person is using."""

from itertools import groupby

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from creditrepair.tenancy.actor import Actor, applicant_actor, staff_actor
from creditrepair.tenancy.context import current, set_local
from creditrepair.tenancy.errors import NotAllowed
from creditrepair.tenancy.models import Membership, Representation, User

ACTING = "acting_for"  # session key: "desk:<region>:<department id>" or "firm:<USCC>"


def memberships_of(user: User) -> list[Membership]:
    """Memberships in force today, in all regions (own rows by policy `app.user`)."""
    today = timezone.localdate()
    rows = (
        Membership.objects.filter(user=user).select_related("department").order_by("region_id", "department_id", "id")
    )
    return [m for m in rows if m.in_force(today)]


def memberships_of_person(user: User) -> list[Membership]:
    """As `memberships_of`, of somebody who is not signed in yet."""
    before = current("app.user")
    set_local("app.user", str(user.pk))
    held = memberships_of(user)
    set_local("app.user", before)
    return held


def representations_of(user: User) -> list[Representation]:
    """Firms this person may act for today."""
    today = timezone.localdate()
    rows = Representation.objects.filter(user=user).order_by("subject_code", "id")
    return [r for r in rows if r.in_force(today)]


def firms_of(user: User) -> dict[str, Representation]:
    """By session key: the strongest authority held today for each firm (more than one may run at a time)."""
    firms: dict[str, Representation] = {}
    for one in representations_of(user):
        key = f"firm:{one.subject_code}"
        if key not in firms or _strength(one) > _strength(firms[key]):
            firms[key] = one
    return firms


def _strength(one: Representation) -> tuple[bool, bool]:
    return (
        one.basis == Representation.Basis.LEGAL_REPRESENTATIVE,
        one.scope == Representation.Scope.ALL,
    )


def desks_of(memberships: list[Membership]) -> dict[str, list[Membership]]:
    """Memberships by desk: one region and department at a time, so that roles of two offices never add up.

    Roles without a department (clerk, supervisor …) join the desk of a department of the same region, if any.
    """
    desks: dict[str, list[Membership]] = {}
    for region, rows in groupby(memberships, key=lambda m: m.region_id):
        held = list(rows)
        units: list[int | None] = [*sorted({m.department_id for m in held if m.department_id})]
        for department in units or [None]:
            desks[f"desk:{region}:{department or ''}"] = [m for m in held if m.department_id in (department, None)]
    return desks


def actor_of_session(request: HttpRequest) -> Actor:
    """The Actor of this request; sets `app.user`, then `app.region` (staff) or `app.subject` (applicants).

    Roles and authorities are read on every request: what is taken away ends at once. A desk that is no longer held
    falls back to the first that is. A firm does not: what one does on a page of firm A must never be done for firm B.
    """
    user = request.user
    assert isinstance(user, User)
    set_local("app.user", str(user.pk))
    chosen = request.session.get(ACTING, "")
    desks = desks_of(memberships_of(user))
    if desks and not chosen.startswith("firm:"):
        key = chosen if chosen in desks else next(iter(desks))
        actor = staff_actor(user, desks[key], window=request.session.get("window", ""))
        set_local("app.region", actor.region)
        return actor
    firms = firms_of(user)
    if not chosen and firms:
        chosen = request.session[ACTING] = next(iter(firms))
    held = firms.get(chosen)
    subject = held.subject_code if held else None
    if subject:
        # Applicants cross regions: their own rows everywhere, and no region's rows until a verb enters one.
        set_local("app.region", "")
        set_local("app.subject", subject)
    return applicant_actor(user, request.region.code, subject, held)  # type: ignore[attr-defined]


def switch(request: HttpRequest, choice: str) -> None:
    """Act from now on at another desk or for another firm; new session key, since the rights change."""
    user = request.user
    assert isinstance(user, User)
    with transaction.atomic():
        held = set(desks_of(memberships_of(user))) | set(firms_of(user))
    if choice not in held:
        raise NotAllowed("您没有该单位或岗位的授权。")
    request.session[ACTING] = choice
    request.session.cycle_key()
