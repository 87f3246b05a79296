"""好差评 at the desk: grades and words without names, counts with n, the unit's own only, bad ones with their follow-up."""

from datetime import date
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.urls import reverse

from cases.access_ratings import visible_ratings
from cases.desk.keyset import Place, decode, encode
from cases.desk.rating_rows import asked_of, listed, shown
from cases.models import Task
from cases.oversight.ratings import Tally, by_channel, by_unit, ranked
from cases.services.rating import rate
from cases.services.task import close_task
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import NotAllowed
from creditrepair.tenancy.personal import masked_words
from tests.test_apply import AUTHORITY
from tests.world import FIRM_A, TODAY, YONGCHANG, at

PERIOD = {"since": "2026-11-01", "until": "2026-11-30"}
CALL_DUE, REMEDY_DUE = date(2026, 11, 24), date(2026, 12, 14)


def rated(world, grade, *, unit="scjgj", who="zhao", now=None, **more):
    case = world.fresh(world.a_case("withdrawn", unit=unit, who=who, now=now or at()))
    return rate(world.enter(world.actors[who]), ref=case.application.ref, grade=grade, now=now or at(hour=16), **more)


def page(client, **query):
    return client.get(reverse("desk:ratings"), PERIOD | query)


def rows_of(world, who, today=TODAY, **query):
    actor = world.enter(world.actors[who])
    asked = asked_of(QueryDict(urlencode(PERIOD | query)), [], today)
    return shown(actor, list(listed(visible_ratings(actor), asked, today).order_by("-pk")), today)


def end(world, kind, who, day):
    with region_context(YONGCHANG):
        task = Task.objects.get(region_id=YONGCHANG, kind=kind)
    close_task(world.enter(world.actors[who]), ref=task.ref, answer="已办理", now=at(day))


def test_a_unit_reads_its_own_and_the_supervisor_all(world, sign_in):
    rated(world, 5, unit="scjgj", text="市监局办得快")
    rated(world, 4, unit="wlj", text="文旅局态度好")
    told = {who: page(sign_in(who)).content.decode() for who in ("qian", "zhang", "lv", "wang", "zhou", "zheng")}
    assert {who for who, text in told.items() if "市监局办得快" in text} == {"qian", "zhang", "wang"}
    assert {who for who, text in told.items() if "文旅局态度好" in text} == {"lv", "wang"}
    assert page(sign_in("li")).status_code == 403


def test_nothing_says_whose_a_rating_is_or_when_on_its_day_it_was_given(world, sign_in):
    given = rated(world, 1, tags=["便捷度"], text="等了很久")
    case = given.application.cases.get()
    for who in ("qian", "wang"):
        text = page(sign_in(who)).content.decode()
        assert "等了很久" in text
        assert "便捷度" in text
        assert "2026-11-23" in text
        secrets = (FIRM_A, "祁连山", "赵申", given.application.filing_no, given.application.ref, case.ref)
        assert [one for one in secrets if one in text] == []
    assert type(rows_of(world, "wang")[0].day) is date


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("请打13800001234或138 0000 1234", "请打138****1234或138****1234"),
        ("电话１３８００００１２３４。", "电话138****1234。"),
        ("座机0935-7521234，身份证62032119900101123X", "座机****，身份证****"),
        ("信用代码91620321MA0000011P，办件XF20261123ABCDEF", "信用代码****，办件****"),
        ("2026年11月23日去了3次，罚款50000元，编号123456", "2026年11月23日去了3次，罚款50000元，编号123456"),
    ],
)
def test_numbers_that_tell_who_somebody_is_are_masked_and_others_are_not(typed, told):
    assert masked_words(typed) == told


def test_a_number_in_the_words_is_masked_on_the_page_and_in_the_units_task(world, sign_in):
    rated(world, 2, text="有事打13800001234")
    with region_context(YONGCHANG):
        remedy = Task.objects.get(kind=Task.Kind.REMEDY)
    for text in (
        page(sign_in("wang")).content.decode(),
        sign_in("qian").get(reverse("desk:task", args=[remedy.ref])).content.decode(),
    ):
        assert "有事打138****1234" in text
        assert "13800001234" not in text


