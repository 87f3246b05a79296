"""叫号: numbers, 下一位, missed calls, the hall's screen, and what its manager sees."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from cases.models import QueueTicket
from cases.services.ticket import call_next, issue_ticket, move_ticket
from creditrepair.audit.models import Event
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import Invalid, NotAllowed, WrongMoment
from creditrepair.tenancy.models import Membership, Role
from tests import world as the_world
from tests.counter_scene import a_morning, clerk
from tests.world import FIRM_A, FIRM_B, TODAY, YONGCHANG, at


def draw(world, purpose="repair", **more):
    return issue_ticket(clerk(world), purpose=purpose, now=more.pop("now", at()), **more)


def test_numbers_count_up_by_purpose_and_begin_anew_each_day(world):
    assert [draw(world).number, draw(world).number, draw(world, "advice").number] == ["A001", "A002", "C001"]
    assert draw(world, now=at(TODAY + timedelta(days=1))).number == "A001"


def test_the_longest_waiting_is_called_first_and_nobody_twice(world):
    first, second = draw(world), draw(world, "advice", now=at(hour=11))
    assert [call_next(clerk(world), now=at(hour=12)) for _ in range(3)] == [first, second, None]
    second.refresh_from_db()
    first.refresh_from_db()
    assert (first.state, first.window) == ("left", "3号窗口")  # called, and did not come
    assert second.state == "left"


def test_whom_the_clerk_was_serving_is_served_when_the_next_is_called(world):
    first, _ = draw(world), draw(world)
    call_next(clerk(world), now=at(hour=11))
    move_ticket(clerk(world), ref=first.ref, act="start", now=at(hour=11))
    call_next(clerk(world), now=at(hour=12))
    first.refresh_from_db()
    assert (first.state, first.ended_at) == ("done", at(hour=12))


def test_yesterdays_numbers_are_not_called(world):
    draw(world)
    assert call_next(clerk(world), now=at(TODAY + timedelta(days=1))) is None


def test_who_missed_the_call_joins_the_end_of_the_queue(world):
    first, second = draw(world), draw(world, now=at(hour=11))
    call_next(clerk(world), now=at(hour=12))
    move_ticket(clerk(world), ref=first.ref, act="left", now=at(hour=12))
    move_ticket(clerk(world), ref=first.ref, act="back", now=at(hour=13))
    assert [call_next(clerk(world), now=at(hour=14)), call_next(clerk(world), now=at(hour=15))] == [second, first]


def test_a_number_at_another_window_is_not_mine_to_end(world):
    ticket = draw(world)
    call_next(clerk(world), now=at(hour=11))
    Membership.objects.create(region_id=YONGCHANG, user=world.people["feng"], role=Role.CLERK, from_on=TODAY)
    other = replace(clerk(world), user_id=world.people["feng"].pk, window="4号窗口")
    with pytest.raises(NotAllowed):
        move_ticket(other, ref=ticket.ref, act="done", now=at(hour=12))
    assert move_ticket(clerk(world), ref=ticket.ref, act="done", now=at(hour=12)).state == "done"
    with pytest.raises(WrongMoment):
        move_ticket(clerk(world), ref=ticket.ref, act="left", now=at(hour=12))


def test_without_a_window_nobody_is_called(world, sign_in):
    ticket = draw(world)
    with pytest.raises(Invalid):
        call_next(replace(clerk(world), window=""), now=at())
    ticket.refresh_from_db()
    assert ticket.state == "waiting"
    assert "请先登记值守窗口" in sign_in("li").post(reverse("counter:next")).content.decode()


def test_a_reviewer_neither_draws_nor_calls(world):
    with pytest.raises(NotAllowed):
        issue_ticket(world.enter(world.actors["qian"]), purpose="repair", now=at())
    with pytest.raises(NotAllowed):
        call_next(replace(world.enter(world.actors["qian"]), window="1号窗口"), now=at())
    assert QueueTicket.objects.count() == 0


def test_the_next_visitor_who_gave_a_code_opens_the_subject_at_once(world, sign_in):
    world.a_record(FIRM_B, "zjj")
    li = sign_in("li")
    li.post(reverse("counter:window"), {"window": "3号窗口"})
    li.post(reverse("counter:issue"), {"purpose": "repair", "code": f"http://example.cn/?tyshxydm={FIRM_B}"})
    assert li.post(reverse("counter:next"))["Location"] == reverse("counter:subject") + f"?code={FIRM_B}"
    li.post(reverse("counter:issue"), {"purpose": "repair"})
    assert li.post(reverse("counter:next"))["Location"] == reverse("counter:home")


def test_a_misread_code_draws_no_number(sign_in):
    li = sign_in("li")
    wrong = FIRM_B[:-1] + ("1" if FIRM_B[-1] != "1" else "2")
    assert li.post(reverse("counter:issue"), {"purpose": "repair", "code": wrong}).status_code == 422
    assert li.post(reverse("counter:issue"), {"purpose": "repair", "code": FIRM_B}).status_code == 302
    with region_context(YONGCHANG):
        assert QueueTicket.objects.count() == 1


def test_the_screen_shows_numbers_and_windows_and_nobody(world, visitor, sign_in):
    li = sign_in("li")
    li.post(reverse("counter:window"), {"window": "3号窗口"})
    for code in (FIRM_A, FIRM_B):
        li.post(reverse("counter:issue"), {"purpose": "repair", "code": code})
    li.post(reverse("counter:next"))
    for anybody in (visitor, sign_in("zhao")):
        page = anybody.get(reverse("counter:screen")).content.decode()
        assert ("A001" in page, "3号窗口" in page, "A002" in page) == (True, True, True)
        assert [what for what in (FIRM_A, FIRM_B, "李窗", "信用修复申请") if what in page] == []


def test_the_hall_shows_counts_by_window_and_no_case(world, sign_in):
    now = timezone.now()
    record = world.a_record(FIRM_B, "zjj", decided_on=now.date() - timedelta(days=200))
    morning = a_morning(world, FIRM_B, record, now)
    Membership.objects.filter(user=world.people["feng"]).update(role=Role.HALL_MANAGER)
    for who in ("feng", "wang"):
        page = " ".join(sign_in(who).get(reverse("counter:hall")).content.decode().split())
        assert "李窗" in page
        assert "3号窗口" in page
        assert record.doc_no not in page
        assert FIRM_B not in page
    answer = sign_in("feng").get(reverse("counter:hall"))
    desk = answer.context["desks"][0]
    assert (desk.called, desk.done, desk.left, [number for _, number in desk.counts]) == (
        3, 1, 1, [1, 0, 0, 0, 2, 0],
    )  # fmt: skip
    assert (answer.context["waiting_now"], answer.context["issued"], answer.context["left"]) == (3, 6, 1)
    manager = sign_in("feng")
    assert manager.get(reverse("counter:home")).status_code == 403
    assert manager.get(reverse("counter:receipt", args=[morning.application])).status_code == 403
    assert sign_in("li").get(reverse("counter:hall")).status_code == 403


def test_each_step_of_a_number_is_an_event_with_its_window(world):
    ticket = draw(world)
    call_next(clerk(world), now=at(hour=11))
    move_ticket(clerk(world), ref=ticket.ref, act="start", now=at(hour=11))
    events = Event.objects.filter(thing=ticket.ref).order_by("seq").values_list("verb", "window")
    assert list(events) == [
        ("ticket_issued", "3号窗口"), ("ticket_called", "3号窗口"), ("ticket_started", "3号窗口"),
    ]  # fmt: skip


PEOPLE, NUMBERS = 4, 24


@pytest.mark.django_db(transaction=True)
def test_no_number_is_called_by_two_windows_and_none_is_drawn_twice():
    """Four clerks press 下一位 until nobody is left; four people at the entrance draw at once."""
    with transaction.atomic():
        world = the_world.build()
        li = clerk(world)
    users = [world.people[name].pk for name in ("qian", "sun", "zhou", "lv")]

    def at_once(work):
        start = Barrier(PEOPLE)

        def one(user_id):
            actor = replace(li, user_id=user_id, window=f"{user_id}号窗口")
            try:
                start.wait(timeout=10)
                return work(actor)
            finally:
                connection.close()

        with ThreadPoolExecutor(PEOPLE) as pool:
            return [number for numbers in pool.map(one, users) for number in numbers]

    def draw_some(actor):
        drawn = []
        for _ in range(NUMBERS // PEOPLE):
            with region_context(YONGCHANG):
                drawn.append(issue_ticket(actor, purpose="repair", now=at()).number)
        return drawn

    def call_all(actor):
        called = []
        while True:
            with region_context(YONGCHANG):
                ticket = call_next(actor, now=at())
            if ticket is None:
                return called
            called.append(ticket.number)

    expected = [f"A{serial:03d}" for serial in range(1, NUMBERS + 1)]
    assert sorted(at_once(draw_some)) == expected
    assert sorted(at_once(call_all)) == expected
