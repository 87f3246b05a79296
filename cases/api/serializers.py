"""Shapes on the wire, and their words for the schema. Answers are read from dataclasses; nothing is written here."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from cases.api.fields import Choice, LegalDate, StrictBoolean, StrictInteger, StrictSerializer
from cases.categories import category_choices, room, rooms
from cases.law import FIELDS, PENALTY_KINDS, SEVERITIES, STATUSES
from cases.states import CaseState


class ProblemErrorSerializer(serializers.Serializer):
    field = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class ProblemSerializer(serializers.Serializer):
    """RFC 9457；`code` 供程序判断，`reference` 供电话咨询时报出。"""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField()
    code = serializers.CharField()
    reference = serializers.CharField(help_text="参考号，例如 7F3K-2Q9D")
    errors = ProblemErrorSerializer(many=True)  # type: ignore[assignment]  # a field, taken off by the metaclass


class LegSerializer(serializers.Serializer):
    """一个公示平台；`verified` 只在读回核验后为真，从未查看的写明“尚未核验”。"""

    target = serializers.CharField()
    title = serializers.CharField()
    state = serializers.CharField()
    state_text = serializers.CharField()
    verified = serializers.BooleanField()
    looked_at = serializers.DateTimeField(allow_null=True)


class ProgressCaseSerializer(serializers.Serializer):
    category = serializers.CharField()
    category_text = serializers.CharField()
    state = serializers.ChoiceField(choices=CaseState.choices)
    state_text = serializers.CharField()
    department = serializers.CharField()
    submitted_on = serializers.DateField()
    due_on = serializers.DateField(allow_null=True)
    paused = serializers.BooleanField()
    step = serializers.CharField()
    legs = LegSerializer(many=True)


class ProgressSerializer(serializers.Serializer):
    """一次申请的进度：状态、环节、日期，不含任何名称和个人信息。"""

    filing_no = serializers.CharField()
    submitted_on = serializers.DateField()
    cases = ProgressCaseSerializer(many=True)


class CategoryRefSerializer(serializers.Serializer):
    code = serializers.CharField()
    title = serializers.CharField()


class DepartmentRefSerializer(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()


class ClockSerializer(serializers.Serializer):
    """法定计时：各期限最后一日（含当日），法律未规定的为 null；补正期间暂停。"""

    accept_due = serializers.DateField(allow_null=True)
    decide_due = serializers.DateField(allow_null=True)
    total_due = serializers.DateField(allow_null=True)
    due = serializers.DateField(allow_null=True)
    paused = serializers.BooleanField()
    used_working_days = serializers.IntegerField()
    left_working_days = serializers.IntegerField(allow_null=True)
    provisional = serializers.BooleanField(help_text="跨越尚未公布节假日安排的年度")


class CaseSerializer(serializers.Serializer):
    ref = serializers.CharField()
    filing_no = serializers.CharField()
    application_ref = serializers.CharField()
    region = serializers.CharField()
    category = CategoryRefSerializer()
    department = DepartmentRefSerializer()
    subject_code = serializers.CharField(help_text="统一社会信用代码")
    doc_no = serializers.CharField(help_text="决定书文号")
    state = serializers.ChoiceField(choices=CaseState.choices)
    state_text = serializers.CharField()
    step = serializers.CharField(help_text="当前环节")
    round = serializers.IntegerField()
    version = serializers.IntegerField()
    submitted_at = serializers.DateTimeField()
    accepted_at = serializers.DateTimeField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    repaired_at = serializers.DateTimeField(allow_null=True)
    clock = ClockSerializer()
    legs = LegSerializer(many=True)


class EventSerializer(serializers.Serializer):
    """办理过程中的一件事，与申请人页面所见相同；`who` 是单位，不是个人。"""

    at = serializers.DateTimeField()
    verb = serializers.CharField()
    text = serializers.CharField()
    who = serializers.CharField()
    detail = serializers.CharField(allow_blank=True)
    kind = serializers.CharField()
    thing = serializers.CharField()
    on_behalf = serializers.BooleanField()
    authority = serializers.CharField(allow_blank=True)


class EventPageSerializer(serializers.Serializer):
    items = EventSerializer(many=True)
    next_cursor = serializers.CharField(allow_null=True)


def _own_codes(fact: str) -> list[tuple[str, str]]:
    """The codes that any category has for a fact of its own, each once."""
    found: dict[str, str] = {}
    for own in rooms():
        for extra in own.extra_fields:
            if extra.fact == fact:
                for code, label in extra.choices:
                    found.setdefault(code, label)
    return list(found.items())


class FactsSerializer(StrictSerializer):
    """一条失信信息的事实。没有给出的即“未载明”，不等于“否”；`as_of` 是判定日，缺省为今天（北京时间）。"""

    category = Choice(choices=category_choices())
    market = StrictBoolean(required=False, allow_null=True, default=None)
    severity = Choice(choices=list(SEVERITIES.items()), required=False, default="unset")
    penalty_kinds = serializers.ListField(
        child=Choice(choices=list(PENALTY_KINDS.items())), required=False, max_length=len(PENALTY_KINDS), default=list
    )
    field = Choice(choices=list(FIELDS.items()), required=False, allow_null=True, default=None)
    summary_procedure = StrictBoolean(required=False, allow_null=True, default=None)
    decided_on = LegalDate(required=False, allow_null=True, default=None)
    published_on = LegalDate(required=False, allow_null=True, default=None)
    listed_on = LegalDate(required=False, allow_null=True, default=None)
    corrected_on = LegalDate(required=False, allow_null=True, default=None)
    duties_done = StrictBoolean(required=False, allow_null=True, default=None)
    ground = Choice(choices=_own_codes("ground"), required=False, allow_null=True, default=None)
    amount_fen = StrictInteger(required=False, allow_null=True, default=None, min_value=0, max_value=10**15)
    restriction_until = LegalDate(required=False, allow_null=True, default=None)
    listed_elsewhere = StrictBoolean(required=False, allow_null=True, default=None)
    term = Choice(choices=_own_codes("term"), required=False, allow_null=True, default=None)
    new_violation = StrictBoolean(required=False, allow_null=True, default=None)
    repeated = StrictBoolean(required=False, allow_null=True, default=None)
    prosecuted = StrictBoolean(required=False, allow_null=True, default=None)
    court_plan_on = LegalDate(required=False, allow_null=True, default=None)
    subject_is_trader = StrictBoolean(required=False, default=False)
    ended_on = LegalDate(required=False, allow_null=True, default=None)
    as_of = LegalDate(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Grounds and terms are a category's own words: another category's are refused, not silently ignored."""
        own = room(attrs["category"])
        for fact in ("ground", "term"):
            codes = {code for extra in own.extra_fields if extra.fact == fact for code, _ in extra.choices}
            if attrs.get(fact) is not None and attrs[fact] not in codes:
                raise ValidationError({fact: ValidationError("不是该类别的选项。", code="invalid_choice").detail})
        return attrs


