"""Those who work in it all day, at 1366 × 768: reviewers, the counter, a recorder."""

import re
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Page, expect

from cases.models import Application, Case, CollectionBatch, FailureRecord, Material
from creditrepair.tenancy.context import region_context
from examples.generate import examples
from notices.models import Service
from tests.browser.conftest import Windows
from tests.browser.scene import repairable
from tests.browser.windows import sideways
from tests.desk.test_pages import a_pdf
from tests.world import FIRM_B, YONGCHANG, World

PDF = {"name": "授权委托书.pdf", "mimeType": "application/pdf"}


@pytest.fixture
def case(house: World) -> Case:
    now = timezone.now()
    with transaction.atomic():
        return house.fresh(house.a_case("submitted", now=now, **repairable(now)))


def choose(page: Page, act: str) -> None:
    page.locator(f"label[for=act-{act}]").click()


def test_two_reviewers_accept_and_approve_and_a_late_page_keeps_its_text(windows: Windows, house: World, case: Case):
    first = windows.open("qian")
    first.goto("/desk/queue/waiting/")
    expect(first.locator("tbody tr")).to_have_count(1)
    first.keyboard.press("j")
    first.keyboard.press("Enter")
    first.get_by_role("button", name="领取", exact=True).click()
    expect(first.get_by_text("由您领取至")).to_be_visible()
    choose(first, "accept")
    first.get_by_role("button", name="确认办理").click()
    expect(first.get_by_text("已受理，受理通知书生成中。")).to_be_visible()
    assert house.fresh(case).state == "in_review"

    late = first.context.new_page()
    windows.watch.over(late)
    late.goto(first.url)
    first.keyboard.press("a")
    first.get_by_label("意见").fill("材料齐全，缴款已核实")
    assert sideways(first) == ""
    first.get_by_role("button", name="确认办理").click()
    expect(first.get_by_text("已同意本环节，转下一级审核。")).to_be_visible()

    choose(late, "agree")
    late.get_by_label("意见").fill("另一页写下的意见")
    with late.expect_response(lambda answer: answer.request.method == "POST") as answer:
        late.get_by_role("button", name="确认办理").click()
    assert answer.value.status == 409
    expect(late.get_by_role("alert")).to_contain_text("钱多已于")
    expect(late.locator("body")).to_contain_text("另一页写下的意见")

    second = windows.open("sun")
    second.goto("/desk/")
    second.get_by_role("button", name="领取下一件").click()
    expect(second.get_by_role("heading", name=case.subject.name)).to_be_visible()
    choose(second, "approve")
    second.get_by_label("意见").fill("同意")
    second.get_by_role("button", name="确认办理").click()
    expect(second.locator(".mark-approved")).to_be_visible()
    assert house.fresh(case).state == "approved"


def test_a_reviewer_asks_for_everything_at_once(windows: Windows, house: World, case: Case):
    page = windows.open("qian")
    page.goto(f"/desk/case/{case.ref}/")
    expect(page.get_by_label("第1项原因")).to_be_hidden()
    page.keyboard.press("r")
    page.get_by_label("第1项原因").select_option("proof_unclear")
    page.get_by_label("第1项材料").select_option("proof_of_duties")
    page.get_by_label("第1项具体问题").fill("缴款凭证看不清金额")
    page.get_by_label("第1项怎样补正").fill("重新拍照上传")
    page.get_by_role("button", name="再加一项").click()
    expect(page.get_by_label("第4项原因")).to_be_focused()
    page.get_by_role("button", name="确认办理").click()
    expect(page.get_by_text("已一次性告知补正，计时暂停。")).to_be_visible()
    assert house.fresh(case).state == "correction"


