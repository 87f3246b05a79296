"""到期提醒: each firm once in time and once on the day, one message for all its records, nobody wrongly, nobody twice."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from cases.models import FailureRecord, Reminder, ReminderContact, ReminderRun, ReminderWish, RuleRun
from cases.services import recompute, remind, remind_forecast, remind_told, severity, watch, wishes
from creditrepair.audit.models import Event
from creditrepair.tenancy.context import region_context
from creditrepair.tenancy.errors import AlreadyDecided, Invalid, NotAllowed, NotFound
from creditrepair.tenancy.models import Region
from creditrepair.tenancy.personal import seal
from sync import sms
from sync.models import Delivery
from tests.reminding import LANDLINE, a_firm, becoming, give_number, lines, listed, messages, run_on, told
from tests.world import FIRM_B, TODAY, YONGCHANG, World, at

DAY = TODAY + timedelta(days=20)  # 2026-12-13


@pytest.fixture
def firm(world: World) -> str:
    return a_firm(31)


def runs(monkeypatch, first: date, last: date, but: tuple[date, ...] = ()) -> None:
    day = first
    while day <= last:
        if day not in but:
            run_on(monkeypatch, day)
        day += timedelta(days=1)


def days(n: int) -> date:
    return DAY + timedelta(days=n)


# ── when, and how often ────────────────────────────────────────────────────────────────────────────────────────────
def test_a_firm_is_told_seven_days_before_and_on_the_day_and_on_no_other(world: World, firm: str, monkeypatch):
    becoming(world, DAY, firm)
    runs(monkeypatch, days(-9), days(3))
    assert told() == [(firm, days(-7), "soon", DAY, 1), (firm, DAY, "today", DAY, 1)]
    first, second = messages()
    assert first["params"] == {"n": "1", "date": "12月13日", "phone": "0935-0000000"}
    assert first["template"] == second["template"] == "T01"


def test_a_day_of_another_year_is_told_with_its_year(world: World, firm: str, monkeypatch):
    becoming(world, date(2027, 1, 4), firm)
    run_on(monkeypatch, date(2026, 12, 28))
    run_on(monkeypatch, date(2027, 1, 4))
    assert [body["params"]["date"] for body in messages()] == ["2027年1月4日", "1月4日"]


def test_all_records_of_one_day_are_one_message(world: World, firm: str, monkeypatch):
    for unit in ("wlj", "zjj", "xfdd"):
        becoming(world, DAY, firm, unit)
    becoming(world, days(1), firm)
    becoming(world, DAY, FIRM_B)
    runs(monkeypatch, days(-8), days(-6))
    assert [(who, first, n) for who, _, _, first, n in told() if who == firm] == [(firm, DAY, 3), (firm, days(1), 1)]
    assert [body["params"]["n"] for body in messages()] == ["3", "1"]


def test_days_off_are_made_up_for_without_telling_twice(world: World, firm: str, monkeypatch):
    becoming(world, DAY, firm)
    other = a_firm(32)
    becoming(world, days(2), other)
    runs(monkeypatch, days(-8), days(5), but=(days(-7), days(-6), days(-5), DAY, days(1), days(2)))
    assert sorted(told()) == sorted(
        [(firm, days(-4), "soon", DAY, 1), (other, days(-4), "soon", days(2), 1),
         (firm, days(3), "today", DAY, 1), (other, days(3), "today", days(2), 1)]
    )  # fmt: skip


def test_after_days_off_what_came_due_on_several_days_is_one_message(world: World, firm: str, monkeypatch):
    run_on(monkeypatch, days(-1))
    becoming(world, DAY, firm)
    becoming(world, days(1), firm)
    run_on(monkeypatch, days(2))
    assert [one for one in told() if one[2] == "today"] == [(firm, days(2), "today", days(1), 2)]


def test_the_same_day_run_again_changes_nothing(world: World, firm: str, monkeypatch):
    becoming(world, DAY, firm)
    first = run_on(monkeypatch, DAY)
    assert run_on(monkeypatch, DAY, 12).pk == first.pk
    assert remind.remind_due(seconds=5, now=at(DAY, 13)) is True
    assert len(told()) == lines() == 1


def test_a_run_begins_at_half_past_seven_and_waits_until_noon_for_a_recompute(world: World, firm: str):
    early = at(DAY, 7)
    assert remind.start(YONGCHANG, now=early) is None
    with region_context(YONGCHANG):
        RuleRun.objects.create(
            region_id=YONGCHANG,
            what="recompute",
            cause="x",
            judged_on=DAY,
            asked_at=early,
            pack_before="a",
            pack_after="b",
        )
    assert remind.start(YONGCHANG, now=at(DAY, 11)) is None
    assert remind.start(YONGCHANG, now=at(DAY, 12)) is not None


def test_a_run_cut_in_the_middle_goes_on_and_what_is_left_overnight_is_asked_again(world: World, monkeypatch):
    monkeypatch.setattr(remind, "PORTION", 1)
    firms = [a_firm(40 + n, f"1380000004{n}") for n in range(3)]
    for firm in firms:
        becoming(world, DAY, firm)
        becoming(world, DAY, firm, "zjj")  # more than a portion: a firm is never cut in two
    run = remind.start(YONGCHANG, now=at(days(-1)))
    assert remind.advance(YONGCHANG, run.ref, seconds=0, now=at(days(-1))) is False  # marked, nobody told
    assert remind.advance(YONGCHANG, run.ref, seconds=0, now=at(days(-1))) is False  # one firm told
    assert [one[0] for one in told()] == firms[:1]
    with region_context(YONGCHANG):
        Delivery.objects.filter(key__startswith="T01").update(state="sent", tries=1)
    run_on(monkeypatch, DAY)
    assert [one[:3] for one in told()[1:]] == [(firm, DAY, "today") for firm in firms]
    assert {one[4] for one in told()} == {2}
    with region_context(YONGCHANG):
        assert list(ReminderRun.objects.order_by("day").values_list("cut_short", flat=True)) == [True, False]


# ── who is not told ────────────────────────────────────────────────────────────────────────────────────────────────
def test_nobody_is_told_of_what_cannot_be_applied_for_for_sure(world: World, firm: str, monkeypatch):
    becoming(world, DAY, firm, severity="unset")  # an officer judges
    ended = becoming(world, DAY, firm)
    with region_context(YONGCHANG):
        FailureRecord.objects.filter(pk=ended.pk).update(status="ended", ended_on=days(-10))
    runs(monkeypatch, days(-8), days(1))
    assert told() == [] and lines() == 0


def test_a_record_whose_stored_answer_is_out_of_date_is_judged_anew_before_anybody_is_told(
    world: World, firm: str, monkeypatch
):
    record = becoming(world, DAY, firm)
    with region_context(YONGCHANG):
        FailureRecord.objects.filter(pk=record.pk).update(severity="serious")  # and nobody wrote the new day
    run = run_on(monkeypatch, DAY)
    assert (told(), lines(), run.counts["unsure"]) == ([], 0, 1)


def test_a_case_under_way_keeps_the_record_out_and_its_end_by_withdrawal_tells_nothing_new(world: World, monkeypatch):
    record = becoming(world, DAY)
    run_on(monkeypatch, days(-7))
    receipt = world.files("wu", record, now=at(DAY, 7), agent_phone="13800000000")
    case = world._case_of(receipt)
    run = run_on(monkeypatch, DAY)
    assert run.counts["under_way"] == 1
    world._to_withdrawn(case, at(DAY, 9))
    run_on(monkeypatch, days(1))
    assert [one[2] for one in told()] == ["soon"]


def test_stock_whose_day_is_long_over_is_no_news_and_a_late_record_is(world: World, firm: str, monkeypatch):
    run_on(monkeypatch, TODAY)
    for stock in (True, False):
        late = becoming(world, TODAY - timedelta(days=90), firm, stock=stock)
        with region_context(YONGCHANG):
            FailureRecord.objects.filter(pk=late.pk).update(received_at=at())
    run_on(monkeypatch, TODAY + timedelta(days=1))
    assert [one[1:] for one in told()] == [(TODAY + timedelta(days=1), "today", TODAY - timedelta(days=90), 1)]


def test_where_the_province_reminds_the_run_counts_and_keeps_silent(world: World, firm: str, monkeypatch):
    becoming(world, DAY, firm)
    Region.objects.filter(pk=YONGCHANG).update(settings={remind.PROVINCE: True})
    run = run_on(monkeypatch, DAY)
    assert (run.counts, told(), lines()) == ({"province": 1, "officer": 0}, [], 0)


def test_the_day_told_is_the_one_that_every_reading_agrees_on(world: World, firm: str, monkeypatch):
    decided = date(2026, 8, 31)  # by the document from 12-01, by the publication from 12-03
    record = world.a_record(firm, "scjgj", decided_on=decided, published_on=date(2026, 9, 2))
    assert (record.eligible_on, record.certain_on) == (date(2026, 12, 1), date(2026, 12, 3))
    runs(monkeypatch, date(2026, 11, 23), date(2026, 11, 27))
    assert told() == [(firm, date(2026, 11, 26), "soon", date(2026, 12, 3), 1)]


# ── the day moves ──────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_changed_class_moves_the_day_and_is_told_anew(world: World, firm: str, monkeypatch):
    record = becoming(world, DAY, firm)
    runs(monkeypatch, days(-7), days(-7))
    he = world.enter(world.actors["he"])
    severity.set_severity(he, ref=record.ref, severity="serious", reason="重新认定", now=at(days(-6)))
    runs(monkeypatch, days(-6), days(1))
    assert [one[2:4] for one in told()] == [("soon", DAY)]
    with region_context(YONGCHANG):
        later = FailureRecord.objects.get(pk=record.pk).certain_on
    runs(monkeypatch, later - timedelta(days=7), later)
    assert [one[1:4] for one in told()[1:]] == [
        (later - timedelta(days=7), "soon", later), (later, "today", later)
    ]  # fmt: skip


def test_a_day_that_moves_into_the_past_is_told_once_and_an_earlier_one_behind_it_not(
    world: World, firm: str, monkeypatch
):
    record = becoming(world, DAY, firm, severity="serious")
    run_on(monkeypatch, DAY)
    he = world.enter(world.actors["he"])
    severity.set_severity(he, ref=record.ref, severity="general", reason="重新认定", now=at(days(1)))
    runs(monkeypatch, days(2), days(3))
    assert [one[1:4] for one in told()] == [(days(2), "today", DAY)]
    with region_context(YONGCHANG):  # another fact moves it back a little: the firm knows that it may apply
        FailureRecord.objects.filter(pk=record.pk).update(
            decided_on=record.decided_on - timedelta(days=9), certain_on=days(-9), certain_moved_on=days(3)
        )
    run_on(monkeypatch, days(4))
    assert len(told()) == 1


def test_the_first_judging_after_the_upgrade_moves_nothing_and_tells_nobody(world: World, firm: str, monkeypatch):
    becoming(world, DAY, firm)
    recompute.rejudge_due(now=at(days(-20), 5))
    recompute.recompute_waiting(seconds=9, now=at(days(-20), 5))  # by the pack that stays
    with region_context(YONGCHANG):  # as the migration leaves them
        FailureRecord.objects.update(certain_on=None, certain_moved_on=None, eligible_pack="", judge_again_on=days(30))
    run_on(monkeypatch, days(30))
    recompute.rejudge_due(now=at(days(31), 5))
    assert recompute.recompute_waiting(seconds=9, now=at(days(31), 5))
    with region_context(YONGCHANG):
        assert list(FailureRecord.objects.values_list("certain_on", "certain_moved_on")) == [(DAY, None)]
    run_on(monkeypatch, days(31))
    assert told() == []


# ── by whom, if not by SMS ─────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.fault("B16")
@pytest.mark.parametrize(("phone", "why"), [(LANDLINE, "landline"), ("", "no_number")])
def test_who_has_no_mobile_number_stands_on_one_list_once(world: World, phone: str, why: str, monkeypatch):
    firm = a_firm(51, phone)
    becoming(world, DAY, firm)
    becoming(world, DAY, firm, "zjj")
    runs(monkeypatch, days(-7), days(1))
    (row,) = listed()  # the row of the day itself has taken the place of the one before
    assert (row.why, row.phone, row.occasion, row.count, row.department_id) == (why, phone, "today", 2, None)
    assert messages() == []
    with region_context(YONGCHANG):
        assert list(Event.objects.filter(verb="reminder_listed").values_list("kind", flat=True)) == ["record"] * 4


def test_the_first_mobile_number_counts_the_latest_filing_first(world: World, firm: str, monkeypatch):
    give_number(firm, "13900000055", when=date(2026, 3, 1))
    give_number(firm, LANDLINE, when=date(2026, 4, 1))
    becoming(world, DAY, firm)
    run_on(monkeypatch, DAY)
    assert [body["phone"] for body in messages()] == ["13900000055"]


@pytest.mark.fault("B58")
def test_a_number_that_is_full_until_the_day_goes_to_the_window(world: World, monkeypatch):
    for n in range(36):  # an agent with one number for 36 firms: 5 a day fit, until the day before
        becoming(world, DAY, a_firm(100 + n, "13800000077"))
    run = run_on(monkeypatch, days(-7))
    assert (run.counts["messages"], run.counts["to_tell"]) == (35, 1)
    assert [row.why for row in listed()] == ["full"]


def test_a_message_that_does_not_arrive_goes_to_the_list_and_no_task_is_opened(world: World, firm: str, monkeypatch):
    becoming(world, DAY, firm)
    run_on(monkeypatch, DAY)
    with region_context(YONGCHANG):
        Delivery.objects.filter(key__startswith="T01").update(state="parked", tries=1, last_error="空号")
    assert watch.watch_region(YONGCHANG, now=at(DAY, 9), whole=True) == 0
    assert remind_told.take_undelivered(YONGCHANG, now=at(DAY, 9)) == 1
    assert [row.why for row in listed()] == ["undelivered"]
    watch.watch_region(YONGCHANG, now=at(DAY, 10), whole=True)
    with region_context(YONGCHANG):
        assert not Event.objects.filter(verb="task_opened").exists()
        Delivery.objects.filter(key__startswith="T01").update(state="verified", receipt="delivered")
    remind_told.take_undelivered(YONGCHANG, now=at(DAY, 11))
    assert listed() == []


def test_what_is_filed_meanwhile_takes_back_its_part_of_a_message_that_has_not_left(world: World, monkeypatch):
    give_number(FIRM_B, "13800000021")
    first, second = becoming(world, DAY), becoming(world, DAY, unit="zjj")
    run_on(monkeypatch, DAY, leaves=False)
    world.files("wu", first, now=at(DAY, 9))
    assert [body["params"]["n"] for body in messages()] == ["1"]
    world.files("wu", second, now=at(DAY, 10))
    assert messages() == []
    with region_context(YONGCHANG):
        assert Delivery.objects.get(key__startswith="T01").state == "superseded"


def test_a_number_left_for_a_record_is_told_beside_the_firm_and_takes_its_reminder_from_nobody(
    world: World, monkeypatch
):
    firm = a_firm(52, LANDLINE)
    record = becoming(world, DAY, firm)
    becoming(world, DAY, firm, "zjj")
    with region_context(YONGCHANG):
        for number, stopped in (("13800000091", None), ("13800000092", at())):
            ReminderWish.objects.create(
                region_id=YONGCHANG, record=record, phone_sealed=seal("reminder", number), code="x", asked_at=at(),
                phone_hash=sms.phone_hash(number), confirmed_at=at(), stopped_at=stopped,
            )  # fmt: skip
    run = run_on(monkeypatch, DAY, leaves=False)
    assert [(body["phone"], body["params"]["n"]) for body in messages()] == [("13800000091", "1")]
    assert run.counts["wishes"] == 1 and [row.count for row in listed()] == [2]
    with region_context(YONGCHANG):
        wishes.stop_reminder(world.actors["li"], ref=ReminderWish.objects.get(stopped_at=None).ref, now=at(DAY, 9))
    assert messages() == []


def test_what_has_left_stays_as_it_is(world: World, monkeypatch):
    give_number(FIRM_B, "13800000021")
    record = becoming(world, DAY)
    run_on(monkeypatch, DAY)
    world.files("wu", record, now=at(DAY, 9))
    assert [body["params"]["n"] for body in messages()] == ["1"]
    assert [one[4] for one in told()] == [1]


# ── a person tells it ──────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def row(world: World, monkeypatch) -> Reminder:
    becoming(world, DAY, a_firm(61, LANDLINE))
    run_on(monkeypatch, DAY)
    (found,) = listed()
    return found


def contact(world: World, row: Reminder, who: str = "li", **changes) -> ReminderContact:
    given = {"way": "phone", "outcome": "told", "told_on": DAY, "receiver": "张会计", "note": ""} | changes
    return remind_told.record_contact(world.enter(world.actors[who]), ref=row.ref, now=at(DAY, 11), **given)


def test_no_answer_leaves_the_firm_on_the_list_and_telling_it_takes_it_off(world: World, row: Reminder):
    contact(world, row, outcome="no_answer", receiver="")
    assert len(listed()) == 1
    contact(world, row, "he", way="face")
    assert listed() == []
    with region_context(YONGCHANG):
        assert list(row.contacts.order_by("id").values_list("outcome", "by__username")) == [
            ("no_answer", "li"), ("told", "he")
        ]  # fmt: skip
        assert Event.objects.filter(verb="reminder_contact", thing=row.ref).count() == 2
    with pytest.raises(AlreadyDecided):
        contact(world, row)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"receiver": " "}, "receiver"), ({"way": "letter"}, "way"), ({"outcome": "x"}, "outcome"), ({"told_on": None}, "told_on"),
        ({"told_on": DAY - timedelta(days=1)}, "told_on"), ({"told_on": DAY + timedelta(days=1)}, "told_on"),
        ({"note": "说" * 201}, "note"),
    ],
)  # fmt: skip
def test_a_contact_says_whom_how_and_when(world: World, row: Reminder, changes, field):
    with pytest.raises(Invalid) as refused:
        contact(world, row, **changes)
    assert list(refused.value.fields) == [field]
    assert len(listed()) == 1


@pytest.mark.parametrize(
    ("who", "answer"), [("qian", NotFound), ("zheng", NotFound), ("wang", NotAllowed), ("feng", NotAllowed)]
)
def test_only_the_hall_and_the_unit_of_the_records_tell(world: World, row: Reminder, who: str, answer):
    contact(world, row, "he", outcome="no_answer")
    with pytest.raises(answer):
        contact(world, row, who)


def test_what_was_said_cannot_be_changed_or_removed(world: World, row: Reminder):
    made = contact(world, row)
    with region_context(YONGCHANG):
        for act in (lambda rows: rows.update(note="x"), lambda rows: rows.delete()):
            with pytest.raises(DatabaseError), transaction.atomic():
                act(ReminderContact.objects.filter(pk=made.pk))


# ── 试运行 ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_forecast_of_today_is_what_the_run_then_does(world: World, firm: str, monkeypatch):
    becoming(world, DAY, firm)
    becoming(world, DAY, firm, "zjj")
    becoming(world, days(7), a_firm(71, LANDLINE))
    becoming(world, days(3), firm, severity="unset")
    tried = remind_forecast.forecast(YONGCHANG, DAY, today=DAY)
    assert told() == []
    run = run_on(monkeypatch, DAY)
    assert (tried.messages, tried.to_tell) == (run.counts["messages"], run.counts["to_tell"]) == (1, 1)
    assert tried.fates["due"] == run.counts["due"] == 3


def test_a_forecast_of_a_later_day_takes_the_days_before_as_run(world: World, firm: str):
    for n in (0, 3, 7, 8):
        becoming(world, days(n), firm)
    tried = remind_forecast.forecast(YONGCHANG, DAY, today=TODAY)
    assert {key: records for key, (_, records) in tried.firms.items()} == {("today", True): 1, ("soon", True): 1}
