"""The pages of rules, forecasts, the calendar and acts beside the decision, in Chromium: they fit, read and follow.

With PICTURES_FOLDER set, each page is also kept as a picture, 1366 × 768 and 390 wide.
"""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from cases.models import RuleRun
from cases.services import recompute, rules
from creditrepair.tenancy.context import region_context
from tests.browser.conftest import Windows
from tests.browser.pictures import FOLDER
from tests.browser.scene import Look
from tests.browser.windows import barriers, sideways
from tests.routes_rules import PAPER, a_case_decided_outside, a_court_record, a_forecast, finished, settle_extension
from tests.world import FIRM_A, FIRM_B, YONGCHANG, World

SIZES = ((1366, 768), (390, 844))


def scene(world: World) -> list[Look]:
    """Everything the pages can show, made by the verbs of the house: one transaction, as a day's work would be."""
    with transaction.atomic():
        return list(_scene(world))


def _scene(world: World) -> Iterator[Look]:
    now = timezone.now()
    today = timezone.localdate(now)
    old = {"decided_on": today - timedelta(days=330), "published_on": today - timedelta(days=325)}
    for n, severity in enumerate(("general", "serious", "general")):
        world.a_record((FIRM_A, FIRM_B)[n % 2], "wlj", severity=severity, field="food", **old)
    record = world.a_record(FIRM_B, "wlj", severity="unset", **old)
    settle_extension(world)
    ready = {"decided_on": today - timedelta(days=200), "published_on": today - timedelta(days=198)}
    case = world.a_case("in_review", unit="wlj", now=now, **ready)
    outside, court = a_case_decided_outside(world), a_court_record(world)
    forecast = a_forecast(world, "older_records", "new")
    set_one = a_forecast(world, "decide_wd", 9)
    wang = world.enter(world.actors["wang"])
    rules.set_answer(
        wang, answer="decide_wd", value=9, in_force_from=today, forecast_ref=set_one.ref, now=now, **PAPER
    )  # fmt: skip
    with region_context(YONGCHANG):
        result = finished(RuleRun.objects.filter(what="recompute").order_by("id").last())
    waiting = rules.ask_what_if(
        world.enter(wang), answer="older_records", value="old", in_force_from=today, now=now
    )  # fmt: skip
    yield Look("rules", "wang", reverse("desk:rules"))
    yield Look("rule-rows", "he", reverse("desk:rule_rows"))
    yield Look("rule-answer", "wang", reverse("desk:rule_answer", args=["older_records"]))
    yield Look("rule-answer-set", "wang", reverse("desk:rule_answer", args=["decide_wd"]))
    yield Look("rule-answer-list", "wang", reverse("desk:rule_answer", args=["not_repairable"]))
    yield Look("rule-answer-read", "qian", reverse("desk:rule_answer", args=["older_records"]))
    yield Look("rule-run-waiting", "wang", reverse("desk:rule_run", args=[waiting.ref]))
    yield Look("rule-run-forecast", "wang", reverse("desk:rule_run", args=[forecast.ref]))
    yield Look("rule-run-result", "wang", reverse("desk:rule_run", args=[result.ref]))
    yield Look("judge", "he", reverse("desk:judge", args=[record.ref]) + "?day=2026-03-31&other=2026-04-01")
    yield Look("calendar", "chen", reverse("desk:calendar"))
    yield Look("calendar-provisional", "qian", reverse("desk:calendar") + f"?year={today.year + 1}")
    yield Look("records-bulk", "he", reverse("desk:records"))
    yield Look("case-extension", "lv", reverse("desk:case", args=[case.ref]))
    yield Look("case-outside", "qian", reverse("desk:case", args=[outside.ref]))
    yield Look("record-court", "zhou", reverse("desk:record", args=[court.ref]))


def keep(page: Page, name: str) -> None:
    if folder := os.environ.get(FOLDER):
        Path(folder).mkdir(parents=True, exist_ok=True)
        width = (page.viewport_size or {"width": 0})["width"]
        page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True, animations="disabled")


