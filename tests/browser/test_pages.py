"""Every page for everybody: no barrier, no sideways scrolling, nothing against the content policy, no script needed."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Windows
from tests.browser.scene import draw
from tests.browser.windows import barriers, sideways
from tests.world import FIRM_A, World

STAFF = ("/desk", "/counter")


@pytest.mark.parametrize("elder", [False, True], ids=["normal", "elder"])
def test_no_page_has_barriers_or_scrolls_sideways(windows: Windows, house: World, elder: bool):
    found: dict[str, str | list[str]] = {}
    for look in draw(house).looks:
        if elder and (look.address.startswith(STAFF) or not look.main):
            continue  # desk pages have one mode
        page = windows.open(look.who, elder=elder) if look.who not in windows.pages else windows.pages[look.who]
        page.set_viewport_size({"width": 1366, "height": 768})
        page.goto(look.address)
        for width in (1366, 390, 320):
            page.set_viewport_size({"width": width, "height": 768})
            if over := sideways(page):
                found[f"{look.name} at {width}"] = over
            if look.main and width != 320 and (lines := barriers(page)):
                found[f"{look.name} at {width}"] = lines
    assert not found, "\n".join(f"{where}: {what}" for where, what in found.items())


def test_a_fault_in_a_page_is_seen(windows: Windows):
    """The watch itself: the content policy refuses an inline style, and that is a fault."""
    page = windows.open()
    page.goto("/about")
    page.evaluate("document.querySelector('h1').setAttribute('style', 'color: red')")
    expect(page.locator("h1")).to_have_attribute("style", "color: red")
    assert [
        re.search("style-src|style attribute|inline style", fault) is not None for fault in windows.watch.faults
    ] == [True]
    windows.watch.faults.clear()


def test_a_picture_too_wide_and_an_unlabelled_field_are_seen(windows: Windows):
    """The measures themselves."""
    page = windows.open(width=390)
    page.goto("/about")
    assert sideways(page) == ""
    assert barriers(page) == []
    page.evaluate(
        "const wide = document.createElement('input'); wide.type = 'text'; wide.size = 200;"
        "document.querySelector('main').append(wide)"
    )
    assert sideways(page) != ""
    assert any(line.startswith("label ") for line in barriers(page))


def test_pages_read_and_work_without_script(windows: Windows, house: World):
    scene = draw(house)
    page = windows.open(width=390, script=False)
    page.goto("/")
    page.get_by_label("企业名称或统一社会信用代码").fill(FIRM_A)
    page.get_by_role("button", name="查询").click()
    expect(page.get_by_text("现在可以申请").first).to_be_visible()
    page.locator("summary").first.click()
    expect(page.locator(".basis").first).to_be_visible()
    page.locator("label[for=menu-toggle]").click()
    page.get_by_role("link", name="办事指南", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("办事指南")
    page.goto("/progress")
    page.get_by_label("查询码").fill(scene.receipt.query_code)
    page.get_by_label("统一社会信用代码后四位").fill(FIRM_A[-4:])
    page.get_by_role("button", name="查询进度").click()
    expect(page.get_by_text("已提交，待受理").first).to_be_visible()

    qian = windows.open("qian", script=False)
    qian.goto(scene.look("case-in-review").address)
    expect(qian.get_by_label("第1项原因")).to_be_hidden()
    qian.locator("label[for=act-correct]").click()
    expect(qian.get_by_label("第1项原因")).to_be_visible()
