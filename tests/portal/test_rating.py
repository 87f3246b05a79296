"""好差评: once after the end, a bad one is called back and remedied without a name, and may then be given once more."""

import pytest

from cases.models import Rating, Task
from cases.services.rating import rate
from cases.services.task import close_task
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid, NotAllowed, NotFound, WrongMoment
from tests.test_apply import AUTHORITY
from tests.world import FIRM_A, YONGCHANG, at


def give(world, case, grade, who="zhao", **more):
    return rate(world.enter(world.actors[who]), ref=case.application.ref, grade=grade, now=at(hour=16), **more)


def tasks(kind):
    with region_context(YONGCHANG):
        return list(Task.objects.filter(kind=kind).select_related("department"))


def remedied(world):
    (task,) = tasks(Task.Kind.REMEDY)
    close_task(world.enter(world.actors["qian"]), ref=task.ref, answer="已优化材料指引", now=at(hour=17))


@pytest.fixture
def ended(world):
    return world.fresh(world.a_case("refused", unit="scjgj"))


def test_what_has_not_ended_cannot_be_rated_and_what_has_can_once(world, ended):
    for state in ("submitted", "in_review", "correction"):
        with pytest.raises(WrongMoment):
            give(world, world.fresh(world.a_case(state)), 5)
    assert give(world, ended, 5, tags=["办事效率"], text="很快").channel == "online"
    with pytest.raises(WrongMoment):
        give(world, ended, 4)


def test_one_open_record_keeps_the_whole_filing_from_being_rated(world):
    receipt = world.files("zhao", world.a_record(), world.a_record())
    application = receipt.applications[0]
    with region_context(YONGCHANG):
        first, second = application.cases.order_by("id")
    world._to_withdrawn(first, at())
    with pytest.raises(WrongMoment):
        give(world, world.fresh(first), 5)
    world._to_withdrawn(second, at())
    assert give(world, world.fresh(first), 5).number == 1


def test_only_the_firm_rates(world, ended):
    with pytest.raises(NotFound):
        give(world, ended, 1, who="wu")
    with pytest.raises(NotAllowed):
        give(world, ended, 1, who="qian")
    assert give(world, ended, 1).grade == 1


@pytest.mark.parametrize(("grade", "opened"), [(5, 0), (4, 0), (3, 0), (2, 1), (1, 1)])
def test_a_bad_rating_is_called_back_the_next_working_day_and_remedied_within_fifteen(world, ended, grade, opened):
    give(world, ended, grade, text="材料要求说得不清楚")
    calls, remedies = tasks(Task.Kind.CALL_BACK), tasks(Task.Kind.REMEDY)
    assert (len(calls), len(remedies)) == (opened, opened)
    for call, remedy in zip(calls, remedies, strict=True):
        assert (call.department.code, f"{call.due_on}") == ("fgj", "2026-11-24")
        assert (remedy.department.code, f"{remedy.due_on}") == ("scjgj", "2026-12-14")


def test_the_unit_that_remedies_is_not_told_whose_rating_it_was(world, ended, sign_in):
    give(world, ended, 1, text="等了很久")
    (remedy,), (call,) = tasks(Task.Kind.REMEDY), tasks(Task.Kind.CALL_BACK)
    told = sign_in("qian").get(f"/desk/tasks/{remedy.ref}/").content.decode()
    assert "等了很久" in told
    for hidden in (ended.application.filing_no, FIRM_A, "永昌县祁连山食品有限公司", ended.ref):
        assert hidden not in told
    assert ended.application.filing_no in sign_in("wang").get(f"/desk/tasks/{call.ref}/").content.decode()
    assert "评价" not in sign_in("qian").get(f"/desk/case/{ended.ref}/").content.decode()


def test_after_the_remedy_it_is_rated_once_again_and_both_stand(world, ended):
    give(world, ended, 2)
    with pytest.raises(WrongMoment):
        give(world, ended, 4)
    remedied(world)
    assert give(world, ended, 1).number == 2
    assert len(tasks(Task.Kind.REMEDY)) == 1
    with pytest.raises(WrongMoment):
        give(world, ended, 5)
    with region_context(YONGCHANG):
        assert list(Rating.objects.order_by("number").values_list("grade", flat=True)) == [2, 1]


@pytest.mark.parametrize(
    ("given", "field"),
    [({"grade": 0}, "grade"), ({"grade": 6}, "grade"), ({"grade": 5, "tags": ["服务态度"]}, "tags"),
     ({"grade": 5, "text": "长" * 501}, "text")],
)  # fmt: skip
def test_what_the_form_does_not_offer_is_refused(world, ended, given, field):
    with pytest.raises(Invalid) as refused:
        give(world, ended, **given)
    assert set(refused.value.fields) == {field}
    assert give(world, ended, 5, tags=["便捷度"], text="长" * 500).grade == 5


def test_a_filing_at_the_window_is_rated_by_what_happens_at_a_window(world):
    receipt = world.files("li", world.a_record(), authority=AUTHORITY)
    case = world._to_withdrawn(world._case_of(receipt), at())
    assert give(world, world.fresh(case), 4, tags=["服务态度"]).channel == "counter"


def test_the_page_asks_keeps_what_was_typed_and_shows_the_answer(world, ended, sign_in):
    zhao, page = sign_in("zhao"), f"/my/{ended.application.ref}"
    assert "提交评价" in zhao.get(page).content.decode()
    refused = zhao.post(f"{page}/rate", {"grade": "9", "text": "写下的话"})
    assert refused.status_code == 422
    assert "写下的话" in refused.content.decode()
    assert zhao.post(f"{page}/rate", {"grade": "1"}).status_code == 302
    shown = zhao.get(page).content.decode()
    assert "非常不满意" in shown
    assert "整改后您可以再评一次" in shown
    assert "提交评价" not in shown
