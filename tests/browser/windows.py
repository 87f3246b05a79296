"""What a window is watched for, how it is started, and measures of a page. No test here."""

import os
import shutil
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import ConsoleMessage, Page, Request, Response

WAIT = 10_000  # milliseconds; a page that needs longer is broken
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--lang=zh-CN",
]
FONTS = Path(__file__).resolve().parents[2] / "notices" / "fonts"
_FONTS_CONF = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir><dir>{fonts}</dir><cachedir>{cache}</cachedir>
  <alias binding="same"><family>sans-serif</family><prefer><family>FandolHei</family></prefer></alias>
  <alias binding="same"><family>Microsoft YaHei</family><prefer><family>FandolHei</family></prefer></alias>
</fontconfig>
"""
SERIOUS = {"serious", "critical"}
_STICKING_OUT = """() => {
  const root = document.documentElement, over = root.scrollWidth - root.clientWidth;
  const scrolls = one => one && (/auto|scroll/.test(getComputedStyle(one).overflowX) || scrolls(one.parentElement));
  const out = [...document.querySelectorAll("body *")].filter(one => {
    const box = one.getBoundingClientRect();
    return box.right > root.clientWidth + 1 && box.width > 1 && one.checkVisibility() && !scrolls(one);
  });
  if (over <= 0 && !out.length) return "";
  return `${over} px too wide: ` + out.slice(0, 4).map(one => `${one.tagName} ${one.className}`).join(", ");
}"""


def chromium_path() -> str | None:
    """The browser named in CHROMIUM, else the system's own; None where there is none."""
    named = os.environ.get("CHROMIUM")
    return named if named else shutil.which("chromium") or shutil.which("chromium-browser")


def fonts_conf(folder: Path) -> Path:
    """Fonts for the browser: a machine without a Chinese font would measure boxes. Ours are at hand for the papers."""
    target = folder / "fonts.conf"
    target.write_text(_FONTS_CONF.format(fonts=FONTS, cache=folder / "cache"), encoding="utf-8")
    return target


class Watch:
    """Collects what nobody should find in a browser's console: `faults`, each with the page where it happened."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def over(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on("response", self._response)
        page.on("requestfailed", self._failed)
        page.on("dialog", lambda dialog: dialog.accept())

    def _console(self, message: ConsoleMessage) -> None:
        # A page answered with 409 or 422 is logged as failed too; `_response` tells files from pages.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.faults.append(f"{message.page.url if message.page else ''}: {message.text}")

    def _response(self, response: Response) -> None:
        is_page = response.request.resource_type == "document"
        if response.status >= 500 or (response.status >= 400 and not is_page):
            self.faults.append(f"{response.status} {response.url}")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # left for another page, or turned into a download
            self.faults.append(f"{request.url}: {request.failure}")


def sideways(page: Page) -> str:
    """By how much the page is wider than the window, and what sticks out of it, cut off or not; "" if all fits.

    What lies in a box that scrolls for itself (a wide picture) may stick out.
    """
    return str(page.evaluate(_STICKING_OUT))


def barriers(page: Page) -> list[str]:
    """What axe-core calls serious or critical on this page: rule, first elements concerned."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = page.evaluate(
        "axe.run({resultTypes: ['violations'], preload: false, iframes: false}).then(found => found.violations)"
    )
    return [
        f"{one['id']} ({one['impact']}): " + "; ".join(str(node["target"]) for node in one["nodes"][:3])
        for one in found
        if one["impact"] in SERIOUS
    ]
