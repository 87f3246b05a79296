"""待核实事项 by page: read by all staff, answered by the supervising bureau, tried first, with everything typed kept."""

from datetime import date, timedelta

from django.urls import reverse
from django.utils import timezone

from cases.categories import national_pack, unanswered_rows
from cases.desk.rule_words import GOVERNS_WORDS, STARTS, UNITS_SHOWN, WHEN_WORDS, shown
from cases.law.questions import QUESTIONS
from cases.law.rules import COUNTS_FROM, GOVERNS, UNITS, WHEN
from cases.models import RegionRule, RuleRun
from cases.overrides import overrides_of
from cases.questions import all_answers
from creditrepair.tenancy.context import region_context
from tests.desk.test_pages import page
from tests.routes_rules import PAPER, finished
from tests.world import JINCHUAN, YONGCHANG

OLD = date(2025, 12, 1)  # decided under 58令: its answer hangs on Q1


def today():
    return timezone.localdate()


def typed(value="old", **changes):
    cited = {name: str(text) for name, text in PAPER.items()}
    return {"action": "set", "value": value, "in_force_from": f"{today():%Y-%m-%d}"} | cited | changes


def ask(client, answer="older_records", **changes):
    return client.post(reverse("desk:rule_answer", args=[answer]), typed(**changes))


def run_of(response):
    ref = response["Location"].rstrip("/").rsplit("/", 1)[1]
    with region_context(YONGCHANG):
        return RuleRun.objects.get(ref=ref)


def a_forecast(client, answer="older_records", **changes):
    """A finished forecast, asked for by page."""
    response = ask(client, answer, **changes)
    assert response.status_code == 302, response.content.decode()
    return finished(run_of(response))


def confirm(client, run, **changes):
    form = {name: str(text) for name, text in PAPER.items()} | changes
    return client.post(reverse("desk:rule_confirm", args=[run.ref]), form)


def settle(client, answer="older_records", **changes):
    run = a_forecast(client, answer, **changes)
    response = confirm(client, run)
    assert response.status_code == 302, response.content.decode()
    return run, finished(run_of(response))


def versions():
    with region_context(YONGCHANG):
        return list(RegionRule.objects.filter(region_id=YONGCHANG).order_by("id"))


def old_records(world, number=3):
    return [
        world.a_record(unit="wlj", decided_on=OLD, published_on=OLD, severity="serious") for _ in range(number)
    ]  # fmt: skip


# --- reading ----------------------------------------------------------------------------------------------------------


def test_every_question_and_every_matter_stands_on_the_page_for_all_staff(world, sign_in):
    old_records(world)
    for who in ("wang", "qian", "li", "feng", "chen", "zheng"):
        text = page(sign_in(who), "rules").content.decode()
        for question in QUESTIONS.values():
            assert question in text
        for answer in all_answers().values():
            assert answer.title_zh in text
            assert reverse("desk:rule_answer", args=[answer.code]) in text
    assert page(sign_in("zhao"), "rules").status_code == 403


def test_the_reach_of_a_matter_counts_what_is_published_in_the_own_region(world, sign_in):
    old_records(world, 3)
    world.a_record(unit="wlj", region=JINCHUAN)
    touched = {
        one.matter.answer.code: one.touched
        for question in page(sign_in("qian"), "rules").context_data["questions"]
        for one in question.matters
    }
    assert touched["older_records"] == 3
    assert touched["start_107"] == 0
    world.a_record(unit="scjgj")
    again = page(sign_in("qian"), "rules").context_data["questions"]
    assert {one.matter.answer.code: one.touched for q in again for one in q.matters}["start_107"] == 1


def test_each_matter_has_its_page_and_others_are_not_found(world, sign_in):
    wang = sign_in("wang")
    for code, answer in all_answers().items():
        response = page(wang, "rule_answer", code)
        assert response.status_code == 200, code
        assert answer.title_zh in response.content.decode()
    assert page(wang, "rule_answer", "nonsense").status_code == 404


