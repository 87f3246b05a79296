"""The calculator: asks what a room reads, judges on any day, sets two days side by side, says what is missing."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from cases.categories import judge, registry, rooms
from cases.portal.calculation import CalculatorForm
from cases.portal.room_facts import facts_read
from tests.test_recompute import settled

CODES = [room.code for room in rooms()]
OLD = {
    "category": "administrative_penalty", "ask": "1", "market": "no", "decided_on": "2025-12-20", "severity": "serious",
    "duties_done": "yes",
}  # fmt: skip


def asked(visitor, **given):
    return visitor.get("/calculator", given).content.decode()


@pytest.mark.parametrize("code", CODES)
def test_a_category_asks_only_what_its_rules_and_conditions_read(visitor, world, code):
    form = CalculatorForm(registry[code])
    known = {
        "market", "severity", "penalty_kinds", "field", "ground", "term", "summary_procedure", "listed_elsewhere",
        "new_violation", "repeated", "prosecuted", "subject_is_trader", "restriction_until", "court_plan_on",
    }  # fmt: skip
    assert set(form.fields) & known == set(facts_read(registry[code])) & known
    assert {"day", "other_day", "duties_done"} <= set(form.fields)
    assert "开始测算" in asked(visitor, category=code)


def test_what_one_room_asks_another_does_not(world):
    assert "severity" not in CalculatorForm(registry["abnormal_operation"]).fields
    assert "term" in CalculatorForm(registry["judgment_defaulter"]).fields
    assert "prosecuted" in CalculatorForm(registry["wage_arrears"]).fields
    assert "prosecuted" not in CalculatorForm(registry["statistics_violation"]).fields
    assert "decided_on" not in CalculatorForm(registry["judgment_defaulter"]).fields


@pytest.mark.parametrize("code", CODES)
def test_an_empty_form_says_what_is_missing_and_prints_no_rule(visitor, world, code):
    page = asked(visitor, category=code, ask="1")
    assert "还不能测算，请先填写" in page
    assert '<article class="verdict' not in page


@pytest.mark.parametrize("code", CODES)
def test_a_date_alone_is_answered_with_the_verdict_of_everywhere(visitor, world, code):
    form = CalculatorForm(registry[code])
    day = timezone.localdate() - timedelta(days=200)
    dates = {name: day for name in ("decided_on", "published_on", "listed_on", "corrected_on") if name in form.fields}
    page = asked(visitor, category=code, ask="1", duties_done="yes", **dates)
    bound = CalculatorForm(registry[code], (), {"duties_done": "yes", **dates})
    assert bound.is_valid()
    verdict = judge(bound.facts(), timezone.localdate())
    assert f'<article class="verdict is-{"good" if verdict.status == "now" else ""}' in page
    assert all(reason.text in page for reason in verdict.reasons)


def test_one_record_on_the_last_day_of_the_old_rules_and_the_first_of_the_new(visitor, world):
    page = asked(visitor, **OLD, day="2026-03-31", other_day="2026-04-01")
    old, new = page.split('<article class="verdict')[1:]
    assert "现在可以申请" in old
    assert "国家发展改革委令第58号" in old
    assert "国家发展改革委令第36号" not in old.split("</article>")[0]
    assert "需由认定单位人工判断" in new
    assert "加12个月，至2026-12-20届满" in new
    assert "加3个月，至2026-03-20届满" in new
    assert page.index("判定日 2026年3月31日") < page.index("判定日 2026年4月1日")
    assert "2026年3月31日适用《失信行为纠正后的信用信息修复管理办法（试行）》" in page


def test_the_days_stand_in_their_order_however_they_were_typed(visitor, world):
    page = asked(visitor, **OLD, day="2026-04-01", other_day="2026-03-31")
    assert page.index("判定日 2026年3月31日") < page.index("判定日 2026年4月1日")
    assert asked(visitor, **OLD, day="2026-04-01", other_day="2026-04-01").count('<article class="verdict') == 1


def test_the_regions_own_rule_is_used_and_only_there(visitor, world):
    serious = OLD | {"decided_on": "2025-12-01"}
    assert "需由认定单位人工判断" in asked(visitor, **serious, day="2026-11-23")
    settled(world, "older_records", "old")
    assert "需由认定单位人工判断" not in asked(visitor, **serious, day="2026-11-23")
    there = visitor.get("/calculator", serious | {"day": "2026-11-23"}, SERVER_NAME="jinchuan.localhost")
    assert "需由认定单位人工判断" in there.content.decode()


def test_a_day_across_a_year_without_its_holidays_is_marked_and_others_are_not(visitor, world):
    general = OLD | {"severity": "general", "decided_on": "2026-05-06"}
    late = asked(visitor, **general, day="2026-12-28")
    assert "2027年节假日安排尚未公布" in late
    early = asked(visitor, **general, day="2026-09-01")
    assert "当日申请，不晚于" in early
    assert "尚未公布" not in early


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"day": "tomorrow"}, "请按“年-月-日”填写"),
        ({"day": "1900-01-01"}, "日期应在1949年至2099年之间"),
        ({"other_day": "2025-01-01"}, "日期不能晚于判定日、对比日"),
        ({"decided_on": "2999-01-01"}, "日期应在1949年至2099年之间"),
        ({"yuan": "many"}, "请填写整数"),
        ({"severity": "fatal"}, "有效"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(visitor, world, change, message):
    page = asked(visitor, **(OLD | {"day": "2026-06-01"} | change))
    assert message in page
    assert '<article class="verdict' not in page
    assert 'class="field-error"' in page


def test_every_reason_shows_article_start_and_arithmetic(visitor, world):
    page = asked(visitor, **OLD, day="2026-11-23")
    reasons = re.findall(r'<ol class="reasons">(.*?)</ol>', page, re.DOTALL)[0].split("<li>")[1:]
    assert reasons
    assert all("依据：" in one and "起算" in one and 'class="sure' in one for one in reasons)


def test_a_search_reads_the_regions_rules_once_for_all_records(
    visitor, world, repairable, django_assert_max_num_queries, firm_code
):
    for unit in ("zjj", "wlj", "xfdd", "sthjj"):
        world.a_record(unit=unit, decided_on=repairable.decided_on, published_on=repairable.published_on)
    with django_assert_max_num_queries(60) as few:
        visitor.get("/search", {"q": firm_code})
    rules = [query["sql"] for query in few.captured_queries if "cases_regionrule" in query["sql"]]
    assert len(rules) <= 2


@pytest.mark.parametrize(
    ("code", "ends"),
    [("statistics_violation", "待核实"), ("judgment_defaulter", "待核实"), ("abnormal_operation", "移出前一直公示")],
)
def test_a_list_is_shown_until_removal_only_where_no_reading_names_an_end(visitor, world, code, ends):
    form = CalculatorForm(registry[code])
    names = [name for name in ("decided_on", "published_on", "listed_on", "corrected_on") if name in form.fields]
    page = asked(
        visitor, category=code, ask="1", duties_done="yes", day="2026-11-23", **dict.fromkeys(names, "2024-10-10")
    )
    assert f'<dt>公示最迟至</dt><dd class="num">{ends}</dd>' in page


def test_a_last_day_that_only_one_reading_gives_carries_the_mark(visitor, world):
    page = asked(visitor, **(OLD | {"severity": "general"}), day="2026-11-23")
    told = page.split("<dt>公示最迟至</dt>")[1].split("</dd>")[0]
    assert "2026年12月20日" in told and "待核实" in told


def test_readings_that_say_the_same_are_one_row(visitor, world):
    listed = dict.fromkeys(("decided_on", "listed_on"), "2024-10-10")
    page = asked(visitor, category="market_violation", ask="1", duties_done="yes", day="2026-11-23", **listed)
    rows = page.split("<tbody>")[1].split("</tbody>")[0].split("<tr>")[1:]
    assert len(rows) == len(set(rows)) > 1


def test_the_court_is_named_and_a_wrong_form_says_so_at_its_head(visitor, world):
    court = asked(visitor, category="judgment_defaulter", ask="1", duties_done="yes", listed_on="2024-10-10")
    assert "由人民法院办理" in court and "由认定单位办理" not in court
    assert "<dt>最早可申请</dt>" not in court
    wrong = asked(visitor, **(OLD | {"yuan": "many"}))
    assert (
        wrong.index("没有测算，请先改正以下内容")
        < wrong.index("罚款金额（元）：请填写整数")
        < wrong.index("<form class")
    )
