"""One play on a telephone, start to end: search, sign in, file, be signed out in the middle, correct, read, rate."""

import re

import pytest
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Page, expect

from cases.access import visible_applications
from cases.models import Case, FailureRecord, Material, Rating
from cases.services import intake, repair, review
from creditrepair.tenancy.context import region_context
from tests.browser.conftest import Windows
from tests.browser.pictures import keep
from tests.browser.scene import repairable, too_early
from tests.browser.windows import barriers, sideways
from tests.desk.test_pages import a_pdf
from tests.test_repaired import read_back
from tests.world import FIRM_A, YONGCHANG, World

PHONE = {"width": 390, "height": 844}
PASSWORD = "right-password-1"
PDF = {"name": "缴款凭证.pdf", "mimeType": "application/pdf"}


@pytest.fixture
def records(house: World) -> tuple[FailureRecord, FailureRecord]:
    """One penalty that may be repaired today and one that may not yet; Zhao has a password."""
    now = timezone.now()
    with transaction.atomic():
        house.people["zhao"].set_password(PASSWORD)
        house.people["zhao"].save()
        return house.a_record(unit="scjgj", **repairable(now)), house.a_record(unit="xfdd", **too_early(now))


def test_from_the_search_to_the_rating_with_a_lost_session_and_a_correction(windows: Windows, house: World, records):
    ready, early = records
    page = windows.open(**PHONE)
    search(page, ready, early)
    sign_in(page)
    expect(page.get_by_role("heading", name="申请信用修复")).to_be_visible()
    page.get_by_role("button", name="开始申请").click()
    expect(page.get_by_role("checkbox", name=ready.doc_no)).to_be_checked()
    expect(page.locator(".pick-off", has_text=early.doc_no)).to_contain_text("还有")
    next_step(page)
    be_signed_out_while_typing(windows, page)
    code = hand_in(page, ready)
    case = only_case(house)
    assert (case.record_id, case.state) == (ready.pk, "submitted")
    correct(page, house, case)
    decide(house, case)
    read_the_result(page)
    rate(page)
    with region_context(YONGCHANG):
        given = Rating.objects.get()
    assert (given.grade, given.tags, given.text) == (5, ["便捷度"], "手机上就办完了")
    follow_by_code(page, code, house.fresh(case))
    search_again(page, ready, early)


def looks_right(page: Page) -> None:
    assert sideways(page) == ""
    assert barriers(page) == []


def next_step(page: Page) -> None:
    looks_right(page)
    page.get_by_role("button", name="下一步").click()


def search(page: Page, ready: FailureRecord, early: FailureRecord) -> None:
    page.goto("/")
    page.get_by_label("企业名称或统一社会信用代码").fill(FIRM_A)
    page.get_by_role("button", name="查询").click()
    card = page.locator("article.verdict", has_text=ready.doc_no)
    expect(card).to_contain_text("现在可以申请")
    not_yet = page.locator("article.verdict", has_text=early.doc_no)
    expect(not_yet).to_contain_text("起可以申请")
    expect(not_yet.get_by_text("立即申请")).to_have_count(0)
    card.locator("summary").click()
    expect(card.locator(".basis").first).to_contain_text("依据：")
    looks_right(page)
    card.get_by_role("link", name="立即申请").click()


def sign_in(page: Page) -> None:
    page.get_by_label("账号").fill("zhao")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()


def be_signed_out_while_typing(windows: Windows, page: Page) -> None:
    """The session ends by idleness; the page says so while one types, and after the sign-in everything is there."""
    page.get_by_label("姓名").fill("赵申")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_label("手机号码").fill("138")
    assert windows.watch.faults == []
    make_idle()
    with page.expect_response(lambda answer: answer.status == 401):
        page.get_by_label("手机号码").fill("13800000000")
    expect(page.locator("[data-saved]")).to_contain_text("登录已过期")
    keep(page, "play-signed-out-390")
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_text("登录已过期")).to_be_visible()
    windows.watch.faults.clear()  # the refused save is told as one
    sign_in(page)
    expect(page.get_by_label("手机号码")).to_have_value("13800000000")
    expect(page.get_by_label("姓名")).to_have_value("赵申")
    next_step(page)


