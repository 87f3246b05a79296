"""Answers to what went wrong, HTML and JSON alike: what happened, what is saved, what to do next, and a reference."""

import logging
import secrets
import sys
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from creditrepair.tenancy.errors import Invalid, NotAllowed, NotFound, Refusal, WrongMoment

log = logging.getLogger(__name__)
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
RETRY_SECONDS = 5
DISK_FULL = "53100"  # SQLSTATE
STATUS: dict[type[Exception], int] = {NotFound: 404, NotAllowed: 403, WrongMoment: 409, Invalid: 422}
TITLES = {
    400: "请求有误",
    403: "不由您办理",
    404: "没有找到该内容",
    405: "不支持该操作",
    409: "状态已经变化",
    413: "文件过大",
    422: "填写有误",
    429: "查询过于频繁",
    500: "系统出现异常",
    503: "系统维护中",
}


TITLE_OF_CODE = {"csrf": "页面已过期", "upload_link": "上传链接已失效"}


def reference() -> str:
    """Eight characters a person can read over the telephone, e.g. 7F3K-2Q9D."""
    text = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{text[:4]}-{text[4:]}"


def status_of(exception: Exception) -> int | None:
    for kind, status in STATUS.items():
        if isinstance(exception, kind):
            return status
    return None


def problem(
    status: int, detail: str, *, code: str, request: HttpRequest, errors: list[dict[str, str]] | None = None
) -> dict[str, Any]:
    """Body of an application/problem+json answer (RFC 9457 with `code`, `reference`, `errors`)."""
    return {
        "type": f"/api/v1/problems/{code}",
        "title": TITLES.get(status, "不能办理"),
        "status": status,
        "detail": detail,
        "instance": request.path,
        "code": code,
        "reference": reference(),
        "errors": errors or [],
    }


def page(
    request: HttpRequest, status: int, *, message: str, kept: str = "", next_step: str = "", code: str = ""
) -> HttpResponse:
    """The error page (or problem+json under /api/); needs no database, so that it also works when that is away."""
    if request.path.startswith("/api/"):
        body = problem(status, message, code=code or str(status), request=request)
        response: HttpResponse = JsonResponse(body, status=status, content_type="application/problem+json")
        response["X-Reference"] = body["reference"]
        return response
    ref = reference()
    log.info("answer %s %s %s", status, ref, request.path)
    region = getattr(request, "region", None)
    text = render_to_string(
        "error.html",
        {
            "request": request,  # for the display cookies only; no context processor runs: they would ask the database
            "status": status,
            "code": code,
            "title": TITLE_OF_CODE.get(code) or TITLES.get(status, "不能办理"),
            "message": message,
            "kept": kept or "没有改动任何数据。",
            "next_step": next_step or "您可以返回上一页，或从首页重新进入。",
            "reference": ref,
            "region": region,
            "identity": region.identity if region else {},
        },
    )
    response = HttpResponse(text, status=status)
    response["X-Reference"] = ref
    return response


def to_refusal(request: HttpRequest, exception: Exception) -> HttpResponse | None:
    """The answer to one of our refusals (or Django's 404, 403), None for anything unforeseen."""
    if isinstance(exception, Http404):
        exception = NotFound()
    if isinstance(exception, PermissionDenied):
        exception = NotAllowed()
    status = status_of(exception)
    if status is None or not isinstance(exception, Refusal):
        return None
    return page(request, status, message=exception.message, code=exception.code)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return page(
        request,
        403,
        message="页面已过期，或请求不是从本站页面发出的。",
        kept="本次没有提交；此前自动保存的草稿仍在。",
        next_step="请先在新窗口登录，再回到原页面提交；原页面上的内容请勿刷新，以免丢失。",
        code="csrf",
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, 400, message="收到的请求不完整或格式有误。", code="bad_request")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, 403, message=NotAllowed.message, code="not_allowed")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page(request, 404, message=NotFound.message, code="not_found")


def unavailable(request: HttpRequest, why: BaseException) -> HttpResponse:
    """503 with Retry-After: the database is away, full, out of connections, or a lock was held too long.

    Whether the act was still committed is not known when the line breaks at the very end: the page says so.
    """
    full = getattr(why.__cause__, "pgcode", None) == DISK_FULL
    response = page(
        request,
        503,
        message="存储空间不足，请稍后再试。" if full else "系统正在维护或暂时繁忙，请稍后再试。",
        kept="此前已保存的草稿和已提交的申请不受影响。刚才的提交如果没有成功，可以再次提交，不会重复办理。",
        next_step="请过几秒再试；已填写的页面请勿关闭。",
        code="unavailable",
    )
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    why = sys.exc_info()[1]  # Django calls this inside its own `except`
    if isinstance(why, OperationalError | InterfaceError):
        return unavailable(request, why)
    return page(
        request,
        500,
        message="系统出现异常，工作人员会根据参考号查找原因。",
        kept="此前已保存的草稿和已提交的申请不受影响。",
        next_step=f"请稍后再试；仍不成功请致电窗口并告知参考号。{settings.PUBLIC_URL}",
        code="server_error",
    )
