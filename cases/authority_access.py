"""The only ways to authorities and to requests for them: who may see, decide and end which. As `cases.access`."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from cases.models import AuthorityRequest, StoredFile
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import NotAllowed, NotFound
from creditrepair.tenancy.models import Representation, Role

MOST = 100
CHECKERS = (Role.CLERK, Role.SUPERVISOR)  # who looks at the evidence of an authority


def visible_authority_requests(actor: Actor) -> QuerySet[AuthorityRequest]:
    """Requests of the region for the window and the supervisor; everybody else sees the own ones, of all regions."""
    rows = AuthorityRequest.objects.select_related("user", "decided_by")
    if any(actor.has(role) for role in CHECKERS):
        return rows.filter(region_id=actor.region)
    return rows.filter(user_id=actor.person_id)


def access_authority_request(actor: Actor, ref: str, *, to: str = "view", lock: bool = False) -> AuthorityRequest:
    """A request to act for a firm, by reference; to "decide" only for the window and the supervisor.

    Raises NotFound, NotAllowed.
    """
    row = visible_authority_requests(actor).filter(ref=ref).first()
    if row is None:
        raise NotFound
    if to == "decide" and not any(actor.has(role) for role in CHECKERS):
        raise NotAllowed("授权由窗口或信用监管人员核验。")
    if lock:
        with region_context(row.region_id):
            AuthorityRequest.objects.select_for_update().get(region_id=row.region_id, pk=row.pk)
            return AuthorityRequest.objects.select_related("user", "letter", "identity").get(
                region_id=row.region_id, pk=row.pk
            )
    return row


def legal_representation_of(actor: Actor) -> Representation | None:
    """The authority by which the actor is legal representative, today, of the firm acted for."""
    today = timezone.localdate()
    rows = Representation.objects.filter(
        user_id=actor.person_id, subject_code=actor.subject or "", basis=Representation.Basis.LEGAL_REPRESENTATIVE
    )
    return next((one for one in rows.order_by("-id") if one.in_force(today)), None)


def require_legal_representation(actor: Actor) -> Representation:
    """As `legal_representation_of`; raises NotAllowed for everybody else."""
    own = legal_representation_of(actor)
    if own is None:
        raise NotAllowed("由单位的法定代表人登录后授权或撤销。", code="not_legal_representative")
    return own


def visible_representations(actor: Actor) -> QuerySet[Representation]:
    """Authorities the actor may end: the own; for a legal representative all of the firm; for checkers the region's."""
    rows = Representation.objects.select_related("user", "checked_by", "granted_by", "revoked_by")
    if actor.is_staff:
        checks = any(actor.has(role) for role in CHECKERS)
        return rows.filter(region_id=actor.region) if checks else rows.none()
    head = legal_representation_of(actor)
    seen = Q(user_id=actor.person_id)
    return rows.filter(seen | Q(subject_code=head.subject_code) if head else seen)


def access_representation(actor: Actor, ref: str) -> Representation:
    """An authority by reference, for whoever may end it. Raises NotFound."""
    row = visible_representations(actor).filter(ref=ref).first()
    if row is None:
        raise NotFound
    return row


def own_file(actor: Actor, uuid: str) -> StoredFile | None:
    """A file that the person uploaded a moment ago, None for anything else."""
    try:
        ident = UUID(uuid)
    except ValueError:
        return None
    with region_context(actor.region):
        return StoredFile.objects.filter(region_id=actor.region, uuid=ident, owner_id=actor.person_id).first()


def authorities_of_firm(actor: Actor, code: str) -> list[Representation]:
    """Who may act for a firm today or later, as far as the actor's region checked it; latest first."""
    today = timezone.localdate()
    rows = visible_representations(actor).filter(subject_code=code, revoked_at=None).order_by("-id")[:MOST]
    return [one for one in rows if one.until_on is None or one.until_on >= today]
