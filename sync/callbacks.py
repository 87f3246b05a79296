"""The gateway's status callback: signed as every exchange, believed once, and harmless when it comes again."""

import json
import logging
import time

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from creditrepair.tenancy.context import region_context
from sync import signing, sms
from sync.targets.answers import clean

log = logging.getLogger(__name__)
LARGEST = 16 * 1024
NONCE_SECONDS = 600


@csrf_exempt
@login_not_required
@require_POST
def sms_status(request: HttpRequest) -> HttpResponse:
    """`{message_no, status, reason}` → 200; 400 not understood, 401 not the gateway's, 404 not a number of ours.

    The region is read from the number; nothing else of the request decides what is opened.
    """
    ring = _ring()
    length = str(request.META.get("CONTENT_LENGTH") or 0)
    if not (length.isascii() and length.isdigit()) or int(length) > LARGEST:
        return _answer(413, "too_large", "报文过大")
    body = request.body
    try:
        if ring is None:
            raise signing.BadSignature("the gateway has no keys here")
        nonce = signing.verify_request(
            ring, request.headers, method="POST", path=request.path, query=request.META.get("QUERY_STRING", ""),
            body=body, now=time.time(),
        )  # fmt: skip
        if not _first_seen(nonce):
            raise signing.BadSignature("nonce was used before")
    except signing.BadSignature as problem:
        log.warning("SMS callback refused: %s", problem)
        return _answer(401, "bad_credential", "签名、时间或凭证无效")
    told = _read(body)
    if told is None:
        return _answer(400, "bad_json", "报文不是有效的 JSON，或缺少字段，或状态不在约定之内")
    number, status, reason = told
    region = sms.region_of(number)
    if region:
        with region_context(region):
            if sms.take_receipt(number, status, clean(reason)):
                return _answer(200, "ok", "已收到")
    return _answer(404, "message_unknown", "没有该短信")


def _ring() -> signing.KeyRing | None:
    keys = settings.SYNC_TARGETS.get(sms.TARGET, {}).get("keys", "")
    return signing.KeyRing.parse(keys) if keys else None


def _first_seen(nonce: str) -> bool:
    """Whether the nonce is new. Open when the cache is away: a callback that comes again changes nothing anyway."""
    try:
        return bool(cache.add(f"sms-nonce:{nonce}", 1, NONCE_SECONDS))
    except Exception:
        log.warning("the cache is away; a nonce of the SMS gateway was not remembered", exc_info=True)
        return True


def _read(body: bytes) -> tuple[str, str, str] | None:
    try:
        told = json.loads(body)
    except ValueError:
        return None
    if not isinstance(told, dict):
        return None
    number, status, reason = told.get("message_no"), told.get("status"), told.get("reason") or ""
    if not (
        isinstance(number, str)
        and isinstance(status, str)
        and isinstance(reason, str)
        and len(number) <= 40
        and "\0" not in number + reason
    ):
        return None
    return (number, status, reason) if status in sms.TOLD else None


def _answer(status: int, code: str, words: str) -> JsonResponse:
    return JsonResponse({"code": code, "detail": words}, status=status, json_dumps_params={"ensure_ascii": False})
