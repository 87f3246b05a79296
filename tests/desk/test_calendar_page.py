"""The working-day calendar by page: what counts and what is provisional; a notice is looked at before it is loaded."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.deadlines import calendar_between
from cases.models import RegionDay
from creditrepair.tenancy.context import region_context
from tests.desk.test_pages import page
from tests.law.test_notice import NOTICE_2026
from tests.world import JINCHUAN, TODAY, YONGCHANG

REAL = timezone.localdate

SOURCE = "国务院办公厅关于2026年部分节假日安排的通知（国办发明电〔2025〕7号）"
# The notice with one more day off: what the calendar says otherwise, and so what loading it changes.
OTHERWISE = NOTICE_2026.replace(
    "端午节：6月19日（周五）至21日（周日）放假，共3天。", "端午节：6月18日（周四）至21日（周日）放假，共4天。"
)


@pytest.fixture(autouse=True)
def _in_2026(monkeypatch):
    """The pages offer the years around the day of the test; these tests speak of 2026."""
    monkeypatch.setattr(timezone, "localdate", lambda *a: TODAY if not a else REAL(*a))


def form(text=NOTICE_2026, source=SOURCE):
    return {"notice-text": text, "notice-source": source}


def send(client, name, data):
    return client.post(reverse(f"desk:{name}"), data)


def entered():
    with region_context(YONGCHANG):
        return RegionDay.objects.filter(region_id=YONGCHANG).count()


def works(day, region=YONGCHANG):
    return calendar_between(day, day, region).is_workday(day)


def test_the_year_tells_what_is_worked_off_and_not_known_yet(world, sign_in):
    for who in ("qian", "li", "feng", "chen", "wang", "zheng"):
        answer = page(sign_in(who), "calendar")
        assert answer.status_code == 200
        assert "2027年节假日安排尚未录入，跨入该年的日期均为暂定" in answer.content.decode()
    months = page(sign_in("qian"), "calendar", year=2026).context_data["page"].months
    days = {day.day: day for month in months for week in month.weeks for day in week if day}
    assert len(days) == 365
    assert (days[date(2026, 2, 14)].mark, days[date(2026, 2, 14)].word) == ("班", "调休上班")
    assert (days[date(2026, 2, 16)].mark, days[date(2026, 2, 16)].works) == ("休", False)
    assert (days[date(2026, 2, 15)].mark, days[date(2026, 2, 15)].works) == ("", False)  # a Sunday as any other
    assert sum(month.worked for month in months) == sum(day.works for day in days.values())
    later = page(sign_in("qian"), "calendar", year=2027).content.decode()
    assert "暂定：周末和法定节假日，调休未知" in later
    assert page(sign_in("qian"), "calendar", year=1999).status_code == 404
    assert page(sign_in("zhao"), "calendar").status_code == 403


def test_only_the_administrator_finds_the_form_and_may_send_it(world, sign_in):
    assert reverse("desk:calendar_preview") in page(sign_in("chen"), "calendar").content.decode()
    assert reverse("desk:calendar_preview") not in page(sign_in("wang"), "calendar").content.decode()
    for who in ("wang", "qian", "feng", "zheng"):
        for name in ("calendar_preview", "calendar_load"):
            assert send(sign_in(who), name, form()).status_code == 403
    assert entered() == 0
    assert send(sign_in("chen"), "calendar_preview", form()).status_code == 200


def test_a_preview_reads_each_holiday_tells_what_moves_and_writes_nothing(world, sign_in):
    answer = send(sign_in("chen"), "calendar_preview", form(OTHERWISE))
    text = answer.content.decode()
    assert "读出 2026 年安排：7 个节日" in text
    assert "6月18日、6月19日、6月20日、6月21日" in text
    assert "2026-06-18　放假（端午节）" in text
    assert SOURCE in text
    assert "确定录入" in text
    assert entered() == 0
    assert works(date(2026, 6, 18)) is True


def test_open_cases_that_move_are_named_before_and_told_after(world, sign_in):
    case = world.a_case("in_review", unit="wlj")
    due = world.fresh(case).due_on
    days = f"{due.month}月{due.day}日"
    longer = NOTICE_2026 + f"八、国庆节：{days}放假，共1天。\n"
    text = send(sign_in("chen"), "calendar_preview", form(longer)).content.decode()
    assert "1 件办件的期限随之变动" in text
    assert case.ref in text
    assert case.subject_id not in text  # the administrator sees no case
    done = sign_in("chen").post(reverse("desk:calendar_load"), form(longer), follow=True)
    assert "1件办件的期限随之变动" in done.content.decode()
    assert world.fresh(case).due_on > due


def test_problems_stand_by_line_and_the_text_stays(world, sign_in):
    wrong = OTHERWISE.replace("共4天", "共5天").replace("1月4日（周日）", "1月4日（周五）")
    for name in ("calendar_preview", "calendar_load"):
        answer = send(sign_in("chen"), name, form(wrong))
        assert answer.status_code == 422
        text = answer.content.decode()
        assert "第3行" in text
        assert "第7行" in text
        assert "共5天" in text
        assert SOURCE in text
    nothing = send(sign_in("chen"), "calendar_preview", form(source=""))
    assert nothing.context_data["form"].errors["source"]
    assert entered() == 0


def test_a_loaded_notice_holds_in_its_region_only_and_is_withdrawn_with_a_reason(world, sign_in):
    chen = sign_in("chen")
    done = chen.post(reverse("desk:calendar_load"), form(OTHERWISE), follow=True)
    assert "2026年节假日安排已录入" in done.content.decode()
    assert (works(date(2026, 6, 18)), works(date(2026, 6, 18), JINCHUAN)) == (False, True)
    shown = page(sign_in("qian"), "calendar", year=2026).content.decode()
    assert SOURCE in shown
    assert "陈参" in shown
    again = send(chen, "calendar_load", form(OTHERWISE))
    assert again.status_code == 422
    assert "无需再次录入" in again.content.decode()
    assert (
        send(sign_in("wang"), "calendar_withdraw", {"withdraw-year": "2026", "withdraw-reason": "错"}).status_code
        == 403
    )
    empty = send(chen, "calendar_withdraw", {"withdraw-year": "2026", "withdraw-reason": ""})
    assert empty.status_code == 422
    assert works(date(2026, 6, 18)) is False
    assert send(chen, "calendar_withdraw", {"withdraw-year": "2026", "withdraw-reason": "录入有误"}).status_code == 302
    assert works(date(2026, 6, 18)) is True
    nothing = send(chen, "calendar_withdraw", {"withdraw-year": "2026", "withdraw-reason": "录入有误"})
    assert nothing.status_code == 422
    assert "没有录入2026年" in nothing.content.decode()
