"""Zero silent failure: whatever is not proven has an owner and a day, a task, or is counted as silent and cries."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cases.models import Case, CollectionBatch, Task
from cases.services import proof, repair, task, watch
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import AlreadyDecided, Invalid, NotAllowed, NotFound, WrongMoment
from creditrepair.tenancy.models import Heartbeat
from notices.models import Notice
from sync.models import Delivery, Lane
from tests.world import JINCHUAN, TODAY, YONGCHANG, World, at, history

S = Delivery.State


def counts(now=None):
    now = now or at()
    return proof.count_fates(YONGCHANG, now=now, today=timezone.localdate(now))


def look(now=None):
    return watch.watch_region(YONGCHANG, now=now or at(), whole=True)


def tasks(**about) -> list[Task]:
    with region_context(YONGCHANG):
        return list(Task.objects.filter(region_id=YONGCHANG, **about).order_by("id"))


def deliveries(**about):
    return Delivery.objects.filter(region_id=YONGCHANG, **about)


def prove(case: Case) -> None:
    """As the lanes do it: both legs read back."""
    with region_context(YONGCHANG):
        deliveries(thing=case.ref, kind="repair").update(
            state=S.VERIFIED, done_at=at(), verified_at=at(), looked_at=at(), verified_how="public_page"
        )


def test_every_state_of_a_case_has_an_end_or_an_owner_and_a_day(world: World):
    for state in ("submitted", "in_review", "correction", "approved", "withdrawn"):
        world.a_case(state)
    assert counts()["case"] == {"ended": 1, "waiting": 4, "person": 0, "silent": 0}


def test_a_refusal_has_ended_when_its_paper_is_made(world: World):
    case = world.a_case("refused")
    assert counts()["case"] == {"ended": 0, "waiting": 1, "person": 0, "silent": 0}
    with region_context(YONGCHANG):
        Notice.objects.filter(case_ref=case.ref).update(status="issued")
    assert counts()["case"] == {"ended": 1, "waiting": 0, "person": 0, "silent": 0}


def repaired_without_proof(world: World) -> Case:
    """A case marked repaired whose second leg was never read back: what must never stay unseen."""
    case = world.a_case("approved")
    prove(case)
    assert repair.mark_repaired(YONGCHANG, case.pk, now=at()) == 1
    with region_context(YONGCHANG):
        leg = deliveries(thing=case.ref, kind="repair").order_by("id")[0]
        deliveries(pk=leg.pk).update(state=S.ACKED, done_at=None, looked_at=None)
    return case


def test_repaired_counts_as_ended_only_with_both_legs_read_back(world: World):
    repaired_without_proof(world)
    assert counts()["case"]["silent"] == 1


def test_a_repaired_case_without_proof_gets_a_task_and_is_silent_no_more(world: World):
    case = repaired_without_proof(world)
    assert look() == 0
    (found,) = tasks(thing_kind="case")
    assert (found.kind, found.thing, found.department_id) == ("silent", case.ref, case.department_id)
    assert counts()["case"] == {"ended": 0, "waiting": 0, "person": 1, "silent": 0}


@pytest.mark.fault("F9", "F10")
def test_a_case_that_cannot_be_settled_holds_up_no_other_and_becomes_a_task(world: World, monkeypatch):
    poison, other = world.a_case("approved"), world.a_case("approved")
    for case in (poison, other):
        prove(case)
    true = repair.mark_repaired

    def out_of_memory(region: str, pk: int, *, now):
        if pk == poison.pk:
            raise MemoryError
        return true(region, pk, now=now)

    monkeypatch.setattr(repair, "mark_repaired", out_of_memory)
    assert repair.settle_verified(at()) == 1
    assert look(at() + timedelta(minutes=5)) == 0
    assert tasks(thing_kind="case") == []
    look(at() + timedelta(minutes=11))
    assert [t.thing for t in tasks(thing_kind="case")] == [poison.ref]


def test_an_owner_without_a_due_day_is_not_enough(world: World):
    case = world.a_case("in_review")
    with region_context(YONGCHANG):
        Case.objects.filter(pk=case.pk).update(due_on=None)
    assert counts()["case"]["silent"] == 1
    assert look() == 0
    assert "没有办理单位或者办理期限" in tasks(thing=case.ref)[0].title


def test_an_overdue_case_gets_one_task_for_its_holder_and_loses_it_when_decided(world: World):
    case = world.a_case("in_review")
    late = at(TODAY + timedelta(days=60))
    look(late)
    look(late)
    (found,) = tasks(kind="overdue")
    assert (found.thing, found.department_id, found.closed_at) == (case.ref, case.holder_id, None)
    with region_context(YONGCHANG):
        Case.objects.filter(pk=case.pk).update(due_on=(TODAY + timedelta(days=90)))
    look(late)
    (found,) = tasks(kind="overdue")
    assert (found.closed_by_id, found.answer) == (None, watch.GONE)


def test_a_correction_that_nobody_answers_comes_back_to_the_unit(world: World):
    case = world.a_case("correction")
    look(at(TODAY + timedelta(days=10)))
    assert tasks(thing=case.ref) == []
    look(at(TODAY + timedelta(days=45)))
    assert "补正逾期没有答复" in tasks(thing=case.ref)[0].title


@pytest.mark.fault("F33", "F35", "F10")
@pytest.mark.parametrize(("state", "kind"), [(S.PARKED, "delivery"), (S.DISAGREED, "difference")])
def test_a_message_the_platform_refused_or_shows_otherwise_becomes_a_task(world: World, state, kind):
    case = world.a_case("approved")
    with region_context(YONGCHANG):
        leg = deliveries(thing=case.ref, kind="repair").order_by("id")[0]
        deliveries(pk=leg.pk).update(state=state, last_error="平台：文号与登记不符")
    assert counts()["delivery"]["silent"] == 1
    assert look() == 0
    (found,) = tasks(thing_kind="delivery")
    assert (found.kind, found.thing, found.detail) == (kind, leg.message_no, "平台：文号与登记不符")
    prove(case)
    look()
    assert tasks(thing_kind="delivery")[0].answer == watch.GONE


def test_a_message_closed_without_proof_is_silent(world: World):
    case = world.a_case("approved")
    with region_context(YONGCHANG):
        deliveries(thing=case.ref, kind="repair").update(done_at=at(), state=S.ACKED)
    assert counts()["delivery"]["silent"] == 2
    assert look() == 0
    assert counts()["delivery"]["person"] == 2


@pytest.mark.fault("F24", "F36")
def test_a_platform_that_is_down_makes_one_task_for_its_lane_not_one_a_message(world: World):
    case = world.a_case("approved")
    later = at(TODAY + timedelta(days=3))
    lane = Lane.objects.create(target="gsxt_gansu", failures=40, last_ok_at=at(), reason="")
    with region_context(YONGCHANG):
        deliveries(kind="sms").update(done_at=at(), state=S.VERIFIED)
        deliveries(target="creditchina_jinchang").update(done_at=at(), state=S.VERIFIED)
    assert look(later) == 0
    assert [(t.thing_kind, t.thing) for t in tasks(kind="delivery")] == [("lane", "gsxt_gansu")]
    lane.failures, lane.last_ok_at = 0, later
    lane.save()
    prove(case)
    look(later)
    assert tasks(kind="delivery", closed_at=None) == []


@pytest.mark.fault("F48", "F49")
def test_a_paper_that_failed_or_does_not_come_becomes_a_task_of_its_unit(world: World):
    case = world.a_case("in_review")
    with region_context(YONGCHANG):
        Notice.objects.filter(case_ref=case.ref).update(status="failed", problem="字体缺少字符：䶮")
    assert counts()["paper"]["silent"] == 1
    look()
    (found,) = tasks(kind="paper")
    assert (found.department_id, found.detail) == (case.department_id, "字体缺少字符：䶮")
    with region_context(YONGCHANG):
        Notice.objects.filter(case_ref=case.ref).update(status="requested", tries=1)
    look()
    assert tasks(kind="paper", closed_at=None) == []
    look(at() + timedelta(minutes=16))
    assert len(tasks(kind="paper", closed_at=None)) == 1


def a_batch(world: World, stage: str) -> CollectionBatch:
    with region_context(YONGCHANG):
        return CollectionBatch.objects.create(
            region_id=YONGCHANG, category="administrative_penalty", department=world.department("wlj"),
            file_name="处罚.xlsx", file_sha256="0" * 64, file_path="x", received_at=at(),
            received_by=world.people["he"], stage=stage,
        )  # fmt: skip


@pytest.mark.fault("F54")
def test_an_import_that_stands_still_is_reported_and_a_moving_one_is_not(world: World):
    batch = a_batch(world, "asked")
    look(at() + timedelta(minutes=5))
    assert tasks(kind="collection") == []
    look(at() + timedelta(minutes=11))
    assert [t.thing for t in tasks(kind="collection", closed_at=None)] == [batch.ref]
    with region_context(YONGCHANG):
        CollectionBatch.objects.update(moved_at=at() + timedelta(minutes=11))
    look(at() + timedelta(minutes=12))
    assert tasks(kind="collection", closed_at=None) == []


def test_the_lists_behind_the_numbers_hold_as_many_as_the_numbers_say(world: World):
    for state in ("submitted", "approved", "refused", "withdrawn"):
        world.a_case(state)
    a_batch(world, "failed")
    found = counts()
    with region_context(YONGCHANG):
        for what in proof.WHATS:
            for fate in proof.FATES:
                rows = proof.rows_with(YONGCHANG, what, fate, now=at(), today=TODAY, limit=1000)
                assert len(rows) == found[what][fate], (what, fate)


def test_portions_count_everything_once(world: World, monkeypatch):
    for _ in range(3):
        world.a_case("in_review")
    whole = counts()
    monkeypatch.setattr(proof, "PORTION", 1)
    assert counts() == whole


def test_another_region_sees_and_opens_nothing(world: World):
    case = world.a_case("in_review")
    with region_context(YONGCHANG):
        Case.objects.filter(pk=case.pk).update(due_on=None)
    assert watch.watch_region(JINCHUAN, now=at(), whole=True) == 0
    assert tasks() == []
    assert look() == 0
    assert len(tasks()) == 1


def test_health_hears_the_count_of_the_last_look(world: World):
    world.a_case("in_review")
    look()
    told = Heartbeat.objects.get(pk=watch.beat_name(YONGCHANG)).told
    assert (told["silent"], told["counts"]["case"]["waiting"]) == (0, 1)


# ── what people do with tasks ──────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def overdue(world: World) -> Task:
    world.a_case("in_review")
    look(at(TODAY + timedelta(days=60)))
    return tasks(kind="overdue")[0]


def test_the_unit_takes_a_task_and_closes_it_with_an_answer(world: World, overdue: Task):
    qian = world.enter(world.actors["qian"])
    assert task.take_task(qian, ref=overdue.ref, now=at()).taken_by_id == qian.user_id
    with pytest.raises(Invalid):
        task.close_task(qian, ref=overdue.ref, answer="  ", now=at())
    closed = task.close_task(qian, ref=overdue.ref, answer="已与申请人说明，明日办结", now=at())
    assert (closed.closed_by_id, closed.answer) == (qian.user_id, "已与申请人说明，明日办结")
    assert history_of(overdue) == ["task_opened", "task_taken", "task_closed"]


def history_of(found: Task) -> list[str]:
    from creditrepair.audit.models import Event

    with region_context(YONGCHANG):
        return list(Event.objects.filter(thing=found.ref).order_by("seq").values_list("verb", flat=True))


def test_a_task_cannot_be_closed_twice_nor_taken_from_a_colleague(world: World, overdue: Task):
    task.take_task(world.enter(world.actors["qian"]), ref=overdue.ref, now=at())
    with pytest.raises(WrongMoment):
        task.take_task(world.enter(world.actors["sun"]), ref=overdue.ref, now=at())
    task.close_task(world.enter(world.actors["sun"]), ref=overdue.ref, answer="已办", now=at())
    with pytest.raises(AlreadyDecided):
        task.close_task(world.enter(world.actors["qian"]), ref=overdue.ref, answer="已办", now=at())


@pytest.mark.parametrize(
    ("who", "error"), [("lv", NotFound), ("zheng", NotFound), ("wang", NotAllowed), ("chen", NotAllowed)]
)
def test_only_the_unit_that_owns_a_task_acts_on_it(world: World, overdue: Task, who, error):
    with pytest.raises(error):
        task.take_task(world.enter(world.actors[who]), ref=overdue.ref, now=at())
    assert history_of(overdue) == ["task_opened"]
    task.take_task(world.enter(world.actors["qian"]), ref=overdue.ref, now=at())


def test_a_task_is_handed_to_another_unit_with_a_reason(world: World, overdue: Task):
    qian = world.enter(world.actors["qian"])
    with pytest.raises(Invalid):
        task.hand_over_task(qian, ref=overdue.ref, department="scjgj", reason="应由文旅局办理", now=at())
    task.hand_over_task(qian, ref=overdue.ref, department="wlj", reason="应由文旅局办理", now=at())
    with pytest.raises(NotFound):
        task.take_task(world.enter(world.actors["qian"]), ref=overdue.ref, now=at())
    task.take_task(world.enter(world.actors["lv"]), ref=overdue.ref, now=at())


def test_an_answer_stands_for_three_days_and_is_asked_for_again_if_the_cause_stays(world: World, overdue: Task):
    day = at(TODAY + timedelta(days=60))
    task.close_task(world.enter(world.actors["qian"]), ref=overdue.ref, answer="明日办结", now=day)
    look(day + timedelta(days=2))
    assert len(tasks(kind="overdue")) == 1
    look(day + timedelta(days=4))
    assert [t.closed_at is None for t in tasks(kind="overdue")] == [False, True]


def test_tasks_that_stay_open_do_not_keep_later_ones_from_closing(world: World, monkeypatch):
    monkeypatch.setattr(watch, "AT_ONCE", 1)
    stays, mended = world.a_case("in_review"), world.a_case("in_review")
    for case in (stays, mended):
        with region_context(YONGCHANG):
            Case.objects.filter(pk=case.pk).update(due_on=None)
        look()
    with region_context(YONGCHANG):
        Case.objects.filter(pk=mended.pk).update(due_on=TODAY + timedelta(days=3))
    look()
    assert [t.thing for t in tasks(thing_kind="case", closed_at=None)] == [stays.ref]


def test_a_look_changes_no_case(world: World):
    case = world.a_case("in_review")
    before = history(case)
    look(at(TODAY + timedelta(days=60)))
    assert history(case) == before
