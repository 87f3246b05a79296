"""Takes the pictures of `tests.browser.pictures`. Not named test_*: collected only when that program asks for it."""

import os
from pathlib import Path

import pytest

from tests.browser.conftest import Windows
from tests.browser.pictures import FOLDER, ONLY
from tests.browser.scene import draw
from tests.world import World

SIZES = ((1366, 768), (390, 844))


@pytest.mark.parametrize("elder", [False, True], ids=["normal", "elder"])
def test_pictures(windows: Windows, house: World, elder: bool) -> None:
    folder = Path(os.environ[FOLDER])
    folder.mkdir(parents=True, exist_ok=True)
    only = os.environ.get(ONLY, "").split()
    scene = draw(house)
    for width, height in SIZES:
        pages = {}
        for look in scene.looks:
            is_public = not look.address.startswith(("/desk", "/counter"))
            if (only and look.name not in only) or (elder and not is_public):
                continue
            if look.who not in pages:
                pages[look.who] = windows.open(look.who, width=width, height=height, elder=elder)
            page = pages[look.who]
            page.goto(look.address, wait_until="networkidle" if look.name == "api-docs" else "load")
            mode = "-elder" if elder else ""
            page.screenshot(path=folder / f"{look.name}-{width}{mode}.png", full_page=True, animations="disabled")
    assert list(folder.glob("*.png"))


def test_pictures_for_the_readme(windows: Windows, house: World) -> None:
    """One window of the portal and one of the desk, as they stand in docs/pictures."""
    scene, folder = draw(house), Path(os.environ[FOLDER])
    portal = windows.open(height=900)
    portal.goto(scene.look("search").address)
    portal.locator("article.verdict summary").first.click()
    portal.evaluate("scrollTo(0, 0)")
    portal.screenshot(path=folder / "portal.png", animations="disabled")
    desk = windows.open("qian")
    desk.goto(scene.look("case-in-review").address)
    desk.keyboard.press("a")
    desk.screenshot(path=folder / "desk.png")
    assert (folder / "portal.png").stat().st_size < 300_000
    assert (folder / "desk.png").stat().st_size < 300_000
