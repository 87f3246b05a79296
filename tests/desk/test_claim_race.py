"""领取 under real concurrency: two connections, one case, one holder."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction

from cases.models import ReviewStep
from cases.services.claim import next_step
from creditrepair.tenancy.actor import Actor
from creditrepair.tenancy.context import region_context
from tests import world as the_world
from tests.world import YONGCHANG, at

PEOPLE = 4
CASES = 30  # each takes until nothing is left: a stale list meets a fresh lock many times in one run


@pytest.mark.django_db(transaction=True)
def test_no_case_is_given_to_two_people():
    with transaction.atomic():
        world = the_world.build()
        cases = [world.a_case() for _ in range(CASES)]
        qian = world.actors["qian"]
    start = Barrier(PEOPLE)

    def take_all(user_id: int) -> list[str]:
        actor = Actor(user_id, f"经办{user_id}", qian.region, qian.department_id, "scjgj", qian.roles, qian.tiers)
        taken: list[str] = []
        try:
            start.wait(timeout=10)
            while True:
                with region_context(YONGCHANG):
                    case = next_step(actor, now=at())
                if case is None:
                    return taken
                taken.append(case.ref)
        finally:
            connection.close()

    users = [world.people[name].pk for name in ("qian", "sun", "zhou", "lv")]
    with ThreadPoolExecutor(PEOPLE) as pool:
        given = [ref for refs in pool.map(take_all, users) for ref in refs]
    assert sorted(given) == sorted(case.ref for case in cases)
    with region_context(YONGCHANG):
        assert ReviewStep.objects.filter(status="open", claimed_by__isnull=False).count() == CASES
