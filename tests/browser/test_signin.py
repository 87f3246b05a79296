"""Signing in by telephone on a small screen, and the bar that comes before an idle session ends."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Windows
from tests.browser.pictures import keep
from tests.browser.windows import sideways
from tests.routes_signin import latest_code
from tests.world import World

PHONE = {"width": 390, "height": 844}


@pytest.mark.parametrize("size", [PHONE, {"width": 1366, "height": 768}], ids=["390", "1366"])
def test_a_new_person_signs_in_by_a_code_and_registers(windows: Windows, house: World, size):
    page = windows.open(**size)
    page.goto("/login?next=/firms/")
    page.get_by_label("手机号码", exact=True).fill("138 0000 0001")
    page.get_by_role("button", name="获取验证码").click()
    expect(page.get_by_role("heading", name="输入验证码")).to_be_visible()
    assert sideways(page) == ""
    page.get_by_label("6位验证码").fill(f"{(int(latest_code()) + 1) % 10**6:06d}")
    page.get_by_role("button", name="确认").click()
    expect(page.get_by_text("验证码不正确")).to_be_visible()
    keep(page, f"login-code-{size['width']}")
    page.get_by_label("6位验证码").fill(latest_code())
    page.get_by_role("button", name="确认").click()
    expect(page.get_by_role("heading", name="登记账号")).to_be_visible()
    assert sideways(page) == ""
    page.get_by_label("姓名").fill("钱新")
    keep(page, f"register-{size['width']}")
    page.get_by_label("我已阅读").check()
    page.get_by_role("button", name="登记并登录").click()
    expect(page.get_by_role("heading", name="我的单位")).to_be_visible()
    keep(page, f"firms-new-{size['width']}")
    assert sideways(page) == ""


def test_before_an_idle_session_ends_a_bar_says_so_and_one_press_goes_on(windows: Windows, house: World, settings):
    settings.SESSION_WARNING_SECONDS = settings.SESSION_IDLE_SECONDS["applicant"] + 60  # it is time at once
    page = windows.open("zhao", **PHONE)
    page.goto("/my/")
    bar = page.locator("#idle")
    expect(bar).to_be_visible(timeout=10_000)
    expect(bar).to_contain_text("将自动退出登录")
    keep(page, "idle-390")
    with page.expect_response("**/stay") as answered:
        bar.get_by_role("button", name="继续使用").click()
    assert answered.value.status == 200
