"""异议: its own number and clock, one answer with a paper, no overwriting; independent of the application."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.utils import timezone

from cases.access_beside import access_objection, files_of
from cases.beside_clock import clock_of_objection
from cases.models import FailureRecord, Objection, Task
from cases.services import objection_answer, objections, proof, watch
from cases.services.filing import Authority
from creditrepair.audit.models import Event
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import AlreadyDecided, Invalid, NotAllowed, NotFound, WrongMoment
from notices.models import Notice
from sync.models import Delivery
from tests.beside_world import a_scan, an_objection, filing
from tests.test_rules_set import put
from tests.world import FIRM_A, FIRM_B, TODAY, YONGCHANG, World, at

ANSWER = {
    "result": "partly",
    "findings": "决定书载明罚款3000元\n公示的日期与决定书一致",
    "article": "《信用修复管理办法》",
    "measures": "重新归集罚款金额",
}


def answer(world: World, objection: Objection, who: str = "lv", **changes: str) -> Objection:
    actor = world.enter(world.actors[who])
    return objection_answer.answer_objection(actor, ref=objection.ref, now=at(), **ANSWER | changes)


def tasks(thing: str) -> list[Task]:
    with region_context(YONGCHANG):
        return list(Task.objects.filter(region_id=YONGCHANG, thing=thing).order_by("id"))


def verbs(thing: str) -> list[str]:
    with region_context(YONGCHANG):
        return list(
            Event.objects.filter(region_id=YONGCHANG, thing=thing).order_by("seq").values_list("verb", flat=True)
        )


def test_an_objection_has_its_number_its_task_its_message_and_leaves_the_record_as_it_is(world):
    record = world.a_record()
    found = an_objection(world, record, file_uuids=(a_scan(world, "zhao"), a_scan(world, "zhao", "证据二.pdf")))
    assert found.objection_no.startswith("YY20261123")
    assert (found.state, found.department.code, found.subject_id) == ("open", "wlj", FIRM_A)
    with region_context(YONGCHANG):
        assert [file.name for file in files_of(found)] == ["文书.pdf", "证据二.pdf"]
        assert Delivery.objects.get(region_id=YONGCHANG, kind="sms").key == f"T21|{found.ref}"
        record.refresh_from_db()
    (task,) = tasks(found.ref)
    assert (task.kind, task.department_id) == ("objection", record.department_id)
    assert (verbs(found.ref), record.version, record.status) == (["objection_filed"], 1, "published")


def test_while_nobody_has_told_how_long_an_answer_takes_no_day_is_made_up(world):
    found = an_objection(world)
    clock = clock_of_objection(found, TODAY)
    assert (found.due_on, clock.due, clock.left_working_days) == (None, None, None)
    assert "待核实" in clock.doubt
    assert "不是法定期限" in tasks(found.ref)[0].detail


@pytest.mark.parametrize(("day", "left"), [(date(2026, 11, 27), 1), (date(2026, 11, 30), 0), (date(2026, 12, 1), -1)])
def test_the_answer_to_the_open_question_gives_the_clock_its_day(world, day, left):
    put(world, "objection_wd", 5)
    found = an_objection(world, now=at(TODAY))
    clock = clock_of_objection(found, day)
    assert (found.due_on, clock.due, clock.left_working_days) == (date(2026, 11, 30), date(2026, 11, 30), left)
    assert tasks(found.ref)[0].due_on == date(2026, 11, 30)


def test_an_answer_set_later_reaches_objections_that_are_open(world):
    found = an_objection(world)
    put(world, "objection_wd", 5)
    assert objections.refresh_due_days(YONGCHANG, now=at()) == 1
    assert objections.refresh_due_days(YONGCHANG, now=at()) == 0
    with region_context(YONGCHANG):
        found.refresh_from_db()
    assert (found.due_on, tasks(found.ref)[0].due_on) == (date(2026, 11, 30), date(2026, 11, 30))
    assert verbs(found.ref) == ["objection_filed", "deadline_recomputed"]


def test_an_answer_has_its_paper_ends_the_task_and_asks_the_recorder_to_correct(world):
    record = world.a_record()
    found = answer(world, an_objection(world, record))
    with region_context(YONGCHANG):
        paper = Notice.objects.get(region_id=YONGCHANG, ref=found.paper_ref)
        record.refresh_from_db()
        assert Delivery.objects.filter(region_id=YONGCHANG, key=f"T22|{found.ref}").exists()
    assert (paper.kind, paper.number, paper.snapshot["result"]) == (
        "objection_answer",
        "永文旅信异〔2026〕1号",
        "partly",
    )
    assert [one["text"] for one in paper.snapshot["findings"]] == ["决定书载明罚款3000元", "公示的日期与决定书一致"]
    assert (record.amount_fen, record.version) == (500000, 1)  # corrected at the source, never by the answer
    (waiting,) = tasks(found.ref)
    assert (waiting.closed_at, waiting.closed_by_id) == (at(), world.people["lv"].pk)
    assert [(task.kind, task.closed_at) for task in tasks(record.ref)] == [("correct", None)]
    assert verbs(found.ref) == ["objection_filed", "objection_answered"]


def test_a_rejection_asks_nobody_to_correct_and_promises_no_measure(world):
    record = world.a_record()
    found = answer(world, an_objection(world, record), result="rejected", measures="不应出现")
    assert (found.result, found.measures, tasks(record.ref)) == ("rejected", "", [])


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"result": ""}, {"result"}),
        ({"findings": " "}, {"findings"}),
        ({"result": "rejected", "article": ""}, {"article"}),
        ({"result": "upheld", "measures": ""}, {"measures"}),
    ],
)
def test_an_answer_without_its_reasons_is_not_taken(world, changes, fields):
    found = an_objection(world)
    with pytest.raises(Invalid) as refused:
        answer(world, found, **changes)
    assert set(refused.value.fields) == fields
    assert verbs(found.ref) == ["objection_filed"]
    assert answer(world, found).state == "answered"


def test_only_the_unit_that_decided_answers_and_once(world):
    found = an_objection(world)
    for who, refusal in (("qian", NotFound), ("zheng", NotFound), ("he", NotAllowed), ("wang", NotAllowed)):
        with pytest.raises(refusal):
            answer(world, found, who)
    assert answer(world, found).state == "answered"
    with pytest.raises(AlreadyDecided):
        answer(world, found, "shi")


def test_another_firm_sees_nothing_and_files_nothing_for_it(world):
    record = world.a_record()
    found = an_objection(world, record)
    wu = world.enter(world.actors["wu"])
    for act in (
        lambda: access_objection(wu, found.ref),
        lambda: objections.withdraw_objection(wu, ref=found.ref, reason="", now=at()),
        lambda: objections.file_objection(wu, filing(record, form_token="other"), now=at()),
    ):
        with pytest.raises(NotFound):
            act()


def test_the_firm_takes_it_back_before_the_answer_and_may_then_object_again(world):
    record = world.a_record()
    found = an_objection(world, record)
    zhao = world.enter(world.actors["zhao"])
    withdrawn = objections.withdraw_objection(zhao, ref=found.ref, reason="已与单位核实", now=at())
    assert (withdrawn.state, tasks(found.ref)[0].answer) == ("withdrawn", "提出单位已撤回异议")
    with pytest.raises(WrongMoment):
        answer(world, found)
    assert an_objection(world, record, form_token="again").state == "open"


def test_what_is_answered_is_not_taken_back(world):
    found = answer(world, an_objection(world))
    with pytest.raises(AlreadyDecided):
        objections.withdraw_objection(world.enter(world.actors["zhao"]), ref=found.ref, reason="", now=at())


def test_the_same_form_twice_is_one_objection_and_one_matter_has_one_open_one(world):
    record = world.a_record()
    first = an_objection(world, record)
    assert an_objection(world, record).pk == first.pk
    with pytest.raises(WrongMoment, match=first.objection_no):
        an_objection(world, record, form_token="second")
    assert an_objection(world, record, form_token="third", matter="period").pk != first.pk


def test_one_objects_to_a_result_only_once_there_is_one(world):
    record = world.a_record()
    with pytest.raises(WrongMoment):
        an_objection(world, record, matter="result")
    case = world.a_case("refused", unit="wlj")
    found = an_objection(world, case.record, matter="result", form_token="result")
    assert found.case_id == case.pk
    answered = answer(world, found, result="upheld", measures="重新核对缴款凭证")
    assert [(task.kind, task.thing_kind) for task in tasks(case.ref)] == [("correct", "case")]
    with region_context(YONGCHANG):
        assert Notice.objects.get(ref=answered.paper_ref).case_ref == case.ref
    assert world.fresh(case).state == "refused"  # an answer decides no case


def test_an_objection_neither_stops_nor_moves_the_clock_of_the_case(world):
    case = world.a_case("in_review", unit="wlj")
    before = (case.due_on, case.paused, case.version)
    an_objection(world, case.record)
    after = world.fresh(case)
    assert (after.due_on, after.paused, after.version) == before


def test_what_is_shown_no_more_needs_no_objection_to_its_content(world):
    record = world.a_record(status=FailureRecord.Status.ENDED)
    with pytest.raises(WrongMoment):
        an_objection(world, record)


def test_the_clerk_files_on_authority_and_takes_back_what_came_over_the_counter(world):
    record = world.a_record(FIRM_B)
    given = Authority("授权委托书", "委托书2026年第3号", None, "已与负责人核实", "3号窗口")
    with pytest.raises(Invalid):
        an_objection(world, record, who="li")
    found = an_objection(world, record, who="li", authority=given)
    assert (found.channel, found.subject_id, found.authority["evidence"]) == ("counter", FIRM_B, "委托书2026年第3号")
    with region_context(YONGCHANG):
        event = Event.objects.get(region_id=YONGCHANG, thing=found.ref)
    assert (event.on_behalf_of, event.authority) == (FIRM_B, "授权委托书：委托书2026年第3号")
    li = world.enter(world.actors["li"])
    assert objections.withdraw_objection(li, ref=found.ref, reason="", now=at()).state == "withdrawn"
    own = an_objection(world, form_token="own")
    with pytest.raises(NotAllowed):
        objections.withdraw_objection(world.enter(world.actors["li"]), ref=own.ref, reason="", now=at())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"matter": "price"}, "matter"), ({"request": ""}, "request"), ({"text": "无" * 2001}, "text"),
        ({"agent_phone": "0935"}, "agent_phone"), ({"file_uuids": ("00000000-0000-4000-8000-000000000000",)}, "files"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_told_by_field_and_nothing_is_kept(world, changes, field):
    record = world.a_record()
    with pytest.raises(Invalid) as refused:
        an_objection(world, record, **changes)
    assert list(refused.value.fields) == [field]
    with region_context(YONGCHANG):
        assert not Objection.objects.filter(region_id=YONGCHANG).exists()
    assert an_objection(world, record).state == "open"


def test_a_list_with_a_day_of_its_own_uses_it_and_says_that_it_is_unverified(world):
    record = world.a_record(unit="scjgj", category="abnormal_operation", listed_on=date(2026, 11, 2), decided_on=None)
    found = an_objection(world, record)
    clock = clock_of_objection(found, timezone.localdate(at()))
    assert (clock.due, "待核实" in clock.doubt) == (date(2026, 12, 21), True)


def test_the_staff_of_the_unit_cannot_object_in_the_firms_name(world):
    record = world.a_record()
    with pytest.raises(NotAllowed):
        objections.file_objection(world.enter(world.actors["lv"]), replace(filing(record)), now=at())


@pytest.mark.parametrize(
    ("known", "last"), [(5, date(2026, 11, 30)), (None, date(2026, 12, 23))], ids=["by the rule", "without a rule"]
)
def test_an_objection_that_nobody_answers_is_the_units_task_on_the_day_after_its_last(world, known, last):
    if known:
        put(world, "objection_wd", known)
    found = an_objection(world)
    for day, overdue in ((last - timedelta(days=1), 0), (last, 0), (last + timedelta(days=1), 1)):
        watch.watch_region(YONGCHANG, now=at(day), whole=True)
        late = [task for task in tasks(found.ref) if task.kind == "overdue"]
        assert len(late) == overdue, day
    assert late[0].department_id == found.department_id
    counts = proof.count_fates(YONGCHANG, now=at(last), today=last)
    assert counts["objection"] == {"ended": 0, "waiting": 1, "person": 0, "silent": 0}


def test_an_answer_has_ended_when_its_paper_is_made_and_closes_what_the_watch_opened(world):
    found = an_objection(world)
    late = date(2026, 12, 24)
    watch.watch_region(YONGCHANG, now=at(late), whole=True)
    answer(world, found)
    assert all(task.closed_at for task in tasks(found.ref))
    fates = lambda: proof.count_fates(YONGCHANG, now=at(late), today=late)["objection"]  # noqa: E731
    assert fates()["waiting"] == 1
    with region_context(YONGCHANG):
        Notice.objects.filter(region_id=YONGCHANG, kind="objection_answer").update(status="issued")
    assert fates() == {"ended": 1, "waiting": 0, "person": 0, "silent": 0}


def test_the_list_behind_the_number_names_the_objection_and_its_state(world):
    found = an_objection(world)
    with region_context(YONGCHANG):
        (row,) = proof.rows_with(YONGCHANG, "objection", "waiting", now=at(), today=TODAY)
        assert proof.key_of(YONGCHANG, "objection", found.ref) == found.pk
    assert (row.thing, row.unit_id, row.detail) == (found.ref, found.department_id, found.objection_no)
    assert watch.state_words(row) == "已提交，待答复"
