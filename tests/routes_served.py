"""What the scene of the routes needs of papers and service: a paper that stopped, a proof by photo, a batch."""

from typing import Any

from django.utils import timezone

from cases.models import FailureRecord
from cases.services import notify, notify_many
from cases.uploads import store_upload
from creditrepair.tenancy.context import region_context
from notices.models import Notice, PaperBatch
from tests.world import YONGCHANG, World


def stopped(notice: Notice) -> None:
    """No font has one of its characters."""
    with region_context(notice.region_id):
        Notice.objects.filter(pk=notice.pk).update(status=Notice.Status.FAILED, problem="字体缺少字符：𠮷（U+20BB7）")


def served_with_photo(world: World, record: FailureRecord, photo: Any) -> None:
    zhang, now = world.enter(world.actors["zhang"]), timezone.now()
    notify.serve_both_papers(
        zhang,
        ref=record.ref,
        way="direct",
        served_on=timezone.localdate(now),
        receiver="赵申",
        phone="13800000000",
        proof="",
        now=now,
        proof_file=store_upload(zhang, YONGCHANG, photo, now=now),
    )


def a_paper_batch(world: World, record: FailureRecord) -> PaperBatch:
    """A batch of 市监局 that has the printed 告知书 of this record."""
    zhang = world.enter(world.actors["zhang"])
    batch = notify_many.ask_for_notices(zhang, refs=[record.ref], now=timezone.now())
    notify_many.number_waiting(seconds=1)
    with region_context(YONGCHANG):
        Notice.objects.filter(record_ref=record.ref).update(batch=batch)
    return batch
