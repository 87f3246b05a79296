"""A clerk at 1366 × 768 with the keyboard alone, from 下一位 to the receipt; and what the printers get."""

import re
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from cases.models import Application, FailureRecord
from creditrepair.tenancy.context import region_context
from tests.browser.conftest import Windows
from tests.browser.scene import repairable
from tests.browser.windows import sideways
from tests.counter_scene import WINDOW, begun, clerk, handed_in
from tests.desk.test_pages import a_pdf
from tests.world import FIRM_B, YONGCHANG, World

FIVE = 5
POINT = 72 / 25.4  # points in a millimetre
# Every activation of a button, link or box is a click event, by key or by mouse; of a mouse it has a detail above 0.
COUNT = """
sessionStorage.presses ??= "0";
document.addEventListener("click", event => {
  sessionStorage.presses = String(Number(sessionStorage.presses) + 1);
  if (event.detail > 0) sessionStorage.mouse = "used";
}, true);
"""


@pytest.fixture
def record(house: World) -> FailureRecord:
    """A record to file for, of a firm whose authority was recorded at the counter before."""
    now = timezone.now()
    with transaction.atomic():
        earlier = house.a_record(FIRM_B, "zjj", **repairable(now))
        handed_in(house, begun(house, FIRM_B, now=now), earlier, now=now)
        clerk(house)
        return house.a_record(FIRM_B, "zjj", **repairable(now))


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until `target` has the focus: whoever has no mouse gets there too."""
    for _ in range(80):
        if target.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no way to {target} by Tab")


def presses(page: Page) -> tuple[int, str | None]:
    return int(page.evaluate("sessionStorage.presses")), page.evaluate("sessionStorage.mouse ?? null")


def test_five_presses_from_the_next_visitor_to_the_receipt(windows: Windows, record: FailureRecord):
    page = windows.open("li")
    page.goto("/counter/")
    tab_to(page, page.get_by_label("本次值守窗口"))
    page.keyboard.type(WINDOW)
    page.keyboard.press("Enter")
    expect(page.get_by_text("窗口已登记。")).to_be_visible()
    page.goto("/counter/entrance")
    page.keyboard.type(f"https://example.cn/?uniscid={FIRM_B}\n")  # the scanner ends with Enter, and that draws nothing
    expect(page).to_have_url(re.compile("/counter/entrance$"))
    page.keyboard.press("1")
    expect(page.locator(".big-number")).to_have_text("A001")
    page.add_init_script(COUNT)
    page.goto("/counter/")

    page.keyboard.press("F2")  # 1
    expect(page.get_by_role("heading", name=re.compile("河西堡惠农"))).to_be_visible()
    expect(page.get_by_text("沿用已登记的授权")).to_be_visible()
    assert sideways(page) == ""
    tab_to(page, page.get_by_label("核实方式"))
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("核实方式")).to_have_value("done")
    tab_to(page, page.get_by_label("核实情况或补充说明"))
    page.keyboard.type("10:20 与负责人核实")
    page.keyboard.press("F8")  # 2
    expect(page.get_by_role("heading", name="代为提交")).to_be_visible()
    expect(page.get_by_role("checkbox", name=re.compile(re.escape(record.doc_no)))).to_be_checked()
    tab_to(page, page.get_by_role("checkbox", name="没有凭证，由处罚单位核实"))
    page.keyboard.press("Space")  # 3
    tab_to(page, page.get_by_role("checkbox", name=re.compile("已向经办人宣读全文")))
    page.keyboard.press("Space")  # 4
    page.keyboard.press("F8")  # 5
    expect(page.locator(".query-code")).to_have_text(re.compile(r"^([0-9A-Z]{4}-){3}[0-9A-Z]{4}$"))
    assert presses(page) == (FIVE, None)
    with region_context(YONGCHANG):
        filed = Application.objects.latest("id")
    assert (filed.channel, filed.authority["window"], filed.subject_id) == ("counter", WINDOW, FIRM_B)
    expect(page.locator(".receipt-no")).to_contain_text(filed.filing_no)


def test_a_draft_is_kept_as_one_types_and_a_picture_when_it_is_chosen(
    windows: Windows, house: World, record: FailureRecord
):
    with transaction.atomic():
        draft = begun(house, FIRM_B, now=timezone.now())
    page = windows.open("li")
    page.goto(f"/counter/file/{draft.ref}/")
    page.get_by_label("加急原因（选填）").fill("参加投标")
    expect(page.locator("[data-saved]")).to_contain_text("已自动保存")
    proof = {"name": "缴款凭证.pdf", "mimeType": "application/pdf", "buffer": a_pdf()}
    page.get_by_role("group", name=re.compile("履行")).locator("input[type=file]").set_input_files(proof)
    expect(page.locator("[data-file]")).to_have_text("已上传：缴款凭证.pdf")
    page.reload()
    expect(page.get_by_label("加急原因（选填）")).to_have_value("参加投标")
    expect(page.get_by_text("已上传：缴款凭证.pdf")).to_be_visible()

    page.route("**/keep", lambda route: route.fulfill(status=200, body="<h1>登录</h1>"))  # signed out elsewhere
    page.get_by_label("加急原因（选填）").fill("参加明日投标")
    expect(page.locator(".saved-line.is-warn")).to_contain_text("暂时没有保存上，内容仍在本页")
    page.unroute("**/keep")
    page.get_by_label("加急原因（选填）").fill("参加后天投标")
    expect(page.locator("[data-saved]")).to_contain_text("已自动保存")
    assert page.locator(".saved-line.is-warn").count() == 0


def test_what_a_scanner_types_anywhere_lands_in_the_box_and_arrows_walk_the_results(
    windows: Windows, record: FailureRecord
):
    page = windows.open("li")
    page.goto("/counter/")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.type("河西堡")
    expect(page.get_by_role("searchbox")).to_have_value("河西堡")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="查找结果")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-results] a").first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("河西堡惠农"))).to_be_visible()
    page.keyboard.press("F4")
    expect(page).to_have_url(re.compile("/counter/$"))


def _pages(pdf: bytes) -> list[tuple[int, int]]:
    """Width and height of each page in millimetres."""
    with pikepdf.open(BytesIO(pdf)) as opened:
        return [(round(float(p.mediabox[2]) / POINT), round(float(p.mediabox[3]) / POINT)) for p in opened.pages]


def test_the_receipt_fits_one_sheet_and_one_slip_and_the_blank_form_one_sheet(
    windows: Windows, house: World, record: FailureRecord, tmp_path: Path
):
    with transaction.atomic():
        ref = handed_in(house, begun(house, FIRM_B, now=timezone.now()), record, now=timezone.now())
    page = windows.open("li")
    page.goto(f"/counter/receipt/{ref}")
    page.keyboard.press("F8")
    expect(page.locator(".again")).to_have_text("补打")
    assert _pages(page.pdf(prefer_css_page_size=True)) == [(210, 297)]
    page.evaluate("document.body.classList.add('slip')")
    assert _pages(page.pdf(prefer_css_page_size=True)) == [(80, 260)]
    page.goto("/counter/paper")
    assert _pages(page.pdf(prefer_css_page_size=True)) == [(210, 297)]
