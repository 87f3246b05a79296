"""Intake of records by a machine client: rows by field code in, the fate of each row out. The verb is the recorder's own."""

from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from cases.access_collection import access_batch
from cases.api.base import ApiView, reference_of, with_etag
from cases.api.clients import Client
from cases.api.fields import Choice, StrictBoolean, StrictSerializer
from cases.api.kept import answer_once
from cases.api.limits import Throttle, WriteThrottle
from cases.api.parsers import RowsParser
from cases.api.views import problems
from cases.categories import category_choices
from cases.collection.templates import templates_for
from cases.models import ClientKey, CollectionBatch, CollectionRow, FailureRecord, Scope
from cases.services.clients import recording_membership
from cases.services.collect import collect_rows
from cases.timeliness import timeliness_text
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.errors import NotAllowed, NotFound
from creditrepair.tenancy.models import Role

MOST_ROWS: Final = 500
LONGEST_VALUE: Final = 32_767
MOST_FIELDS: Final = 200
MOST_NAMED: Final = 20  # an event's line holds 50 characters of a name


class Row(serializers.DictField):
    """An object of strings (or null) by field code."""

    def to_internal_value(self, data: Any) -> dict[str, str | None]:
        if not isinstance(data, dict):
            raise ValidationError("每一行应为一个对象：字段代码 → 文字。", code="not_an_object")
        if len(data) > MOST_FIELDS:
            raise ValidationError(f"每一行最多{MOST_FIELDS}个字段。", code="too_many_fields")
        wrong = {name: value for name, value in data.items() if not _is_text(value)}
        if wrong:
            text = f"应为文字（数字、日期、代码也加引号）或 null，不超过{LONGEST_VALUE}字。"
            raise ValidationError({name: ValidationError(text, code="not_text").detail for name in sorted(wrong)[:20]})
        return dict(data)


