"""One stored record judged on any day, and on a second day beside it, with everything that led to the answer."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from django import forms
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cases.access import access_record
from cases.categories import pack_for
from cases.desk.forms import described
from cases.desk.rule_words import RowShown, shown
from cases.facts import facts_of, judge_record
from cases.law import FIELDS, PENALTY_KINDS, REGIMES, SEVERITIES, RecordFacts, Rule, Verdict
from cases.models import FailureRecord
from cases.overrides import overrides_of
from creditrepair.tenancy.middleware import PortalRequest

ANSWERS: Final[dict[str, str]] = {
    "open": "可以申请",
    "before": "未到最短公示期",
    "edge": "最短公示期最后一日",
    "over": "公示期已届满",
    "self": "期满自动停止公示",
    "never": "不得提前停止公示",
    "unknown": "推算不出日期",
}
EFFECTS: Final[dict[str, tuple[str, str]]] = {  # word, tone
    "explains": ("说明", "none"),
    "blocks": ("不符合条件", "danger"),
    "officer": ("需人工判断", "warn"),
    "warns": ("提示", "warn"),
}


class DaysForm(forms.Form):
    """The day asked about, today where none is given, and a second one to compare with."""

    day = forms.DateField(label="判定日", required=False)
    other = forms.DateField(label="对照日", required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for field in self.fields.values():
            field.widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            field.error_messages["invalid"] = "请按 2026-11-23 的样子填写日期。"


@dataclass(frozen=True, slots=True)
class Reading:
    """One plausible reading of the law, in words."""

    regime: str
    severity: str
    answer: str
    first_on: date | None
    ends_on: date | None
    basis: str
    text: str
    certainty: str


@dataclass(frozen=True, slots=True)
class Judged:
    """The Verdict of one day: `overrides` are the rows about records of this category that the region has settled by
    that day; an open row of the region's own paper settles nothing."""

    day: date
    verdict: Verdict
    regime: str
    readings: list[Reading]
    overrides: list[RowShown]

    @property
    def effects(self) -> list[tuple[object, tuple[str, str]]]:
        return [(reason, EFFECTS.get(reason.effect, EFFECTS["explains"])) for reason in self.verdict.reasons]


@require_safe
def judge(request: PortalRequest, ref: str) -> HttpResponse:
    """The same function as everywhere, asked for the days in the address; 422 for what is no date."""
    record = access_record(request.actor, ref)
    today = timezone.localdate()
    form = DaysForm(request.GET if request.GET else {"day": f"{today:%Y-%m-%d}"})
    valid = form.is_valid()
    days = [form.cleaned_data.get("day") or today]
    if other := form.cleaned_data.get("other"):
        days.append(other)
    overrides = overrides_of(record.region_id)
    judged = [_judged(record, day, overrides) for day in days]
    return TemplateResponse(
        request,
        "desk/judge.html",
        {
            "title": "按日判定",
            "record": record,
            "form": described(form),
            "judged": judged,
            "same": len(judged) == 2 and _told(judged[0].verdict) == _told(judged[1].verdict),
            "facts": fact_lines(facts_of(record)),
            "pack_hash": pack_for(overrides).hash,
        },
        status=200 if valid else 422,
    )


def _told(verdict: Verdict) -> tuple[object, ...]:
    return verdict.status, verdict.earliest, verdict.publication_ends


def _judged(record: FailureRecord, day: date, overrides: tuple[Rule, ...]) -> Judged:
    verdict = judge_record(record, day, overrides)
    own = [shown(rule) for rule in overrides if rule.category in (None, record.category) and rule.in_force(day)]
    return Judged(day, verdict, regime_title(verdict.regime), _readings(verdict), [row for row in own if row.own])


def _readings(verdict: Verdict) -> list[Reading]:
    return [
        Reading(
            regime=regime_title(one.regime),
            severity=SEVERITIES.get(one.severity, one.severity),
            answer=ANSWERS.get(one.answer, one.answer),
            first_on=one.first_on,
            ends_on=one.ends_on,
            basis=str(one.basis),
            text=one.text,
            certainty=one.certainty,
        )
        for one in verdict.candidates
    ]


def regime_title(key: str) -> str:
    regime = REGIMES.get(key)
    return regime.number or regime.name if regime else key


def fact_lines(facts: RecordFacts) -> list[tuple[str, str]]:
    """What the register says, as (label, words); what it is silent about is 未载明, for silence is an answer too."""
    kinds = "、".join(PENALTY_KINDS.get(kind, kind) for kind in facts.penalty_kinds)
    duties = {None: "", True: "已履行", False: "尚未履行"}[facts.duties_done]
    listed = {None: "", True: "在列", False: "不在列"}[facts.listed_elsewhere]
    fields = {None: "", True: "市场监管领域", False: "非市场监管领域"}[facts.market]
    lines = [
        ("决定日期", _day(facts.decided_on)),
        ("公示日期", _day(facts.published_on)),
        ("列入日期", _day(facts.listed_on)),
        ("纠正日期", _day(facts.corrected_on)),
        ("失信程度", "未认定" if facts.severity == "unset" else SEVERITIES.get(facts.severity, facts.severity)),
        ("处罚种类", kinds),
        ("领域", "，".join(part for part in (fields, FIELDS.get(facts.field or "", "")) if part)),
        ("义务履行", duties),
        ("名录名单", listed),
        ("限制期限至", _day(facts.restriction_until)),
        ("终止公示", _day(facts.ended_on)),
    ]
    return [(label, words) for label, words in lines if words]


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
