"""Keys of machine clients: issued once in clear, revoked for good. Both are Events."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from cases.models import ClientKey, Scope
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid, NotAllowed, NotFound
from creditrepair.tenancy.models import Role


@transaction.atomic
def issue_client_key(
    actor: Actor, *, name: str, scopes: Sequence[str], expires_at: datetime, now: datetime
) -> tuple[ClientKey, str]:
    """A new key for the actor's region, and its text, which is shown this once.

    Raises NotAllowed (not the region's administrator), Invalid (no name, unknown scope, end not in the future).
    """
    _require_administrator(actor)
    faults = {}
    if not name.strip():
        faults["name"] = "请填写接口使用单位名称。"
    if not scopes or set(scopes) - set(Scope.values):
        faults["scopes"] = f"请选择权限范围：{'、'.join(Scope.values)}。"
    if expires_at <= now:
        faults["expires_at"] = "有效期须晚于现在。"
    if faults:
        raise Invalid(fields=faults)
    key, text = ClientKey.objects.create_key(
        name=name.strip()[:50], region_id=actor.region, scopes=sorted(set(scopes)), expiry_date=expires_at
    )
    assert isinstance(key, ClientKey)
    data = {"name": key.name, "scopes": key.scopes, "expires_at": expires_at.isoformat()}
    record_event(actor, "client_key_issued", kind="client", thing=key.prefix, at=now, data=data)
    return key, text


@transaction.atomic
def revoke_client_key(actor: Actor, *, prefix: str, now: datetime) -> ClientKey:
    """Stop a key for good, from the next request on; again changes nothing. Raises NotAllowed, NotFound."""
    _require_administrator(actor)
    key = ClientKey.objects.select_for_update().filter(region_id=actor.region, prefix=prefix).first()
    if key is None:
        raise NotFound
    if not key.revoked:
        key.revoked = True
        key.save(update_fields=["revoked"])
        record_event(actor, "client_key_revoked", kind="client", thing=key.prefix, at=now, data={"name": key.name})
    return key


def _require_administrator(actor: Actor) -> None:
    if not (actor.system or actor.has(Role.REGION_ADMIN)):
        raise NotAllowed("接口密钥由本行政区参数管理员管理。")
