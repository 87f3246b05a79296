"""One Chromium for the whole folder, the house committed behind a live server, and windows that report every fault."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests import world as the_world
from tests.browser.windows import FLAGS, WAIT, Watch, chromium_path, fonts_conf
from tests.world import World

SESSION = "__Host-session"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True, databases=["default", "sender"]))


@pytest.fixture(scope="package")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """The browser of all tests here. It ends with the folder: its event loop would trouble Django's other tests."""
    path = chromium_path()
    if path is None:
        pytest.skip("no Chromium found: install Debian's `chromium`, or name one in CHROMIUM; nothing was looked at")
    fonts = fonts_conf(tmp_path_factory.mktemp("fonts"))
    with pytest.MonkeyPatch.context() as patch:
        # Playwright's synchronous interface runs an event loop in this thread; Django's guard means another case.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=path,
                args=FLAGS,
                env={**os.environ, "FONTCONFIG_FILE": str(fonts), "LANG": "zh_CN.UTF-8"},
            )
            yield browser
            browser.close()


@pytest.fixture
def house(chromium: Browser, transactional_db: None) -> World:
    """The named world, committed, so that the server's threads see it."""
    with transaction.atomic():
        return the_world.build()


class Windows:
    """Opens pages as somebody; what goes wrong in any of them stands in `watch.faults`."""

    def __init__(self, browser: Browser, house: World, base: str) -> None:
        self.browser, self.house, self.base = browser, house, base
        self.watch = Watch()
        self.contexts: list[BrowserContext] = []
        self.pages: dict[str, Page] = {}  # the last page of each person

    def open(
        self, who: str = "", *, width: int = 1366, height: int = 768, script: bool = True, elder: bool = False
    ) -> Page:
        """A page of `who` (a name of the world; "" for a visitor), signed in by session, on a screen of that size."""
        context = self.browser.new_context(
            base_url=self.base,
            viewport={"width": width, "height": height},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            java_script_enabled=script,
        )
        context.set_default_timeout(WAIT)
        self.contexts.append(context)
        if elder:
            context.add_cookies([{"name": "page_mode", "value": "elder", "url": self.base}])
        if who:
            self._enter(context, who)
        page = context.new_page()
        self.watch.over(page)
        self.pages[who] = page
        return page

    def _enter(self, context: BrowserContext, who: str) -> None:
        """Hand over a session as the server would: browsers take a `__Host-` cookie from nobody else."""
        client = Client()
        client.force_login(self.house.people[who], backend="django.contrib.auth.backends.ModelBackend")
        cookie = f"{SESSION}={client.cookies[SESSION].value}; Path=/; Secure; HttpOnly; SameSite=Lax"
        page = context.new_page()
        page.route("**/enter", lambda route: route.fulfill(status=200, body="", headers={"Set-Cookie": cookie}))
        page.goto("/enter")
        page.close()


@pytest.fixture
def windows(chromium: Browser, house: World, live_server) -> Iterator[Windows]:
    """Pages of this test. When it ends, not one may have broken the content policy, logged an error or missed a file."""
    opened = Windows(chromium, house, live_server.url)
    yield opened
    for context in opened.contexts:
        context.close()
    assert opened.watch.faults == []
