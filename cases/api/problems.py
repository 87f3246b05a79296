"""Every error of the API as application/problem+json (RFC 9457), in the words of `creditrepair.answers`."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import transaction
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from creditrepair.answers import problem, status_of
from creditrepair.tenancy.errors import Invalid, NotAllowed, NotFound, Refusal

MEDIA_TYPE = "application/problem+json"
TITLES = {401: "需要有效的密钥", 406: "不支持所要求的格式", 412: "内容已经变化", 415: "请求格式不受支持"}
DETAILS: dict[int, str] = {
    401: "没有提供密钥，或密钥无效、已过期、已停用。请使用请求头 Authorization: Bearer <密钥>。",
    405: "该地址不支持此方法。",
    406: "本接口只提供 application/json。",
    412: "内容已经变化，与 If-Match 不符。请重新读取。",
    413: "请求内容过大。",
    415: "请以 application/json（UTF-8）发送请求。",
}
CODES = {
    401: "not_authenticated",
    405: "method_not_allowed",
    406: "not_acceptable",
    412: "stale",
    413: "too_large",
    415: "unsupported_media_type",
}
FIELD_CODES = {"required": "必填。", "null": "不能为空。", "blank": "不能为空。"}


class UnknownParameter(exceptions.APIException):
    """A query parameter that the address does not know, or one that is there twice: 400, never ignored."""

    status_code = 400
    default_code = "unknown_parameter"


class BadKey(exceptions.APIException):
    """400: no Idempotency-Key, or one that is none."""

    status_code = 400
    default_code = "idempotency_key"
    default_detail = "请用请求头 Idempotency-Key 给出本次报送的编号：1至255个可见的ASCII字符，每次新的报送换一个。"


class KeyReused(exceptions.APIException):
    """422: the same Idempotency-Key came with another body."""

    status_code = 422
    default_code = "idempotency_key_reused"
    default_detail = "该 Idempotency-Key 已用于另一份内容。内容不同的报送请换一个编号。"


class KeyInUse(exceptions.APIException):
    """409: the first request with this Idempotency-Key has not ended yet."""

    status_code = 409
    default_code = "in_progress"
    default_detail = "同一编号的报送正在处理，请稍后用同一编号重试。"
    wait = 1


class TooLarge(exceptions.APIException):
    """413."""

    status_code = 413


class Stale(exceptions.APIException):
    """412: `If-Match` names another state than the present one."""

    status_code = 412


def handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to a raised exception, None for the unforeseen (500, answered by `creditrepair.answers`).

    Rolls the request's transaction back: REST framework swallows the exception before the middleware sees it.
    """
    if isinstance(exc, Http404):
        exc = NotFound()
    elif isinstance(exc, PermissionDenied):
        exc = NotAllowed()
    elif isinstance(exc, RequestDataTooBig):
        exc = TooLarge()
    found = _read(exc)
    if found is None:
        return None
    if transaction.get_connection().in_atomic_block:
        transaction.set_rollback(True)
    status, detail, code, errors = found
    body = problem(status, detail, code=code, request=context["request"]._request, errors=errors)
    body["title"] = TITLES.get(status, body["title"])
    response = Response(body, status=status, content_type=MEDIA_TYPE)
    response["X-Reference"] = body["reference"]
    if isinstance(exc, exceptions.APIException):
        if header := getattr(exc, "auth_header", None):
            response["WWW-Authenticate"] = header
        if wait := getattr(exc, "wait", None):
            response["Retry-After"] = str(int(wait))
    return response


def _read(exc: Exception) -> tuple[int, str, str, list[dict[str, str]]] | None:
    """(status, detail, code, errors) of a refusal of ours or an exception of REST framework."""
    if isinstance(exc, Refusal):
        status = status_of(exc)
        if status is None:
            return None
        fields = exc.fields if isinstance(exc, Invalid) else {}
        return status, exc.message, exc.code, [{"field": f, "code": exc.code, "message": m} for f, m in fields.items()]
    if not isinstance(exc, exceptions.APIException):
        return None
    status = exc.status_code
    if isinstance(exc, exceptions.ValidationError):
        errors = list(_flat(exc.get_full_details()))
        return 400, "；".join(f"{e['field']}：{e['message']}" for e in errors[:10]), "invalid", errors
    if isinstance(exc, exceptions.ParseError):
        return 400, str(exc.detail), "bad_json", []
    if isinstance(exc, exceptions.Throttled):
        return 429, f"查询过于频繁，请{int(getattr(exc, 'wait', None) or 1)}秒后再试。", "throttled", []
    code = CODES.get(status, str(getattr(exc.detail, "code", status)))
    return status, DETAILS.get(status, str(exc.detail)), code, []


def _flat(details: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Field errors of any depth as {field: "a.0.b", code, message}."""
    if isinstance(details, dict) and set(details) == {"message", "code"} and isinstance(details["message"], str):
        code = str(details["code"])
        yield {"field": path or "body", "code": code, "message": FIELD_CODES.get(code, details["message"])}
        return
    pairs = details.items() if isinstance(details, dict) else enumerate(details)
    for key, value in pairs:
        is_message = isinstance(value, dict) and set(value) == {"message", "code"} and not isinstance(details, dict)
        deeper = path if is_message or key == "non_field_errors" else f"{path}.{key}".strip(".")
        yield from _flat(value, deeper)
