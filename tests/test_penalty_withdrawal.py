"""处罚被撤销或变更: reported with its paper, confirmed by the unit; the record goes, and nothing is left to repair."""

import json
from datetime import date
from uuid import uuid4

import pytest

from cases.access_beside import access_withdrawal
from cases.models import Case, FailureRecord, PenaltyWithdrawal, ReviewStep, Task
from cases.portal.queries import search_published
from cases.services import penalty_withdrawal, proof, watch
from creditrepair.audit.models import Event
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import AlreadyDecided, Invalid, NotAllowed, NotFound, WrongMoment
from sync.models import Delivery
from tests.beside_world import a_report, a_scan, outside
from tests.world import FIRM_A, TODAY, YONGCHANG, World, at, history

PLATFORMS = {"creditchina_jinchang", "gsxt_gansu"}


def confirm(world: World, report: PenaltyWithdrawal, who: str = "lv", now=None) -> PenaltyWithdrawal:
    actor = world.enter(world.actors[who])
    return penalty_withdrawal.confirm_withdrawal(actor, ref=report.ref, note="复议决定已生效", now=now or at())


def told(record: FailureRecord) -> list[dict]:
    with region_context(YONGCHANG):
        rows = Delivery.objects.filter(region_id=YONGCHANG, kind="repair", thing_kind="record", thing=record.ref)
        return [json.loads(bytes(row.body))["message"] for row in rows.order_by("id")]


def tasks(thing: str) -> list[Task]:
    with region_context(YONGCHANG):
        return list(Task.objects.filter(region_id=YONGCHANG, thing=thing).order_by("id"))


def fresh(record: FailureRecord) -> FailureRecord:
    with region_context(YONGCHANG):
        return FailureRecord.objects.get(pk=record.pk)


def test_a_report_waits_for_the_unit_with_the_day_of_the_law_and_changes_nothing(world):
    record = world.a_record()
    report = a_report(world, record)
    assert (report.state, report.by_subject, report.department.code) == ("reported", True, "wlj")
    assert report.due_on == date(2026, 11, 25)  # three working days from Friday, 2026-11-20
    (task,) = tasks(report.ref)
    assert (task.kind, task.due_on, fresh(record).status) == ("annulled", date(2026, 11, 25), "published")
    assert told(record) == []


def test_confirmed_the_record_ends_for_its_own_reason_and_both_platforms_are_told_why(world):
    record = world.a_record()
    report = confirm(world, a_report(world, record))
    after = fresh(record)
    assert (report.state, after.status, after.ended_on, after.version) == ("confirmed", "withdrawn", TODAY, 2)
    messages = told(record)
    assert len(messages) == len({one["target"] for one in messages}) == 2
    for message in messages:
        assert (message["outcome"], message["effect"]) == ("withdrawn_by_authority", "end_publication")
        assert message["reason_code"] == "penalty_annulled"
        assert "永政复决〔2026〕7号" in message["reason_text"]
        assert message["decided_elsewhere"] == {"organ": "永昌县人民政府", "paper": "永政复决〔2026〕7号"}
        assert message["basis"][0]["article"] == "第四十八条、第八十五条"
    assert search_published(YONGCHANG, FIRM_A, TODAY).cards == ()
    assert [task.answer for task in tasks(report.ref)] == ["已确认，信息已撤回"]


def test_an_open_case_ends_with_it_and_says_why(world):
    for state in ("submitted", "correction", "in_review"):
        case = world.a_case(state, unit="wlj")
        confirm(world, a_report(world, case.record))
        after = world.fresh(case)
        assert (after.state, after.holder_id, after.paused) == ("withdrawn", None, False), state
        assert after.outcome[0]["code"] == "penalty_withdrawn"
        assert history(case)[-1] == "case_moot"
        with region_context(YONGCHANG):
            assert not ReviewStep.objects.filter(case=case, status="open").exists()
    counts = proof.count_fates(YONGCHANG, now=at(), today=TODAY)
    assert counts["case"] == {"ended": 3, "waiting": 0, "person": 0, "silent": 0}


def test_a_case_that_was_granted_goes_on_and_the_platforms_are_not_told_twice(world):
    case = world.a_case("approved", unit="wlj")
    confirm(world, a_report(world, case.record))
    assert (world.fresh(case).state, fresh(case.record).status, told(case.record)) == ("approved", "withdrawn", [])


def test_the_firm_is_told_or_a_person_calls_where_no_number_is_known(world):
    report = confirm(world, a_report(world))
    with region_context(YONGCHANG):
        assert Delivery.objects.filter(region_id=YONGCHANG, key=f"T23|{report.ref}").exists()
    own = a_report(world, who="he", agent_name="", agent_phone="")
    confirm(world, own)
    assert [task.kind for task in tasks(f"T23|{own.ref}")] == ["unreachable"]


def test_a_changed_decision_is_to_be_collected_anew(world):
    record = world.a_record()
    confirm(world, a_report(world, record, kind="changed"))
    assert [(task.kind, "归集变更后的决定" in task.title) for task in tasks(record.ref)] == [("annulled", True)]


