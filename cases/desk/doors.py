"""Who may enter which page of the desk. Objects are guarded by `cases.access`; this guards pages that have no object."""

from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import NotAllowed
from creditrepair.tenancy.models import Role

RECORDERS = (Role.RECORDER, Role.REVIEWER, Role.SUPERVISOR)
WATCHERS = (Role.SUPERVISOR, Role.EXCHANGE)


def require(actor: Actor, *roles: Role) -> None:
    """Raises NotAllowed (403) unless the actor holds one of `roles`."""
    if not any(actor.has(role) for role in roles):
        words = "、".join(role.label for role in roles)
        raise NotAllowed(f"本页由{words}使用，您的岗位无需办理。")
