"""Who a machine client is (bearer token), and what it may do (scopes). A refused token says nothing about why."""

import re
from dataclasses import dataclass
from typing import Any

from django.db import connection
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from cases.models import ClientKey
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import set_local

WORDS = ("bearer", "api-key")
TOKEN = re.compile(r"[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}")


@dataclass(frozen=True, slots=True)
class Client:
    """A machine client behind a valid token: its region and scopes, and a name for the logs."""

    prefix: str
    name: str
    region: str
    scopes: frozenset[str]
    is_authenticated: bool = True


def machine_actor(client: Client) -> Actor:
    """Sees the rows of its region as the house's own programs do and holds no role, so that no verb accepts it."""
    return Actor(user_id=None, name=f"接口：{client.name}", region=client.region, system=True)


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <key>` (or `Api-Key <key>`); sets `request.actor` and the region of this transaction.

    A session that came along counts for nothing: its user and firm are cleared, so that rights never add up.
    """

    def authenticate(self, request: Request) -> tuple[Client, ClientKey] | None:
        """None without the header; 401 for a bad, unknown, expired or revoked token, always in the same words."""
        words = request.META.get("HTTP_AUTHORIZATION", "").split()
        if not words:
            return None
        if len(words) != 2 or words[0].lower() not in WORDS or not TOKEN.fullmatch(words[1]):
            raise AuthenticationFailed
        key = _key_of(words[1])
        if key is None:
            raise AuthenticationFailed
        client = Client(key.prefix, key.name, key.region_id, frozenset(key.scopes))
        set_local("app.user", "")
        set_local("app.subject", "")
        set_local("app.region", client.region)
        request._request.actor = machine_actor(client)  # type: ignore[attr-defined]
        return client, key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="creditrepair"'


def _key_of(token: str) -> ClientKey | None:
    """The key row, looked up by its prefix: first its region (before any is known), then the row inside it."""
    prefix = token.partition(".")[0]
    with connection.cursor() as cursor:
        cursor.execute("SELECT client_region(%s)", [prefix])
        row = cursor.fetchone()
    if row is None or row[0] is None:
        return None
    set_local("app.region", row[0])
    key = ClientKey.objects.filter(region_id=row[0], prefix=prefix).first()
    if key is None or key.revoked or key.has_expired or not key.is_valid(token):
        return None
    return key


class SignedIn(BasePermission):
    """A valid token; the view's `scope`, if it names one, must be among the token's."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """False is answered 401; a missing scope raises 403, before anything is looked up."""
        if not isinstance(request.user, Client):
            return False
        scope = getattr(view, "scope", "")
        if scope and scope not in request.user.scopes:
            raise PermissionDenied(f"该密钥没有“{scope}”权限。", code="scope_missing")
        return True
