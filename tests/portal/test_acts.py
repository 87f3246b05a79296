"""以贵单位名义办理的事项: who did what on what authority; 「不是本单位本意」 makes one task and one Event, once."""

import pytest

from cases.models import Task
from cases.portal.acts import acts_of
from cases.services.disown import disown_act
from creditrepair.audit.models import Event
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import NotAllowed, NotFound, WrongMoment
from tests.test_apply import AUTHORITY
from tests.world import FIRM_A, YONGCHANG, at


@pytest.fixture
def by_clerk(world):
    """Filed at the window for firm A by Li."""
    return world.fresh(world._case_of(world.files("li", world.a_record(unit="scjgj"), authority=AUTHORITY)))


def act_of(case):
    return next(act for act in acts_of([case], FIRM_A) if not act.by_firm)


def disown(world, case, seq, who="zhao"):
    disown_act(world.enter(world.actors[who]), ref=case.application.ref, seq=seq, now=at(hour=16))


def test_an_act_of_a_clerk_names_clerk_window_and_authority(world, by_clerk):
    act = act_of(by_clerk)
    assert "李窗" in act.who
    assert "授权委托书" in act.authority
    assert not acts_of([by_clerk], "91620321MA0000000X")


def test_one_press_for_three_records_is_one_line(world):
    receipt = world.files("zhao", *[world.a_record() for _ in range(3)])
    with region_context(YONGCHANG):
        cases = list(receipt.applications[0].cases.select_related("application"))
    (act,) = [act for act in acts_of(cases, FIRM_A) if "提交" in act.text]
    assert act.by_firm
    assert "赵申" in act.who


def test_what_is_not_the_firms_will_goes_to_the_supervisor_once(world, by_clerk):
    seq = act_of(by_clerk).seq
    disown(world, by_clerk, seq)
    with pytest.raises(WrongMoment):
        disown(world, by_clerk, seq)
    with region_context(YONGCHANG):
        task = Task.objects.select_related("department").get(kind=Task.Kind.DISOWNED)
        assert Event.objects.filter(verb="act_disowned").count() == 1
    assert task.department.code == "fgj"
    assert "授权委托书" in task.detail
    assert world.fresh(by_clerk).state == "submitted"
    assert act_of(by_clerk).disowned_at == at(hour=16)


def test_neither_another_firm_nor_staff_nor_a_made_up_number_disowns_anything(world, by_clerk):
    seq = act_of(by_clerk).seq
    for who, seq_, refusal in (("wu", seq, NotFound), ("qian", seq, NotAllowed), ("zhao", seq + 999, NotFound)):
        with pytest.raises(refusal):
            disown(world, by_clerk, seq_, who)
    with region_context(YONGCHANG):
        assert not Event.objects.filter(verb="act_disowned").exists()


def test_the_firms_own_act_is_not_disowned(world):
    case = world.fresh(world.a_case())
    (act,) = [act for act in acts_of([case], FIRM_A) if "提交" in act.text]
    with pytest.raises(NotAllowed):
        disown(world, case, act.seq)


def test_the_page_offers_it_for_acts_of_others_only(world, by_clerk, sign_in):
    zhao, page = sign_in("zhao"), f"/my/{by_clerk.application.ref}"
    assert "不是本单位本意</button>" in zhao.get(page).content.decode()
    own = world.fresh(world.a_case())
    assert "不是本单位本意</button>" not in zhao.get(f"/my/{own.application.ref}").content.decode()
    assert zhao.post(f"{page}/disown", {"seq": "x"}).status_code == 404
    assert zhao.post(f"{page}/disown", {"seq": act_of(by_clerk).seq}).status_code == 302
    shown = zhao.get(page).content.decode()
    assert "监管人员核查中" in shown
    assert "不是本单位本意</button>" not in shown


@pytest.mark.parametrize("who", ["wang", "zhou"])
def test_the_supervising_bureau_finds_it_among_its_tasks(world, by_clerk, sign_in, who):
    disown(world, by_clerk, act_of(by_clerk).seq)
    assert "代办不是本单位本意" in sign_in(who).get("/desk/tasks/").content.decode()
    assert "代办不是本单位本意" not in sign_in("he").get("/desk/tasks/").content.decode()
