"""Import and decision at the same moment: what the source says never writes over what was decided."""

import threading
import time

import pytest
from django.db import connection, connections, transaction

from cases.models import FailureRecord, RecordVersion
from cases.services import collect
from creditrepair.tenancy.context import region_context
from tests import world as the_world
from tests.test_collect_rows import PENALTY, a_row
from tests.world import YONGCHANG, at

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "sender"])
WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted"


@pytest.fixture
def house(transactional_db):
    with transaction.atomic():
        return the_world.build()


def send(house, row) -> None:
    with transaction.atomic():
        collect.collect_rows(house.enter(house.actors["he"]), category=PENALTY, rows=[row], way="form", now=at())


def somebody_waits() -> bool:
    """Whether another connection waits for a lock of ours, within two seconds."""
    for _ in range(100):
        with connection.cursor() as cursor:
            cursor.execute(WAITS)
            if cursor.fetchone()[0]:
                return True
        time.sleep(0.02)
    return False


def test_an_import_does_not_publish_again_what_is_being_ended_just_now(house):
    send(house, a_row())
    problems: list[BaseException] = []

    def changed() -> None:
        try:
            send(house, a_row(CF_SY="未悬挂许可证，已责令改正。"))
        except BaseException as problem:  # noqa: BLE001 - told to the test below
            problems.append(problem)
        finally:
            connections.close_all()

    with transaction.atomic(), region_context(YONGCHANG):
        record = FailureRecord.objects.select_for_update().get()
        importer = threading.Thread(target=changed)
        importer.start()
        assert somebody_waits(), problems
        record.status, record.ended_on, record.version = "ended", the_world.TODAY, record.version + 1
        record.save(update_fields=["status", "ended_on", "version"])
    importer.join(20)
    assert problems == []
    with region_context(YONGCHANG):
        found = FailureRecord.objects.get()
        numbers = list(RecordVersion.objects.order_by("number").values_list("number", flat=True))
    assert (found.status, found.ended_on, found.version, numbers) == ("ended", the_world.TODAY, 3, [1, 3])
