"""Two at once, with real connections: one decision, the other told; never withdrawn and approved."""

import threading
import time
from collections.abc import Callable

import pytest
from django.db import connections, transaction

from cases.models import Application, Case, RuleRun
from cases.services import apply, recompute, review
from cases.services.filing import Filing, GivenMaterial
from creditrepair.audit.models import Event
from creditrepair.tenancy.context import region_context, set_local
from creditrepair.tenancy.errors import NotAllowed, WrongMoment
from tests import world as the_world
from tests.world import YONGCHANG, at

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "sender"])
ROUNDS = 8


@pytest.fixture
def house(transactional_db):
    with transaction.atomic():
        return the_world.build()


def together(*acts: Callable[[], object]) -> list[object]:
    """Run the acts at the same moment, each on a connection of its own; results or the exceptions they met."""
    barrier, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        try:
            with transaction.atomic():
                barrier.wait(10)
                results[place] = act()
        except Exception as problem:  # noqa: BLE001 - the loser's exception is the result looked at
            results[place] = problem
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n, act)) for n, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def entering(house, who: str, act: Callable[[], object]) -> Callable[[], object]:
    def inside() -> object:
        actor = house.actors[who]
        set_local("app.region", "" if actor.subject else actor.region)
        set_local("app.subject", actor.subject or "")
        return act()

    return inside


def in_review(house) -> Case:
    with transaction.atomic():
        return house.a_case("in_review")


@pytest.mark.fault("F38", "F39", "T8")
def test_two_clicks_on_one_step_make_one_decision(house):
    for _ in range(ROUNDS):
        case = in_review(house)
        step = house.step(case)

        def approve(case=case, step=step):
            return review.approve_step(house.actors["qian"], ref=case.ref, step=step, comment="同意", now=at())

        results = together(entering(house, "qian", approve), entering(house, "qian", approve))
        assert sum(isinstance(r, Case) for r in results) == 1
        assert sum(isinstance(r, WrongMoment | NotAllowed) for r in results) == 1
        with region_context(YONGCHANG):
            assert case.steps.filter(position=1, status="agreed").count() == 1


@pytest.mark.fault("F41", "T8")
def test_withdrawal_and_approval_cannot_both_win(house):
    for _ in range(ROUNDS):
        with transaction.atomic():
            case = house.a_case("in_review")
            review.approve_step(
                house.enter(house.actors["qian"]), ref=case.ref, step=house.step(case), comment="同意", now=at()
            )
        step = house.step(case)

        def approve(case=case, step=step):
            return review.approve_step(house.actors["sun"], ref=case.ref, step=step, comment="同意", now=at())

        def withdraw(case=case):
            return withdraw.withdraw_case(house.actors["zhao"], ref=case.ref, reason="", now=at())

        results = together(entering(house, "sun", approve), entering(house, "zhao", withdraw))
        won = [r for r in results if isinstance(r, Case)]
        assert len(won) == 1, results
        assert house.fresh(case).state == won[0].state


@pytest.mark.fault("F38", "T8")
def test_a_form_sent_twice_at_once_files_once(house):
    for n in range(ROUNDS):
        with transaction.atomic():
            record = house.a_record()
        filing = Filing(
            form_token=f"twice-{n}", subject_code=record.subject_id, record_refs=(record.ref,), agent_name="赵申",
            agent_phone="13800001234", committed=True,
            materials=(GivenMaterial("proof_of_duties", "证明", "D", "申请人", statement="已缴"),),
        )  # fmt: skip

        def submit(filing=filing):
            return apply.submit_application(house.actors["zhao"], filing, now=at())

        results = together(entering(house, "zhao", submit), entering(house, "zhao", submit))
        assert sorted(getattr(r, "repeated", r) for r in results) == [False, True], results
        with region_context(YONGCHANG):
            assert Application.objects.filter(form_token=f"twice-{n}").count() == 1


def test_two_workers_on_one_recompute_judge_each_record_once(house, monkeypatch):
    """Each chunk commits by itself; who finds the run in another's hands gives up, and nothing is counted twice."""
    monkeypatch.setattr(recompute, "CHUNK", 3)
    with transaction.atomic():
        for _ in range(20):
            house.a_record()
    with region_context(YONGCHANG):
        run = recompute.queue_run(
            YONGCHANG, "recompute", cause="试", proposal={"since": 0}, judged_on=the_world.TODAY, by=None, now=at()
        )

    def work() -> None:
        for _ in range(200):
            if recompute.advance(run.ref, region=YONGCHANG, seconds=1, now=at()):
                return
            time.sleep(0.01)

    def worker() -> None:
        try:
            work()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=worker) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with region_context(YONGCHANG):
        run.refresh_from_db()
        assert run.finished_at is not None
        assert (run.counts["records"], run.done, run.total) == (20, 20, 20)
        assert Event.objects.filter(verb="recomputed", thing=run.ref).count() == 1


def test_a_run_in_another_workers_hands_is_left_to_it(house):
    with region_context(YONGCHANG):
        run = recompute.queue_run(
            YONGCHANG, "recompute", cause="试", proposal={"since": 0}, judged_on=the_world.TODAY, by=None, now=at()
        )
    found: list[bool] = []

    def second() -> None:
        try:
            found.append(recompute.advance(run.ref, region=YONGCHANG, seconds=1, now=at()))
        finally:
            connections.close_all()

    with region_context(YONGCHANG):
        RuleRun.objects.select_for_update().get(pk=run.pk)
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(10)
        assert found == [False]
    assert recompute.advance(run.ref, region=YONGCHANG, seconds=5, now=at())