def test_the_unit_says_with_a_reason_why_the_decision_stands(world):
    record = world.a_record()
    report = a_report(world, record)
    lv = world.enter(world.actors["lv"])
    with pytest.raises(Invalid):
        penalty_withdrawal.decline_withdrawal(lv, ref=report.ref, reason=" ", now=at())
    declined = penalty_withdrawal.decline_withdrawal(lv, ref=report.ref, reason="复议决定维持原处罚", now=at())
    assert (declined.state, declined.settled_reason, fresh(record).status) == (
        "declined",
        "复议决定维持原处罚",
        "published",
    )
    assert a_report(world, record).state == "reported"  # with a better paper it may be reported again


def test_only_the_records_unit_confirms_a_second_person_for_its_own_report_and_once(world):
    report = a_report(world, who="lv")
    for who, refusal in (("qian", NotFound), ("zheng", NotFound), ("wang", NotAllowed), ("lv", NotAllowed)):
        with pytest.raises(refusal):
            confirm(world, report, who)
    assert confirm(world, report, "shi").state == "confirmed"
    with pytest.raises(AlreadyDecided):
        confirm(world, report, "lv")


def test_another_firm_or_unit_reports_nothing_and_sees_nothing(world):
    record = world.a_record()
    report = a_report(world, record)
    for who in ("wu", "qian", "zheng"):
        with pytest.raises(NotFound):
            access_withdrawal(world.enter(world.actors[who]), report.ref)
        with pytest.raises(NotFound):
            a_report(world, record, who=who, paper=outside(str(uuid4())))
    with pytest.raises(NotAllowed):
        a_report(world, record, who="wang")


def test_what_is_reported_or_gone_is_not_reported_again(world):
    record = world.a_record()
    report = a_report(world, record)
    with pytest.raises(WrongMoment, match=report.report_no):
        a_report(world, record)
    confirm(world, report)
    with pytest.raises(WrongMoment):
        a_report(world, record)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "gone"}, "kind"), ({"by": ""}, "by"), ({"organ": ""}, "organ"), ({"paper_no": ""}, "paper_no"),
        ({"decided_on": None}, "decided_on"), ({"decided_on": date(2026, 11, 24)}, "decided_on"),
        ({"decided_on": date(2026, 5, 5)}, "decided_on"), ({"file_uuid": ""}, "file"), ({"agent_phone": "1"}, "agent_phone"),
    ],
)  # fmt: skip
def test_without_its_paper_nothing_is_reported(world, changes, field):
    record = world.a_record()
    paper = {name: changes[name] for name in ("organ", "paper_no", "decided_on", "file_uuid") if name in changes}
    rest = {name: value for name, value in changes.items() if name not in paper}
    scan = paper.pop("file_uuid", None)
    given = outside(a_scan(world, "zhao") if scan is None else scan, **paper)
    with pytest.raises(Invalid) as refused:
        a_report(world, record, paper=given, **rest)
    assert list(refused.value.fields) == [field]
    assert a_report(world, record).state == "reported"


@pytest.mark.parametrize("day", [date(2026, 5, 6), TODAY])
def test_the_paper_may_be_as_old_as_the_decision_and_as_new_as_today(world, day):
    assert a_report(world, paper=outside(a_scan(world, "zhao"), decided_on=day)).decided_on == day


def test_where_no_rule_names_a_day_none_is_made_up(world):
    record = world.a_record(unit="rsj", category="wage_arrears", listed_on=date(2026, 3, 2), decided_on=None)
    report = a_report(world, record)
    assert report.due_on is None
    assert "不是法定期限" in tasks(report.ref)[0].detail


def test_each_act_is_an_event_of_the_report_and_of_the_record(world):
    record = world.a_record()
    report = confirm(world, a_report(world, record))
    with region_context(YONGCHANG):
        events = Event.objects.filter(region_id=YONGCHANG, thing__in=[report.ref, record.ref]).order_by("seq")
        assert [event.verb for event in events] == [
            "penalty_withdrawal_reported", "penalty_withdrawn", "record_withdrawn"
        ]  # fmt: skip
        assert not Case.objects.filter(region_id=YONGCHANG, record=record).exists()


@pytest.mark.parametrize(
    ("day", "overdue"), [(date(2026, 11, 24), 0), (date(2026, 11, 25), 0), (date(2026, 11, 26), 1)]
)
def test_a_report_that_nobody_settles_is_overdue_on_the_day_after_its_last(world, day, overdue):
    report = a_report(world)
    watch.watch_region(YONGCHANG, now=at(day), whole=True)
    assert len([task for task in tasks(report.ref) if task.kind == "overdue"]) == overdue


def test_the_applicants_page_says_that_the_penalty_fell_and_not_that_the_firm_gave_up(world, sign_in):
    case = world.a_case("in_review", unit="wlj")
    confirm(world, a_report(world, case.record))
    page = sign_in("zhao").get(f"/my/{world.fresh(case).application.ref}").content.decode()
    assert "处罚已撤销或变更，无需修复" in page
    assert "永政复决〔2026〕7号" in page
