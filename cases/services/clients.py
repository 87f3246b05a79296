"""Keys of machine clients: issued once in clear, revoked for good. Both are Events."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from cases.models import ClientKey, Scope
from creditrepair.audit.chain import record as record_event
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import Invalid, NotAllowed, NotFound
from creditrepair.tenancy.models import Membership, Role


@transaction.atomic
def issue_client_key(
    actor: Actor,
    *,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime,
    now: datetime,
    department: str = "",
    recorder: str = "",
) -> tuple[ClientKey, str]:
    """A new key for the actor's region, and its text, which is shown this once.

    department, recorder   code of the unit and account of its recorder in whose name the key brings records; asked
                           for `records:write` alone
    Raises NotAllowed (not the region's administrator), Invalid (no name, unknown scope, end not in the future, nobody
    who answers for what is brought).
    """
    _require_administrator(actor)
    faults = {}
    if not name.strip():
        faults["name"] = "请填写接口使用单位名称。"
    if not scopes or set(scopes) - set(Scope.values):
        faults["scopes"] = f"请选择权限范围：{'、'.join(Scope.values)}。"
    if expires_at <= now:
        faults["expires_at"] = "有效期须晚于现在。"
    held = None
    if Scope.RECORDS in scopes:
        held = recording_membership(actor.region, department, recorder, timezone.localdate(now))
        if held is None:
            faults["recorder"] = "报送失信信息的密钥须指定单位和该单位现任的归集告知人员。"
    if faults:
        raise Invalid(fields=faults)
    key, text = ClientKey.objects.create_key(
        name=name.strip()[:50],
        region_id=actor.region,
        scopes=sorted(set(scopes)),
        expiry_date=expires_at,
        department=held.department if held else None,
        recorder=held.user if held else None,
    )
    assert isinstance(key, ClientKey)
    data = {"name": key.name, "scopes": key.scopes, "expires_at": expires_at.isoformat()}
    if held:
        data |= {"department": department, "recorder": recorder}
    record_event(actor, "client_key_issued", kind="client", thing=key.prefix, at=now, data=data)
    return key, text


def recording_membership(region: str, department: str, recorder: str, today: date) -> Membership | None:
    """The office in force by which an active person records for a unit (by its code) of a region; None without one."""
    rows = Membership.objects.filter(
        region_id=region,
        role=Role.RECORDER,
        department__code=department,
        user__username=recorder,
        user__is_active=True,
    ).select_related("department", "user")
    return next((one for one in rows if one.in_force(today)), None)


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