def measured(page: Page, name: str, found: dict[str, str | list[str]]) -> None:
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        keep(page, name)
        if over := sideways(page):
            found[f"{name} at {width}"] = over
        if lines := barriers(page):
            found[f"{name} at {width}"] = lines


def test_pages_of_the_law_have_no_barriers_and_do_not_scroll_sideways(windows: Windows, house: World):
    found: dict[str, str | list[str]] = {}
    for look in scene(house):
        page = windows.pages.get(look.who) or windows.open(look.who)
        page.goto(look.address)
        measured(page, look.name, found)
    assert not found, "\n".join(f"{where}: {what}" for where, what in found.items())


def test_a_forecast_is_followed_without_reloading_and_then_set(windows: Windows, house: World):
    """The whole way of an answer in the browser; what was typed first is still there at the end."""
    found: dict[str, str | list[str]] = {}
    with transaction.atomic():
        day = timezone.localdate() - timedelta(days=330)
        house.a_record(FIRM_B, "wlj", severity="serious", decided_on=day, published_on=day)
    page = windows.open("wang")
    page.goto(reverse("desk:rule_answer", args=["older_records"]))
    page.locator("form").filter(has=page.get_by_role("button", name="试算", exact=True)).get_by_label(
        "适用原规定"
    ).check()
    page.get_by_label("依据名称").first.fill(PAPER["basis_name"])
    page.get_by_label("文号").first.fill(PAPER["basis_number"])
    page.get_by_role("button", name="试算", exact=True).click()
    expect(page.get_by_text("等待开始")).to_be_visible()
    with region_context(YONGCHANG):
        run = RuleRun.objects.get(region_id=YONGCHANG)
    assert recompute.advance(run.ref, region=YONGCHANG, seconds=5, now=timezone.now()) is True
    expect(page.get_by_role("heading", name="确定并施行")).to_be_visible()  # the page asked for itself
    assert page.get_by_label("依据名称").input_value() == PAPER["basis_name"]
    page.get_by_label("效力层级").select_option("reply")
    page.get_by_label("依据施行日期").fill("2026-05-01")
    page.get_by_label("说明").fill(PAPER["reason"])
    measured(page, "rule-run-confirm", found)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="确定并施行").click()
    expect(page.get_by_role("status").filter(has_text="等待开始")).to_be_visible()
    assert not found, "\n".join(f"{where}: {what}" for where, what in found.items())


def test_a_notice_and_many_classes_are_looked_at_before_they_count(windows: Windows, house: World):
    found: dict[str, str | list[str]] = {}
    year = timezone.localdate().year
    with transaction.atomic():
        for _ in range(3):
            house.a_record(FIRM_B, "wlj", severity="unset")
    chen = windows.open("chen")
    chen.goto(reverse("desk:calendar"))
    chen.get_by_label("通知名称和文号").fill(f"国务院办公厅关于{year}年部分节假日安排的通知")
    chen.get_by_label("通知全文").fill("春节放假")
    chen.get_by_role("button", name="试读，查看影响").click()
    expect(chen.get_by_text("没有找到标题")).to_be_visible()
    measured(chen, "calendar-faults", found)
    he = windows.open("he")
    he.goto(reverse("desk:records"))
    for box in he.locator('input[name="ref"]').all():
        box.check()
    he.get_by_label("严重").check()
    he.get_by_label("认定理由").fill("吊销许可证")
    he.get_by_role("button", name="试运行").click()
    expect(he.get_by_text("将认定 3 条")).to_be_visible()
    measured(he, "severity-try", found)
    he.set_viewport_size({"width": 1366, "height": 768})
    he.on("dialog", lambda dialog: dialog.accept())
    he.get_by_role("button", name="确认执行").click()
    expect(he.get_by_text("已认定 3 条")).to_be_visible()
    measured(he, "severity-done", found)
    assert not found, "\n".join(f"{where}: {what}" for where, what in found.items())
