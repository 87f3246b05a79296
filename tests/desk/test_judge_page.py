"""One record judged on any day: the same law as everywhere, with both days side by side."""

from datetime import date

from django.urls import reverse

from cases.facts import judge_record
from creditrepair.tenancy.context import region_context
from tests.world import YONGCHANG, history


def look(client, record, **query):
    return client.get(reverse("desk:judge", args=[record.ref]), query)


def an_old_penalty(world):
    """Decided under 58令: whether the old or the new rule governs is open until somebody answers Q1."""
    day = date(2025, 6, 30)
    facts = {"decided_on": day, "published_on": day, "severity": "general", "field": "food"}
    return world.a_record(unit="wlj", **facts)


def test_the_last_day_of_the_old_rule_beside_the_first_of_the_new(world, sign_in):
    record = an_old_penalty(world)
    answer = look(sign_in("he"), record, day="2026-03-31", other="2026-04-01")
    assert answer.status_code == 200
    shown = answer.context_data["judged"]
    assert [one.day for one in shown] == [date(2026, 3, 31), date(2026, 4, 1)]
    with region_context(YONGCHANG):
        expected = [judge_record(record, one.day) for one in shown]
    assert [one.verdict for one in shown] == expected
    text = answer.content.decode()
    assert "2026年3月31日判定" in text
    assert "2026年4月1日判定" in text
    for verdict in expected:
        assert verdict.headline in text
        assert verdict.reasons[0].text in text
    assert expected[0].regime != expected[1].regime
    assert "国家发展改革委令第58号" in text
    assert "国家发展改革委令第36号" in text
    assert "两日结论不同" in text


def test_two_days_of_one_answer_say_so(world, sign_in):
    record = world.a_record(unit="wlj")
    text = look(sign_in("he"), record, day="2026-11-22", other="2026-11-23").content.decode()
    assert "两日结论相同" in text
    assert "两日结论不同" not in text


def test_what_is_no_date_is_said_beside_its_field(world, sign_in):
    record = world.a_record(unit="wlj")
    answer = look(sign_in("he"), record, day="2026-02-30")
    assert answer.status_code == 422
    assert "请按 2026-11-23 的样子填写日期。" in answer.content.decode()
    assert look(sign_in("he"), record, day="0001-01-01", other="9999-12-31").status_code == 200


def test_the_page_is_for_those_who_see_the_record(world, sign_in):
    record = world.a_record(unit="wlj")
    answers = {who: look(sign_in(who), record).status_code for who in ("he", "lv", "wang", "qian", "zheng", "chen")}
    assert answers == {"he": 200, "lv": 200, "wang": 200, "qian": 404, "zheng": 404, "chen": 404}


def test_judging_writes_nothing(world, sign_in):
    case = world.a_case("in_review", unit="wlj")
    before = history(case)
    assert look(sign_in("lv"), case.record, day="2030-01-01").status_code == 200
    assert history(case) == before
    with region_context(YONGCHANG):
        stored = (case.record.eligible_on, case.record.public_until)
        case.record.refresh_from_db()
    assert (case.record.eligible_on, case.record.public_until) == stored


def test_only_what_the_region_has_settled_is_called_settled(world, sign_in):
    """63号文 leaves matters open; its rows are the county's own but decide nothing."""
    record = world.a_record(unit="wlj")
    text = look(sign_in("he"), record, day="2026-11-23").content.decode()
    own = text.split("本行政区确定的规则</h3>")[1].split("</section>")[0]
    assert "待核实" not in own
    assert "不明" not in own
