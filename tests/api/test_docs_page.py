"""The interface's page in a real browser, under the policy that it is served with."""

import pytest
from django.db import transaction
from playwright.sync_api import sync_playwright

from tests import world as the_world
from tests.browser.windows import chromium_path

CHROMIUM = chromium_path()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
def test_the_page_shows_all_addresses_and_breaks_no_rule_of_the_policy(live_server, monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # playwright's own event loop runs in this thread
    with transaction.atomic():
        the_world.build()
    said: list[str] = []
    with sync_playwright() as drive:
        browser = drive.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"{live_server.url}/api/v1/", wait_until="networkidle")
        page.wait_for_selector(".opblock-summary-path")
        shown = [text.replace("\u200b", "") for text in page.locator(".opblock-summary-path").all_inner_texts()]
        browser.close()
    assert sorted(shown) == [
        "/api/v1/batches/{ref}",
        "/api/v1/cases/{ref}",
        "/api/v1/cases/{ref}/events",
        "/api/v1/eligibility",
        "/api/v1/progress",
        "/api/v1/records",
    ]
    assert said == []
