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
            page.goto(look.address)
            mode = "-elder" if elder else ""
            page.screenshot(path=folder / f"{look.name}-{width}{mode}.png", full_page=True, animations="disabled")
    assert list(folder.glob("*.png"))
