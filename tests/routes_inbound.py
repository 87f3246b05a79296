"""What the scene of the routes needs of the platforms' side: one open difference."""

from django.utils import timezone

from cases.models import FailureRecord
from cases.services.differences import open_difference
from creditrepair.tenancy.context import region_context
from sync.models import Difference
from tests.world import YONGCHANG

A = "creditchina_jinchang"


def a_difference(record: FailureRecord) -> str:
    """Reference of a difference about this record, opened once."""
    with region_context(YONGCHANG):
        open_difference(
            YONGCHANG, A, record.record_key, "wrong", ours={"status": "published", "version": 1, "text": "正在公示"},
            theirs={"status": "absent", "version": 1, "text": "不再公示"}, record=record, now=timezone.now(),
        )  # fmt: skip
        return Difference.objects.filter(record_key=record.record_key).latest("id").ref
