"""The wizard in a real browser: two tabs on one draft, photos that are shrunk, a telephone that sends to the desktop."""

import io
import re

import pytest
from django.db import transaction
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Page, expect

from cases.models import Draft, StoredFile
from cases.services.drafts import save_draft, start_draft
from cases.uploads import read_file
from creditrepair.tenancy.context import region_context
from tests.browser.conftest import Windows
from tests.browser.scene import repairable
from tests.browser.windows import barriers, sideways
from tests.world import YONGCHANG, World

PHONE = {"width": 390, "height": 844}
PERSON = {"agent_name": "赵申", "agent_phone": "13800000000", "urgent_reason": "", "bid_on": ""}


@pytest.fixture
def draft(house: World) -> Draft:
    """Zhao's draft with one record chosen."""
    now = timezone.now()
    with transaction.atomic():
        record = house.a_record(unit="scjgj", **repairable(now))
        zhao = house.enter(house.actors["zhao"])
        made = start_draft(zhao, records=[record.ref], now=now)
        changes = {"records": [record.ref], "identity": PERSON}
        return save_draft(zhao, ref=made.ref, version=1, changes=changes, now=now)


def a_photo(side: int = 3000) -> dict[str, object]:
    out = io.BytesIO()
    Image.effect_noise((side, side // 2), 60).convert("RGB").save(out, "JPEG", quality=80)
    return {"name": "凭证.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def pick(page: Page, label: str, *files: dict[str, object]) -> None:
    page.get_by_label(label, exact=True).set_input_files(list(files))


def sizes_stored() -> list[tuple[int, int]]:
    with region_context(YONGCHANG):
        return [Image.open(io.BytesIO(read_file(one))).size for one in StoredFile.objects.order_by("id")]


def test_photos_go_up_one_after_the_other_and_are_shrunk_to_2000_pixels(windows: Windows, draft: Draft):
    page = windows.open("zhao", **PHONE)
    page.goto(f"/apply/{draft.ref}/materials")
    pick(page, "上传履行法定义务、纠正失信行为的证明材料", a_photo(), {**a_photo(600), "name": "二.jpg"})
    expect(page.locator(".file-row")).to_have_count(2)
    expect(page.locator("[data-queue] li")).to_have_count(0)
    assert sideways(page) == ""
    assert sizes_stored() == [(2000, 1000), (600, 300)]


def test_what_is_refused_before_it_is_sent_says_why_and_a_broken_line_offers_another_try(
    windows: Windows, draft: Draft
):
    page = windows.open("zhao")
    page.goto(f"/apply/{draft.ref}/materials")
    label = "上传履行法定义务、纠正失信行为的证明材料"
    pick(page, label, {"name": "票据.exe", "mimeType": "application/octet-stream", "buffer": b"MZ"})
    expect(page.locator(".refused")).to_contain_text("文件“票据.exe”不是可接受的格式")
    page.route("**/upload", lambda route: route.abort("connectionreset"), times=1)
    pick(page, label, a_photo(600))
    expect(page.locator(".refused")).to_contain_text("没有传完")
    windows.watch.faults.clear()  # the broken line was ours
    page.get_by_role("button", name="重试").click()
    expect(page.locator(".file-row")).to_have_count(1)


def test_photos_of_a_telephone_appear_beside_the_code(windows: Windows, draft: Draft):
    desk = windows.open("zhao")
    desk.goto(f"/apply/{draft.ref}/materials")
    with desk.expect_response(re.compile("/phone$")) as answered:
        desk.get_by_role("button", name="用手机拍照上传履行").click()
    assert answered.value.status == 200
    assert barriers(desk) == []
    phone = windows.open(**PHONE)
    phone.goto(address_in(desk))
    assert sideways(phone) == ""
    assert barriers(phone) == []
    with phone.expect_response(lambda answer: answer.request.method == "POST") as sent:
        pick(phone, "上传照片或文件", a_photo(600))
    assert sent.value.json()["fault"] == ""
    expect(phone.locator(".phone-count")).to_contain_text("1 / 9")
    expect(desk.locator("[data-arrived]")).to_contain_text("手机上传")
    phone.get_by_role("button", name="全部传完，完成").click()
    expect(phone.get_by_role("heading", name="已收到1个文件")).to_be_visible()
    desk.wait_for_url("**/materials#*")
    expect(desk.locator(".file-row")).to_contain_text("手机上传")


def address_in(desk: Page) -> str:
    """What the picture says, for a test that has no camera."""
    return desk.locator("[data-address]").get_attribute("data-address") or ""


def test_two_tabs_lose_nothing_and_the_person_chooses(windows: Windows, draft: Draft):
    first, second = windows.open("zhao"), windows.open("zhao")
    for page in (first, second):
        page.goto(f"/apply/{draft.ref}/identity")
    with first.expect_response(lambda answer: answer.request.method == "POST"):
        first.get_by_label("手机号码").fill("13800000009")
    expect(first.locator("[data-saved]")).to_contain_text("已自动保存")
    with second.expect_response(lambda answer: answer.request.method == "POST"):
        second.get_by_label("姓名").fill("钱代")
    expect(second.get_by_label("手机号码")).to_have_value("13800000009")
    with first.expect_response(lambda answer: answer.status == 409):
        first.get_by_label("姓名").fill("孙代")
    expect(first.locator("[data-saved]")).to_contain_text("另一页面已修改“姓名”")
    windows.watch.faults.clear()  # a refused save is told as one
    first.get_by_role("button", name="下一步").click()
    expect(first.get_by_text("另一页面改了同一处，请选择")).to_be_visible()
    assert barriers(first) == []
    first.get_by_role("radio", name="本页填写 孙代").check()
    first.get_by_role("button", name="下一步").click()
    first.wait_for_url("**/materials")
    with region_context(YONGCHANG):
        held = Draft.objects.get(ref=draft.ref).content["identity"]
    assert (held["agent_name"], held["agent_phone"]) == ("孙代", "13800000009")


def test_a_photo_is_turned_by_the_keyboard_and_keeps_its_place(windows: Windows, draft: Draft):
    page = windows.open("zhao")
    page.goto(f"/apply/{draft.ref}/materials")
    label = "上传履行法定义务、纠正失信行为的证明材料"
    pick(page, label, a_photo(600), {**a_photo(400), "name": "二.jpg"})
    expect(page.locator(".file-row")).to_have_count(2)
    first = page.get_by_role("button", name="旋转凭证.jpg")
    first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-turned]")).to_have_text("“凭证.jpg”已旋转并保存")
    expect(first).to_be_focused()
    assert page.locator(".file-row .name").first.inner_text().startswith("凭证.jpg")
    assert sizes_stored() == [(600, 300), (400, 200), (300, 600)]
    assert barriers(page) == []
    assert sideways(page) == ""


def test_a_telephone_turns_what_it_sent(windows: Windows, draft: Draft):
    desk = windows.open("zhao")
    desk.goto(f"/apply/{draft.ref}/materials")
    desk.get_by_role("button", name="用手机拍照上传履行").click()
    phone = windows.open(**PHONE)
    phone.goto(address_in(desk))
    pick(phone, "上传照片或文件", a_photo(600))
    phone.get_by_role("button", name="旋转第1个文件").click()
    expect(phone.locator("[data-turned]")).to_have_text("“凭证.jpg”已旋转并保存")
    expect(phone.locator(".phone-count")).to_contain_text("1 / 9")
    assert sizes_stored() == [(600, 300), (300, 600)]
    assert barriers(phone) == []
    assert sideways(phone) == ""
