"""The addresses of the API. Objects come through `cases.access`, answers from the functions that the pages use."""

from dataclasses import asdict
from typing import Any

from django.core import signing
from django.http import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.exceptions import Throttled, ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from cases.access import access_case
from cases.api import serializers as shapes
from cases.api.base import ApiView, actor_of, reference_of, with_etag
from cases.api.problems import MEDIA_TYPE
from cases.categories import judge
from cases.deadlines import clock_of
from cases.law import RecordFacts
from cases.models import Case, Scope
from cases.overrides import overrides_of
from cases.progress import Progress, TooManyWrong, legs_progress, progress_from, step_text
from cases.throttle import address_of
from cases.timeline import timeline_of
from creditrepair.tenancy.errors import NotFound

MAX_LIMIT, DEFAULT_LIMIT = 100, 50
NOT_BLANK = {"type": "string", "minLength": 1, "pattern": "[^\\s]"}
PROGRESS_UNKNOWN = "没有查到该办件。请核对查询码和统一社会信用代码后四位。"


def problems(*statuses: int) -> dict[Any, Any]:
    """The error answers of an address, for the schema."""
    return {(status, MEDIA_TYPE): shapes.ProblemSerializer for status in statuses}


class ProgressView(ApiView):
    """Progress by query code and second factor, without sign-in. Wrong code and wrong factor are one answer."""

    authentication_classes = []
    permission_classes = [AllowAny]
    parameters = frozenset({"code", "last_four"})

    @extend_schema(
        operation_id="progress",
        summary="凭查询码查进度",
        description="查询码印在受理回执上；`last_four` 是申请单位统一社会信用代码后四位。连续输错 10 次暂停 10 分钟。",
        auth=[],
        parameters=[
            OpenApiParameter("code", NOT_BLANK, required=True, description="查询码，大小写和连字符不限"),
            OpenApiParameter("last_four", NOT_BLANK, required=True, description="统一社会信用代码后四位"),
        ],
        responses={200: shapes.ProgressSerializer, **problems(400, 404, 405, 406, 429)},
    )
    def get(self, request: Request) -> Response:
        code, last_four = (request.query_params.get(name, "").strip() for name in ("code", "last_four"))
        missing = [name for name, value in (("code", code), ("last_four", last_four)) if not value]
        if missing:
            raise ValidationError({name: ValidationError("必填。", code="required").detail for name in missing})
        try:
            found = progress_from(address_of(request._request), code, last_four)
        except TooManyWrong as wrong:
            raise Throttled(wrong.wait_seconds) from None
        if not isinstance(found, Progress):
            raise NotFound(PROGRESS_UNKNOWN)
        return Response(shapes.ProgressSerializer(found).data)


class EligibilityView(ApiView):
    """The Verdict on facts that the caller sends; nothing is stored."""

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="eligibility",
        summary="资格判定（不保存）",
        description="与计算器、申请页、审核页同一判定；用密钥所属行政区（不带密钥时为网址所属行政区）已确认的规则。结论 `needs_officer` 表示由认定单位判断，不影响提出申请。",
        request=shapes.FactsSerializer,
        responses={200: shapes.VerdictSerializer, **problems(400, 401, 405, 406, 413, 415, 429)},
    )
    def post(self, request: Request) -> Response:
        given = shapes.FactsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        facts = dict(given.validated_data)
        as_of = facts.pop("as_of", timezone.localdate())
        overrides = overrides_of(actor_of(request).region)
        return Response(judge(RecordFacts(**facts), as_of, overrides).to_json())


class CaseView(ApiView):
    """One case of the token's region."""

    scope = Scope.CASES.value

    @extend_schema(
        operation_id="case",
        summary="案件",
        description="需要 `cases:read`。其他行政区的案件与不存在的案件是同一个 404。",
        parameters=[OpenApiParameter("ref", str, OpenApiParameter.PATH, description="案件编号，20位")],
        responses={200: shapes.CaseSerializer, 304: None, **problems(400, 401, 403, 404, 405, 406, 412, 429)},
    )
    def get(self, request: Request, ref: str) -> HttpResponseBase:
        case = access_case(actor_of(request), reference_of(ref))
        return with_etag(request, shapes.CaseSerializer(_body(case)).data)


def _body(case: Case) -> dict[str, Any]:
    return {
        "ref": case.ref,
        "filing_no": case.application.filing_no,
        "application_ref": case.application.ref,
        "region": case.region_id,
        "category": {"code": case.category, "title": case.room.title},
        "department": case.department,
        "subject_code": case.subject_id,
        "doc_no": case.record.doc_no,
        "state": case.state,
        "state_text": case.get_state_display(),
        "step": step_text(case),
        "round": case.round,
        "version": case.version,
        "submitted_at": case.submitted_at,
        "accepted_at": case.accepted_at,
        "decided_at": case.decided_at,
        "repaired_at": case.repaired_at,
        "clock": clock_of(case, timezone.localdate()),
        "legs": legs_progress(case),
    }


class CaseEventsView(ApiView):
    """The acts on one case, oldest first: the list that the applicant's page shows."""

    scope = Scope.EVENTS.value
    parameters = frozenset({"limit", "cursor"})

    @extend_schema(
        operation_id="case_events",
        summary="案件办理过程",
        description="需要 `events:read`。只追加；`next_cursor` 为 null 时已到末尾。",
        parameters=[
            OpenApiParameter("ref", str, OpenApiParameter.PATH, description="案件编号，20位"),
            OpenApiParameter(
                "limit", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
            ),
            OpenApiParameter("cursor", str, description="上一页的 next_cursor，原样带回"),
        ],
        responses={200: shapes.EventPageSerializer, 304: None, **problems(400, 401, 403, 404, 405, 406, 412, 429)},
    )
    def get(self, request: Request, ref: str) -> HttpResponseBase:
        case = access_case(actor_of(request), reference_of(ref))
        limit = _limit(request.query_params.get("limit"))
        start = _start(case, request.query_params.get("cursor"))
        entries = timeline_of(case.region_id, case_ref=case.ref)
        following = start + limit
        body = {
            "items": [asdict(entry) for entry in entries[start:following]],
            "next_cursor": signing.dumps(following, salt=_salt(case)) if following < len(entries) else None,
        }
        return with_etag(request, shapes.EventPageSerializer(body).data)


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MAX_LIMIT):
        raise ValidationError({"limit": ValidationError(f"应为1至{MAX_LIMIT}的整数。", code="out_of_range").detail})
    return int(text)


def _start(case: Case, cursor: str | None) -> int:
    """The place in the list a cursor stands for: events are only appended, so a place stays what it was."""
    if cursor is None:
        return 0
    try:
        return int(signing.loads(cursor, salt=_salt(case)))
    except signing.BadSignature:
        raise ValidationError({"cursor": ValidationError("不是本接口给出的值。", code="bad_cursor").detail}) from None


def _salt(case: Case) -> str:
    return f"api-events|{case.ref}"


class SchemaView(SpectacularAPIView):
    """OpenAPI 3 of all of the above."""

    throttle_classes = []


class DocsView(SpectacularSwaggerSplitView):
    """The schema as a page to try out; under the strict policy its script is an address of its own."""

    template_name = "api/docs.html"
    url_name = "api:schema"
    throttle_classes = []