def test_every_word_of_the_rule_table_has_its_words(world):
    assert set(GOVERNS_WORDS) >= GOVERNS
    assert set(WHEN_WORDS) == set(WHEN)
    assert set(STARTS) == set(COUNTS_FROM)
    assert set(UNITS_SHOWN) == set(UNITS)
    for rule in unanswered_rows(YONGCHANG):
        row = shown(rule)
        assert row.value not in ("", "None", "True", "False"), rule.key
        assert row.category
        assert row.certainty


def test_the_rule_table_is_read_page_by_page_without_loss(world, sign_in):
    client, seen, number = sign_in("he"), [], 1
    while True:
        shown_page = page(client, "rule_rows", page=number).context_data
        seen += [row.rule.key for row in shown_page["rows"]]
        if number >= shown_page["pages"]:
            break
        number += 1
    assert sorted(seen) == sorted(rule.key for rule in unanswered_rows(YONGCHANG))
    assert number > 1


def test_the_rule_table_answers_filters_and_days(world, sign_in):
    client = sign_in("he")
    found = page(client, "rule_rows", governs="display_min", day="2026-03-31", category="administrative_penalty")
    keys = {row.rule.key for row in found.context_data["rows"]}
    expected = {
        rule.key
        for rule in national_pack().rules
        if rule.governs == "display_min"
        and rule.in_force(date(2026, 3, 31))
        and rule.category in (None, "administrative_penalty")
    }
    assert keys == expected
    later = page(client, "rule_rows", governs="display_min", day="2026-04-01", category="administrative_penalty")
    assert {row.rule.key for row in later.context_data["rows"]} != expected
    assert found.context_data["count"] == len(expected)
    assert page(client, "rule_rows", governs="nonsense").status_code == 422
    bad = page(client, "rule_rows", day="2026-02-30")
    assert bad.status_code == 422
    assert "请按 2026-11-23 的样子填写日期。" in bad.content.decode()


# --- answering --------------------------------------------------------------------------------------------------------


def test_only_the_supervising_bureau_is_offered_the_form_and_may_send_it(world, sign_in):
    old_records(world)
    assert "<button" in page(sign_in("wang"), "rule_answer", "older_records").content.decode()
    for who in ("qian", "zhou", "chen", "feng", "zheng"):
        text = page(sign_in(who), "rule_answer", "older_records").content.decode()
        assert 'name="in_force_from"' not in text
        assert ask(sign_in(who)).status_code == 403
    with region_context(YONGCHANG):
        assert not RuleRun.objects.filter(region_id=YONGCHANG).exists()
    assert ask(sign_in("wang")).status_code == 302


def test_a_try_counts_and_sets_nothing_and_only_then_offers_to_set(world, sign_in):
    records, wang = old_records(world), sign_in("wang")
    response = ask(wang)
    waiting = wang.get(response["Location"])
    text = waiting.content.decode()
    assert "等待开始" in text
    assert '<meta http-equiv="refresh"' in text
    assert "确定并施行" not in text
    early = confirm(wang, run_of(response))
    assert early.status_code == 409
    assert "试算尚未完成" in early.content.decode()
    finished(run_of(response))
    done = wang.get(response["Location"])
    text = done.content.decode()
    assert "3条信息结论改变" in text
    assert "确定并施行" in text
    assert '<meta http-equiv="refresh"' not in text
    assert [change.thing for change in done.context_data["changes"]] == [record.ref for record in records]
    assert all(change.why_before and change.why_after for change in done.context_data["changes"])
    for name in ("basis_name", "basis_number", "basis_from", "reason"):
        assert str(PAPER[name]) in text  # typed before the try
    assert versions() == []


