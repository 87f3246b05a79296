"""What the scene of the routes needs of the platforms' side: one open difference, one filing handed over."""

from datetime import date

from django.utils import timezone

from cases.models import Application, Case, FailureRecord
from cases.services.differences import open_difference
from creditrepair.tenancy.context import region_context
from sync.models import Difference
from tests.world import YONGCHANG, World

A = "creditchina_jinchang"


def a_difference(record: FailureRecord) -> str:
    """Reference of a difference about this record, opened once."""
    with region_context(YONGCHANG):
        open_difference(
            YONGCHANG, A, record.record_key, "wrong", ours={"status": "published", "version": 1, "text": "正在公示"},
            theirs={"status": "absent", "version": 1, "text": "不再公示"}, record=record, now=timezone.now(),
        )  # fmt: skip
        return Difference.objects.filter(record_key=record.record_key).latest("id").ref


def a_platform_correction(world: World, days: dict[str, date]) -> Case:
    """A case that a platform handed over, waiting for a correction: the counter may answer it on authority."""
    case = world.a_case("correction", **days)
    with region_context(YONGCHANG):
        Application.objects.filter(pk=case.application_id).update(channel="platform", came_from=A, came_no="XY-0001")
    return case
