"""Browsers whose requests inherit nothing from each other, and codes as the gateway would get them."""

from collections.abc import Callable

import pytest

from tests.routes_objects import Visit
from tests.world import World


@pytest.fixture
def visit(world: World) -> Callable[..., Visit]:
    """`visit("zhao")` is signed in, `visit()` is a stranger's browser."""

    def browser_of(name: str = "") -> Visit:
        browser = Visit(SERVER_NAME="127.0.0.1", raise_request_exception=False)
        if name:
            browser.force_login(world.people[name], backend="django.contrib.auth.backends.ModelBackend")
        return browser

    return browser_of
