"""A firm on a telephone: from the search to the receipt, and from a correction to its answer."""

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import expect

from cases.models import Draft
from creditrepair.tenancy.context import region_context
from tests.browser.conftest import Windows
from tests.browser.scene import repairable, too_early
from tests.world import YONGCHANG, World

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