@pytest.mark.parametrize(
    ("today", "call", "remedy"),
    [
        (date(2026, 11, 23), "办理中", "办理中"),
        (CALL_DUE, "今日到期", "办理中"),
        (date(2026, 11, 25), "已超期", "办理中"),
        (REMEDY_DUE, "已超期", "今日到期"),
        (date(2026, 12, 15), "已超期", "已超期"),
    ],
)
def test_a_bad_one_shows_by_when_it_is_called_back_and_remedied(world, today, call, remedy):
    rated(world, 2)
    (row,) = rows_of(world, "wang", today)
    assert [(one.title, one.words, one.due) for one in row.steps] == [
        ("回访", call, CALL_DUE),
        ("整改", remedy, REMEDY_DUE),
    ]
    rated(world, 5)
    assert [len(one.steps) for one in rows_of(world, "wang", today)] == [0, 2]


@pytest.mark.parametrize(
    ("day", "words"), [(CALL_DUE, "2026-11-24办结"), (date(2026, 11, 25), "2026-11-25办结（逾期）")]
)
def test_a_step_that_is_done_says_when_and_whether_late(world, day, words):
    rated(world, 1)
    end(world, Task.Kind.CALL_BACK, "zhou", day)
    (row,) = rows_of(world, "wang", day)
    assert (row.steps[0].words, row.steps[0].tone) == (words, "good")


def test_the_re_rating_stands_beside_the_first_which_alone_is_counted(world, sign_in):
    first = rated(world, 1)
    end(world, Task.Kind.REMEDY, "qian", CALL_DUE)
    assert rows_of(world, "qian")[0].again == "整改后可再评一次，尚未再评"
    again = world.enter(world.actors["zhao"])
    rate(again, ref=first.application.ref, grade=4, text="改好了", now=at(CALL_DUE, 17))
    (row,) = rows_of(world, "qian")
    assert (row.grade, row.again, row.again_words) == ("非常不满意", "再次评价：满意（2026-11-24）", "改好了")
    assert page(sign_in("qian")).context["lines"][0].counts == {5: 0, 4: 0, 3: 0, 2: 0, 1: 1}


def test_only_whoever_may_open_a_task_gets_the_way_to_it(world):
    rated(world, 2)
    assert [bool(one.task) for one in rows_of(world, "qian")[0].steps] == [False, True]
    assert [bool(one.task) for one in rows_of(world, "wang")[0].steps] == [True, True]


@pytest.mark.parametrize(
    ("today", "found"),
    [(CALL_DUE, {"open": 1, "late": 0, "done": 1}), (date(2026, 12, 15), {"open": 1, "late": 1, "done": 1})],
)
def test_bad_ones_are_found_by_how_far_their_follow_up_is(world, today, found):
    rated(world, 2)
    for kind, who in ((Task.Kind.CALL_BACK, "zhou"), (Task.Kind.REMEDY, "qian")):
        end(world, kind, who, TODAY)
    rated(world, 1)
    rated(world, 5)
    assert {follow: len(rows_of(world, "wang", today, follow=follow)) for follow in found} == found


@pytest.mark.parametrize(("day", "counted"), [(date(2026, 10, 31), 0), (date(2026, 11, 1), 1), (date(2026, 11, 30), 1)])
def test_the_first_and_the_last_day_belong_to_the_period(world, sign_in, day, counted):
    rated(world, 5, now=at(day, 23))
    shown_page = page(sign_in("wang"))
    assert [line.n for line in shown_page.context["lines"]] == [counted, counted, 0]
    assert f"共<strong>{counted}</strong>件评价" in shown_page.content.decode()


