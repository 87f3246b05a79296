"""失信程度认定 in bulk: what one verb does, a hundred times, each by itself."""

import pytest

from cases.models import FailureRecord, SeverityChange
from cases.services.notify import issue_notice, notice_of
from cases.services.severity import MOST_AT_ONCE, set_severity, set_severity_many
from creditrepair.audit.models import Event
from creditrepair.tenancy.errors import Invalid
from notices import services as notices
from tests.world import at


def many(world, who, refs, severity="serious", reason="屡罚不改"):
    return set_severity_many(world.enter(world.actors[who]), refs=refs, severity=severity, reason=reason, now=at())


def test_each_record_gets_class_history_event_and_new_dates(world):
    records = [world.a_record(severity="general") for _ in range(3)]
    outcomes = many(world, "he", [record.ref for record in records])
    assert [(ref, one.word) for ref, one in outcomes] == [(record.ref, "完成") for record in records]
    for record in records:
        before = record.eligible_on
        record.refresh_from_db()
        assert (record.severity, record.eligible_on > before) == ("serious", True)
        change = SeverityChange.objects.get(record=record)
        assert (change.before, change.after, change.suggested, change.reason) == (
            "general", "serious", "general", "屡罚不改",
        )  # fmt: skip
        assert Event.objects.filter(verb="severity_set", thing=record.ref).count() == 1


def test_what_cannot_be_set_is_skipped_and_says_why_and_keeps_nobody_back(world):
    own, foreign = world.a_record(severity="general"), world.a_record(unit="scjgj", severity="general")
    already = world.a_record(severity="serious")
    outcomes = dict(many(world, "he", [foreign.ref, own.ref, already.ref, "nothing", own.ref]))
    assert [one.word for one in outcomes.values()] == ["跳过", "完成", "跳过", "跳过"]
    assert "没有找到" in outcomes[foreign.ref].why and "无需重新认定" in outcomes[already.ref].why
    for record, severity in ((own, "serious"), (foreign, "general")):
        assert FailureRecord.objects.get(pk=record.pk).severity == severity
    assert SeverityChange.objects.count() == 1


def test_a_notice_that_printed_another_class_is_out_of_force(world):
    record = world.a_record(severity="general")
    he = world.enter(world.actors["he"])
    told = issue_notice(he, ref=record.ref, now=at())
    assert notices.names_severity(told)
    many(world, "he", [record.ref])
    told.refresh_from_db()
    assert told.status == "superseded"
    assert notice_of(record) is None


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"severity": "unset"}, "severity"), ({"severity": "worst"}, "severity"), ({"reason": "  "}, "reason"),
        ({"refs": []}, "refs"), ({"refs": [f"R{n}" for n in range(MOST_AT_ONCE + 1)]}, "refs"),
    ],
)  # fmt: skip
def test_a_form_that_cannot_be_used_changes_nothing(world, words, field):
    record = world.a_record(severity="general")
    with pytest.raises(Invalid) as refused:
        many(world, "he", **{"refs": [record.ref]} | words)
    assert field in refused.value.fields
    assert not SeverityChange.objects.exists()


def test_bulk_and_single_leave_the_same_behind(world):
    one, other = world.a_record(severity="unset"), world.a_record(severity="unset")
    he = world.enter(world.actors["he"])
    set_severity(he, ref=one.ref, severity="minor", reason="初次、轻微", now=at())
    many(world, "he", [other.ref], "minor", "初次、轻微")
    kept = ("severity", "eligible_on", "public_until", "eligibility", "eligible_pack", "judge_again_on")
    first, second = (FailureRecord.objects.values(*kept).get(pk=record.pk) for record in (one, other))
    assert first == second
    events = Event.objects.filter(verb="severity_set").order_by("seq").values_list("data", flat=True)
    assert events[0] == events[1]
