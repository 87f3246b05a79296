"""How often a client may ask: one counter per token, or per address without one. Told in every answer's headers."""

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from cases.api.clients import Client
from cases.throttle import Limit, Take, address_of, take

BY_ADDRESS = Limit("api-address", 30, 60)
BY_CLIENT = Limit("api-client", 600, 60)
WRITES = Limit("api-writes", 60, 60)


class Throttle(BaseThrottle):
    """600 a minute for a token, 30 a minute for an address without one (start values)."""

    taken: Take | None = None

    by_client = BY_CLIENT

    def allow_request(self, request: Request, view: Any) -> bool:
        known = request.user if isinstance(request.user, Client) else None
        limit = self.by_client if known else BY_ADDRESS
        self.taken = take(limit, known.prefix if known else address_of(request._request))
        request._request.rate_headers = {  # type: ignore[attr-defined]
            "RateLimit-Limit": str(limit.allowed),
            "RateLimit-Remaining": str(self.taken.left),
            "RateLimit-Reset": str(self.taken.wait_seconds),
        }
        return self.taken.ok

    def wait(self) -> float:
        return self.taken.wait_seconds if self.taken else 1


class WriteThrottle(Throttle):
    """A tenth of that for what writes."""

    by_client = WRITES