def test_grades_are_counted_by_channel(world):
    rated(world, 5)
    rated(world, 2)
    receipt = world.files("li", world.a_record(), authority=AUTHORITY)
    case = world.fresh(world._to_withdrawn(world._case_of(receipt), at()))
    rate(world.enter(world.actors["zhao"]), ref=case.application.ref, grade=3, tags=["服务态度"], now=at(hour=16))
    lines = by_channel(visible_ratings(world.enter(world.actors["wang"])))
    assert [(line.title, line.n, line.satisfied.part) for line in lines] == [
        ("合计", 3, 2),
        ("网上", 2, 1),
        ("窗口", 1, 1),
    ]


def test_a_filing_for_two_units_counts_for_each_and_once_in_all(world):
    receipt = world.files("zhao", world.a_record(unit="wlj"), world.a_record(unit="scjgj"))
    application = receipt.applications[0]
    with region_context(YONGCHANG):
        cases = list(application.cases.order_by("id"))
    for case in cases:
        world._to_withdrawn(case, at())
    rate(world.enter(world.actors["zhao"]), ref=application.ref, grade=4, now=at(hour=16))
    seen = visible_ratings(world.enter(world.actors["wang"]))
    assert sorted((line.code, line.n) for line in by_unit(YONGCHANG, seen)) == [("scjgj", 1), ("wlj", 1)]
    assert by_channel(seen)[0].n == 1
    assert len(rows_of(world, "lv")) == len(rows_of(world, "qian")) == 1


def test_no_unit_is_ranked_under_five_and_equals_share_a_rank():
    lines = ranked(
        [
            Tally("四", "a", {5: 4}),
            Tally("五", "b", {5: 4, 1: 1}),
            Tally("十", "c", {3: 8, 2: 2}),
            Tally("六", "d", {4: 6}),
        ]
    )
    assert [(one.title, one.rank) for one in lines] == [("六", 1), ("五", 2), ("十", 2), ("四", None)]
    assert [one.satisfied.text for one in lines] == ["100.0%", "80.0%", "80.0%", "样本不足"]


def test_pages_follow_without_a_gap_and_their_address_names_no_moment(world, sign_in, monkeypatch):
    monkeypatch.setattr("cases.desk.rating_rows.PAGE_SIZE", 2)
    for n in range(5):
        rated(world, 5, text=f"第{n}次")
    wang, found, at_place = sign_in("wang"), [], ""
    for _ in range(3):
        answer = page(wang, grade="5", at=at_place)
        found += [row.words for row in answer.context["rows"]]
        at_place = answer.context["page"].after
        assert "grade=5&amp;at=" in answer.content.decode()
    assert (found, at_place) == ([f"第{n}次" for n in (4, 3, 2, 1, 0)], "")
    back = page(wang, grade="5", at=answer.context["page"].before)
    assert [row.words for row in back.context["rows"]] == found[2:4]
    assert decode(back.context["page"].after).day is None


def test_a_cursor_of_another_units_rating_is_no_way_to_it(world, sign_in):
    foreign = rated(world, 5, unit="wlj")
    cursor = encode(Place(True, None, foreign.ref))
    assert page(sign_in("wang"), at=cursor).status_code == 200
    assert page(sign_in("qian"), at=cursor).status_code == 400


@pytest.mark.parametrize(
    "query",
    [{"grade": "6"}, {"channel": "x"}, {"follow": "x"}, {"department": "nobody"}, {"since": "2026-12-01"},
     {"until": "2026-13-01"}, {"since": "20261101aa"}, {"at": "%%%"}],
)  # fmt: skip
def test_filters_that_no_form_sends_are_a_bad_request(world, sign_in, query):
    assert page(sign_in("wang"), **query).status_code == 400
    assert page(sign_in("wang"), grade="bad", channel="online", follow="late", department="wlj").status_code == 200


def test_a_unit_cannot_ask_for_another_one(world, sign_in):
    assert page(sign_in("qian"), department="wlj").status_code == 400
    assert page(sign_in("wang"), department="wlj").status_code == 200


def test_whoever_works_on_no_case_is_told_so(world):
    for who in ("li", "feng", "chen"):
        with pytest.raises(NotAllowed):
            visible_ratings(world.enter(world.actors[who]))
    assert not visible_ratings(world.enter(world.actors["qian"])).exists()
