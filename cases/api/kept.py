"""Idempotency-Key: the first answer to a creating POST is kept for seven days, and every retry is told the same."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.http import HttpResponse
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from cases.api.clients import Client
from cases.api.problems import BadKey, KeyInUse, KeyReused
from cases.models import KeptAnswer

KEPT: Final = timedelta(days=7)
KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")
SWEPT_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Once:
    """One address under one client's key; `route` is the name of the address."""

    route: str
    key: str
    client: Client
    body_sha256: str


def read_key(request: Request) -> str:
    """The Idempotency-Key of a request. Raises BadKey (400)."""
    text = str(request.META.get("HTTP_IDEMPOTENCY_KEY", ""))
    if not KEY.fullmatch(text):
        raise BadKey
    return text


def answer_once(
    request: Request, route: str, body: Any, make: Callable[[], dict[str, Any]], now: datetime
) -> HttpResponse:
    """201 with what `make` returns, or the first answer again, byte for byte, with `Idempotency-Replayed: true`.

    All in the request's transaction: an act that fails keeps no answer and may be tried again with the same key.
    Raises BadKey (400), KeyInUse (409) while the first one runs, KeyReused (422) for another body.
    """
    client = request.user
    assert isinstance(client, Client)
    once = Once(route, read_key(request), client, _digest(body))
    _alone(once)
    _forget_old(client.region, now)
    kept = KeptAnswer.objects.filter(
        region_id=client.region, client=client.prefix, route=route, key=once.key, at__gt=now - KEPT
    ).first()
    if kept is not None:
        if kept.body_sha256 != once.body_sha256:
            raise KeyReused
        return _response(kept.answer, kept.status, replayed=True)
    answer = JSONRenderer().render(make()).decode()
    KeptAnswer.objects.update_or_create(
        region_id=client.region,
        client=client.prefix,
        route=route,
        key=once.key,
        defaults={"body_sha256": once.body_sha256, "status": 201, "answer": answer, "at": now},
    )
    return _response(answer, 201, replayed=False)


def _alone(once: Once) -> None:
    """Hold this key until the transaction ends, or say that somebody else does."""
    name = "|".join(("idempotency", once.client.region, once.client.prefix, once.route, once.key))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        row = cursor.fetchone()
    if not (row and row[0]):
        raise KeyInUse


def _forget_old(region: str, now: datetime) -> None:
    old = KeptAnswer.objects.filter(region_id=region, at__lte=now - KEPT).order_by("at").values("pk")[:SWEPT_AT_ONCE]
    KeptAnswer.objects.filter(region_id=region, pk__in=old).delete()


def _digest(body: Any) -> str:
    return hashlib.sha256(json.dumps(body, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _response(answer: str, status: int, *, replayed: bool) -> HttpResponse:
    response = HttpResponse(answer.encode(), status=status, content_type="application/json")
    response["Cache-Control"] = "private, no-store"
    if replayed:
        response["Idempotency-Replayed"] = "true"
    return response
