"""The public pages on the way to an answer, without script: ask, be told, follow; and as they come out of a printer."""

from django.db import transaction
from playwright.sync_api import expect

from tests import routes_find
from tests.browser.conftest import Windows
from tests.world import FIRM_A, World


def test_questions_inquiries_and_reminders_work_without_script(windows: Windows, house: World):
    with transaction.atomic():
        late = routes_find.a_late_record(house)
    page = windows.open(width=390, script=False)
    page.goto("/faq")
    page.get_by_text("修复要收费吗？").click()
    expect(page.get_by_text("窗口帮办也免费")).to_be_visible()
    page.get_by_label("您想问什么").fill("piaoju")
    page.get_by_role("button", name="搜索").click()
    expect(page.get_by_text("由处罚单位在系统内核实")).to_be_visible()

    page.get_by_role("link", name="在线举报").click()
    expect(page.get_by_role("radio", name="举报代办收费")).to_be_checked()
    page.get_by_label("内容").fill("有人收两千元说三天删除")
    page.get_by_label("联系电话").fill("13800005678")
    page.get_by_role("button", name="提交").click()
    number = page.locator(".code-box b").inner_text()
    page.get_by_role("link", name="查答复").click()
    page.get_by_label("受理编号").fill(number)
    page.get_by_label("电话后四位").fill("5678")
    page.get_by_role("button", name="查答复").click()
    expect(page.get_by_text("有人收两千元说三天删除")).to_be_visible()

    page.goto(f"/search?q={FIRM_A}")
    page.get_by_role("link", name="提醒我（短信）").click()
    page.get_by_label("手机号码").fill("138 0000 1234")
    page.get_by_role("button", name="获取验证码").click()
    expect(page.get_by_text("138****1234")).to_be_visible()
    with transaction.atomic():
        wish = routes_find.latest_wish(late)
        code = routes_find.digits_of(wish.code)
    page.get_by_label("短信验证码").fill(code)
    page.get_by_role("button", name="确认登记").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("已登记短信提醒")
    page.get_by_role("button", name="退订这条提醒").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("已退订")


def test_on_paper_stand_answers_and_reasons_but_no_menus_and_one_card_alone(windows: Windows, house: World):
    with transaction.atomic():
        late = routes_find.a_late_record(house)
        other = routes_find.a_late_record(house)
    page = windows.open()
    page.goto(f"/search?q={FIRM_A}")
    # the printer's own window cannot be looked at: what it would be given is noted instead
    page.evaluate("window.print = () => { document.body.dataset.printed = document.body.className; }")
    cards = page.locator("article.verdict")
    page.emulate_media(media="print")
    for hidden in (page.locator("header.masthead"), page.locator("footer"), page.locator(".verdict .btn").first):
        expect(hidden).to_be_hidden()
    expect(page.get_by_text("本页不作为信用证明").first).to_be_visible()
    expect(cards.first.locator(".reasons")).to_be_visible()
    page.emulate_media(media="screen")
    cards.filter(has_text=late.doc_no).get_by_role("button", name="打印").click()
    assert page.evaluate("document.body.dataset.printed") == "print-one"
    page.evaluate("document.querySelectorAll('article')[0].classList.add('print-me')")
    page.evaluate("document.body.classList.add('print-one')")
    page.emulate_media(media="print")
    assert [card.is_visible() for card in cards.all()] == [True, False]
    assert other.doc_no != late.doc_no

    page.emulate_media(media="screen")
    page.goto("/faq")
    page.emulate_media(media="print")
    expect(page.get_by_text("窗口帮办也免费")).to_be_visible()
    expect(page.locator("form.searchbox")).to_be_hidden()
