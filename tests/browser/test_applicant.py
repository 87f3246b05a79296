"""A firm on a telephone: from the search to the receipt, and from a correction to its answer."""

import re

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Page, expect

from cases.access import visible_applications
from cases.models import Case, Draft, Material
from cases.services.intake import Defect, ask_for_correction
from creditrepair.tenancy.context import region_context
from tests.browser.conftest import Windows
from tests.browser.scene import repairable, too_early
from tests.browser.windows import sideways
from tests.desk.test_pages import a_pdf
from tests.world import FIRM_A, YONGCHANG, World

PHONE = {"width": 390, "height": 844}
PASSWORD = "right-password-1"
PDF = {"name": "缴款凭证.pdf", "mimeType": "application/pdf"}


@pytest.fixture
def records(house: World):
    """One penalty that may be repaired today and one that may not yet; Zhao has a password."""
    now = timezone.now()
    with transaction.atomic():
        house.people["zhao"].set_password(PASSWORD)
        house.people["zhao"].save()
        return house.a_record(unit="scjgj", **repairable(now)), house.a_record(unit="xfdd", **too_early(now))


def next_step(page: Page) -> None:
    assert sideways(page) == ""
    page.get_by_role("button", name="下一步").click()


def test_from_the_search_to_the_receipt_and_through_a_correction(windows: Windows, house: World, records):
    ready, early = records
    page = windows.open(**PHONE)
    page.goto("/")
    page.get_by_label("企业名称或统一社会信用代码").fill(FIRM_A)
    page.get_by_role("button", name="查询").click()
    card = page.locator("article.verdict", has_text=ready.doc_no)
    expect(card).to_contain_text("现在可以申请")
    expect(page.locator("article.verdict", has_text=early.doc_no)).to_contain_text("起可以申请")
    expect(page.locator("article.verdict", has_text=early.doc_no).get_by_text("立即申请")).to_have_count(0)
    card.locator("summary").click()
    expect(card.locator(".basis").first).to_contain_text("依据：")
    assert sideways(page) == ""

    card.get_by_role("link", name="立即申请").click()
    page.get_by_label("账号").fill("zhao")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", name="申请信用修复")).to_be_visible()
    page.get_by_role("button", name="开始申请").click()

    expect(page.get_by_role("checkbox", name=ready.doc_no)).to_be_checked()
    expect(page.locator(".pick-off", has_text=early.doc_no)).to_contain_text("还有")
    next_step(page)
    page.get_by_label("姓名").fill("赵申")
    page.get_by_label("手机号码").fill("13800000000")
    next_step(page)
    page.get_by_label("上传履行法定义务、纠正失信行为的证明材料", exact=True).set_input_files(
        {**PDF, "buffer": a_pdf()}
    )
    expect(page.locator(".file-row")).to_contain_text("缴款凭证.pdf")
    next_step(page)
    expect(page.locator(".commit-text")).to_contain_text(ready.doc_no)
    page.get_by_role("checkbox", name=re.compile("我已阅读")).check()
    next_step(page)
    expect(page.get_by_text("信息、经办人、材料和承诺齐全")).to_be_visible()
    page.get_by_role("button", name="提交申请").click()

    expect(page.get_by_role("heading", name="申请已提交")).to_be_visible()
    code = page.locator(".code-box b").inner_text()
    assert re.fullmatch(r"([0-9A-Z]{4}-){3}[0-9A-Z]{4}", code)
    assert sideways(page) == ""
    page.get_by_role("link", name="我的办件").last.click()
    page.locator("table.grid").get_by_role("link").first.click()
    expect(page.locator(".todo")).to_contain_text("无需您操作")
    case = only_case(house)
    assert (case.record_id, case.state) == (ready.pk, "submitted")

    asked = Defect("proof_unclear", "proof_of_duties", "缴款凭证不清晰", "", "重新拍照上传")
    with transaction.atomic():
        qian = house.enter(house.actors["qian"])
        ask_for_correction(qian, ref=case.ref, step=house.step(case), defects=[asked], now=timezone.now())
    page.reload()
    expect(page.locator(".todo")).to_contain_text("补正1处")
    page.get_by_role("link", name="去补正").click()
    expect(page.get_by_text("缴款凭证不清晰")).to_be_visible()
    assert page.locator("input[type=file]").count() == 1
    assert sideways(page) == ""
    page.locator("input[type=file]").set_input_files({**PDF, "name": "缴款凭证（清晰）.pdf", "buffer": a_pdf()})
    page.get_by_role("button", name="提交补正").click()
    expect(page.get_by_text("补正已提交，办理计时继续。")).to_be_visible()
    with region_context(YONGCHANG):
        case = Case.objects.select_related("application").get(pk=case.pk)
        names = list(Material.objects.filter(case=case, replaced_by=None).values_list("file__name", flat=True))
    assert case.state == "submitted"
    assert names == ["缴款凭证（清晰）.pdf"]

    page.goto("/progress")
    page.get_by_label("查询码").fill(code.lower())
    page.get_by_label("统一社会信用代码后四位").fill(FIRM_A[-4:])
    page.get_by_role("button", name="查询进度").click()
    expect(page.get_by_role("heading", name=case.application.filing_no)).to_be_visible()


def only_case(house: World) -> Case:
    with transaction.atomic():
        application = visible_applications(house.enter(house.actors["zhao"])).get()
        with region_context(YONGCHANG):
            return Case.objects.select_related("application").get(application=application)


def test_what_is_typed_is_saved_before_anybody_presses_a_button(windows: Windows, house: World, records):
    page = windows.open("zhao", **PHONE)
    page.goto("/apply")
    page.get_by_role("button", name="开始申请").click()
    page.goto(page.url.replace("/records", "/identity"))
    with page.expect_response(lambda answer: answer.request.method == "POST") as saved:
        page.get_by_label("姓名").fill("赵小申")
    assert saved.value.status == 200
    expect(page.locator("[data-saved]")).to_contain_text("已自动保存")
    with region_context(YONGCHANG):
        draft = Draft.objects.get()
    assert draft.content["identity"]["agent_name"] == "赵小申"
    page.reload()
    expect(page.get_by_label("姓名")).to_have_value("赵小申")