def test_what_the_forecast_said_is_what_happens_and_the_page_says_so(world, sign_in):
    records, wang = old_records(world), sign_in("wang")
    forecast, result = settle(wang)
    assert forecast.counts == result.counts
    assert result.counts["status_changed"] == 3
    text = page(wang, "rule_run", result.ref).content.decode()
    assert "结果与试算一致" in text
    (version,) = versions()
    assert (version.answer, version.value, version.basis_number) == ("older_records", "old", "发改办财金〔2026〕88号")
    with region_context(YONGCHANG):
        for record in records:
            before = record.eligible_pack
            record.refresh_from_db()
            assert record.eligible_pack != before
    shown_page = page(wang, "rule_answer", "older_records").content.decode()
    assert "第1版" in shown_page
    assert "王督" in shown_page
    assert "本行政区确定" in page(sign_in("qian"), "rule_answer", "older_records").content.decode()
    assert "★ 本行政区" in page(sign_in("qian"), "rules").content.decode()
    assert "★ 本行政区" not in page(sign_in("zheng"), "rules").content.decode()
    assert "第1版" in page(wang, "rule_run", forecast.ref).content.decode()
    assert "确定并施行" not in page(wang, "rule_run", forecast.ref).content.decode()


def test_a_result_that_differs_from_its_forecast_is_said_plainly(world, sign_in):
    old_records(world)
    wang = sign_in("wang")
    run = a_forecast(wang)
    old_records(world, 2)  # collected meanwhile
    result = finished(run_of(confirm(wang, run)))
    text = page(wang, "rule_run", result.ref).content.decode()
    assert "结果与试算不一致" in text
    assert "3条信息结论改变" in text
    assert "5条信息结论改变" in text


def test_each_fault_of_a_citation_stands_in_its_field_and_what_was_typed_stays(world, sign_in):
    old_records(world)
    wang = sign_in("wang")
    run = a_forecast(wang)
    empty = confirm(wang, run, basis_number="", basis_rank="", basis_from="", reason="")
    assert empty.status_code == 422
    assert set(empty.context_data["form"].errors) == {"basis_number", "basis_rank", "basis_from", "reason"}
    assert PAPER["basis_name"] in empty.content.decode()
    draft = confirm(wang, run, basis_name="信用修复条例（征求意见稿）")
    assert draft.status_code == 422
    assert "不能作为依据" in draft.content.decode()
    early = confirm(wang, run, basis_from=f"{today() + timedelta(days=1):%Y-%m-%d}")
    assert early.status_code == 422
    assert "适用日期不能早于依据的施行日期" in early.content.decode()
    assert versions() == []
    assert confirm(wang, run).status_code == 302


def test_nothing_is_set_without_a_try_nor_by_those_who_only_read(world, sign_in):
    old_records(world)
    wang = sign_in("wang")
    run = a_forecast(wang)
    assert page(sign_in("feng"), "rule_run", run.ref).status_code == 200
    assert "赵" not in page(sign_in("feng"), "rule_run", run.ref).content.decode()
    assert page(sign_in("feng"), "rule_run", run.ref).context_data["changes"] == []
    for who, answer in (("feng", 403), ("qian", 403), ("zhou", 403), ("zheng", 403), ("chen", 403)):
        assert confirm(sign_in(who), run).status_code == answer
    assert page(wang, "rule_run", "0" * 20).status_code == 404
    assert confirm(wang, RuleRun(ref="0" * 20)).status_code == 404
    assert versions() == []
    assert confirm(wang, run).status_code == 302
    with region_context(YONGCHANG):
        result = RuleRun.objects.get(what="recompute", proposal__until=versions()[0].pk)
    assert confirm(wang, result).status_code == 404  # a recompute is no forecast


def test_a_forecast_of_other_rules_is_stale_and_says_so(world, sign_in):
    old_records(world)
    wang = sign_in("wang")
    first = a_forecast(wang)
    settle(wang, "decide_wd", value="9")
    stale = confirm(wang, first)
    assert stale.status_code == 409
    assert "规则已变化，请重新试算。" in stale.content.decode()
    assert PAPER["basis_name"] in stale.content.decode()
    assert [version.answer for version in versions()] == ["decide_wd"]


def test_values_that_cannot_be_are_said_beside_the_value(world, sign_in):
    wang = sign_in("wang")
    for value in ("", "0", "61", "7.5", "七"):
        answer = ask(wang, "decide_wd", value=value)
        assert answer.status_code == 422, value
        assert answer.context_data["form"].errors["value"]
        assert PAPER["basis_name"] in answer.content.decode()
    assert ask(wang, "older_records", value="maybe").status_code == 422
    late = ask(wang, "decide_wd", value="9", in_force_from="2026-13-01")
    assert late.context_data["form"].errors["in_force_from"] == ["请按 2026-11-23 的样子填写日期。"]
    with region_context(YONGCHANG):
        assert not RuleRun.objects.filter(region_id=YONGCHANG).exists()