def make_idle() -> None:
    """As if nobody had touched any open page for two hours."""
    for held in Session.objects.all():
        store = held.get_session_store_class()(held.session_key)
        store["seen_at"] = store["began_at"] = timezone.now().timestamp() - 7200
        store.save()


def hand_in(page: Page, ready: FailureRecord) -> str:
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
    looks_right(page)
    code = page.locator(".code-box b").inner_text()
    assert re.fullmatch(r"([0-9A-Z]{4}-){3}[0-9A-Z]{4}", code)
    page.get_by_role("link", name="我的办件").last.click()
    page.locator("table.grid").get_by_role("link").first.click()
    expect(page.locator(".todo")).to_contain_text("无需您操作")
    return code


def correct(page: Page, house: World, case: Case) -> None:
    asked = intake.Defect("proof_unclear", "proof_of_duties", "缴款凭证不清晰", "", "重新拍照上传")
    with transaction.atomic():
        qian = house.enter(house.actors["qian"])
        intake.ask_for_correction(qian, ref=case.ref, step=house.step(case), defects=[asked], now=timezone.now())
    page.reload()
    expect(page.locator(".todo")).to_contain_text("补正1处")
    looks_right(page)
    page.get_by_role("link", name="去补正").click()
    expect(page.get_by_text("缴款凭证不清晰")).to_be_visible()
    assert page.locator("input[type=file]").count() == 1
    looks_right(page)
    page.locator("input[type=file]").set_input_files({**PDF, "name": "缴款凭证（清晰）.pdf", "buffer": a_pdf()})
    page.get_by_role("button", name="提交补正").click()
    expect(page.get_by_text("补正已提交，办理计时继续。")).to_be_visible()
    with region_context(YONGCHANG):
        names = list(Material.objects.filter(case=case, replaced_by=None).values_list("file__name", flat=True))
    assert (house.fresh(case).state, names) == ("submitted", ["缴款凭证（清晰）.pdf"])


def decide(house: World, case: Case) -> None:
    """Accepted, agreed, approved; both platforms were read back and show the record no longer."""
    with transaction.atomic():
        qian, now = house.enter(house.actors["qian"]), timezone.now()
        intake.accept_case(qian, ref=case.ref, step=house.step(case), comment="", now=now)
        review.approve_step(qian, ref=case.ref, step=house.step(case), comment="缴款已核实", now=now)
    with transaction.atomic():
        sun = house.enter(house.actors["sun"])
        review.approve_step(sun, ref=case.ref, step=house.step(case), comment="同意", now=timezone.now())
    read_back(case)
    assert repair.settle_verified(timezone.now()) == 1


def read_the_result(page: Page) -> None:
    page.reload()
    expect(page.get_by_text("已修复").first).to_be_visible()
    expect(page.get_by_text("已核验，不再公示")).to_have_count(2)
    looks_right(page)
    keep(page, "play-repaired-390")


def rate(page: Page) -> None:
    page.get_by_role("radio", name="非常满意", exact=True).check()
    page.get_by_role("checkbox", name="便捷度").check()
    page.get_by_label("想说的话").fill("手机上就办完了")
    page.get_by_role("button", name="提交评价").click()
    expect(page.locator("#rating")).to_contain_text("非常满意")
    expect(page.get_by_role("button", name="提交评价")).to_have_count(0)
    looks_right(page)


def follow_by_code(page: Page, code: str, case: Case) -> None:
    page.goto("/progress")
    page.get_by_label("查询码").fill(code.lower())
    page.get_by_label("统一社会信用代码后四位").fill(FIRM_A[-4:])
    page.get_by_role("button", name="查询进度").click()
    expect(page.get_by_role("heading", name=case.application.filing_no)).to_be_visible()
    expect(page.locator("main")).to_contain_text("已修复")


def search_again(page: Page, ready: FailureRecord, early: FailureRecord) -> None:
    """What was repaired stands in no result any more."""
    page.goto(f"/search?q={FIRM_A}")
    expect(page.locator("article.verdict", has_text=early.doc_no)).to_be_visible()
    expect(page.get_by_text(ready.doc_no)).to_have_count(0)


def only_case(house: World) -> Case:
    with transaction.atomic():
        application = visible_applications(house.enter(house.actors["zhao"])).get()
        with region_context(YONGCHANG):
            return Case.objects.select_related("application").get(application=application)
