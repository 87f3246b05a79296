"""Records by the day on which the test runs: pages judge by today's date, not by the world's."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.world import FIRM_A


@pytest.fixture
def repairable(world):
    """A published penalty of firm A that may be repaired today: general, 200 days old, minimum over, maximum not."""
    day = timezone.localdate() - timedelta(days=200)
    return world.a_record(decided_on=day, published_on=day, content="未按规定公示")


@pytest.fixture
def too_early(world):
    """A published penalty of firm A whose minimum of three months still runs."""
    day = timezone.localdate() - timedelta(days=20)
    return world.a_record(unit="zjj", decided_on=day, published_on=day)


@pytest.fixture
def draft_of():
    """Start a draft by the page, as a person would; returns its reference."""

    def start(client: Client, record: str = "") -> str:
        answer = client.post("/apply", {"record": record})
        return str(answer["Location"].split("/")[2])

    return start


@pytest.fixture
def firm_code() -> str:
    return FIRM_A