def test_the_counter_files_on_authority(windows: Windows, house: World):
    with transaction.atomic():
        record = house.a_record(FIRM_B, "zjj", **repairable(timezone.now()))
    page = windows.open("li")
    page.goto("/counter/")
    page.get_by_role("searchbox").fill("河西堡惠农")
    page.keyboard.press("Enter")
    page.get_by_role("link", name=re.compile("河西堡惠农")).click()
    page.get_by_role("radio", name=re.compile("经办人到场")).check()
    page.get_by_label("依据材料及编号").fill("授权委托书2026年11月20日出具")
    page.get_by_label("依据材料照片").set_input_files({**PDF, "buffer": a_pdf()})
    page.get_by_label("授权有效期至").fill(f"{timezone.localdate().year + 1}-12-31")
    page.get_by_label("经办人姓名").fill("吴申")
    page.get_by_label("经办人手机号码").fill("13800000000")
    page.get_by_label("核实方式").select_option("done")
    page.get_by_label(re.compile("核实情况")).fill("与负责人核实")
    page.get_by_role("button", name="登记授权，开始代为提交").click()
    expect(page.get_by_text("授权已登记")).to_be_visible()
    expect(page.get_by_role("checkbox", name=re.compile(re.escape(record.doc_no)))).to_be_checked()
    proof = page.get_by_role("group", name=re.compile("履行"))
    proof.locator("input[type=file]").set_input_files({**PDF, "name": "缴款凭证.pdf", "buffer": a_pdf()})
    proof.get_by_role("checkbox", name=re.compile("已核对原件")).check()
    expect(page.get_by_text("已上传：缴款凭证.pdf")).to_be_visible()
    page.get_by_role("checkbox", name=re.compile("已向经办人宣读全文")).check()
    page.get_by_role("button", name="提交申请并打印回执").click()
    expect(page.locator(".query-code")).to_have_text(re.compile(r"^([0-9A-Z]{4}-){3}[0-9A-Z]{4}$"))
    with region_context(YONGCHANG):
        application = Application.objects.get(subject_id=FIRM_B)
        level = Material.objects.get(application=application, code="proof_of_duties").level
    assert (application.channel, application.filed_by.full_name, level) == ("counter", "李窗", "B")
    expect(page.get_by_text(application.filing_no)).to_be_visible()


def test_a_recorder_collects_sets_the_class_and_serves_both_papers(windows: Windows, house: World, tmp_path: Path):
    example = examples(timezone.localdate())[0]
    sheet = {"name": example.name, "mimeType": "application/octet-stream", "buffer": example.content}
    page = windows.open("he")
    page.goto("/desk/collect/")
    page.get_by_label("类别").select_option(example.category)
    page.get_by_label("归集文件").set_input_files(sheet)
    page.get_by_role("button", name="试运行").click()
    expect(page.get_by_text("试运行，尚未入库")).to_be_visible()
    with region_context(YONGCHANG):
        assert FailureRecord.objects.count() == 0
        counts = CollectionBatch.objects.get().counts
    page.get_by_role("link", name=f"有错误 {counts['error']}").click()
    expect(page.locator("tbody tr").last).to_contain_text("有错误")
    with page.expect_download() as marked:
        page.get_by_role("link", name="下载标注问题的XLSX").click()
    assert marked.value.path().read_bytes()[:2] == b"PK"
    page.get_by_role("button", name=f"确认入库 {counts['new']} 条").click()
    expect(page.locator(".due-good", has_text="已入库")).to_be_visible()
    with region_context(YONGCHANG):
        assert FailureRecord.objects.count() == counts["new"]

    page.goto("/desk/records/")
    page.locator("tbody th a").first.click()
    page.get_by_role("radio", name="一般").check()
    page.get_by_label("认定理由").fill("罚款数额在一般档")
    page.get_by_role("button", name="认定").click()
    expect(page.locator("q", has_text="罚款数额在一般档")).to_be_visible()
    page.get_by_label("处罚决定书").set_input_files({**PDF, "name": "决定书.pdf", "buffer": a_pdf()})
    page.get_by_role("button", name="上传").click()
    page.get_by_role("button", name="生成告知书").click()
    page.get_by_label("送达方式").select_option("post")
    page.get_by_label("签收人", exact=True).fill("赵申")
    page.get_by_label("签收人手机").fill("13800000000")
    page.get_by_label("邮寄运单号").fill("邮件号XA000000000CN")
    page.get_by_role("button", name="登记送达").click()
    expect(page.locator(".steps-two .ok")).to_have_count(3)
    expect(page.locator(".steps-two")).to_contain_text("138****0000")
    with region_context(YONGCHANG):
        service = Service.objects.get()
    assert (service.way, service.receiver, service.served_on) == ("post", "赵申", timezone.localdate())
