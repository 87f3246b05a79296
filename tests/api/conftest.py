"""A machine client of each region, and a way to ask as one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cases.models import ClientKey, Scope
from cases.services.clients import issue_client_key
from creditrepair.tenancy.actor import system_actor
from creditrepair.tenancy.context import region_context
from tests.world import JINCHUAN, YONGCHANG, World

READING = (Scope.CASES.value, Scope.EVENTS.value)


def a_key(region: str = YONGCHANG, *scopes: str, days: int = 30, **recorder: str) -> tuple[ClientKey, str]:
    """A key that reads, or one of these scopes; `department` and `recorder` for one that brings records."""
    now = timezone.now()
    with region_context(region):
        return issue_client_key(
            system_actor(region),
            name="政务服务平台",
            scopes=scopes or READING,
            expires_at=now + timedelta(days=days),
            now=now,
            **recorder,
        )


@pytest.fixture
def key(world: World) -> tuple[ClientKey, str]:
    return a_key()


@pytest.fixture
def foreign_token(world: World) -> str:
    return a_key(JINCHUAN)[1]


@pytest.fixture
def ask(key: tuple[ClientKey, str], visitor: Client) -> Callable[..., Any]:
    """`ask(path)` as the client of 永昌县; `token=""` asks without one."""

    def get(path: str, *, token: str | None = None, **headers: str) -> Any:
        chosen = key[1] if token is None else token
        if chosen:
            headers["HTTP_AUTHORIZATION"] = f"Bearer {chosen}"
        return visitor.get(path, **headers)

    return get