class RecordsSerializer(StrictSerializer):
    """一批失信信息。`rows` 每行一个对象，键为该类别模板的字段代码（如 CF_WSH），值为文字；写法与归集文件相同。"""

    category = Choice(choices=category_choices())
    stock = StrictBoolean(required=False, default=False, help_text="存量数据，与增量分开统计")
    rows = serializers.ListField(
        child=Row(child=serializers.CharField(allow_null=True)), min_length=1, max_length=MOST_ROWS
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A misspelt field code must not be missing from a record in silence."""
        known = {field.code for template in templates_for(attrs["category"]) for field in template.fields}
        faults = {
            str(number): {name: ValidationError("没有这个字段。", code="unknown_field").detail for name in unknown[:20]}
            for number, row in enumerate(attrs["rows"])
            if (unknown := sorted(set(row) - known))
        }
        if faults:
            raise ValidationError({"rows": dict(list(faults.items())[:20])})
        return attrs


class RowProblemSerializer(serializers.Serializer):
    field = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field, taken off by the metaclass
    value = serializers.CharField(allow_blank=True)
    reason = serializers.CharField()
    remedy = serializers.CharField(allow_blank=True)
    severity = serializers.CharField(help_text="error：该行未归集；warning：已归集，请核对")
    code = serializers.CharField()


class RowFateSerializer(serializers.Serializer):
    """一行的结果。`record` 是系统内的信息编号，没有归集的为 null。"""

    line = serializers.IntegerField(help_text="第几行，从1开始")
    outcome = serializers.ChoiceField(choices=CollectionRow.Outcome.choices)
    outcome_text = serializers.CharField()
    record = serializers.CharField(allow_null=True)
    record_key = serializers.CharField(allow_blank=True)
    late_by = serializers.IntegerField(allow_null=True, help_text="迟报的工作日数，0为及时，null为没有归集期限")
    timeliness_text = serializers.CharField(allow_blank=True)
    problems = RowProblemSerializer(many=True)


class BatchSerializer(serializers.Serializer):
    batch = serializers.CharField(help_text="批次编号，20位")
    category = serializers.CharField()
    stage = serializers.CharField()
    stage_text = serializers.CharField()
    received_at = serializers.DateTimeField()
    counts = serializers.DictField(child=serializers.IntegerField())
    rows = RowFateSerializer(many=True)


class RecordsView(ApiView):
    """POST of up to 500 rows: checked and imported in this request, each row for itself."""

    scope = Scope.RECORDS.value
    parser_classes = [RowsParser]
    throttle_classes = [WriteThrottle]

    @extend_schema(
        operation_id="records",
        summary="报送失信信息",
        description="需要 `records:write` 和请求头 `Idempotency-Key`。每批1至500行，有错误的行不归集、逐项说明原因，其余照常归集。同一编号重发同一内容，得到与第一次完全相同的应答。",
        request=RecordsSerializer,
        parameters=[
            OpenApiParameter(
                "Idempotency-Key",
                {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]+$"},
                OpenApiParameter.HEADER,
                required=True,
                description="本次报送的编号，保留7天",
            )
        ],
        responses={201: BatchSerializer, **problems(400, 401, 403, 405, 406, 409, 413, 415, 422, 429)},
    )
    def post(self, request: Request) -> HttpResponseBase:
        actor, now = recorder_of(request), timezone.now()
        given = RecordsSerializer(data=request.data)

        def make() -> dict[str, Any]:
            given.is_valid(raise_exception=True)
            data = given.validated_data
            batch = collect_rows(
                actor, category=data["category"], rows=data["rows"], way=CollectionBatch.Way.API, now=now,
                stock=data["stock"],
            )  # fmt: skip
            return dict(BatchSerializer(_body(batch)).data)

        return answer_once(request, "records", request.data, make, now)


class BatchView(ApiView):
    """A batch that this key's department has brought by a key."""

    scope = Scope.RECORDS.value
    throttle_classes = [Throttle]

    @extend_schema(
        operation_id="batch",
        summary="批次结果",
        description="需要 `records:write`。只能查看本单位通过接口报送的批次，其他与不存在的是同一个 404。",
        parameters=[OpenApiParameter("ref", str, OpenApiParameter.PATH, description="批次编号，20位")],
        responses={200: BatchSerializer, 304: None, **problems(400, 401, 403, 404, 405, 406, 412, 429)},
    )
    def get(self, request: Request, ref: str) -> HttpResponseBase:
        batch = access_batch(recorder_of(request), reference_of(ref))
        if batch.way != CollectionBatch.Way.API:
            raise NotFound
        return with_etag(request, BatchSerializer(_body(batch)).data)


def recorder_of(request: Request) -> Actor:
    """The recorder in whose name this key brings records, as long as the office is held. Raises NotAllowed (403)."""
    key, client = request.auth, request.user
    assert isinstance(key, ClientKey)
    assert isinstance(client, Client)
    unit, person = key.department, key.recorder
    held = (
        recording_membership(client.region, unit.code, person.username, timezone.localdate())
        if unit is not None and person is not None
        else None
    )
    if held is None or unit is None or person is None:
        raise NotAllowed("该密钥的归集负责人已不在岗，请联系参数管理员重新开通。", code="nobody_answers")
    return Actor(
        user_id=person.pk,
        name=f"接口：{client.name[:MOST_NAMED]}（{person.full_name[:MOST_NAMED]}）",
        region=client.region,
        department_id=unit.pk,
        department=unit.code,
        roles=frozenset((Role.RECORDER.value,)),
    )


def _body(batch: CollectionBatch) -> dict[str, Any]:
    rows = list(batch.rows.filter(region_id=batch.region_id).order_by("line")[:MOST_ROWS])
    keys = [row.record_key for row in rows if row.record_key]
    records = {
        record.record_key: record
        for record in FailureRecord.objects.filter(region_id=batch.region_id, record_key__in=keys)
    }
    return {
        "batch": batch.ref,
        "category": batch.category,
        "stage": batch.stage,
        "stage_text": batch.get_stage_display(),
        "received_at": timezone.localtime(batch.received_at),
        "counts": batch.counts,
        "rows": [_fate(row, records.get(row.record_key)) for row in rows],
    }


def _fate(row: CollectionRow, record: FailureRecord | None) -> dict[str, Any]:
    return {
        "line": row.line,
        "outcome": row.outcome,
        "outcome_text": row.get_outcome_display(),
        "record": record.ref if record else None,
        "record_key": row.record_key,
        "late_by": record.late_by if record else None,
        "timeliness_text": timeliness_text(record.late_by) if record else "",
        "problems": [_problem(one) for one in row.problems],
    }


def _problem(problem: Mapping[str, str]) -> dict[str, str]:
    told = {name: problem.get(name, "") for name in ("field", "label", "value", "reason", "remedy", "severity")}
    return told | {"code": problem.get("rule", "")}


def _is_text(value: Any) -> bool:
    return value is None or (isinstance(value, str) and len(value) <= LONGEST_VALUE)