def test_a_list_of_matters_and_a_composed_value_come_through_the_form(world, sign_in):
    wang = sign_in("wang")
    lines = {
        "value.0.category": "administrative_penalty",
        "value.0.text": "涉及党的领导和国家安全的信息",
        "value.1.category": "administrative_penalty",
        "value.1.field": "food",
        "value.1.text": "食品安全严重违法",
    }
    run = a_forecast(wang, "not_repairable", **lines)
    assert run.proposal["version"]["value"] == [
        {"category": "administrative_penalty", "text": "涉及党的领导和国家安全的信息"},
        {"category": "administrative_penalty", "field": "food", "text": "食品安全严重违法"},
    ]
    half = ask(wang, "not_repairable", **{"value.4.field": "food"})
    assert half.status_code == 422
    code = next(code for code, answer in all_answers().items() if answer.unit == "parts")
    parts = {"value.min": "6", "value.max": "36", "value.counts_from": "listing"}
    assert a_forecast(wang, code, **parts).proposal["version"]["value"] == {
        "min": 6, "max": 36, "counts_from": "listing",
    }  # fmt: skip


def test_coming_back_from_a_forecast_everything_typed_is_there(world, sign_in):
    wang = sign_in("wang")
    run = a_forecast(wang, "decide_wd", value="9")
    text = wang.get(reverse("desk:rule_answer", args=["decide_wd"]), {"from": run.ref}).content.decode()
    assert 'value="9"' in text
    assert PAPER["basis_name"] in text
    other = sign_in("wang").get(reverse("desk:rule_answer", args=["decide_wd"]), {"from": run.ref}).content.decode()
    assert PAPER["basis_name"] not in other  # another session's typing is its own


def test_an_answer_is_ended_in_the_same_two_steps(world, sign_in):
    old_records(world)
    wang = sign_in("wang")
    none = ask(wang, action="end")
    assert none.status_code == 409
    assert "无需停止适用" in none.content.decode()
    settle(wang)
    assert overrides_of(YONGCHANG)[-1].value == "old"
    forecast, result = settle(wang, action="end")
    assert "停止适用，恢复国家规则" in page(wang, "rule_run", forecast.ref).content.decode()
    assert forecast.counts == result.counts
    assert result.counts["status_changed"] == 3
    assert [version.action for version in versions()] == ["set", "end"]
    assert page(wang, "rule_answer", "older_records").context_data["shown"].source == "national"
    assert "停止适用" in page(wang, "rule_answer", "older_records").content.decode()


def test_an_answer_that_holds_later_is_announced(world, sign_in):
    wang = sign_in("wang")
    day = today() + timedelta(days=30)
    settle(wang, "decide_wd", value="9", in_force_from=f"{day:%Y-%m-%d}")
    shown_page = page(wang, "rule_answer", "decide_wd")
    assert shown_page.context_data["shown"].source == "national"
    assert f"{day:%Y-%m-%d}起" in shown_page.content.decode()
    assert f"{day:%Y-%m-%d}起另有新值" in page(wang, "rules").content.decode()


def test_no_code_of_a_program_stands_where_a_value_should(world):
    latin = [
        rule.key
        for rule in unanswered_rows(YONGCHANG)
        if shown(rule).value.isascii() and not shown(rule).value.isdigit()
    ]
    assert latin == []


def test_days_the_wrong_way_round_are_said_before_the_forecast(world, sign_in):
    wang = sign_in("wang")
    answer = ask(wang, "decide_wd", value="9", in_force_from="2026-04-01", basis_from="2026-06-01")
    assert answer.status_code == 422
    assert answer.context_data["form"].errors["in_force_from"] == ["适用日期不能早于依据的施行日期（2026-06-01）。"]