class BasisSerializer(serializers.Serializer):
    name = serializers.CharField()
    number = serializers.CharField(allow_blank=True)
    article = serializers.CharField(allow_null=True)


class ReasonSerializer(serializers.Serializer):
    text = serializers.CharField()
    basis = BasisSerializer(allow_null=True)
    basis_text = serializers.CharField(allow_blank=True)
    start_event = serializers.CharField(allow_blank=True)
    start_on = serializers.DateField(allow_null=True)
    arithmetic = serializers.CharField(allow_blank=True)
    certainty = serializers.CharField()
    skipped_holidays = serializers.ListField(child=serializers.DateField())
    effect = serializers.CharField()
    question = serializers.CharField(allow_null=True)


class CandidateSerializer(serializers.Serializer):
    """对法律的一种合理理解及其日期。"""

    first_on = serializers.DateField(allow_null=True)
    ends_on = serializers.DateField(allow_null=True)
    regime = serializers.CharField()
    basis = BasisSerializer()
    basis_text = serializers.CharField()
    severity = serializers.CharField()
    market = serializers.BooleanField(allow_null=True)
    counts_from = serializers.CharField(allow_blank=True)
    certainty = serializers.CharField()
    answer = serializers.CharField()
    text = serializers.CharField()


@extend_schema_serializer(component_name="Verdict")
class VerdictSerializer(serializers.Serializer):
    """资格判定：能否申请、从哪一天起、依据和算法。有待核实事项时 `doubts` 不为空，不影响提出申请。"""

    status = serializers.ChoiceField(choices=list(STATUSES.items()))
    headline = serializers.CharField()
    may_file = serializers.BooleanField()
    earliest = serializers.DateField(allow_null=True)
    publication_ends = serializers.DateField(allow_null=True)
    regime = serializers.CharField(allow_blank=True)
    certainty = serializers.CharField()
    reasons = ReasonSerializer(many=True)
    candidates = CandidateSerializer(many=True)
    to_show = serializers.ListField(child=serializers.CharField())
    doubts = serializers.ListField(child=serializers.CharField())
    questions = serializers.ListField(child=serializers.CharField())
    pack_hash = serializers.CharField()
    suggested_severity = serializers.CharField(allow_blank=True)
    judged_on = serializers.DateField()
    changes_on = serializers.DateField(allow_null=True, help_text="事实和规则不变时，结论下一次可能改变的日期")
