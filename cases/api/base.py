"""What every address of the API has in common: known parameters only, limits told, ETags on what can be asked again."""

import hashlib
import re
from typing import Any

from django.http import HttpResponseBase
from django.utils.cache import get_conditional_response
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cases.api.limits import Throttle
from cases.api.parsers import StrictJSONParser
from cases.api.problems import Stale, UnknownParameter
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import NotFound

REFERENCE = re.compile(r"[0-9A-Z]{20}")


class ApiView(APIView):
    """`parameters` are the query parameters this address knows; `scope` what a token must have."""

    parser_classes = [StrictJSONParser]
    throttle_classes = [Throttle]
    metadata_class = None
    parameters: frozenset[str] = frozenset()
    scope = ""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        unknown = sorted(set(request.query_params) - self.parameters)
        if unknown:
            raise UnknownParameter(f"没有参数“{unknown[0][:40]}”。")
        twice = [name for name, values in request.query_params.lists() if len(values) > 1]
        if twice:
            raise UnknownParameter(f"参数“{twice[0]}”出现了两次。")

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        answer = super().finalize_response(request, response, *args, **kwargs)
        for name, value in getattr(request._request, "rate_headers", {}).items():
            answer[name] = value
        return answer


def actor_of(request: Request) -> Actor:
    """The machine client, as the token set it."""
    actor = getattr(request._request, "actor", None)
    assert isinstance(actor, Actor)
    return actor


def reference_of(text: str) -> str:
    """A public reference, or NotFound: what cannot be one is as absent as what is not there."""
    if not REFERENCE.fullmatch(text):
        raise NotFound
    return text


def with_etag(request: Request, body: dict[str, Any]) -> HttpResponseBase:
    """200 with an ETag over the body, or 304 (If-None-Match) and 412 (If-Match) as RFC 9110 says."""
    content = JSONRenderer().render(body)
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    response = Response(body, headers={"ETag": etag, "Cache-Control": "private, no-cache"})
    conditional = get_conditional_response(request._request, etag=etag, response=response)
    assert conditional is not None
    if conditional.status_code == 412:
        raise Stale
    return conditional
